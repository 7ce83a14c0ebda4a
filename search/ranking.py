"""How much an occurrence of a word is worth: BM25 per field and language.

The formula is Okapi BM25 as Lucene has it (Robertson and Zaragoza, *The Probabilistic Relevance Framework*, 2009)::

    share = weight of the field * idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average length))

with average length counted over the articles of the word's language. The idf comes from the *rate* at which the word is
met in that language's articles, shrunk toward its rate in the whole index::

    rate = (n + shrink * n_all / N_all) / (N + shrink)
    idf  = ln(1 + (1 - rate + 0.5 / N_all) / (rate + 0.5 / N_all))

so that a name is worth about the same in a language with 20 articles as in one with 300,000, and a frequent word of a
small language is still a frequent word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ranking:
    """The parameters of the formula."""

    k1: float = 1.2
    """How soon more occurrences stop counting."""
    b: float = 0.75
    """How much long texts are held against their words, 0 to 1."""
    shrink: float = 200.0
    """How many articles of the whole index weigh in on a language's own rate."""
    weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({"title": 2.5, "body": 1.0}))

    def idf(self, n: int, count: int, n_all: int, count_all: int) -> float:
        """The worth of a word in ``n`` of ``count`` articles of its language and ``n_all`` of ``count_all`` in all."""
        rate = (n + self.shrink * n_all / count_all) / (count + self.shrink)
        floor = 0.5 / count_all
        return log(1 + (1 - rate + floor) / (rate + floor))

    def shares(
        self, name: str, idf: float, frequencies: NDArray[np.float32], lengths: NDArray[np.int32], average: float
    ) -> NDArray[np.float32]:
        """What the occurrences in each document add to its score; all arrays of shape (documents,)."""
        norm = self.k1 * (1 - self.b + self.b * lengths / average)
        shares = self.weights[name] * idf * frequencies * (self.k1 + 1) / (frequencies + norm)
        return np.asarray(shares, np.float32)
