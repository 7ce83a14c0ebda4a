"""The report of a run as tables."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.searching.targets import SUMMED, summed

CLOCKS = {"answer": "from a parsed request", "planned": "with parsing and planning", "whole": "with hits and snippets"}


def printed(report: Mapping[str, Any]) -> None:
    """Prints what was measured, the targets last."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    for size, variants in report["sizes"].items():
        for variant, found in variants.items():
            for clock, title in CLOCKS.items():
                _compared(console, f"{int(size):,} articles, {variant}: {title}", found, clock)
    for clock in ("answer", "whole"):
        if "stock" in report:
            _compared(console, f"{report['stock']['articles']:,} articles: {CLOCKS[clock]}", report["stock"], clock)
    for name in ("growth", "threads", "cold", "memory", "roofline", "synthetic"):
        if name in report:
            console.print(f"\n{name}:", style="bold")
            _told(console, report[name])
    if "worst" in report:
        _worst(console, report["worst"])
    _targets(console, report["targets"])


def _compared(console: Console, title: str, found: Mapping[str, Any], clock: str) -> None:
    classes = {name: one[clock] for name, one in found["classes"].items() if clock in one}
    if not classes:
        return
    ours, theirs = list(next(iter(classes.values())))[:2]
    segments = ", ".join(f"{side} {count}" for side, count in found["segments"].items())
    table = Table(title=f"{title} (segments: {segments})", title_justify="left")
    table.add_column("milliseconds")
    for column in (
        f"{ours} median",
        "95 %",
        f"{theirs} median",
        "95 %",
        "median",
        "95 %",
        "sum",
        "found",
        "by the other",
    ):
        table.add_column(column, justify="right")
    table.add_column("alike: median", justify="right")
    for name, one in classes.items():
        table.add_row(name, *_cells(one, ours, theirs))
    if any(name in classes for name in SUMMED):
        table.add_row("sum of targets' classes", *[""] * 6, f"{summed(found['classes'], clock, SUMMED):.2f}")
    console.print(table)


def _cells(one: Mapping[str, Any], ours: str, theirs: str) -> list[str]:
    times = [f"{one[side][measure]:.3f}" for side in (ours, theirs) for measure in ("median_ms", "p95_ms")]
    ratios = [f"{one['ratio'][measure]:.2f}" for measure in ("median", "p95", "sum")]
    totals = [f"{one[side]['sum_of_totals']:,}" for side in (ours, theirs)]
    alike = f"{one['ratio_alike']['median']:.2f} of {one['alike']}" if "ratio_alike" in one else ""
    return [*times, *ratios, *totals, alike]


def _told(console: Console, found: Mapping[str, Any], indent: int = 2) -> None:
    for name, value in found.items():
        if isinstance(value, Mapping) and value and not isinstance(next(iter(value.values())), Mapping):
            figures = ", ".join(f"{key} {_number(one)}" for key, one in value.items())
            console.print(" " * indent + f"{name}: {figures}", soft_wrap=True)
        elif isinstance(value, Mapping):
            console.print(" " * indent + f"{name}:")
            _told(console, value, indent + 2)
        else:
            console.print(" " * indent + f"{name}: {_number(value)}")


def _number(value: Any) -> str:
    return (
        f"{value:,.3g}"
        if isinstance(value, float) and abs(value) < 1000
        else f"{value:,}"
        if isinstance(value, int | float)
        else str(value)
    )


def _worst(console: Console, found: Mapping[str, Any]) -> None:
    figures = ", ".join(f"{name} {_number(found[name])}" for name in found if name != "slowest")
    console.print(f"\nrandom queries: {figures}", soft_wrap=True)
    for one in found["slowest"]:
        console.print(f"  {one['ms']:8.1f} ms  {one['op']:4}  {one['q']}", soft_wrap=True, markup=False)


def _targets(console: Console, rows: list[dict[str, Any]]) -> None:
    table = Table(title="Targets", title_justify="left")
    for column in ("", "asked", "measured", "reached"):
        table.add_column(column, justify="right" if column else "left")
    for one in rows:
        table.add_row(one["target"], one["asked"], f"{one['measured']:,.2f}", "yes" if one["reached"] else "no")
    console.print(table)
