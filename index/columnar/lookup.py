"""What a writer must know of the segments that are there: which articles, and which of them are deleted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.columnar.arrays import I8, U4, U8
from index.columnar.manifest import SegmentEntry
from index.columnar.postings_kernels import find_keys
from index.columnar.segment import LiveSegment


class KnownSegment:
    """A segment under a writer: articles are found in it by id and by digest, and deleted."""

    def __init__(self, live: LiveSegment) -> None:
        self.segment = live.segment
        self.entry = live.entry
        self.alive = live.alive.copy()
        self._alive_before = live.alive
        self.live = int(self.alive.sum())
        columns = self.segment.columns
        self._ids: U8 = np.asarray(columns.numbers("id_keys"), np.uint64)
        self._id_order: U4 = np.asarray(columns.numbers("id_order"), np.uint32)
        self._digests: U8 = np.asarray(columns.numbers("digests"), np.uint64)
        self._digest_order: U4 = np.asarray(columns.numbers("digest_order"), np.uint32)
        self._article_keys: U8 = np.asarray(columns.numbers("article_keys"), np.uint64)
        self._check()

    def __len__(self) -> int:
        return len(self.alive)

    @property
    def changed(self) -> bool:
        """Whether articles were deleted since the last commit."""
        return self.live != self.entry.articles - self.entry.deleted

    def by_id(self, keys: U8) -> I8:
        """The place in the order of ids of each key, -1 where it is not there."""
        found = np.empty(len(keys), np.int64)
        find_keys(self._ids, self._id_order, keys, 1, found)
        return found

    def by_digest(self, heads: U8) -> I8:
        """The place in the order of digests of each first half of one, -1 where it is not there."""
        found = np.empty(len(heads), np.int64)
        find_keys(self._digests, self._digest_order, heads, 2, found)
        return found

    def article(self, article_id: str, place: int) -> KnownArticle | None:
        """The living article with this id; ``place``: where :meth:`by_id` found its key."""
        key = self._ids[self._id_order[place]]
        while place < len(self) and self._ids[self._id_order[place]] == key:
            doc = int(self._id_order[place])
            if self.alive[doc] and self.segment.columns.id(doc) == article_id:
                digest = int(self._digests[2 * doc]), int(self._digests[2 * doc + 1])
                return KnownArticle(self, doc, int(self._article_keys[doc]), digest)
            place += 1
        return None

    def has_digest(self, digest: tuple[int, int], place: int) -> bool:
        """Whether a living article has this digest; ``place``: where :meth:`by_digest` found its first half."""
        while place < len(self):
            doc = int(self._digest_order[place])
            if int(self._digests[2 * doc]) != digest[0]:
                return False
            if self.alive[doc] and int(self._digests[2 * doc + 1]) == digest[1]:
                return True
            place += 1
        return False

    def delete(self, doc: int) -> None:
        """Marks a living document as deleted."""
        self.alive[doc] = False
        self.live -= 1

    def revive(self) -> None:
        """Takes back what was deleted since the last commit."""
        self.alive = self._alive_before.copy()
        self.live = int(self.alive.sum())

    def committed(self, entry: SegmentEntry) -> None:
        """Takes note that a generation has the segment as it is now."""
        self.entry = entry
        self._alive_before = self.alive.copy()

    def now(self) -> LiveSegment:
        """The segment as it is now."""
        return LiveSegment(self.segment, self.entry, self._alive_before.copy())

    def _check(self) -> None:
        for order in (self._id_order, self._digest_order):
            if len(order) != len(self) or (len(order) and int(order.max()) >= len(self)):
                raise self.segment.files["columns"].damaged("an order of documents that are not there")


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """An article of a segment: where it is, and what tells whether another is the same."""

    segment: KnownSegment
    doc: int
    article_key: int
    digest: tuple[int, int]
