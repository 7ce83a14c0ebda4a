"""One state of the index as searches see it, and what they all need of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from index.engine import EngineReader
from search.execution import Execution, Filters, Wanted
from search.facets import Calendar, Facets
from search.filters import Conditions
from search.kernels.position_table import PositionTable
from search.lookup import Lookup
from search.passes import Passes, passes
from search.plan import Given, Plan, Searched
from search.query import ParsedQuery, parse
from search.ranking import Ranking
from search.request import Op, SearchRequest
from search.validate import DateBounds


class View:
    """A reader, and what is worked out once for all searches over it. Safe for several threads."""

    def __init__(self, reader: EngineReader, ranking: Ranking) -> None:
        self.reader = reader
        self._ranking = ranking
        self._conditions = Conditions(reader)
        self._positions = PositionTable(reader.segments, lambda: reader.values("lang"))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that articles have, the most frequent first."""
        return tuple(self.reader.languages())

    @cached_property
    def searched(self) -> Searched:
        """The languages whose chains and text fields these take."""
        statistics = self.reader.language_statistics()
        return Searched.of(tuple(statistics), statistics)

    @property
    def chains(self) -> tuple[str, ...]:
        """The same, by their codes."""
        return self.searched.langs

    @cached_property
    def facets(self) -> Facets:
        """The values that articles have."""
        return Facets(self.reader, self._conditions.numbers)

    @cached_property
    def calendar(self) -> Calendar:
        """The days that articles have."""
        return Calendar(self.reader.days())

    def question(
        self,
        request: SearchRequest,
        bounds: DateBounds,
        *,
        op: Op | None = None,
        given: Given | None = None,
        known: frozenset[str] | None = None,
        before: Lookup | None = None,
    ) -> Question:
        """What ``request`` comes to, looked up and ready to run; ``op``: its words joined otherwise; ``given``: the
        statistics that its scores hang on, where they are not those of the reader; ``known``: as for
        :func:`search.passes.passes`; ``before``: what was looked up for another question, that may be of the same
        words."""
        asked = request if op is None else replace(request, op=op)
        parsed = parse(asked.q, op=asked.op)
        understood = passes(parsed.tree, self.chains, asked, known)
        return self.looked_up(parsed, understood, asked, bounds, given=given, before=before)

    def planned(
        self,
        parsed: ParsedQuery,
        request: SearchRequest,
        bounds: DateBounds,
        chains: tuple[str, ...] | None = None,
        *,
        given: Given | None = None,
    ) -> Question:
        """:meth:`question` of a query that is parsed already; ``chains``: the only languages to search."""
        searched = self.searched if chains is None else Searched.of(chains, self.searched.statistics)
        asked = passes(parsed.tree, searched.langs, request)
        return self.looked_up(parsed, asked, request, bounds, searched, given=given)

    def looked_up(
        self,
        parsed: ParsedQuery,
        asked: Passes,
        request: SearchRequest,
        bounds: DateBounds,
        searched: Searched | None = None,
        *,
        given: Given | None = None,
        before: Lookup | None = None,
    ) -> Question:
        """:meth:`planned` of a query that is understood already; ``searched``: the languages it was understood in."""
        plan = Plan(asked, searched or self.searched, self.reader, self._positions, self._ranking, given, before)
        return Question(parsed, plan, Execution(plan, self._conditions), Filters(request, bounds, self._conditions))


class Question(NamedTuple):
    """One request over one view."""

    parsed: ParsedQuery
    plan: Plan
    execution: Execution
    filters: Filters

    def sort(self, request: SearchRequest) -> str:
        """The order of the answer."""
        return request.sort or ("relevance" if self.plan.passes.ranked else "newest")

    def total(self) -> int:
        """How many articles the request finds."""
        return self.execution.run(self.filters, Wanted(), 0).total
