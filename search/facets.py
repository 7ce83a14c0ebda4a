"""The facets of an answer, of what a pass counted for each value and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, Self

import numpy as np

from index.columnar.arrays import I4, I8
from index.engine import EngineReader
from search.list_kernels import most_frequent
from search.result import DateBucket, DateFacet, FacetCount

MAX_BUCKETS = 2_000
"""Up to so many buckets, empty ones between the first and the last are shown; beyond, only those that hold matches."""

_new = tuple.__new__  # DateBucket(...) by way of its generated __new__ takes twice the time


def facet_counts(values: Sequence[str], counts: I8, chosen: Sequence[str], size: int) -> tuple[FacetCount, ...]:
    """The ``size`` most frequent of ``values``, ties by value; chosen ones always among them, even without matches.

    ``counts``: (values + 1) matches of none and of each value.
    """
    best = np.empty(size, np.int64)
    found = most_frequent(counts, best)
    codes = best[:found]
    shown = [
        FacetCount(values[code - 1], count, values[code - 1] in chosen)
        for code, count in zip(codes.tolist(), counts[codes].tolist(), strict=True)
    ]
    if not chosen:
        return tuple(shown)
    missing = frozenset(chosen) - {one.value for one in shown}
    count_of = {value: int(count) for value, count in zip(values, counts[1:], strict=True) if value in missing}
    return (*shown, *(FacetCount(one, count_of.get(one, 0), True) for one in dict.fromkeys(chosen) if one in missing))


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """How many matches have each value of a facet, its own filter left out; by code of the index, none first."""

    section: I8
    lang: I8
    source: I8
    author: I8
    date: I8
    """By code of the day."""

    @classmethod
    def none(cls, reader: EngineReader) -> Counts:
        """Of no match yet."""
        section, lang, source, author = (
            np.zeros(len(reader.values(name)) + 1, np.int64) for name in ("section", "lang", "source", "author")
        )
        return cls(section, lang, source, author, np.zeros(len(reader.days()) + 1, np.int64))


class _Buckets(NamedTuple):
    """All buckets of one interval that the days of an index fall into; where there are not too many of them, those in
    between as well."""

    begins: I8
    """The place, among the days, of the first one of each bucket that has days."""
    starts: list[str]
    """The first day of each bucket, ``ends`` the last."""
    ends: list[str]
    dense: I8 | None
    """The places, among all buckets, of those that have days; ``None`` where there are no others."""

    @classmethod
    def of(cls, interval: str, begins: I8, numbers: I8) -> Self:
        """The buckets with these numbers, counted from 1970."""
        if not len(numbers) or int(numbers[-1] - numbers[0]) >= MAX_BUCKETS:
            spans, dense = [_span(interval, number) for number in numbers.tolist()], None
        else:
            spans = [_span(interval, number) for number in range(int(numbers[0]), int(numbers[-1]) + 1)]
            dense = numbers - numbers[0]
        return cls(begins, [start for start, _ in spans], [end for _, end in spans], dense)


class Calendar:
    """The days of an index as buckets of time. Safe for several threads: what two make at once is the same."""

    def __init__(self, days: I4) -> None:
        """``days``: since 1970-01-01, ascending."""
        self._days = days.astype(np.int64)
        self._made: dict[str, _Buckets] = {}

    def facet(self, counts: I8, asked: str) -> DateFacet:
        """Matches over time, in buckets of the interval asked for or, by ``auto``, of one that fits their span.

        ``counts``: (days + 1) undated matches, and those of each day. Cost: some microseconds, and a quarter of one for
        each bucket.
        """
        interval = self._fitting_interval(counts) if asked == "auto" else asked
        buckets = self._filled(counts, interval)
        if counts[0]:
            buckets.append(DateBucket(None, None, int(counts[0])))
        return DateFacet(interval, tuple(buckets))

    def _fitting_interval(self, counts: I8) -> str:
        """Day, month or year, so that a timeline has some ten to some sixty bars."""
        present = np.flatnonzero(counts[1:])
        if not len(present):
            return "month"
        span = int(self._days[present[-1]] - self._days[present[0]])
        return "day" if span <= 62 else "month" if span <= 5 * 366 else "year"

    def _filled(self, counts: I8, interval: str) -> list[DateBucket]:
        """The buckets from the first that has matches to the last."""
        every = self._of_interval(interval)
        if not len(every.begins):
            return []
        sums = np.add.reduceat(counts[1:], every.begins)
        present = np.flatnonzero(sums)
        if not len(present):
            return []
        first, last = int(present[0]), int(present[-1])
        if every.dense is None:
            starts, ends = ([column[place] for place in present.tolist()] for column in (every.starts, every.ends))
            return [_new(DateBucket, row) for row in zip(starts, ends, sums[present].tolist(), strict=True)]
        low, high = int(every.dense[first]), int(every.dense[last]) + 1
        filled = np.zeros(high - low, np.int64)
        filled[every.dense[first : last + 1] - low] = sums[first : last + 1]
        rows = zip(every.starts[low:high], every.ends[low:high], filled.tolist(), strict=True)
        return [_new(DateBucket, row) for row in rows]

    def _of_interval(self, interval: str) -> _Buckets:
        if interval not in self._made:
            days = self._days
            if interval == "week":  # ISO weeks, from Monday; 1970-01-01 was a Thursday
                numbers = (days + 3) // 7
            else:
                numbers = days.astype("datetime64[D]").astype(f"datetime64[{interval[0].upper()}]").astype(np.int64)
            begins = np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))
            self._made[interval] = _Buckets.of(interval, begins, numbers[begins])
        return self._made[interval]


def _span(interval: str, number: int) -> tuple[str, str]:
    """The first and the last day of a bucket."""
    first, after = _edge(interval, number), _edge(interval, number + 1)
    return first.isoformat(), (after - timedelta(days=1)).isoformat()


def _edge(interval: str, number: int) -> date:
    """The first day of the bucket with this number, counted from 1970."""
    if interval == "day":
        return date(1970, 1, 1) + timedelta(days=number)
    if interval == "week":
        return date(1970, 1, 1) + timedelta(days=number * 7 - 3)
    if interval == "month":
        return date(1970 + number // 12, number % 12 + 1, 1)
    return date(1970 + number, 1, 1)
