"""How soon a fresh process answers: ``python -m benchmarks.searching.cold INDEX`` opens it and searches once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.measured import ROOT

PROCESSES = 5
QUERY = "government minister oil"


def first_answers(index: Path) -> dict[str, float]:
    """Seconds from the start of a process to its first answer, hits and snippets included, files in the page cache: the
    first ever, with no kernel compiled, and the median of those that find them compiled."""
    from index.compiled import CACHE_VARIABLE

    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, CACHE_VARIABLE: folder}
        first = _seconds(index, environment)
        _seconds(index, environment)
        cached = median(_seconds(index, environment) for _ in range(PROCESSES))
    return {"first_ever": first, "cached": cached}


def _seconds(index: Path, environment: dict[str, str]) -> float:
    command = [sys.executable, "-m", "benchmarks.searching.cold", str(index)]
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        seconds = time.perf_counter() - started
    if not int(said or 0):
        raise RuntimeError(f"{index}: the first search found nothing")
    return seconds


def main() -> int:
    from search import SearchRequest, open_searcher

    with open_searcher(sys.argv[1]) as searcher:
        print(searcher.search(SearchRequest(q=QUERY, op="any")).total, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
