"""Lists made for a query: the documents in which words stand side by side, or near each other in a given order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from index.columnar.arrays import B1, F4, I8, U4
from index.engine import FormLists
from search.asking import Asking
from search.phrase_kernels import find_whole, list_phrases
from search.position_table import PositionTable
from search.positions import Phrases, phrases


class Made(NamedTuple):
    """The documents of phrases, and how often they hold it: lists, one behind the other."""

    units: I8
    """(lists,) the unit of each, text field, and segment."""
    fields: I8
    segments: I8
    ends: I8
    """(lists + 1) where each begins."""
    docs: U4
    """As their segments number them, ascending in each list."""
    values: F4


class _Runs(NamedTuple):
    """What languages ask for by several words, as the kernels take it; arrays of one entry a run, but for the last."""

    units: I8
    firsts: I8
    lasts: I8
    patterns: I8
    slops: I8
    in_fields: B1
    """(2 * runs) whether it is looked for in titles and in bodies."""
    steps: Sequence[tuple[int, ...]]
    """The position of each word."""

    @classmethod
    def of(cls, asking: Asking, languages: int, in_fields: Sequence[bool]) -> Self:
        """All that are asked for; ``in_fields`` (2 * leaves)."""
        found = asking.runs
        return cls(
            np.concatenate([leaf * languages + run.places for leaf, run in found.items()]),
            np.concatenate([run.firsts for run in found.values()]),
            np.concatenate([run.lasts for run in found.values()]),
            np.concatenate([run.ends(asking.words) for run in found.values()]),
            np.repeat([run.spoken.slop for run in found.values()], [len(run.places) for run in found.values()]),
            np.concatenate(
                [np.tile(in_fields[2 * leaf : 2 * leaf + 2], len(run.places)) for leaf, run in found.items()]
            ),
            [run.spoken.steps[place] for run in found.values() for place in run.places.tolist()],
        )

    def at(self, places: I8) -> Self:
        """Those at some places."""
        steps = [self.steps[place] for place in places.tolist()]
        units, firsts, lasts, patterns, slops, in_fields, _ = self
        fields = in_fields.reshape(-1, 2)[places].reshape(-1)
        return type(self)(units[places], firsts[places], lasts[places], patterns[places], slops[places], fields, steps)


def made(table: PositionTable, asking: Asking, rows: FormLists, languages: int, in_fields: Sequence[bool]) -> Made:
    """The documents of each unit of several words. Cost: some tens of microseconds, and what :func:`phrases` costs;
    what does not stand whole in a segment costs some nanoseconds."""
    runs, asked, segments = _Runs.of(asking, languages, in_fields), len(asking), len(table.segments)
    begins, order = np.empty(segments * asked + 1, np.int64), np.empty(len(rows), np.int64)
    whole = np.empty(len(runs.units), np.int64)
    most = find_whole(
        rows.asked, rows.segment, rows.titles, rows.bodies, segments, asked, runs.firsts, runs.lasts, runs.patterns,
        begins, order, whole,
    )  # fmt: skip
    if not most:
        return NOTHING_MADE
    chosen = np.flatnonzero(whole)
    runs, room = runs.at(chosen), 2 * int(whole.sum())
    run_steps = np.cumsum([0, *map(len, runs.steps)])
    steps, lists = room * max(map(len, runs.steps)), 2 * len(rows)
    run_of, fields, segment_of, slops = (np.empty(room, np.int64) for _ in range(4))
    phrase_steps, steps_at, step_lists = (np.empty(size + 1, np.int64) for size in (room, steps, steps))
    starts, lengths, weights = np.empty(lists, np.int64), np.empty(lists, np.int64), np.empty(lists, np.float32)
    count = list_phrases(
        segments, asked, begins, order, runs.firsts, runs.lasts, runs.patterns, runs.slops, run_steps,
        np.array([at for one in runs.steps for at in one], np.int64), runs.in_fields,
        rows.start, rows.titles, rows.bodies, rows.weight,
        run_of, fields, segment_of, phrase_steps, slops, steps_at, step_lists, starts, lengths, weights,
    )  # fmt: skip
    if not count:
        return NOTHING_MADE
    segment_of = segment_of[:count]
    phrases_asked = Phrases(segment_of, phrase_steps, slops, steps_at, step_lists, starts, lengths, weights, int(most))
    docs, values, ends = phrases(table, phrases_asked)
    return Made(runs.units[run_of[:count]], fields[:count], segment_of, ends, docs, values)


_NONE = np.empty(0, np.int64)
NOTHING_MADE = Made(_NONE, _NONE, _NONE, np.zeros(1, np.int64), np.empty(0, np.uint32), np.empty(0, np.float32))
"""Of a query without phrases, or of such as stand nowhere."""
