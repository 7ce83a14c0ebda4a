"""Lists made for a query: the documents in which words stand side by side, or near each other in a given order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from index.columnar.arrays import F4, I8, U1, U4
from index.engine import FormLists
from search.asking import Asking, Run
from search.kernels.fused import FREQUENCIES
from search.kernels.phrases import PHRASE_FACTS, list_phrases
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
    runs = asking.runs
    leaves = np.array([(leaf, run.spoken.slop, *in_fields[leaf]) for leaf, run in runs.items()], np.int64)
    room = 2 * len(rows)
    listed, weights = np.empty((PHRASE_FACTS, room + 1), np.int64), np.empty(room, np.float32)
    count, most = list_phrases(
        rows.asked, rows.segment, rows.weight, rows.start, rows.titles, rows.bodies,
        len(table.segments), len(asking), asking.words, languages, leaves, *_joined(tuple(runs.values())),
        listed, weights,
    )  # fmt: skip
    if not most:
        return NOTHING_MADE
    most = min(max(most, 0), count * table.largest)  # whatever a damaged lexicon says
    units, places, segments, phrase_steps, slops, steps_at, step_lists, starts, lengths = listed
    docs, values, ends = phrases(
        table, Phrases(segments[:count], phrase_steps, slops, steps_at, step_lists, starts, lengths, weights, most)
    )
    kinds = np.full(count, FREQUENCIES, np.uint8)
    return Made(units[:count], places[:count], ends[:-1], ends[1:], kinds, docs, values)


def _joined(runs: Sequence[Run]) -> tuple[I8, I8, I8, I8]:
    """Of runs one after the other: where their words begin, their patterns, where their steps begin, the steps."""
    if len(runs) == 1:
        ((_, begins, patterns),) = runs
        return begins, patterns, *runs[0].spoken.step_table
    begun, tables = 0, []
    for run in runs:
        begins, positions = run.spoken.step_table
        tables.append((begins + begun, positions))
        begun += len(positions)
    return (
        np.concatenate([run.begins for run in runs]),
        np.concatenate([run.patterns for run in runs]),
        np.concatenate([begins for begins, _ in tables]),
        np.concatenate([positions for _, positions in tables]),
    )


_NONE = np.empty(0, np.int64)
NOTHING_MADE = Made(_NONE, _NONE, _NONE, _NONE, np.empty(0, np.uint8), np.empty(0, np.uint32), np.empty(0, np.float32))
"""Of a query without phrases, or of such as stand nowhere."""
