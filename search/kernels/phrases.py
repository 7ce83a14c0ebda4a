"""The kernels that make phrases of found words: which stand whole in a segment, and what lists their steps have.

A *run* is what one language asks for by a leaf of several words: the numbers of its words among all that is asked, one
after the other, and perhaps that of a pattern which ends it. Runs are numbered leaf by leaf and language by language.
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import F4, F8, I4, I8
from index.compiled import inlined, kernel


@inlined
def asked_at(first, last, pattern, step):  # type: ignore[no-untyped-def]
    """The number of what a step of a run asks for."""
    return first + step if step < last - first else pattern


@kernel(
    "(i8,i8,i8)(in i4[:], in i4[:], in i8[:], in i8[:], i8, i8, i8, in i8[:], in i8[:], i8,"
    " out i8[:], out i8[:], out i8[:], out i8[:])"
)
def find_whole(
    asked: I4,
    segments: I4,
    titles: I8,
    bodies: I8,
    segment_count: int,
    asked_count: int,
    languages: int,
    run_begins: I8,
    run_patterns: I8,
    words: int,
    begins: I8,
    order: I8,
    whole: I8,
    longest: I8,
) -> tuple[int, int, int]:
    """Finds the runs of which all that is asked for stands in some segment; their numbers become ``whole``.

    ``run_begins`` (leaves * (languages + 1)): the first word of each run; ``run_patterns``: the pattern that ends each,
    -1 for none, which are numbered behind all ``words``. The rows of the look-up are put in ``order`` by segment, then
    by what was asked; ``begins`` (segments * asked + 1) becomes where those of each begin.

    Returns how many runs there are, how many of these and segments, and how many documents may hold these phrases, at
    most; ``longest`` (1) becomes the most steps of one. Cost: some nanoseconds for each row and run, and one for each
    segment and word asked for.
    """
    begins[:] = 0
    for row in range(len(asked)):
        begins[np.int64(segments[row]) * asked_count + asked[row] + 1] += 1
    for key in range(segment_count * asked_count):
        begins[key + 1] += begins[key]
    places = begins.copy()
    for row in range(len(asked)):
        key = np.int64(segments[row]) * asked_count + asked[row]
        order[places[key]] = row
        places[key] += 1
    found, pairs, most = np.int64(0), np.int64(0), np.int64(0)
    longest[0] = 0
    for run in range(len(run_patterns)):
        at = run + run // languages
        first, last = run_begins[at], run_begins[at + 1]
        pattern = words + run_patterns[run]
        steps = last - first + (pattern >= words)
        if steps < 2:
            continue
        pairs_before = pairs
        for segment in range(segment_count):
            rarest_title, rarest_body, step = np.int64(-1), np.int64(-1), np.int64(0)
            while step < steps:
                key = segment * asked_count + asked_at(first, last, pattern, step)
                if begins[key] == begins[key + 1]:
                    break
                title, body = np.int64(0), np.int64(0)
                for i in range(begins[key], begins[key + 1]):
                    title += titles[order[i]]
                    body += bodies[order[i]]
                rarest_title = title if rarest_title < 0 else min(rarest_title, title)
                rarest_body = body if rarest_body < 0 else min(rarest_body, body)
                step += 1
            if step == steps:
                pairs += 1
                most += rarest_title + rarest_body
        if pairs > pairs_before:
            whole[found] = run
            longest[0] = max(longest[0], steps)
            found += 1
    return int(found), int(pairs), int(most)


@kernel(
    "i8(i8, i8, in i8[:], in i8[:], i8, in i8[:], in i8[:], i8, in i8[:], in i8[:,:], in i8[:],"
    " in i8[:], in i8[:], in i8[:], in f4[:],"
    " out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out f4[:])"
)
def list_phrases(
    segment_count: int,
    asked_count: int,
    begins: I8,
    order: I8,
    languages: int,
    run_begins: I8,
    run_patterns: I8,
    words: int,
    whole: I8,
    facts: I8,
    positions: I8,
    row_starts: I8,
    titles: I8,
    bodies: I8,
    row_weights: F4,
    units: I8,
    places: I8,
    segments: I8,
    phrase_steps: I8,
    slops: I8,
    steps_at: I8,
    step_lists: I8,
    starts: I8,
    lengths: I8,
    weights: F4,
) -> int:
    """Lists the phrases that stand whole in a text field of a segment, as
    :func:`search.kernels.phrase_search.find_phrases` takes them (``segments`` to ``weights``), and of each its unit and
    ``2 * segment + field``. Returns how many there are.

    ``begins``, ``order`` and ``whole``: of :func:`find_whole`; ``facts`` of each whole run: its unit, its slop, where
    the steps of its words begin in ``positions``, whether it is looked for in titles, and in bodies. Room: two phrases
    for each run and segment that it is whole in.
    """
    phrases, steps, lists = np.int64(0), np.int64(0), np.int64(0)
    for segment in range(segment_count):
        for one in range(len(whole)):
            at = whole[one] + whole[one] // languages
            first, last, pattern = run_begins[at], run_begins[at + 1], words + run_patterns[whole[one]]
            count, step = last - first + (pattern >= words), np.int64(0)
            while step < count:
                key = segment * asked_count + asked_at(first, last, pattern, step)
                if begins[key] == begins[key + 1]:
                    break
                step += 1
            if step < count:
                continue
            for field in range(2):
                if not facts[one, 3 + field]:
                    continue
                list_before, found = lists, True
                step = np.int64(0)
                while step < count and found:
                    key = segment * asked_count + asked_at(first, last, pattern, step)
                    steps_at[steps + step] = positions[facts[one, 2] + step]
                    step_lists[steps + step] = lists
                    found = False
                    for i in range(begins[key], begins[key + 1]):
                        row = order[i]
                        length = bodies[row] if field else titles[row]
                        if length > 0:
                            starts[lists] = row_starts[row] + (titles[row] if field else 0)
                            lengths[lists], weights[lists] = length, row_weights[row]
                            lists += 1
                            found = True
                    step += 1
                if not found:
                    lists = list_before
                    continue
                units[phrases], places[phrases], segments[phrases] = facts[one, 0], 2 * segment + field, segment
                phrase_steps[phrases], slops[phrases] = steps, facts[one, 1]
                steps += count
                phrases += 1
    phrase_steps[phrases], step_lists[steps] = steps, lists
    return int(phrases)


@kernel("void(in i8[:], in i8[:], in i8[:], in i8[:], out f8[:,:,:])")
def count_made(units: I8, places: I8, starts: I8, stops: I8, counts: F8) -> None:
    """Adds the documents of each list to those of its unit (below 0: of none) and text field: ``counts`` (leaves,
    languages, 2); ``places``: ``2 * segment + field``."""
    languages = counts.shape[1]
    for one in range(len(units)):
        if units[one] < 0:
            continue
        counts[units[one] // languages, units[one] % languages, places[one] & 1] += stops[one] - starts[one]
