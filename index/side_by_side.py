"""Work that several cores do at once: kernels let other threads run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

SHARES = min(os.cpu_count() or 1, 4)
"""Into how many shares work is worth cutting."""


def side_by_side(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each of ``works`` returns, in their order; the first one is done by the calling thread, which waits for the
    others. Raises what the first of them raises. They must not call this themselves."""
    if len(works) < 2:
        return [work() for work in works]
    others = [_threads().submit(work) for work in works[1:]]
    try:
        first = works[0]()
    finally:
        for other in others:
            other.exception()  # none goes on when the caller does
    return [first, *(other.result() for other in others)]


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    # As many as may search at once, so that no search waits for another one's share.
    return ThreadPoolExecutor(4 * SHARES, "share")


if hasattr(os, "register_at_fork"):
    # A process that is forked has none of the threads, and would wait for them for ever.
    os.register_at_fork(after_in_child=_threads.cache_clear)
