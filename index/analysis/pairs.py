"""What was found out of pairs of code points, of which texts have few and each many times."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np

from index.analysis.pair_kernels import SLOTS, enter_pair


class KnownPairs:
    """Pairs, and whether the second code point stays as it is behind the first. Safe for several threads."""

    def __init__(self, stays: Callable[[str, str], bool]) -> None:
        """``stays`` finds it out."""
        self._stays = stays
        self._known: set[tuple[int, int]] = set()
        self._learning = Lock()
        self.table = np.zeros(SLOTS, np.uint64)
        """As :mod:`index.analysis.pair_kernels` reads it; another one where it was full."""

    def learn(self, first: int, second: int) -> None:
        """Finds out and enters a pair of code points."""
        with self._learning:
            if (first, second) in self._known:
                return
            if len(self._known) >= SLOTS // 2:
                self._known = set()
                self.table = np.zeros(SLOTS, np.uint64)
            self._known.add((first, second))
            enter_pair(first << 21 | second, self._stays(chr(first), chr(second)), self.table)
