"""The facets of an answer, of what a pass counted for each value and day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np

from index.columnar.arrays import I4, I8
from search.result import DateBucket, DateFacet, FacetCount

MAX_BUCKETS = 2_000
"""Up to so many buckets, empty ones between the first and the last are shown; beyond, only those that hold matches."""


def facet_counts(values: Sequence[str], counts: I8, chosen: Sequence[str], size: int) -> tuple[FacetCount, ...]:
    """The ``size`` most frequent of ``values``, ties by value; chosen ones always among them, even without matches.

    ``counts``: (values + 1) matches of none and of each value.
    """
    found = counts[1:]
    present = np.flatnonzero(found)
    order = present[np.lexsort((present, -found[present]))][:size]
    selected = frozenset(chosen)
    shown = [FacetCount(values[code], int(found[code]), values[code] in selected) for code in order.tolist()]
    missing = selected - {one.value for one in shown}
    if not missing:
        return tuple(shown)
    count_of = {values[code]: int(found[code]) for code in present.tolist() if values[code] in missing}
    return (*shown, *(FacetCount(one, count_of.get(one, 0), True) for one in dict.fromkeys(chosen) if one in missing))


def date_facet(days: I4, counts: I8, asked: str) -> DateFacet:
    """Matches over time, in buckets of the interval asked for or, by ``auto``, of one that fits their span.

    ``days``: since 1970-01-01, ascending; ``counts``: (days + 1) undated matches, and those of each day.
    """
    present = np.flatnonzero(counts[1:])
    dated, of_day = days[present].astype(np.int64), counts[1:][present]
    interval = _fitting_interval(dated) if asked == "auto" else asked
    buckets = _buckets(dated, of_day, interval)
    if counts[0]:
        buckets = [*buckets, DateBucket(None, None, int(counts[0]))]
    return DateFacet(interval, tuple(buckets))


def _fitting_interval(days: I8) -> str:
    """Day, month or year, so that a timeline has some ten to some sixty bars."""
    if not len(days):
        return "month"
    span = int(days.max()) - int(days.min())
    return "day" if span <= 62 else "month" if span <= 5 * 366 else "year"


def _buckets(days: I8, counts: I8, interval: str) -> list[DateBucket]:
    """Buckets of matches on ``days``, ascending."""
    if not len(days):
        return []
    if interval == "week":  # ISO weeks, from Monday; 1970-01-01 was a Thursday
        numbers = (days + 3) // 7
    else:
        numbers = days.astype("datetime64[D]").astype(f"datetime64[{interval[0].upper()}]").astype(np.int64)
    begins = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    present, sums = numbers[begins].tolist(), np.add.reduceat(counts, begins).tolist()
    if present[-1] - present[0] < MAX_BUCKETS:
        dense = [0] * (present[-1] - present[0] + 1)
        for number, count in zip(present, sums, strict=True):
            dense[number - present[0]] = count
        return _of_spans(range(present[0], present[-1] + 1), dense, interval)
    return _of_spans(present, sums, interval)


def _of_spans(numbers: Iterable[int], counts: Sequence[int], interval: str) -> list[DateBucket]:
    span = _spans(interval)
    return [DateBucket(*span(number), count) for number, count in zip(numbers, counts, strict=True)]


@cache
def _spans(interval: str) -> Callable[[int], tuple[str, str]]:
    """What gives the first and the last day of a bucket."""

    @lru_cache(maxsize=10_000)
    def span(number: int) -> tuple[str, str]:
        first, after = _edge(interval, number), _edge(interval, number + 1)
        return first.isoformat(), (after - timedelta(days=1)).isoformat()

    return span


def _edge(interval: str, number: int) -> date:
    """The first day of the bucket with this number, counted from 1970."""
    if interval == "day":
        return date(1970, 1, 1) + timedelta(days=number)
    if interval == "week":
        return date(1970, 1, 1) + timedelta(days=number * 7 - 3)
    if interval == "month":
        return date(1970 + number // 12, number % 12 + 1, 1)
    return date(1970 + number, 1, 1)
