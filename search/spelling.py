"""Did you mean: the query with words put right that the archive does not know, or hardly.

A word is put right by the forms near it: one letter away for words of up to :data:`SHORT` letters, else two, of which
none is the first; two letters exchanged count as one. Of these the best is that which is most frequent for how near it
is. Nothing is suggested that does not find more than the query does, by the very same filters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log10

import regex
from rapidfuzz.distance import OSA
from whoosh.query import Not, Phrase, Query, Term

from index.analysis import chain_for
from index.analysis.words import HANGUL, UNSPACED
from index.engine import AskedWord, EngineReader, FormLists
from index.fields import field_language
from search.query import MAX_LENGTH, ExactTerm
from search.query.scan import OPERATORS, TEXT_FIELDS
from search.query.text import is_word_char
from search.request import SearchRequest

FEW = 3
"""Hits below which a query is looked at."""
SHORT = 5
"""Letters of words that one letter may be wrong in."""
_LEAST = 3
"""Letters of words that are put right at all."""
_RARE = 5
"""In how many texts a word that is known may stand, to be looked at yet."""
_BETTER = 10
"""How many times as frequent the word must be that stands in for it."""
_WELL_KNOWN = 5
"""Texts with a word that differs by one letter which make it needless to look for others that differ by two."""
_TRIED, _WAYS, _MOST = 4, 3, 64
"""How many words are put right, of each how many ways are tried, how many forms of a language are weighed."""
_LOOKED_AT = 32
"""Words of a query that may be found misspelt."""
_LONG = 24
"""Letters beyond which no two are exchanged: so long a word may have two wrong ones."""
_STEP = 2.0
"""A letter more that differs makes up for a hundred times the texts."""
_FIRST_LETTER = 0.5
"""The first letter is seldom wrong."""

_UNSPACED = regex.compile(rf"(?V1)[{UNSPACED}{HANGUL}\d]")
_FIELD = regex.compile(r"(?:title|body):", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Misspelt:
    """A word of the query, and what it may have been meant to be, the best first."""

    start: int
    """Where it stands in the query; ``end`` where it ends."""
    end: int
    ways: tuple[str, ...]


def correction(
    reader: EngineReader, request: SearchRequest, tree: Query, found: int, count: Callable[[str], int]
) -> str | None:
    """The query of ``request`` with misspelt words put right, as typed else; ``None`` where nothing better is known.

    ``tree`` is the query as it was parsed, ``found`` how much it finds, ``count`` tells how much another query text
    finds with everything else as in the request. Cost: some milliseconds, and some searches.
    """
    langs = _languages(reader, request)
    words = list(_misspelt(reader, request.q, tree, langs))
    if not words:
        return None
    for way in range(max(len(word.ways) for word in words)):
        text = request.q
        for word in reversed(words):
            chosen = word.ways[min(way, len(word.ways) - 1)]
            text = text[: word.start] + _capitals(chosen, request.q[word.start : word.end]) + text[word.end :]
        if len(text) <= MAX_LENGTH and count(text) > found:
            return text
    return None


def _languages(reader: EngineReader, request: SearchRequest) -> list[str]:
    """The languages whose articles pass the filters."""
    wanted = {field_language(lang) for lang in request.langs}
    unwanted = {field_language(lang) for lang in request.exclude_langs} - {"und"}
    return [lang for lang in reader.language_statistics() if (not wanted or lang in wanted) and lang not in unwanted]


def _misspelt(reader: EngineReader, q: str, tree: Query, langs: Sequence[str]) -> Iterator[_Misspelt]:
    """The words to put right: those that no article has, where there are some, else those that few have."""
    words = sorted(set(_words(q, tree)))
    forms = list(dict.fromkeys(form for _, _, form in words))[:_LOOKED_AT]
    known = _known(reader, forms, langs)
    unknown = [form for form in forms if not known[form]]
    rare = unknown or [form for form in forms if known[form] <= _RARE]
    ways = {form: _ways(reader, form, langs, max(1, _BETTER * known[form])) for form in rare[:_TRIED]}
    for start, end, form in words:
        if ways.get(form):
            yield _Misspelt(start, end, ways[form])


def _words(q: str, tree: Query) -> Iterator[tuple[int, int, str]]:
    """The words of the query that may be misspelt: where each stands, and its form."""
    chain = chain_for("und")
    for leaf in _leaves(tree):
        start = leaf.startchar
        named = _FIELD.match(q, start)
        start = named.end() if named else start
        for word in chain.query_words(q[start : leaf.endchar]):
            if len(word.form) >= _LEAST and not _UNSPACED.search(word.form):
                yield start + word.start, start + word.end, word.form


def _leaves(node: Query) -> Iterator[Query]:
    """Words and phrases that a match should hold."""
    if isinstance(node, Not):
        return
    for child in node.children():
        yield from _leaves(child)
    is_word = isinstance(node, ExactTerm | Phrase) or type(node) is Term
    if is_word and node.fieldname in TEXT_FIELDS and node.startchar is not None:
        yield node


def _known(reader: EngineReader, forms: Sequence[str], langs: Sequence[str]) -> Mapping[str, int]:
    """How many texts hold each of these words, in any form."""
    pairs = [(form, lang) for form in forms for lang in langs]
    chains = {lang: chain_for(lang) for lang in langs}
    lists = reader.find_words(
        [AskedWord(lang, one, chains[lang].term(one), chains[lang].fold(one)) for one, lang in pairs]
    )
    counts = dict.fromkeys(forms, 0)
    for number, count in zip(lists.asked.tolist(), (lists.living_titles + lists.living_bodies).tolist(), strict=True):
        counts[pairs[number][0]] += count
    return counts


def _ways(reader: EngineReader, word: str, langs: Sequence[str], least: int) -> tuple[str, ...]:
    """Forms near a word that stand in ``least`` texts or more, the best first."""
    exchanged = (
        []
        if len(word) > _LONG
        else [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)]
    )
    asked = [AskedWord(lang, form, form, form, exact=True) for lang in langs for form in exchanged]
    counts: dict[str, int] = {}
    _count(counts, word, reader.find_words(asked), [each.lang for each in asked])
    _count(counts, word, reader.find_fuzzy([(lang, word, 1) for lang in langs], _MOST), langs)
    if len(word) > SHORT and max(counts.values(), default=0) < max(least, _WELL_KNOWN):
        counts = {}
        _count(counts, word, reader.find_words(asked), [each.lang for each in asked])
        _count(counts, word, reader.find_fuzzy([(lang, word, 2) for lang in langs], _MOST, fixed=1), langs)
    ways = [form for form, count in counts.items() if count >= least and _is_plain(form, word)]
    worth = {form: log10(counts[form]) - _STEP * OSA.distance(form, word) for form in ways}
    worth = {form: value - _FIRST_LETTER * (form[0] != word[0]) for form, value in worth.items()}
    return tuple(sorted(ways, key=lambda form: (-worth[form], form))[:_WAYS])


def _count(counts: dict[str, int], word: str, lists: FormLists, langs: Sequence[str]) -> None:
    """Adds how many texts hold the forms found, but for those that ``word`` itself finds."""
    found = zip(lists.forms(), lists.asked.tolist(), (lists.living_titles + lists.living_bodies).tolist(), strict=True)
    for form, number, count in found:
        chain = chain_for(langs[number])
        if count and chain.fold(form) != chain.fold(word) and chain.term(form) != chain.term(word):
            counts[form] = counts.get(form, 0) + count


def _is_plain(form: str, word: str) -> bool:
    """Whether a form is long enough, of the word's scripts, and would be read as one word."""
    if len(form) < _LEAST:
        return False
    scripts = {_script(letter) for letter in word}
    return all(letter == "'" or (is_word_char(letter) and _script(letter) in scripts) for letter in form)


@lru_cache(maxsize=4_096)
def _script(letter: str) -> str:
    """What the letter's name begins with, which is that of its script; nothing for what is in all scripts."""
    return "" if unicodedata.category(letter).startswith("M") else unicodedata.name(letter, "?").split()[0]


def _capitals(form: str, typed: str) -> str:
    """The form with capitals like those of what was typed."""
    if typed.isupper() and len(typed) > 1 and form.upper() not in OPERATORS:
        return form.upper()
    return form[:1].upper() + form[1:] if typed[:1].isupper() else form
