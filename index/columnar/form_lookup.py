"""Finding the forms that a query asks for, in all segments of a reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import repeat
from typing import NamedTuple

import numpy as np

from index.analysis import chain_for
from index.analysis.keys import key_of
from index.columnar.arrays import I4, I8, U1, U8
from index.columnar.lexicon_arrays import LexiconArrays, language_bit
from index.columnar.lookup_kernels import (
    ASKED,
    BODIES,
    DAMAGED,
    EXACT,
    FOLD_TEXT,
    FORM_TEXT,
    LANG,
    NO_ROOM,
    SEGMENT,
    START,
    TITLES,
    WAY,
    count_living,
    find_words,
    prefix_ranges,
    read_prefixes,
)
from index.columnar.segment import LiveSegment
from index.columnar.segment_arrays import LiveArrays
from index.engine import FOLD_WEIGHT, TERM_WEIGHT, AskedWord, FormLists

_WEIGHTS = np.array([1.0, FOLD_WEIGHT, TERM_WEIGHT], np.float32)
"""By the way in which a row was found."""


class FormLookup:
    """See :class:`index.engine.EngineReader`. Safe for several threads."""

    def __init__(self, live: Sequence[LiveSegment], arrays: Sequence[LiveArrays]) -> None:
        self._live = live
        self._arrays = arrays

    def words(self, asked: Sequence[AskedWord]) -> FormLists:
        """The forms that typed words match. Cost: some 0.2 us for each word and segment, and 0.4 for each word."""
        if not asked or not self._live:
            return _nothing()
        langs, forms, terms, folds, exact = zip(*asked, strict=True)
        every = (*forms, *terms, *folds)
        numbers = {text: number for number, text in enumerate(dict.fromkeys(every))}
        texts = _Texts.of([text.encode() for text in numbers])
        keys = np.array([key_of(text) for text in numbers], np.uint64)
        words = np.empty((len(asked), 5), np.int32)
        words[:, LANG] = self._languages_of(langs)
        which = np.fromiter(map(numbers.__getitem__, every), np.int32, len(every))
        words[:, FORM_TEXT : FOLD_TEXT + 1] = which.reshape(3, -1).T
        words[:, EXACT] = exact
        found = _Found(4 * len(asked) + 64, 32 * len(asked) + 1_024)
        bits = self._bits
        for number, (lexicon, table) in enumerate(self._lexicons):
            terms_of, folds_of = lexicon.terms, lexicon.folds
            sieve = self._live[number].segment.lexicon.sieve
            while True:
                rows, size = find_words(
                    lexicon.forms.data, lexicon.forms.at, lexicon.lists, lexicon.forms.heads,
                    terms_of.keys, terms_of.forms, terms_of.unlike, folds_of.keys, folds_of.forms, folds_of.unlike,
                    table, bits, sieve, words, texts.data, texts.at, keys, number, found.rows, found.size,
                    found.table, found.data, found.data_at,
                )  # fmt: skip
                if found.took(rows, size, lexicon):
                    break
        return self._lists(found)

    def prefixes(self, asked: Sequence[tuple[str, str]]) -> FormLists:
        """All forms of a language that begin with a prefix. Cost: some microseconds for each prefix and segment, and
        some 20 ns a form."""
        if not asked or not self._live:
            return _nothing()
        langs, prefixes = zip(*asked, strict=True)
        words, texts = self._asked_prefixes(langs, prefixes)
        found = _Found(1_024, 16_384)
        for number, (lexicon, table) in enumerate(self._lexicons):
            folded = self._live[number].segment.lexicon.folded
            forms = lexicon.forms
            ranges = np.empty((len(asked), 4), np.int64)
            if prefix_ranges(
                forms.data, forms.at, forms.heads, folded.data, folded.at, folded.heads, table, words,
                texts.data, texts.at, ranges,
            ):  # fmt: skip
                raise lexicon.damaged()
            most = int((ranges[:, 1] - ranges[:, 0] + ranges[:, 3] - ranges[:, 2]).sum())
            found.make_room(most, 16 * most)
            while True:
                rows, size = read_prefixes(
                    forms.data, forms.at, lexicon.lists, folded.data, folded.at, table, words, ranges,
                    number, found.rows, found.size, found.table, found.data, found.data_at,
                )  # fmt: skip
                if found.took(rows, size, lexicon):
                    break
        return self._lists(found)

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
    def _bits(self) -> U8:
        """The bit of each row of the tables in sieves."""
        return np.array([language_bit(lang) for lang in self._languages], np.uint64)

    def _languages_of(self, langs: Sequence[str]) -> I4:
        """Rows of the tables, -1 for a language that is in no segment."""
        return np.fromiter(map(self._languages.get, langs, repeat(-1)), np.int32, len(langs))

    def _lists(self, found: _Found) -> FormLists:
        rows = found.table[: found.rows]
        living = self.living(rows)
        size = int(found.data_at[found.rows])
        return FormLists(
            rows[:, ASKED].astype(np.int32),
            rows[:, SEGMENT].astype(np.int32),
            _WEIGHTS[rows[:, WAY]],
            rows[:, START].copy(),
            rows[:, TITLES].copy(),
            rows[:, BODIES].copy(),
            living[:, 0].copy(),
            living[:, 1].copy(),
            found.data[:size],
            found.data_at[: found.rows + 1],
            frozenset(),
        )

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
