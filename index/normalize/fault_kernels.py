"""The pass over code points that finds what there is to clean in a text: see :mod:`index.normalize.faults`."""

# mypy: disable-error-code="index"
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.analysis.pair_kernels import pair_of, place_of
from index.compiled import kernel
from index.normalize.text import LEAST_WIDTH, MAX_MARKS, WRAP_WIDTH

# Faults of a text.
CHARACTERS = 1
"""There may be an entity, a character that is dropped or replaced, or too many marks on a letter."""
UNSURE = 2
"""There may be characters to compose, or to put in order."""
LINES = 4
"""There is white space to be taken out, or lines that may have been wrapped."""
BREAKS = 8
"""There is a line break."""
EVERY_FAULT = CHARACTERS | UNSURE | LINES | BREAKS

# Classes of code points; 0: always stays as it is.
WHITE = 1
"""The space, and the line break: a fault beside another one."""
BREAK = 2
AMPERSAND = 4
ODD = 8
"""Dropped or replaced wherever it stands."""
DEPENDENT = 16
"""May compose with what stands before it, or be put in order."""
REORDERED = 32
"""Has a combining class, so that what stands behind may be put in order."""
MARK = 64
UNKNOWN = 128
"""Not looked at yet."""

_LINE_FEED, _NUMBER_SIGN = 0x0A, 0x23


@kernel("i8(in u4[:], in i8[:], in u1[:], in u8[:], out u1[:], out u8[:])")
def find_faults(
    codes: NDArray[np.uint32],
    ends: NDArray[np.int64],
    classes: NDArray[np.uint8],
    pairs: NDArray[np.uint64],
    found: NDArray[np.uint8],
    unknown: NDArray[np.uint64],
) -> int:
    """Finds the faults of texts: text *i* ends at ``ends[i]``, where a line feed stands, and one more behind the last.

    ``pairs``: of :class:`index.analysis.pairs.KnownPairs`. Where a class or a pair is not known, the text is taken to
    have the fault in question, and the pair (first << 21 | second) goes into ``unknown`` as long as there is room;
    returns how many do.
    """
    missing, start = 0, 0
    for field in range(len(ends)):
        end = ends[field]
        met, faults, clashes = np.uint8(0), 0, np.uint8(0)
        line, width, marks, last_mark = start, 0, 0, start - 2
        before = np.uint8(WHITE)
        for at in range(start, end):
            here = classes[codes[np.uint64(at)]]
            clashes |= here & before
            before = here
            if here <= WHITE:
                continue
            met |= here
            code = codes[np.uint64(at)]
            if here & BREAK:
                width = max(width, at - line)
                line = at + 1
            if here & AMPERSAND:
                behind = codes[at + 1] | np.uint32(0x20)
                if codes[at + 1] == _NUMBER_SIGN or (behind >= 0x61 and behind <= 0x7A):
                    faults |= CHARACTERS
            if here & MARK:
                marks = marks + 1 if last_mark == at - 1 else 1
                last_mark = at
                if marks > MAX_MARKS:
                    faults |= CHARACTERS
            if here & UNKNOWN:
                if missing < len(unknown):
                    unknown[missing] = code
                    missing += 1
                faults = EVERY_FAULT
                break
            if here & DEPENDENT:
                # Stays where it is in order behind its neighbour, and composes with none of those back to the letter.
                first = at
                while True:
                    first -= 1
                    earlier = codes[first] if first >= start else np.uint32(_LINE_FEED)
                    pair = pair_of(earlier, code)
                    entry = pairs[place_of(pair, pairs)]
                    if not entry & np.uint64(1):
                        faults |= UNSURE if entry == 0 else CHARACTERS
                        if entry == 0 and missing < len(unknown):
                            unknown[missing] = pair
                            missing += 1
                    if not classes[earlier] & REORDERED or faults & (UNSURE | CHARACTERS):
                        break
        if met & ODD:
            faults |= CHARACTERS
        if met & BREAK:
            faults |= BREAKS
        width = max(width, end - line)
        wrapped = met & BREAK and width >= LEAST_WIDTH and width <= WRAP_WIDTH
        if wrapped or (clashes | before) & WHITE:
            faults |= LINES
        found[field] = faults
        start = end + 1
    return missing
