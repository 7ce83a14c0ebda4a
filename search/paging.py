"""Which hits a page shows: in the order of the answer by number, or those behind the last one shown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from index.columnar.arrays import B1
from search.execution import Best, Key, Outcome, Wanted
from search.facets import Counts
from search.lifts import Lifts
from search.view import Question


class Place(NamedTuple):
    """Where in an answer a page ended."""

    lifted: bool
    """Whether among those that are looked at for what lifts them: the key is then that of the lifted score."""
    key: Key
    threshold: Key
    """The last key without lifts that is looked at; none, where none is."""


class Page(NamedTuple):
    """One page of an answer."""

    total: int
    counts: Counts
    hits: Best
    """In order."""
    end: Place | None
    """Where it ends; ``None`` where nothing follows."""


NO_KEY = Key(-1, -1, 0)


def numbered_page(question: Question, wanted: Wanted, first: int, size: int) -> Page:
    """The hits ``first`` to ``first + size - 1`` of an answer."""
    looked_at = question.plan.lifted if wanted.sort == "relevance" else 0
    outcome = question.execution.run(question.filters, wanted, max(first + size, looked_at), lifted=looked_at)
    hits = outcome.best.at(slice(first, first + size))
    shown = len(hits.docs)
    end = None
    if outcome.total > first + size and shown:
        end = Place(first + shown <= looked_at, hits.key(shown - 1), outcome.threshold if looked_at else NO_KEY)
    return Page(outcome.total, outcome.counts, hits, end)


def page_behind(question: Question, wanted: Wanted, place: Place, size: int) -> Page:
    """The next ``size`` hits behind a place of an answer whose statistics ``question`` goes on with."""
    if place.lifted:
        return _page_among_lifted(question, wanted, place, size)
    outcome = question.execution.run(question.filters, wanted, size + 1, place.key)
    return _page(outcome, outcome.best, 0, size, place.threshold)


def _page_among_lifted(question: Question, wanted: Wanted, place: Place, size: int) -> Page:
    lifts, keep = Lifts(question.plan), 2 * question.plan.ranking.lifted + size + 1
    while True:
        outcome = question.execution.run(question.filters, wanted, keep)
        base = outcome.best
        looked_at = len(base.docs) - int(_behind(base, place.threshold).sum())
        if looked_at < keep or outcome.total <= keep:
            break
        keep *= 2  # so many were added since
    order = lifts.lifted(base, looked_at)
    shown = looked_at - int(_behind(order.at(slice(looked_at)), place.key).sum())
    rest = order.at(slice(shown, None))
    return _page(outcome, rest, looked_at - shown, size, place.threshold)


def _page(outcome: Outcome, rest: Best, looked_at: int, size: int, threshold: Key) -> Page:
    """The first of what is left, ``looked_at`` of it lifted."""
    hits = rest.at(slice(size))
    end = Place(size <= looked_at, hits.key(size - 1), threshold) if len(rest.docs) > size else None
    return Page(outcome.total, outcome.counts, hits, end)


def whole_order(question: Question, wanted: Wanted) -> Best:
    """Every hit of an answer, in its order."""
    base = question.execution.everything(question.filters, wanted).ordered()
    lifts = Lifts(question.plan) if wanted.sort == "relevance" else None
    if lifts is None or not lifts.apply:
        return base
    return lifts.lifted(base, min(question.plan.ranking.lifted, len(base.docs)))


def _behind(best: Best, key: Key) -> B1:
    """Which ones stand behind a key."""
    same = best.firsts == key.first
    later = (best.seconds < key.second) | ((best.seconds == key.second) & (best.ids > np.uint64(key.id)))
    return np.asarray((best.firsts < key.first) | (same & later))
