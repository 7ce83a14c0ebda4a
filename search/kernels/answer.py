"""The kernel that answers a pass in one call: counts, lists, the search of all segments, what lifts the best.

Small questions wait for memory, and most of that is not the index but what is between the steps: one call instead of
five leaves the processor's caches to what is read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import B1, F4, I4, I8, U1, U4, U8
from index.compiled import kernel
from search.kernels.best import KEPT, THRESHOLD
from search.kernels.fused import search_segments
from search.kernels.lifts import lift_best, measure_lifts
from search.kernels.lists import count_units, plan_lists
from search.kernels.phrases import count_made
from search.kernels.positions import DAMAGED, UNCHECKED

F8 = NDArray[np.float64]

CHECKING, SEARCHING, LIFTING = range(3)
"""Where to begin: with the first step; with that and lists that are known to be sound; with what lifts the best."""
DONE, LISTS_UNCHECKED, POSITIONS_UNCHECKED, POSITIONS_DAMAGED, NO_ROOM = range(5)
"""Why it ended."""


@kernel(
    """(i8,i8)(
        i8, b1[:],
        in i8[:,:], in i8[:,:],
        in u1[:], in i8[:], in i4[:], in i4[:], in f4[:], in i8[:], in i8[:], in i8[:], in i8[:], in i8[:],
        i8, out i8[:], out f8[:,:,:],
        in i8[:], in i8[:], in i8[:], in i8[:], in u1[:], in u4[:], in f4[:], in u4[:],
        in f8[:], in f8[:], f8,
        in f8[:], f8, f8, f8, f8, f8,
        in i4[:], in b1[:], in f8[:], in b1[:],
        in i4[:], in b1[:,:], i8, i8, in i4[:], in u4[:], in u4[:], in u4[:], in i4[:], in i4[:], in i4[:], in i4[:],
        i8, i8, i8, i8, i8, i8, i8, i8, f8, i8,
        i8, i8, i8, i8, u8,
        in u1[:], in u4[:], out u4[:],
        out i8[:], out i8[:], out u8[:], out i8[:], out f4[:], out u4[:], out f4[:], out i8[:],
        out u4[:], out f4[:], out f4[:], out i4[:], out i4[:],
        out i8[:], out u4[:], out i8[:], out f4[:], out f4[:], out u8[:], out i8[:], out i8[:],
        i8, in b1[:], in i4[:], out i8[:], out i8[:]
    )"""
)
def answer(
    begin: int,
    ensured: B1,
    # Tables of what searches and of what lifts read in each segment.
    segments: I8,
    positions: I8,
    # Rows of the look-up.
    data: U1,
    at: I8,
    units: I4,
    row_segments: I4,
    row_weights: F4,
    row_starts: I8,
    titles: I8,
    bodies: I8,
    living_titles: I8,
    living_bodies: I8,
    # Whether they are counted already; their order, and how many articles hold each unit in title and body.
    counted: int,
    order: I8,
    counts: F8,
    # Lists made for this query, and by leaf that is no word its bit.
    made_units: I8,
    made_places: I8,
    made_starts: I8,
    made_stops: I8,
    made_kinds: U1,
    made_docs: U4,
    made_values: F4,
    inner_bits: U4,
    # Statistics: by language articles and average words; articles in all.
    articles: F8,
    average_words: F8,
    all_articles: float,
    # Ranking.
    field_weights: F8,
    k1_b: float,
    shrink: float,
    fixed: float,
    near_weight: float,
    title_weight: float,
    # Leaves.
    numbers: I4,
    scored: B1,
    boosts: F8,
    in_fields: B1,
    # The pass and its programs.
    bit_of: I4,
    asked: B1,
    full: int,
    counting: int,
    program_of: I4,
    required: U4,
    forbidden: U4,
    some: U4,
    least: I4,
    program_at: I4,
    operations: I4,
    place_of: I4,
    # Filters, and what is wanted.
    virtual: int,
    failing: int,
    dated: int,
    first_second: int,
    last_second: int,
    by_author: int,
    facets: int,
    sort: int,
    half_life: float,
    now: int,
    most: int,
    beyond: int,
    beyond_first: int,
    beyond_second: int,
    beyond_id: int,
    value_fails: U1,
    value_leaves: U4,
    value_counts: U4,
    # What becomes of it.
    best_firsts: I8,
    best_seconds: I8,
    best_ids: U8,
    best_docs: I8,
    best_scores: F4,
    collected_docs: U4,
    collected_scores: F4,
    state: I8,
    # Scratch of the search.
    cells: U4,
    scores: F4,
    frequencies: F4,
    touched: I4,
    of_group: I4,
    places: I8,
    block_locals: U4,
    block_places: I8,
    block_lengths: F4,
    block_shares: F4,
    good_docs: U8,
    good_firsts: I8,
    good_seconds: I8,
    # How many of the best are looked at for what lifts them, by which units, in the languages at which places; scratch.
    lifted: int,
    alone: B1,
    position_place_of: I4,
    word_places: I8,
    word_owners: I8,
) -> tuple[int, int]:
    """Answers a pass over all segments, of words that are looked up.

    What the arguments are and become stands at the kernels of the steps: :func:`search.kernels.lists.count_units`,
    :func:`search.kernels.lists.plan_lists`, :func:`search.kernels.fused.search_segments` and
    :func:`search.kernels.lifts.measure_lifts`. The first ``lifted`` of the best come to stand in the order of their
    lifted scores; the key of the last of them before stands in ``state`` from :data:`search.kernels.best.THRESHOLD` on.

    Returns :data:`DONE` and 0; or :data:`LISTS_UNCHECKED`, before anything is searched, where some segment's postings
    were not compared with their checksums yet; or, before anything is lifted, :data:`POSITIONS_UNCHECKED` and the
    cell (segment * languages + language) whose lists were not, :data:`POSITIONS_DAMAGED` and the segment, or
    :data:`NO_ROOM` and how long ``word_places`` and ``word_owners`` must be. It may then be called again, to begin with
    :data:`SEARCHING`, or with :data:`LIFTING` where it came so far.
    """
    languages = len(articles)
    if begin != LIFTING:
        if counted == 0:
            count_units(units, data, at, living_titles, living_bodies, articles, order, counts)
            count_made(made_units, made_places, made_starts, made_stops, counts)
        room = 2 * len(order) + len(made_units)
        starts, stops, cursors = np.empty(room + 1, np.int64), np.empty(room + 1, np.int64), np.empty(room, np.int64)
        language_groups, group_lists = np.empty(room + 1, np.int64), np.empty(room + 1, np.int64)
        segment_languages = np.empty(len(segments) + 1, np.int64)
        weights, scales, slopes = np.empty(room, np.float32), np.empty(room, np.float32), np.empty(room, np.float32)
        kinds, fields = np.empty(room, np.uint8), np.empty(room, np.uint8)
        bits, gates = np.empty(room, np.uint32), np.empty(room, np.uint32)
        unchecked = plan_lists(
            segments, order, units, row_segments, row_weights, row_starts, titles, bodies,
            made_units, made_places, made_starts, made_stops, made_kinds, inner_bits,
            counts.reshape(-1), languages, articles, all_articles, average_words,
            field_weights, k1_b, shrink, bit_of, numbers, scored, boosts, in_fields,
            program_of, asked, required, counting,
            starts, stops, weights, kinds, segment_languages, language_groups, group_lists,
            fields, bits, gates, scales, slopes,
        )[1]  # fmt: skip
        if begin == CHECKING and unchecked < len(segments):
            return LISTS_UNCHECKED, int(unchecked)
        search_segments(
            segments, full, counting, virtual, failing, dated, first_second, last_second, by_author,
            facets, sort, half_life, now, most, beyond, beyond_first, beyond_second, beyond_id,
            starts, stops, weights, kinds, cursors, segment_languages, language_groups, group_lists,
            fields, bits, gates, scales, fixed, slopes, made_docs, made_values,
            place_of, program_of, required, forbidden, some, least, program_at, operations,
            value_fails, value_leaves, value_counts,
            best_firsts, best_seconds, best_ids, best_docs, best_scores, collected_docs, collected_scores, state,
            cells, scores, frequencies, touched, of_group,
            places, block_locals, block_places, block_lengths, block_shares, good_docs, good_firsts, good_seconds,
        )  # fmt: skip
    looked_at = min(lifted, state[KEPT])
    if looked_at == 0:
        return DONE, 0
    near, in_title = np.empty(looked_at, np.float32), np.empty(looked_at, np.bool_)
    found, which = measure_lifts(
        positions, best_docs[:looked_at], units, row_segments, row_starts, titles, bodies, languages,
        alone, in_fields, position_place_of, ensured, word_places, word_owners, near, in_title,
    )  # fmt: skip
    if found == DAMAGED:
        return POSITIONS_DAMAGED, which
    if found == UNCHECKED:
        return POSITIONS_UNCHECKED, which
    if which != 0:
        return NO_ROOM, which
    state[THRESHOLD], state[THRESHOLD + 1] = best_firsts[looked_at - 1], best_seconds[looked_at - 1]
    state[THRESHOLD + 2] = np.int64(best_ids[looked_at - 1])
    lift_best(
        near, in_title, near_weight, title_weight, best_firsts[:looked_at], best_seconds[:looked_at],
        best_ids[:looked_at], best_docs[:looked_at], best_scores[:looked_at],
    )  # fmt: skip
    return DONE, 0
