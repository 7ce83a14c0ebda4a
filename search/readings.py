"""What the words of a query leaf are in each language of an index."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain

import regex
from whoosh.query import FuzzyTerm, Phrase, Prefix, Query, Term, Wildcard

from index.analysis.query_chains import Forms, QueryChains, query_chains
from index.asked_words import AskedPiece, Way
from index.remembered import Remembered
from search.query import ExactTerm
from search.spoken import Reading, Spoken

_REMEMBERED = 24_000_000
"""Bytes of what is remembered of words that were understood: some thousand words in sixty languages."""


@dataclass(frozen=True, slots=True)
class Readings:
    """A leaf as the languages of an index understand it."""

    spoken: Spoken
    idle: frozenset[str] = frozenset()
    """The languages in which it is a plain word that says nothing: a stop word, or no word."""
    several: frozenset[str] = frozenset()
    """The languages in which it is more than one word."""

    @property
    def by_lang(self) -> Mapping[str, Reading]:
        """Languages in which nothing in the leaf is a word are not there."""
        return self.spoken


def readings(leaf: Query, langs: tuple[str, ...], *, match: str = "forms", qlang: str | None = None) -> Readings:
    """What ``leaf`` (a text leaf of the logical tree) is in each of ``langs``.

    ``match`` ``exact``: words as typed only; ``qlang``: so in every other language than this one. Cost: some
    microseconds; for a word that was not met before some tenths of one for each language.
    """
    if isinstance(leaf, Wildcard):
        return Readings(_wildcard(leaf.text, query_chains(langs)))
    found = understood(" ".join(leaf.words) if isinstance(leaf, Phrase) else leaf.text, langs)
    if match == "exact" or isinstance(leaf, ExactTerm):
        found = replace(found, spoken=found.spoken.as_typed())
    elif qlang is not None:
        found = replace(found, spoken=found.spoken.as_typed(but=qlang))
    match leaf:
        case FuzzyTerm():
            return Readings(found.spoken.read_as("fuzzy", distance=leaf.maxdist), several=found.several)
        case Prefix():
            return Readings(found.spoken.read_as("prefix"), several=found.several)
        case Phrase():
            return Readings(found.spoken.read_as("words", slop=leaf.slop - 1), several=found.several)
    return found if type(leaf) is Term else replace(found, idle=frozenset())


def understood(text: str, langs: tuple[str, ...]) -> Readings:
    """The words of ``text`` in each of ``langs``, as typed for a query. The last ones are remembered."""
    return _known.get((text, langs), lambda: _understood(text, langs))


def forget_understood() -> None:
    """Lets go of what is remembered."""
    _known.forget()


_known: Remembered[Readings] = Remembered(_REMEMBERED, lambda found: found.spoken.nbytes)


def _understood(text: str, langs: tuple[str, ...]) -> Readings:
    chains = query_chains(langs)
    by_finder = chains.words(text)
    if by_finder and by_finder[0] and all(words is by_finder[0] for words in by_finder):
        return _alike(chains, by_finder[0])
    return _otherwise(chains, by_finder)


def _alike(chains: QueryChains, words: Forms) -> Readings:
    """What consists of the same forms in all languages."""
    count = len(words)
    ways: list[Way] = []
    ways_of: list[list[int]] = []
    idle = chains.every
    known: dict[str, list[int]] = {}
    for form, _ in words:
        if form not in known:
            pairs, way_of = chains.ways(form)
            known[form] = [len(ways) + way for way in way_of]
            ways += [(form, term, fold, False) for term, fold in pairs]
            idle = idle & _stopped(chains, pairs, way_of)
        ways_of.append(known[form])
    steps = tuple([position - words[0][1] for _, position in words])
    piece = AskedPiece(
        chains.places if count == 1 else array("I", [place for place in chains.places for _ in words]),
        ways,
        array("I", ways_of[0] if count == 1 else chain.from_iterable(zip(*ways_of, strict=True))),
    )
    begins = range(0, count * len(chains.langs) + 1, count)
    spoken = Spoken(chains, piece, begins, (steps,) * len(chains.langs))
    return Readings(spoken, idle, chains.every if count > 1 else frozenset())


def _stopped(chains: QueryChains, pairs: Sequence[tuple[str, str]], way_of: Sequence[int]) -> frozenset[str]:
    """The languages in which a form is a stop word."""
    return frozenset(
        chains.langs[place]
        for fold in {fold for _, fold in pairs}
        for place in chains.stop_words.get(fold, ())
        if pairs[way_of[place]][1] == fold
    )


def _otherwise(chains: QueryChains, by_finder: Sequence[Forms]) -> Readings:
    """What is no word, or not the same words to all."""
    forms = dict.fromkeys(form for words in by_finder for form, _ in words)
    known = {form: chains.ways(form) for form in forms}
    steps = [tuple([position - words[0][1] for _, position in words]) for words in by_finder]
    ways: dict[Way, int] = {}
    places, way_of = array("I"), array("I")
    idle, several = [], []
    for place, finder in enumerate(chains.finder_of):
        words = by_finder[finder]
        stopped = True
        for form, _ in words:
            pairs, of_place = known[form]
            term, fold = pairs[of_place[place]]
            places.append(place)
            way_of.append(ways.setdefault((form, term, fold, False), len(ways)))
            stopped = stopped and place in chains.stop_words.get(fold, ())
        if stopped:
            idle.append(chains.langs[place])
        if len(words) > 1:
            several.append(chains.langs[place])
    begins = [0, *accumulate(len(by_finder[finder]) for finder in chains.finder_of)]
    spoken = Spoken(chains, AskedPiece(places, list(ways), way_of), begins, [steps[one] for one in chains.finder_of])
    return Readings(spoken, frozenset(idle), frozenset(several))


def _wildcard(text: str, chains: QueryChains) -> Spoken:
    """A pattern of literal text, ``*`` and ``?``; the text as the language spells forms."""
    patterns = [""] * len(chains.words(""))
    for part in regex.split(r"([*?])", text):
        for finder, words in enumerate(chains.words(part)):
            spelt = words[0][0] if len(words) == 1 else part.casefold()
            patterns[finder] += part if part in ("*", "?") else spelt
    piece = AskedPiece(
        chains.places, [(pattern, pattern, pattern, True) for pattern in patterns], array("I", chains.finder_of)
    )
    return Spoken(chains, piece, range(len(chains.langs) + 1), ((0,),) * len(chains.langs), "wildcard")
