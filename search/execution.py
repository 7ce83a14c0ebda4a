"""Running a plan: its passes over every segment, and what comes of them together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.query import Query

from index.columnar.arrays import B1, F4, I4, I8, U1, U4, U8
from index.engine import NO_DATE, SegmentArrays
from search.best_kernels import COLLECTED, KEPT, READ, TOTAL, best_of_all
from search.facets import Counts
from search.filters import Conditions, SegmentTables, chosen_values, dated_within, excluded_values, fails, written_by
from search.kernels import Scratch, search_segment
from search.passes import VIRTUAL, Pass
from search.plan import Inner, PassLists, Plan
from search.request import FACETS, SearchRequest
from search.validate import DateBounds

SORTS = ("relevance", "newest", "oldest")
"""In the order of the kernel's numbers."""


class Key(NamedTuple):
    """Where a document stands in an order: before those with lesser parts, equal ones by the smaller id."""

    first: int
    second: int
    id: int


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The best documents of an answer; arrays of one length."""

    firsts: I8
    """The main part of each key: the bits of the score, or the date; ``seconds`` the next, ``ids`` settle ties."""
    seconds: I8
    ids: U8
    docs: I8
    """Numbers in the reader."""
    scores: F4

    def ordered(self) -> Best:
        """The best first."""
        order = np.lexsort((self.ids, ~self.seconds, ~self.firsts))  # ~x = -x - 1 turns the order round
        return self.at(order)

    def at(self, places: I8 | slice) -> Best:
        """Those at some places."""
        return Best(self.firsts[places], self.seconds[places], self.ids[places], self.docs[places], self.scores[places])

    def followed_by(self, other: Best) -> Best:
        """These, then others."""
        return Best(
            np.concatenate((self.firsts, other.firsts)),
            np.concatenate((self.seconds, other.seconds)),
            np.concatenate((self.ids, other.ids)),
            np.concatenate((self.docs, other.docs)),
            np.concatenate((self.scores, other.scores)),
        )

    @classmethod
    def room(cls, size: int) -> Best:
        """Arrays to be filled."""
        kinds = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.uint64), np.empty(size, np.int64)
        return cls(*kinds, np.empty(size, np.float32))

    def key(self, place: int) -> Key:
        """The key of one."""
        return Key(int(self.firsts[place]), int(self.seconds[place]), int(self.ids[place]))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a query found."""

    total: int
    best: Best
    counts: Counts
    postings: int
    """How many were read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the answer is asked for, besides its number."""

    sort: str = "relevance"
    keep: int = 20
    """How many of the best."""
    beyond: Key | None = None
    """Only what stands behind this key."""
    facets: tuple[str, ...] = ()
    half_life: float = 0.0
    """Seconds in which the lift of new articles halves; 0: no lift."""
    now: int = 0


class Filters:
    """The filters of a request over one reader, as tables by code of the index."""

    def __init__(self, request: SearchRequest, bounds: DateBounds, conditions: Conditions) -> None:
        self.tables: dict[str, B1] = {}
        for name in ("section", "lang", "source", "author"):
            chosen, excluded = chosen_values(name, request), excluded_values(name, request)
            if chosen or excluded:
                table = fails(conditions.values(name), chosen, excluded)
                assert table is not None
                self.tables[name] = table
        self.bounds = bounds

    def __bool__(self) -> bool:
        return bool(self.tables) or bool(self.bounds)


