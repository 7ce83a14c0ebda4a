"""The engine on a stock Whoosh index: plain, slow, and the yardstick of the one that follows it.

An index is a folder that Whoosh made, with ``kiosk.json`` beside Whoosh's files: the version of our layout and the
fingerprint of the analysis that its postings came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from whoosh import index as whoosh_index
from whoosh.reading import SegmentReader
from whoosh.writing import IndexWriter

from index.analysis import fingerprint
from index.article import Article
from index.engine import AnalysedArticle, IndexStats, Outcome
from index.errors import IndexDamaged, IndexLocked, IndexNotFound, IndexVersionMismatch, InputError
from index.fields import document, whoosh_schema
from index.whoosh_engine.check import readable_ids, segment_problems, segment_readers
from index.whoosh_engine.reader import WhooshReader

MARKER = "kiosk.json"
LAYOUT = "whoosh-1"


class _Staged(NamedTuple):
    article: Article
    document: dict[str, Any]


class WhooshEngine:
    """See :class:`index.engine.Engine`."""

    def __init__(self, path: Path, whoosh: whoosh_index.FileIndex) -> None:
        self.path = path
        self._whoosh = whoosh
        self._writer: IndexWriter | None = None
        self._base: WhooshReader | None = None  # what is committed, while a writer is open
        self._staged: dict[str, _Staged] = {}
        self._removed: set[str] = set()
        self._digests: set[bytes] = set()  # of everything committed and staged
        self._digests_of: int | None = None  # the generation they are of

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Opens the index in the folder ``path``; see :func:`index.engine.open_engine`."""
        marker = path / MARKER
        if not marker.is_file():
            if not create:
                hint = f"load an archive first: python ingest.py --index {path} ARCHIVE"
                raise IndexNotFound(f"{path}: no index here; {hint}")
            _create(path)
        _check_marker(marker)
        return cls(path, _open_whoosh(path))

    def add(self, analysed: AnalysedArticle) -> Outcome:
        """Stages an article; see :meth:`index.engine.Engine.add`."""
        base = self._begin()
        article = analysed.article
        digest = article.digest.encode()
        present = self._present(base, article.id)
        if present == article:
            return "duplicate"
        if digest in self._digests and (present is None or present.digest != article.digest):
            return "duplicate"
        staged = _Staged(article, document(analysed))
        if present is not None:
            self._digests.discard(present.digest.encode())
        self._digests.add(digest)
        self._staged[article.id] = staged
        return "added" if present is None else "updated"

    def delete(self, article_ids: Iterable[str]) -> int:
        """Stages the removal of articles by id; the number found."""
        base = self._begin()
        found = 0
        for article_id in article_ids:
            present = self._present(base, article_id)
            if present is None:
                continue
            found += 1
            self._digests.discard(present.digest.encode())
            self._staged.pop(article_id, None)
            self._removed.add(article_id)
        return found

    def commit(self) -> int:
        """Makes everything staged visible; the number of articles added or replaced."""
        if self._writer is None or self._base is None:
            return 0
        if not self._staged and not self._removed:
            self.cancel()
            return 0
        for article_id in self._removed.union(self._staged):
            doc = self._base.doc_of(article_id)
            if doc is not None:
                self._writer.delete_document(doc)
        for staged in self._staged.values():
            self._writer.add_document(**staged.document)
        written = len(self._staged)
        self._writer.commit()
        self._digests_of = self.generation()
        self._end()
        return written

    def cancel(self) -> None:
        """Forgets everything staged since the last commit."""
        if self._writer is not None:
            self._writer.cancel()
            if self._staged or self._removed:
                self._digests_of = None
        self._end()

    def merge(self) -> None:
        """Rewrites the index as one segment without deleted articles."""
        self.commit()
        self._begin()
        assert self._writer is not None
        self._writer.commit(optimize=True)
        self._digests_of = self.generation()
        self._end()

    def check(self) -> list[str]:
        """What is wrong with the committed index, one sentence each; nothing where it is whole. Reads all of it."""
        problems = []
        for segment, reader in segment_readers(self._whoosh):
            found = [f"can't be opened ({reader})"] if isinstance(reader, Exception) else segment_problems(reader)
            problems += [f"{self.path}: segment {segment.segment_id()}: {problem}" for problem in found]
            _close(reader)
        return problems

    def repair(self) -> list[str]:
        """Drops the segments that are not whole; the ids of the articles lost with them, as far as they can be read."""
        self.commit()
        kept, lost = [], []
        for segment, reader in segment_readers(self._whoosh):
            if not isinstance(reader, Exception) and not segment_problems(reader):
                kept.append(segment)
            elif not isinstance(reader, Exception):
                lost += readable_ids(reader)
            _close(reader)
        self._writer = self._take_lock()
        self._writer.segments = kept
        self._writer.commit(merge=False)
        self._digests_of = None
        self._end()
        return lost

    def article(self, article_id: str) -> Article | None:
        """The committed article with this id."""
        with self.reader() as reader:
            doc = reader.doc_of(article_id)
            return None if doc is None else reader.article(doc)

    def stats(self) -> IndexStats:
        """What the committed index holds. Cost: one pass over the columns."""
        with self.reader() as reader:
            return reader.stats(sum(file.stat().st_size for file in self.path.iterdir() if file.is_file()))

    def generation(self) -> int:
        """The newest committed generation."""
        return int(self._whoosh.latest_generation())

    def reader(self) -> WhooshReader:
        """A view of the newest committed generation."""
        try:
            return WhooshReader(self._whoosh.reader())
        except Exception as error:  # Whoosh meets damage with whatever its unpickling raises
            raise _damaged(self.path, error) from error

    def close(self) -> None:
        """Cancels what is not committed and lets go of the lock."""
        self.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> WhooshReader:
        if self._base is not None:
            return self._base
        self._writer = self._take_lock()
        self._base = self.reader()
        if self._digests_of != self._base.generation:
            self._digests = set(self._base.digests())
            self._digests_of = self._base.generation
        return self._base

    def _take_lock(self) -> IndexWriter:
        try:
            return self._whoosh.writer()
        except whoosh_index.LockError as error:
            hint = "try again when it is done"
            raise IndexLocked(f"{self.path}: another process is writing to this index; {hint}") from error
        except OSError as error:
            raise InputError(f"{self.path}: the index can't be written ({error.strerror})") from error

    def _end(self) -> None:
        if self._base is not None:
            self._base.close()
        self._base = self._writer = None
        self._staged = {}
        self._removed = set()

    def _present(self, base: WhooshReader, article_id: str) -> Article | None:
        """The article with this id as a commit now would leave it."""
        if article_id in self._staged:
            return self._staged[article_id].article
        if article_id in self._removed:
            return None
        doc = base.doc_of(article_id)
        return None if doc is None else base.article(doc)


