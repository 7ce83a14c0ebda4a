"""Loading: Kiosk beside tantivy, and beside stock Whoosh with langdetect, in one run.

::

    python -m benchmarks.loading [--articles 30000] [--rounds 3] [--large 100000 600000] [--stock 1000]
    python -m benchmarks.loading --profile [--declared]

Every load is a process of its own into a new folder; the sides take turns, and figures are medians over the rounds. The
corpus is that of :mod:`benchmarks.corpus`, with languages declared for ``kiosk, declared`` and for tantivy
(:mod:`benchmarks.peer` has its schema and settings), without them for the others.

- ``rate``: articles a second as each side counts them itself, from the first byte read to the last commit. ``rate
  merged``: the same with ``python -m index merge`` besides (its start included), which leaves one segment.
- ``CPU``: seconds of all processes of the load, start of the interpreter included. ``peak``: see
  :mod:`benchmarks.measured`.
- ``bytes``: what the newest generation takes after the merge, for the same stored fields; all files of the folder where
  the index does not tell its parts.
- ``--large``: one load each of larger corpora, and how long a fresh process takes to open that index and to read one
  posting list (:mod:`benchmarks.opening`; files in the page cache, median of five processes).

A small load of each side, not counted, comes first: kernels are compiled once per machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.corpus import articles, write
from benchmarks.machine import machine
from benchmarks.measured import measured
from benchmarks.targets import DECLARED, DETECTED, PEER, STOCK, TWO, judged
from benchmarks.texts import DATA, Pool, invented, pools

RESULTS = Path(__file__).with_name("results") / "loading.json"
OPENINGS = 5
WARMING = 300
KIOSK = ("ingest.py", "--json", "--quiet")


@dataclass(frozen=True, slots=True)
class Side:
    """One way to load: a command that takes a corpus file and makes an index in a new folder."""

    name: str
    declared: bool
    command: tuple[str, ...]
    options: tuple[str, ...] | None = None
    """Of ``ingest.py``; ``None`` for those that take file and folder."""

    def arguments(self, corpus: Path, index: Path) -> list[str]:
        if self.options is None:
            return [*self.command, str(corpus), str(index)]
        return [*self.command, *self.options, "--index", str(index), str(corpus)]


SIDES = (
    Side(DECLARED, True, KIOSK, ("--workers", "1")),
    Side(DETECTED, False, KIOSK, ("--workers", "1")),
    Side(TWO, False, KIOSK, ("--workers", "2")),
    Side(PEER, True, ("-m", "benchmarks.peer")),
)
STOCK_SIDE = Side(STOCK, False, ("-m", "benchmarks.stock"))


@dataclass(frozen=True, slots=True)
class Corpora:
    """The same articles with and without their languages."""

    declared: Path
    undeclared: Path

    @classmethod
    @contextmanager
    def written(cls, count: int, found: Sequence[Pool], folder: Path) -> Iterator[Corpora]:
        """Both files, removed afterwards."""
        corpora = cls(folder / f"{count}-declared.jsonl", folder / f"{count}.jsonl")
        for path, declared in ((corpora.declared, True), (corpora.undeclared, False)):
            write(path, count, declared=declared, found=found)
        yield corpora
        corpora.declared.unlink()
        corpora.undeclared.unlink()

    def of(self, side: Side) -> Path:
        return self.declared if side.declared else self.undeclared


def loaded(side: Side, corpus: Path, index: Path) -> dict[str, Any]:
    """Loads once and, where it is ours, merges: what it took. Figures are for all articles unless named otherwise."""
    done = measured(side.arguments(corpus, index), statuses=(0, 1))
    summary = json.loads(done.output.splitlines()[-1])
    count = summary.get("articles") or summary["read"]
    row = {
        "articles": count,
        "seconds": summary["seconds"],
        "rate": count / summary["seconds"],
        "process_seconds": done.seconds,
        "cpu_ms_an_article": done.cpu_seconds / count * 1000,
        "peak_memory_mb": done.peak_memory_mb,
        "bytes_in_folder": _size(index),
        **{
            name: summary[name]
            for name in ("accepted", "duplicates", "rejected", "steps", "segments")
            if name in summary
        },
    }
    if side.options is None:
        return {**row, "bytes": summary.get("bytes", _size(index)), "bytes_by_part": summary.get("bytes_by_part", {})}
    segments = _stats(index).get("segments")
    merge = measured(["-m", "index", "merge", str(index)])
    parts = _stats(index).get("bytes_by_part", {})
    return {
        **row,
        **({"segments": segments} if isinstance(segments, int) else {}),
        "merge_seconds": merge.seconds,
        "merge_peak_memory_mb": merge.peak_memory_mb,
        "rate_merged": count / (summary["seconds"] + merge.seconds),
        "bytes": sum(parts.values()) or _size(index),
        "bytes_by_part": parts,
    }


def compared(sides: Sequence[Side], corpora: Corpora, rounds: int, folder: Path) -> dict[str, Any]:
    """All sides in turn, several times: the rounds of each and their medians."""
    rows: dict[str, list[dict[str, Any]]] = {side.name: [] for side in sides}
    for number in range(rounds):
        for side in sides:
            print(f"round {number + 1} of {rounds}: {side.name}", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(dir=folder) as inner:
                rows[side.name].append(loaded(side, corpora.of(side), Path(inner, "index")))
    return {name: {"median": _medians(some), "rounds": some} for name, some in rows.items()}


def large(count: int, found: Sequence[Pool], folder: Path) -> tuple[dict[str, Any], float]:
    """One load of ``count`` articles by Kiosk with detection and by tantivy; the milliseconds of opening the first."""
    rows = {}
    form = _frequent_form(found)
    with Corpora.written(count, found, folder) as corpora, tempfile.TemporaryDirectory(dir=folder) as inner:
        for side in (SIDES[1], SIDES[3]):
            print(f"{count:,} articles: {side.name}", file=sys.stderr, flush=True)
            rows[side.name] = loaded(side, corpora.of(side), Path(inner, side.name))
        opening = opened(Path(inner, SIDES[1].name), "body_en", form)
    return rows, opening


def opened(index: Path, field: str, form: str) -> float:
    """Milliseconds, the median of several fresh processes."""
    command = ["-m", "benchmarks.opening", str(index), field, form]
    rows = [json.loads(measured(command).output) for _ in range(OPENINGS)]
    if not all(row["postings"] for row in rows):
        raise ValueError(f"no posting of {form} in {field}")
    return float(median(row["milliseconds"] for row in rows))


def _frequent_form(found: Sequence[Pool], length: int = 5) -> str:
    """The most frequent English word of some length."""
    words: Counter[str] = Counter()
    for made in islice(articles(found=found), 2_000):
        if made.lang == "en":
            words.update(word for word in made.text.body.casefold().split() if word.isascii() and word.isalpha())
    return next(word for word, _ in words.most_common() if len(word) >= length)


def _medians(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    numbers = [name for name, value in rows[0].items() if isinstance(value, int | float)]
    nested = [name for name, value in rows[0].items() if isinstance(value, dict)]
    return {name: median(row[name] for row in rows) for name in numbers} | {
        name: {key: median(row[name].get(key, 0) for row in rows) for key in rows[0][name]} for name in nested
    }


def _stats(index: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(measured(["-m", "index", "stats", "--json", str(index)]).output)
    return found


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    found = invented() if options.invented else pools()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        if options.profile:
            from benchmarks.profiling import profile_load  # imports all of the loader

            corpus = folder / "corpus.jsonl"
            write(corpus, options.articles, declared=options.declared, found=found)
            profile_load(corpus, folder / "index")
            return 0
        report = _report(options, found, folder)
    options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    printed(report)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loading", description="Measure loading.")
    add = parser.add_argument
    add("--articles", type=int, default=30_000, metavar="N")
    add("--rounds", type=int, default=3, metavar="N")
    add("--large", type=int, nargs="*", default=[], metavar="N", help="larger corpora, loaded once each")
    add("--stock", type=int, default=1_000, metavar="N", help="articles for stock Whoosh, loaded once; 0 for none")
    add("--invented", action="store_true", help="invented texts although real ones are there")
    add("--folder", metavar="DIR", help="where corpora and indexes stand for the while")
    add("--out", type=Path, default=RESULTS, metavar="FILE")
    add("--profile", action="store_true", help="one load under a profiler instead")
    add("--declared", action="store_true", help="with --profile: languages declared")
    return parser


def _report(options: argparse.Namespace, found: Sequence[Pool], folder: Path) -> dict[str, Any]:
    corpus = "real and recombined" if DATA.is_dir() and not options.invented else "invented"
    report: dict[str, Any] = {"machine": machine(), "corpus": corpus, "large": {}, "opening": {}}
    with Corpora.written(WARMING, found, folder) as corpora:
        compared(SIDES, corpora, 1, folder)
    with Corpora.written(options.articles, found, folder) as corpora:
        report["sides"] = compared(SIDES, corpora, options.rounds, folder)
    if options.stock:
        with Corpora.written(options.stock, found, folder) as corpora:
            report["sides"] |= compared([STOCK_SIDE], corpora, 1, folder)
    for count in options.large:
        report["large"][str(count)], report["opening"][str(count)] = large(count, found, folder)
    report["targets"] = judged(report)
    return report


def printed(report: dict[str, Any]) -> None:
    """Prints the report as tables: sides, larger corpora, parts and steps, targets."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    medians = {name: side["median"] for name, side in report["sides"].items()}
    groups = [("", medians)] + [(f", {int(count):,}", sides) for count, sides in report["large"].items()]
    rows = [(name + size, row, sides[PEER]) for size, sides in groups for name, row in sides.items()]
    columns = ("rate", "rate merged", "to tantivy", "CPU ms", "peak MB", "bytes an article", "to tantivy", "segments")
    table = _table("Loading: articles a second, CPU an article", "", *columns)
    for name, row, peer in rows:
        table.add_row(name, *_cells(row, peer))
    console.print(table)
    for title, key, scale in (
        ("Bytes an article by part", "bytes_by_part", 1),
        ("µs an article by step", "steps", 1e6),
    ):
        for name, row, _ in rows:
            if row.get(key):
                parts = sorted(row[key].items(), key=lambda item: -item[1])
                told = ", ".join(f"{part} {size * scale / row['articles']:,.1f}" for part, size in parts)
                console.print(f"{title}, {name}: {told}", soft_wrap=True)
    table = _table("Targets", "", "asked", "measured", "reached")
    for row in report["targets"]:
        value = "not measured" if row["measured"] is None else f"{row['measured']:,.2f}"
        table.add_row(row["target"], row["asked"], value, {True: "yes", False: "no", None: ""}[row["reached"]])
    console.print(table)


def _cells(row: dict[str, Any], peer: dict[str, Any]) -> list[str]:
    return [
        f"{row['rate']:,.0f}",
        f"{row['rate_merged']:,.0f}" if "rate_merged" in row else "",
        f"{row['rate'] / peer['rate']:.2f}",
        f"{row['cpu_ms_an_article']:.3f}",
        f"{row['peak_memory_mb']:,.0f}",
        f"{row['bytes'] / row['articles']:,.0f}",
        f"{row['bytes'] / row['articles'] / (peer['bytes'] / peer['articles']):.2f}",
        f"{row['segments']:.0f}" if "segments" in row else "",
    ]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if column else "left")
    return table


if __name__ == "__main__":
    sys.exit(main())
