"""The table of words as written, and looking up many at a time.

A word as written has its record, with room for the number of its form, when it is first met:

======================  ============================================================
``records[r]``          number of its form, :data:`NO_FORM` or :data:`UNKNOWN_FORM`
``records[r + 1]``      language << 16 | length
``records[r + 2 ...]``  its code points
======================  ============================================================

Slots (u8, open addressing, a power of two) hold hash bits << 32 | offset of the record + 1; 0 is free. The record is
compared, so that equal hashes do no harm. A slot stands where the upper of its hash bits say, so that a larger table is
filled from a smaller one in order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.compiled import inlined, kernel, prefetch

NO_FORM = 0xFFFFFFFF
UNKNOWN_FORM = 0xFFFFFFFE

KIND = 3 << 30
"""Of what is found, the bits that say what it is; the others: the offset of a record."""
LONGEST_RAW = 40
"""Code points of a word as written that gets a record: longer ones are addresses and garbage, rarely met again."""
LANES = 8
"""Code points that are hashed and compared at a time."""
LARGEST_RECORD = 2 + LONGEST_RAW + LANES
MOST_RECORDS = 1 << 30
"""Numbers that all records may take together: so many have an offset below the kinds."""
AHEAD = 64
"""Words that are looked up together: while one is compared, the slots and records of the others are fetched."""

# The state that is kept between calls: how far the finding of words came, and what is in the table.
FIELD, PIECE, PIECES, ODDS, RECORDS_END, RAWS = range(6)
STATE = 6
UNREAD = -1
"""As :data:`PIECE`: no word of the field was found yet."""

Codes = NDArray[np.uint32]


@inlined
def length_of(records, record):  # type: ignore[no-untyped-def]
    """Code points of a record's word."""
    return np.int64(records[record + 1] & np.uint32(0xFFFF))


@inlined
def hash_of(codes, start, length, seed, lanes):  # type: ignore[no-untyped-def]
    """Of code points, eight at a time: sums of products with the secret numbers ``lanes``, so that no text is made to
    collide. Reads up to seven code points behind them."""
    mixed = seed
    left = length
    while left > 0:
        block = np.uint64(0)
        for lane in range(LANES):
            code = np.uint64(codes[np.uint64(start + lane)])
            block += (code if lane < left else np.uint64(0)) * lanes[lane]
        mixed = (mixed ^ (mixed >> np.uint64(32))) * lanes[0] + block
        start += LANES
        left -= LANES
    mixed = (mixed ^ (mixed >> np.uint64(32))) * lanes[1]
    return mixed ^ (mixed >> np.uint64(29))


@inlined
def are_equal(one, at, other, there, length):  # type: ignore[no-untyped-def]
    """Whether the same code points stand in both. Reads up to seven behind them."""
    left = length
    while left > 0:
        differing = np.uint32(0)
        for lane in range(LANES):
            bits = one[np.uint64(at + lane)] ^ other[np.uint64(there + lane)]
            differing |= bits if lane < left else np.uint32(0)
        if differing:
            return False
        at += LANES
        there += LANES
        left -= LANES
    return True


@inlined
def home_shift(slots):  # type: ignore[no-untyped-def]
    """By how much a hash is shifted to the place where it is looked for first."""
    shift = np.uint64(64)
    size = len(slots)
    while size > 1:
        size >>= 1
        shift -= np.uint64(1)
    return shift


@inlined
def record_of(codes, start, length, lang, mixed, place, slots, records, state):  # type: ignore[no-untyped-def]
    """The offset of the record of the ``length`` code points from ``start`` on, which have the hash ``mixed`` and are
    looked for from ``place`` on; made if there is none, -1 where there is no room for it."""
    header = np.uint32((np.int64(lang) << 16) | length)
    tag = mixed >> np.uint64(32)
    mask = np.uint64(len(slots) - 1)
    while slots[place] != 0:
        slot = slots[place]
        if slot >> np.uint64(32) == tag:
            record = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
            if records[np.uint64(record + 1)] == header and are_equal(records, record + 2, codes, start, length):
                return record
        place = (place + np.uint64(1)) & mask
    record = state[RECORDS_END]
    if 2 * (state[RAWS] + 1) > len(slots) or record + 2 + length + LANES > len(records):
        return -1
    records[record] = UNKNOWN_FORM
    records[record + 1] = header
    for at in range(length):
        records[record + 2 + at] = codes[start + at]
    slots[place] = (tag << np.uint64(32)) | np.uint64(record + 1)
    state[RECORDS_END] = record + 2 + length
    state[RAWS] += 1
    return record


@inlined
def look_up(codes, pieces, piece, count, lang, seed, lanes, slots, records, hashes, found, base, state):  # type: ignore[no-untyped-def]
    """Writes what the pieces from ``piece`` up to ``count`` are to ``found``, from ``base`` on for the first of all.
    Returns how far it came: up to ``count``, or up to one for which there is no room."""
    shift = home_shift(slots)
    slots_at, records_at = slots.ctypes.data, records.ctypes.data
    while piece < count:
        ahead = min(count - piece, AHEAD)
        for i in range(ahead):
            length = pieces[2 * (piece + i) + 1] & ~KIND
            if pieces[2 * (piece + i) + 1] < KIND:
                hashes[i] = hash_of(codes, pieces[2 * (piece + i)], length, seed, lanes)
                prefetch(slots_at + np.int64(hashes[i] >> shift) * 8)
        for i in range(ahead):
            slot = slots[hashes[i] >> shift] if pieces[2 * (piece + i) + 1] < KIND else np.uint64(0)
            prefetch(records_at + np.int64(slot & np.uint64(0xFFFFFFFF)) * 4)
        for i in range(ahead):
            what = pieces[2 * (piece + i) + 1]
            if what < KIND:
                record = record_of(
                    codes,
                    pieces[2 * (piece + i)],
                    what & ~KIND,
                    lang,
                    hashes[i],
                    hashes[i] >> shift,
                    slots,
                    records,
                    state,
                )
                if record < 0:
                    return piece + i
                what = what & KIND | record
            found[base + piece + i] = what
        piece += ahead
    return piece


@kernel("void(in u8[:], out u8[:])")
def place_slots(old: NDArray[np.uint64], slots: NDArray[np.uint64]) -> None:
    """Fills empty slots with those of a smaller table."""
    shift = home_shift(slots)
    mask = np.uint64(len(slots) - 1)
    for at in range(len(old)):
        if old[at] != 0:
            place = old[at] >> shift
            while slots[place] != 0:
                place = (place + np.uint64(1)) & mask
            slots[place] = old[at]
