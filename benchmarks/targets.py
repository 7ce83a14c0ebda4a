"""What a load is asked to reach, and whether the figures of a run do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_MEGABYTES = 1_000
SMALL, LARGE = "100000", "600000"


@dataclass(frozen=True, slots=True)
class Target:
    """One figure that is asked for: at least, or at most, ``bound``."""

    name: str
    unit: str
    at_least: bool
    bound: float
    measure: Callable[[Mapping[str, Any]], float]
    """From the report of a run; raises :class:`KeyError` where it was not measured."""


def _side(name: str, key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda report: float(report["sides"][name]["median"][key])


def _ratio(above: Callable[[Mapping[str, Any]], float], below: Callable[[Mapping[str, Any]], float]) -> Any:
    return lambda report: above(report) / below(report)


def _large(count: str, side: str, key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda report: float(report["large"][count][side][key])


DECLARED, DETECTED, TWO, PEER, STOCK = "kiosk, declared", "kiosk", "kiosk, two workers", "tantivy", "stock Whoosh"

TARGETS = (
    Target(
        "rate without detection, to tantivy's", "x", True, 1.3, _ratio(_side(DECLARED, "rate"), _side(PEER, "rate"))
    ),
    Target("rate with detection, to tantivy's", "x", True, 1.0, _ratio(_side(DETECTED, "rate"), _side(PEER, "rate"))),
    Target("rate of two workers, to one's", "x", True, 1.6, _ratio(_side(TWO, "rate"), _side(DETECTED, "rate"))),
    Target(
        "rate, to stock Whoosh's with langdetect", "x", True, 25, _ratio(_side(DETECTED, "rate"), _side(STOCK, "rate"))
    ),
    Target("bytes on disk, to tantivy's", "x", False, 1.25, _ratio(_side(DECLARED, "bytes"), _side(PEER, "bytes"))),
    Target("peak memory", "MB", False, MOST_MEGABYTES, _side(DETECTED, "peak_memory_mb")),
    Target("peak memory, two workers", "MB", False, MOST_MEGABYTES, _side(TWO, "peak_memory_mb")),
    Target("peak memory of 600,000", "MB", False, MOST_MEGABYTES, _large(LARGE, DETECTED, "peak_memory_mb")),
    Target(
        "peak memory of 600,000, to that of 100,000",
        "x",
        False,
        1.15,
        _ratio(_large(LARGE, DETECTED, "peak_memory_mb"), _large(SMALL, DETECTED, "peak_memory_mb")),
    ),
    Target("opening 600,000 and one posting list", "ms", False, 150, lambda report: float(report["opening"][LARGE])),
)


def judged(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each target with its figure; ``reached`` is ``None`` where the run did not measure it."""
    rows = []
    for target in TARGETS:
        try:
            value: float | None = target.measure(report)
        except KeyError:
            value = None
        rows.append(row(target.name, target.unit, target.at_least, target.bound, value))
    return rows


def row(name: str, unit: str, at_least: bool, bound: float, value: float | None) -> dict[str, Any]:
    """One target with its figure."""
    reached = None if value is None else (value >= bound if at_least else value <= bound)
    return {
        "target": name,
        "asked": f"{'≥' if at_least else '≤'} {bound:g} {unit}",
        "measured": value,
        "reached": reached,
    }
