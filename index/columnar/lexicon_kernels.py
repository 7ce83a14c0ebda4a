"""The kernels of the lexicon: front-coded blocks of forms, written, found in and read.

A block holds up to :data:`BLOCK` forms in order of their bytes. Each form is: how many bytes it shares with the one
before it (one byte; 0 for the first of a block), how many follow (a variable-length integer), those bytes, and the
lengths of its two posting lists, title and body (variable-length integers: seven bits a byte, low ones first, the high
bit set in all but the last).
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import I8, U1, U8
from index.compiled import inlined, kernel

BLOCK = 16
"""Forms a block: a look-up reads half of one on average, and each block costs 16 bytes of offsets."""
_SHARED_MOST = 255
_FORM_MOST = 4096
"""Bytes that a form has at most; forms are cut at 128 code points, which is 512."""


@inlined
def put_number(out, at, value):  # type: ignore[no-untyped-def]
    """Writes a variable-length integer; where it ends."""
    while value >= 128:
        out[at] = np.uint8((value & 127) | 128)
        value >>= 7
        at += 1
    out[at] = np.uint8(value)
    return at + 1


@inlined
def get_number(data, at):  # type: ignore[no-untyped-def]
    """Reads a variable-length integer: the number, and where it ends."""
    value, shift = np.int64(0), np.int64(0)
    while data[at] >= 128 and shift < 56:
        value |= np.int64(data[at] & 127) << shift
        shift += 7
        at += 1
    return value | (np.int64(data[at]) << shift), at + 1


@kernel("i8(in u1[:], in i8[:], in i8[:], in i8[:], in i8[:], out u1[:], out i8[:], out i8[:])")
def encode_blocks(
    data: U1, starts: I8, stops: I8, titles: I8, bodies: I8, out: U1, block_at: I8, block_lists: I8
) -> int:
    """Writes the blocks of forms that are given in order: bytes ``data[starts[i]:stops[i]]``, list lengths
    ``titles[i]`` and ``bodies[i]``. ``block_at[b]`` becomes where block b begins in ``out``, ``block_lists[b]`` how
    many postings stand before it. Returns the bytes written."""
    at, postings, before = np.int64(0), np.int64(0), np.int64(0)
    for i in range(len(starts)):
        start, stop = starts[i], stops[i]
        shared = np.int64(0)
        if i % BLOCK == 0:
            block_at[i // BLOCK] = at
            block_lists[i // BLOCK] = postings
        else:
            most = min(stop - start, stops[before] - starts[before], np.int64(_SHARED_MOST))
            while shared < most and data[start + shared] == data[starts[before] + shared]:
                shared += 1
        out[at] = np.uint8(shared)
        at = put_number(out, at + 1, stop - start - shared)
        for k in range(start + shared, stop):
            out[at] = data[k]
            at += 1
        at = put_number(out, at, titles[i])
        at = put_number(out, at, bodies[i])
        postings += titles[i] + bodies[i]
        before = np.int64(i)
    return at


@inlined
def compare_head(blocks, at, wanted):  # type: ignore[no-untyped-def]
    """-1, 0 or 1 as the first form of the block at ``at`` stands before, is, or stands behind ``wanted``."""
    length, at = get_number(blocks, at + 1)
    for k in range(min(length, len(wanted))):
        if blocks[at + k] != wanted[k]:
            return -1 if blocks[at + k] < wanted[k] else 1
    return 0 if length == len(wanted) else (-1 if length < len(wanted) else 1)


@kernel("i8(in u1[:], in i8[:], i8, i8, in u1[:])")
def block_of(blocks: U1, block_at: I8, first: int, last: int, wanted: U1) -> int:
    """The last of the blocks ``first`` to ``last - 1`` whose first form is not behind ``wanted``; ``first`` where all
    are."""
    low, high = first, last
    while high - low > 1:
        middle = (low + high) // 2
        if compare_head(blocks, block_at[middle], wanted) <= 0:
            low = middle
        else:
            high = middle
    return low


@kernel("i8(in u1[:], i8, i8, in u1[:], out i8[:], out u1[:])")
def seek(blocks: U1, at: int, count: int, wanted: U1, found: I8, form: U1) -> int:
    """Reads ``count`` forms from ``at`` on until one is ``wanted`` or behind it; ``form``: room for one,
    :data:`_FORM_MOST` bytes.

    Returns how many stand before that; ``found`` becomes: whether it is ``wanted``, the postings before its lists, the
    lengths of its title and its body list.
    """
    before = np.int64(0)
    found[:] = 0
    for i in range(count):
        shared = np.int64(blocks[at])
        rest, at = get_number(blocks, at + 1)
        length = min(shared + rest, np.int64(_FORM_MOST))
        for k in range(shared, length):
            form[k] = blocks[at + k - shared]
        at += rest
        title, at = get_number(blocks, at)
        body, at = get_number(blocks, at)
        k = np.int64(0)
        while k < length and k < len(wanted) and form[k] == wanted[k]:
            k += 1
        same = k == length and k == len(wanted)
        if same or (k < length and (k == len(wanted) or form[k] > wanted[k])):
            found[0], found[1], found[2], found[3] = np.int64(same), before, title, body
            return i
        before += title + body
    found[1] = before
    return count


@kernel("(i8,i8)(in u1[:], i8, i8, i8, out u1[:], out i8[:], out i8[:], out i8[:])")
def decode_forms(
    blocks: U1, at: int, stop: int, count: int, out: U1, offsets: I8, titles: I8, bodies: I8
) -> tuple[int, int]:
    """Reads ``count`` forms from ``at`` on: their bytes to ``out``, where each begins to ``offsets`` (count + 1), the
    lengths of their lists. Stops before ``out`` or the bytes up to ``stop`` would not do.

    Returns how many were read, and where the reading ended.
    """
    end = np.int64(0)
    offsets[0] = 0
    for i in range(count):
        if at >= stop or end + _FORM_MOST > len(out):
            return i, at
        shared = np.int64(blocks[at])
        rest, at = get_number(blocks, at + 1)
        if rest > _FORM_MOST - _SHARED_MOST or at + rest > stop or (i == 0 and shared > 0):
            return -1, at
        before = offsets[i - 1] if i else np.int64(0)
        for k in range(shared):
            out[end + k] = out[before + k]
        for k in range(rest):
            out[end + shared + k] = blocks[at + k]
        end += shared + rest
        titles[i], at = get_number(blocks, at + rest)
        bodies[i], at = get_number(blocks, at)
        offsets[i + 1] = end
    return count, at


@kernel("void(in u1[:], in i8[:], in i8[:], i8, in i8[:], out u8[:])")
def prefix_keys(data: U1, starts: I8, stops: I8, depth: int, which: I8, keys: U8) -> None:
    """Of each form in ``which``: its eight bytes from ``8 * depth`` on as a number that sorts like them, zeros behind
    its end."""
    for i in range(len(which)):
        at = starts[which[i]] + 8 * depth
        stop = stops[which[i]]
        key = np.uint64(0)
        for k in range(8):
            key = key << np.uint64(8)
            if at + k < stop:
                key |= np.uint64(data[at + k])
        keys[i] = key
