"""A searcher that is warm lets no one wait: in a process of its own, since kernels stay once they are loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from search import open_searcher, warm_up
from tests.archive import article, build_index

ROOT = Path(__file__).parents[2]
PROGRAM = """
import gc, sys
from index.compiled import Kernel
from search import SearchRequest, open_searcher, warm_up

def loaded():
    return {one.function.__qualname__ for one in gc.get_objects() if type(one) is Kernel and one._compiled}

with open_searcher(sys.argv[1]) as searcher:
    before = loaded()
    warm_up(searcher)
    warm = loaded()
    for q in ("harbour bridge", "bridge OR sea", '"harbour bridge"', '"harbour sea"~5', "har*", "h?rbour", "harbuor~2"):
        searcher.search(SearchRequest(q=q))
    searcher.search(SearchRequest(sort="oldest"))
    searcher.suggest("harbour br")
    searcher.similar("one")
    print(len(warm - before), *sorted(loaded() - warm))
"""


def test_after_warming_up_no_kernel_is_left_to_load(tmp_path: Path) -> None:
    rows = [
        article("Harbour bridge opens", "The harbour bridge over the sea was opened by the mayor.", id="one"),
        article("Harbour closed", "The bridge stands, the harbour at the sea is closed for the winter."),
    ]
    path = build_index(tmp_path / "index", rows)
    done = subprocess.run([sys.executable, "-c", PROGRAM, path], cwd=ROOT, capture_output=True, text=True, check=True)
    count, *left = done.stdout.split()
    assert int(count) > 15
    assert left == []


def test_an_empty_index_is_warm(tmp_path: Path) -> None:
    with open_searcher(build_index(tmp_path / "index", [])) as searcher:
        warm_up(searcher)
