"""What is read of positions in all segments of a reader, as one table, for kernels that read every one in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import I4, I8, U1, U8
from index.columnar.block_kernels import is_checked
from index.columnar.postings_kernels import STRIDE
from index.compiled import array_at, inlined
from index.engine import SegmentArrays
from index.errors import IndexDamaged
from index.fields import field_language

BASE, DELETIONS, DOCS_OFFSET, FREQS_OFFSET, POSITIONS_OFFSET, STRIDES_OFFSET = range(6)
"""Columns of the table: number of the segment's first document among all; whether some are deleted; where in their
files documents, frequencies, positions and marks begin."""
(
    DOCS,
    FREQS,
    FREQ_WORDS,
    EXCEPTIONS_AT,
    EXCEPTIONS,
    POSITIONS,
    POSITION_WORDS,
    STRIDES,
    ALIVE,
    ENTRIES,
    LANGS,
    DOCS_CHECKED,
    FREQS_CHECKED,
    POSITIONS_CHECKED,
    STRIDES_CHECKED,
) = range(6, 36, 2)
"""Further ones: the address of each array, and in the column behind it the length. ``*_WORDS`` are the same bytes eight
at a time; ``LANGS`` says which language of the index each code of the segment is; ``*_CHECKED`` are those of
:class:`index.columnar.block_kernels.Checked`."""
_WIDTH = STRIDES_CHECKED + 2

b1_at, u1_at, i4_at, u4_at, i8_at, u8_at = map(array_at, ("b1", "u1", "i4", "u4", "i8", "u8"))


@inlined
def has_checked(segment, start, stop, all_positions):  # type: ignore[no-untyped-def]
    """Whether what is read of a list was compared with its checksums; ``segment``: a row of the table. Documents and
    frequencies are read from the mark before the list on; ``all_positions``: positions, too, and their marks."""
    if start < 0 or start > stop or stop > segment[DOCS + 1]:
        return False
    first, last = start // STRIDE, (stop + STRIDE - 1) // STRIDE
    docs_checked = b1_at(segment[DOCS_CHECKED], segment[DOCS_CHECKED + 1])
    freqs_checked = b1_at(segment[FREQS_CHECKED], segment[FREQS_CHECKED + 1])
    known = is_checked(first * STRIDE, stop, segment[DOCS_OFFSET], 4, docs_checked)
    known &= is_checked(first * STRIDE, stop, segment[FREQS_OFFSET], 1, freqs_checked)
    if not known or not all_positions:
        return known
    strides_checked = b1_at(segment[STRIDES_CHECKED], segment[STRIDES_CHECKED + 1])
    if not is_checked(first, last + 1, segment[STRIDES_OFFSET], 8, strides_checked):
        return False
    strides = i8_at(segment[STRIDES], segment[STRIDES + 1])
    begin, end = strides[first], strides[last]
    if begin < 0 or begin > end or end > segment[POSITIONS + 1]:
        return False
    positions_checked = b1_at(segment[POSITIONS_CHECKED], segment[POSITIONS_CHECKED + 1])
    return is_checked(begin, end, segment[POSITIONS_OFFSET], 1, positions_checked)


class PositionTable:
    """The table of a reader, made when first asked for. Safe for several threads."""

    def __init__(self, segments: Sequence[SegmentArrays], langs: Callable[[], Sequence[str]]) -> None:
        """``langs``: the values of all segments, so that a code is the place and one; called when first needed."""
        self.segments = segments
        self._langs = langs
        self._places: dict[tuple[str, ...], I4] = {}

    @cached_property
    def largest(self) -> int:
        """Documents of the largest segment."""
        return max((segment.count for segment in self.segments), default=0)

    @property
    def rows(self) -> I8:
        """(segments, columns)"""
        return self._rows_and_arrays[0]

    @cached_property
    def _rows_and_arrays(self) -> tuple[I8, Sequence[Sequence[NDArray[Any]]]]:
        """The table and what its addresses are of, which is to stay where it is."""
        kept = [_arrays(segment) for segment in self.segments]
        rows = np.zeros((len(kept), _WIDTH), np.int64)
        for row, segment, arrays in zip(rows, self.segments, kept, strict=True):
            checked = (*segment.checked_postings, *segment.checked_positions)
            row[:DOCS] = segment.base, segment.living < segment.count, *(one.offset for one in checked)
            row[DOCS::2] = [one.ctypes.data for one in arrays]
            row[DOCS + 1 :: 2] = [len(one) for one in arrays]
        return rows, kept

    def language_places(self, langs: tuple[str, ...]) -> I4:
        """By code of the index, whose text fields of ``langs`` articles of that language take, as a place there; -1 for
        none."""
        if langs not in self._places:
            of_lang = {lang: place for place, lang in enumerate(langs)}
            fields = ("und", *map(field_language, self._langs()))
            self._places[langs] = np.array([of_lang.get(lang, -1) for lang in fields], np.int32)
        return self._places[langs]

    def ensure(self, number: int, starts: I8, stops: I8) -> None:
        """Compares what is read of some lists of a segment with its checksums, where that was not done before:
        documents and frequencies from the mark before each on, and positions."""
        segment = self.segments[number]
        segment.ensure_postings(starts & -STRIDE, stops)
        segment.ensure_positions(starts, stops)

    def damaged(self, number: int) -> IndexDamaged:
        """The error to raise where what is read of a segment does not fit together."""
        return self.segments[number].damaged("postings or positions that do not fit together")


def _arrays(segment: SegmentArrays) -> list[NDArray[Any]]:
    """Those of a segment, in the order of the columns."""
    checked = (*segment.checked_postings, *segment.checked_positions)
    found = [
        segment.docs,
        segment.freqs,
        _by_eights(segment.freqs),
        segment.many_at,
        segment.many,
        segment.positions,
        _by_eights(segment.positions),
        segment.strides,
        segment.alive,
        segment.entries.reshape(-1),
        segment.global_codes("lang"),
        *(one.verified for one in checked),
    ]
    return list(map(np.ascontiguousarray, found))


def _by_eights(data: U1) -> U8:
    return data[: len(data) & -8].view(np.uint64)
