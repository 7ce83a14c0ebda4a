"""The kernel that counts the documents of lists that are not deleted."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import B1, I8, U4
from index.compiled import inlined, kernel

ASKED, SEGMENT, START, TITLES, BODIES = 0, 1, 3, 4, 5
"""Columns of rows whose lists are counted."""
DAMAGED = -1


@inlined
def living_of(docs, start, stop, alive, dead):  # type: ignore[no-untyped-def]
    """How many documents of a list are not deleted; -1: damaged."""
    length, count = stop - start, len(alive)
    if 16 * len(dead) < length:  # each deleted document looked for in the list
        living, low = length, start
        for i in range(len(dead)):
            high = stop
            while low < high:
                middle = (low + high) >> 1
                if docs[middle] < dead[i]:
                    low = middle + 1
                else:
                    high = middle
            if low >= stop:
                break
            if docs[low] == dead[i]:
                living -= 1
        return living
    living = np.int64(0)
    for i in range(start, stop):
        if np.int64(docs[i]) >= count:
            return np.int64(-1)
        living += np.int64(alive[docs[i]])
    return living


@kernel("i8(in u4[:], in b1[:], in u4[:], in i8[:,:], out i8[:,:])")
def count_living(docs: U4, alive: B1, dead: U4, found: I8, living: I8) -> int:
    """How many documents of the title and the body list of each row are not deleted, to ``living`` (rows, 2).

    ``dead``: the deleted documents, ascending. The lists lie within ``docs``. Returns 0, or :data:`DAMAGED`.
    """
    for i in range(len(found)):
        start = found[i, START]
        middle = start + found[i, TITLES]
        living[i, 0] = living_of(docs, start, middle, alive, dead)
        living[i, 1] = living_of(docs, middle, middle + found[i, BODIES], alive, dead)
        if living[i, 0] < 0 or living[i, 1] < 0:
            return DAMAGED
    return 0