class Execution:
    """Runs the passes of a plan. Not for several threads; several may run at once."""

    def __init__(self, plan: Plan, conditions: Conditions) -> None:
        self._plan = plan
        self._reader = plan.reader
        self._conditions = conditions
        self._inner: dict[int, Inner] = {}

    def run(self, filters: Filters, wanted: Wanted) -> Outcome:
        """The answer. Raises :class:`index.errors.IndexDamaged`."""
        if self._plan.passes.top.asks_for_nothing and not filters and not wanted.half_life:
            return self._browsed(wanted)
        counts = Counts.none(self._reader)
        keep = min(wanted.keep, sum(segment.living for segment in self._reader.segments))
        best = Best.room(keep)
        state = np.zeros(4, np.int64)
        self._search(self._plan.passes.top, filters, wanted, counts, best, _NOTHING, state)
        kept = int(state[KEPT])
        return Outcome(int(state[TOTAL]), best.at(slice(kept)), counts, int(state[READ]))

    def _browsed(self, wanted: Wanted) -> Outcome:
        """All documents. How many have each value is worked out once a generation, as the number of documents that
        hold a word is."""
        segments = self._reader.segments
        best = Best.room(min(wanted.keep, sum(segment.living for segment in segments)))
        state = np.zeros(4, np.int64)
        for segment in segments if len(best.firsts) else ():
            best_of_all(
                segment.base,
                segment.living < segment.count,
                segment.alive,
                segment.published,
                segment.id_keys,
                SORTS.index(wanted.sort),
                len(best.firsts),
                wanted.beyond is not None,
                *(wanted.beyond or _NO_KEY),
                best.firsts,
                best.seconds,
                best.ids,
                best.docs,
                best.scores,
                state,
            )
        counts = self._conditions.counts(self._all_counts)
        return Outcome(sum(segment.living for segment in segments), best.at(slice(int(state[KEPT]))), counts, 0)

    def _all_counts(self) -> Counts:
        counts = Counts.none(self._reader)
        top = self._plan.passes.top
        self._search(top, None, Wanted(keep=0, facets=FACETS), counts, _NO_BEST, _NOTHING, np.zeros(4, np.int64))
        return counts

    def everything(self, filters: Filters, wanted: Wanted) -> Best:
        """Every document that the query finds; ``wanted.keep`` is not heeded."""
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
        most = sum(segment.living for segment in self._reader.segments)
        docs, shares = np.empty(most, np.uint32), np.empty(most, np.float32)
        state = np.zeros(4, np.int64)
        self._search(one, filters, replace(wanted, keep=0, facets=()), _NO_COUNTS, _NO_BEST, (docs, shares), state)
        found = int(state[COLLECTED])
        return docs[:found].astype(np.int64), shares[:found].copy()

    # -- passes

    def _search(
        self,
        one: Pass,
        filters: Filters | None,
        wanted: Wanted,
        counts: Counts,
        best: Best,
        collected: tuple[U4, F4],
        state: I8,
    ) -> None:
        """One pass over all segments."""
        lists = self._plan.lists(one, self._inner_of(one))
        tables = _Tables(one, self._conditions, filters)
        scratch = _scratch()
        cursors, fixed = lists.starts.copy(), self._plan.ranking.fixed
        ends = lists.segment_languages.tolist()
        for number, segment in enumerate(self._reader.segments):
            languages = ends[number], ends[number + 1]
            if one.full or languages[0] < languages[1]:
                _search_segment(
                    segment,
                    self._conditions.arrays(number),
                    lists,
                    languages,
                    cursors,
                    fixed,
                    one,
                    tables,
                    wanted,
                    counts,
                    best,
                    collected,
                    state,
                    scratch,
                )

    def _inner_of(self, one: Pass) -> Inner:
        """What the leaves of a pass that are no words meet, but for those that the kernel reads from columns."""
        key = id(one)
        if key not in self._inner:
            found: dict[int, Sequence[tuple[U4, F4]]] = {}
            for leaf in one.conditions:
                if leaf.node.fieldname not in VIRTUAL:
                    found[leaf.number] = [_without_shares(self._condition(leaf.node, s)) for s in self._reader.segments]
            for part in one.inner:
                found[part.number] = self._split(*self._collected(part.found_by, None, Wanted()))
            self._inner[key] = found
        return self._inner[key]

    def _condition(self, leaf: Query, segment: SegmentArrays) -> U4:
        if leaf.fieldname == "date":
            return dated_within(segment, leaf)
        values = self._conditions.values("author")
        return written_by(segment, values.table(values.named(leaf)))

    def _split(self, docs: I8, shares: F4) -> list[tuple[U4, F4]]:
        """Documents of the reader, and what belongs to them, segment by segment, ascending."""
        order = np.argsort(docs)
        docs, shares = docs[order], shares[order]
        found = []
        for segment in self._reader.segments:
            low, high = np.searchsorted(docs, (segment.base, segment.base + segment.count))
            found.append(((docs[low:high] - segment.base).astype(np.uint32), shares[low:high]))
        return found


