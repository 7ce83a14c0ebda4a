"""What a person may be about to type: the word begun, completed, and words that follow in titles.

A word is completed by the most frequent forms that begin so, over all languages asked for, accents left out where none
is typed. Where words stand before it, titles that hold them come first: what begins so, or just what comes next, in the
newest of them. What is written without spaces (Han, Thai, Hangul ...) is completed by what follows it in titles, or
else by its last letter's pairs. Words are shown as articles write them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice

import numpy as np
import regex
from numpy.typing import NDArray

from index.analysis import Chain, Word, chain_for
from index.analysis.words import HANGUL, UNSPACED
from index.article import Article
from index.engine import AskedWord, EngineReader, FormLists, SegmentArrays
from index.fields import field_language
from search.query.scan import KEYWORD_FIELDS, OPERATORS
from search.query.text import MAX_LENGTH, is_word_char, plain_signs

TITLES = 60
"""How many titles are read, the newest that hold the words before."""
MAX_SUGGESTIONS = 20
_LETTERS = 2
"""Letters that the beginning of a spaced word must have."""
_POSTINGS = 20_000
"""How many of the last documents of a word are looked at."""
_BEFORE = 3
"""Words before the last one that titles must hold."""
_ASKED = 8
"""Words, or letters of a run, that titles are looked for by."""
_CONTINUED = 6
"""Letters by which a run without spaces is continued at most."""
_ONCE = 2
"""Letters by which it is, where it goes on so in one title only."""
_FEW = 3
"""Where titles go on in fewer ways, words that they do not hold are suggested, too."""
_SAMPLES = 3
"""Articles that are read for how a form is written."""

_TAIL = regex.compile(r"""[^\s"()\[\]{},;:^~*?\uff0c\u3002\u3001]*$""")
_RUN = regex.compile(rf"(?V1)(?:{UNSPACED}|{HANGUL}|\p{{M}})+")
_SIGNS = re.compile(r"[\"()\[\]{},;:]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\u2026\"\u201c\u201e\u00ab\u2013\u2014\n(])\W*$")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on."""

    text: str
    """The whole query."""
    lang: str
    """The language of its last word."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """A query of which the end is being typed."""

    head: str
    """What stays as it is, up to the last word."""
    last: str
    """The last word as far as it is typed; empty behind a space."""
    before: str
    """The plain words before it."""


def suggestions(reader: EngineReader, q: str, langs: Sequence[str] = (), limit: int = 8) -> tuple[Suggestion, ...]:
    """The best ways to complete ``q``, at most ``limit``; of the languages ``langs``, of all where none is named.

    Raises :class:`search.errors.InvalidRequest` for a query that is too long. Cost: some milliseconds.
    """
    plain_signs(q)  # refuses what is too long
    typed = _typed(q)
    if typed is None:
        return ()
    known = reader.language_statistics()
    wanted = {field_language(lang) for lang in langs}
    searched = [lang for lang in known if not wanted or lang in wanted]
    found: dict[str, Suggestion] = {}
    for word, lang in _candidates(reader, typed, searched, limit):
        text = typed.head + word
        key = chain_for(lang).fold(text.casefold())  # what finds the same is suggested once
        if len(text) <= MAX_LENGTH and text.casefold() != q.strip().casefold():
            found.setdefault(key, Suggestion(text, lang))
        if len(found) == limit:
            break
    return tuple(found.values())


def _typed(q: str) -> _Typed | None:
    """What is being typed; ``None`` where that is no word of a text."""
    tail = _TAIL.search(q)
    assert tail is not None
    last = tail[0].lstrip("+-")
    head = q[: len(q) - len(last)]
    field = re.search(r"(\w+):[\"(]?$", head)
    if last in OPERATORS or (field and field[1].lower() in (*KEYWORD_FIELDS, "date")):
        return None
    if not last and not head[-1:].isspace():
        return None
    phrase = _SIGNS.split(head)[-1].split()
    words = [word for word in phrase if word not in OPERATORS and word[0] not in "+-" and not set(word) & set("*?~^")]
    return _Typed(head, last, " ".join(words[-_BEFORE:]))


def _candidates(reader: EngineReader, typed: _Typed, langs: Sequence[str], limit: int) -> Iterator[tuple[str, str]]:
    """Ways to go on behind the head, the best first, and their languages."""
    run = _trailing_run(typed.last)
    if run:
        yield from _continued(reader, typed.last[: len(typed.last) - len(run)], run, langs, limit)
        return
    given = 0
    if typed.before:
        for given, candidate in enumerate(_following(reader, typed, langs, limit), 1):  # noqa: B007
            yield candidate
    if given < _FEW and typed.last:
        yield from _completed(reader, typed.last, langs, limit)


# -- the word begun


def _completed(reader: EngineReader, last: str, langs: Sequence[str], limit: int) -> Iterator[tuple[str, str]]:
    """The most frequent forms that begin like the word typed last, as they are written."""
    asked: list[tuple[str, str]] = []
    heads: list[str] = []
    for lang in langs:
        words = chain_for(lang).query_words(last)
        if words and words[-1].end == len(last) and len(words[-1].form) >= _LETTERS:
            asked.append((lang, words[-1].form))
            heads.append(last[: words[-1].start])
    if not asked:
        return
    lists = reader.find_prefixes(asked)
    counts = lists.titles + lists.bodies
    rows = _largest(counts, 16 * limit)
    totals: Counter[tuple[str, str]] = Counter()
    best: dict[tuple[str, str], int] = {}
    for row in rows.tolist():
        number = int(lists.asked[row])
        lang, form = asked[number][0], lists.form(row)
        chain = chain_for(lang)
        if chain.fold(form) in chain.stop_words or form == asked[number][1]:
            continue
        key = heads[number], form
        totals[key] += int(counts[row])
        if key not in best or counts[row] > counts[best[key]]:
            best[key] = row
    for head, form in [key for key, _ in nlargest(2 * limit, totals.items(), key=lambda pair: pair[1])]:
        row = best[head, form]
        lang = asked[int(lists.asked[row])][0]
        yield head + _written(reader, lists, row, form), lang


def _largest(counts: NDArray[np.int64], most: int) -> NDArray[np.intp]:
    """The places of the largest numbers, in no order."""
    return np.arange(len(counts)) if len(counts) <= most else np.argpartition(counts, len(counts) - most)[-most:]


def _written(reader: EngineReader, lists: FormLists, row: int, form: str) -> str:
    """A form as articles write it: inside of sentences where it stands in texts, else in titles."""
    segment = reader.segments[int(lists.segment[row])]
    start, middle = int(lists.start[row]), int(lists.start[row] + lists.titles[row])
    for name, low, high in (("body", middle, middle + int(lists.bodies[row])), ("title", start, middle)):
        first = max(low, high - _SAMPLES)
        segment.ensure_postings(np.array([first]), np.array([high]))
        written: Counter[str] = Counter()
        for doc in segment.docs[first:high].tolist():
            if doc < segment.count and segment.alive[doc]:
                text = getattr(reader.article(segment.base + doc), name)
                written.update(islice(_spellings(text, form), _SAMPLES))
        if written:
            return written.most_common(1)[0][0]
    return form


def _spellings(text: str, form: str) -> Iterator[str]:
    """The words of ``text`` that are ``form`` but for capitals, where no sentence begins with them."""
    lower = text.lower()
    at = lower.find(form) if len(lower) == len(text) else -1
    while at >= 0:
        end = at + len(form)
        alone = not (is_word_char(text[at - 1 : at] or " ") or is_word_char(text[end : end + 1] or " "))
        if alone and at and not _SENTENCE_START.search(text[max(0, at - 4) : at]):
            yield text[at:end]
        at = lower.find(form, end)


# -- words that follow in titles


def _following(reader: EngineReader, typed: _Typed, langs: Sequence[str], limit: int) -> Iterator[tuple[str, str]]:
    """Words of titles that hold those before: what begins like the last one, or comes next where none is begun."""
    found: Counter[tuple[str, str]] = Counter()
    shown: dict[tuple[str, str], str] = {}
    ways = {lang: _Way.of(typed, chain_for(lang)) for lang in langs}
    for article in _newest(reader, _asked(typed.before, langs)):
        lang = field_language(article.lang)
        title = article.title.lower() if article.title.isupper() else article.title
        for piece, weight in ways[lang].pieces(title):
            key = piece.casefold(), lang
            shown.setdefault(key, piece)
            found[key] += weight
    for key, _ in found.most_common(2 * limit):
        yield shown[key], key[1]


@dataclass(frozen=True, slots=True)
class _Way:
    """How titles of one language may go on from what is typed."""

    chain: Chain
    before: str
    """The word before the last one, folded."""
    begun: str
    """The form that the last word begins with; folded, where that changes nothing."""
    folded: bool

    @classmethod
    def of(cls, typed: _Typed, chain: Chain) -> _Way:
        """The way of one language."""
        before = [word.form for word in chain.query_words(typed.before)]
        begun = typed.last.casefold()
        return cls(chain, chain.fold(before[-1]) if before else "", begun, chain.fold(begun) == begun)

    def pieces(self, title: str) -> Iterator[tuple[str, int]]:
        """Words of the title that may come now, and how much each place tells for it."""
        words = self.chain.words(title)
        for at, word in enumerate(words):
            behind = at > 0 and self.chain.fold(words[at - 1].form) == self.before
            if self.begun:
                form = self.chain.fold(word.form) if self.folded else word.form
                if form != self.begun and form.startswith(self.begun) and not self._is_stop(word):
                    yield title[word.start : word.end], 4 if behind else 1
            elif behind and not self._is_stop(word):
                yield title[word.start : word.end], 1
            elif behind and at + 1 < len(words):  # with what a stop word leads to
                following = words[at + 1]
                if following.form.isalpha() and title[word.end : following.start].isspace():
                    yield title[word.start : following.end], 1

    def _is_stop(self, word: Word) -> bool:
        return self.chain.fold(word.form) in self.chain.stop_words


def _asked(text: str, langs: Iterable[str]) -> list[list[AskedWord]]:
    """For each language the words that titles must hold: all of ``text`` but its stop words."""
    asked = []
    for lang in langs:
        chain = chain_for(lang)
        forms = [word.form for word in chain.query_words(text)[-_ASKED:]]
        telling = [form for form in forms if chain.fold(form) not in chain.stop_words] or forms
        asked.append([AskedWord(lang, form, chain.term(form), chain.fold(form)) for form in telling])
    return [words for words in asked if words]


def _newest(reader: EngineReader, asked: Sequence[Sequence[AskedWord]]) -> Iterator[Article]:
    """The newest articles with all the words of a language in their titles."""
    flat = [word for words in asked for word in words]
    if not flat:
        return
    lists = reader.find_words(flat)
    of_language = np.repeat(np.arange(len(asked)), [len(words) for words in asked])
    kind = of_language[lists.asked] if len(lists) else of_language[:0]
    docs, dates = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, segment in enumerate(reader.segments):
        for language in np.unique(kind[lists.segment == number]).tolist():
            here = np.flatnonzero((lists.segment == number) & (kind == language) & (lists.titles > 0))
            if len(set(lists.asked[here].tolist())) < len(asked[language]):
                continue
            common = _in_common(segment, lists, here)
            docs.append(common.astype(np.int64) + segment.base)
            dates.append(segment.published[common])
    every, published = np.concatenate(docs), np.concatenate(dates)
    for place in _largest(published, TITLES).tolist():
        yield reader.article(int(every[place]))


def _in_common(segment: SegmentArrays, lists: FormLists, rows: NDArray[np.intp]) -> NDArray[np.uint32]:
    """The living documents that hold, for each word that these rows are of, one of its forms in their titles; of
    frequent forms only the last documents."""
    stops = lists.start[rows] + lists.titles[rows]
    starts = np.maximum(lists.start[rows], stops - _POSTINGS)
    segment.ensure_postings(starts, stops)
    words = lists.asked[rows]
    common: NDArray[np.uint32] | None = None
    for word in np.unique(words).tolist():
        pairs = zip(starts[words == word].tolist(), stops[words == word].tolist(), strict=True)
        held = np.unique(np.concatenate([segment.docs[start:stop] for start, stop in pairs]))
        common = held if common is None else np.intersect1d(common, held, assume_unique=True)
    if common is None:
        return np.empty(0, np.uint32)
    common = common[common < segment.count]
    return np.asarray(common[segment.alive[common]])


# -- runs without spaces between words


def _trailing_run(text: str) -> str:
    """What stands at the end of ``text`` without spaces between words."""
    run = ""
    for found in _RUN.finditer(text):
        run = found[0] if found.end() == len(text) else ""
    return run


def _continued(
    reader: EngineReader, head: str, run: str, langs: Sequence[str], limit: int
) -> Iterator[tuple[str, str]]:
    """What a run goes on with in titles; else the pairs that its last letter begins."""
    ways: Counter[tuple[str, str]] = Counter()
    tail = "".join(regex.findall(r"\X", run)[-_ASKED:])
    asked = [
        [AskedWord(lang, word.form, word.form, word.form, exact=True) for word in chain_for(lang).query_words(tail)]
        for lang in langs
    ]
    for article in _newest(reader, [words for words in asked if words]):
        at = article.title.find(run)
        if at >= 0:
            rest = _RUN.match(article.title, at + len(run))
            letters = regex.findall(r"\X", rest[0])[:_CONTINUED] if rest else []
            ways.update(("".join(letters[:size]), article.lang) for size in range(1, len(letters) + 1))
    for way, lang in [
        way for way, _ in nlargest(3 * limit, _longest(ways), key=lambda pair: (pair[1], -len(pair[0][0])))
    ]:
        yield head + run + way, lang
    last = regex.findall(r"\X", run)[-1]
    lists = reader.find_prefixes([(lang, last) for lang in langs])
    counts = lists.titles + lists.bodies
    rows = _largest(counts, 4 * limit)
    for row in sorted(rows.tolist(), key=lambda row: -int(counts[row])):
        pair = lists.form(row)
        if pair != last:
            yield head + run[: len(run) - len(last)] + pair, langs[int(lists.asked[row])]


def _longest(ways: Counter[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], int]]:
    """The ways to go on, without those that always go on in one way; what stands once only, by two letters."""
    kept = {key: count for key, count in ways.items() if count > 1 or len(key[0]) <= _ONCE}
    for (way, lang), count in kept.items():
        longer = ((other, many) for (other, its), many in kept.items() if its == lang and len(other) > len(way))
        if not any(other.startswith(way) and many == count for other, many in longer):
            yield (way, lang), count
