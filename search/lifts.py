"""What lifts a hit beyond the sum of its words: that they stand near each other, and all of them in the title.

Only the first :attr:`search.ranking.Ranking.lifted` documents by that sum are looked at, which is a definition, not an
approximation: a document is lifted where its key is not behind that of the last of these. No lift makes a score less,
so that the lifted ones still stand before all others.

How near the words of a query stand together in a body, in any order, is 0 to 1. Of a document that holds m of the n
words, the shortest stretch that holds them all being w positions long::

    near = (m - 1) / (w - 1) * (m - 1) / (n - 1)

so that all words side by side are 1, fewer than two are 0. Words that stand at one position do not make it more than
that; only the first 255 occurrences of a form in a document are looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from index.columnar.arrays import B1, F4, I4, I8
from index.engine import FormLists
from search.execution import Best
from search.kernels.lifts import lift_best, measure_lifts
from search.kernels.position_table import PositionTable
from search.kernels.positions import DAMAGED, UNCHECKED
from search.plan import Plan
from search.positions import ensure_cell, scratches


class Lift(NamedTuple):
    """What lifts some documents; arrays of one length."""

    near: F4
    """0 to 1."""
    in_title: B1
    """Whether all words stand in the title."""


class Words(NamedTuple):
    """The plain words of a query as they were looked up."""

    langs: tuple[str, ...]
    rows: FormLists
    units: I4
    """(rows,) the unit of each row, -1 for none."""
    alone: B1
    """(leaves * languages) which units are words of the query."""
    in_fields: B1
    """(2 * leaves) whether each is asked for in titles and in bodies."""


class Lifts:
    """Looks at documents for what lifts them. Not for several threads."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.apply = plan.lifted > 0
        """Whether any document may be lifted."""

    def of(self, docs: I8) -> Lift:
        """What lifts these documents, numbered in the reader. Cost: some microseconds, and some tenths of one for each
        document and word."""
        plan, found = self._plan, self._plan.found
        alone = found.alone(plan.passes.plain)
        words = Words(found.langs, found.rows, found.units, alone, plan.passes.in_fields)
        return lifts(plan.positions, words, docs)

    def lifted(self, base: Best, count: int) -> Best:
        """The first ``count`` of the best in the order of their lifted scores, then the others."""
        ranking, lift = self._plan.ranking, self.of(base.docs[:count])
        found = base.copy()
        firsts, seconds, ids, docs, scores = found.at(slice(count))
        lift_best(*lift, ranking.near, ranking.in_title, firsts, seconds, ids, docs, scores)
        return found


def lifts(table: PositionTable, words: Words, docs: I8) -> Lift:
    """What lifts some documents. Raises :class:`index.errors.IndexDamaged`."""
    lift = Lift(np.empty(len(docs), np.float32), np.empty(len(docs), np.bool_))
    rows, languages = words.rows, len(words.langs)
    ensured = np.zeros(len(table.segments) * languages, np.bool_)
    scratch = scratches.take()
    while True:
        found, which = measure_lifts(
            table.rows,
            docs,
            words.units,
            rows.segment,
            rows.start,
            rows.titles,
            rows.bodies,
            languages,
            words.alone,
            words.in_fields,
            table.language_places(words.langs),
            ensured,
            *scratch.places[:2],
            *lift,
        )
        if found == DAMAGED:
            raise table.damaged(which)
        if found == UNCHECKED:
            ensure_cell(table, rows, words.units, languages, which)
            ensured[which] = True
        elif which:
            scratch.grow(2 * int(which))
        else:
            scratches.give(scratch)
            return lift
