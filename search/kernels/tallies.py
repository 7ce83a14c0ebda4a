"""Kernels over what was counted of an answer: the most frequent values, and days in buckets."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import I8, U4
from index.compiled import kernel


@kernel("void(in u4[:], in i8[:,:], out i8[:,:])")
def most_frequent(counts: U4, spans: I8, found: I8) -> None:
    """Of each of some spans of ``counts``: the greatest but for the first one, greatest first, ties in their order.

    ``found`` (spans, 1 + 2 * size) becomes how many there are, zeros being none, then their places behind that first
    one, and from ``1 + size`` on they themselves. Cost: a nanosecond a count where most are none.
    """
    size = found.shape[1] // 2
    for span in range(len(spans)):
        first, length = spans[span, 0], 0
        codes, frequencies = found[span, 1 : 1 + size], found[span, 1 + size :]
        for code in range(1, spans[span, 1] - first):
            count = np.int64(counts[first + code])
            if count == 0 or (length == size and count <= frequencies[size - 1]):
                continue
            at = length if length < size else size - 1
            while at > 0 and frequencies[at - 1] < count:
                codes[at], frequencies[at] = codes[at - 1], frequencies[at - 1]
                at -= 1
            codes[at], frequencies[at] = code - 1, count
            if length < size:
                length += 1
        found[span, 0] = length


@kernel("(i8,i8)(in u4[:], in i8[:], out i8[:])")
def sum_buckets(counts: U4, begins: I8, sums: I8) -> tuple[int, int]:
    """Adds up the matches of the days of each bucket, ``counts[day + 1]`` from ``begins[bucket]`` on. Returns the first
    bucket that has any and the one behind the last, 0 and 0 where none has. Cost: some tenths of a nanosecond a day."""
    first, behind = np.int64(0), np.int64(0)
    for bucket in range(len(sums)):
        total = np.int64(0)
        # Unsigned: an index that may be negative costs a comparison each time, four fifths of all.
        for day in range(np.uint64(begins[bucket] + 1), np.uint64(begins[bucket + 1] + 1)):
            total += np.int64(counts[day])
        sums[bucket] = total
        if total != 0:
            if behind == 0:
                first = np.int64(bucket)
            behind = np.int64(bucket) + 1
    return int(first), int(behind)


@kernel("(i8,i8)(in u4[:])")
def days_met(counts: U4) -> tuple[int, int]:
    """The first day with a match, ``counts[day + 1]``, and the one behind the last; 0 and 0 where none has any."""
    first, behind = np.int64(1), np.int64(len(counts))
    while behind > 1 and counts[behind - 1] == 0:
        behind -= 1
    while first < behind and counts[first] == 0:
        first += 1
    return (int(first - 1), int(behind - 1)) if first < behind else (0, 0)
