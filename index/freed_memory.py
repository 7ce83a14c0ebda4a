"""Giving memory that was freed back to the system.

The C library of most Linux systems (glibc) keeps what is freed, in a stock of each thread's own, and from the first
large array that is freed on treats larger ones so, too. Several threads that take and free arrays of megabytes, as
those of a load do, hold a fifth more memory by that than they use, and those of a server twice as much. Elsewhere
nothing is done here.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any

LARGE = 4 << 20
"""Bytes from which on an array goes back at once. Smaller ones are taken so often that fetching them anew each time
costs more than it gives."""
KEPT = 8 << 20
"""Bytes that each thread's stock may keep at its end until :func:`give_back`. Once the other limit is set it keeps 128
KiB, so that an array of a megabyte that is taken for each few articles would be fetched anew page by page."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The numbers that ``mallopt`` knows them by."""


def give_back_large_arrays() -> None:
    """From now on arrays of :data:`LARGE` bytes go back to the system when they are freed, in this whole process."""
    if (library := _library()) is not None:
        library.mallopt(_MMAP_THRESHOLD, LARGE)
        library.mallopt(_TRIM_THRESHOLD, KEPT)


def share_one_stock() -> None:
    """From now on new threads share one stock of freed memory, in this whole process, and little stays in it. One of
    its own costs each thread megabytes, and spares it nothing where memory is taken under the interpreter's lock."""
    if (library := _library()) is not None:
        library.mallopt(_ARENA_MAX, 1)
        library.mallopt(_MMAP_THRESHOLD, LARGE)
        library.mallopt(_TRIM_THRESHOLD, LARGE)


def give_back() -> None:
    """Gives back what is free at present. Cost: some milliseconds, without the interpreter's lock."""
    if (library := _library()) is not None:
        library.malloc_trim(0)


@cache
def _library() -> Any | None:
    """The C library, where it is one that keeps memory and can be told not to."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
