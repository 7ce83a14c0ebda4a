"""A segment: the files of some documents, opened together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from index.article import Article
from index.columnar import columns, lexicon, postings, stored
from index.columnar.arrays import B1, U8
from index.columnar.atomic import Folder
from index.columnar.columns import ColumnsReader
from index.columnar.form_outlines import Outlines
from index.columnar.format import FileFacts, FileReader, FileWriter
from index.columnar.lexicon import LexiconReader
from index.columnar.manifest import SegmentEntry
from index.columnar.postings import PostingsReader
from index.columnar.stored import StoredReader
from index.fields import decode_article

KINDS = (lexicon.KIND, *postings.KINDS, columns.KIND, stored.KIND)
DELETED = "deleted"


class Segment:
    """The documents of one segment, deleted ones included. Safe for several threads."""

    def __init__(self, folder: Folder, entry: SegmentEntry) -> None:
        """Raises :class:`index.errors.IndexDamaged` where the files are not what the manifest names."""
        self.name = entry.name
        by_kind = {facts.name.removeprefix(f"{entry.name}."): facts for facts in entry.files}
        self.files = {
            kind: FileReader(folder, by_kind.get(kind, f"{entry.name}.{kind}"), kind, entry.name) for kind in KINDS
        }
        self.columns = ColumnsReader(self.files[columns.KIND])
        self.lexicon = LexiconReader(self.files[lexicon.KIND])
        self.postings = PostingsReader(*(self.files[kind] for kind in postings.KINDS))
        self.stored = StoredReader(self.files[stored.KIND])
        if not len(self.columns) == len(self.stored) == entry.articles:
            counts = f"{len(self.columns)} documents in columns, {len(self.stored)} stored"
            raise self.files[columns.KIND].damaged(f"{counts}, {entry.articles} in the manifest")

    def __len__(self) -> int:
        return len(self.columns)

    def article(self, doc: int) -> Article:
        """One article. Cost: some 15 us."""
        data = self.stored.article(doc)
        try:
            return decode_article(data, self.columns.id(doc), self.digest(doc))
        except (ValueError, TypeError) as error:
            raise self.files[stored.KIND].damaged(f"document {doc} holds no article ({error})") from error

    def digest(self, doc: int) -> str:
        """The content digest of one article, 32 hexadecimal digits."""
        first, second = self._digests[2 * doc : 2 * doc + 2].tolist()
        return f"{first:016x}{second:016x}"

    @cached_property
    def _digests(self) -> U8:
        return np.asarray(self.columns.numbers("digests"), np.uint64)

    @cached_property
    def outlines(self) -> Outlines:
        """Those of its forms. Cost: reads them all, the first time."""
        return Outlines.of(self.lexicon.arrays)

    @property
    def problem(self) -> str | None:
        """The first damage that any use of its files has met."""
        return next((file.problem for file in self.files.values() if file.problem is not None), None)

    def forget(self) -> None:
        """Gives back the memory of what was read."""
        for file in self.files.values():
            file.forget()

    def close(self) -> None:
        """Lets go of the files."""
        for file in self.files.values():
            file.close()


@dataclass(frozen=True, slots=True, eq=False)
class LiveSegment:
    """A segment as one generation has it: with what is deleted of it."""

    segment: Segment
    entry: SegmentEntry
    alive: B1


def write_deletions(folder: Folder, segment: str, generation: int, alive: B1) -> FileFacts:
    """Writes which documents of a segment are deleted: section ``deleted``, u1, a bit a document, the first one the
    highest bit of the first byte."""
    with FileWriter(folder, f"{segment}.{DELETED}-{generation}", DELETED, segment) as file:
        file.add("deleted", np.packbits(~alive))
        return file.close()


def read_alive(folder: Folder, entry: SegmentEntry) -> B1:
    """Which documents of a segment are not deleted."""
    if entry.deletions is None:
        return np.ones(entry.articles, np.bool_)
    file = FileReader(folder, entry.deletions, DELETED, entry.name)
    bits = np.asarray(file.section("deleted").all())
    if len(bits) != -(-entry.articles // 8):
        raise file.damaged(f"{len(bits)} bytes for {entry.articles} documents")
    alive = ~np.unpackbits(bits, count=entry.articles).astype(np.bool_)
    if int(alive.sum()) != entry.articles - entry.deleted:
        raise file.damaged(f"{entry.articles - int(alive.sum())} deleted documents, {entry.deleted} in the manifest")
    return alive


def open_segment(folder: Folder, entry: SegmentEntry, opened: Segment | None = None) -> LiveSegment:
    """The segment of ``entry``; ``opened``: its files, where they are open already."""
    return LiveSegment(opened or Segment(folder, entry), entry, read_alive(folder, entry))
