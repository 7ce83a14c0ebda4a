"""The columnar engine and the one of stock Whoosh, led through the same program."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from index.columnar.engine import ColumnarEngine
from tests.oracle.articles import random_article
from tests.oracle.engine import StockEngine


class Pair:
    """Both engines, new and empty. Segments stay alike while there are few and less than half of each is deleted."""

    def __init__(self, path: Path) -> None:
        self.columnar = ColumnarEngine.open(path / "columnar", create=True)
        self.stock = StockEngine(path / "stock")

    def fill(self, rng: random.Random, commits: int) -> None:
        """Adds, updates and deletes articles at random."""
        ids: list[str] = []
        for _ in range(commits):
            rows = [random_article(rng) for _ in range(rng.randint(33, 45))]
            rows += [random_article(rng, id=one) for one in rng.sample(ids, min(len(ids), 2))]
            rows += [replace(row, section="late") for row in rng.sample(rows, 2)]
            gone = rng.sample(ids, min(len(ids), 2))
            outcomes = [(one.delete(gone), one.add(rows)) for one in (self.columnar, self.stock)]
            assert outcomes[0] == outcomes[1]
            assert self.columnar.commit() == self.stock.commit(merge=False)
            ids = sorted({*ids, *(row.id for row in rows)} - set(gone))

    def close(self) -> None:
        self.columnar.close()
        self.stock.close()
