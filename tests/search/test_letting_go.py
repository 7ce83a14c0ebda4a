"""An older generation is let go of with the last search that uses it: no collection of garbage is waited for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from weakref import ref

import pytest

from index.columnar.engine import ColumnarEngine
from index.columnar.reader import ColumnarReader
from search import Searcher, SearchRequest
from tests.archive import article

QUERIES = [
    "words",
    "wor*",
    "w?rds",
    "wards~1",
    '"words of"',
    "NEAR(words all, 3)",
    "words -none",
    "section:x OR all",
    "",
]


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Watched(ColumnarEngine):
    """Remembers what it has opened without holding it."""

    def reader(self) -> ColumnarReader:
        reader = super().reader()
        self.opened = [ref(reader), *(ref(one.segment) for one in reader.live)]
        return reader


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("q", QUERIES)
def test_after_a_purge_nothing_holds_the_generation_before(tmp_path: Path, q: str) -> None:
    with ColumnarEngine.open(tmp_path / "index", create=True) as writer:
        writer.add([article(f"title {at}", "words of all", id=str(at), section="x") for at in range(40)])
        writer.commit()
        with Watched.open(tmp_path / "index") as engine, Searcher(engine) as searcher:
            before = engine.opened
            for request in (SearchRequest(q=q, explain=True), SearchRequest(q=q, sort="newest", op="most")):
                assert searcher.search(request).total
            searcher.suggest("wor")
            writer.purge(["0"])
            assert searcher.search(SearchRequest(q=q)).total <= 39
            assert [one() for one in before] == [None] * 2
