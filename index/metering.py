"""What a load costs the machine: memory and processor time of all its processes, and which step took it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import psutil

SECONDS_BETWEEN_LOOKS = 1.0


class Steps:
    """Processor time of this process by step, in seconds. Several threads may be at steps of other names each; what
    other processes take can be added."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, *, beside: bool = False) -> Iterator[None]:
        """What is done within is this step; no step stands within another. ``beside``: another thread may be at another
        one, so that only what this thread does counts. Cost: some two microseconds."""
        clock = time.thread_time if beside else time.process_time
        begun = clock()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + clock() - begun

    def add(self, seconds: Mapping[str, float]) -> None:
        """Adds what others took."""
        for name, spent in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def taken(self) -> Mapping[str, float]:
        """What was counted, which then begins anew."""
        taken, self.seconds = self.seconds, {}
        return taken


class Meter:
    """Watches this process and its children while the context lasts.

    ``peak_memory`` is the largest sum, in bytes, of what the processes held at one time: on Linux their proportional
    set size (memory that several share counts once), elsewhere the resident one. Looks once a second, at some
    milliseconds each.
    """

    def __init__(self) -> None:
        self.peak_memory = 0
        self._process = psutil.Process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self._begun = _processor_seconds()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self.look()

    def cpu_seconds(self) -> float:
        """Processor time since the context was entered, that of children which have ended included."""
        return _processor_seconds() - self._begun

    def _watch(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_LOOKS):
            self.look()

    def look(self) -> None:
        """Takes note of the memory that is held now."""
        try:
            processes = [self._process, *self._process.children(recursive=True)]
            self.peak_memory = max(self.peak_memory, sum(map(_memory, processes)))
        except (psutil.Error, OSError):
            return  # a child that ends while it is looked at; the next look is soon


def _memory(process: psutil.Process) -> int:
    try:
        held = process.memory_full_info()
        return int(getattr(held, "pss", 0) or held.rss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _processor_seconds() -> float:
    times = os.times()
    return time.process_time() + times.children_user + times.children_system
