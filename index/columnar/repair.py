"""Repair: a generation of what is whole, and of all articles that can still be read.

A segment that is not whole is replaced: those of its articles that can be read (:mod:`index.columnar.remains`) are
analysed anew. Where it is a merge of segments of the generation before, what can't be read of it is taken from these.
An article comes back as it was acknowledged, or not at all. Only where it can't be read what was deleted of a segment,
articles may be back that were deleted or replaced by the newest generation; these are counted.

A manifest of which one bit is wrong is set right by trying each; of one that is worse the generation before is made
whole, and what came after is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from index.analysis import fingerprint
from index.article import Article
from index.columnar.arrays import B1, I8
from index.columnar.atomic import Folder
from index.columnar.batch import Analyser
from index.columnar.check import Opened, manifest_problems, opened, segment_problems
from index.columnar.manifest import (
    MOST_BYTES,
    Manifest,
    SegmentEntry,
    decode,
    manifest_name,
    manifests,
    mended,
    newest_named,
)
from index.columnar.remains import Remains
from index.columnar.segment import LiveSegment, read_alive
from index.columnar.writer import Writer
from index.engine import Repaired
from index.errors import IndexDamaged

_TOGETHER = 256
_SEGMENT = re.compile(r"s([0-9]{7,15})\..*")


def repair(folder: Folder, *, memory: int) -> Repaired:
    """Commits a generation without damage, and removes the others; the folder must be locked.

    Cost: reads all of the index; what is damaged costs as much as loading it.
    """
    return _Repair(folder).run(memory)


@dataclass
class _Account:
    """What becomes of the articles."""

    problems: list[str]
    lost: list[str] = field(default_factory=list)
    unnamed: int = 0
    returned: int = 0
    newest_lost: bool = False

    def closed(self) -> Repaired:
        return Repaired(tuple(self.problems), tuple(self.lost), self.unnamed, self.returned, self.newest_lost)


class _Repair:
    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        newest = _mended(folder)
        self._named = newest or newest_named(folder)
        earlier = (one.manifest for one in manifests(folder) if one.number < self._named.generation)
        self._before = next((one for one in earlier if one is not None), None)
        unread = manifest_problems(folder)
        self._account = _Account(unread, newest_lost=bool(unread) and newest is None)

    def run(self, memory: int) -> Repaired:
        account = self._account
        segments = [opened(self._folder, entry) for entry in self._named.segments]
        damaged = [one for one in segments if not self._is_whole(one)]
        if not account.problems:
            return account.closed()
        kept = self._kept([one for one in segments if one not in damaged])
        manifest = replace(self._named, next_segment=max(self._named.next_segment, _first_free(self._folder)))
        writer = Writer(self._folder, manifest, kept, memory, Analyser())
        try:
            for one in reversed(damaged):  # the newest first: of an article that is there twice it has the right one
                self._take(one, writer)
                writer.flush()
            nothing_lost = not (account.lost or account.unnamed or account.returned)
            # With a note of how far the load was, it would not bring back what is lost.
            writer.commit(self._named.checkpoint if nothing_lost else None, always=True, keep=1)
        except BaseException:
            writer.cancel()
            raise
        return account.closed()

    def _is_whole(self, one: Opened) -> bool:
        """Whether the segment is, whatever of what was deleted of it; with words of another analysis it is not."""
        self._account.problems += one.problems
        found = [] if one.segment is None else segment_problems(one.segment)
        self._account.problems += found
        return one.segment is not None and not found and self._named.fingerprint == fingerprint()

    def _kept(self, whole: Sequence[Opened]) -> list[LiveSegment]:
        """The segments that are whole. Where it can't be read what is deleted of one, that is what was deleted before,
        and what is in others."""
        elsewhere: set[str] = set()
        if any(one.alive is None for one in whole):
            elsewhere.update(
                article_id for one in whole if one.alive is not None for article_id in _ids(one, one.alive)
            )
        kept = []
        for one in reversed(whole):
            assert one.segment is not None
            if one.alive is not None:
                kept.append(LiveSegment(one.segment, one.entry, one.alive))
                continue
            entry, alive = self._alive_before(one.entry)
            ids = one.segment.columns.ids().strings()
            here = np.array([lives and ids[doc] not in elsewhere for doc, lives in enumerate(alive)], np.bool_)
            elsewhere.update(_ids(one, here))
            self._account.returned += max(0, int(here.sum()) - (one.entry.articles - one.entry.deleted))
            # As if all lived that did before: what differs from that is written as deleted.
            kept.append(LiveSegment(one.segment, entry, here))
        return kept[::-1]

    def _alive_before(self, entry: SegmentEntry) -> tuple[SegmentEntry, B1]:
        """The segment as the generation before has it; where it does not, with all its articles."""
        for one in () if self._before is None else self._before.segments:
            if one.name == entry.name:
                try:
                    return replace(entry, deleted=one.deleted, deletions=one.deletions), read_alive(self._folder, one)
                except IndexDamaged:
                    break
        return replace(entry, deleted=0, deletions=None), np.ones(entry.articles, np.bool_)

    def _take(self, one: Opened, writer: Writer) -> None:
        """Stages what can be read of a damaged segment, and notes what can't."""
        entry, account = one.entry, self._account
        alive = self._alive_before(entry)[1] if one.alive is None else one.alive
        living, taken, named, elsewhere = entry.articles - entry.deleted, 0, len(account.lost), 0
        articles: list[Article] = []
        for found in _Articles(self._folder, entry, self._before).living(alive):
            article_id = found.id if isinstance(found, Article) else found
            if article_id is not None and writer.find(article_id) is not None:
                elsewhere += 1  # replaced since
            elif isinstance(found, Article):
                articles.append(found)
                if len(articles) == _TOGETHER:
                    taken += _staged(articles, writer)
                    articles = []
            elif article_id is not None:
                account.lost.append(article_id)
        taken += _staged(articles, writer)
        account.unnamed += max(0, living - taken - (len(account.lost) - named))
        account.returned += max(0, min(taken, int(alive.sum()) - living - elsewhere))


