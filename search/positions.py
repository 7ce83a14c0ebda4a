"""Phrases: in which documents of which segments words stand in a given order, and how often."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from index.columnar.arrays import F4, I4, I8, U4
from index.engine import FormLists
from search.kernels.phrase_search import SPAN, WINDOW, find_phrases
from search.kernels.position_table import PositionTable
from search.kernels.positions import DAMAGED, UNCHECKED
from search.taken_turns import TakenInTurns

_ROOM = 1 << 12
"""Positions that scratch is made for: those of most documents. It grows to hold those of the longest document."""


class Phrases(NamedTuple):
    """Many phrases, their steps and lists one behind the other. All but ``segments`` may be longer than it is said."""

    segments: I8
    """(phrases,) the segment that each is looked for in."""
    phrase_steps: I8
    """(phrases + 1) the step that each begins with; a last entry with the number of steps."""
    slops: I8
    """(phrases,) how many further positions may lie between the first step and the last."""
    steps_at: I8
    """(steps,) positions from the first step on, ascending."""
    step_lists: I8
    """(steps + 1) the list that each begins with; a last entry with the number of lists. A step is the place of a
    phrase: its lists, of one field, are of the forms that may stand there."""
    starts: I8
    """(lists,) posting that each begins with."""
    lengths: I8
    weights: F4
    """(lists,) what an occurrence of the form counts."""
    most: int
    """How many documents they may have together, at most: for each phrase the postings of its rarest step."""


class _Scratch:
    """What the kernels work with: a third of a MB, and more where a document has very many positions."""

    def __init__(self) -> None:
        self.bits = np.empty(SPAN // 64, np.uint64)
        self.candidates = np.empty(WINDOW, np.uint32)
        self.hit = np.empty(WINDOW, np.bool_)
        self.numbers: tuple[I8, I8, I8] = _numbers(WINDOW)
        self.grow(_ROOM)

    def grow(self, room: int) -> None:
        """Makes room for that many positions."""
        self.places: tuple[I8, I8, I8] = _numbers(room)
        self.weights: tuple[F4, F4] = np.empty(room, np.float32), np.empty(room, np.float32)


def _numbers(count: int) -> tuple[I8, I8, I8]:
    return np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)


scratches = TakenInTurns(_Scratch)


def phrases(table: PositionTable, asked: Phrases) -> tuple[U4, F4, I8]:
    """Finds many phrases at once: the living documents of each, as its segment numbers them, ascending, phrase after
    phrase; how often it stands there; and (phrases + 1) where the documents of each begin.

    An occurrence begins at each position of the first step and goes on, step by step, to the next position that is at
    least as far behind as the steps are from one another; where that is farther than they are by more than the slop in
    all, it is none. It counts the least weight of its steps; a step where several forms stand at one position, the
    greatest of theirs. Raises :class:`index.errors.IndexDamaged`.

    Cost: some microseconds; documents are intersected first, from the rarest step on (some ns for each of its postings
    and each other step); positions are read only of documents that hold all steps, some 50 to 100 ns each and 2 ns a
    position.
    """
    docs, counts = np.empty(asked.most, np.uint32), np.empty(asked.most, np.float32)
    ends = np.empty(len(asked.segments) + 1, np.int64)
    checking, scratch = True, scratches.take()
    while True:
        found, needed = find_phrases(
            table.rows,
            checking,
            *asked[:-1],
            scratch.bits,
            scratch.candidates,
            scratch.hit,
            *scratch.numbers,
            *scratch.places,
            *scratch.weights,
            docs,
            counts,
            ends,
        )
        if found == UNCHECKED:
            _ensure(table, asked)
            checking = False
        elif found == DAMAGED:
            raise table.damaged(needed)
        elif needed:
            scratch.grow(int(needed))
        else:
            scratches.give(scratch)
            return docs[:found], counts[:found], ends


def _ensure(table: PositionTable, asked: Phrases) -> None:
    """Sees to it that what is read was compared with its checksums."""
    count = len(asked.segments)
    step_lists = asked.step_lists[: asked.phrase_steps[count] + 1]
    step_of = np.searchsorted(step_lists, np.arange(step_lists[-1]), "right") - 1
    phrase_of = np.searchsorted(asked.phrase_steps[: count + 1], step_of, "right") - 1
    segment_of = asked.segments[phrase_of]
    for number in np.unique(segment_of).tolist():
        here = np.flatnonzero(segment_of == number)
        table.ensure(number, asked.starts[here], asked.starts[here] + asked.lengths[here])


def ensure_cell(table: PositionTable, rows: FormLists, units: I4, languages: int, cell: int) -> None:
    """Sees to it that what is read of the words of one language in one segment was compared with its checksums;
    ``cell``: ``segment * languages + language``, ``units`` (rows,) the unit of each row."""
    number, place = divmod(cell, languages)
    here = (rows.segment == number) & (units >= 0) & (units % languages == place)
    starts = rows.start[here]
    table.ensure(number, starts, starts + rows.titles[here] + rows.bodies[here])
