"""Stretches of documents by their dates: what tells where the newest and the oldest stand, whatever their order is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from index.columnar.arrays import I4, I8
from index.engine import EngineReader
from search.kernels.best import BY_OLDEST
from search.kernels.stretches import STRETCH, WIDTH, best_of_stretches


class Ranked(NamedTuple):
    """Stretches, those with the best documents first."""

    segments: I4
    numbers: I4
    bests: I8
    """The first part of the key of the best of each."""


class Stretches:
    """The stretches of a reader. Safe for several threads: what two make at once is the same."""

    def __init__(self, reader: EngineReader) -> None:
        self._segments = reader.segments
        self._kept = [(one.alive, one.published, one.id_keys) for one in reader.segments]  # what the addresses are of
        self.table: I8 = np.empty((len(self._kept), WIDTH), np.int64)
        """The table of :mod:`search.kernels.stretches`."""
        for row, segment, arrays in zip(self.table, reader.segments, self._kept, strict=True):
            row[:3] = segment.base, segment.count, segment.living < segment.count
            row[3:] = [array.ctypes.data for array in arrays]
        self._ranked: dict[bool, Ranked] = {}

    def ranked(self, sort: int) -> Ranked:
        """All stretches in this order. Cost: a nanosecond a document, the first time."""
        oldest = sort == BY_OLDEST
        if oldest not in self._ranked:
            self._ranked[oldest] = self._rank(oldest)
        return self._ranked[oldest]

    def _rank(self, oldest: bool) -> Ranked:
        bests = [np.empty(-(-len(published) // STRETCH), np.int64) for _, published, _ in self._kept]
        for found, (_, published, _) in zip(bests, self._kept, strict=True):
            best_of_stretches(published, oldest, found)
        sizes = [len(found) for found in bests]
        segments = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        numbers = np.concatenate([np.empty(0, np.int32), *(np.arange(size, dtype=np.int32) for size in sizes)])
        every = np.concatenate([np.empty(0, np.int64), *bests])
        order = np.argsort(every, kind="stable")[::-1]
        return Ranked(segments[order], numbers[order], every[order])
