"""Kernels over what was counted of an answer: the most frequent values, and days in buckets."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import I8, U4
from index.compiled import kernel


@kernel("void(in u4[:], in i8[:,:], out i8[:,:], out i8[:,:], out i8[:])")
def most_frequent(counts: U4, spans: I8, codes: I8, frequencies: I8, lengths: I8) -> None:
    """Of each of some spans of ``counts``: the greatest but for the first one, greatest first, ties in their order.

    ``codes`` (spans, size) becomes their places behind that first one, ``frequencies`` they themselves, ``lengths`` how
    many there are: zeros are none. Cost: a nanosecond a count where most are none.
    """
    size = codes.shape[1]
    for span in range(len(spans)):
        first, found = spans[span, 0], 0
        for code in range(1, spans[span, 1] - first):
            count = np.int64(counts[first + code])
            if count == 0 or (found == size and count <= frequencies[span, size - 1]):
                continue
            at = found if found < size else size - 1
            while at > 0 and frequencies[span, at - 1] < count:
                codes[span, at], frequencies[span, at] = codes[span, at - 1], frequencies[span, at - 1]
                at -= 1
            codes[span, at], frequencies[span, at] = code - 1, count
            if found < size:
                found += 1
        lengths[span] = found


@kernel("(i8,i8)(in u4[:], in i8[:], out i8[:])")
def sum_buckets(counts: U4, begins: I8, sums: I8) -> tuple[int, int]:
    """Adds up the matches of the days of each bucket, ``counts[day + 1]`` from ``begins[bucket]`` on. Returns the first
    bucket that has any and the one behind the last, 0 and 0 where none has. Cost: some tenths of a nanosecond a day."""
    first, behind = np.int64(0), np.int64(0)
    for bucket in range(len(sums)):
        total = np.int64(0)
        for day in range(begins[bucket], begins[bucket + 1]):
            total += np.int64(counts[day + 1])
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
