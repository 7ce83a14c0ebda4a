"""The question: everything one search asks for, as a frozen value without HTTP or engine in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Op = Literal["all", "most", "any"]
Sort = Literal["relevance", "newest", "oldest"]
Interval = Literal["auto", "day", "week", "month", "year"]
TextField = Literal["title", "body"]
Match = Literal["forms", "exact"]

FACETS = ("section", "lang", "source", "author", "date")
DEFAULT_FACETS = ("section", "lang", "source", "date")
MAX_PER_PAGE = 100
MAX_WINDOW = 10_000
"""The furthest hit that pages can reach: page × per_page."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search. Values of one filter are alternatives (OR); different filters must all hold (AND).

    ``date_from`` and ``date_to`` are inclusive ISO 8601 dates or datetimes, as short as ``2026``; ``last`` is a span
    back from now (``24h``, ``7d``, ``3m``, ``1y``). A request is checked by :func:`search.validate.validate`, which the
    searcher calls: making one never fails.
    """

    q: str = ""
    langs: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    exclude_langs: tuple[str, ...] = ()
    exclude_sections: tuple[str, ...] = ()
    exclude_sources: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    last: str | None = None
    search_in: tuple[TextField, ...] = ("title", "body")
    op: Op = "all"
    match: Match = "forms"
    """Whether plain words and phrases are met by other forms of their words too."""
    qlang: str | None = None
    """The language whose word forms the words take; elsewhere they are met as typed. ``None``: every language's."""
    sort: Sort | None = None
    """``None``: by relevance where there are words to rank by, else newest first."""
    half_life: float | None = None
    """Days in which the lift of new articles halves: one of today counts twice by relevance. ``None``: no lift."""
    cursor: str | None = None
    """Goes on behind the last hit of an answer to this very request: its ``next_cursor``."""
    page: int = 1
    per_page: int = 20
    facets: tuple[str, ...] = DEFAULT_FACETS
    facet_size: int = 10
    date_interval: Interval = "auto"
    snippets: int = 2
    """How many passages of the body a hit shows; 0 for none."""
    explain: bool = False
    """Whether each hit says why it has its score."""
