"""What kernels find forms with in the lexicon of a segment: searches over blocks, and readings of what stands in them.

A *table* has a row for each language of the reader: :data:`FIRST_BLOCK` and so on say what its columns are; a language
that the segment does not have has no forms there. *Heads* are the first eight bytes of each block's first form, as
numbers that sort like them: a search over blocks reads little else.

Offsets and numbers of forms were checked before (:class:`index.columnar.lexicon.LexiconArrays`); what stands inside of
blocks is looked at here. A reading may go beyond the end of the blocks by the length of four numbers at most, where
every file has its footer.
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import I8, U1, U8
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK, get_number
from index.compiled import array_at, inlined, kernel

FIRST_BLOCK, FORMS, TERM, TERM_END, FOLD, FOLD_END, FOLDED_BLOCK = range(7)
"""Columns of a table: first block, number of forms, first and behind the last of its ``term_*`` and ``fold_*``, first
block of its folded forms."""
BLOCKS, AT, LISTS, HEADS, TERM_KEYS, TERM_FORMS, UNLIKE_TERM, FOLD_KEYS, FOLD_FORMS, UNLIKE_FOLD, SIEVE = range(
    0, 22, 2
)
"""Where the address of each array of a segment stands, and behind it its length: of the blocks the data, where each
begins, its lists and its head; keys, forms and unlike ones of terms, then of folds; the sieve."""
DAMAGED, NO_ROOM = -1, -2

bytes_at, numbers_at, keys_at, forms_at = array_at("u1"), array_at("i8"), array_at("u8"), array_at("u4")


@kernel("void(in u1[:], in i8[:], out u8[:])")
def read_heads(blocks: U1, block_at: I8, heads: U8) -> None:
    """The first eight bytes of the first form of each block, zeros behind its end."""
    for block in range(len(heads)):
        length, at = get_number(blocks, block_at[block] + 1)
        stop = block_at[block + 1]
        key = np.uint64(0)
        for k in range(8):
            key = key << np.uint64(8)
            if k < length and at + k < stop:
                key |= np.uint64(blocks[at + k])
        heads[block] = key


@inlined
def head_of(data, start, stop):  # type: ignore[no-untyped-def]
    """What the head of a block is that begins with this text."""
    key = np.uint64(0)
    for k in range(8):
        key = key << np.uint64(8)
        if start + k < stop:
            key |= np.uint64(data[start + k])
    return key


@inlined
def compare_first(blocks, at, block_stop, data, start, stop):  # type: ignore[no-untyped-def]
    """-1, 0 or 1 as the first form of the block at ``at`` stands before, is, or stands behind a text."""
    length, at = get_number(blocks, at + 1)
    length = max(min(length, block_stop - at), np.int64(0))
    size = stop - start
    for k in range(min(length, size)):
        if blocks[at + k] != data[start + k]:
            return -1 if blocks[at + k] < data[start + k] else 1
    return 0 if length == size else (-1 if length < size else 1)


@inlined
def block_before(blocks, block_at, heads, first, last, data, start, stop, most):  # type: ignore[no-untyped-def]
    """The last of the blocks ``first`` to ``last - 1`` whose first form compares to a text as ``most`` or less;
    ``first`` where none does."""
    key = head_of(data, start, stop)
    low, high = first, last
    while high - low > 1:
        middle = (low + high) >> 1
        if heads[middle] != key:
            before = heads[middle] < key
        else:
            before = compare_first(blocks, block_at[middle], block_at[middle + 1], data, start, stop) <= most
        if before:
            low = middle
        else:
            high = middle
    return low


@inlined
def seek_in_block(blocks, at, block_stop, count, data, start, stop):  # type: ignore[no-untyped-def]
    """Reads ``count`` forms from ``at`` on until one is a text or behind it.

    Returns: how many stand before that (-1: damaged), whether it is the text, whether it begins so, the postings before
    its lists, the lengths of these.
    """
    matched, before, size = np.int64(0), np.int64(0), stop - start
    for i in range(count):
        if at >= block_stop:
            return np.int64(-1), False, False, before, np.int64(0), np.int64(0)
        shared = np.int64(blocks[at])
        rest, at = get_number(blocks, at + 1)
        if rest < 0 or rest > block_stop - at:
            return np.int64(-1), False, False, before, np.int64(0), np.int64(0)
        text = at
        titles, at = get_number(blocks, at + rest)
        bodies, at = get_number(blocks, at)
        # The form before agreed with the text in ``matched`` bytes and stood before it: so does one that shares more.
        if i == 0 or shared <= matched:
            shared = shared if i else np.int64(0)
            k = np.int64(0)
            while k < rest and shared + k < size and blocks[text + k] == data[start + shared + k]:
                k += 1
            matched = shared + k
            if matched == size or (k < rest and blocks[text + k] > data[start + matched]):
                return np.int64(i), matched == size and k == rest, matched == size, before, titles, bodies
        before += titles + bodies
    return np.int64(count), False, False, before, np.int64(0), np.int64(0)


@inlined
def read_on(blocks, at, block_stop, place, last, length, before, titles, bodies, form):  # type: ignore[no-untyped-def]
    """Reads the forms of a block from ``place`` to ``last``, the one before them being in ``form``, ``length`` bytes,
    its lists ``titles`` and ``bodies`` long and behind ``before`` postings.

    Returns the same of the last of them (a length of -1: damaged) and where the reading ended.
    """
    for i in range(place, last + 1):
        shared = np.int64(blocks[at]) if i else np.int64(0)
        rest, text = get_number(blocks, at + 1)
        if at >= block_stop or rest < 0 or rest > block_stop - text or shared > length or shared + rest > FORM_MOST:
            return np.int64(-1), before, titles, bodies, at
        length = shared + rest
        for k in range(rest):
            form[shared + k] = blocks[text + k]
        before += titles + bodies
        titles, at = get_number(blocks, text + rest)
        bodies, at = get_number(blocks, at)
    return length, before, titles, bodies, at


@inlined
def read_entry(blocks, block_at, block_lists, first, number, form):  # type: ignore[no-untyped-def]
    """The form with a number in a language whose first block is ``first``: its length (-1: damaged), where its lists
    begin, their lengths; its bytes to ``form``."""
    block, nothing = first + number // BLOCK, np.int64(0)
    length, before, titles, bodies, _ = read_on(
        blocks, block_at[block], block_at[block + 1], nothing, number % BLOCK, nothing, block_lists[block], nothing,
        nothing, form,
    )  # fmt: skip
    return length, before, titles, bodies


@inlined
def put_form(form, length, rows, size, data, data_at):  # type: ignore[no-untyped-def]
    """Appends the form of one more row: rows and bytes then."""
    for k in range(length):
        data[size + k] = form[k]
    data_at[rows + 1] = size + length
    return rows + 1, size + length
