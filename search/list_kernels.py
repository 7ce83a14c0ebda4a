"""Kernels over the rows of found lists: what tells their forms apart, and how many articles hold any of several."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import B1, F4, I4, I8, U1, U4, U8
from index.compiled import kernel

F8 = NDArray[np.float64]


@kernel("void(in u1[:], in i8[:], out u8[:])")
def form_keys(data: U1, at: I8, keys: U8) -> None:
    """A hash of each form, ``data[at[i]:at[i + 1]]``: FNV-1a of 64 bits (Fowler, Noll and Vo)."""
    for i in range(len(keys)):
        key = np.uint64(14695981039346656037)
        for k in range(at[i], at[i + 1]):
            key = (key ^ np.uint64(data[k])) * np.uint64(1099511628211)
        keys[i] = key


@kernel("void(in i8[:], in i4[:], in u8[:], in i8[:], in i8[:], in f8[:], out f8[:])")
def united_counts(order: I8, units: I4, keys: U8, titles: I8, bodies: I8, articles: F8, counts: F8) -> None:
    """About how many articles hold one of the forms of each unit, in title and body: ``counts`` (2 * units).

    ``order``: rows by unit, then key; ``articles``: of the unit's language. The counts of one form in several segments
    add up; several forms are held as if independently: ``N * (1 - product of (1 - n / N))``, one alone exactly.
    """
    i = np.int64(0)
    while i < len(order):
        unit = units[order[i]]
        whole = max(articles[unit], 1.0)
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
        counts[2 * unit] = title if forms == 1 else whole * (1.0 - without_title)
        counts[2 * unit + 1] = body if forms == 1 else whole * (1.0 - without_body)


@kernel(
    """i8(in i8[:], in i4[:], in i4[:], in b1[:], i8, in i4[:], in f4[:], in i8[:], in i8[:], in i8[:],
    out i8[:], out i8[:], out i8[:], out f4[:])"""
)
def posting_entries(
    order: I8,
    units: I4,
    ranks: I4,
    holds: B1,
    span: int,
    segments: I4,
    weights: F4,
    list_starts: I8,
    titles: I8,
    bodies: I8,
    keys: I8,
    starts: I8,
    stops: I8,
    entry_weights: F4,
) -> int:
    """The posting lists of those rows whose unit has a rank, at most two a row; how many there are.

    ``ranks``: of each unit, -1 where it has none; ``holds`` (2 * ranks) whether title and body are asked for. A key is
    ``(segment * span + rank) * 2 + field``.
    """
    found = np.int64(0)
    for i in range(len(order)):
        row = order[i]
        if units[row] < 0 or ranks[units[row]] < 0:
            continue
        rank = np.int64(ranks[units[row]])
        start = list_starts[row]
        for field in range(2):
            length = bodies[row] if field else titles[row]
            if length > 0 and holds[2 * rank + field]:
                keys[found] = (np.int64(segments[row]) * span + rank) * 2 + field
                starts[found] = start
                stops[found] = start + length
                entry_weights[found] = weights[row]
                found += 1
            start += length
    return int(found)


@kernel(
    """(i8,i8)(in i8[:], i8, i8, in i8[:], in u4[:], in u4[:], in f4[:], in f4[:],
    out i8[:], out i8[:], out i8[:], out u1[:], out u4[:], out u4[:], out f4[:], out f4[:])"""
)
def assemble(
    keys: I8,
    segments: int,
    span: int,
    rank_blocks: I8,
    rank_bits: U4,
    rank_gates: U4,
    rank_scales: F4,
    rank_slopes: F4,
    segment_languages: I8,
    language_groups: I8,
    group_lists: I8,
    fields: U1,
    bits: U4,
    gates: U4,
    scales: F4,
    slopes: F4,
) -> tuple[int, int]:
    """Puts lists, in order of their keys, into groups of one rank and field, and groups into those of one language.

    ``rank_*`` (span): language, bit and gate of each rank; ``rank_scales``, ``rank_slopes`` (2 * span). Becomes:
    ``segment_languages`` (segments + 1) where the languages of each segment begin, ``language_groups`` where the groups
    of each language begin, ``group_lists`` where the lists of each group begin, each with a last entry. Returns groups
    and languages.
    """
    groups, languages, segment = np.int64(0), np.int64(0), np.int64(-1)
    last, block = np.int64(-1), np.int64(-1)
    for i in range(len(keys)):
        key = keys[i]
        if key == last:
            continue
        last = key
        field, rank = key & 1, (key >> 1) % span
        here = (key >> 1) // span
        if here != segment or rank_blocks[rank] != block:
            while segment < here:
                segment += 1
                segment_languages[segment] = languages
            block = rank_blocks[rank]
            language_groups[languages] = groups
            languages += 1
        group_lists[groups] = i
        fields[groups] = np.uint8(field)
        bits[groups], gates[groups] = rank_bits[rank], rank_gates[rank]
        scales[groups], slopes[groups] = rank_scales[2 * rank + field], rank_slopes[2 * rank + field]
        groups += 1
    while segment < segments:
        segment += 1
        segment_languages[segment] = languages
    language_groups[languages] = groups
    group_lists[groups] = len(keys)
    return int(groups), int(languages)


@kernel("void(in u4[:], in u4[:], in i4[:], in i8[:], in i8[:], out u4[:])")
def leaves_held(postings: U4, docs: U4, leaves: I4, starts: I8, lengths: I8, held: U4) -> None:
    """Sets in ``held`` the bit of each leaf one of whose lists holds the document; list i is of ``leaves[i]``."""
    for one in range(len(starts)):
        for i in range(len(docs)):
            low, high = starts[one], starts[one] + lengths[one]
            while low < high:
                middle = (low + high) // 2
                if postings[middle] < docs[i]:
                    low = middle + 1
                else:
                    high = middle
            if low < starts[one] + lengths[one] and postings[low] == docs[i]:
                held[i] |= np.uint32(1) << np.uint32(leaves[one])


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


@kernel("i8(in i8[:], out i8[:])")
def most_frequent(counts: I8, best: I8) -> int:
    """Fills ``best`` with the places of the greatest of ``counts`` but the first, greatest first, ties in their order;
    zeros are none. Returns how many there are. Cost: a nanosecond a count where most are none."""
    found = 0
    size = len(best)
    for place in range(1, len(counts)):
        count = counts[place]
        if count == 0 or (found == size and count <= counts[best[size - 1]]):
            continue
        at = found if found < size else size - 1
        while at > 0 and counts[best[at - 1]] < count:
            best[at] = best[at - 1]
            at -= 1
        best[at] = place
        if found < size:
            found += 1
    return found
