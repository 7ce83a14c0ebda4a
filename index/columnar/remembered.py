"""The last answers to patterns, kept for whoever asks again: a search that finds nothing does, joined otherwise."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields
from threading import Lock

from index.engine import FormLists

MOST_BYTES = 24_000_000
"""What is kept at most: that many bytes hold a third of a million forms."""


class Remembered:
    """Answers by what was asked, those used last. Safe for several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._known: OrderedDict[Hashable, tuple[FormLists, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, find: Callable[[], FormLists]) -> FormLists:
        """The answer to ``key``, which ``find`` finds where it is not known."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key][0]
        found = find()
        arrays = {id(array): array for array in (getattr(found, each.name) for each in fields(FormLists))}
        size = sum(getattr(array, "nbytes", 0) for array in arrays.values())
        with self._lock:
            if key not in self._known and size <= self._most:
                self._known[key] = found, size
                self._bytes += size
                while self._bytes > self._most:
                    _, (_, gone) = self._known.popitem(last=False)
                    self._bytes -= gone
        return found
