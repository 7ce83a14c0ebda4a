"""The kernels of the postings: tokens grouped into lists, lists encoded, read, measured and copied.

Frequencies are one byte, :data:`MANY` where there are that many or more: the true number then stands in a list of
exceptions. Positions are the distance from the position before it in the same document (the first from 0): one byte, or
:data:`MANY` and four bytes, low ones first. Every :data:`STRIDE` postings it is written down where their positions
begin.
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import I4, I8, U1, U4, U8
from index.compiled import inlined, kernel

MANY = 255
STRIDE = 64


@kernel("i8(in u4[:], in i8[:], in i8[:], in i4[:], i8, out i8[:])")
def count_tokens(forms: U4, ends: I8, docs: I8, places: I4, first: int, counts: I8) -> int:
    """Adds the tokens of each list to ``counts``; list ``2 * places[form]`` is a title's, the next one a body's.

    ``docs[i]``: the document that article i becomes, or -1 where it becomes none. Only forms with a place from
    ``first`` on and fewer than half of ``counts`` are counted; the rest are passed over. Returns how many were counted.
    """
    total = np.int64(0)
    lists = len(counts)
    for field in range(len(ends) - 1):
        if docs[field >> 1] < 0:
            continue
        for i in range(ends[field], ends[field + 1]):
            place = 2 * (np.int64(places[forms[i]]) - first) + (field & 1)
            if 0 <= place < lists:
                counts[place] += 1
                total += 1
    return total


@kernel("void(in u4[:], in u4[:], in i8[:], in i8[:], in i4[:], i8, out i8[:], out u4[:], out u4[:])")
def scatter_tokens(
    forms: U4, positions: U4, ends: I8, docs: I8, places: I4, first: int, next_at: I8, out_docs: U4, out_positions: U4
) -> None:
    """Puts document and position of each token behind those of its list that came before: a counting sort.

    ``next_at``: where the next token of each list goes; it is moved on.
    """
    lists = len(next_at)
    for field in range(len(ends) - 1):
        doc = docs[field >> 1]
        if doc < 0:
            continue
        for i in range(ends[field], ends[field + 1]):
            place = 2 * (np.int64(places[forms[i]]) - first) + (field & 1)
            if 0 <= place < lists:
                at = next_at[place]
                out_docs[at] = np.uint32(doc)
                out_positions[at] = positions[i]
                next_at[place] = at + 1


@inlined
def put_position(out, at, distance):  # type: ignore[no-untyped-def]
    """Writes one distance; where it ends."""
    if distance < MANY:
        out[at] = np.uint8(distance)
        return at + 1
    out[at] = np.uint8(MANY)
    for k in range(4):
        out[at + 1 + k] = np.uint8((distance >> (8 * k)) & 255)
    return at + 5


@inlined
def get_position(data, at):  # type: ignore[no-untyped-def]
    """Reads one distance: the number, and where it ends."""
    if data[at] != MANY:
        return np.int64(data[at]), at + 1
    value = np.int64(0)
    for k in range(4):
        value |= np.int64(data[at + 1 + k]) << (8 * k)
    return value, at + 5


@kernel("(i8,i8,i8)(in u4[:], in u4[:], in i8[:], out u4[:], out u1[:], out i8[:], out u4[:], out u1[:], out i8[:])")
def encode_lists(
    docs: U4,
    positions: U4,
    list_ends: I8,
    out_docs: U4,
    out_freqs: U1,
    many_at: I8,
    many: U4,
    out_positions: U1,
    lengths: I8,
) -> tuple[int, int, int]:
    """Makes postings of tokens that stand in the order of their lists, documents and positions.

    ``list_ends``: (lists + 1) where the tokens of each list begin. ``lengths`` becomes the postings of each list,
    ``many_at`` and ``many`` the exceptions. Returns postings, exceptions and bytes of positions.
    """
    postings, exceptions, size = np.int64(0), np.int64(0), np.int64(0)
    for one in range(len(list_ends) - 1):
        i, stop, before = list_ends[one], list_ends[one + 1], postings
        while i < stop:
            doc = docs[i]
            freq, last = np.int64(0), np.int64(0)
            while i < stop and docs[i] == doc:
                size = put_position(out_positions, size, np.int64(positions[i]) - last)
                last = np.int64(positions[i])
                freq += 1
                i += 1
            out_docs[postings] = doc
            out_freqs[postings] = np.uint8(min(freq, np.int64(MANY)))
            if freq >= MANY:
                many_at[exceptions] = postings
                many[exceptions] = np.uint32(freq)
                exceptions += 1
            postings += 1
        lengths[one] = postings - before
    return postings, exceptions, size


@kernel("i8(in u1[:], in i8[:], in u4[:], i8, in u1[:], i8, out i8[:])")
def mark_strides(freqs: U1, many_at: I8, many: U4, first: int, positions: U1, base: int, marks: I8) -> int:
    """Where the positions of every :data:`STRIDE`-th posting begin.

    ``first``: number in the segment of the first posting of ``freqs``; ``base``: bytes of positions before its own;
    ``many_at``: exceptions among ``freqs``, counted from its start. Returns how many marks were made.
    """
    at, exception, made = np.int64(0), np.int64(0), np.int64(0)
    for i in range(len(freqs)):
        if (first + i) % STRIDE == 0:
            marks[made] = base + at
            made += 1
        freq = np.int64(freqs[i])
        if freq == MANY:
            freq = np.int64(many[exception])
            exception += 1
        for _ in range(freq):
            at += 5 if positions[at] == MANY else 1
    return made


@kernel("i8(in u1[:], i8, in u4[:], i8, out u4[:])")
def decode_positions(positions: U1, at: int, freqs: U4, skipped: int, out: U4) -> int:
    """Reads the positions of some postings from byte ``at`` on, passing over those of the first ``skipped``; returns
    how many were read, -1 where they do not end within ``positions``."""
    read = np.int64(0)
    size = len(positions)
    for i in range(len(freqs)):
        last = np.int64(0)
        for _ in range(freqs[i]):
            if at >= size or (positions[at] == MANY and at + 5 > size):
                return -1
            distance, at = get_position(positions, at)
            last += distance
            if i >= skipped:
                if read >= len(out):
                    return -1
                out[read] = np.uint32(last)
                read += 1
    return read


@kernel("(i8,i8)(in u4[:], in u1[:], in i8[:], in u4[:], in u1[:], in i8[:], in i4[:], in i8[:], out i8[:], out i8[:])")
def measure_lists(
    docs: U4,
    freqs: U1,
    many_at: I8,
    many: U4,
    positions: U1,
    lengths: I8,
    renumbered: I4,
    targets: I8,
    out_postings: I8,
    out_bytes: I8,
) -> tuple[int, int]:
    """How many postings, and bytes of positions, lists bring to the lists that they are merged into.

    ``lengths``: the postings of each list, one list after the other from the start of ``docs``; ``targets``: the list
    that each goes into; ``renumbered``: the new number of each document, -1 where it is deleted. Adds to
    ``out_postings`` and ``out_bytes``; returns the bytes of positions passed over, and -1 as the first of both where
    documents or positions are not within bounds.
    """
    at, posting, exception = np.int64(0), np.int64(0), np.int64(0)
    size, count = len(positions), len(renumbered)
    for one in range(len(lengths)):
        target = targets[one]
        for _ in range(lengths[one]):
            freq = np.int64(freqs[posting])
            if freq == MANY:
                if exception >= len(many):
                    return -1, at
                freq = np.int64(many[exception])
                exception += 1
            start = at
            for _ in range(freq):
                if at >= size:
                    return -1, at
                at += 5 if positions[at] == MANY else 1
            if np.int64(docs[posting]) >= count or at > size:
                return -1, at
            if renumbered[docs[posting]] >= 0:
                out_postings[target] += 1
                out_bytes[target] += at - start
            posting += 1
    return at, posting


@kernel(
    "i8(in u4[:], in u1[:], in i8[:], in u4[:], in u1[:], in i8[:], in i4[:], in i8[:], out i8[:], out i8[:],"
    " out u4[:], out u1[:], out u1[:], out i8[:], out u4[:])"
)
def copy_lists(
    docs: U4,
    freqs: U1,
    many_at: I8,
    many: U4,
    positions: U1,
    lengths: I8,
    renumbered: I4,
    targets: I8,
    next_posting: I8,
    next_byte: I8,
    out_docs: U4,
    out_freqs: U1,
    out_positions: U1,
    out_many_at: I8,
    out_many: U4,
) -> int:
    """Copies what :func:`measure_lists` measured behind what the target lists hold already. Returns the exceptions
    written, in order of this source."""
    at, posting, exception, written = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for one in range(len(lengths)):
        target = targets[one]
        goes, byte = next_posting[target], next_byte[target]
        for _ in range(lengths[one]):
            freq = np.int64(freqs[posting])
            if freq == MANY:
                freq = np.int64(many[exception])
                exception += 1
            doc = renumbered[docs[posting]]
            start = at
            for _ in range(freq):
                at += 5 if positions[at] == MANY else 1
            if doc >= 0:
                out_docs[goes] = np.uint32(doc)
                out_freqs[goes] = freqs[posting]
                if freq >= MANY:
                    out_many_at[written] = goes
                    out_many[written] = np.uint32(freq)
                    written += 1
                goes += 1
                for k in range(start, at):
                    out_positions[byte] = positions[k]
                    byte += 1
            posting += 1
        next_posting[target], next_byte[target] = goes, byte
    return written


@kernel("i8(in u4[:], in u1[:], in i8[:], in u4[:], in u1[:], in i8[:], i8, i8, out i8[:])")
def sum_lists(
    docs: U4, freqs: U1, many_at: I8, many: U4, positions: U1, lengths: I8, parity: int, count: int, words: I8
) -> int:
    """Proves lists well-formed and adds up how many words each document has in them.

    List i is a title's where ``(i + parity)`` is even; ``words``: (2 * documents) title and body of each. Returns the
    bytes of positions read, or -1 minus the number of the list that is out of order or reaches beyond the documents.
    """
    at, posting, exception = np.int64(0), np.int64(0), np.int64(0)
    for one in range(len(lengths)):
        last = np.int64(-1)
        for _ in range(lengths[one]):
            doc = np.int64(docs[posting])
            freq = np.int64(freqs[posting])
            if freq == MANY:
                if exception >= len(many) or many_at[exception] != posting:
                    return -1 - one
                freq = np.int64(many[exception])
                exception += 1
            if doc <= last or doc >= count or freq == 0:
                return -1 - one
            last = doc
            for k in range(freq):
                if at >= len(positions) or (positions[at] == MANY and at + 5 > len(positions)):
                    return -1 - one
                distance, at = get_position(positions, at)
                if k > 0 and distance == 0:
                    return -1 - one
            words[2 * doc + ((one + parity) & 1)] += freq
            posting += 1
    return at


@kernel("void(in u8[:], in u4[:], in u8[:], i8, out i8[:])")
def find_keys(keys: U8, order: U4, wanted: U8, width: int, found: I8) -> None:
    """The first place in ``order`` whose key is each of ``wanted``, -1 where none is.

    ``keys[width * doc]``: the key of a document; ``order``: documents by ascending key. Keys are evenly spread, so a
    guess by proportion is near: some three looks for each.
    """
    count = len(order)
    for i in range(len(wanted)):
        key = wanted[i]
        low, high = np.int64(0), np.int64(count)  # the first place with a key of at least this is in between
        least, most = np.float64(0.0), np.float64(18446744073709551615.0)
        steps = 0
        while low < high:
            span = most - least
            if steps < 8 and span > 0:
                middle = low + np.int64((np.float64(key) - least) / span * np.float64(high - low))
                middle = min(max(middle, low), high - 1)
            else:
                middle = (low + high) // 2
            steps += 1
            here = keys[width * np.int64(order[middle])]
            if here < key:
                low, least = middle + 1, np.float64(here)
            else:
                high, most = middle, np.float64(here)
        found[i] = low if low < count and keys[width * np.int64(order[low])] == key else -1
