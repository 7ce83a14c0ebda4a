"""Running a plan: its passes over every segment, and what comes of them together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.query import Query

from index.columnar.arrays import F4, I8, U1, U4, U8
from index.engine import NO_DATE, SegmentArrays
from search.facets import Counts
from search.filters import Conditions, dated_within, fails, having, written_by
from search.kernels.answer import (
    CHECKING,
    DONE,
    LIFTING,
    LISTS_UNCHECKED,
    NO_ROOM,
    POSITIONS_UNCHECKED,
    SEARCHING,
    answer,
)
from search.kernels.best import COLLECTED, KEPT, STATE
from search.kernels.fused import Scratch
from search.kernels.stretches import best_of_all
from search.passes import VIRTUAL, Pass
from search.plan import Inner, Plan
from search.positions import ensure_cell
from search.positions import scratches as word_scratches
from search.request import FACETS, SearchRequest
from search.taken_turns import TakenInTurns
from search.validate import DateBounds

SORTS = ("relevance", "newest", "oldest")
"""In the order of the kernel's numbers."""


class Key(NamedTuple):
    """Where a document stands in an order: before those with lesser parts, equal ones by the smaller id."""

    first: int
    second: int
    id: int


class Best(NamedTuple):
    """The best documents of an answer, the best first; arrays of one length."""

    firsts: I8
    """The main part of each key: the bits of the score, or the date; ``seconds`` the next, ``ids`` settle ties."""
    seconds: I8
    ids: U8
    docs: I8
    """Numbers in the reader."""
    scores: F4

    def ordered(self) -> Best:
        """The same, where they are in any order."""
        order = np.lexsort((self.ids, ~self.seconds, ~self.firsts))  # ~x = -x - 1 turns the order round
        return self.at(order)

    def at(self, places: I8 | slice) -> Best:
        """Those at some places."""
        firsts, seconds, ids, docs, scores = self
        return Best(firsts[places], seconds[places], ids[places], docs[places], scores[places])

    def copy(self) -> Best:
        """The same in memory of its own."""
        firsts, seconds, ids, docs, scores = self
        return Best(firsts.copy(), seconds.copy(), ids.copy(), docs.copy(), scores.copy())

    @classmethod
    def room(cls, size: int) -> Best:
        """Arrays to be filled."""
        firsts, seconds, docs = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
        return cls(firsts, seconds, np.empty(size, np.uint64), docs, np.empty(size, np.float32))

    def key(self, place: int) -> Key:
        """The key of one."""
        return Key(self.firsts.item(place), self.seconds.item(place), self.ids.item(place))


class Outcome(NamedTuple):
    """What a query found."""

    total: int
    best: Best
    counts: Counts
    postings: int
    """How many were read."""
    threshold: Key
    """Where some of the best were looked at for what lifts them, the key of the last one without its lift."""


class Wanted(NamedTuple):
    """What of the answer is asked for, besides its number and some of its best."""

    sort: str = "relevance"
    facets: tuple[str, ...] = ()
    half_life: float = 0.0
    """Seconds in which the lift of new articles halves; 0: no lift."""
    now: int = 0


class Filters:
    """The filters of a request over one reader."""

    def __init__(self, request: SearchRequest, bounds: DateBounds, conditions: Conditions) -> None:
        filtering = fails(conditions, request)
        self.bounds = bounds
        self.by_author = "author" in filtering
        self.fails: U1 = _NO_FAILS
        """By number of a value what it fails, as the bit of its facet; nothing where nothing is filtered."""
        if filtering or bounds:
            self.fails = np.zeros(conditions.numbers.of["date"].start, np.uint8)
            for name, table in filtering.items():
                self.fails[conditions.numbers.of[name]] = table * np.uint8(1 << FACETS.index(name))

    def __bool__(self) -> bool:
        return len(self.fails) > 0


