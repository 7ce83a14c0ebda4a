"""The kernels that make phrases of found words: which stand whole in a segment, and what lists their steps have.

A *run* is what one language asks for by a leaf of several words: the numbers of its words among all that is asked, one
after the other, and perhaps that of a pattern which ends it.
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import B1, F4, I4, I8
from index.compiled import inlined, kernel


@inlined
def asked_at(firsts, lasts, patterns, run, step):  # type: ignore[no-untyped-def]
    """The number of what a step of a run asks for."""
    return firsts[run] + step if step < lasts[run] - firsts[run] else patterns[run]


@kernel(
    "i8(in i4[:], in i4[:], in i8[:], in i8[:], i8, i8, in i8[:], in i8[:], in i8[:], out i8[:], out i8[:], out i8[:])"
)
def find_whole(
    asked: I4,
    segments: I4,
    titles: I8,
    bodies: I8,
    segment_count: int,
    asked_count: int,
    firsts: I8,
    lasts: I8,
    patterns: I8,
    begins: I8,
    order: I8,
    whole: I8,
) -> int:
    """Counts in ``whole`` in how many segments all that each run asks for stands; ``patterns``: -1 for none.

    The rows of the look-up are put in ``order`` by segment, then by what was asked; ``begins`` (segments * asked + 1)
    becomes where those of each begin. Returns how many documents may hold these phrases, at most. Cost: some
    nanoseconds for each row and run, and one for each segment and word asked for.
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
    most = np.int64(0)
    for run in range(len(firsts)):
        whole[run] = 0
        steps = lasts[run] - firsts[run] + (patterns[run] >= 0)
        for segment in range(segment_count):
            rarest_title, rarest_body, step = np.int64(-1), np.int64(-1), np.int64(0)
            while step < steps:
                key = segment * asked_count + asked_at(firsts, lasts, patterns, run, step)
                if begins[key] == begins[key + 1]:
                    break
                title, body = np.int64(0), np.int64(0)
                for i in range(begins[key], begins[key + 1]):
                    title += titles[order[i]]
                    body += bodies[order[i]]
                rarest_title = title if rarest_title < 0 else min(rarest_title, title)
                rarest_body = body if rarest_body < 0 else min(rarest_body, body)
                step += 1
            if step == steps and steps > 0:
                whole[run] += 1
                most += rarest_title + rarest_body
    return int(most)


@kernel(
    "i8(i8, i8, in i8[:], in i8[:], in i8[:], in i8[:], in i8[:], in i8[:], in i8[:], in i8[:], in b1[:],"
    " in i8[:], in i8[:], in i8[:], in f4[:],"
    " out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out i8[:], out f4[:])"
)
def list_phrases(
    segment_count: int,
    asked_count: int,
    begins: I8,
    order: I8,
    firsts: I8,
    lasts: I8,
    patterns: I8,
    run_slops: I8,
    run_steps: I8,
    positions: I8,
    in_fields: B1,
    row_starts: I8,
    titles: I8,
    bodies: I8,
    row_weights: F4,
    runs: I8,
    fields: I8,
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
    :func:`search.position_kernels.find_phrases` takes them (``segments`` to ``weights``), and of each its run and its
    field. Returns how many there are.

    ``begins`` and ``order``: of :func:`find_whole`; the steps of run r stand at ``positions[run_steps[r]:]``;
    ``in_fields`` (2 * runs): whether it is looked for in titles and in bodies.
    """
    phrases, steps, lists = np.int64(0), np.int64(0), np.int64(0)
    for segment in range(segment_count):
        for run in range(len(firsts)):
            count = lasts[run] - firsts[run] + (patterns[run] >= 0)
            step = np.int64(0)
            while step < count:
                key = segment * asked_count + asked_at(firsts, lasts, patterns, run, step)
                if begins[key] == begins[key + 1]:
                    break
                step += 1
            if step < count:
                continue
            for field in range(2):
                if not in_fields[2 * run + field]:
                    continue
                step, list_before, found = np.int64(0), lists, True
                while step < count and found:
                    key = segment * asked_count + asked_at(firsts, lasts, patterns, run, step)
                    steps_at[steps + step] = positions[run_steps[run] + step]
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
                runs[phrases], fields[phrases], segments[phrases] = run, field, segment
                phrase_steps[phrases], slops[phrases] = steps, run_slops[run]
                steps += count
                phrases += 1
    phrase_steps[phrases], step_lists[steps] = steps, lists
    return int(phrases)
