"""Searches over made-up columns and postings, for sizes that no corpus is made of.

``python -m benchmarks.searching.synthetic N`` makes one segment of N documents in one language, with 12 sections, 120
sources and 6,500 days, and words that stand in a given share of the documents, drawn at random: four times as many
documents hold four times as many postings of a question. There are no lexicon, no positions and no lifts: what is
measured is planning, the kernel and the facets. It prints, by class, the least milliseconds of an answer, and
nanoseconds a posting (a document, where everything is browsed).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

import numpy as np

from benchmarks.measured import measured
from benchmarks.queries import PER_PAGE, Question
from benchmarks.searching.kiosk import request_of
from index.columnar.arrays import B1, F4, I4, I8, U1, U4, U8
from index.columnar.block_kernels import SHIFT, Checked
from index.engine import AskedWord, EngineReader, FormLists, LanguageStatistics
from search.answering import wanted_of
from search.paging import numbered_page
from search.query import parse
from search.ranking import Ranking
from search.validate import validate
from search.view import View

SIZES = (400_000, 1_600_000, 6_400_000)
SHARES = {"amber": 0.003, "bridge": 0.01, "copper": 0.02, "dollar": 0.05, "empire": 0.1}
QUESTIONS = {
    "one word": (Question("one word", ("bridge",)), Question("one word", ("dollar",))),
    "words AND": (
        Question("words AND", ("bridge", "copper")),
        Question("words AND", ("amber", "dollar", "empire")),
    ),
    "words OR": (
        Question("words OR", ("amber", "bridge", "copper"), kind="any"),
        Question("words OR", ("bridge", "dollar", "empire"), kind="any"),
    ),
    "filters": (Question("filters", ("dollar",), section="01", first_day="1972-01-01", last_day="1975-12-31"),),
    "browse": (Question("browse", kind="browse"),),
}
ROUNDS = 15
VALUES = {"section": 12, "lang": 1, "source": 120, "author": 0, "day": 6_500}
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Columns:
    """The arrays of a segment; see :class:`index.engine.SegmentArrays`."""

    base: int
    count: int
    living: int
    alive: B1
    docs: U4
    freqs: U1
    many_at: I8
    many: U4
    entries: U4
    published: I8
    id_keys: U8
    authors_at: I8
    authors: U4
    checked_postings: tuple[Checked, Checked]

    def global_codes(self, name: str) -> I4:
        """Those of the only segment are those of the reader."""
        return np.arange(VALUES[name] + (name != "author"), dtype=np.int32)

    def ensure_postings(self, starts: I8, stops: I8) -> None:
        """Nothing to compare."""


class MadeUp:
    """What a search asks of a reader; see :class:`index.engine.EngineReader`."""

    def __init__(self, count: int) -> None:
        chance = np.random.default_rng(1)
        lists = {word: _drawn(chance, count, share) for word, share in SHARES.items()}
        ends = np.cumsum([len(docs) for docs in lists.values()])
        starts = ends - [len(docs) for docs in lists.values()]
        self._lists = dict(zip(lists, np.stack([starts, ends], axis=1).tolist(), strict=True))
        self.segments = [_columns(chance, count, np.concatenate(list(lists.values())))]

    def languages(self) -> list[str]:
        return ["en"]

    def language_statistics(self) -> Mapping[str, LanguageStatistics]:
        return {"en": LanguageStatistics(self.segments[0].count, 8.0, 250.0)}

    def values(self, name: str) -> list[str]:
        return ["en"] if name == "lang" else [f"{number:02}" for number in range(VALUES[name])]

    @cached_property
    def _days(self) -> I4:
        return np.arange(VALUES["day"], dtype=np.int32)

    def days(self) -> I4:
        return self._days

    def find_words(self, asked: Sequence[AskedWord]) -> FormLists:
        found = [(at, *self._lists[word.form]) for at, word in enumerate(asked)]
        places, starts, stops = np.array(found, np.int64).reshape(-1, 3).T
        none, ones = np.zeros(len(found), np.int64), np.ones(len(found), np.float32)
        bodies, forms = stops - starts, "".join(word.form for word in asked).encode()
        return FormLists(
            asked=places.astype(np.int32),
            segment=none.astype(np.int32),
            weight=cast(F4, ones),
            start=np.ascontiguousarray(starts),
            titles=none,
            bodies=bodies,
            living_titles=none,
            living_bodies=bodies,
            data=np.frombuffer(forms, np.uint8),
            at=np.cumsum([0, *(len(word.form) for word in asked)]),
            cut=frozenset(),
        )


def _drawn(chance: np.random.Generator, count: int, share: float) -> U4:
    return np.flatnonzero(chance.random(count, np.float32) < share).astype(np.uint32)


def _columns(chance: np.random.Generator, count: int, docs: U4) -> Columns:
    days = chance.integers(0, VALUES["day"], count)
    published = days * _DAY + chance.integers(0, _DAY, count)
    entries = np.empty((count, 8), np.uint32)
    entries[:, 0] = chance.integers(1, VALUES["section"] + 1, count)
    entries[:, 1] = 1
    entries[:, 2] = chance.integers(1, VALUES["source"] + 1, count)
    entries[:, 3] = days + 1
    entries[:, 4] = 8
    entries[:, 5] = chance.integers(20, 500, count)
    entries[:, 6:] = published.view(np.uint32).reshape(count, 2)
    none = np.empty(0, np.int64)
    return Columns(
        base=0,
        count=count,
        living=count,
        alive=np.ones(count, np.bool_),
        docs=docs,
        freqs=np.minimum(chance.geometric(0.5, len(docs)), 200).astype(np.uint8),
        many_at=none,
        many=none.astype(np.uint32),
        entries=entries,
        published=published,
        id_keys=chance.integers(0, 1 << 63, count).astype(np.uint64),
        authors_at=np.zeros(count + 1, np.int64),
        authors=none.astype(np.uint32),
        checked_postings=(_compared(4 * len(docs)), _compared(len(docs))),
    )


def _compared(size: int) -> Checked:
    """All of a section of so many bytes."""
    return Checked(np.ones((size >> SHIFT) + 1, np.bool_), 0)


def searched(count: int) -> dict[str, dict[str, float]]:
    """Milliseconds and nanoseconds a posting of each class."""
    view = View(cast(EngineReader, MadeUp(count)), Ranking(lifted=0))
    found = {}
    for name, questions in QUESTIONS.items():
        reads = sum(count * sum(SHARES[word] for word in question.words) or count for question in questions)
        seconds = sum(_least(lambda question=question: _answer(view, question)) for question in questions)  # type: ignore[misc]
        found[name] = {"ms": seconds * 1000, "ns_a_posting": seconds / reads * 1e9}
    return found


def _answer(view: View, question: Question) -> int:
    request = request_of(question)
    asked = view.planned(parse(request.q, op=request.op), request, validate(request))
    page = numbered_page(asked, wanted_of(asked, request, 0), 0, PER_PAGE)
    view.calendar.facet(page.counts.days, request.date_interval)
    return page.total


def _least(work: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return min(took)


def grown() -> dict[str, Any]:
    """All sizes, each in a process of its own, and how many times the time of each class grows with each step."""
    sizes = {
        str(size): json.loads(measured(["-m", "benchmarks.searching.synthetic", str(size)]).output) for size in SIZES
    }
    steps = list(sizes.values())
    growth = {
        name: max(later[name]["ms"] / earlier[name]["ms"] for earlier, later in pairwise(steps)) for name in QUESTIONS
    }
    return {"sizes": sizes, "growth": growth}


if __name__ == "__main__":
    print(json.dumps(searched(int(sys.argv[1]))))
