"""The engine on the columnar index: a folder, its generations, and the one writer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from index.analysis import fingerprint
from index.article import Article
from index.columnar.atomic import LOCK, Folder
from index.columnar.batch import AnalysedBatch, Analyser
from index.columnar.check import manifest_problems, opened, segment_problems
from index.columnar.format import VERSION
from index.columnar.manifest import (
    Manifest,
    commit,
    manifest_name,
    newest,
    newest_named,
    newest_number,
    open_newest,
    tidy,
)
from index.columnar.reader import ColumnarReader
from index.columnar.rebuild import rebuild
from index.columnar.repair import repair
from index.columnar.segment import LiveSegment, Segment, open_segment
from index.columnar.snapshot import snapshot
from index.columnar.writer import Writer
from index.engine import IndexStats, Outcome, Repaired
from index.errors import IndexDamaged, IndexNotFound, IndexVersionMismatch, InputError

DEFAULT_MEMORY = 256 << 20
"""Bytes that staged articles may take, by default."""


_SETTLED = 2_000_000_000
"""Nanoseconds after which another change of a folder is sure to have another time: clocks of file systems tick in
milliseconds, and those of other machines may differ."""


class ColumnarEngine:
    """See :class:`index.engine.Engine`."""

    def __init__(self, folder: Folder, *, memory: int = DEFAULT_MEMORY) -> None:
        self.folder = folder
        self._memory = memory
        self._stack = ExitStack()  # the lock, while it is held
        self._writer: Writer | None = None
        self._under_way: Future[int] | None = None  # a commit that was begun
        self._locked = False
        self._opened: dict[str, Segment] = {}
        self._opening = Lock()
        self._damaged: dict[str, str] = {}  # segments of which a use has met damage
        self._purged: int | None = None  # the last purge when the index was first looked at
        self._looked: tuple[int, int] | None = None  # when the folder had changed, and the newest generation then
        self.fallback: str | None = None
        """Why an older generation than the newest is served, where that is so."""

    @classmethod
    def open(cls, path: Path | Folder, *, create: bool = False, memory: int = DEFAULT_MEMORY) -> Self:
        """Opens the index in a folder; see :func:`index.engine.open_engine`."""
        folder = path if isinstance(path, Folder) else Folder(path)
        engine = cls(folder, memory=memory)
        try:
            manifest = _found(folder)
        except IndexNotFound:
            if not create:
                raise
            manifest = _create(folder)
        engine._purged = manifest.purged
        if manifest.fingerprint != fingerprint():
            made = f"made with other word tables or another stemmer ({manifest.fingerprint}, here {fingerprint()})"
            again = f"make its words anew: python -m index rebuild {folder.path}"
            raise IndexVersionMismatch(f"{folder.path}: the index was {made}; {again}")
        return engine

    # -- writing

    @property
    def analyser(self) -> Analyser:
        """Makes batches for :meth:`add_batch`."""
        return self._begin(settled=False).analyser

    def add(self, articles: Sequence[Article]) -> list[Outcome]:
        """Stages articles; see :meth:`index.engine.Engine.add`."""
        writer = self._begin()
        return writer.add(writer.analyser.analyse(articles))

    def add_batch(self, batch: AnalysedBatch) -> list[Outcome]:
        """Stages articles that were analysed already."""
        writer = self._begin(settled=False)
        if writer.must_wait(batch):
            writer = self._begin()
        if writer.manifest.purged != self._purged:
            # Whoever analysed them may still compress with pieces of articles that have been purged since.
            batch = writer.analyser.repack(batch)
        outcomes = writer.add(batch)
        if writer.full:  # a commit is under way: what is flushed must not hang on when that ends
            self._begin().flush()
        return outcomes

    def delete(self, article_ids: Iterable[str]) -> int:
        """Stages the removal of articles by id; the number found."""
        return self._begin().delete(article_ids)

    def commit(self, checkpoint: Mapping[str, Any] | None = None) -> int:
        """Makes everything staged visible and durable; the number of articles added or replaced."""
        self._settle()
        if (self._writer is None or not self._locked) and checkpoint == self.checkpoint():
            return 0
        writer = self._begin()
        with self._ending():
            return writer.commit(checkpoint)

    def begin_commit(self, checkpoint: Mapping[str, Any] | None = None) -> Callable[[], int]:
        """See :meth:`index.engine.Engine.begin_commit`."""
        commit = self._begin().begin_commit(checkpoint)
        under_way = self._under_way = Future[int]()

        def told() -> int:
            try:
                accepted = commit()
            except BaseException as error:
                under_way.set_exception(error)
                raise
            under_way.set_result(accepted)
            return accepted

        return told

    def _settle(self) -> None:
        """Waits until a commit that was begun has ended, and raises what it raised."""
        under_way, self._under_way = self._under_way, None
        if under_way is None:
            return
        wait([under_way])
        if under_way.exception() is not None:
            self._writer = None
            self._unlock()
        under_way.result()

    def checkpoint(self) -> Mapping[str, Any] | None:
        """What the newest commit said of how far its load was."""
        return newest(self.folder).checkpoint

    def cancel(self) -> None:
        """Forgets everything staged since the last commit."""
        # What can't be removed now is removed by the next writer.
        with suppress(OSError), self._ending():
            self._settle()
            if self._writer is not None and self._locked:
                self._writer.cancel()

    def merge(self) -> None:
        """Rewrites the index as one segment without deleted articles."""
        writer = self._begin()
        with self._ending():
            writer.commit(writer.manifest.checkpoint)
            known = writer.segments()
            if len(known) > 1 or any(not one.alive.all() for one in known):
                writer.merge()

    def purge(self, article_ids: Iterable[str]) -> int:
        """Deletes articles so that no file holds a word of them: not those of older generations, not dictionaries."""
        writer = self._begin()
        with self._ending():
            writer.commit(writer.manifest.checkpoint)
            found = writer.delete(article_ids)
            writer.commit(None if found else writer.manifest.checkpoint)
            if writer.manifest.purged != writer.manifest.generation:
                writer.rewrite_deleted()
            self._opened.clear()
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
        for one in reader.live:
            for facts in one.entry.all_files():
                parts[facts.name.partition(".")[2].partition("-")[0]] += facts.length
        return reader.stats(sum(self.folder.size(name) for name in self.folder.names()), dict(parts))

    def generation(self) -> int:
        """The newest committed generation. Cost: a microsecond or two; where the folder changed within the last
        seconds, some tens: then it is listed."""
        changed = self.folder.changed()
        looked = self._looked
        if looked is not None and looked[0] == changed:
            return looked[1]
        number = newest_number(self.folder)
        self._looked = (changed, number) if time.time_ns() - changed > _SETTLED else None
        return number

    def reader(self) -> ColumnarReader:
        """A view of the newest committed generation, or of the one before where the newest is damaged."""
        reader, passed_over = open_newest(self.folder, lambda one: ColumnarReader(one, self._segments(one)))
        self.fallback = str(passed_over[0].problem) if passed_over else None
        return reader

    def _segments(self, manifest: Manifest) -> list[LiveSegment]:
        """The segments of a generation; their files are opened once for all generations. :class:`IndexDamaged` where
        one is not as it was written, as far as that was noticed."""
        with self._opening:
            self._damaged.update((name, one.problem) for name, one in self._opened.items() if one.problem is not None)
            for entry in manifest.segments:
                if entry.name in self._damaged:
                    raise IndexDamaged(self._damaged[entry.name])
            opened = {
                entry.name: self._opened.get(entry.name) or Segment(self.folder, entry) for entry in manifest.segments
            }
            self._opened = opened
        return [open_segment(self.folder, entry, opened[entry.name]) for entry in manifest.segments]

    # -- care

    @classmethod
    def rebuild(cls, path: Path, *, memory: int = DEFAULT_MEMORY) -> int:
        """Makes the words of the index in a folder anew, whatever analysis made them; the number of articles."""
        folder = Folder(path)
        _found(folder)  # or a lock would be made where there is nothing to lock
        return rebuild(folder, memory=memory)

    def snapshot(self, target: Path) -> int:
        """Copies the newest generation into a new folder while all goes on; the number of articles copied."""
        manifest = snapshot(self.folder, target)
        return sum(entry.articles - entry.deleted for entry in manifest.segments)

    def check(self) -> list[str]:
        """What is wrong with the committed index, one sentence each; nothing where it is whole. Reads all of it."""
        while True:
            number = newest_number(self.folder)
            problems = manifest_problems(self.folder)
            segments = [opened(self.folder, entry) for entry in newest_named(self.folder).segments]
            problems += [problem for one in segments for problem in one.problems]
            if not problems or newest_number(self.folder) == number:
                break
            # A commit came between, and may have removed what was not there.
        for one in segments:
            if one.segment is not None:
                problems += segment_problems(one.segment)
                one.segment.close()
        return problems

    def repair(self) -> Repaired:
        """Makes the index whole with all that can still be read; see :mod:`index.columnar.repair`."""
        _found(self.folder)
        self._lock()
        try:
            return repair(self.folder, memory=self._memory)
        finally:
            self._writer = None
            self._opened.clear()
            self._damaged.clear()
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

    def _begin(self, *, settled: bool = True) -> Writer:
        """The writer, the lock held: the same as before where no one else has written since. ``settled``: no commit is
        under way any more."""
        if settled:
            self._settle()
        if self._locked and self._writer is not None:
            return self._writer
        self._lock()
        try:
            tidy(self.folder)
            manifest, damaged = open_newest(self.folder, lambda manifest: manifest)
            if damaged:  # to go on from the one before would drop what the newest holds, unasked
                raise IndexDamaged(str(damaged[0].problem))
            if self._writer is None or self._writer.manifest != manifest:
                self._writer = self._writer_of(manifest)
        except BaseException:
            self._unlock()
            raise
        return self._writer

    def _writer_of(self, manifest: Manifest) -> Writer:
        """A writer that goes on with what the one before it has learned, but not of articles purged since."""
        if self._purged is None:
            self._purged = manifest.purged
        analyser = Analyser()
        if self._writer is not None:
            analyser = self._writer.analyser
            if self._writer.manifest.purged != manifest.purged:
                analyser.forget_articles()
        segments = [open_segment(self.folder, entry) for entry in manifest.segments]
        return Writer(self.folder, manifest, segments, self._memory, analyser)

    def _lock(self) -> None:
        if self._locked:
            return
        try:
            self._stack.enter_context(self.folder.lock())
        except OSError as error:
            raise InputError(f"{self.folder.path}: the index can't be written ({error.strerror})") from error
        self._locked = True

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """Lets go of the lock at the end. After an error the writer no longer knows what stands on the disk: the next
        one looks."""
        try:
            yield
        except BaseException:
            self._writer = None
            raise
        finally:
            self._unlock()

    def _unlock(self) -> None:
        self._locked = False
        self._stack.close()


def _found(folder: Folder) -> Manifest:
    """The newest generation that has a name, damaged or not; :class:`IndexNotFound` says how to make an index."""
    try:
        return newest_named(folder)
    except (FileNotFoundError, NotADirectoryError, IndexNotFound):
        hint = f"load an archive first: python ingest.py --index {folder.path} ARCHIVE"
        raise IndexNotFound(f"{folder.path}: no index here; {hint}") from None


def _create(folder: Folder) -> Manifest:
    """Makes an empty index in a folder that is empty or not there yet, or where that was begun and a crash came."""
    try:
        folder.make()
        if set(folder.names()) - {LOCK, f"{manifest_name(1)}.new"}:
            raise InputError(f"{folder.path}: the folder holds other files and no index; give an empty or new folder")
        with folder.lock():
            return commit(folder, Manifest(1, VERSION, fingerprint(), 1, (), None))
    except OSError as error:
        raise InputError(f"{folder.path}: no index can be made here ({error.strerror})") from error
