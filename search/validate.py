"""Checking a request: what is wrong with it, in which parameter, and what to write instead."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

import regex

from index.dates import span_of
from search.errors import InvalidRequest
from search.request import FACETS, MAX_PER_PAGE, MAX_WINDOW, Interval, Match, Op, SearchRequest, Sort, TextField

_LAST = regex.compile(r"(?a)([1-9]\d{0,4})([hdwmy])")
MAX_SNIPPETS = 5
MAX_FACET_SIZE = 100
MAX_HALF_LIFE = 100_000
MAX_VALUES = 100
"""How many values one filter takes."""


@dataclass(frozen=True, slots=True)
class DateBounds:
    """The span of time that a request asks for, in seconds since 1970-01-01 UTC, both inclusive."""

    first: int | None = None
    last: int | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None


def validate(request: SearchRequest, now: datetime | None = None) -> DateBounds:
    """Checks ``request`` and gives the span of time it asks for. Raises :class:`search.errors.InvalidRequest`."""
    _one_of("op", [request.op], get_args(Op))
    _one_of("match", [request.match], get_args(Match))
    _one_of("sort", [request.sort] if request.sort else [], get_args(Sort))
    _one_of("date_interval", [request.date_interval], get_args(Interval))
    _one_of("search_in", request.search_in, get_args(TextField))
    _one_of("facets", request.facets, FACETS)
    if not request.search_in:
        raise InvalidRequest("search_in is empty", "search_in", hint="name title, body or both")
    if request.half_life is not None and not 0 < request.half_life <= MAX_HALF_LIFE:
        raise InvalidRequest(
            f"half_life can't be {request.half_life}", "half_life", hint=f"days, more than 0, up to {MAX_HALF_LIFE:,}"
        )
    if request.cursor is not None and request.page != 1:
        raise InvalidRequest("page and cursor can't both be given", "page", hint="give one of them")
    _within("page", request.page, 1, MAX_WINDOW)
    _within("per_page", request.per_page, 1, MAX_PER_PAGE)
    _within("snippets", request.snippets, 0, MAX_SNIPPETS)
    _within("facet_size", request.facet_size, 1, MAX_FACET_SIZE)
    if request.page * request.per_page > MAX_WINDOW:
        raise InvalidRequest(
            f"page {request.page} of {request.per_page} hits goes beyond hit {MAX_WINDOW:,}",
            "page",
            hint="narrow the search by date, section or another word",
        )
    for name in ("langs", "sections", "sources", "authors", "exclude_langs", "exclude_sections", "exclude_sources"):
        if len(getattr(request, name)) > MAX_VALUES:
            raise InvalidRequest(f"more than {MAX_VALUES} values", _PARAMS[name], hint="choose fewer values")
    return _bounds(request, now or datetime.now(UTC))


_PARAMS = {
    "langs": "lang",
    "sections": "section",
    "sources": "source",
    "authors": "author",
    "exclude_langs": "exclude_lang",
    "exclude_sections": "exclude_section",
    "exclude_sources": "exclude_source",
}


def _one_of(param: str, values: Iterable[str], known: tuple[str, ...]) -> None:
    for value in values:
        if value not in known:
            raise InvalidRequest(f"{param} can't be {value!r}", param, hint=f"one of {', '.join(known)}")


def _within(param: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidRequest(f"{param} can't be {value}", param, hint=f"a number from {least} to {most:,}")


def _bounds(request: SearchRequest, now: datetime) -> DateBounds:
    first = _edge("from", request.date_from, first=True)
    last = _edge("to", request.date_to, first=False)
    if request.last is not None:
        if first is not None:
            raise InvalidRequest("last and from can't both be given", "last", hint="give one of them")
        first = int(_back(now, request.last).timestamp())
    if first is not None and last is not None and first > last:
        raise InvalidRequest(
            f"from ({request.date_from}) is later than to ({request.date_to})", "from", hint="swap them"
        )
    return DateBounds(first, last)


def _edge(param: str, text: str | None, *, first: bool) -> int | None:
    if text is None:
        return None
    try:
        span = span_of(text)
    except ValueError:
        hint = "an ISO date or date and time, such as 2026, 2026-02, 2026-02-05 or 2026-02-05T12:38"
        raise InvalidRequest(f"{param} can't be {text!r}", param, hint=hint) from None
    return span.first if first else span.last


def _back(now: datetime, text: str) -> datetime:
    found = _LAST.fullmatch(text)
    if not found:
        raise InvalidRequest(f"last can't be {text!r}", "last", hint="a number and h, d, w, m or y: 24h, 7d, 3m, 1y")
    number, unit = int(found[1]), found[2]
    if unit in "hdw":
        return now - {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[unit] * number
    months = now.year * 12 + now.month - 1 - number * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    if year < 1400:
        raise InvalidRequest(f"last can't be {text!r}", "last", hint="a shorter span, such as 10y")
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
