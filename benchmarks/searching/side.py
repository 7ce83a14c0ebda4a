"""One side of the comparison, a process of its own: ``python -m benchmarks.searching.side SIDE INDEX [--cpu]``.

It reads orders and writes answers, a line of JSON each. An order names a clock and the questions to ask, or a measure
of the process. Clocks:

- ``answer``: from a parsed request (Kiosk) or a built query (the others) to page, total and facets;
- ``planned``: the same with parsing and planning, or with building the query;
- ``whole``: with the hits read and their snippets besides.

Times are those of the wall; with ``--cpu`` the processor's, for a machine that others use too.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from benchmarks.queries import Question


class Answering(Protocol):
    """What each side does with a question; each method returns the total."""

    @property
    def segments(self) -> int: ...

    def forget(self) -> None:
        """Lets go of what it remembers of earlier questions."""

    def prepare(self, question: Question) -> Any: ...

    def answer(self, prepared: Any) -> int: ...

    def planned(self, question: Question) -> int: ...

    def whole(self, question: Question) -> int: ...


def opened(name: str, folder: Path) -> Answering:
    """The side of this name over the index in ``folder``; a process imports only its own."""
    if name == "kiosk":
        from benchmarks.searching.kiosk import Kiosk

        return Kiosk(folder)
    if name == "stock Whoosh":
        from benchmarks.searching.stock import Stock

        return Stock(folder)
    from benchmarks.searching.peer import Peer

    return Peer(folder)


def timed(side: Answering, clock: str, questions: Sequence[Question], now: Callable[[], int]) -> dict[str, Any]:
    """Microseconds of each question, and what it found."""
    side.forget()
    asked: Sequence[Any] = [side.prepare(question) for question in questions] if clock == "answer" else questions
    work: Callable[[Any], int] = getattr(side, clock)
    took, totals = [], []
    for one in asked:
        started = now()
        total = work(one)
        took.append((now() - started) / 1000)
        totals.append(total)
    return {"took": took, "totals": totals}


def obey(side: Answering, order: dict[str, Any], now: Callable[[], int]) -> dict[str, Any]:
    questions = [Question(**{**row, "words": tuple(row["words"])}) for row in order.get("questions", ())]
    if order["do"] in ("answer", "planned", "whole"):
        return timed(side, order["do"], questions, now)
    if order["do"] == "segments":
        return {"segments": side.segments}
    from benchmarks.searching import inside

    found: dict[str, Any] = getattr(inside, order["do"])(side, questions, **order.get("options", {}))
    return found


def main() -> int:
    side = opened(sys.argv[1], Path(sys.argv[2]))
    now = time.process_time_ns if "--cpu" in sys.argv[3:] else time.perf_counter_ns
    for line in sys.stdin:
        print(json.dumps(obey(side, json.loads(line), now)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
