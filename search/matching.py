"""Lists of documents with scores, and how they combine: the physical side of a query.

Every combination is over whole arrays; documents are global numbers, ascending. Whoosh's own matchers would do the same
document by document, but take a score of zero (a filter's) for no match in an Or, and give a Not the score 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Docs = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Documents, ascending and distinct, and their scores; both of shape (matches,)."""

    docs: Docs
    scores: Scores

    @classmethod
    def none(cls) -> Self:
        """No document."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float32))

    @classmethod
    def where(cls, mask: NDArray[np.bool_]) -> Self:
        """The documents that ``mask`` (one value per document) names, with score 0."""
        docs = np.flatnonzero(mask)
        return cls(docs, np.zeros(len(docs), np.float32))

    def __len__(self) -> int:
        return len(self.docs)

    def within(self, docs: Docs) -> Matches:
        """Those that are among ``docs``."""
        kept = np.isin(self.docs, docs, assume_unique=True)
        return Matches(self.docs[kept], self.scores[kept])

    def without(self, other: Matches) -> Matches:
        """Those that ``other`` does not hold."""
        kept = np.isin(self.docs, other.docs, assume_unique=True, invert=True)
        return Matches(self.docs[kept], self.scores[kept])

    def lifted_by(self, other: Matches) -> Matches:
        """The same documents, those in ``other`` too with both scores."""
        return at_least(1, [self, other.within(self.docs)])


def at_least(minimum: int, lists: Sequence[Matches]) -> Matches:
    """Documents that stand in ``minimum`` or more of ``lists``, their scores added up: 1 is OR, all is AND.

    Cost: sorts all entries together.
    """
    if not lists:
        return Matches.none()
    docs, place = np.unique(np.concatenate([matches.docs for matches in lists]), return_inverse=True)
    scores = np.bincount(place, weights=np.concatenate([matches.scores for matches in lists]), minlength=len(docs))
    enough = np.bincount(place, minlength=len(docs)) >= minimum
    return Matches(docs[enough], scores[enough].astype(np.float32))
