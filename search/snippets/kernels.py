"""From the words found in a text to the places where needles stand, and to the places that are worth most together.

Found words are rows of (number of the form, position, start, end), as :class:`index.analysis.finder.FormFinder` gives
them. Bit *s* of ``members[form]`` says whether a form is one of the set *s*. Needle *n* has the steps
``step_at[n]:step_at[n + 1]``: each an offset and a set.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.analysis.finder_kernels import END, FORM, POSITION, START
from index.compiled import inlined, kernel

NEEDLE = 2
"""Beside 0, where it begins, and 1, where it ends: the columns of a place where a needle stands."""

MAX_TRIES = 1_000_000
"""Words that are looked at for one phrase in one text; what would take more (a syllable repeated, say) stays
unmarked."""

_REPEATED = 0.05
_MOST_REPEATED = 3
_NEARNESS = 0.3
_SEEN_ONCE = 0.3


@inlined
def is_member(members, form, one_set):  # type: ignore[no-untyped-def]
    return (members[form, one_set >> 6] >> np.uint64(one_set & 63)) & np.uint64(1) != 0


@inlined
def place_of(words, count, members, row, one_set):  # type: ignore[no-untyped-def]
    """The longest word of a set at the position of ``row``; -1 where none is of it."""
    position = words[row, POSITION]
    found = -1
    while row < count and words[row, POSITION] == position:
        if is_member(members, words[row, FORM], one_set):
            found = row
        row += 1
    return found


@inlined
def first_from(words, count, position):  # type: ignore[no-untyped-def]
    """The first word at ``position`` or behind."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if words[middle, POSITION] < position:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def longest_of(words, count, members, row, one_set):  # type: ignore[no-untyped-def]
    """Whether the word ``row`` is of a set, and no longer one at its position is."""
    return is_member(members, words[row, FORM], one_set) and place_of(words, count, members, row, one_set) == row


@kernel(
    "(i8,i8)(in i8[:,:], in u8[:,:], in i8[:], in i8[:], in i8[:], in i8[:], out i8[:], out b1[:], out i8[:,:],"
    "out i8[:,:])"
)
def find_needles(
    words: NDArray[np.int64],
    members: NDArray[np.uint64],
    step_at: NDArray[np.int64],
    offsets: NDArray[np.int64],
    sets: NDArray[np.int64],
    slops: NDArray[np.int64],
    taken: NDArray[np.int64],
    marked: NDArray[np.bool_],
    finds: NDArray[np.int64],
    spans: NDArray[np.int64],
) -> tuple[int, int]:
    """Writes each place where a needle stands (start, end, needle) in their order, as far as there is room, and the
    ``spans`` of the words that needles stand on, touching ones as one. Returns how many of both.

    A phrase's steps are taken nearest first. ``taken`` has room for the steps of the longest needle, ``marked``
    (zeros) and ``spans`` for all words.
    """
    count, needles = len(words), len(slops)
    found = 0
    tries = np.zeros(needles, np.int64)
    for row in range(count):
        for needle in range(needles):
            begin, steps = step_at[needle], step_at[needle + 1] - step_at[needle]
            if not longest_of(words, count, members, row, sets[begin]) or tries[needle] > MAX_TRIES:
                continue
            end = words[row, END]
            step = 1
            taken[0] = row
            at = words[row, POSITION]
            while step < steps:
                least = at + offsets[begin + step] - offsets[begin + step - 1]
                most = words[row, POSITION] + offsets[begin + step] + slops[needle] if slops[needle] else least
                place = -1
                candidate = first_from(words, count, least)
                tries[needle] += 1
                while candidate < count and words[candidate, POSITION] <= most:
                    place = place_of(words, count, members, candidate, sets[begin + step])
                    tries[needle] += 1
                    if place >= 0:
                        break
                    candidate += 1
                if place < 0:
                    break
                taken[step] = place
                at = words[place, POSITION]
                end = max(end, words[place, END])
                step += 1
            if step < steps:
                continue
            for one in range(steps):
                marked[taken[one]] = True
            if found < len(finds):
                # Those that begin at the same place stand in the order of their ends, then of their needles.
                to = found
                start = words[row, START]
                while (
                    to > 0
                    and finds[to - 1, 0] == start
                    and (finds[to - 1, 1] > end or (finds[to - 1, 1] == end and finds[to - 1, NEEDLE] > needle))
                ):
                    finds[to, 0], finds[to, 1], finds[to, NEEDLE] = (
                        finds[to - 1, 0],
                        finds[to - 1, 1],
                        finds[to - 1, NEEDLE],
                    )
                    to -= 1
                finds[to, 0], finds[to, 1], finds[to, NEEDLE] = start, end, needle
                found += 1
    stretches = 0
    for row in range(count):
        if not marked[row]:
            continue
        if stretches and words[row, START] <= spans[stretches - 1, 1]:
            spans[stretches - 1, 1] = max(spans[stretches - 1, 1], words[row, END])
        else:
            spans[stretches, 0], spans[stretches, 1] = words[row, START], words[row, END]
            stretches += 1
    return found, stretches


