"""Kiosk's side of searching: the one place of the benchmark that knows how a search is put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.queries import PER_PAGE, Question
from search import Searcher, SearchRequest, open_searcher
from search.answering import wanted_of
from search.filters import chosen_of
from search.paging import numbered_page
from search.passes import Passes, passes
from search.query import ParsedQuery, parse
from search.readings import forget_understood
from search.validate import DateBounds, validate

_NOW = 1_767_225_600
"""2026-01-01; no class asks for a lift of new articles."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A request that was checked and parsed, and its words understood in every language of the index: what the peer's
    queries, built with stemmed words, hold as well. Nothing is looked up yet."""

    request: SearchRequest
    bounds: DateBounds
    query: ParsedQuery
    passes: Passes


class Kiosk:
    """Answers questions. What is found is told by the reader's numbers, as the peer tells it by its addresses."""

    def __init__(self, folder: Path) -> None:
        self.searcher: Searcher = open_searcher(folder)

    @property
    def segments(self) -> int:
        return self.searcher.stats().segments

    def forget(self) -> None:
        """Lets go of what earlier questions left: words understood, forms of patterns. Each round asks all anew."""
        forget_understood()
        self.searcher._current().reader.forget_patterns()

    def prepare(self, question: Question) -> Parsed:
        """Checks and parses."""
        request = request_of(question)
        query = parse(request.q, op=request.op)
        understood = passes(query.tree, self.searcher._current().chains, request)
        return Parsed(request, validate(request), query, understood)

    def answer(self, parsed: Parsed) -> int:
        """Page, total and facets of a parsed request, looking up and lifts included; returns the total."""
        request, view = parsed.request, self.searcher._current()
        asked = view.looked_up(parsed.query, parsed.passes, request, parsed.bounds)
        first = PER_PAGE * (request.page - 1)
        page = numbered_page(asked, wanted_of(asked, request, _NOW), first, PER_PAGE)
        page.hits.docs.tolist()
        view.facets.top(page.counts, request.facets, chosen_of(request), request.facet_size)
        view.calendar.facet(page.counts.days, request.date_interval)
        return page.total

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
