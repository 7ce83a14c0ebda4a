"""Finding the forms that a query asks for, in all segments of a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import repeat
from typing import NamedTuple

import numpy as np

from index.analysis import chain_for
from index.asked_words import AskedWords
from index.columnar.arrays import I4, I8, U1, U8
from index.columnar.found_rows import form_lists
from index.columnar.lexicon_arrays import LexiconArrays
from index.columnar.lookup_kernels import (
    ARRAYS,
    BODIES,
    DAMAGED,
    NO_ROOM,
    SEGMENT,
    START,
    TITLES,
    WAY,
    WEIGHTS,
    count_living,
    find_words,
    prefix_ranges,
    read_prefixes,
)
from index.columnar.segment import LiveSegment
from index.columnar.segment_arrays import LiveArrays
from index.engine import AskedWord, FormLists

_USUAL_ROWS, _USUAL_BYTES = 1_024, 16_384
"""Of forms found for a query's words; where there are more they are looked up once more."""
_REMEMBERED_LANGUAGES = 64


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
        rows, size = _USUAL_ROWS, _USUAL_BYTES
        while True:
            numbers, weights = np.empty((2, rows), np.int32), np.empty(rows, np.float32)
            lists, data, at = np.empty((3, rows), np.int64), np.empty(size, np.uint8), np.empty(rows + 1, np.int64)
            found, bytes_found, segment = find_words(
                packed, small, small.view(np.uint8), row_of, self._arrays_at, self._tables, self._bits,
                numbers[0], numbers[1], weights, lists[0], lists[1], lists[2], data, at,
            )  # fmt: skip
            if found == DAMAGED:
                raise self._lexicons[segment][0].damaged()
            if found != NO_ROOM:
                break
            rows, size = 4 * rows, 4 * size
        asked_of, segments = numbers[:, :found]
        starts, titles, bodies = lists[:, :found]
        living_titles, living_bodies = self._living_of(segments, starts, titles, bodies)
        return FormLists(
            asked_of,
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

    def prefixes(self, asked: Sequence[tuple[str, str]]) -> FormLists:
        """All forms of a language that begin with a prefix. Cost: some microseconds for each prefix and segment, and
        some 20 ns a form."""
        if not asked or not self._live:
            return _nothing()
        langs, prefixes = zip(*asked, strict=True)
        words, texts = self._asked_prefixes(langs, prefixes)
        found, ranges = _Found(1, 1), self._ranges(words, texts)
        most = int((ranges[:, :, 1] - ranges[:, :, 0] + ranges[:, :, 3] - ranges[:, :, 2]).sum())
        found.make_room(most, 16 * most)
        for number, (lexicon, table) in enumerate(self._lexicons):
            folded, forms = self._live[number].segment.lexicon.folded, lexicon.forms
            while True:
                rows, size = read_prefixes(
                    forms.data, forms.at, lexicon.lists, folded.data, folded.at, table, words, ranges[number],
                    number, found.rows, found.size, found.table, found.data, found.data_at,
                )  # fmt: skip
                if found.took(rows, size, lexicon):
                    break
        return self._lists(found)

    def _ranges(self, words: I4, texts: _Texts) -> I8:
        """(segments, prefixes, 4) what :func:`prefix_ranges` finds."""
        ranges = np.empty((len(self._live), len(words), 4), np.int64)
        for number, (lexicon, table) in enumerate(self._lexicons):
            folded, forms = self._live[number].segment.lexicon.folded, lexicon.forms
            if prefix_ranges(
                forms.data, forms.at, forms.heads, folded.data, folded.at, folded.heads, table, words,
                texts.data, texts.at, ranges[number],
            ):  # fmt: skip
                raise lexicon.damaged()
        return ranges

    def _asked_prefixes(self, langs: Sequence[str], prefixes: Sequence[str]) -> tuple[I4, _Texts]:
        """What :func:`prefix_ranges` asks for, and its texts."""
        starts = [prefix.encode() for prefix in prefixes]
        # UTF-8 has no byte 255, so that the last one can be raised.
        stops = [start[:-1] + bytes([start[-1] + 1]) if start else b"" for start in starts]
        numbers = {text: number for number, text in enumerate(dict.fromkeys((*starts, *stops)))}
        words = np.empty((len(prefixes), 4), np.int32)
        words[:, 0] = self._languages_of(langs)
        words[:, 1] = [numbers[start] for start in starts]
        words[:, 2] = [numbers[stop] if stop else -1 for stop in stops]
        words[:, 3] = [chain_for(lang).fold(prefix) == prefix for lang, prefix in zip(langs, prefixes, strict=True)]
        return words, _Texts.of([*numbers])

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
        """(segments, 2 * :data:`ARRAYS`) where the arrays that words are looked up in are, and how long."""
        found = np.empty((len(self._live), 2 * ARRAYS), np.int64)
        for row, (one, _), sieve in zip(found, self._lexicons, self._sieves, strict=True):
            forms, terms, folds = one.forms, one.terms, one.folds
            arrays = (
                *(forms.data, forms.at, one.lists, forms.heads),
                *(terms.keys, terms.forms, terms.unlike, folds.keys, folds.forms, folds.unlike, sieve),
            )
            row[::2] = [array.ctypes.data for array in arrays]
            row[1::2] = [len(array) for array in arrays]
        return found

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

    def _lists(self, found: _Found) -> FormLists:
        rows = found.table[: found.rows]
        living = self.living(rows)
        size, at = int(found.data_at[found.rows]), found.data_at[: found.rows + 1]
        return form_lists(rows, living, WEIGHTS[rows[:, WAY]], found.data[:size], at)

    def _living_of(self, segments: I4, starts: I8, titles: I8, bodies: I8) -> tuple[I8, I8]:
        """The documents of lists of titles and of bodies that are not deleted."""
        if all(one.living == one.count for one in self._arrays):
            return titles, bodies
        rows = np.zeros((len(segments), 6), np.int64)
        rows[:, SEGMENT], rows[:, START], rows[:, TITLES], rows[:, BODIES] = segments, starts, titles, bodies
        living = self.living(rows)
        return living[:, 0].copy(), living[:, 1].copy()

    def living(self, rows: I8) -> I8:
        """(rows, 2) the documents of each list of titles and of bodies that are not deleted."""
        living = rows[:, TITLES : BODIES + 1]
        if all(one.living == one.count for one in self._arrays) or not len(rows):
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


class _Found:
    """Rows that kernels have found so far."""

    def __init__(self, rows: int, size: int) -> None:
        self.rows = self.size = 0
        self.table: I8 = np.empty((rows, 6), np.int64)
        self.data: U1 = np.empty(size, np.uint8)
        self.data_at: I8 = np.zeros(rows + 1, np.int64)

    def took(self, rows: int, size: int, lexicon: LexiconArrays) -> bool:
        """Takes note of what a kernel returned; whether it was done. Where not there is more room now."""
        if rows == DAMAGED:
            raise lexicon.damaged()
        if rows == NO_ROOM:
            self.make_room(2 * len(self.table), 2 * len(self.data))
            return False
        self.rows, self.size = rows, size
        return True

    def make_room(self, rows: int, size: int) -> None:
        """Makes room for so many rows and bytes behind those that are there."""
        if self.rows + rows > len(self.table):
            self.table = np.concatenate((self.table[: self.rows], np.empty((rows, 6), np.int64)))
            self.data_at = np.concatenate((self.data_at[: self.rows + 1], np.empty(rows, np.int64)))
        if self.size + size > len(self.data):
            self.data = np.concatenate((self.data[: self.size], np.empty(size, np.uint8)))


def _nothing() -> FormLists:
    none, rows = np.empty(0, np.int64), np.empty(0, np.int32)
    weight, data, at = np.empty(0, np.float32), np.empty(0, np.uint8), np.zeros(1, np.int64)
    return FormLists(rows, rows, weight, none, none, none, none, none, data, at, frozenset())
