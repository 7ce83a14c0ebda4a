"""The corpus of the benchmarks: as many articles as are asked for, in many languages.

::

    python -m benchmarks.corpus --articles 100000 --out FILE.jsonl [--declared] [--seed S] [--invented]

writes JSON Lines with ``id title body date section source``, and with ``--declared`` also ``lang``. A smaller corpus is
the beginning of a larger one of the same seed. Memory does not grow with the number of articles.

Texts are those of :mod:`benchmarks.texts`: each real one once, in random order, and then new ones made of the sentences
of its pool (:mod:`benchmarks.recombining`). English is :data:`ENGLISH` of all articles, each other pool takes part by
the number of its texts, so that all run out of real ones at the same point (17,700 articles), English at 62,000. Of
30,000 articles 73 % are real, with 1,544 characters (1,886 bytes) of title and body on average.
Dates, sections and sources are drawn: dates more densely toward the present, one in fifty missing, one in eight without
a time; sections and sources by Zipf's law.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.recombining import Recombiner
from benchmarks.texts import DATA, Pool, Text, invented, pools

ENGLISH = 0.33
BLOCK = 8_192
"""Articles that are drawn at a time, from random numbers of their own."""
FIRST_SECOND, LAST_SECOND = (np.datetime64(day, "s").astype(int) for day in ("2008-01-01", "2026-01-01"))
SECTIONS = (
    "politics economy world sport culture science local opinion health travel technology weather media law".split()
)
SOURCES = [
    f"{place} {paper}"
    for paper in "Courier Herald Tribune Post Observer Gazette Morning Wire Mirror Star".split()
    for place in "Aurelia Velmora Dostrin Kessary Maribel Tornau Ostia Pelagon Ruvenna Sundal Iskar Belvane".split()
]
SOURCES_A_POOL = 12


@dataclass(frozen=True, slots=True)
class Made:
    """An article of the corpus and the language that it is in."""

    lang: str
    text: Text
    date: str
    section: str
    source: str


class Stock:
    """The texts of one pool, in the order in which the corpus takes them."""

    def __init__(self, pool: Pool, seed: int) -> None:
        self._pool = pool
        self.lang = pool.lang
        order = np.random.default_rng(seed).permutation(len(pool.texts))
        self._real = iter([pool.texts[number] for number in order])
        self._recombiner: Recombiner | None = None

    def texts(self, rng: np.random.Generator, count: int) -> list[Text]:
        """The next ``count`` texts: real ones while there are any, then new ones."""
        taken = list(islice(self._real, count))
        if len(taken) < count:
            self._recombiner = self._recombiner or Recombiner(self._pool)
            taken += self._recombiner.texts(rng, count - len(taken))
        return taken


def articles(seed: int = 1, found: Sequence[Pool] | None = None) -> Iterator[Made]:
    """The endless corpus of this seed."""
    found = pools() if found is None else found
    stocks = [Stock(pool, seed + number) for number, pool in enumerate(found)]
    weights = shares(found)
    for block in range(sys.maxsize):
        rng = np.random.default_rng((seed, block))
        drawn = rng.choice(len(stocks), BLOCK, p=weights)
        waiting = [iter(stock.texts(rng, int((drawn == number).sum()))) for number, stock in enumerate(stocks)]
        sections = _zipf(rng, len(SECTIONS))
        sources = (drawn * 5 + _zipf(rng, SOURCES_A_POOL)) % len(SOURCES)
        for number, date, section, source in zip(drawn.tolist(), _dates(rng), sections, sources, strict=True):
            yield Made(stocks[number].lang, next(waiting[number]), date, SECTIONS[section], SOURCES[source])


def write(out: Path, count: int, *, declared: bool, seed: int = 1, found: Sequence[Pool] | None = None) -> None:
    """Writes the first ``count`` articles. Cost: some 40 µs each and some seconds once."""
    with out.open("wb") as file:
        for number, made in enumerate(islice(articles(seed, found), count)):
            file.write(orjson.dumps(_record(number, made, declared), option=orjson.OPT_APPEND_NEWLINE))


def _record(number: int, made: Made, declared: bool) -> dict[str, Any]:
    record = {
        "id": f"n{number:07d}",
        "title": made.text.title,
        "body": made.text.body,
        "section": made.section,
        "source": made.source,
    }
    if made.date:
        record["date"] = made.date
    if declared:
        record["lang"] = made.lang
    return record


def shares(found: Sequence[Pool]) -> list[float]:
    """The share of the corpus that each pool has."""
    sizes = np.array([len(pool.texts) for pool in found], dtype=float)
    english = np.array([pool.lang == "en" for pool in found])
    weights = np.where(english, ENGLISH * sizes / sizes[english].sum(), (1 - ENGLISH) * sizes / sizes[~english].sum())
    return list(weights / weights.sum())


def _zipf(rng: np.random.Generator, values: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    weights = 1 / np.arange(1, values + 1)
    return rng.choice(values, BLOCK, p=weights / weights.sum())


def _dates(rng: np.random.Generator) -> list[str]:
    seconds = FIRST_SECOND + (np.sqrt(rng.random(BLOCK)) * (LAST_SECOND - FIRST_SECOND)).astype(np.int64)
    written = np.datetime_as_string(seconds.astype("datetime64[s]"), timezone="UTC").astype(object)
    kinds = rng.random(BLOCK)
    days = np.array([date[:10] for date in written], dtype=object)
    return list(np.where(kinds < 0.02, "", np.where(kinds < 0.145, days, written)))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description="Write a corpus.")
    parser.add_argument("--articles", type=int, required=True, metavar="N")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--declared", action="store_true", help="each article says its language")
    parser.add_argument("--invented", action="store_true", help="invented texts although real ones are there")
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    found = invented() if options.invented else pools()
    write(options.out, options.articles, declared=options.declared, seed=options.seed, found=found)
    seconds = time.perf_counter() - started
    kind = "real and recombined" if DATA.is_dir() and not options.invented else "invented"
    print(f"{options.articles:,} articles, {kind}, {options.out.stat().st_size:,} bytes, {seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
