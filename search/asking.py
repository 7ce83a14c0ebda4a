"""What a look-up asks for: the words and patterns of all leaves of a query, numbered.

A *unit* is one leaf in one language; its number is ``leaf * languages + language``. Words are numbered first, leaf by
leaf and language by language, then patterns: what a prefix, wildcard or fuzzy word stands for.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from index.asked_words import AskedPiece
from index.columnar.arrays import B1, I4, I8
from search.spoken import Kind, Reading, Spoken


class Patterns(NamedTuple):
    """Words of languages that stand for the forms they describe, all of one kind; lists of one length."""

    numbers: list[int]
    """Of each among all patterns."""
    asked: list[tuple[str, str]]
    """Language and text."""
    distances: list[int]


class Run(NamedTuple):
    """A leaf that is several words in some languages."""

    spoken: Spoken
    begins: I8
    """(languages + 1) the number of the first word of each, and behind the last one of all."""
    patterns: I8
    """(languages) which pattern ends each, -1 for none. A language with less than two of all these has no run."""

    def asked(self, place: int, words: int) -> list[int]:
        """The numbers that one of the languages asks for, in order; ``words``: how many words are asked for in all."""
        numbers = list(range(int(self.begins[place]), int(self.begins[place + 1])))
        return numbers if self.patterns[place] < 0 else [*numbers, words + int(self.patterns[place])]


class Asking:
    """All that is asked, leaf by leaf."""

    def __init__(self, langs: tuple[str, ...]) -> None:
        self.pieces: list[AskedPiece] = []
        self.patterns: dict[Kind, Patterns] = {}
        self.runs: dict[int, Run] = {}
        """By leaf."""
        self.words = 0
        """How many there are."""
        self._langs = langs
        self._taken: list[tuple[Spoken, int]] = []  # words of leaves, and the leaf's first unit, -1 for words of runs
        self._pattern_units: list[int] = []  # by number
        self._leaves = 0
        self._straight = True  # whether the number of each word is that of its unit

    def __len__(self) -> int:
        return self.words + len(self._pattern_units)

    def leaf(self, spoken: Spoken) -> None:
        """Numbers the next leaf."""
        if spoken.kind == "words":
            self._take(spoken)
        elif spoken.one_each:
            self._take_patterns(spoken)
        else:
            self._take_mixed(spoken)
        self._leaves += 1

    def units(self, asked: I4) -> I4:
        """The units of what has these numbers; -1 for words of a run."""
        if self._straight:
            return asked
        if not self._pattern_units and all(base < 0 for _, base in self._taken):
            return np.full(len(asked), -1, np.int32)
        units = [_units(spoken, base) for spoken, base in self._taken]
        return np.asarray(np.concatenate([*units, np.array(self._pattern_units, np.int32)])[asked])

    def alone(self, among: B1) -> B1:
        """(units,) which of these units are one word each, or a pattern and nothing else."""
        if self._straight:
            return among
        found = np.zeros(self._leaves * len(self._langs), np.bool_)
        units = self.units(np.arange(len(self), dtype=np.int32))
        found[units[units >= 0]] = True
        return found & among

    def run(self, unit: int) -> list[int] | None:
        """The numbers of what a unit of several words asks for; ``None`` where it is one."""
        leaf, place = divmod(unit, len(self._langs))
        run = self.runs.get(leaf)
        asked = [] if run is None else run.asked(place, self.words)
        return asked if len(asked) > 1 else None

    def _take(self, spoken: Spoken) -> None:
        """Takes words."""
        if not spoken.one_each:
            self._straight = False
            if spoken.several:
                self._take_run(spoken, spoken, self._no_patterns)
        self._add(spoken, self._leaves * len(self._langs) if spoken.single else -1)

    def _add(self, spoken: Spoken, base: int) -> None:
        self._taken.append((spoken, base))
        self.pieces.append(spoken.piece)
        self.words += len(spoken.piece)

    def _take_run(self, spoken: Spoken, words: Spoken, patterns: I8) -> None:
        """Takes note of the languages with several words, or with some before a pattern."""
        self.runs[self._leaves] = Run(spoken, words.bounds + self.words, patterns)

    @cached_property
    def _no_patterns(self) -> I8:
        return np.full(len(self._langs), -1, np.int64)

    def _take_patterns(self, spoken: Spoken) -> None:
        """Takes one pattern for each language."""
        self._straight = False
        base, count, first = self._leaves * len(self._langs), len(self._langs), len(self._pattern_units)
        texts = [way[0] for way in spoken.piece.ways]
        found = self._patterns_of(spoken.kind)
        found.numbers.extend(range(first, first + count))
        found.asked.extend(zip(self._langs, map(texts.__getitem__, spoken.piece.way_of), strict=True))
        found.distances.extend([spoken.distance] * count)
        self._pattern_units += range(base, base + count)

    def _patterns_of(self, kind: Kind) -> Patterns:
        return self.patterns.setdefault(kind, Patterns([], [], []))

    def _take_mixed(self, spoken: Spoken) -> None:
        """Takes patterns that words may stand before, and in place of fuzzy ones several words as they are."""
        self._straight = False
        found = self._patterns_of(spoken.kind)
        before: dict[str, Reading] = {}
        ends = self._no_patterns.copy()
        for lang, reading in spoken.items():
            if reading.kind == "words":
                before[lang] = reading
                continue
            if len(reading.words) > 1:
                exact = tuple([word._replace(exact=True) for word in reading.words[:-1]])
                before[lang] = Reading(exact, reading.steps[:-1])
                ends[spoken.chains.place[lang]] = len(self._pattern_units)
            found.numbers.append(len(self._pattern_units))
            found.asked.append((lang, reading.words[-1].form))
            found.distances.append(spoken.distance)
            unit = self._leaves * len(self._langs) + spoken.chains.place[lang]
            self._pattern_units.append(unit if len(reading.words) == 1 else -1)
        if before:
            words = Spoken.of(before, self._langs)
            self._take_run(spoken, words, ends)
            self._add(words, -1)


def _units(spoken: Spoken, base: int) -> I4:
    """The unit of each word of a leaf, -1 for words of a run."""
    if base < 0:
        return np.full(len(spoken.piece), -1, np.int32)
    return np.where(spoken.alone, spoken.places + np.int32(base), np.int32(-1))
