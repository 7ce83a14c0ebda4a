"""Two sides asked the same in turn, and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

import numpy as np

from benchmarks.measured import ROOT
from benchmarks.queries import Question

ALIKE = 0.2
"""How far the totals of both sides may be apart for a question to count as the same work."""


class Side:
    """A process that answers; see :mod:`benchmarks.searching.side`."""

    def __init__(self, name: str, index: Path, *, cpu: bool = False) -> None:
        command = [sys.executable, "-m", "benchmarks.searching.side", name, str(index), *(["--cpu"] if cpu else [])]
        self.name = name
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, what: str, questions: Sequence[Question] = (), **options: Any) -> dict[str, Any]:
        """Gives an order and waits for the answer. Raises :class:`RuntimeError` where the process ended instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"do": what, "questions": [asdict(one) for one in questions], "options": options}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: ended at {what} with status {self._process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


Clock = tuple[str, Mapping[str, Sequence[Question]], int]
"""A clock, the questions that it is asked by class, and rounds."""


def compared(indexes: Mapping[str, Path], clocks: Sequence[Clock], *, cpu: bool = False) -> dict[str, Any]:
    """All classes, sides in turn, one more round than is counted: the first warms."""
    with ExitStack() as stack:
        sides = [stack.enter_context(Side(name, path, cpu=cpu)) for name, path in indexes.items()]
        segments = {side.name: side.do("segments")["segments"] for side in sides}
        classes: dict[str, dict[str, Any]] = {}
        for clock, questions, rounds in clocks:
            for name, asked in questions.items():
                print(f"  {clock}: {name}", file=sys.stderr, flush=True)
                classes.setdefault(name, {})[clock] = _class(sides, clock, asked, rounds)
    return {"segments": segments, "classes": classes}


def _class(sides: Sequence[Side], clock: str, asked: Sequence[Question], rounds: int) -> dict[str, Any]:
    took: dict[str, list[list[float]]] = {side.name: [] for side in sides}
    totals: dict[str, list[int]] = {}
    for number in range(rounds + 1):
        for side in sides if number % 2 else sides[::-1]:
            found = side.do(clock, asked)
            totals[side.name] = found["totals"]
            if number:
                took[side.name].append(found["took"])
    times = {name: np.min(np.array(rows), axis=0) for name, rows in took.items()}
    return {**{name: _figures(times[name], totals[name]) for name in times}, **_ratios(times, totals)}


def _figures(times: Any, totals: Sequence[int]) -> dict[str, float]:
    """Milliseconds of one side, over the least of each question's rounds."""
    return {
        "median_ms": float(np.median(times)) / 1000,
        "p95_ms": float(np.percentile(times, 95)) / 1000,
        "max_ms": float(np.max(times)) / 1000,
        "sum_ms": float(np.sum(times)) / 1000,
        "median_total": float(median(totals)),
        "sum_of_totals": sum(totals),
    }


def _ratios(times: Mapping[str, Any], totals: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """The first side to the second, also over those questions alone where both find about the same."""
    ours, theirs = times.values()
    mine, other = (np.array(found) for found in totals.values())
    alike = np.abs(mine - other) <= ALIKE * np.maximum(mine, other)
    rows = {"ratio": _ratio(ours, theirs), "alike": int(alike.sum())}
    return {**rows, "ratio_alike": _ratio(ours[alike], theirs[alike])} if alike.any() else rows


def _ratio(ours: Any, theirs: Any) -> dict[str, float]:
    return {
        "median": float(np.median(ours) / np.median(theirs)),
        "sum": float(np.sum(ours) / np.sum(theirs)),
        "p95": float(np.percentile(ours, 95) / np.percentile(theirs, 95)),
    }
