"""Kernel calls taken down as they are made, to be run again without the Python around them."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.compiled import Kernel
from search.kernels.best import READ, TOTAL

LARGE = 65_536
"""Bytes from which on an array that a kernel writes is scratch, one for each thread; smaller ones each call has as they
were."""
SEARCHING = "answer"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call of a kernel, with copies of what it writes as it was before."""

    kernel: Kernel[Any, Any]
    arguments: tuple[Any, ...]
    written: frozenset[int]
    postings: int = 0
    """Read by it, where it tells."""
    matches: int = 0

    def ready(self, scratch: dict[int, Any]) -> tuple[Any, ...]:
        """Arguments to run it with once; large ones that it writes are kept in ``scratch``."""
        return tuple(
            value if at not in self.written else _copy(value, scratch) for at, value in enumerate(self.arguments)
        )


def _copy(array: Any, scratch: dict[int, Any]) -> Any:
    if array.nbytes < LARGE:
        return array.copy()
    address = array.ctypes.data  # two arrays may be one memory
    if address not in scratch:
        scratch[address] = array.copy()
    return scratch[address].view(array.dtype)


def recorded(work: Callable[[], object], name: str = SEARCHING) -> list[Recorded]:
    """The calls of one kernel that ``work`` makes."""
    calls: list[Recorded] = []
    plain = Kernel.__call__

    def taking_down(kernel: Kernel[Any, Any], *arguments: Any, **named: Any) -> Any:
        if kernel.function.__name__ != name:
            return plain(kernel, *arguments, **named)
        written = _written(kernel)
        kept = tuple(
            value.copy() if at in written and value.nbytes < LARGE else value for at, value in enumerate(arguments)
        )
        before = _told(kernel, arguments)
        result = plain(kernel, *arguments, **named)
        postings, matches = _told(kernel, arguments) - before
        calls.append(Recorded(kernel, kept, written, int(postings), int(matches)))
        return result

    Kernel.__call__ = taking_down  # type: ignore[assignment, method-assign]
    try:
        work()
    finally:
        Kernel.__call__ = plain  # type: ignore[method-assign]
    return calls


def _written(kernel: Kernel[Any, Any]) -> frozenset[int]:
    """The places of the arguments that it writes."""
    returned = re.match(r"\s*(\([^)]*\)|\w+)\(", kernel.signature or "")
    arguments = re.split(r",(?![^\[]*\])", (kernel.signature or "")[returned.end() if returned else 0 :])
    return frozenset(at for at, argument in enumerate(arguments) if argument.strip().startswith("out "))


def replayed(calls: Sequence[Recorded], threads: int, now: Callable[[], float] = time.perf_counter) -> float:
    """Seconds until each of so many threads has run all calls; each starts at another place among them."""
    works = []
    for number in range(threads):
        start = number * len(calls) // threads
        works.append(_work([*calls[start:], *calls[:start]]))
    started = now()
    running = [threading.Thread(target=work) for work in works]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return now() - started


def _work(calls: Sequence[Recorded]) -> Callable[[], None]:
    scratch: dict[int, Any] = {}
    ready = [(call.kernel, call.ready(scratch)) for call in calls]

    def work() -> None:
        for kernel, arguments in ready:
            kernel(*arguments)

    return work


def _told(kernel: Kernel[Any, Any], arguments: Sequence[Any]) -> Any:
    """Postings read and matches found so far, as the kernel's state has them."""
    function: Any = kernel.function
    state = arguments[function.__code__.co_varnames.index("state")]
    return np.array([state[READ], state[TOTAL]])
