"""What kernels read positions with.

They read postings as :mod:`index.columnar.postings` has them, in a segment's arrays:

===================  =====  ==========================================================================
``docs``             u4     document of each posting, ascending in each list
``freqs``            u1     how often it holds the form; 255: see ``many``
``many_at, many``    i8 u4  postings with 255 and more, ascending, and how often these do
``positions``        u1     positions as :mod:`index.columnar.postings_kernels` encodes them
``strides``          i8     where those of every 64th posting begin
===================  =====  ==========================================================================

A list is a range of postings. Whatever the bytes are, nothing is read outside of these arrays: what does not fit
together ends a kernel with :data:`DAMAGED`.
"""

from __future__ import annotations

import numpy as np

from index.columnar.postings_kernels import MANY, STRIDE
from index.compiled import inlined

DAMAGED, UNCHECKED = -1, -2
"""What a kernel returns for postings that can't be read, and for such as were not compared with their checksums yet."""
_BLOCK = 8
_ONES, _TOPS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)  # an escape is a byte of ones
_EVEN, _LANES = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0001000100010001)
FAR = 1 << 62
"""Behind all positions and documents."""
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_PLACE = np.zeros(64, np.int64)  # which bit a power of two is, by the top six bits of its product with the above
_PLACE[[(int(_DE_BRUIJN) << bit) % 2**64 >> 58 for bit in range(64)]] = range(64)


@inlined
def place_of(bit):  # type: ignore[no-untyped-def]
    """Which bit of eight bytes is set, one alone."""
    return _PLACE[np.int64((bit * _DE_BRUIJN) >> np.uint64(58))]


@inlined
def seek(values, low, stop, wanted):  # type: ignore[no-untyped-def]
    """The first place from ``low`` on whose value is ``wanted`` or more; ``stop`` where there is none."""
    # Unsigned: an index that may be negative costs a comparison, and keeps eight values from being compared at once.
    at, end, step, one = np.uint64(low), np.uint64(stop), np.uint64(_BLOCK), np.uint64(1)
    while at + step <= end and values[at + step - one] < wanted:
        at += step
        step += step
    step = min(step, end - at)  # of these values the first that is great enough is one, or the next behind them
    while step > np.uint64(_BLOCK):
        half = step >> one
        at += half if values[at + half - one] < wanted else np.uint64(0)
        step -= half
    before = np.int64(0)
    if step == np.uint64(_BLOCK):
        for k in range(np.uint64(_BLOCK)):
            before += np.int64(values[at + k] < wanted)
    else:
        for k in range(step):
            before += np.int64(values[at + k] < wanted)
    return np.int64(at) + before


@inlined
def freq_of(freqs, many_at, many, posting):  # type: ignore[no-untyped-def]
    """How often the document of ``posting`` holds the form; -1 where that is not written down."""
    freq = np.int64(freqs[posting])
    if freq < MANY:
        return freq
    at = seek(many_at, np.int64(0), np.int64(len(many_at)), posting)
    if at < len(many_at) and at < len(many) and many_at[at] == posting:
        return np.int64(many[at])
    return np.int64(-1)


@inlined
def count_before(freqs, freq_words, many_at, many, first, posting):  # type: ignore[no-untyped-def]
    """How many positions the postings ``first`` to ``posting - 1`` of one stride have; -1 where that is not written
    down. Eight frequencies at a time: their bytes added in pairs, in lanes of two bytes."""
    count = np.int64(0)
    word, last = first >> 3, posting >> 3
    plain = last < len(freq_words)
    if plain:
        sums, escapes = np.uint64(0), np.uint64(0)
        while word <= last:
            eight = freq_words[word]
            if word == last:
                eight &= (np.uint64(1) << np.uint64(8 * (posting & 7))) - np.uint64(1)
            if word == first >> 3:
                eight &= ~((np.uint64(1) << np.uint64(8 * (first & 7))) - np.uint64(1))
            escapes |= (~eight - _ONES) & eight & _TOPS
            sums += (eight & _EVEN) + ((eight >> np.uint64(8)) & _EVEN)
            word += 1
        count = np.int64((sums * _LANES) >> np.uint64(48))
        plain = escapes == 0
    if not plain:
        count = np.int64(0)
        for k in range(first, posting):
            freq = freq_of(freqs, many_at, many, np.int64(k))
            if freq < 0:
                return np.int64(-1)
            count += freq
    return count


@inlined
def byte_after(positions, position_words, at, count):  # type: ignore[no-untyped-def]
    """Where ``count`` positions from byte ``at`` on end; -1 where that is not within the array. Eight bytes at a time,
    as far as none of them is an escape."""
    size, whole = np.int64(len(positions)), np.int64(len(position_words))
    if at < 0 or at > size:
        return np.int64(-1)
    while count > 0:
        word = at >> 3
        if word + 1 < whole and count >= 8:
            shift = np.uint64(8 * (at & 7))
            eight = position_words[word] >> shift
            if shift:
                eight |= position_words[word + 1] << (np.uint64(64) - shift)
            escape = (~eight - _ONES) & eight & _TOPS
            if escape == 0:
                at += 8
                count -= 8
            else:
                before = place_of(escape & (~escape + np.uint64(1))) >> 3
                at += before + 5
                count -= before + 1
        elif at < size:
            at += 5 if positions[at] == MANY else 1
            count -= 1
        else:
            return np.int64(-1)
    return at if at <= size else np.int64(-1)


@inlined
def byte_of(  # type: ignore[no-untyped-def]
    freqs, freq_words, many_at, many, positions, position_words, strides, posting, known, known_byte
):
    """Where the positions of ``posting`` begin; -1 where they can't be reached. ``known``: a posting before it (or
    itself) whose positions begin at ``known_byte``, or -1."""
    mark = posting // STRIDE
    first, at = mark * STRIDE, strides[mark]
    if known >= first:
        first, at = known, known_byte
    count = count_before(freqs, freq_words, many_at, many, first, posting)
    return byte_after(positions, position_words, at, count) if count >= 0 else np.int64(-1)


@inlined
def sort_places(places, labels, low, high):  # type: ignore[no-untyped-def]
    """Sorts ``places[low:high]`` and their labels with them: by gaps, so that no order is slow."""
    gap = np.int64(1)
    while gap < (high - low) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(low + gap, high):
            place, label = places[k], labels[k]
            j = np.int64(k)
            while j >= low + gap and places[j - gap] > place:
                places[j], labels[j] = places[j - gap], labels[j - gap]
                j -= gap
            places[j], labels[j] = place, label
        gap //= 3
