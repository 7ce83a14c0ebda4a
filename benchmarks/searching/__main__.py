"""Searching: Kiosk beside tantivy in one run, and beside stock Whoosh at a small size.

::

    python -m benchmarks.searching [--folder DIR] [--sizes 400000 1600000] [--variants merged parts]
        [--classes NAME ...] [--count 200] [--rounds 3] [--parts PART ...] [--cpu] [--out FILE]

Indexes are made where they are missing and kept in ``--folder`` (:mod:`benchmarks.searching.indexes`); for 400,000
articles that takes some minutes and 4 GB, for 1,600,000 four times as much.

Each side is a process of its own (:mod:`benchmarks.searching.side`), with its index in memory and no cache of answers.
Sides take turns, class by class (:mod:`benchmarks.searching.classes`), one round more than is counted; a question's
time is the least of its rounds, so that what else the machine does counts little. Figures of a class: median, 95th
percentile and sum over its questions, the ratios of these, and the median of those alone where both sides find about as
many, since stems and accents differ.

Other parts: ``stock`` (Whoosh), ``growth`` (from the first size to the last, each class' sum of times), ``threads``,
``cold``, ``memory``, ``roofline`` (what the kernels read, beside what memory gives), ``synthetic`` (made-up
postings of up to 6,400,000 documents), ``worst`` (random queries, the slowest by name).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.queries import Question
from benchmarks.searching.bandwidth import bandwidth, beside_memory
from benchmarks.searching.classes import NAMES, questions
from benchmarks.searching.cold import first_answers
from benchmarks.searching.compared import Side, compared
from benchmarks.searching.indexes import MERGED, PARTS, Indexes
from benchmarks.searching.report import printed
from benchmarks.searching.synthetic import grown
from benchmarks.searching.targets import judged
from benchmarks.texts import DATA, pools

RESULTS = Path(__file__).parents[1] / "results" / "searching.json"
FOLDER = Path("bench-indexes")
STOCK_ARTICLES, STOCK_QUESTIONS = 30_000, 10
MEMORY_SEARCHES = 1_000
WHOLE_SHARE = 4
"""One question in so many is asked by the clock ``whole``."""
INSIDE = ("threads", "memory", "roofline", "worst")
OTHERS = ("compared", "stock", *INSIDE, "cold", "synthetic")


class Run:
    """One run: what is asked, of which indexes."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._pools = pools()
        asked = questions(self._pools, options.count, options.seed)
        self._questions: Mapping[str, list[Question]] = {name: asked[name] for name in options.classes}
        self._indexes = {size: Indexes(options.folder, size, self._pools) for size in options.sizes}
        self._report: dict[str, Any] = {
            "machine": machine(),
            "corpus": "real and recombined" if DATA.is_dir() else "invented",
            "seed": options.seed,
            "questions": options.count,
            "rounds": options.rounds,
            "time": "processor" if options.cpu else "wall",
            "sizes": {},
            "seconds": {},
        }

    def report(self) -> dict[str, Any]:
        """All that is asked for."""
        for part in self._options.parts:
            started = time.perf_counter()
            print(part, file=sys.stderr, flush=True)
            getattr(self, f"_{part}")()
            self._report["seconds"][part] = time.perf_counter() - started
        for indexes in self._indexes.values():
            indexes.forget_corpus()
        self._report["targets"] = judged(self._report)
        return self._report

    def _compared(self) -> None:
        some = {name: asked[::WHOLE_SHARE] for name, asked in self._questions.items()}
        for size, indexes in self._indexes.items():
            variants = self._report["sizes"][str(size)] = {}
            for variant in self._options.variants:
                paths = {"kiosk": indexes.kiosk(variant), "tantivy": indexes.tantivy(variant)}
                rounds = self._options.rounds
                clocks = (("answer", self._questions, rounds), ("planned", some, rounds), ("whole", some, rounds))
                variants[variant] = compared(paths, clocks, cpu=self._options.cpu)
        self._growth()

    def _growth(self) -> None:
        sizes = [self._report["sizes"][str(size)] for size in self._indexes]
        if len(sizes) > 1:
            first, last = sizes[0], sizes[-1]
            self._report["growth"] = {
                variant: {
                    name: last[variant]["classes"][name]["answer"]["kiosk"]["sum_ms"] / one["answer"]["kiosk"]["sum_ms"]
                    for name, one in found["classes"].items()
                }
                for variant, found in first.items()
            }

    def _stock(self) -> None:
        small = Indexes(self._options.folder, STOCK_ARTICLES, self._pools)
        paths = {"kiosk": small.kiosk(MERGED), "stock Whoosh": small.whoosh()}
        some = {name: asked[:STOCK_QUESTIONS] for name, asked in self._questions.items()}
        found = compared(paths, (("answer", some, 1), ("whole", some, 1)), cpu=self._options.cpu)
        small.forget_corpus()
        self._report["stock"] = {"articles": STOCK_ARTICLES, **found}

    def _cold(self) -> None:
        self._report["cold"] = first_answers(self._first().kiosk(MERGED))

    def _memory(self) -> None:
        mixed = self._mixed(MEMORY_SEARCHES // len(self._questions) + 1)
        self._report["memory"] = {}
        for size, indexes in self._indexes.items():
            with Side("kiosk", indexes.kiosk(PARTS)) as side:
                self._report["memory"][str(size)] = side.do("memory", mixed, asked=MEMORY_SEARCHES)

    def _threads(self) -> None:
        with Side("kiosk", self._first().kiosk(MERGED)) as side:
            self._report["threads"] = side.do("threads", self._mixed(20))

    def _roofline(self) -> None:
        memory = bandwidth()
        self._report["roofline"] = {"memory": memory}
        with Side("kiosk", self._first().kiosk(MERGED)) as side:
            for name, asked in self._questions.items():
                self._report["roofline"][name] = beside_memory(side.do("roofline", asked), memory)

    def _worst(self) -> None:
        mixed = self._mixed(self._options.count)
        with Side("kiosk", self._first().kiosk(PARTS)) as side:
            self._report["worst"] = side.do("worst", mixed, count=self._options.worst, seed=self._options.seed)

    def _synthetic(self) -> None:
        self._report["synthetic"] = grown()

    def _first(self) -> Indexes:
        return next(iter(self._indexes.values()))

    def _mixed(self, of_each: int) -> list[Question]:
        return [question for asked in self._questions.values() for question in asked[:of_each]]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    report = Run(options).report()
    options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    printed(report)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.searching", description="Measure searching.")
    add = parser.add_argument
    add("--folder", type=Path, default=FOLDER, metavar="DIR", help="where indexes are kept (default: %(default)s)")
    add("--sizes", type=int, nargs="+", default=[400_000], metavar="N", help="articles (default: %(default)s)")
    add("--variants", nargs="+", default=[MERGED, PARTS], choices=(MERGED, PARTS), metavar="V")
    add("--classes", nargs="+", default=list(NAMES), choices=NAMES, metavar="NAME")
    add("--count", type=int, default=200, metavar="N", help="questions of a class (default: %(default)s)")
    add("--rounds", type=int, default=3, metavar="N", help="that count (default: %(default)s)")
    add("--parts", nargs="+", default=list(OTHERS), choices=OTHERS, metavar="PART", help="what is measured")
    add("--cpu", action="store_true", help="the processor's time instead of the wall's, where others use the machine")
    add("--worst", type=int, default=20_000, metavar="N", help="random queries (default: %(default)s)")
    add("--seed", type=int, default=1)
    add("--out", type=Path, default=RESULTS, metavar="FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
