"""Matches over time as bars: their places in a drawing, and where each leads."""

from __future__ import annotations

from dataclasses import dataclass

from index.dates import DateSpan, span_of
from search import SearchRequest
from search.result import DateBucket, DateFacet
from web.interface import Interface
from web.links import Links

WIDTH, HEIGHT = 1000.0, 60.0
"""The size of the drawing, in its own units; the page stretches it to the room there is."""

_WIDEST = 36.0
"""The greatest width of a bar, so that a few of them are still bars."""

_LEAST = 2.5
"""The height of the bar of a single match, so that it is seen beside thousands."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The matches of one span of time."""

    label: str
    count: int
    href: str
    selected: bool
    """Whether it lies in the span that the search is narrowed to."""
    x: float
    y: float
    width: float
    height: float
    slot: float
    """Where its share of the width begins: what a pointer can hit."""
    slot_width: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bars from the earliest to the latest match, and how many matches have no date."""

    interval: str
    bars: tuple[Bar, ...]
    first: str
    last: str
    highest: int
    undated: int
    narrowed: bool


def timeline(facet: DateFacet | None, links: Links, interface: Interface) -> Timeline | None:
    """The timeline of an answer, where it has dated matches of more than one span."""
    if facet is None:
        return None
    dated = [bucket for bucket in facet.buckets if bucket.start is not None and bucket.end is not None]
    if len(dated) < 2:
        return None
    highest = max(bucket.count for bucket in dated)
    slot = WIDTH / len(dated)
    chosen = _chosen(links.request)
    bars = tuple(
        _bar(number, bucket, slot, highest, chosen, facet.interval, links, interface)
        for number, bucket in enumerate(dated)
    )
    undated = sum(bucket.count for bucket in facet.buckets if bucket.start is None)
    return Timeline(facet.interval, bars, bars[0].label, bars[-1].label, highest, undated, chosen is not None)


def _bar(
    number: int,
    bucket: DateBucket,
    slot: float,
    highest: int,
    chosen: DateSpan | None,
    interval: str,
    links: Links,
    interface: Interface,
) -> Bar:
    start, end = bucket.start or "", bucket.end or ""
    width = min(_WIDEST, slot * 0.82)
    height = max(_LEAST, bucket.count / highest * HEIGHT) if bucket.count else 0.0
    return Bar(
        label=interface.span(start, end, interval),
        count=bucket.count,
        href=links.search(date_from=start, date_to=end, last=None),
        selected=chosen is not None and span_of(start).first <= chosen.last and span_of(end).last >= chosen.first,
        x=round(number * slot + (slot - width) / 2, 2),
        y=round(HEIGHT - height, 2),
        width=round(width, 2),
        height=round(height, 2),
        slot=round(number * slot, 2),
        slot_width=round(slot, 2),
    )


def _chosen(request: SearchRequest) -> DateSpan | None:
    """The span that the request's own dates narrow the search to."""
    if request.date_from is None and request.date_to is None:
        return None
    first = span_of(request.date_from).first if request.date_from else -(2**62)
    last = span_of(request.date_to).last if request.date_to else 2**62
    return DateSpan(first, last)
