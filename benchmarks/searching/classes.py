"""The classes of questions, drawn from the titles of the corpus by a fixed seed.

A word is taken where both sides do the same with it: of three letters or more, no stop word of its language, one word
to Kiosk's chain and one to the peer's tokenizer. That leaves out the scripts without spaces, which Kiosk understands as
runs of bigrams and tantivy's tokenizer as one word each. A language takes part with the square root of its share of the
corpus, so that the large ones do not crowd out the small ones; within it titles are drawn evenly. All questions of a
class differ, but for those that browse: they ask for the first ten pages again and again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import regex

from benchmarks.corpus import SECTIONS, shares
from benchmarks.queries import Question
from benchmarks.searching.peer import analyser
from benchmarks.texts import Pool
from index.analysis import chain_for
from index.analysis.chain import Chain
from index.fields import field_language

FEWEST_TITLES = 20
"""With a word to ask for, that a language must have."""
MOST_TRIES = 5_000
"""For each question of a class."""
SPANS = (30, 91, 365, 1826)
FIRST_DAY, LAST_DAY = date(2008, 1, 1), date(2025, 12, 31)
DEEP_PAGE = 50
DEEP_SHARE = 0.004
"""Of all articles, that the most frequent word of a question with a deep page stands in: enough for fifty pages of
400,000."""
_PIECE = regex.compile(r"[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+")
_WORD = regex.compile(r"[\p{L}\p{M}]{3,}")


@dataclass(frozen=True, slots=True)
class Title:
    """The words of a title that can be asked for, and those of them that stand side by side."""

    words: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Titles:
    """What can be asked for in one language; ``frequencies``: the share of all articles that hold a word."""

    lang: str
    share: float
    titles: tuple[Title, ...]
    frequencies: dict[str, float]


def titles_of(pools: Sequence[Pool]) -> list[Titles]:
    """Those of each language that has enough. Cost: some seconds, for the frequencies."""
    found = []
    for pool, share in zip(pools, shares(pools), strict=True):
        chain = chain_for(field_language(pool.lang))
        good: dict[str, bool] = {}
        titles = tuple(title for text in pool.texts if (title := _title(text.title, chain, good)).words)
        if len(titles) >= FEWEST_TITLES:
            found.append(Titles(pool.lang, share, titles, _frequencies(pool, share, good)))
    return found


def _title(text: str, chain: Chain, good: dict[str, bool]) -> Title:
    pieces = _PIECE.findall(text.casefold())
    for piece in pieces:
        if piece not in good:
            good[piece] = _is_usable(piece, chain)
    words = tuple(dict.fromkeys(piece for piece in pieces if good[piece]))
    triples = zip(pieces, pieces[1:], pieces[2:], strict=False)
    pairs = tuple((left, right) for left, gap, right in triples if gap == " " and good[left] and good[right])
    return Title(words, pairs)


def _is_usable(piece: str, chain: Chain) -> bool:
    if not _WORD.fullmatch(piece) or chain.fold(piece) in chain.stop_words:
        return False
    return [word.form for word in chain.query_words(piece)] == [piece] and len(analyser().analyze(piece)) == 1


def _frequencies(pool: Pool, share: float, good: dict[str, bool]) -> dict[str, float]:
    if share < DEEP_SHARE:
        return {}
    wanted = {piece for piece, usable in good.items() if usable}
    counts: Counter[str] = Counter()
    for text in pool.texts:
        counts.update(wanted.intersection(_PIECE.findall(f"{text.title} {text.body}".casefold())))
    return {word: share * count / len(pool.texts) for word, count in counts.items()}


class Drawing:
    """Draws questions from titles."""

    def __init__(self, found: Sequence[Titles], seed: int) -> None:
        self._found = found
        self._weights = [titles.share**0.5 for titles in found]
        self._seed = seed

    def drawn(self, name: str, count: int) -> list[Question]:
        """So many questions of the class ``name``, in random order; the same for the same seed. Raises
        :class:`ValueError` where the titles do not give so many."""
        chance = random.Random(f"{self._seed} {name}")
        questions: dict[Question, None] = {}
        for _ in range(count * MOST_TRIES):
            titles = chance.choices(self._found, self._weights)[0]
            question = CLASSES[name](chance, titles, chance.choice(titles.titles))
            if question is not None:
                questions[question] = None
            if len(questions) == count:
                return list(questions)
        raise ValueError(f"{name}: the titles give only {len(questions)} questions")


def browsing(count: int, pages: int = 10) -> list[Question]:
    """Everything, newest first, page after page."""
    return [Question(BROWSE, kind="browse", page=1 + number % pages) for number in range(count)]


def _words(chance: random.Random, title: Title, count: int) -> tuple[str, ...] | None:
    return tuple(chance.sample(title.words, count)) if len(title.words) >= count else None


def _one(chance: random.Random, _: Titles, title: Title) -> Question | None:
    return Question("one word", (chance.choice(title.words),))


def _all(count: int, name: str) -> Draw:
    def draw(chance: random.Random, _: Titles, title: Title) -> Question | None:
        words = _words(chance, title, count)
        return Question(name, words) if words else None

    return draw


def _any(chance: random.Random, _: Titles, title: Title) -> Question | None:
    words = _words(chance, title, 3)
    return Question("three words OR", words, kind="any") if words else None


def _phrase(chance: random.Random, _: Titles, title: Title) -> Question | None:
    return Question("phrase", chance.choice(title.pairs), kind="phrase") if title.pairs else None


def _dates(chance: random.Random, _: Titles, title: Title) -> Question | None:
    words = _words(chance, title, chance.choice((1, 2)))
    span = chance.choice(SPANS)
    first = FIRST_DAY + timedelta(days=chance.randrange((LAST_DAY - FIRST_DAY).days - span))
    last = first + timedelta(days=span - 1)
    return Question("dates", words, first_day=first.isoformat(), last_day=last.isoformat()) if words else None


def _filters(chance: random.Random, titles: Titles, title: Title) -> Question | None:
    words = _words(chance, title, chance.choice((1, 2)))
    section = SECTIONS[min(int(chance.paretovariate(1)) - 1, len(SECTIONS) - 1)]
    return Question("section and language", words, section=section, lang=titles.lang) if words else None


def _prefix(chance: random.Random, _: Titles, title: Title) -> Question | None:
    word = chance.choice(title.words)
    if len(word) < 5:
        return None
    prefix = word[: chance.randint(3, min(6, len(word) - 1))]
    return Question("prefix", (prefix,), kind="prefix") if prefix.isalpha() else None


def _fuzzy(chance: random.Random, _: Titles, title: Title) -> Question | None:
    """A word with one letter left out or two exchanged; two changes are allowed in long ones."""
    word = chance.choice(title.words)
    if len(word) < 5 or not word.isalpha():
        return None
    at = chance.randrange(1, len(word) - 1)
    wrong = (
        word[:at] + word[at + 1 :] if chance.random() < 0.5 else word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    )
    return Question("fuzzy", (wrong,), kind="fuzzy", distance=1 if len(word) < 8 else 2)


def _deep(chance: random.Random, titles: Titles, title: Title) -> Question | None:
    words = _words(chance, title, 3)
    if words is None or max(titles.frequencies.get(word, 0) for word in words) < DEEP_SHARE:
        return None
    return Question("page 50", words, kind="any", page=DEEP_PAGE)


Draw = Callable[[random.Random, Titles, Title], Question | None]
BROWSE = "browse"
CLASSES: dict[str, Draw] = {
    "one word": _one,
    "two words AND": _all(2, "two words AND"),
    "three words AND": _all(3, "three words AND"),
    "three words OR": _any,
    "phrase": _phrase,
    "dates": _dates,
    "section and language": _filters,
    "prefix": _prefix,
    "fuzzy": _fuzzy,
    "page 50": _deep,
}
NAMES = (*CLASSES, BROWSE)


def questions(pools: Sequence[Pool], count: int, seed: int) -> dict[str, list[Question]]:
    """``count`` questions of each class."""
    drawing = Drawing(titles_of(pools), seed)
    return {name: browsing(count) if name == BROWSE else drawing.drawn(name, count) for name in NAMES}
