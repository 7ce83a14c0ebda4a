"""Loading and searching 19,043 newswire stories, with tantivy doing the same in the same run.

``python -m benchmarks.first_light`` loads ``../shared/data/reuters.jsonl.gz`` as a user would (``ingest.py``, a process
of its own), asks the named queries with four facets and two snippets a hit, and the peer the same (see
:mod:`benchmarks.searching.peer`); both in turn, medians. Results go to ``benchmarks/results/first_light.json``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.queries import NAMED_QUERIES
from benchmarks.searching.kiosk import request_of
from benchmarks.searching.peer import Peer
from search import Searcher, open_searcher

ROOT = Path(__file__).resolve().parents[1]
ARCHIVE = ROOT.parent / "shared" / "data" / "reuters.jsonl.gz"
RESULTS = Path(__file__).with_name("results") / "first_light.json"
ROUNDS = 9


def main() -> int:
    if not ARCHIVE.is_file():
        print(f"{ARCHIVE} is not there; this benchmark needs that archive", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        index, peer_index = Path(folder, "kiosk"), Path(folder, "peer")
        loading = {
            "kiosk": _loaded([str(ROOT / "ingest.py"), "--json", "--index", str(index), str(ARCHIVE)]),
            "kiosk, language declared": _loaded(
                [str(ROOT / "ingest.py"), "--json", "--lang", "en", "--index", f"{index}-declared", str(ARCHIVE)]
            ),
            "tantivy": _loaded(["-m", "benchmarks.peer", str(ARCHIVE), str(peer_index)]),
        }
        for name, path in (("kiosk", index), ("tantivy", peer_index)):
            loading[name]["bytes"] = sum(file.stat().st_size for file in path.iterdir())
        with open_searcher(index) as searcher:
            searching = _searched(searcher, Peer(peer_index))
    report = {"machine": machine(), "loading": loading, "searching": searching}
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _print(report)
    return 0


def _loaded(command: list[str]) -> dict[str, Any]:
    """Runs one load as a process of its own; its articles, seconds and rate, as it counted them itself."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout.splitlines()[-1])
    articles = summary.get("articles") or summary["read"]
    return {"articles": articles, "seconds": summary["seconds"], "rate": articles / summary["seconds"]}


def _searched(searcher: Searcher, peer: Peer) -> dict[str, Any]:
    """Milliseconds of each named query, both sides in turn, the first (warming) round left out."""
    results = {}
    for query in NAMED_QUERIES:
        request = request_of(query)
        ours: list[float] = []
        theirs: list[float] = []
        totals = (searcher.search(request).total, peer.whole(query))
        for _ in range(ROUNDS):
            ours.append(_milliseconds(lambda request=request: searcher.search(request)))  # type: ignore[misc]
            theirs.append(_milliseconds(lambda query=query: peer.whole(query)))  # type: ignore[misc]
        results[query.name] = {
            "kiosk_ms": median(ours),
            "tantivy_ms": median(theirs),
            "ratio": median(ours) / median(theirs),
            "kiosk_total": totals[0],
            "tantivy_total": totals[1],
        }
    return results


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _print(report: dict[str, Any]) -> None:
    console = Console()
    table = Table(title="Loading", title_justify="left")
    for column in ("", "articles", "seconds", "articles a second"):
        table.add_column(column, justify="left" if not column else "right")
    for name, row in report["loading"].items():
        table.add_row(name, f"{row['articles']:,}", f"{row['seconds']:.1f}", f"{row['rate']:,.0f}")
    console.print(table)
    table = Table(title="Searching: 20 hits, total, four facets, snippets", title_justify="left")
    for column in ("", "Kiosk ms", "tantivy ms", "ratio", "found", "tantivy found"):
        table.add_column(column, justify="left" if not column else "right")
    for name, row in report["searching"].items():
        numbers = (f"{row['kiosk_ms']:.1f}", f"{row['tantivy_ms']:.2f}", f"{row['ratio']:.1f}")
        table.add_row(name, *numbers, f"{row['kiosk_total']:,}", f"{row['tantivy_total']:,}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
