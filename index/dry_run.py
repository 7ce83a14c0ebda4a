"""A load that writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from index.columnar.batch import AnalysedBatch, Analyser
from index.engine import Outcome


class DryRun:
    """Stands in for an engine where nothing is to be written: tells what an empty index would say."""

    def __init__(self) -> None:
        self.analyser = Analyser()
        self._articles: dict[str, tuple[int, tuple[int, int]]] = {}
        self._digests: set[tuple[int, int]] = set()

    def add_batch(self, batch: AnalysedBatch) -> list[Outcome]:
        """The outcomes of :meth:`index.engine.Engine.add_batch` in an index that holds what was given so far."""
        columns = batch.columns
        digests = columns.digests.tolist()
        pairs = zip(digests[::2], digests[1::2], strict=True)
        return list(map(self._add, columns.ids.strings(), columns.article_keys.tolist(), pairs))

    def _add(self, article_id: str, key: int, digest: tuple[int, int]) -> Outcome:
        present = self._articles.get(article_id)
        if present == (key, digest):
            return "duplicate"
        if digest in self._digests and (present is None or present[1] != digest):
            return "duplicate"
        if present is not None:
            self._digests.discard(present[1])
        self._digests.add(digest)
        self._articles[article_id] = key, digest
        return "added" if present is None else "updated"

    def commit(self, checkpoint: Mapping[str, Any] | None = None) -> int:
        """Nothing is written."""
        return 0

    def begin_commit(self, checkpoint: Mapping[str, Any] | None = None) -> Callable[[], int]:
        """Nothing is written."""
        return self.commit

    def checkpoint(self) -> Mapping[str, Any] | None:
        """There is none."""
        return None