def _create(path: Path) -> None:
    """Makes an empty index in ``path``, a folder that is empty or not there yet."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise InputError(f"{path}: the folder holds other files and no index; give an empty or new folder")
        whoosh_index.create_in(str(path), whoosh_schema())
        marker = {"layout": LAYOUT, "analysis": fingerprint()}
        (path / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: no index can be made here ({error.strerror})") from error


def _check_marker(marker: Path) -> None:
    again = "load the archive again into a new folder"
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
        layout, analysis = found["layout"], found["analysis"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(f"{marker}: can't be read ({error}); {again}") from error
    if layout != LAYOUT:
        raise IndexVersionMismatch(
            f"{marker.parent}: an index of layout {layout!r}, this version reads {LAYOUT!r}; {again}"
        )
    if analysis != fingerprint():
        made = f"made with other word tables or another stemmer ({analysis}, here {fingerprint()})"
        raise IndexVersionMismatch(f"{marker.parent}: the index was {made}; {again}")


def _open_whoosh(path: Path) -> whoosh_index.FileIndex:
    try:
        return whoosh_index.open_dir(str(path))
    except Exception as error:  # Whoosh meets damage with whatever its unpickling raises
        raise _damaged(path, error) from error


def _close(reader: SegmentReader | Exception) -> None:
    if not isinstance(reader, Exception):
        reader.close()


def _damaged(path: Path, error: Exception) -> IndexDamaged:
    return IndexDamaged(f"{path}: the index can't be opened ({error}); load the archive again into a new folder")
