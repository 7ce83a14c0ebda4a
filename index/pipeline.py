"""The bulk load: read, normalise, analyse, add, commit; every article accounted for.

``read = accepted + duplicates + rejected`` holds exactly, whatever goes wrong: an article that can't be read or
analysed costs that article only. A load can be stopped at any time and started again: it goes on behind the last
commit, and adds nothing twice. How many processes take part changes nothing in the index that comes of it.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from index.article import RawArticle, Reject
from index.checkpoint import Checkpoint, load_key
from index.columnar.batch import AnalysedBatch, Analyser
from index.engine import Outcome
from index.freed_memory import give_back, give_back_large_arrays
from index.interpreter import set_for_loading
from index.metering import Meter, Steps
from index.normalize import Defaults, Observed
from index.preparing import Prepared, Preparer, Read, Ready, read_safely
from index.readers import Limits, Record, RejectsInARow, open_inputs, read_record
from index.worker import Task
from index.workers import PATIENCE, WorkerPool

T = TypeVar("T")

DEFAULT_BATCH = 25_000
"""Accepted articles a commit: each commit costs some time and leaves a segment, and what is not committed is read again
after a crash."""
COMMIT_SECONDS = 30.0
"""After which a commit is made though the batch is not full: pages that are slow to read are safe soon, too."""
TASK = 256
"""Records that are prepared together."""
TASK_BYTES = 2_000_000
SECONDS_HERE = 3.0
"""Of preparing, before other processes may begin: a small load is done by then."""
SLOW_RECORD = 0.001
"""Seconds a record from which on other processes pay: an HTML page takes 25 ms. A line of JSON takes a tenth of one:
with two workers on two cores 30,000 such took 1.10 of the time that one process takes, 100,000 took 0.94, with 1.3
times the processor time and twice the memory."""
MOST_WORKERS = 8
"""By default: the one process that writes keeps up with some eight that prepare."""


ARTICLES_A_TURN = 4_096
"""Articles after which the keys of new forms are worked out in the thread that commits, where that has nothing else to
do: a commit, which the end of a load waits for, finds most of them."""


def _never() -> bool:
    return False


def read_one(record: Record) -> RawArticle | Reject:
    """The one thing that a record becomes."""
    (outcome,) = read_record(record)
    return outcome


class Inputs(Protocol):
    """What a load reads: see :class:`index.readers.Inputs`."""

    @property
    def total_bytes(self) -> int | None: ...

    @property
    def bytes_read(self) -> int: ...

    def records(self) -> Iterator[Record]: ...


class Sink(Protocol):
    """What a load writes to: of an :class:`index.engine.Engine` these."""

    @property
    def analyser(self) -> Analyser: ...

    def add_batch(self, batch: AnalysedBatch) -> list[Outcome]: ...

    def commit(self, checkpoint: Mapping[str, Any] | None = None) -> int: ...

    def begin_commit(self, checkpoint: Mapping[str, Any] | None = None) -> Callable[[], int]: ...

    def checkpoint(self) -> Mapping[str, Any] | None: ...


class Stop(BaseException):  # not for those who catch every Exception
    """Raised by whoever reads on behalf of a signal: no more is to be read."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load."""

    defaults: Defaults = field(default_factory=Defaults)
    format: str | None = None
    """Name of the reader where it can't be told from name and content."""
    batch: int = DEFAULT_BATCH
    workers: int | None = None
    """Processes that prepare articles: with 1 there is one process in all; ``None``: as many as there are cores where
    records take long, as pages do, else one."""
    key: str | None = None
    """What tells whether an interrupted load was this one; ``None``: it begins anew."""
    patience: float = PATIENCE
    """Seconds that one record may take a worker."""
    read: Read = read_one
    """What makes an article or a reject of a record."""
    stopping: Callable[[], bool] = _never
    """Whether whoever reads was asked to stop: seen within a second also while other processes are waited for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is."""

    read: int
    accepted: int
    rejected: int
    bytes_read: int
    total_bytes: int | None
    """``None`` where it can't be known, as with standard input."""


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What became of all that was read: ``read == accepted + duplicates + rejected``."""

    read: int
    accepted: int
    """Written to the index, new or replacing."""
    updated: int
    """Of these, the replacing ones."""
    duplicates: int
    rejected: int
    noted: int
    """Accepted ones of which something was set right or left out."""
    seconds: float
    articles_per_second: float
    languages: Mapping[str, int]
    """Accepted articles by language, the most frequent first; ``sections`` likewise, those without one left out."""
    sections: Mapping[str, int]
    already_loaded: int
    """Articles that an interrupted run of the same load had committed: not read again, and in no other number here."""
    workers: int
    peak_memory_mb: float
    """Largest memory of all processes together: see :class:`index.metering.Meter`."""
    cpu_seconds: float
    """Of all processes."""
    steps: Mapping[str, float]
    """Processor time by step, in seconds, of all processes: ``finding`` records in archives, ``reading`` them,
    ``normalising`` (languages are detected here), ``analysing`` (words, columns, compression), ``handing over`` between
    processes, ``staging`` (what is flushed on the way to a commit included), ``committing`` (segments and merges). What
    is left of ``cpu_seconds`` is beginning, reporting and what no step is; waiting is in none of it."""
    interrupted: bool = False


def _ignore(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told what happens during a load."""

    on_progress: Callable[[Progress], None] = _ignore
    on_commit: Callable[[int], None] = _ignore
    """Gets how many articles this one commit added or replaced."""
    on_reject: Callable[[Reject], None] = _ignore
    on_note: Callable[[str, str], None] = _ignore
    """Gets where the article stood, and one sentence."""


