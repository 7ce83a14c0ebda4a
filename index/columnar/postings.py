"""The postings of a segment: which documents hold each form, how often, and where.

A posting has a number in its segment; list after list stands in the order of the lexicon. Three files:

==============  ==============  =====  ======================================================================
file            section         type   holds
==============  ==============  =====  ======================================================================
``docs``        ``docs``        u4     document of each posting, ascending in each list
``freqs``       ``freqs``       u1     how often it holds the form; 255: see ``many``
..              ``many_at``     i8     postings with 255 and more, ascending
..              ``many``        u4     how often these do
``positions``   ``positions``   u1     positions, posting after posting: :mod:`index.columnar.postings_kernels`
..              ``strides``     i8     the byte at which the positions of posting 0, 64, 128 ... begin; a last
                                       entry with the number of bytes
==============  ==============  =====  ======================================================================
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from index.columnar.arrays import I8, U1, U4
from index.columnar.block_kernels import Checked
from index.columnar.format import FileFacts, FileReader, FileWriter
from index.columnar.postings_kernels import MANY, STRIDE, decode_positions, mark_strides
from index.errors import IndexDamaged

KINDS = ("docs", "freqs", "positions")
_STRIDE_BITS = STRIDE.bit_length() - 1


class PostingsPart(NamedTuple):
    """Postings that stand together, list after list."""

    docs: U4
    freqs: U1
    many_at: I8
    """Exceptions among ``freqs``, counted from its start."""
    many: U4
    positions: U1
    """Of postings that are read: from those of the first posting on, perhaps beyond the last."""


class PostingsWriter:
    """Writes the postings of a segment in order of the lexicon. Memory: that of one part, and 1/8 byte a posting."""

    def __init__(self, docs: FileWriter, freqs: FileWriter, positions: FileWriter) -> None:
        self._docs, self._freqs, self._positions = docs, freqs, positions
        self._postings = self._bytes = 0
        self._many_at: list[I8] = []
        self._many: list[U4] = []
        self._strides: list[I8] = []
        docs.begin("docs", np.uint32)
        freqs.begin("freqs", np.uint8)
        positions.begin("positions", np.uint8)

    def add(self, part: PostingsPart) -> None:
        """Appends postings."""
        count = len(part.docs)
        marks = np.empty(count // STRIDE + 1, np.int64)
        made = mark_strides(part.freqs, part.many_at, part.many, self._postings, part.positions, self._bytes, marks)
        self._strides.append(marks[:made])
        self._many_at.append(part.many_at + self._postings)
        self._many.append(part.many)
        self._docs.write(part.docs)
        self._freqs.write(part.freqs)
        self._positions.write(part.positions)
        self._postings += count
        self._bytes += len(part.positions)

    def close(self) -> list[FileFacts]:
        """Writes what is left of the files."""
        self._freqs.add("many_at", np.concatenate([np.empty(0, np.int64), *self._many_at]))
        self._freqs.add("many", np.concatenate([np.empty(0, np.uint32), *self._many]))
        self._positions.add("strides", np.concatenate([*self._strides, np.array([self._bytes], np.int64)]))
        return [file.close() for file in (self._docs, self._freqs, self._positions)]


class PostingsReader:
    """The postings of a segment. Safe for several threads."""

    def __init__(self, docs: FileReader, freqs: FileReader, positions: FileReader) -> None:
        self._docs = docs.section("docs")
        self._freqs_file = freqs
        self._freqs = freqs.section("freqs")
        self._many_at, self._many = freqs.section("many_at"), freqs.section("many")
        self._positions_file = positions
        self._positions, self._strides = positions.section("positions"), positions.section("strides")
        if len(self._freqs) != len(self._docs) or len(self._many) != len(self._many_at):
            raise freqs.damaged(f"{len(self._freqs)} frequencies of {len(self._docs)} postings")
        if len(self._strides) != -(-len(self._docs) // STRIDE) + 1:
            raise positions.damaged(f"{len(self._strides)} marks of {len(self._docs)} postings")

    def __len__(self) -> int:
        return len(self._docs)

    @property
    def all_docs(self) -> U4:
        """(postings,) the document of each; verified where :meth:`ensure` was asked to. ``all_freqs`` likewise."""
        return self._docs.view()

    @property
    def all_freqs(self) -> U1:
        return self._freqs.view()

    @property
    def all_positions(self) -> U1:
        """All positions; verified where :meth:`ensure_positions` was asked to. ``strides`` likewise."""
        return self._positions.view()

    @property
    def strides(self) -> I8:
        return self._strides.view()

    @cached_property
    def many_at(self) -> I8:
        """The postings that ``many`` says the frequency of, ascending."""
        at = np.asarray(self._many_at.all())
        if len(at) and (at[0] < 0 or int(at[-1]) >= len(self) or bool((at[1:] <= at[:-1]).any())):
            raise self._freqs_file.damaged("frequencies of postings that are not there, or out of order")
        return at

    @cached_property
    def many(self) -> U4:
        """How often these postings' documents hold the form."""
        return np.asarray(self._many.all())

    @property
    def checked(self) -> tuple[Checked, Checked]:
        """Which documents and frequencies :meth:`ensure` need not be asked for any more."""
        return self._docs.checked, self._freqs.checked

    @property
    def checked_positions(self) -> tuple[Checked, Checked]:
        """The same of positions and their marks, for :meth:`ensure_positions`."""
        return self._positions.checked, self._strides.checked

    def ensure(self, starts: I8, stops: I8) -> None:
        """Verifies documents and frequencies of these ranges of postings."""
        self._docs.ensure(starts, stops)
        self._freqs.ensure(starts, stops)

    def ensure_positions(self, starts: I8, stops: I8) -> None:
        """Verifies the positions of these ranges of postings, and that the marks before and behind each range point
        into them, in this order."""
        if np.maximum.reduce(stops, initial=0) > len(self) or np.logical_or.reduce(starts > stops):
            raise self._positions_file.damaged(f"positions of other postings than the {len(self)} that there are")
        first, last = starts >> _STRIDE_BITS, (stops + (STRIDE - 1)) >> _STRIDE_BITS
        self._strides.ensure(first, last + 1)
        marks = self._strides.view()
        self._positions.ensure(marks[first], marks[last])

    def damaged(self, what: str) -> IndexDamaged:
        """The error to raise where postings do not fit together; it is taken note of."""
        return self._positions_file.damaged(what)

    def docs(self, start: int, stop: int) -> U4:
        """The documents of postings ``start`` to ``stop - 1``: mapped, not copied."""
        return np.asarray(self._docs.read(start, stop))

    def freqs(self, start: int, stop: int) -> U4:
        """How often each of these documents holds the form."""
        freqs = self._freqs.read(start, stop).astype(np.uint32)
        many_at, many = self._exceptions(start, stop)
        freqs[many_at] = many
        return freqs

    def positions(self, start: int, stop: int) -> tuple[U4, U4]:
        """The frequencies of these postings, and all their positions one after the other."""
        first = start // STRIDE * STRIDE
        freqs = self.freqs(first, stop)
        data = self._position_bytes(first, stop)
        wanted = freqs[start - first :]
        out = np.empty(int(wanted.sum()), np.uint32)
        if decode_positions(data, 0, freqs, start - first, out) != len(out):
            raise self._positions_file.damaged(f"the positions of postings {start} to {stop} end too early")
        return wanted, out

    def part(self, start: int, stop: int, position_byte: int) -> PostingsPart:
        """These postings as they are stored, their positions from ``position_byte`` on."""
        many_at, many = self._exceptions(start, stop)
        ends = int(self._strides.read(-(-stop // STRIDE), -(-stop // STRIDE) + 1)[0]) if stop > start else position_byte
        positions = self._positions.read(position_byte, max(ends, position_byte))
        return PostingsPart(self.docs(start, stop), self._freqs.read(start, stop), many_at, many, positions)

    def _position_bytes(self, first: int, stop: int) -> U1:
        mark, last = first // STRIDE, -(-stop // STRIDE)
        if first >= stop:
            return np.empty(0, np.uint8)
        begins, ends = int(self._strides.read(mark, mark + 1)[0]), int(self._strides.read(last, last + 1)[0])
        if not 0 <= begins <= ends <= len(self._positions):
            raise self._positions_file.damaged(f"the marks of postings {first} to {stop} point beyond the file")
        return np.asarray(self._positions.read(begins, ends))

    def _exceptions(self, start: int, stop: int) -> tuple[I8, U4]:
        """The exceptions among these postings, counted from ``start``."""
        if not len(self._many_at):
            return np.empty(0, np.int64), np.empty(0, np.uint32)
        at = self._many_at.all()
        low, high = int(np.searchsorted(at, start)), int(np.searchsorted(at, stop))
        return at[low:high] - start, np.asarray(self._many.read(low, high))


__all__ = ["KINDS", "MANY", "PostingsPart", "PostingsReader", "PostingsWriter"]
