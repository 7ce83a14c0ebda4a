"""How kernels decide by the leaves that a document meets whether it matches: see :mod:`search.shapes`."""

from __future__ import annotations

import numpy as np

from index.compiled import inlined

PUSH, ALL, ANY, NOT, TRUE = range(5)
"""Operations of a program, as pairs: a bit is pushed; the last n results become one (all; at least m: n + 256 m);
the last result is turned round; true is pushed."""


@inlined
def met(seen, bit, counting):  # type: ignore[no-untyped-def]
    """The leaves of a document with one more: as a bit, or, where leaves are only counted, as the number of the last
    one in the upper half and their count in the lower."""
    if counting == 0:
        return seen | bit
    if (seen >> np.uint32(16)) == bit:
        return seen
    return (bit << np.uint32(16)) | ((seen & np.uint32(0xFFFF)) + np.uint32(1))


@inlined
def ones(bits):  # type: ignore[no-untyped-def]
    """How many bits are set."""
    bits = bits - ((bits >> np.uint32(1)) & np.uint32(0x55555555))
    bits = (bits & np.uint32(0x33333333)) + ((bits >> np.uint32(2)) & np.uint32(0x33333333))
    bits = (bits + (bits >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
    return ((bits * np.uint32(0x01010101)) >> np.uint32(24)) & np.uint32(0xFF)


@inlined
def holds(operations, first, last, seen):  # type: ignore[no-untyped-def]
    """Whether a program is true for these leaves; its results lie in the bits of one number, the last one lowest."""
    results = np.uint64(0)
    for at in range(first, last, 2):
        operation, value = operations[at], np.int64(operations[at + 1])
        if operation == PUSH:
            results = (results << np.uint64(1)) | np.uint64((seen >> np.uint32(value)) & np.uint32(1))
        elif operation == TRUE:
            results = (results << np.uint64(1)) | np.uint64(1)
        elif operation == NOT:
            results ^= np.uint64(1)
        else:
            taken = value & 255
            needed = taken if operation == ALL else value >> 8
            found = np.int64(0)
            for _ in range(taken):
                found += np.int64(results & np.uint64(1))
                results >>= np.uint64(1)
            results = (results << np.uint64(1)) | np.uint64(found >= needed)
    return (results & np.uint64(1)) != 0
