"""All segments of a reader as one table, for kernels that pass over every one of them in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import I4, I8
from index.columnar.block_kernels import is_checked
from index.compiled import array_at, inlined
from index.engine import EngineReader, SegmentArrays
from search.request import FACETS

BASE, COUNT, DELETIONS, DOCS_OFFSET, FREQS_OFFSET = range(5)
"""Columns of the table: number of the segment's first document among all, documents, whether some are deleted; where in
their files documents and frequencies of postings begin."""
(
    DOCS,
    FREQS,
    MANY_AT,
    MANY,
    ENTRIES,
    ALIVE,
    ID_KEYS,
    AUTHORS_AT,
    AUTHORS,
    SECTION_VALUES,
    LANG_VALUES,
    SOURCE_VALUES,
    AUTHOR_VALUES,
    DAY_VALUES,
    DOCS_CHECKED,
    FREQS_CHECKED,
) = range(5, 37, 2)
"""Further ones: the address of each array, and in the column behind it the length. ``*_VALUES`` say which number each
code of the segment has among the values of the index, ``*_CHECKED`` are those of
:class:`index.columnar.block_kernels.Checked`."""
_WIDTH = FREQS_CHECKED + 2

b1_at, u1_at, i4_at, u4_at, i8_at, u8_at = map(array_at, ("b1", "u1", "i4", "u4", "i8", "u8"))


class ValueNumbers:
    """The values of all facets of an index, none of each included, numbered one after another: facet by facet in the
    order of :data:`search.request.FACETS`, within each by code."""

    def __init__(self, reader: EngineReader) -> None:
        sizes = [1 + len(reader.days() if name == "date" else reader.values(name)) for name in FACETS]
        ends = np.cumsum(sizes).tolist()
        self.of = {name: slice(end - size, end) for name, size, end in zip(FACETS, sizes, ends, strict=True)}
        """Where those of each facet stand."""
        self.count: int = ends[-1]
        """Of all."""


@inlined
def has_checked(segment, start, stop):  # type: ignore[no-untyped-def]
    """Whether documents and frequencies of a range of postings are there and were compared with their checksums;
    ``segment``: a row of the table."""
    if start < 0 or start > stop or stop > segment[DOCS + 1]:
        return False
    docs_checked = b1_at(segment[DOCS_CHECKED], segment[DOCS_CHECKED + 1])
    freqs_checked = b1_at(segment[FREQS_CHECKED], segment[FREQS_CHECKED + 1])
    return is_checked(start, stop, segment[DOCS_OFFSET], 4, docs_checked) and is_checked(
        start, stop, segment[FREQS_OFFSET], 1, freqs_checked
    )


class SegmentTable:
    """The table of a reader. Made once: it verifies the arrays of documents, and keeps them where they are."""

    def __init__(self, reader: EngineReader) -> None:
        self.numbers = ValueNumbers(reader)
        arrays = [self._arrays(segment) for segment in reader.segments]
        self._kept = arrays  # what the addresses are of
        self.living = sum(segment.living for segment in reader.segments)
        """Documents that are not deleted."""
        self.rows: I8 = np.zeros((len(arrays), _WIDTH), np.int64)
        """(segments, columns)"""
        for row, segment, found in zip(self.rows, reader.segments, arrays, strict=True):
            offsets = [one.offset for one in segment.checked_postings]
            row[:DOCS] = segment.base, segment.count, segment.living < segment.count, *offsets
            row[DOCS::2] = [one.ctypes.data for one in found]
            row[DOCS + 1 :: 2] = [len(one) for one in found]

    def _arrays(self, segment: SegmentArrays) -> list[NDArray[Any]]:
        """Those of a segment, in the order of the columns."""
        found = [
            segment.docs,
            segment.freqs,
            segment.many_at,
            segment.many,
            segment.entries.reshape(-1),
            segment.alive,
            segment.id_keys,
            segment.authors_at,
            segment.authors,
            *(self._values_of(segment, name) for name in ("section", "lang", "source", "author")),
            self._values_of(segment, "date"),
            *(one.verified for one in segment.checked_postings),
        ]
        return list(map(np.ascontiguousarray, found))

    def _values_of(self, segment: SegmentArrays, name: str) -> I4:
        """The number of each code of a segment."""
        codes = segment.global_codes("day" if name == "date" else name)
        return np.asarray(codes + np.int32(self.numbers.of[name].start), np.int32)