def _mended(folder: Folder) -> Manifest | None:
    """The newest manifest, where a single bit of it is wrong."""
    for one in manifests(folder)[:1]:
        if isinstance(one.problem, IndexDamaged) and one.manifest is None:
            name = manifest_name(one.number)
            data = mended(folder.read(name, MOST_BYTES))
            return None if data is None else decode(data, name)
    return None


def _staged(articles: Sequence[Article], writer: Writer) -> int:
    """Stages them; how many of them were not there."""
    outcomes = writer.add(writer.analyser.analyse(articles)) if articles else []
    return sum(outcome != "duplicate" for outcome in outcomes)


def _ids(one: Opened, alive: B1) -> Iterator[str]:
    assert one.segment is not None
    ids = one.segment.columns.ids().strings()
    return (ids[doc] for doc in np.flatnonzero(alive).tolist())


def _first_free(folder: Folder) -> int:
    """A number above those of all segments of which files lie in the folder."""
    found = (_SEGMENT.fullmatch(name) for name in folder.names())
    return max((int(one[1]) + 1 for one in found if one), default=0)


class _Articles:
    """The articles of a damaged segment: from its own files, else from those of the segments it was merged of."""

    def __init__(self, folder: Folder, entry: SegmentEntry, before: Manifest | None) -> None:
        self._own = Remains(folder, entry)
        self._merged: list[Remains] = []
        self._from: I8 = np.empty((0, 2), np.int64)
        """(documents, 2) which of those that were merged each document comes from, and its number there."""
        sources = [] if before is None else _merged_of(entry, before)
        try:
            docs = [np.flatnonzero(read_alive(folder, one)) for one in sources]
        except IndexDamaged:
            return
        self._merged = [Remains(folder, one) for one in sources]
        parts = [np.stack((np.full(len(found), at), found), axis=1) for at, found in enumerate(docs)]
        self._from = np.concatenate([self._from, *parts])

    def living(self, alive: B1) -> Iterator[Article | str | None]:
        """Of each living document the article, else its id, else nothing."""
        for doc in np.flatnonzero(alive).tolist():
            article_id = self._own.id(doc)
            found = self._own.article(doc)
            if found is None and doc < len(self._from):
                at, number = self._from[doc].tolist()
                earlier_id = self._merged[at].id(number)
                if article_id is None or article_id == earlier_id:
                    article_id, found = earlier_id, self._merged[at].article(number)
            yield found or article_id


def _merged_of(entry: SegmentEntry, before: Manifest) -> list[SegmentEntry]:
    """The segments of the generation before that ``entry`` was merged of; none where that has not all of them."""
    others = {one.name: one for one in before.segments}
    merged = [others[name] for name in entry.merged if name in others]
    count = sum(one.articles - one.deleted for one in merged)
    return merged if len(merged) == len(entry.merged) and count == entry.articles else []
