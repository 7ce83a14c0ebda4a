"""From a request to one page of its answer, before hits are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from index.fields import field_language
from index.side_by_side import side_by_side
from search.cursor import Cursor, given_of
from search.execution import Wanted
from search.explain import Explainer
from search.paging import Page, numbered_page, page_behind
from search.passes import Passes, passes
from search.query import parse
from search.request import Op, SearchRequest
from search.result import QueryWarning
from search.validate import DateBounds
from search.view import Question, View

MOST_WORDS = QueryWarning("No article has all of these words; shown are those with most of them.", code="most_words")
KNOWN_WORDS = QueryWarning(
    "Some of these words stand in no article; shown are those with most of the others.", code="known_words"
)
ANY_WORDS = QueryWarning(
    "No article has most of these words together; shown are those with any of them.", code="any_words"
)
EXPANSIONS_CUT = QueryWarning(
    "A pattern stands for too many words; the most frequent ones were searched.", code="expansions_cut"
)
_LOOSENED = {"most": MOST_WORDS, "any": ANY_WORDS}
"""What is said of words that are joined so where otherwise was asked for."""
_DAY = 86_400
_MANY_POSTINGS = 1_000_000
"""From so many on a pass may take some ten milliseconds."""


class Joined(NamedTuple):
    """How the words of a query are joined."""

    op: Op
    known: frozenset[str] | None = None
    """The keys of the leaves that count where most must match, if not all do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of an answer."""

    question: Question
    page: Page
    bounds: DateBounds
    joined: Joined
    """How its words were joined: not as asked, where that found nothing."""
    now: int

    def warnings(self, request: SearchRequest) -> tuple[QueryWarning, ...]:
        """What a person should know of how the query was understood."""
        told = list(self.question.parsed.warnings)
        if not self.is_as_asked(request):
            told.append(KNOWN_WORDS if self.joined.known is not None else _LOOSENED[self.joined.op])
        if self.question.plan.found.cut:
            told.append(EXPANSIONS_CUT)
        return tuple(told)

    def is_as_asked(self, request: SearchRequest) -> bool:
        """Whether it finds what ``request`` asks for, no less."""
        return self.joined == Joined(request.op)

    def explainer(self, request: SearchRequest) -> Explainer | None:
        """What says of the hits why they have their scores, where that is asked for."""
        if not request.explain:
            return None
        wanted = wanted_of(self.question, request, self.now)
        lifted = wanted.sort == "relevance"
        return Explainer(self.question.plan, self.question.execution, wanted, lifted=lifted)

    def next_cursor(self, request: SearchRequest) -> str | None:
        """For the request that goes on behind this page."""
        if self.page.end is None:
            return None
        given = given_of(self.question.plan)
        return Cursor(self.page.end, *self.joined, self.bounds, self.now, given).encode(request)


def answered(view: View, request: SearchRequest, bounds: DateBounds, now: int) -> Answer:
    """The page that ``request`` asks for; where its words find nothing joined as they are, what they find more loosely
    joined: most of them, most of those that stand anywhere, any.

    ``now``: seconds since 1970. Raises :class:`search.errors.InvalidRequest` for a cursor that is none.
    """
    if request.cursor is not None:
        return _continued(view, request, Cursor.decode(request.cursor, request))
    question, joined = view.question(request, bounds), Joined(request.op)
    page = _numbered(question, request, now)
    if not page.total:
        for looser, how, found in _looser_pages(view, request, bounds, question, now):
            if found.total:
                question, joined, page = looser, how, found
                break
    return Answer(question, page, bounds, joined, now)


def _looser_pages(
    view: View, request: SearchRequest, bounds: DateBounds, question: Question, now: int
) -> Iterator[tuple[Question, Joined, Page]]:
    """What is found by what may be asked instead: one after the other, or side by side where each takes its time."""
    looser = _looser(view, request, bounds, question)
    if question.plan.found.postings < _MANY_POSTINGS:
        for asked, how in looser:
            yield asked, how, _numbered(asked, request, now)
        return
    every = list(looser)
    pages = side_by_side([partial(_numbered, asked, request, now) for asked, _ in every])
    for (asked, how), page in zip(every, pages, strict=True):
        yield asked, how, page


def _looser(
    view: View, request: SearchRequest, bounds: DateBounds, question: Question
) -> Iterator[tuple[Question, Joined]]:
    """What may be asked where ``question``, the request as it stands, finds nothing: less and less."""
    if request.op == "any":
        return
    loosest = replace(request, op="any")
    parsed = parse(request.q, op="any")
    asked = passes(parsed.tree, view.chains, loosest)
    if question.parsed.tree == parsed.tree and not _has_bags(asked):
        return
    most = question
    if request.op == "all":
        most = view.question(request, bounds, op="most", before=question.plan.found)
        yield most, Joined("most")
    known = _known(most, request)
    if len(known) < len(most.plan.found.leaves):
        without = view.question(request, bounds, op="most", known=known, before=most.plan.found)
        yield without, Joined("most", known)
    yield view.looked_up(parsed, asked, loosest, bounds, before=most.plan.found), Joined("any")


def _has_bags(asked: Passes) -> bool:
    """Whether a run without spaces is several leaves: of one clause some words must match then, whatever it joins."""
    return len({id(leaf.node) for leaf in asked.texts}) < len(asked.texts)


def _known(question: Question, request: SearchRequest) -> frozenset[str]:
    """The keys of the leaves that some article holds, in a language that the request asks for."""
    wanted = {field_language(lang) for lang in request.langs}
    plan = question.plan
    places = [place for place, lang in enumerate(plan.langs) if not wanted or lang in wanted]
    counts = plan.statistics.counts[:, places]
    return frozenset(leaf.key for leaf in plan.found.leaves if counts[plan.found.leaf_place(leaf)].any())


def _numbered(question: Question, request: SearchRequest, now: int) -> Page:
    first = (request.page - 1) * request.per_page
    return numbered_page(question, wanted_of(question, request, now), first, request.per_page)


def _continued(view: View, request: SearchRequest, cursor: Cursor) -> Answer:
    question = view.question(request, cursor.bounds, op=cursor.op, given=cursor.given, known=cursor.known)
    page = page_behind(question, wanted_of(question, request, cursor.now), cursor.place, request.per_page)
    return Answer(question, page, cursor.bounds, Joined(cursor.op, cursor.known), cursor.now)


def wanted_of(question: Question, request: SearchRequest, now: int) -> Wanted:
    """What ``request`` wants of the answer, but for its page."""
    half_life = 0.0 if request.half_life is None else request.half_life * _DAY
    return Wanted(sort=question.sort(request), facets=request.facets, half_life=half_life, now=now)
