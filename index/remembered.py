"""The last answers to what was asked, as many as a bound in bytes allows: whoever asks may ask for anything."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Answers by what was asked, those used last. Safe for several threads."""

    def __init__(self, most_bytes: int, size_of: Callable[[T], int]) -> None:
        """``size_of``: about how many bytes an answer takes."""
        self._most = most_bytes
        self._size_of = size_of
        self._known: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, find: Callable[[], T]) -> T:
        """The answer to ``key``, which ``find`` finds where it is not known."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key][0]
        found = find()
        size = self._size_of(found)
        with self._lock:
            if key not in self._known and size <= self._most:
                self._known[key] = found, size
                self._bytes += size
                while self._bytes > self._most:
                    _, (_, gone) = self._known.popitem(last=False)
                    self._bytes -= gone
        return found

    def forget(self) -> None:
        """Lets go of all."""
        with self._lock:
            self._known.clear()
            self._bytes = 0
