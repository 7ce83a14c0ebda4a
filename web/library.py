"""The index that the application serves: opened when first asked for, so that a server without one can say so."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

from index.engine import IndexStats
from search import Searcher, open_searcher


class Library:
    """Holds the one searcher of an application. Safe for several threads."""

    def __init__(self, index: str | Path) -> None:
        self._index = index
        self._lock = Lock()
        self._searcher: Searcher | None = None
        self._stats: IndexStats | None = None

    @property
    def searcher(self) -> Searcher:
        """The searcher. Raises :class:`index.errors.KioskError` while the index can't be opened, then tries anew."""
        if self._searcher is None:
            with self._lock:
                if self._searcher is None:
                    self._searcher = open_searcher(self._index)
        return self._searcher

    def stats(self) -> IndexStats:
        """What the index holds; counted once for each generation of it."""
        searcher = self.searcher
        stats = self._stats
        if stats is None or stats.generation != searcher.generation:
            stats = self._stats = searcher.stats()
        return stats

    def without_paths(self, text: str) -> str:
        """``text`` for those outside: where on the machine the index lies is not theirs to know."""
        return text.replace(f"{Path(self._index)}{os.sep}", "")

    def close(self) -> None:
        """Lets go of the index, where it was opened."""
        with self._lock:
            if self._searcher is not None:
                self._searcher.close()
                self._searcher = None
