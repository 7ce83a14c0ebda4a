"""A leaf of a query in the languages of an index: the words of all of them together, each language's when asked for."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

import numpy as np

from index.analysis.query_chains import QueryChains, query_chains
from index.asked_words import AskedPiece, Way
from index.columnar.arrays import B1, I4, I8
from index.engine import AskedWord

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


class Spoken(Mapping[str, Reading]):
    """How languages read a leaf. Those in which nothing in it is a word are not there. Never changes."""

    def __init__(
        self,
        chains: QueryChains,
        piece: AskedPiece,
        begins: Sequence[int],
        steps: Sequence[tuple[int, ...]],
        kind: Kind = "words",
        slop: int = 0,
        distance: int = 0,
    ) -> None:
        """``piece``: the words of all languages, one language after the other; ``begins`` (languages + 1): where those
        of each begin; ``steps``: of each language. A language that has several words does not read them as fuzzy."""
        self.chains = chains
        self.piece = piece
        self.begins = begins
        self.steps = steps
        self.kind = kind
        self.slop = slop
        self.distance = distance

    @classmethod
    def of(cls, readings: Mapping[str, Reading], langs: tuple[str, ...]) -> Spoken:
        """What some of ``langs`` read, as words."""
        ways: dict[Way, int] = {}
        places, way_of = array("I"), array("I")
        begins, steps = [0], list[tuple[int, ...]]()
        for place, lang in enumerate(langs):
            reading = readings.get(lang)
            words = () if reading is None else reading.words
            places.extend([place] * len(words))
            way_of.extend([ways.setdefault(word[1:], len(ways)) for word in words])
            begins.append(len(places))
            steps.append(() if reading is None else reading.steps)
        slop = max((reading.slop for reading in readings.values()), default=0)
        return cls(query_chains(langs), AskedPiece(places, tuple(ways), way_of), begins, steps, slop=slop)

    def read_as(self, kind: Kind, *, slop: int = 0, distance: int = 0) -> Spoken:
        """The same words as something else."""
        return Spoken(self.chains, self.piece, self.begins, self.steps, kind, slop, distance)

    def as_typed(self, but: str | None = None) -> Spoken:
        """Each word only as it is written; in the language ``but`` in all its forms."""
        piece, place = self.piece, self.chains.place.get(but or "", -1)
        ways: list[Way] = [(form, term, fold, True) for form, term, fold, _ in piece.ways]
        way_of = piece.way_of
        if place >= 0:
            first = len(ways)
            ways = [*ways, *piece.ways]
            pairs = zip(piece.places, way_of, strict=True)
            way_of = array("I", [first + way if one == place else way for one, way in pairs])
        typed = AskedPiece(piece.places, ways, way_of)
        return Spoken(self.chains, typed, self.begins, self.steps, self.kind, self.slop, self.distance)

    def apart(self) -> dict[str, Spoken]:
        """The words of languages that have several, each read by itself: by form."""
        found: dict[str, dict[int, int]] = {}
        ways, way_of = self.piece.ways, self.piece.way_of
        for place, (first, last) in enumerate(pairwise(self.begins)):
            if last - first > 1:
                for way in way_of[first:last]:
                    found.setdefault(ways[way][0], {}).setdefault(place, way)
        return {form: self._one_each(by_place) for form, by_place in found.items()}

    def _one_each(self, words: Mapping[int, int]) -> Spoken:
        """One word in some languages: its way, by the place of the language."""
        numbers: dict[int, int] = {}
        way_of = array("I", [numbers.setdefault(way, len(numbers)) for way in words.values()])
        piece = AskedPiece(array("I", words), [self.piece.ways[way] for way in numbers], way_of)
        langs = range(len(self.chains.langs))
        if len(words) == len(langs):
            begins: Sequence[int] = range(len(langs) + 1)
        else:
            begins = [0, *accumulate(place in words for place in langs)]
        steps = [(0,) if place in words else () for place in langs]
        return Spoken(self.chains, piece, begins, steps, self.kind, self.slop, self.distance)

    @property
    def nbytes(self) -> int:
        """About how many bytes it takes with all that it works out."""
        return 1_000 + 4 * len(self.piece.packed) + 400 * len(self.piece.ways) + 16 * len(self.steps)

    @cached_property
    def one_each(self) -> bool:
        """Whether it is one word in every language there is, and that is seen at once."""
        return self.begins == range(len(self.chains.langs) + 1)

    @cached_property
    def bounds(self) -> I8:
        """``begins`` as an array."""
        begins = self.begins
        if isinstance(begins, range):
            return np.arange(begins.start, begins.stop, begins.step, dtype=np.int64)
        return np.array(begins, np.int64)

    @cached_property
    def several(self) -> bool:
        """Whether it is several words in some language; ``single``: one word."""
        if isinstance(self.begins, range):
            return self.begins.step > 1
        return any(last - first > 1 for first, last in pairwise(self.begins))

    @cached_property
    def single(self) -> bool:
        if isinstance(self.begins, range):
            return self.begins.step == 1
        return any(last - first == 1 for first, last in pairwise(self.begins))

    @cached_property
    def alone(self) -> B1:
        """(words,) whether each is the only word of its language."""
        if isinstance(self.begins, range):
            return np.full(len(self.piece), self.begins.step == 1)
        counts = np.diff(self.bounds)
        return np.asarray(np.repeat(counts, counts) == 1)

    @cached_property
    def places(self) -> I4:
        """(words,) the place of the language of each."""
        return np.frombuffer(self.piece.places, np.int32)

    @cached_property
    def step_table(self) -> tuple[I8, I8]:
        """``steps`` one after the other: (languages + 1) where those of each language begin, and they themselves."""
        steps, count = self.steps, len(self.steps)
        if isinstance(self.begins, range) and count:  # the same in all languages
            first, size = steps[0], len(steps[0])
            return np.arange(0, size * count + 1, size), np.array(first * count, np.int64)
        begins = np.array([0, *accumulate(map(len, steps))], np.int64)
        return begins, np.array([at for one in steps for at in one], np.int64)

    def words(self, place: int) -> Sequence[Way]:
        """The words in the language at ``place``."""
        ways, way_of = self.piece.ways, self.piece.way_of
        return [ways[way_of[row]] for row in range(self.begins[place], self.begins[place + 1])]

    def forms(self, lang: str) -> tuple[str, ...]:
        """The forms of the words in a language, each once."""
        return tuple(dict.fromkeys([way[0] for way in self.words(self.chains.place[lang])]))

    def __getitem__(self, lang: str) -> Reading:
        place = self.chains.place[lang]
        words = tuple([AskedWord(lang, *way) for way in self.words(place)])
        if not words:
            raise KeyError(lang)
        if self.kind == "fuzzy" and len(words) > 1:
            return Reading(words, self.steps[place])
        return Reading(words, self.steps[place], self.kind, self.slop, self.distance)

    def __contains__(self, lang: object) -> bool:
        place = self.chains.place.get(lang, -1) if isinstance(lang, str) else -1
        return place >= 0 and self.begins[place] < self.begins[place + 1]

    def __iter__(self) -> Iterator[str]:
        for place, lang in enumerate(self.chains.langs):
            if self.begins[place] < self.begins[place + 1]:
                yield lang

    def __len__(self) -> int:
        return len(set(self.piece.places))


def is_read_alike(one: Mapping[str, Reading], other: Mapping[str, Reading]) -> bool:
    """Whether two leaves ask for the same words, in the same way and in the same languages."""
    if not (isinstance(one, Spoken) and isinstance(other, Spoken)):
        return one == other
    if one is other:
        return True
    same = one.piece is other.piece or (
        (one.piece.places, one.piece.ways, one.piece.way_of)
        == (other.piece.places, other.piece.ways, other.piece.way_of)
    )
    return (
        same
        and (one.kind, one.slop, one.distance) == (other.kind, other.slop, other.distance)
        and one.chains is other.chains
        and list(one.begins) == list(other.begins)
        and list(one.steps) == list(other.steps)
    )