def load(
    paths: Iterable[str | Path],
    engine: Sink | None,
    options: LoadOptions = LoadOptions(),
    listeners: Listeners = Listeners(),
) -> LoadSummary:
    """Loads everything in ``paths`` (files, folders, archives, ``-``) into ``engine``; without one nothing is written,
    but read and counted.

    Raises :class:`index.errors.InputError` where an input is not there, and what the engine raises where it can't
    write.
    """
    names = [str(path) for path in paths]
    with open_inputs(names, format=options.format) as inputs:
        return load_inputs(inputs, engine, with_key(options, names), listeners)


def with_key(options: LoadOptions, paths: Iterable[str]) -> LoadOptions:
    """The options of a load of these files, which can go on where it was interrupted."""
    return replace(options, key=load_key(paths, options.format, options.defaults, (_task_size(options), TASK_BYTES)))


def load_inputs(
    inputs: Inputs,
    engine: Sink | None,
    options: LoadOptions = LoadOptions(),
    listeners: Listeners = Listeners(),
) -> LoadSummary:
    """Loads ``inputs``, opened already; see :func:`load`. :class:`Stop`, raised while they are read, ends the load as
    if they ended there."""
    return _Load(inputs, engine or DryRun(), options, listeners).run()


class _Load:
    """One load under way."""

    def __init__(self, inputs: Inputs, engine: Sink, options: LoadOptions, listeners: Listeners) -> None:
        self._inputs = inputs
        self._engine = engine
        self._options = options
        self._tell = listeners
        self._outcomes: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._sections: Counter[str] = Counter()
        self._steps = Steps()
        self._staged = self._without_keys = 0
        self._committed = time.monotonic()
        self._beside = ThreadPoolExecutor(1, "committing")
        self._under_way: Future[int] | None = None
        self._interrupted = False
        self._in_a_row = RejectsInARow(Limits().rejects_in_a_row)
        self._next_place = 0
        self._workers = 1
        self._before = Checkpoint.decode(engine.checkpoint(), options.key)
        self._done = self._before or Checkpoint(options.key or "", 0)

    def run(self) -> LoadSummary:
        started = time.monotonic()
        give_back_large_arrays()
        with Meter() as meter, set_for_loading():
            # Closed at once also where taking fails: workers end, and what is under way is done.
            with self._beside, closing(self._prepared()) as prepared_tasks:
                self._take_all(prepared_tasks)
                self._tell_committed()
            self._commit_last()
        return self._summary(time.monotonic() - started, meter)

    def _take_all(self, prepared_tasks: Iterable[tuple[Task, Prepared, Observed]]) -> None:
        for task, prepared, learned in prepared_tasks:
            self._take(task, prepared, learned)
            if self._under_way is not None and self._under_way.done():
                self._tell_committed()
            self._tell.on_progress(self._progress())

    def _prepared(self) -> Generator[tuple[Task, Prepared, Observed], None, None]:
        """What becomes of each task, in order."""
        options = self._options
        size = _task_size(options)
        tasks = self._tasks(size)
        workers = options.workers or min(os.cpu_count() or 1, MOST_WORKERS)
        if workers == 1:
            yield from self._prepared_here(tasks)
            return
        if options.workers is None:
            yield from self._prepared_while_quick(tasks)
        following = next(tasks, None)
        if following is None:
            return
        self._workers = workers
        learned, patience = self._done.learned, options.patience
        with WorkerPool(workers, options.read, options.defaults, learned, self._steps, patience=patience) as pool:
            yield from pool.prepared(chain([following], tasks), options.stopping)
        self._interrupted = self._interrupted or options.stopping()

    def _prepared_while_quick(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Prepared, Observed]]:
        """Prepares tasks here until they have shown that each record takes long: other processes pay then."""
        spent, records = 0.0, 0

        def quick() -> Iterator[Task]:
            nonlocal records
            while (spent < SECONDS_HERE or spent < SLOW_RECORD * records) and (task := next(tasks, None)) is not None:
                records += len(task.records)
                yield task

        with closing(self._prepared_here(quick())) as here:
            begun = time.monotonic()
            for prepared in here:
                spent += time.monotonic() - begun
                yield prepared
                begun = time.monotonic()

    def _prepared_here(self, tasks: Iterable[Task]) -> Generator[tuple[Task, Prepared, Observed], None, None]:
        """Prepares tasks in this process. While one is read and normalised, the one before is analysed in a thread,
        whose kernels and compression leave the interpreter to the other. Nothing is analysed while what is given is
        taken, so that the vocabulary is one thread's at a time, and always holds the same when an article is staged."""
        preparer = Preparer(self._options.defaults, self._engine.analyser, self._steps)
        preparer.normalizer.replace(self._done.learned)
        with ThreadPoolExecutor(1, "analysing") as thread:
            under_way: tuple[Task, Future[Prepared], Observed] | None = None
            for task in tasks:
                before = preparer.normalizer.learned()
                with self._steps.step("reading", beside=True):
                    read = [read_safely(self._options.read, record) for record in task.records]
                items = preparer.normalized(read)
                if task.again:  # what its dates show was known
                    preparer.normalizer.replace(before)
                if under_way is not None:
                    yield under_way[0], under_way[1].result(), under_way[2]
                under_way = task, thread.submit(preparer.analysed, items), preparer.normalizer.learned()
            if under_way is not None:
                yield under_way[0], under_way[1].result(), under_way[2]

    def _tasks(self, size: int) -> Iterator[Task]:
        """The records in tasks, but for those that an interrupted load is done with."""
        done, again = self._done.tasks, frozenset(self._done.rejected)
        chunks = _chunks(self._records(), size)
        for place in count():
            with self._steps.step("finding", beside=True):
                records = next(chunks, None)
            if records is None:
                return
            if self._interrupted and self._options.key is not None:
                return  # the beginning of a task: a load that goes on reads all of it
            if place >= done or place in again:
                yield Task(place, records, place < done)

    def _records(self) -> Iterator[Record]:
        """The records up to their end, or to where a signal or a fault of ours ends the reading."""
        source = iter(self._inputs.records())
        while True:
            try:
                yield next(source)
            except StopIteration:
                return
            except Stop:
                self._interrupted = True
                return
            except Exception as error:  # a fault in a reader: told like any other reject, and what was read is kept
                reason = f"reading broke off ({type(error).__name__}: {error}); what follows was not read"
                yield Record.of(Reject("input", reason))
                return

    def _take(self, task: Task, prepared: Prepared, learned: Observed) -> None:
        self._pass_over(task)
        rejects, ready, batch = self._told(task, prepared)
        self._outcomes["rejected"] += len(rejects)
        for reject in rejects:
            self._tell.on_reject(reject)
        if task.again:  # an earlier run added its articles
            return
        with self._steps.step("staging", beside=True):
            outcomes = self._engine.add_batch(batch)
        for item, outcome in zip(ready, outcomes, strict=True):
            self._count(item, outcome)
        self._done = replace(
            self._done,
            tasks=task.place + 1,
            rejected=(*self._done.rejected, task.place) if rejects else self._done.rejected,
            learned=learned,
            articles=self._done.articles + len(ready),
        )
        if self._staged >= self._options.batch or time.monotonic() - self._committed >= COMMIT_SECONDS:
            self._commit_beside()
        elif self._without_keys >= ARTICLES_A_TURN and self._under_way is None:
            self._prepare_keys()

    def _told(self, task: Task, prepared: Prepared) -> tuple[list[Reject], list[Ready], AnalysedBatch]:
        """What is to be told of a task: its rejects, and its articles, with the batch of these."""
        batch = prepared.batch
        if self._in_a_row.all_told(task.records, prepared.items):
            return [], [item for item in prepared.items if isinstance(item, Ready)], batch
        told = [
            list(self._in_a_row.told(record, [item])) for record, item in zip(task.records, prepared.items, strict=True)
        ]
        rejects = [item for items in told for item in items if isinstance(item, Reject)]
        ready = [item for items in told for item in items if isinstance(item, Ready)]
        if len(ready) < len(batch):
            kept = [bool(items) for items, item in zip(told, prepared.items, strict=True) if isinstance(item, Ready)]
            batch = batch.only(np.array(kept))
        return rejects, ready, batch

    def _pass_over(self, task: Task) -> None:
        """Takes note of tasks left out before this one: they had articles, or stand behind where a source was given
        up."""
        if task.place > self._next_place and not self._in_a_row.has_given_up(task.records[0]):
            self._in_a_row = RejectsInARow(Limits().rejects_in_a_row)
        self._next_place = task.place + 1

    def _count(self, item: Ready, outcome: Outcome) -> None:
        self._outcomes[outcome] += 1
        if outcome == "duplicate":
            return
        self._staged += 1
        self._without_keys += 1
        self._languages[item.lang] += 1
        if item.section:
            self._sections[item.section] += 1
        if item.notes:
            self._outcomes["noted"] += 1
            for note in item.notes:
                self._tell.on_note(item.locator, note)

    def _commit_beside(self) -> None:
        """Begins a commit in a thread of its own, once the one before has ended."""
        self._tell_committed()
        commit = self._engine.begin_commit(self._checkpoint())
        self._under_way = self._beside.submit(self._timed, commit)
        self._staged = 0
        self._committed = time.monotonic()

    def _prepare_keys(self) -> None:
        """Begins to work out the keys of new forms."""
        forms = self._engine.analyser.vocabulary.forms
        self._beside.submit(self._timed, partial(forms.prepare_keys, len(forms)))
        self._without_keys = 0

    def _timed(self, part: Callable[[], T]) -> T:
        with self._steps.step("committing", beside=True):
            try:
                return part()
            finally:
                give_back()

    def _tell_committed(self) -> None:
        """Waits for the commit that is under way, if any, and tells of it."""
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            self._tell_written(under_way.result())

    def _commit_last(self) -> None:
        with self._steps.step("committing"):
            written = self._engine.commit(self._checkpoint() if self._interrupted else None)
        self._tell_written(written)

    def _checkpoint(self) -> Mapping[str, Any] | None:
        return None if self._options.key is None else self._done.encode()

    def _tell_written(self, count: int) -> None:
        if count:
            self._tell.on_commit(count)

    def _progress(self) -> Progress:
        outcomes = self._outcomes
        accepted = outcomes["added"] + outcomes["updated"]
        return Progress(
            accepted + outcomes["duplicate"] + outcomes["rejected"],
            accepted,
            outcomes["rejected"],
            self._inputs.bytes_read,
            self._inputs.total_bytes,
        )

    def _summary(self, seconds: float, meter: Meter) -> LoadSummary:
        progress = self._progress()
        return LoadSummary(
            read=progress.read,
            accepted=progress.accepted,
            updated=self._outcomes["updated"],
            duplicates=self._outcomes["duplicate"],
            rejected=progress.rejected,
            noted=self._outcomes["noted"],
            seconds=round(seconds, 3),
            articles_per_second=round(progress.read / seconds, 1) if seconds > 0 else 0.0,
            languages=dict(self._languages.most_common()),
            sections=dict(self._sections.most_common()),
            already_loaded=self._before.articles if self._before else 0,
            workers=self._workers,
            peak_memory_mb=round(meter.peak_memory / 1e6, 1),
            cpu_seconds=round(meter.cpu_seconds(), 3),
            steps={name: round(seconds, 3) for name, seconds in self._steps.seconds.items()},
            interrupted=self._interrupted,
        )


