"""The leaves of a physical query: Whoosh queries over lists of documents that the planner has already made.

Whoosh's own And, Or, Not and AndMaybe combine them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.matching import ListMatcher, Matcher, NullMatcher
from whoosh.query import Query

Docs = NDArray[np.int64]
Scores = NDArray[np.float32]


class Scored(Query):  # type: ignore[misc]  # Whoosh is untyped here
    """Given documents, ascending, with given scores."""

    def __init__(self, docs: Docs, scores: Scores) -> None:
        self.docs = docs
        self.scores = scores
        self.boost = 1.0

    def matcher(self, searcher: Any, context: Any = None) -> Matcher:
        return _SortedMatcher(self.docs.tolist(), self.scores.tolist()) if len(self.docs) else NullMatcher()

    def is_leaf(self) -> bool:
        return True

    def children(self) -> Iterator[Query]:
        return iter(())

    def estimate_size(self, reader: Any) -> int:
        return len(self.docs)

    def normalize(self) -> Query:
        return self

    def __repr__(self) -> str:
        return f"Scored({len(self.docs)})"


class AtLeast(Query):  # type: ignore[misc]
    """Documents that match at least ``minimum`` of the given queries, scored by the sum."""

    def __init__(self, queries: list[Query], minimum: int) -> None:
        self.queries = queries
        self.minimum = minimum
        self.boost = 1.0

    def matcher(self, searcher: Any, context: Any = None) -> Matcher:
        found = [evaluate(query, searcher) for query in self.queries]
        docs, scores, counts = merge([docs for docs, _ in found], [scores for _, scores in found])
        enough = counts >= self.minimum
        return Scored(docs[enough], scores[enough]).matcher(searcher, context)

    def is_leaf(self) -> bool:
        return False

    def children(self) -> Iterator[Query]:
        return iter(self.queries)

    def estimate_size(self, reader: Any) -> int:
        return sum(query.estimate_size(reader) for query in self.queries)

    def normalize(self) -> Query:
        return self


class _SortedMatcher(ListMatcher):  # type: ignore[misc]
    """A ListMatcher that skips by bisection."""

    def skip_to(self, id: int) -> None:
        self._i = bisect_left(self._ids, id, self._i)

    def score(self) -> float:
        return float(self._weights[self._i])

    def copy(self) -> _SortedMatcher:
        return _SortedMatcher(self._ids, self._weights, position=self._i)

    def supports_block_quality(self) -> bool:
        return False


def evaluate(query: Query, searcher: Any) -> tuple[Docs, Scores]:
    """All documents of ``query``, ascending, with their scores. Cost: a Python step per document."""
    if isinstance(query, Scored):
        return query.docs, query.scores
    matcher = query.matcher(searcher, searcher.context())
    docs, scores = [], []
    while matcher.is_active():
        docs.append(matcher.id())
        scores.append(matcher.score())
        matcher.next()
    return np.array(docs, np.int64), np.array(scores, np.float32)


def merge(docs: list[Docs], values: list[Scores]) -> tuple[Docs, Scores, NDArray[np.int64]]:
    """The union of several lists: documents ascending, values added up, and in how many lists each stands."""
    if not docs:
        return np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.int64)
    unique, place = np.unique(np.concatenate(docs), return_inverse=True)
    total = np.bincount(place, weights=np.concatenate(values), minlength=len(unique))
    counts = np.bincount(place, minlength=len(unique))
    return unique, total.astype(np.float32), counts
