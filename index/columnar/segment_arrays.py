"""A segment of a reader as plain arrays, for the kernels of a search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from index.columnar.arrays import B1, I4, I8, U1, U4, U8
from index.columnar.block_kernels import Checked
from index.columnar.column_kernels import count_codes, sum_languages
from index.columnar.columns import ENTRY_COLUMNS
from index.columnar.global_values import GlobalValues
from index.columnar.segment import LiveSegment
from index.engine import LanguageStatistics
from index.errors import IndexDamaged
from index.fields import field_language


class LiveArrays:
    """See :class:`index.engine.SegmentArrays`. Arrays of documents are verified when first asked for."""

    def __init__(self, live: LiveSegment, number: int, base: int, values: GlobalValues) -> None:
        self._columns = live.segment.columns
        self._postings = live.segment.postings
        self._number = number
        self._values = values
        self.base = base
        self.count = live.entry.articles
        self.living = live.entry.articles - live.entry.deleted
        self.alive: B1 = live.alive.view()
        self.alive.flags.writeable = False
        self.docs: U4 = self._postings.all_docs
        self.freqs: U1 = self._postings.all_freqs
        self.positions: U1 = self._postings.all_positions
        self.strides: I8 = self._postings.strides

    @cached_property
    def many_at(self) -> I8:
        return self._postings.many_at

    @cached_property
    def many(self) -> U4:
        return self._postings.many

    @cached_property
    def entries(self) -> U4:
        return self._columns.entries

    @cached_property
    def words(self) -> U4:
        return self._columns.words

    @cached_property
    def published(self) -> I8:
        return self._columns.published

    @cached_property
    def id_keys(self) -> U8:
        return self._columns.id_keys

    @cached_property
    def authors_at(self) -> I8:
        return self._columns.author_lists[0]

    @cached_property
    def authors(self) -> U4:
        return self._columns.author_lists[1]

    @cached_property
    def dead(self) -> U4:
        """The deleted documents, ascending."""
        return np.flatnonzero(~self.alive).astype(np.uint32)

    def global_codes(self, name: str) -> I4:
        """What the segment's codes are for the whole reader."""
        return self._values.codes(name, self._number)

    @property
    def checked_postings(self) -> tuple[Checked, Checked]:
        """Which blocks of :attr:`docs` and :attr:`freqs` were compared with their checksums."""
        return self._postings.checked

    @property
    def checked_positions(self) -> tuple[Checked, Checked]:
        """Which blocks of :attr:`positions` and :attr:`strides` were."""
        return self._postings.checked_positions

    def ensure_postings(self, starts: I8, stops: I8) -> None:
        """Verifies documents and frequencies of these ranges of postings."""
        self._postings.ensure(starts, stops)

    def ensure_positions(self, starts: I8, stops: I8) -> None:
        """Verifies the positions of these ranges of postings."""
        self._postings.ensure_positions(starts, stops)

    def damaged(self, what: str) -> IndexDamaged:
        """The error to raise where postings do not fit together."""
        return self._postings.damaged(what)


def language_statistics(segments: Sequence[LiveArrays], langs: Sequence[str]) -> dict[str, LanguageStatistics]:
    """Number and mean lengths of the living articles of each field language; ``langs``: the values of all segments.
    Cost: a nanosecond or two for each document."""
    totals = np.zeros((len(langs) + 1, 3), np.int64)
    for one in segments:
        codes = one.global_codes("lang")
        found = np.zeros((len(codes), 3), np.int64)
        sum_languages(one.entries, one.alive, found)
        totals[codes] += found  # no code of the segment stands for the same language as another
    by_field: dict[str, I8] = {}
    for lang, found in zip(["", *langs], totals, strict=True):
        field = field_language(lang)
        by_field[field] = by_field.get(field, np.zeros(3, np.int64)) + found
    return {
        lang: LanguageStatistics(count, title / count, body / count)
        for lang, (count, title, body) in ((lang, found.tolist()) for lang, found in sorted(by_field.items()))
        if count
    }


def living_counts(segments: Sequence[LiveArrays], name: str, values: Sequence[str]) -> dict[str, int]:
    """How many living documents have each value of ``section``, ``lang`` or ``source``, the most frequent first, ties
    by value."""
    totals = np.zeros(len(values) + 1, np.int64)
    for one in segments:
        codes = one.global_codes(name)
        found = np.zeros(len(codes), np.int64)
        count_codes(one.entries, one.alive, ENTRY_COLUMNS.index(name), found)
        totals[codes] += found
    order = np.argsort(-totals[1:], kind="stable").tolist()
    return {values[place]: int(totals[place + 1]) for place in order if totals[place + 1]}