class _Tables:
    """What the programs, filters and conditions of a pass say of each value of the index."""

    def __init__(self, one: Pass, conditions: Conditions, filters: Filters | None) -> None:
        programs = map(one.program_of.get, conditions.field_languages, repeat(-1))
        self.program_of = np.array([-1, *programs], np.int32)
        self.required = np.array([program.required for program in one.programs], np.uint32)
        self.forbidden = np.array([program.forbidden for program in one.programs], np.uint32)
        self.some = np.array([program.some for program in one.programs], np.uint32)
        self.least = np.array([program.least for program in one.programs], np.int32)
        self.program_at = np.cumsum([0, *(len(program.operations) for program in one.programs)]).astype(np.int32)
        self.operations = np.array([each for program in one.programs for each in program.operations], np.int32)
        self.filters = filters.tables if filters is not None else {}
        self.bounds = filters.bounds if filters is not None else DateBounds()
        self.filtering = bool(self.filters) or bool(self.bounds)
        self.leaves: dict[str, U4] = {}
        for leaf in one.conditions:
            name = leaf.node.fieldname
            if name in VIRTUAL:
                values = conditions.values(name)
                bits = np.where(values.table(values.named(leaf.node)), 1 << one.bits[leaf.number], 0).astype(np.uint32)
                self.leaves[name] = self.leaves[name] | bits if name in self.leaves else bits

    def failing(self, name: str, codes: I4) -> U1:
        """What each value of a segment fails, as the bit of its facet; nothing where there are no filters."""
        if not self.filtering:
            return _NO_FAILS
        if name not in self.filters:
            return np.zeros(len(codes), np.uint8)
        return self.filters[name][codes].astype(np.uint8) << np.uint8(FACETS.index(name))

    def leaf_bits(self, name: str, codes: I4) -> U4:
        """The leaves that each value of a segment meets; nothing where no leaf is read from a table."""
        if not self.leaves:
            return _NO_LEAVES
        return self.leaves[name][codes] if name in self.leaves else np.zeros(len(codes), np.uint32)


def _search_segment(
    segment: SegmentArrays,
    here: SegmentTables,
    lists: PassLists,
    languages: tuple[int, int],
    cursors: I8,
    fixed: float,
    one: Pass,
    tables: _Tables,
    wanted: Wanted,
    counts: Counts,
    best: Best,
    collected: tuple[U4, F4],
    state: I8,
    scratch: Scratch,
) -> None:
    bounds, failing, leaves = tables.bounds, tables.failing, tables.leaf_bits
    author_fails = tables.filters.get("author")
    search_segment(
        segment.base,
        segment.count,
        segment.living < segment.count,
        one.full,
        one.counting,
        bool(tables.leaves),
        tables.filtering,
        bool(bounds),
        _FIRST if bounds.first is None else bounds.first,
        _LAST if bounds.last is None else bounds.last,
        author_fails is not None,
        sum(map(_FACET_BITS.__getitem__, wanted.facets)),
        SORTS.index(wanted.sort),
        wanted.half_life,
        wanted.now,
        len(best.firsts),
        wanted.beyond is not None,
        *(wanted.beyond or _NO_KEY),
        here.docs,
        here.freqs,
        here.many_at,
        here.many,
        here.entries,
        here.alive,
        here.id_keys,
        here.authors_at,
        here.authors,
        lists.starts,
        lists.stops,
        lists.weights,
        lists.kinds,
        cursors,
        *languages,
        lists.language_groups,
        lists.group_lists,
        lists.fields,
        lists.bits,
        lists.gates,
        lists.scales,
        fixed,
        lists.slopes,
        lists.made_docs,
        lists.made_values,
        tables.program_of[here.lang],
        tables.required,
        tables.forbidden,
        tables.some,
        tables.least,
        tables.program_at,
        tables.operations,
        failing("section", here.section),
        failing("lang", here.lang),
        failing("source", here.source),
        _NO_AUTHORS if author_fails is None else ~author_fails[here.author],
        leaves("section", here.section),
        leaves("lang", here.lang),
        leaves("source", here.source),
        here.section,
        here.lang,
        here.source,
        here.author,
        here.day,
        counts.section,
        counts.lang,
        counts.source,
        counts.author,
        counts.date,
        best.firsts,
        best.seconds,
        best.ids,
        best.docs,
        best.scores,
        *collected,
        state,
        scratch.cells,
        scratch.scores,
        scratch.frequencies,
        scratch.touched,
        scratch.of_group,
    )


_NO_KEY = Key(0, 0, 0)
_FACET_BITS = {name: 1 << place for place, name in enumerate(FACETS)}
_FIRST, _LAST = -(2**63) + 1, 2**63 - 1
_NO_FAILS, _NO_LEAVES = np.empty(0, np.uint8), np.empty(0, np.uint32)
_NO_AUTHORS = np.empty(0, np.bool_)
_NOTHING = np.empty(0, np.uint32), np.empty(0, np.float32)
_NO_BEST = Best.room(0)
_NO_NUMBERS = np.zeros(0, np.int64)
_NO_COUNTS = Counts(_NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS)
_of_thread = threading.local()


def _scratch() -> Scratch:
    """That of this thread. It is new after a search that broke off, which may have left something in it."""
    scratch: Scratch | None = getattr(_of_thread, "scratch", None)
    if scratch is None:
        scratch = _of_thread.scratch = Scratch.new()
    return scratch


def _without_shares(docs: U4) -> tuple[U4, F4]:
    return docs, np.zeros(len(docs), np.float32)


def _joined(kind: type[np.generic], parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *parts])