@kernel("(i8,i8,i8)(in i8[:,:], in i8[:,:], in f8[:], i8, out f8[:])")
def choose(
    finds: NDArray[np.int64],
    gaps: NDArray[np.int64],
    weights: NDArray[np.float64],
    length: int,
    gains: NDArray[np.float64],
) -> tuple[int, int, int]:
    """The places that are worth most together in one passage of ``length`` code points within one of the ``gaps``
    (start, end): that gap, where the first place begins and the last one ends; -1 where no gap holds a place.

    Different needles count by their ``gains``, more where they stand near each other; repetitions count a little. The
    gain of what is chosen falls: seen once, it tells little more.
    """
    inside = np.empty(len(finds), np.int64)
    best, best_gap, best_start, best_end = -1.0, -1, 0, 0
    seen = np.zeros(len(weights), np.int64)
    room = length * 0.75
    chosen = np.zeros(len(weights), np.bool_)
    for gap in range(len(gaps)):
        count = 0
        for one in range(len(finds)):
            if finds[one, 0] >= gaps[gap, 0] and finds[one, 1] <= gaps[gap, 1]:
                inside[count] = one
                count += 1
        top, top_first, top_last = -1.0, 0, 0
        distinct, repeated = 0.0, 0.0
        last = -1
        for first in range(count):
            start, own = finds[inside[first], 0], finds[inside[first], NEEDLE]
            while last + 1 < count and (last < first or finds[inside[last + 1], 1] <= start + room):
                last += 1
                needle = finds[inside[last], NEEDLE]
                if seen[needle]:
                    repeated += gains[needle]
                else:
                    distinct += gains[needle]
                seen[needle] += 1
            nearness = 0.0
            if distinct > gains[own]:
                nearness = max(0.0, 1 - (finds[inside[last], 1] - start) / length)
            worth = distinct * (1 + _NEARNESS * nearness) + _REPEATED * min(repeated, _MOST_REPEATED * distinct)
            if worth > top * (1 + 1e-9):
                top, top_first, top_last = worth, first, last
            seen[own] -= 1
            if seen[own]:
                repeated -= gains[own]
            else:
                distinct -= gains[own]
        if count and top > best:
            best, best_gap = top, gap
            best_start, best_end = finds[inside[top_first], 0], 0
            chosen[:] = False
            for one in range(top_first, top_last + 1):
                best_end = max(best_end, finds[inside[one], 1])
                chosen[finds[inside[one], NEEDLE]] = True
    for needle in range(len(weights)):
        if best_gap >= 0 and chosen[needle] and gains[needle] == weights[needle]:
            gains[needle] *= _SEEN_ONCE
    return best_gap, best_start, best_end
