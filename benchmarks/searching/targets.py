"""What a search is asked to reach, and whether the figures of a run do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.searching.classes import BROWSE, NAMES
from benchmarks.targets import row

Rows = Iterator[dict[str, Any]]
Classes = Mapping[str, Mapping[str, Any]]
SUMMED = ("one word", "two words AND", "three words AND", "three words OR", "dates", "section and language", BROWSE)
LEVEL = ("phrase", "prefix", "fuzzy")
"""Classes whose median may be that of the peer."""


def judged(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each target of what was measured, with its figure."""
    rows: list[dict[str, Any]] = []
    for size, variants in report["sizes"].items():
        for variant, found in variants.items():
            rows += _compared(f"{int(size):,} {variant}", found["classes"])
    for part, rows_of in _PARTS.items():
        if part in report:
            rows += rows_of(report[part])
    return rows


def summed(classes: Classes, clock: str, names: Sequence[str]) -> float:
    """The sum of the times of some classes, the first side's to the second's."""
    sums = [[side["sum_ms"] for side in list(classes[name][clock].values())[:2]] for name in names if name in classes]
    return float(sum(ours for ours, _ in sums) / sum(theirs for _, theirs in sums))


def _compared(where: str, classes: Classes) -> Rows:
    def median(name: str, clock: str) -> float:
        return float(classes[name][clock]["ratio"]["median"])

    if any(name in classes for name in SUMMED):
        yield row(f"{where}: sum of times", "x", False, 0.35, summed(classes, "answer", SUMMED))
    for name in classes:
        yield row(f"{where}: {name}, median", "x", False, 1.0 if name in LEVEL else 0.8, median(name, "answer"))
    for name in ("three words OR", BROWSE):
        if name in classes:
            p95 = float(classes[name]["answer"]["ratio"]["p95"])
            yield row(f"{where}: {name}, 95th percentile", "x", False, 0.5, p95)
    for clock, what, bound in (("planned", "with parsing", 1.3), ("whole", "whole, with snippets", 1.0)):
        name = max(classes, key=lambda name: median(name, clock))
        yield row(f"{where}: {what}, worst median ({name})", "x", False, bound, median(name, clock))


def _stock(found: Mapping[str, Any]) -> Rows:
    yield row(
        "stock Whoosh to ours, sum of whole searches", "x", True, 100, 1 / summed(found["classes"], "whole", NAMES)
    )
    yield row("stock Whoosh to ours, sum of answers", "x", True, 100, 1 / summed(found["classes"], "answer", NAMES))


def _growth(found: Mapping[str, Any]) -> Rows:
    for variant, classes in found.items():
        name = max(classes, key=lambda name: classes[name])
        yield row(f"growth of 4 x, {variant}, worst class ({name})", "x", False, 4.5, classes[name])


def _synthetic(found: Mapping[str, Any]) -> Rows:
    name = max(found["growth"], key=lambda name: found["growth"][name])
    yield row(f"growth of 4 x, made-up postings, worst step ({name})", "x", False, 4.5, found["growth"][name])


def _memory(found: Mapping[str, Any]) -> Rows:
    for size, one in found.items():
        yield row(f"{int(size):,}: memory beyond mapped files", "MB", False, 220, one["after_mb"])
        yield row(f"{int(size):,}: memory of one more thread", "MB", False, 4, one["a_thread_mb"])


_PARTS: dict[str, Callable[[Mapping[str, Any]], Iterable[dict[str, Any]]]] = {
    "stock": _stock,
    "growth": _growth,
    "synthetic": _synthetic,
    "threads": lambda found: [row("kernels on two threads, to one", "x", True, 1.7, found["kernels"])],
    "cold": lambda found: [row("first answer of a fresh process", "s", False, 1.0, found["cached"])],
    "memory": _memory,
    "worst": lambda found: [row("slowest random query", "ms", False, 250, found["max_ms"])],
}
