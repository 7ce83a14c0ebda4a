"""Random programs against a dict: whatever is added, updated, deleted, purged, merged, cancelled and opened again, the
index holds what a dict would hold, and a search finds what a look at every article finds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article
from index.columnar.engine import ColumnarEngine
from search import Searcher, SearchRequest
from search.query import parse
from tests.oracle.articles import random_article
from tests.search.model import Model
from tests.search.queries import random_query
from tests.soak import seeds

MEMORY = (1, 4_000, 256 << 20)
"""Bytes that staged articles may take: a segment for each call, for some, for each commit."""


class Program:
    """An index and a dict that are led through the same steps."""

    def __init__(self, path: Path, rng: random.Random) -> None:
        self.path, self.rng = path, rng
        self.engine = ColumnarEngine.open(path, create=True)
        self.committed: dict[str, Article] = {}
        self.staged: dict[str, Article] = {}

    def run(self, steps: int) -> None:
        kinds: dict[Callable[[], None], int] = {
            self.add: 10,
            self.delete: 3,
            self.commit: 4,
            self.cancel: 1,
            self.reopen: 1,
            self.merge: 1,
            self.purge: 1,
            self.search: 2,
        }
        for step in self.rng.choices(list(kinds), list(kinds.values()), k=steps):
            step()
        self.commit()
        self.search()
        self.compare()
        assert self.engine.check() == []
        self.engine.close()

    def add(self) -> None:
        rows = [self._article() for _ in range(self.rng.choice([1, 2, 8]))]
        expected = [self._expected(row) for row in rows]
        assert self.engine.add(rows) == expected

    def _article(self) -> Article:
        """A new one, another of the same id, the same with other facts, the same again, or a copy."""
        known = [*self.committed.values(), *self.staged.values()]
        if not known or self.rng.random() < 0.5:
            return random_article(self.rng, id=f"n{self.rng.randint(0, 40)}")
        old = self.rng.choice(known)
        match self.rng.randint(0, 3):
            case 0:
                return random_article(self.rng, id=old.id)
            case 1:
                return replace(old, section=self.rng.choice(["sport", "late", None]))
            case 2:
                return replace(old, id=f"n{self.rng.randint(0, 40)}")
        return old

    def _expected(self, row: Article) -> str:
        """What becomes of an article, which the dict then holds."""
        same = self.staged.get(row.id)
        if same == row or any(other.digest == row.digest for other in self.staged.values() if other is not same):
            return "duplicate"
        self.staged[row.id] = row
        return "added" if same is None else "updated"

    def _ids(self) -> list[str]:
        return [f"n{number}" for number in self.rng.sample(range(41), self.rng.choice([1, 3, 20]))]

    def delete(self) -> None:
        ids = self._ids()
        assert self.engine.delete(ids) == sum(self.staged.pop(one, None) is not None for one in ids)

    def commit(self) -> None:
        written = sum(self.committed.get(one) != row for one, row in self.staged.items())
        # An article that was changed and changed back, or deleted and added again, is written too.
        assert written <= self.engine.commit() <= len(self.staged)
        self.committed = dict(self.staged)

    def cancel(self) -> None:
        self.engine.cancel()
        self.staged = dict(self.committed)

    def reopen(self) -> None:
        self.engine.close()
        self.staged = dict(self.committed)
        self.engine = ColumnarEngine.open(self.path, memory=self.rng.choice(MEMORY))

    def merge(self) -> None:
        self.engine.merge()
        self.committed = dict(self.staged)
        assert len(self.engine.reader().segments) <= 1
        self.compare()

    def purge(self) -> None:
        ids = self._ids()[:3]
        assert self.engine.purge(ids) == sum(self.staged.pop(one, None) is not None for one in ids)
        self.committed = dict(self.staged)
        self.compare()
        names = {name for name in self.engine.folder.names() if name.startswith("manifest")}
        assert len(names) == 1, "no older generation is left"

    def compare(self) -> None:
        """The index holds what the dict holds."""
        reader = self.engine.reader()
        live = reader.columns.live
        held = {one: reader.article(doc) for doc, one in enumerate(reader.ids()) if live[doc]}
        assert held == self.committed
        assert self.engine.stats().articles == len(held)

    def search(self) -> None:
        """What is committed is found, by score, and nothing else."""
        model = Model(list(self.committed.values()))
        searcher = Searcher(ColumnarEngine.open(self.path))
        text = random_query(self.rng, 1)
        result = searcher.search(SearchRequest(q=text, op="any", per_page=100, snippets=0))
        tree = parse(text, op="any").tree
        scores = model.matches(tree, "any") if self.committed else {}
        for found in scores:
            scores[found] *= model.lift(self.committed[found], tree, "any")
        assert {hit.id: hit.score for hit in result.hits} == pytest.approx(scores, rel=1e-5, abs=1e-6), text
        sections = {one.value: one.count for one in result.facets["section"]}
        assert sections == model.facet(set(scores), SearchRequest(), "section"), text


@pytest.mark.usefixtures("no_waiting_for_the_disk")
@pytest.mark.parametrize("seed", seeds(2_000, 10_000))
def test_random_programs_agree_with_a_naive_model(seed: int, tmp_path: Path) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    # A step takes some 3 ms: most programs are short, so that many fit into the ordinary run.
    (steps,) = rng.choices([5, 10, 25, 60], [8, 6, 3, 1])
    Program(tmp_path / "index", rng).run(steps)