class Execution:
    """Runs the passes of a plan. Not for several threads; several may run at once."""

    def __init__(self, plan: Plan, conditions: Conditions) -> None:
        self._plan = plan
        self._reader = plan.reader
        self._conditions = conditions
        self._inner: dict[int, Inner] = {}

    def run(
        self, filters: Filters, wanted: Wanted, keep: int, beyond: Key | None = None, *, lifted: int = 0
    ) -> Outcome:
        """The answer, and the best ``keep`` of it; ``beyond``: of those behind this key; ``lifted``: how many of the
        best are looked at for what lifts them, and stand in the order of their lifted scores. Raises
        :class:`index.errors.IndexDamaged`."""
        if self._plan.passes.top.asks_for_nothing and not filters and not wanted.half_life:
            return self._browsed(wanted, keep, beyond)
        counts = Counts.none(self._conditions.numbers)
        best = Best.room(min(keep, self._conditions.table.living))
        state = np.zeros(STATE, np.int64)
        self._search(self._plan.passes.top, filters, wanted, counts.all, best, _NOTHING, state, beyond, lifted)
        kept, total, _, read, first, second, key = state.tolist()
        found = best if kept == len(best.firsts) else best.at(slice(kept))
        return Outcome(total, found, counts, read, Key(first, second, key & _ALL_BITS))

    def _browsed(self, wanted: Wanted, keep: int, beyond: Key | None) -> Outcome:
        """All documents. How many have each value is worked out once a generation, as the number of documents that
        hold a word is."""
        best = Best.room(min(keep, self._conditions.table.living))
        state = np.zeros(STATE, np.int64)
        if len(best.firsts):
            stretches, sort = self._conditions.stretches, SORTS.index(wanted.sort)
            best_of_all(
                stretches.table,
                *stretches.ranked(sort),
                sort,
                len(best.firsts),
                beyond is not None,
                *(beyond or _NO_KEY),
                best.firsts,
                best.seconds,
                best.ids,
                best.docs,
                best.scores,
                state,
            )
        counts = self._conditions.counts(self._all_counts)
        return Outcome(self._conditions.table.living, best.at(slice(int(state[KEPT]))), counts, 0, _NO_KEY)

    def _all_counts(self) -> Counts:
        counts = Counts.none(self._conditions.numbers)
        top = self._plan.passes.top
        self._search(top, None, Wanted(facets=FACETS), counts.all, _NO_BEST, _NOTHING, np.zeros(STATE, np.int64))
        return counts

    def everything(self, filters: Filters, wanted: Wanted) -> Best:
        """Every document that the query finds, in no order."""
        docs, scores = self._collected(self._plan.passes.top, filters, wanted)
        parts = list(zip(self._reader.segments, self._split(docs, scores), strict=True))
        published = _joined(np.int64, [segment.published[here] for segment, (here, _) in parts])
        scores = _joined(np.float32, [shares for _, (_, shares) in parts])
        if wanted.sort == "relevance":
            firsts, seconds = scores.view(np.uint32).astype(np.int64), published
        else:
            turned = wanted.sort == "oldest"
            firsts = np.where(published != NO_DATE, ~published, NO_DATE) if turned else published
            seconds = np.zeros(len(docs), np.int64)
        return Best(
            firsts,
            seconds,
            _joined(np.uint64, [segment.id_keys[here] for segment, (here, _) in parts]),
            _joined(np.int64, [here.astype(np.int64) + segment.base for segment, (here, _) in parts]),
            scores,
        )

    def is_met(self, one: Pass, leaf: int, segment: int, doc: int) -> bool:
        """Whether a document meets a leaf of a pass that is no word and not read from a table."""
        docs = self._inner_of(one)[leaf][segment][0]
        at = int(np.searchsorted(docs, doc))
        return at < len(docs) and int(docs[at]) == doc

    def recency(self, segment: SegmentArrays, doc: int, wanted: Wanted) -> float:
        """What the score of a document is multiplied by for its age."""
        second = int(segment.published[doc])
        if not wanted.half_life or second == NO_DATE:
            return 1.0
        return 1.0 + float(2.0 ** (-max(0, wanted.now - second) / wanted.half_life))

    def _collected(self, one: Pass, filters: Filters | None, wanted: Wanted) -> tuple[I8, F4]:
        """All that a pass finds. Room is there for every document, but memory only for what is found."""
        most = self._conditions.table.living
        docs, shares = np.empty(most, np.uint32), np.empty(most, np.float32)
        state = np.zeros(STATE, np.int64)
        self._search(one, filters, wanted._replace(facets=()), _NO_COUNTS, _NO_BEST, (docs, shares), state)
        found = int(state[COLLECTED])
        return docs[:found].astype(np.int64), shares[:found].copy()

    # -- passes

    def _search(
        self,
        one: Pass,
        filters: Filters | None,
        wanted: Wanted,
        counts: U4,
        best: Best,
        collected: tuple[U4, F4],
        state: I8,
        beyond: Key | None = None,
        lifted: int = 0,
    ) -> None:
        """One pass over all segments."""
        plan, conditions, programs = self._plan, self._conditions, one.programs
        found, asked, searched, ranking = plan.found, plan.passes, plan.searched, plan.ranking
        if plan.goes_on:
            statistics = plan.statistics
            searched, unit_counts, all_articles = statistics.searched, statistics.counts, statistics.articles
        else:
            unit_counts, all_articles = found.counts, searched.all_articles
        rows, inner = found.rows, self._inner_of(one)
        leaves = self._value_leaves(one)
        bounds = filters.bounds if filters is not None else DateBounds()
        scratch, words = _scratches.take(), word_scratches.take()
        arguments = (
            conditions.table.rows,
            plan.positions.rows if lifted else _NO_TABLE,
            rows.data,
            rows.at,
            found.units,
            rows.segment,
            rows.weight,
            rows.start,
            rows.titles,
            rows.bodies,
            rows.living_titles,
            rows.living_bodies,
            plan.goes_on or found.is_counted,
            found.order,
            unit_counts,
            *plan.made(inner),
            np.array([one.bits[number] for number in inner], np.uint32) if inner else _NO_LEAVES,
            searched.articles,
            searched.words,
            all_articles,
            *ranking.numbers,
            asked.numbers,
            asked.scored,
            asked.boosts,
            asked.in_fields,
            one.bit_of,
            one.asked,
            one.full,
            one.counting,
            programs.of_place,
            programs.required,
            programs.forbidden,
            programs.some,
            programs.least,
            programs.at,
            programs.operations,
            conditions.language_places(plan.langs),
            len(leaves) > 0,
            bool(filters),
            bool(bounds),
            _FIRST if bounds.first is None else bounds.first,
            _LAST if bounds.last is None else bounds.last,
            filters is not None and filters.by_author,
            _facet_bits(wanted.facets),
            SORTS.index(wanted.sort),
            wanted.half_life,
            wanted.now,
            len(best.firsts),
            beyond is not None,
            *(beyond or _NO_KEY),
            filters.fails if filters is not None else _NO_FAILS,
            leaves,
            counts,
            *best,
            *collected,
            state,
            *scratch,
            lifted,
            found.alone(asked.plain) if lifted else _NO_UNITS,
            plan.positions.language_places(plan.langs) if lifted else _NO_PLACES,
        )
        begin, ensured = CHECKING, _NO_UNITS
        while True:
            end, which = answer(begin, ensured, *arguments, *words.places[:2])
            if end == DONE:
                break
            begin = SEARCHING if end == LISTS_UNCHECKED else LIFTING
            if end == LISTS_UNCHECKED:
                plan.ensure_lists()
            elif end == POSITIONS_UNCHECKED:
                ensured = ensured if len(ensured) else np.zeros(len(conditions.table.rows) * len(plan.langs), np.bool_)
                ensure_cell(plan.positions, rows, found.units, len(plan.langs), which)
                ensured[which] = True
            elif end == NO_ROOM:
                words.grow(2 * which)
            else:
                raise plan.positions.damaged(which)
        found.is_counted = found.is_counted or not plan.goes_on
        _scratches.give(scratch)
        word_scratches.give(words)

    def _value_leaves(self, one: Pass) -> U4:
        """By number of a value the leaves that it meets, those that are conditions on its column; nothing where there
        are none, or where leaves are counted: they have lists then."""
        read = [leaf for leaf in one.conditions if leaf.node.fieldname in VIRTUAL]
        if one.counting or not read:
            return _NO_LEAVES
        numbers = self._conditions.numbers
        leaves = np.zeros(numbers.of["author"].start, np.uint32)
        for leaf in read:
            values = self._conditions.values(leaf.node.fieldname)
            bits = values.table(values.named(leaf.node)) * np.uint32(1 << one.bits[leaf.number])
            leaves[numbers.of[leaf.node.fieldname]] |= bits
        return leaves

    def _inner_of(self, one: Pass) -> Inner:
        """What the leaves of a pass that are no words meet, but for those that the kernel reads from columns."""
        key = id(one)
        if key not in self._inner:
            found: dict[int, Sequence[tuple[U4, F4]]] = {}
            for leaf in one.conditions:
                if one.counting or leaf.node.fieldname not in VIRTUAL:
                    found[leaf.number] = [_without_shares(self._condition(leaf.node, s)) for s in self._reader.segments]
            for part in one.inner:
                found[part.number] = self._split(*self._collected(part.found_by, None, Wanted()))
            self._inner[key] = found
        return self._inner[key]

    def _condition(self, leaf: Query, segment: SegmentArrays) -> U4:
        name = leaf.fieldname
        if name == "date":
            return dated_within(segment, leaf)
        values = self._conditions.values(name)
        wanted = values.table(values.named(leaf))
        return having(segment, name, wanted) if name in VIRTUAL else written_by(segment, wanted)

    def _split(self, docs: I8, shares: F4) -> list[tuple[U4, F4]]:
        """Documents of the reader, and what belongs to them, segment by segment, ascending."""
        order = np.argsort(docs)
        docs, shares = docs[order], shares[order]
        found = []
        for segment in self._reader.segments:
            low, high = np.searchsorted(docs, (segment.base, segment.base + segment.count))
            found.append(((docs[low:high] - segment.base).astype(np.uint32), shares[low:high]))
        return found


_NO_KEY = Key(0, 0, 0)
_FIRST, _LAST = -(2**63) + 1, 2**63 - 1
_NO_FAILS, _NO_LEAVES, _NO_COUNTS = np.empty(0, np.uint8), np.empty(0, np.uint32), np.empty(0, np.uint32)
_NO_UNITS, _NO_PLACES, _NO_TABLE = np.empty(0, np.bool_), np.empty(0, np.int32), np.empty((0, 0), np.int64)
_NOTHING = np.empty(0, np.uint32), np.empty(0, np.float32)
_ALL_BITS = 2**64 - 1
_NO_BEST = Best.room(0)
_scratches = TakenInTurns(Scratch.new)
"""One is new after a search that broke off, which may have left something in it."""


@lru_cache
def _facet_bits(names: tuple[str, ...]) -> int:
    return sum(1 << FACETS.index(name) for name in names)


def _without_shares(docs: U4) -> tuple[U4, F4]:
    return docs, np.zeros(len(docs), np.float32)


def _joined(kind: type[np.generic], parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *parts])
