"""From a request to one page of its answer, before hits are read."""

from __future__ import annotations

from dataclasses import dataclass

from search.cursor import Cursor, given_of
from search.execution import Wanted
from search.explain import Explainer
from search.paging import Page, numbered_page, page_behind
from search.request import Op, SearchRequest
from search.result import QueryWarning
from search.validate import DateBounds
from search.view import Question, View

MOST_WORDS = QueryWarning("No article has all of these words; shown are those with most of them.", code="most_words")
EXPANSIONS_CUT = QueryWarning(
    "A pattern stands for too many words; the most frequent ones were searched.", code="expansions_cut"
)
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of an answer."""

    question: Question
    page: Page
    warnings: tuple[QueryWarning, ...]
    bounds: DateBounds
    op: Op
    """How its words were joined: not as asked, where that found nothing."""
    now: int

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
        return Cursor(self.page.end, self.op, self.bounds, self.now, given).encode(request)


def answered(view: View, request: SearchRequest, bounds: DateBounds, now: int) -> Answer:
    """The page that ``request`` asks for; where all its words find nothing, what most of them find.

    ``now``: seconds since 1970. Raises :class:`search.errors.InvalidRequest` for a cursor that is none.
    """
    if request.cursor is not None:
        return _continued(view, request, Cursor.decode(request.cursor, request))
    question = view.question(request, bounds)
    op: Op = request.op
    page = _numbered(question, request, now)
    warnings = list(question.parsed.warnings)
    if op == "all" and not page.total:
        looser = view.question(request, bounds, op="most")
        if _differ(question, looser):
            found = _numbered(looser, request, now)
            if found.total:
                op, question, page = "most", looser, found
                warnings.append(MOST_WORDS)
    if question.plan.found.cut:
        warnings.append(EXPANSIONS_CUT)
    return Answer(question, page, tuple(warnings), bounds, op, now)


def _differ(question: Question, looser: Question) -> bool:
    """Whether most of the words ask for less than all of them. A run without spaces is one clause in both, but its
    words are leaves of their own in one."""
    leaves = len(question.plan.passes.texts), len(looser.plan.passes.texts)
    return question.parsed.tree != looser.parsed.tree or leaves[0] != leaves[1]


def _numbered(question: Question, request: SearchRequest, now: int) -> Page:
    first = (request.page - 1) * request.per_page
    return numbered_page(question, wanted_of(question, request, now), first, request.per_page)


def _continued(view: View, request: SearchRequest, cursor: Cursor) -> Answer:
    question = view.question(request, cursor.bounds, op=cursor.op, given=cursor.given)
    page = page_behind(question, wanted_of(question, request, cursor.now), cursor.place, request.per_page)
    warnings = [*question.parsed.warnings, *([EXPANSIONS_CUT] if question.plan.found.cut else [])]
    return Answer(question, page, tuple(warnings), cursor.bounds, cursor.op, cursor.now)


def wanted_of(question: Question, request: SearchRequest, now: int) -> Wanted:
    """What ``request`` wants of the answer, but for its page."""
    half_life = 0.0 if request.half_life is None else request.half_life * _DAY
    return Wanted(sort=question.sort(request), facets=request.facets, half_life=half_life, now=now)
