"""What threads work with in turn: as many as work at once, not one for each thread that there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class TakenInTurns(Generic[T]):
    """Things that are for one thread at a time. Safe for several threads."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._idle: list[T] = []

    def take(self) -> T:
        """One for this thread alone, which should give it back; what is left where that breaks off is forgotten."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._make()

    def give(self, one: T) -> None:
        """Gives it back."""
        self._idle.append(one)
