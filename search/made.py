"""Lists made for a query: the documents in which words stand side by side, or near each other in a given order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, repeat
from typing import NamedTuple

import numpy as np

from index.columnar.arrays import F4, I8, U1, U4
from index.engine import FormLists
from search.asking import Asking
from search.kernels.fused import FREQUENCIES
from search.kernels.phrases import find_whole, list_phrases
from search.kernels.position_table import PositionTable
from search.positions import Phrases, phrases


class Made(NamedTuple):
    """Lists of documents, one behind the other, as :func:`search.kernels.lists.plan_lists` takes them."""

    units: I8
    """(lists,) the unit of each; or the first leaf that is no word as -1, the next as -2 ..."""
    places: I8
    """``2 * segment + field``."""
    starts: I8
    stops: I8
    kinds: U1
    """:data:`search.kernels.fused.FREQUENCIES` or :data:`search.kernels.fused.SHARES`."""
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
    each = [(leaves[run], runs[run], place) for run, place in map(divmod, whole[:found].tolist(), repeat(languages))]
    steps = [run.spoken.steps[place] for _, run, place in each]
    facts = [
        (leaf * languages + place, run.spoken.slop, at, *in_fields[leaf])
        for (leaf, run, place), at in zip(each, accumulate(map(len, steps), initial=0), strict=False)
    ]
    room, lists = 2 * pairs, 2 * len(rows)
    units, places, segment_of, slops, phrase_steps = (np.empty(room + 1, np.int64) for _ in range(5))
    steps_at, step_lists = (np.empty(room * int(longest[0]) + 1, np.int64) for _ in range(2))
    starts, lengths, weights = np.empty(lists, np.int64), np.empty(lists, np.int64), np.empty(lists, np.float32)
    count = list_phrases(
        segments, asked, begins, order, languages, run_begins, patterns, asking.words, whole[:found],
        np.array(facts, np.int64), np.array([at for one in steps for at in one], np.int64),
        rows.start, rows.titles, rows.bodies, rows.weight,
        units, places, segment_of, phrase_steps, slops, steps_at, step_lists, starts, lengths, weights,
    )  # fmt: skip
    most = min(max(most, 0), room * table.largest)  # whatever a damaged lexicon says
    docs, values, ends = phrases(
        table, Phrases(segment_of[:count], phrase_steps, slops, steps_at, step_lists, starts, lengths, weights, most)
    )
    kinds = np.full(count, FREQUENCIES, np.uint8)
    return Made(units[:count], places[:count], ends[:-1], ends[1:], kinds, docs, values)


def _joined(parts: Sequence[I8]) -> I8:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


_NONE = np.empty(0, np.int64)
NOTHING_MADE = Made(_NONE, _NONE, _NONE, _NONE, np.empty(0, np.uint8), np.empty(0, np.uint32), np.empty(0, np.float32))
"""Of a query without phrases, or of such as stand nowhere."""