class DryRun:
    """Stands in for an engine where nothing is to be written: tells what an empty index would say."""

    def __init__(self) -> None:
        self.analyser = Analyser()
        self._articles: dict[str, tuple[int, tuple[int, int]]] = {}
        self._digests: set[tuple[int, int]] = set()

    def add_batch(self, batch: AnalysedBatch) -> list[Outcome]:
        """The outcomes of :meth:`index.engine.Engine.add_batch` in an index that holds what was given so far."""
        columns = batch.columns
        digests = columns.digests.tolist()
        pairs = zip(digests[::2], digests[1::2], strict=True)
        return list(map(self._add, columns.ids.strings(), columns.article_keys.tolist(), pairs))

    def _add(self, article_id: str, key: int, digest: tuple[int, int]) -> Outcome:
        present = self._articles.get(article_id)
        if present == (key, digest):
            return "duplicate"
        if digest in self._digests and (present is None or present[1] != digest):
            return "duplicate"
        if present is not None:
            self._digests.discard(present[1])
        self._digests.add(digest)
        self._articles[article_id] = key, digest
        return "added" if present is None else "updated"

    def commit(self, checkpoint: Mapping[str, Any] | None = None) -> int:
        """Nothing is written."""
        return 0

    def begin_commit(self, checkpoint: Mapping[str, Any] | None = None) -> Callable[[], int]:
        """Nothing is written."""
        return self.commit

    def checkpoint(self) -> Mapping[str, Any] | None:
        """There is none."""
        return None


def _chunks(records: Iterable[Record], size: int) -> Iterator[tuple[Record, ...]]:
    """``records`` in chunks of at most ``size``, and of not much more than :data:`TASK_BYTES`."""
    chunk: list[Record] = []
    size_so_far = 0
    for record in records:
        chunk.append(record)
        size_so_far += record.size
        if len(chunk) >= size or size_so_far >= TASK_BYTES:
            yield tuple(chunk)
            chunk, size_so_far = [], 0
    if chunk:
        yield tuple(chunk)


def _task_size(options: LoadOptions) -> int:
    return min(TASK, options.batch)
