"""Exact counts of matches by section, language, source, author and date, each leaving out its own filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from index.engine import NO_DATE, Columns
from search.filters import Mask, one_of, published_within
from search.matching import Docs, Matches
from search.request import FACETS, SearchRequest
from search.result import DateBucket, DateFacet, FacetCount
from search.validate import DateBounds

MAX_BUCKETS = 2_000
"""Up to so many buckets, empty ones between the first and the last are shown; beyond, only those that hold matches."""

_DAY = np.int64(86_400)


@dataclass(frozen=True, slots=True)
class Filtered:
    """Matches of the query's text, and which of the request's filters each of them fails."""

    matches: Matches
    failed: NDArray[np.uint8]
    """One bit per facet, in the order of :data:`search.request.FACETS`."""

    def passing(self) -> Matches:
        """The matches that pass every filter."""
        kept = self.failed == 0
        return Matches(self.matches.docs[kept], self.matches.scores[kept])

    def passing_but(self, facet: str) -> Docs:
        """The matches that pass every filter but perhaps that of ``facet``."""
        own = np.uint8(1 << FACETS.index(facet))
        return np.asarray(self.matches.docs[(self.failed & ~own) == 0], np.int64)


def filtered(matches: Matches, request: SearchRequest, bounds: DateBounds, columns: Columns) -> Filtered:
    """Applies the filters of ``request`` to ``matches``."""
    failed = np.zeros(len(matches), np.uint8)
    for bit, facet in enumerate(FACETS):
        mask = _filter(facet, request, bounds, columns)
        if mask is not None:
            failed |= np.where(mask[matches.docs], 0, 1 << bit).astype(np.uint8)
    return Filtered(matches, failed)


def selected_values(facet: str, request: SearchRequest) -> tuple[str, ...]:
    """The values of ``facet`` that the request asks for."""
    return {
        "section": request.sections,
        "lang": request.langs,
        "source": request.sources,
        "author": request.authors,
    }[facet]


def _filter(facet: str, request: SearchRequest, bounds: DateBounds, columns: Columns) -> Mask | None:
    if facet == "date":
        return published_within(columns, bounds.first, bounds.last) if bounds else None
    chosen = selected_values(facet, request)
    excluded = {
        "section": request.exclude_sections,
        "lang": request.exclude_langs,
        "source": request.exclude_sources,
    }.get(facet, ())
    if not chosen and not excluded:
        return None
    mask = one_of(columns, facet, chosen) if chosen else np.ones(len(columns.live), np.bool_)
    return mask & ~one_of(columns, facet, excluded) if excluded else mask


def facet_counts(matches: Filtered, facet: str, request: SearchRequest, columns: Columns) -> tuple[FacetCount, ...]:
    """The most frequent values of ``facet``, ties by value; selected ones always among them, even without matches."""
    docs = matches.passing_but(facet)
    if facet == "author":
        offsets, codes, values = columns.authors
        counts = _count_lists(docs, offsets, codes, len(values))
    else:
        codes, values = columns.codes(facet)
        found = codes[docs]
        counts = np.bincount(found[found >= 0], minlength=len(values))
    selected = frozenset(selected_values(facet, request))
    order = np.lexsort((np.arange(len(counts)), -counts))
    chosen = [int(code) for code in order[: request.facet_size] if counts[code]]
    shown = {values[code] for code in chosen}
    counted = [FacetCount(values[code], int(counts[code]), values[code] in selected) for code in chosen]
    count_of = {value: int(counts[code]) for code, value in enumerate(values) if value in selected}
    missing = [value for value in dict.fromkeys(selected_values(facet, request)) if value not in shown]
    return (*counted, *(FacetCount(value, count_of.get(value, 0), True) for value in missing))


def _count_lists(docs: Docs, offsets: NDArray[np.int64], codes: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """How many of ``docs`` have each code; a document's codes stand between its offsets."""
    member = np.zeros(len(offsets) - 1, np.bool_)
    member[docs] = True
    return np.bincount(codes[np.repeat(member, np.diff(offsets))], minlength=size)


def date_facet(matches: Filtered, request: SearchRequest, columns: Columns) -> DateFacet:
    """Matches over time, in buckets of the interval asked for or, by ``auto``, of one that fits their span."""
    published = columns.published[matches.passing_but("date")]
    dated = published[published != NO_DATE]
    days = dated // _DAY
    interval = _fitting_interval(days) if request.date_interval == "auto" else request.date_interval
    buckets = _buckets(days, interval)
    if len(dated) < len(published):
        buckets = [*buckets, DateBucket(None, None, len(published) - len(dated))]
    return DateFacet(interval, tuple(buckets))


def _fitting_interval(days: NDArray[np.int64]) -> str:
    """Day, month or year, so that a timeline has some ten to some sixty bars."""
    if not len(days):
        return "month"
    span = int(days.max()) - int(days.min())
    return "day" if span <= 62 else "month" if span <= 5 * 366 else "year"


def _buckets(days: NDArray[np.int64], interval: str) -> list[DateBucket]:
    """Buckets of ``days``, counted from 1970-01-01."""
    if not len(days):
        return []
    if interval == "week":  # ISO weeks, from Monday; 1970-01-01 was a Thursday
        numbers = (days + 3) // 7
    else:
        numbers = days.astype("datetime64[D]").astype(f"datetime64[{interval[0].upper()}]").astype(np.int64)
    present, counts = np.unique(numbers, return_counts=True)
    first, last = int(present[0]), int(present[-1])
    if last - first < MAX_BUCKETS:
        dense = np.bincount(numbers - first)
        return [_bucket(interval, first + offset, int(count)) for offset, count in enumerate(dense)]
    return [_bucket(interval, int(number), int(count)) for number, count in zip(present, counts, strict=True)]


def _bucket(interval: str, number: int, count: int) -> DateBucket:
    first, after = _edge(interval, number), _edge(interval, number + 1)
    return DateBucket(first.isoformat(), (after - timedelta(days=1)).isoformat(), count)


def _edge(interval: str, number: int) -> date:
    """The first day of the bucket with this number, counted from 1970."""
    if interval == "day":
        return date(1970, 1, 1) + timedelta(days=number)
    if interval == "week":
        return date(1970, 1, 1) + timedelta(days=number * 7 - 3)
    if interval == "month":
        return date(1970 + number // 12, number % 12 + 1, 1)
    return date(1970 + number, 1, 1)
