"""The kernels that find the forms with a prefix, in all segments of a reader at once."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import F4, I4, I8, U1
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK
from index.columnar.seek_kernels import (
    AT,
    BLOCKS,
    DAMAGED,
    FIRST_BLOCK,
    FOLD,
    FOLD_END,
    FOLDED_BLOCK,
    FORMS,
    HEADS,
    LISTS,
    NO_ROOM,
    block_before,
    bytes_at,
    head_of,
    keys_at,
    numbers_at,
    put_form,
    read_on,
    seek_in_block,
)
from index.compiled import inlined, kernel


@inlined
def begins_so(head, data, start, stop):  # type: ignore[no-untyped-def]
    """Whether a form with this head may begin with a text."""
    bits = 8 * min(stop - start, np.int64(8))
    return bits == 0 or (head ^ head_of(data, start, stop)) >> np.uint64(64 - bits) == 0


@inlined
def number_at(blocks, block_at, heads, first, block, count, data, start, stop):  # type: ignore[no-untyped-def]
    """How many of ``count`` forms, the first of them in block ``first``, stand before a text, looked for from ``block``
    on (-1: damaged), whether the form there may begin so, and its block."""
    last = first + (count + BLOCK - 1) // BLOCK
    block = block_before(blocks, block_at, heads, block, last, data, start, stop, -1)
    here = min(np.int64(BLOCK), count - (block - first) * BLOCK)
    place, _, begins, _, _, _ = seek_in_block(blocks, block_at[block], block_at[block + 1], here, data, start, stop)
    if place < 0:
        return np.int64(-1), False, block
    if place == here:
        begins = block + 1 < last and begins_so(heads[block + 1], data, start, stop)
    return (block - first) * BLOCK + place, begins, block


@inlined
def prefix_range(blocks, block_at, heads, first, count, texts, text_at, low, high):  # type: ignore[no-untyped-def]
    """Where those of ``count`` forms, the first of them in block ``first``, stand that begin with the text ``low`` and
    so before the text ``high`` (-1: there is none such): the first, and behind the last (-1: damaged)."""
    begin, begins, block = number_at(
        blocks, block_at, heads, first, first, count, texts, text_at[low], text_at[low + 1]
    )
    if begin < 0 or not begins:
        return begin, begin
    if high < 0:
        return begin, count
    end, _, _ = number_at(blocks, block_at, heads, first, block, count, texts, text_at[high], text_at[high + 1])
    return begin, (end if end >= begin else np.int64(-1))


@kernel("i8(in i8[:,:], in i8[:,:], in i8[:,:,:], in i4[:,:], in u1[:], in i8[:], out i8[:,:,:])")
def prefix_ranges(arrays: I8, folded: I8, tables: I8, asked: I4, texts: U1, text_at: I8, ranges: I8) -> int:
    """Where the forms with each prefix stand: ``ranges`` (segments, asked, 4) becomes the first and behind the last of
    the forms, and of the folded forms.

    ``folded`` (segments, 2 * 3): addresses and lengths; ``asked`` (asked, 4): row in the table, the prefix, the text
    behind all that begin with it (-1: there is none), whether to look among folded forms. Returns a segment that is
    damaged, or -1.
    """
    for segment in range(len(arrays)):
        here, there = arrays[segment], folded[segment]
        blocks, block_at = bytes_at(here[BLOCKS], here[BLOCKS + 1]), numbers_at(here[AT], here[AT + 1])
        heads = keys_at(here[HEADS], here[HEADS + 1])
        folds, fold_at, fold_heads = (
            bytes_at(there[0], there[1]),
            numbers_at(there[2], there[3]),
            keys_at(there[4], there[5]),
        )
        for number in range(len(asked)):
            lang = asked[number, 0]
            ranges[segment, number, :] = 0
            if lang < 0 or tables[segment, lang, FORMS] == 0:
                continue
            row, low, high = tables[segment, lang], asked[number, 1], asked[number, 2]
            begin, end = prefix_range(blocks, block_at, heads, row[FIRST_BLOCK], row[FORMS], texts, text_at, low, high)
            fold, fold_end = np.int64(0), np.int64(0)
            if asked[number, 3] != 0 and row[FOLD_END] > row[FOLD]:
                fold, fold_end = prefix_range(
                    folds, fold_at, fold_heads, row[FOLDED_BLOCK], row[FOLD_END] - row[FOLD], texts, text_at, low, high
                )
            if min(begin, end, fold, fold_end) < 0:
                return segment
            ranges[segment, number, 0], ranges[segment, number, 1] = begin, end
            ranges[segment, number, 2], ranges[segment, number, 3] = fold, fold_end
    return -1


@kernel(
    "(i8,i8,i8)(in i8[:,:], in i8[:,:], in i8[:,:,:], in i4[:,:], in i8[:,:,:],"
    " out i4[:], out i4[:], out f4[:], out i8[:], out i8[:], out i8[:], out u1[:], out i8[:])"
)
def read_prefixes(
    arrays: I8,
    folded: I8,
    tables: I8,
    asked: I4,
    ranges: I8,
    asked_of: I4,
    segments: I4,
    weights: F4,
    starts: I8,
    titles: I8,
    bodies: I8,
    data: U1,
    data_at: I8,
) -> tuple[int, int, int]:
    """Reads the forms that :func:`prefix_ranges` found, as :func:`index.columnar.lookup_kernels.find_words`
    gives rows."""
    form, scratch = np.empty(FORM_MOST, np.uint8), np.empty(FORM_MOST, np.uint8)
    nothing = np.int64(0)
    rows, size = nothing, nothing
    data_at[0] = 0
    for segment in range(len(arrays)):
        here, there, table = arrays[segment], folded[segment], tables[segment]
        blocks, block_at = bytes_at(here[BLOCKS], here[BLOCKS + 1]), numbers_at(here[AT], here[AT + 1])
        block_lists = numbers_at(here[LISTS], here[LISTS + 1])
        folds, fold_at = bytes_at(there[0], there[1]), numbers_at(there[2], there[3])
        for number in range(len(asked)):
            first, last, low, high = ranges[segment, number]
            if first == last and low == high:
                continue
            lang = asked[number, 0]
            first_block, count = table[lang, FIRST_BLOCK], table[lang, FORMS]
            # Which forms are meant besides those that stand together: by their folds, put in order.
            also = np.empty(high - low, np.int64)
            others = nothing
            at, length, place = nothing, nothing, low
            while place < high:
                block = table[lang, FOLDED_BLOCK] + place // BLOCK
                begin = place % BLOCK
                if begin == 0 or place == low:
                    at, length, begin = fold_at[block], nothing, nothing
                length, _, one, _, at = read_on(
                    folds, at, fold_at[block + 1], begin, place % BLOCK, length, nothing, nothing, nothing, scratch
                )
                if length < 0 or one >= count:
                    return DAMAGED, int(size), segment
                if one < first or one >= last:
                    also[others] = one
                    others += 1
                place += 1
            also = also[:others]
            also.sort()
            # All of them in order; the forms of one block are read on from one another.
            other, inside, block, place, behind = nothing, first, np.int64(-1), nothing, nothing
            length, before, of_titles, of_bodies = nothing, nothing, nothing, nothing
            while other < others or inside < last:
                if inside < last and (other >= others or inside < also[other]):
                    one = inside
                    inside += 1
                else:
                    one = also[other]
                    other += 1
                if first_block + one // BLOCK != block or one % BLOCK < place:
                    block, place = first_block + one // BLOCK, nothing
                    behind, before = block_at[block], block_lists[block]
                    length, of_titles, of_bodies = nothing, nothing, nothing
                length, before, of_titles, of_bodies, behind = read_on(
                    blocks, behind, block_at[block + 1], place, one % BLOCK, length, before, of_titles, of_bodies, form
                )
                if length < 0:
                    return DAMAGED, int(size), segment
                place = one % BLOCK + 1
                if rows >= len(asked_of) or size + length > len(data):
                    return NO_ROOM, int(size), segment
                asked_of[rows], segments[rows], weights[rows] = number, segment, 1.0
                starts[rows], titles[rows], bodies[rows] = before, of_titles, of_bodies
                rows, size = put_form(form, length, rows, size, data, data_at)
    return int(rows), int(size), len(arrays)
