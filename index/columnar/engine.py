"""The engine on the columnar index: a folder, its generations, and the one writer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from index.analysis import fingerprint
from index.article import Article
from index.columnar.atomic import Folder
from index.columnar.batch import AnalysedBatch, Analyser
from index.columnar.check import segment_problems
from index.columnar.columns import ColumnsReader
from index.columnar.format import VERSION, FileReader
from index.columnar.manifest import Manifest, SegmentEntry, commit, manifests, newest, newest_number, tidy
from index.columnar.reader import ColumnarReader
from index.columnar.rebuild import rebuild
from index.columnar.segment import LiveSegment, Segment, open_segment
from index.columnar.snapshot import snapshot
from index.columnar.writer import Writer
from index.engine import IndexStats, Outcome
from index.errors import IndexDamaged, IndexNotFound, IndexVersionMismatch, InputError

DEFAULT_MEMORY = 256 << 20
"""Bytes that staged articles may take, by default."""


class ColumnarEngine:
    """See :class:`index.engine.Engine`."""

    def __init__(self, folder: Folder, *, memory: int = DEFAULT_MEMORY) -> None:
        self.folder = folder
        self._memory = memory
        self._stack = ExitStack()  # the lock, while it is held
        self._writer: Writer | None = None
        self._locked = False
        self._opened: dict[str, Segment] = {}
        self._opening = Lock()
        self._analyser: Analyser | None = None
        self.fallback: str | None = None
        """Why an older generation than the newest is served, where that is so."""

    @classmethod
    def open(cls, path: Path | Folder, *, create: bool = False, memory: int = DEFAULT_MEMORY) -> Self:
        """Opens the index in a folder; see :func:`index.engine.open_engine`."""
        folder = path if isinstance(path, Folder) else Folder(path)
        engine = cls(folder, memory=memory)
        try:
            manifest = newest(folder)
        except (FileNotFoundError, NotADirectoryError, IndexNotFound):
            if not create:
                hint = f"load an archive first: python ingest.py --index {folder.path} ARCHIVE"
                raise IndexNotFound(f"{folder.path}: no index here; {hint}") from None
            manifest = _create(folder)
        if manifest.fingerprint != fingerprint():
            made = f"made with other word tables or another stemmer ({manifest.fingerprint}, here {fingerprint()})"
            again = f"make its words anew: python -m index rebuild {folder.path}"
            raise IndexVersionMismatch(f"{folder.path}: the index was {made}; {again}")
        return engine

    # -- writing

    @property
    def analyser(self) -> Analyser:
        """Makes batches for :meth:`add_batch`."""
        return self._begin().analyser

    def add(self, articles: Sequence[Article]) -> list[Outcome]:
        """Stages articles; see :meth:`index.engine.Engine.add`."""
        writer = self._begin()
        return writer.add(writer.analyser.analyse(articles))

    def add_batch(self, batch: AnalysedBatch) -> list[Outcome]:
        """Stages articles that were analysed already."""
        return self._begin().add(batch)

    def delete(self, article_ids: Iterable[str]) -> int:
        """Stages the removal of articles by id; the number found."""
        return self._begin().delete(article_ids)

    def commit(self, checkpoint: Mapping[str, Any] | None = None) -> int:
        """Makes everything staged visible and durable; the number of articles added or replaced."""
        if self._writer is None or not self._locked:
            return 0
        try:
            return self._writer.commit(checkpoint)
        finally:
            self._unlock()

    def checkpoint(self) -> Mapping[str, Any] | None:
        """What the newest commit said of how far its load was."""
        return newest(self.folder).checkpoint

    def cancel(self) -> None:
        """Forgets everything staged since the last commit."""
        if self._writer is not None and self._locked:
            self._writer.cancel()
        self._unlock()

    def merge(self) -> None:
        """Rewrites the index as one segment without deleted articles."""
        writer = self._begin()
        writer.commit(writer.manifest.checkpoint)
        known = writer.segments()
        if len(known) > 1 or any(not one.alive.all() for one in known):
            writer.merge()
        self._unlock()

    def purge(self, article_ids: Iterable[str]) -> int:
        """Deletes articles so that no file holds a word of them: not those of older generations, not dictionaries."""
        writer = self._begin()
        writer.commit(writer.manifest.checkpoint)
        found = writer.delete(article_ids)
        writer.commit(None)
        writer.rewrite_deleted()
        writer.analyser.forget_articles()
        self._opened.clear()
        self._unlock()
        return found

    # -- reading

    def article(self, article_id: str) -> Article | None:
        """The committed article with this id."""
        reader = self.reader()
        doc = reader.doc_of(article_id)
        return None if doc is None else reader.article(doc)

    def stats(self) -> IndexStats:
        """What the committed index holds. Cost: one pass over the columns."""
        reader = self.reader()
        parts: Counter[str] = Counter()
        for one in reader.segments:
            for facts in one.entry.all_files():
                parts[facts.name.partition(".")[2].partition("-")[0]] += facts.length
        return reader.stats(sum(self.folder.size(name) for name in self.folder.names()), dict(parts))

    def generation(self) -> int:
        """The newest committed generation."""
        return newest_number(self.folder)

    def reader(self) -> ColumnarReader:
        """A view of the newest committed generation, or of the one before where the newest is damaged."""
        first: IndexDamaged | None = None
        while True:
            for one in manifests(self.folder):
                try:
                    if one.manifest is None:
                        raise one.problem or IndexDamaged(f"{self.folder.path}: no manifest")
                    reader = ColumnarReader(one.manifest, self._segments(one.manifest))
                    if reader.problem is not None:
                        raise IndexDamaged(reader.problem)
                except FileNotFoundError:
                    continue
                except IndexDamaged as error:
                    first = first or error
                    continue
                self.fallback = None if first is None else str(first)
                return reader
            if first is not None:
                raise first
            if not manifests(self.folder):
                raise IndexNotFound(f"{self.folder.path}: no index here")

    def _segments(self, manifest: Manifest) -> list[LiveSegment]:
        """The segments of a generation; their files are opened once for all generations."""
        with self._opening:
            opened = {
                entry.name: self._opened.get(entry.name) or Segment(self.folder, entry) for entry in manifest.segments
            }
            self._opened = opened
        return [open_segment(self.folder, entry, opened[entry.name]) for entry in manifest.segments]

    # -- care

    @classmethod
    def rebuild(cls, path: Path, *, memory: int = DEFAULT_MEMORY) -> int:
        """Makes the words of the index in a folder anew, whatever analysis made them; the number of articles."""
        return rebuild(Folder(path), memory=memory)

    def snapshot(self, target: Path) -> int:
        """Copies the newest generation into a new folder while all goes on; the number of articles copied."""
        manifest = snapshot(self.folder, target)
        return sum(entry.articles - entry.deleted for entry in manifest.segments)

    def check(self) -> list[str]:
        """What is wrong with the committed index, one sentence each; nothing where it is whole. Reads all of it."""
        problems = []
        generations = manifests(self.folder)
        for one in generations[:1]:
            if one.problem is not None:
                problems.append(str(one.problem))
        manifest = newest(self.folder)
        for entry in manifest.segments:
            try:
                live = open_segment(self.folder, entry)
            except IndexDamaged as error:
                problems.append(str(error))
                continue
            problems += segment_problems(live.segment)
            live.segment.close()
        return problems

    def repair(self) -> list[str]:
        """Drops the segments that are not whole; the ids of the articles lost with them, as far as they can be read."""
        self._lock()
        try:
            manifest = newest(self.folder)
            kept, lost = [], []
            for entry in manifest.segments:
                try:
                    live = open_segment(self.folder, entry)
                    damaged = bool(segment_problems(live.segment))
                except IndexDamaged:
                    damaged = True
                if damaged:
                    lost += _readable_ids(self.folder, entry.name, entry.articles)
                else:
                    kept.append(entry)
            self._write_repaired(manifest, kept)
            return lost
        finally:
            self._writer = None
            self._opened.clear()
            self._unlock()

    def close(self) -> None:
        """Cancels what is not committed and lets go of the lock."""
        self.cancel()
        self._writer = None
        self._opened.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> Writer:
        """The writer, the lock held: the same as before where no one else has written since."""
        if self._locked and self._writer is not None:
            return self._writer
        self._lock()
        try:
            tidy(self.folder)
            manifest = newest(self.folder)
            if self._writer is None or self._writer.manifest != manifest:
                analyser = self._writer.analyser if self._writer is not None else Analyser()
                segments = [open_segment(self.folder, entry) for entry in manifest.segments]
                self._writer = Writer(self.folder, manifest, segments, self._memory, analyser)
        except BaseException:
            self._unlock()
            raise
        return self._writer

    def _lock(self) -> None:
        if self._locked:
            return
        try:
            self._stack.enter_context(self.folder.lock())
        except OSError as error:
            raise InputError(f"{self.folder.path}: the index can't be written ({error.strerror})") from error
        self._locked = True

    def _unlock(self) -> None:
        self._locked = False
        self._stack.close()

    def _write_repaired(self, manifest: Manifest, kept: Sequence[SegmentEntry]) -> None:
        repaired = replace(manifest, generation=manifest.generation + 1, segments=tuple(kept), checkpoint=None)
        commit(self.folder, repaired, keep=1)


def _create(folder: Folder) -> Manifest:
    """Makes an empty index in a folder that is empty or not there yet."""
    try:
        folder.make()
        if folder.names():
            raise InputError(f"{folder.path}: the folder holds other files and no index; give an empty or new folder")
        with folder.lock():
            return commit(folder, Manifest(1, VERSION, fingerprint(), 1, (), None))
    except OSError as error:
        raise InputError(f"{folder.path}: no index can be made here ({error.strerror})") from error


def _readable_ids(folder: Folder, segment: str, count: int) -> list[str]:
    """The ids of the articles of a damaged segment, as far as its columns can be read."""
    try:
        return ColumnsReader(FileReader(folder, f"{segment}.columns", "columns", segment)).ids().strings()[:count]
    except (IndexDamaged, IndexVersionMismatch, OSError, ValueError):
        return []
