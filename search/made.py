"""Lists made for a query: the documents in which words stand side by side, or near each other in a given order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, repeat
from typing import NamedTuple

import numpy as np

from index.columnar.arrays import F4, I8, U4
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


def made(
    table: PositionTable, asking: Asking, rows: FormLists, languages: int, in_fields: Sequence[tuple[bool, bool]]
) -> Made:
    """The documents of each unit of several words; ``in_fields``: whether each leaf asks for titles and for bodies.
    Cost: some tens of microseconds, and what :func:`search.positions.phrases` costs; what does not stand whole in a
    segment costs some nanoseconds."""
    leaves, runs, asked, segments = tuple(asking.runs), tuple(asking.runs.values()), len(asking), len(table.segments)
    run_begins, patterns = _joined([run.begins for run in runs]), _joined([run.patterns for run in runs])
    begins, order = np.empty(segments * asked + 1, np.int64), np.empty(len(rows), np.int64)
    whole, longest = np.empty(len(patterns), np.int64), np.empty(1, np.int64)
    found, pairs, most = find_whole(
        rows.asked, rows.segment, rows.titles, rows.bodies, segments, asked, languages, run_begins, patterns,
        asking.words, begins, order, whole, longest,
    )  # fmt: skip
    if not most:
        return NOTHING_MADE
    whole = whole[:found]
    each = [(leaves[run], runs[run], place) for run, place in map(divmod, whole.tolist(), repeat(languages))]
    units = np.array([leaf * languages + place for leaf, _, place in each], np.int64)
    steps = [run.spoken.steps[place] for _, run, place in each]
    room, lists = 2 * pairs, 2 * len(rows)
    run_of, fields, segment_of, slops, phrase_steps = (np.empty(room + 1, np.int64) for _ in range(5))
    steps_at, step_lists = (np.empty(room * int(longest[0]) + 1, np.int64) for _ in range(2))
    starts, lengths, weights = np.empty(lists, np.int64), np.empty(lists, np.int64), np.empty(lists, np.float32)
    count = list_phrases(
        segments, asked, begins, order, languages, run_begins, patterns, asking.words, whole,
        np.array([run.spoken.slop for _, run, _ in each], np.int64),
        np.array([0, *accumulate(map(len, steps))], np.int64),
        np.array(list(chain.from_iterable(steps)), np.int64),
        np.array([wanted for leaf, _, _ in each for wanted in in_fields[leaf]], np.bool_),
        rows.start, rows.titles, rows.bodies, rows.weight,
        run_of, fields, segment_of, phrase_steps, slops, steps_at, step_lists, starts, lengths, weights,
    )  # fmt: skip
    segment_of = segment_of[:count]
    phrases_asked = Phrases(segment_of, phrase_steps, slops, steps_at, step_lists, starts, lengths, weights, most)
    docs, values, ends = phrases(table, phrases_asked)
    return Made(units[run_of[:count]], fields[:count], segment_of, ends, docs, values)


def _joined(parts: Sequence[I8]) -> I8:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


_NONE = np.empty(0, np.int64)
NOTHING_MADE = Made(_NONE, _NONE, _NONE, np.zeros(1, np.int64), np.empty(0, np.uint32), np.empty(0, np.float32))
"""Of a query without phrases, or of such as stand nowhere."""
