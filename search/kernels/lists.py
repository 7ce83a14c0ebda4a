"""Kernels over the rows of found lists: what tells their forms apart, and how many articles hold any of several."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import B1, F4, I4, I8, U1, U4
from index.compiled import inlined, kernel
from search.kernels.ranks import rank_units
from search.kernels.segment_table import has_checked

F8 = NDArray[np.float64]
_FEW = 16
"""Rows that are sorted without being strewn."""


@inlined
def hash_forms(data, at, keys):  # type: ignore[no-untyped-def]
    """A hash of each form, ``data[at[i]:at[i + 1]]``: FNV-1a of 64 bits (Fowler, Noll and Vo)."""
    for i in range(len(keys)):
        key = np.uint64(14695981039346656037)
        for k in range(at[i], at[i + 1]):
            key = (key ^ np.uint64(data[k])) * np.uint64(1099511628211)
        keys[i] = key


@inlined
def sort_by_key(order, keys, first, last):  # type: ignore[no-untyped-def]
    """Puts the rows of this part of ``order`` in order of their keys, those with the same key as they stand. Fast where
    nearly all are near their place."""
    for i in range(first + 1, last):
        row = order[i]
        key, k = keys[row], i
        while k > first and keys[order[k - 1]] > key:
            order[k] = order[k - 1]
            k -= 1
        order[k] = row


@inlined
def unite_counts(order, units, keys, titles, bodies, articles, counts):  # type: ignore[no-untyped-def]
    """About how many articles hold one of the forms of each unit, of rows in order of their units and keys."""
    counts[:] = 0
    i = np.int64(0)
    while i < len(order):
        unit = units[order[i]]
        if unit < 0:
            i += 1
            continue
        leaf, lang = unit // len(articles), unit % len(articles)
        whole = max(articles[lang], 1.0)
        forms, without_title, without_body = np.int64(0), 1.0, 1.0
        title, body = 0.0, 0.0
        while i < len(order) and units[order[i]] == unit:
            key = keys[order[i]]
            title, body = 0.0, 0.0
            while i < len(order) and units[order[i]] == unit and keys[order[i]] == key:
                title += titles[order[i]]
                body += bodies[order[i]]
                i += 1
            forms += 1
            without_title *= 1.0 - title / whole
            without_body *= 1.0 - body / whole
        counts[leaf, lang, 0] = title if forms == 1 else whole * (1.0 - without_title)
        counts[leaf, lang, 1] = body if forms == 1 else whole * (1.0 - without_body)


@kernel("void(in i4[:], in u1[:], in i8[:], in i8[:], in i8[:], in f8[:], out i8[:], out f8[:,:,:])")
def count_units(units: I4, data: U1, at: I8, titles: I8, bodies: I8, articles: F8, order: I8, counts: F8) -> None:
    """About how many articles hold one of the forms of each unit, in title and body: ``counts`` (leaves, languages, 2).

    ``order`` becomes the order of rows by unit (-1, which is passed over, to leaves * languages - 1), then as they
    stand; ``articles``: of each language. The counts of one form in several segments add up; several forms, in order of
    a hash of them, ``data[at[i]:at[i + 1]]``, are held as if independently: ``N * (1 - product of (1 - n / N))``, one
    alone exactly. The rows of a unit are strewn by the first bits of their keys, and what stands together then is
    sorted by hand. Cost: some 25 nanoseconds a row.
    """
    count = counts.shape[0] * counts.shape[1]
    keys = np.empty(len(units), np.uint64)
    hash_forms(data, at, keys)
    begins = np.zeros(count + 2, np.int64)
    for i in range(len(units)):
        begins[units[i] + 2] += 1
    for unit in range(count + 1):
        begins[unit + 1] += begins[unit]
    by_form, places = np.empty(len(units), np.int64), begins[: count + 1].copy()
    for i in range(len(units)):
        place = units[i] + 1
        order[places[place]] = i
        places[place] += 1
    marks = np.empty(0, np.int64)
    for unit in range(count + 1):
        first, last = begins[unit], begins[unit + 1]
        if last - first <= _FEW:
            for i in range(first, last):
                by_form[i] = order[i]
        else:
            bits = np.int64(1)
            while (1 << bits) < last - first:
                bits += 1
            if len(marks) <= 1 << bits:
                marks = np.empty((1 << bits) + 1, np.int64)
            marks[: (1 << bits) + 1] = 0
            shift = np.uint64(64 - bits)
            for i in range(first, last):
                marks[np.int64(keys[order[i]] >> shift) + 1] += 1
            marks[0] = first
            for k in range(1 << bits):
                marks[k + 1] += marks[k]
            for i in range(first, last):
                place = np.int64(keys[order[i]] >> shift)
                by_form[marks[place]] = order[i]
                marks[place] += 1
        sort_by_key(by_form, keys, first, last)
    unite_counts(by_form, units, keys, titles, bodies, articles, counts)


@kernel(
    """(i8,i8)(
        in i8[:,:], in i8[:], in i4[:], in i4[:], in f4[:], in i8[:], in i8[:], in i8[:],
        in i8[:], in i8[:], in i8[:], in i8[:], in u1[:], in u4[:],
        in f8[:], i8, in f8[:], f8, in f8[:], in f8[:], f8, f8,
        in i4[:], in i4[:], in b1[:], in f8[:], in b1[:], in i4[:], in b1[:,:], in u4[:], i8,
        out i8[:], out i8[:], out f4[:], out u1[:], out i8[:], out i8[:], out i8[:],
        out u1[:], out u4[:], out u4[:], out f4[:], out f4[:]
    )"""
)
def plan_lists(
    table: I8,
    # Rows of the look-up, in the order in which they are to be met, and their lists.
    order: I8,
    units: I4,
    row_segments: I4,
    row_weights: F4,
    row_starts: I8,
    titles: I8,
    bodies: I8,
    # Lists made for this query: the unit of each, or the first leaf that is no word as -1, the next as -2 ...; segment,
    # text field, where it stands, its kind; and by leaf that is no word its bit.
    made_units: I8,
    made_places: I8,
    made_starts: I8,
    made_stops: I8,
    made_kinds: U1,
    inner_bits: U4,
    # Statistics: articles that hold each unit in title and body; by language articles and average words.
    counts: F8,
    languages: int,
    articles: F8,
    all_articles: float,
    average_words: F8,
    # Ranking: weight of title and body, each times k1 + 1; k1 * b; how far worths are drawn to those of all languages.
    field_weights: F8,
    k1_b: float,
    shrink: float,
    # Leaves: by number the bit in this pass (-1: of another one); numbers, whether they score, boost, whether title and
    # body are asked for.
    bit_of: I4,
    numbers: I4,
    scored: B1,
    boosts: F8,
    in_fields: B1,
    # Programs: of each language (-1: none), the leaves that each asks for, those that it must have.
    program_of: I4,
    asked: B1,
    required: U4,
    counting: int,
    # What becomes of it.
    starts: I8,
    stops: I8,
    weights: F4,
    kinds: U1,
    segment_languages: I8,
    language_groups: I8,
    group_lists: I8,
    fields: U1,
    bits: U4,
    gates: U4,
    scales: F4,
    slopes: F4,
) -> tuple[int, int]:
    """Plans the lists of a pass: which are read, in which order, and what scores them.

    Lists are put into groups of one leaf, text field and language, and groups into those of one language, segment by
    segment; a made list stands behind the postings of its group, which has none. ``counts`` (leaves * languages * 2),
    ``average_words`` and ``in_fields`` (2 * ...), ``asked`` (programs, numbers), ``made_places`` ``2 * segment +
    field``. Room: two lists a row, and the made ones. Becomes: lists (``starts`` to ``kinds``); ``segment_languages``
    (segments + 1) where the languages of each segment begin; ``language_groups`` where the groups of each language
    begin; ``group_lists`` where the lists of each group begin, each with a last entry; what the kernel of the search
    needs of each group. Returns the number of lists, and the first segment some of whose postings were not compared
    with their checksums yet, or that of segments. Cost: some microseconds, and some nanoseconds a row.
    """
    leaves, segments = len(numbers), len(table)
    room = leaves * languages + len(inner_bits)
    rank_of = np.full(leaves * languages, -1, np.int32)
    rank_blocks, rank_bits, rank_gates = np.empty(room, np.int64), np.empty(room, np.uint32), np.zeros(room, np.uint32)
    rank_scales, rank_slopes = np.zeros(2 * room, np.float32), np.zeros(2 * room, np.float32)
    holds = np.ones(2 * room, np.bool_)
    everywhere, by_rarity = np.zeros(2 * leaves), np.empty(leaves, np.int64)
    ranks, blocks = rank_units(
        counts, leaves, languages, articles, all_articles, average_words, field_weights, k1_b, shrink,
        bit_of, numbers, scored, boosts, in_fields, program_of, asked, required, counting,
        everywhere, by_rarity, rank_of, rank_blocks, rank_bits, rank_gates, rank_scales, rank_slopes, holds,
    )  # fmt: skip
    for inner in range(len(inner_bits)):
        bit = inner_bits[inner]
        rank_blocks[ranks + inner] = blocks
        rank_bits[ranks + inner] = bit + np.uint32(1) if counting != 0 else np.uint32(1) << bit
    span = ranks + len(inner_bits)

    # Step 1: the lists, each with a key by which they stand in order: segment, rank, field.
    most = 2 * len(order) + len(made_units)
    keys, list_starts, list_stops = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    list_weights, list_kinds = np.ones(most, np.float32), np.zeros(most, np.uint8)
    key_lists = np.zeros(2 * span * segments + 1, np.int64)
    found, unchecked = np.int64(0), np.int64(segments)
    for i in range(len(order)):
        row = order[i]
        if units[row] < 0 or rank_of[units[row]] < 0:
            continue
        rank = np.int64(rank_of[units[row]])
        start = row_starts[row]
        for field in range(2):
            length = bodies[row] if field else titles[row]
            if length > 0 and holds[2 * rank + field]:
                keys[found] = (np.int64(row_segments[row]) * span + rank) * 2 + field
                list_starts[found], list_stops[found] = start, start + length
                list_weights[found] = row_weights[row]
                here = np.int64(row_segments[row])
                if here < unchecked and not has_checked(table[here], start, start + length):
                    unchecked = here
                key_lists[keys[found] + 1] += 1
                found += 1
            start += length
    for i in range(len(made_units)):
        unit = made_units[i]
        rank = np.int64(ranks - 1 - unit if unit < 0 else rank_of[unit])
        if rank < 0 or made_starts[i] == made_stops[i]:
            continue
        keys[found] = ((made_places[i] >> 1) * span + rank) * 2 + (made_places[i] & 1)
        list_starts[found], list_stops[found] = made_starts[i], made_stops[i]
        list_kinds[found] = made_kinds[i]
        key_lists[keys[found] + 1] += 1
        found += 1

    # Step 2: in order of their keys.
    for key in range(2 * span * segments):
        key_lists[key + 1] += key_lists[key]
    place = key_lists.copy()
    for i in range(found):
        at = place[keys[i]]
        place[keys[i]] += 1
        starts[at], stops[at], weights[at], kinds[at] = list_starts[i], list_stops[i], list_weights[i], list_kinds[i]

    # Step 3: in groups.
    groups, met_languages = np.int64(0), np.int64(0)
    for segment in range(segments):
        segment_languages[segment] = met_languages
        if key_lists[2 * span * segment] == key_lists[2 * span * (segment + 1)]:
            continue
        block = np.int64(-1)
        for one_rank in range(span):
            for field in range(2):
                key = 2 * (segment * span + one_rank) + field
                if key_lists[key] == key_lists[key + 1]:
                    continue
                if rank_blocks[one_rank] != block:
                    block = rank_blocks[one_rank]
                    language_groups[met_languages] = groups
                    met_languages += 1
                group_lists[groups] = key_lists[key]
                fields[groups] = np.uint8(field)
                bits[groups], gates[groups] = rank_bits[one_rank], rank_gates[one_rank]
                scales[groups], slopes[groups] = rank_scales[2 * one_rank + field], rank_slopes[2 * one_rank + field]
                groups += 1
    segment_languages[segments] = met_languages
    language_groups[met_languages], group_lists[groups] = groups, found
    return int(found), int(unchecked)


@kernel("void(in u4[:], in i8[:], in i8[:], i8, out i8[:])")
def places_of(postings: U4, starts: I8, stops: I8, doc: int, places: I8) -> None:
    """Sets in ``places`` where in each list the document stands, -1 where it does not."""
    for one in range(len(starts)):
        low, high = starts[one], stops[one]
        while low < high:
            middle = (low + high) // 2
            if np.int64(postings[middle]) < doc:
                low = middle + 1
            else:
                high = middle
        places[one] = low if low < stops[one] and np.int64(postings[low]) == doc else -1
