"""A process of its own, measured: seconds, CPU seconds and peak memory of it and of all that it starts.

Memory is the sum of the proportional set sizes (PSS) of the process tree, so that what processes share counts once and
pages of mapped files count while they are resident. It is sampled (Linux only): a peak shorter than the interval can be
missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INTERVAL = 0.1
"""Seconds between two samples, or :data:`SHARE` times what the last took where that is longer."""
SHARE = 20


class CommandFailed(Exception):
    """A measured command ended with an error; the message holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process did and took."""

    output: str
    seconds: float
    """From its start to its end, the interpreter's start included."""
    cpu_seconds: float
    """Of the process and of all its children that it waited for."""
    peak_memory_mb: float


def measured(arguments: Sequence[str], statuses: Sequence[int] = (0,)) -> Measured:
    """Runs this Python with ``arguments`` in the project's folder.

    Raises :class:`CommandFailed` where it ends with a status other than these, or fails and says nothing.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=out, stderr=errors)
        with PeakMemory(process.pid) as peak:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, errors):
            file.seek(0)
        output, said = (file.read().decode("utf-8", "replace") for file in (out, errors))
    if process.returncode not in statuses or (process.returncode and not output):
        raise CommandFailed(f"{' '.join(arguments)}: status {process.returncode}: {said[-2_000:]}")
    return Measured(output, seconds, usage.ru_utime + usage.ru_stime, peak.megabytes)


class PeakMemory:
    """Watches a process tree from a thread while the context is open."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        took = 0.0
        while not self._ended.wait(max(INTERVAL, SHARE * took)):
            started = time.perf_counter()
            self.megabytes = max(self.megabytes, sum(map(_pss, _tree(self._pid))) / 1e6)
            took = time.perf_counter() - started


def _tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for one in found:  # grows while it is walked
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:  # has ended meanwhile
            continue
    return found


def _pss(pid: int) -> int:
    """Bytes; 0 for a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
