"""Telling why something takes long, where it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

SLOW = 4.0
"""Seconds from which on waiting needs a reason."""


@contextmanager
def told_if_slow(tell: Callable[[str], object], why: str) -> Iterator[None]:
    """Tells ``why``, once and from another thread, where what is done within takes longer than :data:`SLOW`."""
    timer = Timer(SLOW, tell, (why,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
