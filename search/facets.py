"""The facets of an answer, of what a pass counted for each value and day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple, Self

import numpy as np

from index.columnar.arrays import I4, I8, U4
from index.engine import EngineReader
from search.kernels.segment_table import ValueNumbers
from search.kernels.tallies import days_met, most_frequent, sum_buckets
from search.request import FACETS
from search.result import DateFacet, FacetCount

Chosen = Callable[[str], Sequence[str]]
"""Which values of a facet are chosen."""
MAX_BUCKETS = 2_000
"""Up to so many buckets, empty ones between the first and the last are shown; beyond, only those that hold matches."""

_new = tuple.__new__  # FacetCount(...) by way of its generated __new__ takes twice the time


class Counts(NamedTuple):
    """How many matches have each value of a facet, its own filter left out."""

    all: U4
    """By number of the value (:class:`search.kernels.segment_table.ValueNumbers`)."""
    numbers: ValueNumbers

    @classmethod
    def none(cls, numbers: ValueNumbers) -> Self:
        """Of no match yet."""
        return cls(np.zeros(numbers.count, np.uint32), numbers)

    @property
    def days(self) -> U4:
        """Undated ones, then those of each day."""
        return self.all[self.numbers.of["date"]]


class Facets:
    """What to show of the values that an index has. Safe for several threads."""

    def __init__(self, reader: EngineReader, numbers: ValueNumbers) -> None:
        self._values = {name: reader.values(name) for name in FACETS if name != "date"}
        self._numbers = numbers
        self._spans: dict[tuple[str, ...], tuple[Sequence[str], I8]] = {}

    def top(
        self, counts: Counts, names: tuple[str, ...], chosen: Chosen, size: int
    ) -> dict[str, tuple[FacetCount, ...]]:
        """By facet the ``size`` most frequent values, ties by value; chosen ones always among them, even without
        matches. ``names``: the facets to show. Cost: some microseconds, and a nanosecond a value."""
        asked, spans = self._spans_of(names)
        rows = np.empty((len(asked), 1 + 2 * size), np.int64)
        most_frequent(counts.all, spans, rows)
        return {
            name: self._shown(name, row[1 : 1 + row[0]], row[1 + size :], counts, chosen(name))
            for name, row in zip(asked, rows.tolist(), strict=True)
        }

    def _shown(
        self, name: str, codes: Sequence[int], found: Sequence[int], counts: Counts, chosen: Sequence[str]
    ) -> tuple[FacetCount, ...]:
        values = self._values[name]
        if not chosen:
            return tuple([_new(FacetCount, (values[code], n, False)) for code, n in zip(codes, found, strict=False)])
        shown = [FacetCount(values[code], n, values[code] in chosen) for code, n in zip(codes, found, strict=False)]
        missing = frozenset(chosen) - {one.value for one in shown}
        of_facet = counts.all[self._numbers.of[name]][1:]
        count_of = {value: int(count) for value, count in zip(values, of_facet, strict=True) if value in missing}
        also = [FacetCount(one, count_of.get(one, 0), True) for one in dict.fromkeys(chosen) if one in missing]
        return (*shown, *also)

    def _spans_of(self, names: tuple[str, ...]) -> tuple[Sequence[str], I8]:
        """The facets among these that are no dates, and (facets, 2) where the values of each stand, none included."""
        if names not in self._spans:
            asked = [name for name in names if name != "date"]
            spans = [(self._numbers.of[name].start, self._numbers.of[name].stop) for name in asked]
            self._spans[names] = asked, np.array(spans, np.int64).reshape(-1, 2)
        return self._spans[names]


class _Buckets(NamedTuple):
    """All buckets of one interval that the days of an index fall into; where there are not too many of them, those in
    between as well."""

    begins: I8
    """(buckets + 1) which of the days of the index each begins with, and how many there are."""
    starts: list[str]
    """The first day of each bucket, ``ends`` the last."""
    ends: list[str]
    dense: bool
    """Whether those in between are there too."""

    @classmethod
    def of(cls, interval: str, numbers: I8) -> Self:
        """The buckets of days that have these numbers, counted from 1970, ascending."""
        dense = len(numbers) > 0 and int(numbers[-1] - numbers[0]) < MAX_BUCKETS
        every = np.arange(numbers[0], numbers[-1] + 1) if dense else np.unique(numbers)
        begins = np.append(np.searchsorted(numbers, every), len(numbers)).astype(np.int64)
        spans = [_span(interval, number) for number in every.tolist()]
        return cls(begins, [start for start, _ in spans], [end for _, end in spans], dense)


class Calendar:
    """The days of an index as buckets of time. Safe for several threads: what two make at once is the same."""

    def __init__(self, days: I4) -> None:
        """``days``: since 1970-01-01, ascending."""
        self._days = days.astype(np.int64)
        self._made: dict[str, _Buckets] = {}

    def facet(self, counts: U4, asked: str) -> DateFacet:
        """Matches over time, in buckets of the interval asked for or, by ``auto``, of one that fits their span.

        ``counts``: (days + 1) undated matches, and those of each day. Cost: some microseconds.
        """
        interval = self._fitting_interval(counts) if asked == "auto" else asked
        every = self._of_interval(interval)
        sums = np.empty(len(every.starts), np.int64)
        low, high = sum_buckets(counts, every.begins, sums)
        found, undated = sums[low:high].tolist(), counts.item(0)
        if every.dense:
            return DateFacet(interval, found, undated, every.starts, every.ends, low)
        places = [low + place for place, count in enumerate(found) if count]
        starts, ends = ([column[place] for place in places] for column in (every.starts, every.ends))
        return DateFacet(interval, [sums.item(place) for place in places], undated, starts, ends)

    def _fitting_interval(self, counts: U4) -> str:
        """Day, month or year, so that a timeline has some ten to some sixty bars."""
        first, behind = days_met(counts)
        if first == behind:
            return "month"
        span = self._days.item(behind - 1) - self._days.item(first)
        return "day" if span <= 62 else "month" if span <= 5 * 366 else "year"

    def _of_interval(self, interval: str) -> _Buckets:
        if interval not in self._made:
            days = self._days
            if interval == "week":  # ISO weeks, from Monday; 1970-01-01 was a Thursday
                numbers = (days + 3) // 7
            else:
                numbers = days.astype("datetime64[D]").astype(f"datetime64[{interval[0].upper()}]").astype(np.int64)
            self._made[interval] = _Buckets.of(interval, numbers)
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
