"""Stems by Snowball (PyStemmer), safe to share between threads."""

from __future__ import annotations

import threading
from typing import Protocol


class _Snowball(Protocol):
    def stemWord(self, word: str) -> str: ...


class Stemmer:
    """One Snowball algorithm. Its object keeps a cache and is not for several threads, so each thread gets its own."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self._local = threading.local()

    def stem(self, form: str) -> str:
        """The stem of a form; the form itself where nothing would be left."""
        snowball: _Snowball | None = getattr(self._local, "snowball", None)
        if snowball is None:
            import Stemmer as pystemmer

            snowball = self._local.snowball = pystemmer.Stemmer(self.algorithm)
        return snowball.stemWord(form) or form
