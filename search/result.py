"""The answer: what a search found, as frozen values without markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from index.article import DateSource


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of text and the places in it that answer the query."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    """Half-open ranges of code points in ``text``: ascending, disjoint, never inside a grapheme."""


Way = Literal["exact", "accents", "form", "phrase", "pattern", "fuzzy"]
"""How a form in a text met what was typed: the same; with other accents, or otherwise spelt where a language counts
that as the same; another form of the word; words of a phrase; what a pattern describes; one with letters wrong."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one form gave to a score."""

    form: str
    """As it was met, case-folded; of a phrase as it was typed."""
    field: str
    """``title`` or ``body``."""
    way: Way
    count: int
    """How often it stands there; of a phrase 1."""
    share: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a hit has its score: the sum of the shares, times ``lift``, times ``recent``."""

    shares: tuple[Share, ...]
    """The greatest first."""
    near: float
    """How near the words stand together, 0 to 1."""
    in_title: bool
    """Whether all words stand in the title."""
    lift: float
    """What both come to."""
    recent: float
    """The lift of new articles, where that was asked for; else 1."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One article found."""

    id: str
    title: Snippet
    """The whole title, its matching words marked."""
    lang: str
    score: float
    url: str | None = None
    section: str | None = None
    source: str | None = None
    authors: tuple[str, ...] = ()
    place: str | None = None
    published: str | None = None
    date_source: DateSource | None = None
    snippets: tuple[Snippet, ...] = ()
    explanation: Explanation | None = None
    """Why it stands where it stands, where that was asked for."""


class FacetCount(NamedTuple):
    """How many matches one choice of a facet would give, all other filters holding."""

    value: str
    count: int  # type: ignore[assignment]  # hides the method of tuples, which no one needs here
    selected: bool = False


class DateBucket(NamedTuple):
    """Matches of one span of time. ``start`` and ``end`` are ISO dates, both inclusive; both ``None``: undated."""

    start: str | None
    end: str | None
    count: int  # type: ignore[assignment]  # hides the method of tuples, which no one needs here


class DateFacet(NamedTuple):
    """Matches over time, leaving out the date filter: every bucket between the first and the last, empty ones too."""

    interval: str
    """``day``, ``week``, ``month`` or ``year``."""
    counts: Sequence[int]
    """The matches of each bucket."""
    undated: int
    starts: Sequence[str]
    """The first day of each bucket that the index has, ``ends`` the last."""
    ends: Sequence[str]
    first: int = 0
    """Which of those the first count is of."""

    @property
    def buckets(self) -> tuple[DateBucket, ...]:
        """The buckets in order, undated matches last, where there are any. Made when asked for."""
        here = slice(self.first, self.first + len(self.counts))
        dated = map(DateBucket, self.starts[here], self.ends[here], self.counts)
        return (*dated, DateBucket(None, None, self.undated)) if self.undated else tuple(dated)


@dataclass(frozen=True, slots=True)
class QueryWarning:
    """Something in the query that was repaired or left out."""

    message: str
    """One English sentence."""
    position: int | None = None
    """Code point of the query text that it is about."""
    code: str = "repaired"
    """Stable name, so that a page can translate the sentence."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one request. ``total`` and all counts are exact."""

    q: str
    parsed: str
    """The query as it was understood, in the query language."""
    languages: tuple[str, ...]
    """The languages searched."""
    total: int
    page: int
    per_page: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    """Of ``section``, ``lang``, ``source``, ``author`` those asked for: the most frequent values first, selected ones
    always among them."""
    dates: DateFacet | None = None
    warnings: tuple[QueryWarning, ...] = ()
    took_ms: float = 0.0
    sort: str = "relevance"
    """The order that was used."""
    next_cursor: str | None = None
    """For the request that goes on behind these hits; ``None`` where none follow."""
    suggestion: str | None = None
    """The query with misspelt words put right, where it finds little and that finds more."""
