"""The kernels that make phrases of found words: which stand whole in a segment, and what lists their steps have.

A *run* is what one language asks for by a leaf of several words: the numbers of its words among all that is asked, one
after the other, and perhaps that of a pattern which ends it. Runs are numbered leaf by leaf and language by language.
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import F4, F8, I4, I8
from index.compiled import inlined, kernel

UNITS, PLACES, SEGMENTS, PHRASE_STEPS, SLOPS, STEPS_AT, STEP_LISTS, STARTS, LENGTHS = range(9)
"""Rows of what is told of phrases, their steps and lists: see :class:`search.positions.Phrases`."""
PHRASE_FACTS = 9
"""How many there are."""


@inlined
def asked_at(first, last, pattern, step):  # type: ignore[no-untyped-def]
    """The number of what a step of a run asks for."""
    return first + step if step < last - first else pattern


@inlined
def sort_by_place(asked, segments, asked_count, begins, places, order):  # type: ignore[no-untyped-def]
    """Puts the rows in ``order`` by segment, then by what was asked; ``begins`` (segments * asked + 1), all 0, becomes
    where those of each begin, ``places`` (segments * asked) where they end."""
    for row in range(len(asked)):
        begins[np.int64(segments[row]) * asked_count + asked[row] + 1] += 1
    for key in range(len(places)):
        places[key] = begins[key]
        begins[key + 1] += begins[key]
    for row in range(len(asked)):
        key = np.int64(segments[row]) * asked_count + asked[row]
        order[places[key]] = row
        places[key] += 1


@kernel(
    "(i8,i8)(in i4[:], in i4[:], in f4[:], in i8[:], in i8[:], in i8[:], i8, i8, i8, i8,"
    " in i8[:,:], in i8[:], in i8[:], in i8[:], in i8[:], out i8[:,:], out f4[:])"
)
def list_phrases(
    asked: I4,
    segments: I4,
    row_weights: F4,
    row_starts: I8,
    titles: I8,
    bodies: I8,
    segment_count: int,
    asked_count: int,
    words: int,
    languages: int,
    leaves: I8,
    run_begins: I8,
    run_patterns: I8,
    step_begins: I8,
    positions: I8,
    phrases: I8,
    weights: F4,
) -> tuple[int, int]:
    """Lists the phrases that stand whole in a text field of a segment, as
    :func:`search.kernels.phrase_search.find_phrases` takes them: the rows :data:`SEGMENTS` to :data:`LENGTHS` of
    ``phrases``, and ``weights``; of each its unit and ``2 * segment + field`` (:data:`UNITS`, :data:`PLACES`).

    ``leaves`` (runs' leaves, 4): its number, its slop, whether it is looked for in titles, and in bodies. By leaf and
    language, with a last entry for each leaf (leaves * (languages + 1)): ``run_begins`` the first word of its run,
    ``step_begins`` where the relative ``positions`` of its steps begin. ``run_patterns`` (leaves * languages): the
    pattern that ends it, -1 for none, which are numbered behind all ``words``. Room: two phrases, steps and lists for
    each row of the look-up, and one of each more.

    Returns how many there are, and how many documents may hold them, at most. Cost: some nanoseconds for each row and
    run, and one for each segment and word asked for.
    """
    places, order = np.empty(segment_count * asked_count, np.int64), np.empty(len(asked), np.int64)
    begins = np.zeros(len(places) + 1, np.int64)
    sort_by_place(asked, segments, asked_count, begins, places, order)
    found, steps, lists, most = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for segment in range(segment_count):
        for run in range(len(run_patterns)):
            leaf, at = run // languages, run + run // languages
            first, last, pattern = run_begins[at], run_begins[at + 1], words + run_patterns[run]
            count, step = last - first + (pattern >= words), np.int64(0)
            while step < count:
                key = segment * asked_count + asked_at(first, last, pattern, step)
                if begins[key] == begins[key + 1]:
                    break
                step += 1
            if step < count or count < 2:
                continue
            for field in range(2):
                if not leaves[leaf, 2 + field]:
                    continue
                list_before, rarest, step = lists, np.int64(-1), np.int64(0)
                while step < count and rarest != 0:
                    key = segment * asked_count + asked_at(first, last, pattern, step)
                    phrases[STEPS_AT, steps + step] = positions[step_begins[at] + step]
                    phrases[STEP_LISTS, steps + step] = lists
                    held = np.int64(0)
                    for i in range(begins[key], begins[key + 1]):
                        row = order[i]
                        length = bodies[row] if field else titles[row]
                        if length > 0:
                            phrases[STARTS, lists] = row_starts[row] + (titles[row] if field else 0)
                            phrases[LENGTHS, lists], weights[lists] = length, row_weights[row]
                            held += length
                            lists += 1
                    rarest = held if rarest < 0 else min(rarest, held)
                    step += 1
                if rarest == 0:
                    lists = list_before
                    continue
                phrases[UNITS, found] = leaves[leaf, 0] * languages + run % languages
                phrases[PLACES, found], phrases[SEGMENTS, found] = 2 * segment + field, segment
                phrases[PHRASE_STEPS, found], phrases[SLOPS, found] = steps, leaves[leaf, 1]
                steps += count
                most += rarest
                found += 1
    phrases[PHRASE_STEPS, found], phrases[STEP_LISTS, steps] = steps, lists
    return int(found), int(most)


@kernel("void(in i8[:], in i8[:], in i8[:], in i8[:], out f8[:,:,:])")
def count_made(units: I8, places: I8, starts: I8, stops: I8, counts: F8) -> None:
    """Adds the documents of each list to those of its unit (below 0: of none) and text field: ``counts`` (leaves,
    languages, 2); ``places``: ``2 * segment + field``."""
    languages = counts.shape[1]
    for one in range(len(units)):
        if units[one] < 0:
            continue
        counts[units[one] // languages, units[one] % languages, places[one] & 1] += stops[one] - starts[one]
