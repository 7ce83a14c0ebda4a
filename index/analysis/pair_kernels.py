"""A table of pairs of code points: whether the second one stays as it is behind the first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.compiled import inlined, kernel

SLOTS = 1 << 13
"""Of a table: u8, open addressing, (first << 21 | second) << 1 | whether it stays; 0 is free."""


@inlined
def place_of(pair, pairs):  # type: ignore[no-untyped-def]
    """Where a pair (first << 21 | second) stands, or the free place for it."""
    place = (pair * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40) & np.uint64(SLOTS - 1)
    while pairs[place] != 0 and pairs[place] >> np.uint64(1) != pair:
        place = (place + np.uint64(1)) & np.uint64(SLOTS - 1)
    return place


@inlined
def pair_of(first, second):  # type: ignore[no-untyped-def]
    """Two code points as a pair."""
    return np.uint64(first) << np.uint64(21) | np.uint64(second)


@kernel("void(u8, b1, out u8[:])")
def enter_pair(pair: int, stays: bool, pairs: NDArray[np.uint64]) -> None:
    """Enters a pair; there must be a free slot besides."""
    pairs[place_of(pair, pairs)] = np.uint64(pair) << np.uint64(1) | np.uint64(stays)
