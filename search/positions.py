"""Phrases and nearness: what the positions of words in a segment tell."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from index.columnar.arrays import F4, I4, I8, U1, U4, U8
from index.columnar.postings_kernels import STRIDE
from index.engine import SegmentArrays
from search.position_kernels import DAMAGED, SPAN, WINDOW, find_phrases, measure_nearness

_ROOM = 1 << 14
"""Positions that scratch is made for: those of most documents. It grows to hold those of the longest document."""


class Step(NamedTuple):
    """One place of a phrase: the posting lists, of one field, of the forms that may stand there."""

    at: int
    """Positions from the first step on, ascending."""
    starts: I8
    """(lists,) posting that each begins with."""
    lengths: I8
    weights: F4
    """(lists,) what an occurrence of the form counts."""


class Phrases(NamedTuple):
    """Many phrases of one segment, their steps and lists one behind the other."""

    phrase_steps: I8
    """(phrases + 1) the step that each begins with; a last entry with the number of steps."""
    slops: I8
    """(phrases,) how many further positions may lie between the first step and the last."""
    steps_at: I8
    """(steps,) positions from the first step on, ascending."""
    step_lists: I8
    """(steps + 1) the list that each begins with; a last entry with the number of lists."""
    starts: I8
    """(lists,) posting that each begins with."""
    lengths: I8
    weights: F4


class _Scratch(threading.local):
    """What the kernels of one thread work with: 1 MB, and more where a document has very many positions."""

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


_scratch = _Scratch()


def phrase(segment: SegmentArrays, steps: Sequence[Step], slop: int) -> tuple[U4, F4]:
    """The living documents of ``segment`` that hold ``steps`` in this order, ascending, and how often: see
    :func:`phrases`."""
    asked = Phrases(
        phrase_steps=np.array([0, len(steps)], np.int64),
        slops=np.array([slop], np.int64),
        steps_at=np.array([step.at for step in steps], np.int64),
        step_lists=np.cumsum([0, *(len(step.starts) for step in steps)], dtype=np.int64),
        starts=np.concatenate([np.empty(0, np.int64), *(step.starts for step in steps)]),
        lengths=np.concatenate([np.empty(0, np.int64), *(step.lengths for step in steps)]),
        weights=np.concatenate([np.empty(0, np.float32), *(step.weights for step in steps)]),
    )
    docs, counts, _ = phrases(segment, asked)
    return docs, counts


def phrases(segment: SegmentArrays, asked: Phrases) -> tuple[U4, F4, I8]:
    """Finds many phrases in ``segment`` at once: the living documents of each, ascending, phrase after phrase; how
    often it stands there; and (phrases + 1) where the documents of each begin.

    An occurrence begins at each position of the first step and goes on, step by step, to the next position that is at
    least as far behind as the steps are from one another; where that is farther than they are by more than the slop in
    all, it is none. It counts the least weight of its steps; a step where several forms stand at one position, the
    greatest of theirs. Raises :class:`index.errors.IndexDamaged`.

    Cost: documents are intersected first, from the rarest step on (some ns for each of its postings and each other
    step); positions are read only of documents that hold all steps, some 50 to 100 ns each and 2 ns a position.
    """
    _ensure(segment, asked.starts, asked.lengths)
    most = min(int(asked.lengths.sum()), len(asked.slops) * segment.count)
    docs, counts = np.empty(most, np.uint32), np.empty(most, np.float32)
    ends = np.empty(len(asked.slops) + 1, np.int64)
    scratch, postings = _scratch, _postings(segment)
    while True:
        found, needed = find_phrases(
            *postings,
            segment.alive,
            *asked,
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
        if found == DAMAGED:
            raise segment.damaged("postings or positions that do not fit together")
        if not needed:
            return docs[:found].copy(), counts[:found].copy(), ends
        scratch.grow(int(needed))


def nearness(segment: SegmentArrays, docs: U4, leaves: I4, starts: I8, lengths: I8, count: int) -> F4:
    """How near some words stand together in each of some documents, in any order: 0 to 1.

    List i (of one field) is of a form of leaf ``leaves[i]`` of ``count``. Of a document that holds m of the leaves, the
    shortest stretch that holds them all being w positions long::

        near = (m - 1) / (w - 1) * (m - 1) / (count - 1)

    so that all leaves side by side are 1, fewer than two are 0. Leaves that stand at one position do not make it more
    than that; only the first 255 occurrences of a form in a document are looked at. Raises
    :class:`index.errors.IndexDamaged`. Cost: under a microsecond for each document and leaf.
    """
    near = np.zeros(len(docs), np.float32)
    if count < 2 or not len(starts) or not len(docs):
        return near
    _ensure(segment, starts, lengths)
    order = np.argsort(docs)
    ordered = np.empty(len(docs), np.float32)
    scratch, postings = _scratch, _postings(segment)
    while True:
        code, needed = measure_nearness(
            *postings,
            docs[order],
            leaves,
            starts,
            lengths,
            count,
            scratch.places[0],
            scratch.places[1],
            ordered,
        )
        if code == DAMAGED:
            raise segment.damaged("postings or positions that do not fit together")
        if not needed:
            near[order] = ordered
            return near
        scratch.grow(2 * int(needed))


def _ensure(segment: SegmentArrays, starts: I8, lengths: I8) -> None:
    """Positions are read from the mark before a list on, by the frequencies from there."""
    stops = starts + lengths
    segment.ensure_postings(starts & -STRIDE, stops)
    segment.ensure_positions(starts, stops)


def _postings(segment: SegmentArrays) -> tuple[U4, U1, U8, I8, U4, U1, U8, I8]:
    """The arrays that the kernels read; frequencies and positions also eight bytes at a time."""
    freqs, positions = segment.freqs, segment.positions
    return (
        segment.docs,
        freqs,
        freqs[: len(freqs) & -8].view(np.uint64),
        segment.many_at,
        segment.many,
        positions,
        positions[: len(positions) & -8].view(np.uint64),
        segment.strides,
    )
