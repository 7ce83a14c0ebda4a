"""What the words of a query leaf are in each language of an index."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

import regex
from whoosh.query import FuzzyTerm, Phrase, Prefix, Query, Term, Wildcard

from index.analysis.chains import LanguageChain, language_chain
from index.engine import AskedWord
from search.query import ExactTerm

Kind = Literal["words", "prefix", "wildcard", "fuzzy"]


class Reading(NamedTuple):
    """A leaf as one language understands it."""

    words: tuple[AskedWord, ...]
    """The words that must stand there, at least one. The last one of a prefix, and the only one of other patterns,
    stands for the forms that it describes."""
    steps: tuple[int, ...]
    """Position of each word from the first one on."""
    kind: Kind = "words"
    slop: int = 0
    """How many further positions may lie between the first word and the last."""
    distance: int = 0
    """Of a fuzzy word."""


@dataclass(frozen=True, slots=True)
class Readings:
    """A leaf as the languages of an index understand it."""

    by_lang: Mapping[str, Reading]
    """Languages in which nothing in the leaf is a word are not there."""
    idle: frozenset[str] = frozenset()
    """The languages in which it is a plain word that says nothing: a stop word, or no word."""
    several: frozenset[str] = frozenset()
    """The languages in which it is more than one word."""
    single: tuple[AskedWord, ...] | None = None
    """The one plain word that it is in each of its languages, where it is one in all."""

    def changed(self, change: Callable[[str, Reading], Reading]) -> Readings:
        """Each reading changed, nothing idle."""
        changed = {lang: change(lang, reading) for lang, reading in self.by_lang.items()}
        return Readings(changed, several=self.several, single=_single(changed, self.several))


def readings(leaf: Query, langs: tuple[str, ...], *, match: str = "forms", qlang: str | None = None) -> Readings:
    """What ``leaf`` (a text leaf of the logical tree) is in each of ``langs``.

    ``match`` ``exact``: words as typed only; ``qlang``: so in every other language than this one. Cost: a microsecond,
    and for a word that was not met before one for each language.
    """
    if isinstance(leaf, Wildcard):
        return Readings({lang: _wildcard(leaf.text, lang) for lang in langs})
    if isinstance(leaf, FuzzyTerm):
        return _as_typed(understood(leaf.text, langs).changed(_fuzzy(leaf.maxdist)), match == "exact", qlang)
    text, slop = (" ".join(leaf.words), leaf.slop - 1) if isinstance(leaf, Phrase) else (leaf.text, 0)
    found = _as_typed(understood(text, langs), match == "exact" or isinstance(leaf, ExactTerm), qlang)
    if type(leaf) is Term:
        return found
    if isinstance(leaf, Prefix):
        return found.changed(lambda _, reading: reading._replace(kind="prefix"))
    return found.changed(lambda _, reading: reading._replace(slop=slop))


def _as_typed(found: Readings, exact: bool, qlang: str | None) -> Readings:
    """Words as typed only, where that is asked for."""
    if not exact and qlang is None:
        return found

    def change(lang: str, reading: Reading) -> Reading:
        if not exact and lang == qlang:
            return reading
        return reading._replace(words=tuple(word._replace(exact=True) for word in reading.words))

    changed = found.changed(change)
    return replace(changed, idle=found.idle)


@lru_cache(maxsize=10_000)
def understood(text: str, langs: tuple[str, ...]) -> Readings:
    """The words of ``text`` in each of ``langs``, as typed for a query."""
    by_habit: dict[Hashable, list[tuple[str, int]]] = {}
    found, idle, several = {}, set(), set()
    for lang in langs:
        chain = language_chain(lang)
        words = by_habit.get(chain.habits)
        if words is None:
            words = by_habit[chain.habits] = [(word.form, word.position) for word in chain.query_words(text)]
        asked = [_asked(chain, form) for form, _ in words]
        if asked:
            found[lang] = Reading(tuple(asked), tuple(position - words[0][1] for _, position in words))
        if all(word.fold in chain.stop_words for word in asked):
            idle.add(lang)
        if len(asked) > 1:
            several.add(lang)
    alike = frozenset(several)
    return Readings(found, frozenset(idle), alike, _single(found, alike))


def _asked(chain: LanguageChain, form: str) -> AskedWord:
    if chain.leaves_as_is(form):
        return AskedWord(chain.lang, form, form, form)
    return AskedWord(chain.lang, form, chain.term(form), chain.fold(form))


def _single(found: Mapping[str, Reading], several: frozenset[str]) -> tuple[AskedWord, ...] | None:
    if several or any(reading.kind != "words" for reading in found.values()):
        return None
    return tuple(reading.words[0] for reading in found.values())


def _wildcard(text: str, lang: str) -> Reading:
    """A pattern of literal text, ``*`` and ``?``; the text as the language spells forms."""
    chain = language_chain(lang)
    parts = regex.split(r"([*?])", text)
    pattern = "".join(part if part in ("*", "?") else _spelt(part, chain) for part in parts)
    return Reading((AskedWord(lang, pattern, pattern, pattern, exact=True),), (0,), kind="wildcard")


def _spelt(part: str, chain: LanguageChain) -> str:
    words = chain.query_words(part)
    return words[0].form if len(words) == 1 else part.casefold()


def _fuzzy(distance: int) -> Callable[[str, Reading], Reading]:
    """One word with some letters wrong; what is several (a run without spaces, a compound) is read as typed."""

    def change(_: str, reading: Reading) -> Reading:
        return reading if len(reading.words) > 1 else reading._replace(kind="fuzzy", distance=distance)

    return change
