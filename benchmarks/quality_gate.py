"""How good the order of hits is: questions whose answers stand in known paragraphs, with floors that must hold.

``python -m benchmarks.quality_gate [--all]`` puts the paragraphs of ``../shared/data/xquad`` (240, the same in six
languages, without titles) into one index and asks :meth:`search.searcher.Searcher.search` their questions as they
stand, each within its language, with ``op`` ``any`` and ``most``. Per language: R@1, how often the question's own
paragraph stands first, and nDCG@10, with one relevant paragraph ``1 / log2(1 + place)``, 0 where it is not among ten.
A question that is refused counts as not found.

Ranking is tuned on paragraphs of even numbers only; the floors are of the odd ones, and so is what is printed;
``--all`` measures the even ones too. A figure below its floor ends the program with 1. :data:`FLOORS` may be raised,
and lowered only with a reason in the commit. Results go to ``benchmarks/results/quality.json``.

For comparison, plain BM25 over stems (Han as bigrams) on all paragraphs, R@1 for ``any``: :data:`PLAIN`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log2
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from index.article import Article
from index.engine import open_engine
from search.errors import InvalidRequest
from search.ranking import Ranking
from search.request import Op, SearchRequest
from search.searcher import Searcher

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "xquad"
RESULTS = Path(__file__).with_name("results") / "quality.json"
DEEP = 10
OPS: tuple[Op, ...] = ("any", "most")
LANGUAGES = ("ar", "de", "en", "es", "ru", "zh")
PLAIN = {"en": 0.931, "de": 0.889, "es": 0.919, "ru": 0.907, "ar": 0.874, "zh": 0.879}


class Quality(NamedTuple):
    """How good the order is over some questions."""

    first: float
    """R@1."""
    gain: float
    """nDCG@10."""


FLOORS: Mapping[Op, Mapping[str, Quality]] = {
    "any": {
        "ar": Quality(0.909, 0.952),
        "de": Quality(0.914, 0.954),
        "en": Quality(0.949, 0.975),
        "es": Quality(0.939, 0.97),
        "ru": Quality(0.919, 0.959),
        "zh": Quality(0.927, 0.965),
    },
    "most": {
        "ar": Quality(0.907, 0.942),
        "de": Quality(0.909, 0.944),
        "en": Quality(0.948, 0.969),
        "es": Quality(0.938, 0.961),
        "ru": Quality(0.921, 0.952),
        "zh": Quality(0.927, 0.965),
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the id of the paragraph that its answer stands in."""

    lang: str
    paragraph: int
    text: str
    wanted: str


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality_gate", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--all", action="store_true", help="measure even paragraphs too, which ranking is tuned on")
    options = parser.parse_args(arguments)
    if not DATA.is_dir():
        print(f"{DATA} is not there; the gate needs those paragraphs", file=sys.stderr)
        return 2
    started = time.perf_counter()
    halves = {"odd": 1, "even": 0} if options.all else {"odd": 1}
    found = {name: measured(remainder) for name, remainder in halves.items()}
    missed = below(found["odd"])
    report = {"machine": machine(), "seconds": time.perf_counter() - started, "missed": missed}
    RESULTS.write_text(json.dumps({**report, **{name: _plain(one) for name, one in found.items()}}, indent=1) + "\n")
    for name, one in found.items():
        Console().print(_table(name, one))
    for line in missed:
        print(line, file=sys.stderr)
    return 1 if missed else 0


def measured(remainder: int, ranking: Ranking | None = None) -> dict[Op, dict[str, Quality]]:
    """The quality by ``op`` and language over the paragraphs whose number, divided by two, leaves ``remainder``."""
    articles, asked = _paragraphs()
    chosen = [one for one in asked if one.paragraph % 2 == remainder]
    with tempfile.TemporaryDirectory() as folder:
        with open_engine(Path(folder) / "index", create=True) as engine:
            engine.add(articles)
            engine.commit()
        with Searcher(open_engine(Path(folder) / "index"), ranking) as searcher:
            return {op: {lang: _quality(searcher, op, chosen, lang) for lang in LANGUAGES} for op in OPS}


def below(found: Mapping[Op, Mapping[str, Quality]]) -> list[str]:
    """Each floor that is missed, as a line."""
    lines = []
    for op, of_languages in FLOORS.items():
        for lang, floor in of_languages.items():
            for name, value, least in zip(("R@1", "nDCG@10"), found[op][lang], floor, strict=True):
                if value < least:
                    lines.append(f"{lang}, op={op}: {name} is {value:.4f}, the floor {least:.4f}")
    return lines


def _quality(searcher: Searcher, op: Op, asked: Sequence[Asked], lang: str) -> Quality:
    places = [_place(searcher, op, one) for one in asked if one.lang == lang]
    gains = [1 / log2(1 + place) for place in places if place]
    return Quality(places.count(1) / len(places), sum(gains) / len(places))


def _place(searcher: Searcher, op: Op, asked: Asked) -> int:
    """The place of the wanted paragraph among the first hits, from 1; 0 where it is not there."""
    request = SearchRequest(q=asked.text, op=op, langs=(asked.lang,), per_page=DEEP, facets=(), snippets=0)
    try:
        hits = [hit.id for hit in searcher.search(request).hits]
    except InvalidRequest:
        return 0
    return hits.index(asked.wanted) + 1 if asked.wanted in hits else 0


def _paragraphs() -> tuple[list[Article], list[Asked]]:
    articles, asked = [], []
    for lang in LANGUAGES:
        with gzip.open(DATA / f"{lang}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for number, row in enumerate(map(json.loads, lines)):
                body = row["text"].lstrip("\ufeff")
                digest = blake2b(body.encode(), digest_size=16).hexdigest()
                articles.append(Article(row["id"], "", body, lang, "declared", 1.0, digest))
                asked += [Asked(lang, number, question, row["id"]) for question in row["questions"]]
    return articles, asked


def _plain(found: Mapping[Op, Mapping[str, Quality]]) -> dict[str, Any]:
    return {
        op: {lang: {name: round(value, 4) for name, value in one._asdict().items()} for lang, one in each.items()}
        for op, each in found.items()
    }


def _table(name: str, found: Mapping[Op, Mapping[str, Quality]]) -> Table:
    table = Table(title=f"questions of {name} paragraphs: R@1 / nDCG@10")
    for column in ("", *LANGUAGES):
        table.add_column(column, justify="right")
    for op, each in found.items():
        table.add_row(f"op={op}", *(f"{each[lang].first:.3f} / {each[lang].gain:.3f}" for lang in LANGUAGES))
    table.add_row("plain BM25, any", *(f"{PLAIN[lang]:.3f}" for lang in LANGUAGES))
    return table


if __name__ == "__main__":
    sys.exit(main())
