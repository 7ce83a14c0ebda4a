"""Finding the forms that a query asks for, in all segments of a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.analysis.query_chains import query_chains
from index.asked_words import AskedWords
from index.columnar.arrays import F4, I4, I8, U1, U8
from index.columnar.lexicon_arrays import Blocks, LexiconArrays
from index.columnar.living_kernels import BODIES, SEGMENT, START, TITLES, count_living
from index.columnar.lookup_kernels import find_words
from index.columnar.prefix_kernels import prefix_ranges, read_prefixes
from index.columnar.seek_kernels import DAMAGED, NO_ROOM
from index.columnar.segment import LiveSegment
from index.columnar.segment_arrays import LiveArrays
from index.engine import AskedWord, FormLists

_USUAL_ROWS, _USUAL_BYTES = 1_024, 16_384
"""Of forms found for a query's words; where there are more they are looked up once more."""
_REMEMBERED_LANGUAGES = 64
_Room: TypeAlias = tuple[I4, I4, F4, I8, I8, I8, U1, I8]
"""Room for what kernels find: what was asked, segments, weights, starts, titles, bodies, forms, where these begin."""


class FormLookup:
    """See :class:`index.engine.EngineReader`. Safe for several threads."""

    def __init__(self, live: Sequence[LiveSegment], arrays: Sequence[LiveArrays]) -> None:
        self._live = live
        self._arrays = arrays
        self._rows: dict[tuple[str, ...], I4] = {}

    def words(self, asked: Sequence[AskedWord]) -> FormLists:
        """The forms that typed words match. Cost: some microseconds, a tenth of one for each word and segment where it
        is found; and for each word a half, where they are not packed (:class:`index.asked_words.AskedWords`)."""
        words = asked if isinstance(asked, AskedWords) else AskedWords.of(asked)
        packed = np.frombuffer(words.packed, np.uint64)
        if not len(packed) or not self._live:
            return _nothing()
        small, row_of = packed.view(np.uint32), self._rows_of(words.langs)
        given = packed, small, small.view(np.uint8), row_of, self._arrays_at, self._tables, self._bits
        return self._lists(find_words, given, _USUAL_ROWS, _USUAL_BYTES)

    def prefixes(self, asked: Sequence[tuple[str, str]]) -> FormLists:
        """All forms of a language that begin with a prefix. Cost: some microseconds for each prefix and segment, and
        some 20 ns a form."""
        if not asked or not self._live:
            return _nothing()
        langs, prefixes = zip(*asked, strict=True)
        words, texts = self._asked_prefixes(langs, prefixes)
        ranges = np.empty((len(self._live), len(words), 4), np.int64)
        given = self._arrays_at, self._folded_at, self._tables, words
        damaged = prefix_ranges(*given, texts.data, texts.at, ranges)
        if damaged >= 0:
            raise self._lexicons[damaged][0].damaged()
        most = int((ranges[:, :, 1] - ranges[:, :, 0] + ranges[:, :, 3] - ranges[:, :, 2]).sum())
        return self._lists(read_prefixes, (*given, ranges), most, 16 * most)

    def _asked_prefixes(self, langs: Sequence[str], prefixes: Sequence[str]) -> tuple[I4, _Texts]:
        """What :func:`prefix_ranges` asks for, and its texts."""
        chains = query_chains(tuple(dict.fromkeys(langs)))
        numbers: dict[bytes, int] = {}
        ends: dict[str, tuple[int, int]] = {}
        for prefix in dict.fromkeys(prefixes):
            start = prefix.encode()
            # UTF-8 has no byte 255, so that the last one can be raised.
            stop = start[:-1] + bytes([start[-1] + 1]) if start else b""
            low = numbers.setdefault(start, len(numbers))
            ends[prefix] = low, numbers.setdefault(stop, len(numbers)) if stop else -1
        folds = {prefix: chains.folds(prefix) for prefix in ends}
        pairs = zip(langs, prefixes, strict=True)
        words = np.empty((len(prefixes), 4), np.int32)
        words[:, 0] = self._rows_of(chains.langs)[[chains.place[lang] for lang in langs]]
        words[:, 1:3] = [ends[prefix] for prefix in prefixes]
        words[:, 3] = [folds[prefix][chains.place[lang]] == prefix for lang, prefix in pairs]
        return words, _Texts.of([*numbers])

    @cached_property
    def _all_living(self) -> bool:
        """Whether nothing is deleted."""
        return all(one.living == one.count for one in self._arrays)

    @cached_property
    def _languages(self) -> Mapping[str, int]:
        """The rows of the tables."""
        every = sorted({lang for one in self._live for lang in one.segment.lexicon.languages})
        return {lang: row for row, lang in enumerate(every)}

    @cached_property
    def _lexicons(self) -> Sequence[tuple[LexiconArrays, I8]]:
        """Of each segment: its lexicon, and a table of where its languages stand in it."""
        lexicons = [one.segment.lexicon.arrays for one in self._live]
        nowhere = (0,) * 7
        return [
            (one, np.array([one.ranges.get(lang, nowhere) for lang in self._languages], np.int64).reshape(-1, 7))
            for one in lexicons
        ]

    @cached_property
    def _tables(self) -> I8:
        """(segments, languages, 7) the tables of all segments."""
        return np.stack([table for _, table in self._lexicons])

    @cached_property
    def _sieves(self) -> Sequence[U8]:
        return [one.segment.lexicon.sieve for one in self._live]

    @cached_property
    def _arrays_at(self) -> I8:
        """(segments, :data:`SIEVE` + 2) where the arrays that words are looked up in are, and how long."""
        return _addresses(
            [
                *(one.forms.data, one.forms.at, one.lists, one.forms.heads),
                *(one.terms.keys, one.terms.forms, one.terms.unlike),
                *(one.folds.keys, one.folds.forms, one.folds.unlike),
                sieve,
            ]
            for (one, _), sieve in zip(self._lexicons, self._sieves, strict=True)
        )

    @cached_property
    def _folded(self) -> Sequence[Blocks]:
        return [one.segment.lexicon.folded for one in self._live]

    @cached_property
    def _folded_at(self) -> I8:
        """(segments, 6) the same of the folded forms: the data of blocks, where each begins, its head."""
        return _addresses([one.data, one.at, one.heads] for one in self._folded)

    @cached_property
    def _bits(self) -> U8:
        """(segments, languages) the bit of each language in the sieve of each segment, 0 where it is not there."""
        bits = [one.language_bits for one, _ in self._lexicons]
        rows = [[of_segment.get(lang, 0) for lang in self._languages] for of_segment in bits]
        return np.array(rows, np.uint64).reshape(len(rows), len(self._languages))

    def _languages_of(self, langs: Sequence[str]) -> I4:
        """Rows of the tables, -1 for a language that is in no segment."""
        return np.fromiter(map(self._languages.get, langs, repeat(-1)), np.int32, len(langs))

    def _rows_of(self, langs: tuple[str, ...]) -> I4:
        """The same, remembered: searches ask for few combinations of languages."""
        rows = self._rows.get(langs)
        if rows is None:
            if len(self._rows) >= _REMEMBERED_LANGUAGES:
                self._rows.clear()
            rows = self._rows[langs] = self._languages_of(langs)
        return rows

    def _lists(
        self, find: Callable[..., tuple[int, int, int]], given: tuple[NDArray[Any], ...], rows: int, size: int
    ) -> FormLists:
        """What a kernel finds of what it is ``given``, in so much room, or more where that is not enough."""
        while True:
            room = _room(rows, size)
            found, bytes_found, segment = find(*given, *room)
            if found == DAMAGED:
                raise self._lexicons[segment][0].damaged()
            if found != NO_ROOM:
                break
            rows, size = 4 * rows, 4 * size
        asked, segments, weights, starts, titles, bodies, data, at = room
        segments, starts, titles, bodies = segments[:found], starts[:found], titles[:found], bodies[:found]
        living_titles, living_bodies = self._living_of(segments, starts, titles, bodies)
        return FormLists(
            asked[:found],
            segments,
            weights[:found],
            starts,
            titles,
            bodies,
            living_titles,
            living_bodies,
            data[:bytes_found],
            at[: found + 1],
            frozenset(),
        )

    def _living_of(self, segments: I4, starts: I8, titles: I8, bodies: I8) -> tuple[I8, I8]:
        """The documents of lists of titles and of bodies that are not deleted."""
        if self._all_living:
            return titles, bodies
        rows = np.zeros((len(segments), 6), np.int64)
        rows[:, SEGMENT], rows[:, START], rows[:, TITLES], rows[:, BODIES] = segments, starts, titles, bodies
        living = self.living(rows)
        return living[:, 0].copy(), living[:, 1].copy()

    def living(self, rows: I8) -> I8:
        """(rows, 2) the documents of each list of titles and of bodies that are not deleted."""
        living = rows[:, TITLES : BODIES + 1]
        if self._all_living or not len(rows):
            return living
        living = living.copy()
        bounds = np.searchsorted(rows[:, SEGMENT], np.arange(len(self._arrays) + 1))
        for one, first, last in zip(self._arrays, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            if first < last and one.living < one.count:
                here = rows[first:last]
                starts = here[:, START].copy()
                one.ensure_postings(starts, starts + here[:, TITLES] + here[:, BODIES])
                if count_living(one.docs, one.alive, one.dead, here, living[first:last]):
                    raise one.damaged("postings of documents that are not there")
        return living


class _Texts(NamedTuple):
    """Texts that are looked for, one after the other."""

    data: U1
    at: I8

    @classmethod
    def of(cls, texts: Sequence[bytes]) -> _Texts:
        """These texts."""
        at = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(text) for text in texts], out=at[1:])
        return cls(np.frombuffer(b"".join(texts), np.uint8), at)


def _room(rows: int, size: int) -> _Room:
    """Room for so many rows and bytes of forms."""
    asked, segments = np.empty((2, rows), np.int32)
    starts, titles, bodies = np.empty((3, rows), np.int64)
    weights, at = np.empty(rows, np.float32), np.empty(rows + 1, np.int64)
    return asked, segments, weights, starts, titles, bodies, np.empty(size, np.uint8), at


def _addresses(of_segments: Iterable[Sequence[NDArray[Any]]]) -> I8:
    """(segments, 2 * arrays) where arrays are, and how long."""
    rows = [[number for one in arrays for number in (one.ctypes.data, len(one))] for arrays in of_segments]
    return np.array(rows, np.int64)


def _nothing() -> FormLists:
    none, rows = np.empty(0, np.int64), np.empty(0, np.int32)
    weight, data, at = np.empty(0, np.float32), np.empty(0, np.uint8), np.zeros(1, np.int64)
    return FormLists(rows, rows, weight, none, none, none, none, none, data, at, frozenset())
