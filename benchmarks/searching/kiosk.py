"""Kiosk's side of searching: the one place of the benchmark that knows how a search is put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.queries import PER_PAGE, Question
from search import Searcher, SearchRequest, open_searcher
from search.facets import date_facet, facet_counts, filtered
from search.hits import ordered
from search.plan import answer
from search.query import ParsedQuery, parse
from search.ranking import Ranking
from search.validate import DateBounds, validate

_COUNTED = ("section", "lang", "source")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A request that was checked and parsed."""

    request: SearchRequest
    bounds: DateBounds
    query: ParsedQuery


class Kiosk:
    """Answers questions."""

    def __init__(self, folder: Path) -> None:
        self.searcher: Searcher = open_searcher(folder)
        self._ranking = Ranking()

    @property
    def segments(self) -> int:
        return self.searcher.stats().segments

    def prepare(self, question: Question) -> Parsed:
        """Checks and parses."""
        request = request_of(question)
        return Parsed(request, validate(request), parse(request.q, op=request.op))

    def answer(self, parsed: Parsed) -> int:
        """Page, total and facets of a parsed request; returns the total."""
        request, reader = parsed.request, self.searcher._current()
        found = answer(parsed.query.tree, reader, ranking=self._ranking, op=request.op, search_in=request.search_in)
        kept = filtered(found.matches(), request, parsed.bounds, reader.columns)
        order = ordered(kept.passing(), request.sort or "relevance", reader.columns)
        first = PER_PAGE * (request.page - 1)
        ids = reader.ids()
        [ids[doc] for doc, _ in order[first : first + PER_PAGE]]
        for name in _COUNTED:
            facet_counts(kept, name, request, reader.columns)
        date_facet(kept, request, reader.columns)
        return len(order)

    def planned(self, question: Question) -> int:
        """The same from the text of the request on."""
        return self.answer(self.prepare(question))

    def whole(self, question: Question) -> int:
        """A search as a front end asks for it: hits read, snippets made."""
        return self.searcher.search(request_of(question)).total


def request_of(question: Question) -> SearchRequest:
    """The request that asks ``question``."""
    return SearchRequest(
        q=text_of(question),
        op="any" if question.kind == "any" else "all",
        sections=(question.section,) if question.section else (),
        langs=(question.lang,) if question.lang else (),
        date_from=question.first_day,
        date_to=question.last_day,
        sort="newest" if question.kind == "browse" else None,
        page=question.page,
        per_page=PER_PAGE,
        date_interval="month",
    )


def text_of(question: Question) -> str:
    """The words of ``question`` in Kiosk's query language."""
    text = " ".join(question.words)
    match question.kind:
        case "phrase":
            return f'"{text}"'
        case "prefix":
            return f"{text}*"
        case "fuzzy":
            return f"{text}~{question.distance}"
    return text
