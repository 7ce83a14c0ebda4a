"""What is measured inside Kiosk's process: memory, threads, bytes touched, and how long the worst queries take."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.queries import Question
from benchmarks.searching.grammar import random_query
from benchmarks.searching.kiosk import Kiosk
from benchmarks.searching.replay import Recorded, recorded, replayed
from search import SearchRequest
from search.errors import InvalidRequest

THREADS = 4
KERNEL_ROUNDS = 5
ASKED_AGAIN, TIMES = 60, 3
"""How many of the slowest random queries are asked so many times more."""
SLOWEST = 12


def memory(side: Kiosk, questions: Sequence[Question], asked: int) -> dict[str, float]:
    """Megabytes beyond the mapped files after so many searches on one thread, and what each further thread adds."""
    opened = _anonymous()
    _search(side, islice(cycle(questions), asked))
    one = _anonymous()
    ready, done = threading.Barrier(THREADS + 1), threading.Event()

    def work() -> None:
        _search(side, questions)
        ready.wait()
        done.wait()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    ready.wait()
    several = _anonymous()
    done.set()
    for thread in threads:
        thread.join()
    return {"opened_mb": opened, "after_mb": one, "a_thread_mb": (several - one) / THREADS, "asked": asked}


def _search(side: Kiosk, questions: Iterator[Question] | Sequence[Question]) -> None:
    for question in questions:
        side.whole(question)


def _anonymous() -> float:
    """Of this process, megabytes that are no part of a file."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1e6


def threads(side: Kiosk, questions: Sequence[Question]) -> dict[str, float]:
    """How many times as much two threads get done as one: the kernels alone, run again with what they were given, and
    whole answers, parsing and planning included."""
    calls = recorded(lambda: [side.planned(question) for question in questions])
    alone, together = _turns(lambda: replayed(calls, 1), lambda: replayed(calls, 2))
    kernels = 2 * alone / together
    ask = [lambda: [side.planned(question) for question in questions]] * 2
    alone, together = _turns(lambda: _together(ask[:1]), lambda: _together(ask))
    return {"kernels": kernels, "answers": 2 * alone / together, "kernel_calls": len(calls)}


def _turns(first: Callable[[], float], second: Callable[[], float]) -> tuple[float, float]:
    """The least seconds of each of two, taken in turn."""
    rows = [(first(), second()) for _ in range(KERNEL_ROUNDS)]
    return min(row[0] for row in rows), min(row[1] for row in rows)


def _together(works: Sequence[Callable[[], object]]) -> float:
    """Seconds until each has run on a thread of its own."""
    running = [threading.Thread(target=work) for work in works]
    started = time.perf_counter()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return time.perf_counter() - started


def roofline(side: Kiosk, questions: Sequence[Question]) -> dict[str, float]:
    """What the kernel reads for these questions and how much time of the processor it takes, run again with what it was
    given."""
    calls = recorded(lambda: [side.planned(question) for question in questions])
    seconds = min(replayed(calls, 1, time.process_time) for _ in range(KERNEL_ROUNDS))
    return {
        "kernel_ms": seconds * 1000 / len(questions),
        "postings": _total(calls, "postings") / len(questions),
        "matches": _total(calls, "matches") / len(questions),
    }


def _total(calls: Sequence[Recorded], name: str) -> int:
    return sum(int(getattr(call, name)) for call in calls)


def worst(side: Kiosk, questions: Sequence[Question], count: int, seed: int) -> dict[str, Any]:
    """Milliseconds of ``count`` queries made by a grammar of the query language out of the words of ``questions``, the
    slowest by name: those are asked again, and their best time counts."""
    chance = random.Random(seed)
    words = sorted({word for question in questions for word in question.words})
    took, refused = [], 0
    for _ in range(count):
        request = SearchRequest(q=random_query(chance, words), op=chance.choice(("all", "most", "any")))
        spent = _milliseconds(side, request)
        refused += spent is None
        took.append((spent or 0.0, request.q, request.op))
    took.sort(reverse=True)
    slowest: list[dict[str, Any]] = []
    for first, q, op in took[:ASKED_AGAIN]:
        again = min(_milliseconds(side, SearchRequest(q=q, op=op)) or first for _ in range(TIMES))
        slowest.append({"ms": min(first, again), "first_ms": first, "op": op, "q": q})
    slowest.sort(key=lambda row: -float(row["ms"]))
    return {
        "seed": seed,
        "asked": count,
        "refused": refused,
        "median_ms": took[count // 2][0],
        "p99_ms": took[count // 100][0],
        "max_ms": slowest[0]["ms"],
        "slowest": slowest[:SLOWEST],
    }


def _milliseconds(side: Kiosk, request: SearchRequest) -> float | None:
    """Of a query whose words and patterns were never met before; ``None`` where it is refused by a limit."""
    side.forget()
    started = time.perf_counter()
    try:
        side.searcher.search(request)
    except InvalidRequest:
        return None
    return (time.perf_counter() - started) * 1000
