"""From what a load reads to prepared tasks, in order: the part of a load that touches no index."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import chain, count
from typing import NamedTuple

from index.article import Reject
from index.checkpoint import Checkpoint
from index.columnar.batch import Analyser
from index.load_values import Inputs, LoadOptions, Stop
from index.metering import Steps
from index.normalize import Observed
from index.preparing import Prepared, Preparer, read_safely
from index.readers import Record
from index.worker import Task
from index.workers import WorkerPool

TASK = 256
"""Records that are prepared together."""
TASK_BYTES = 2_000_000
SECONDS_HERE = 3.0
"""Of preparing, before other processes may begin: a small load is done by then."""
SLOW_RECORD = 0.001
"""Seconds a record from which on other processes pay: an HTML page takes 25 ms. A line of JSON takes a tenth of one:
with two workers on two cores 30,000 such took 1.2 of the time that one process takes, 100,000 about the same, with 1.3
times the processor time and one and a half times the memory."""
MOST_WORKERS = 8
"""By default: the one process that writes keeps up with some eight that prepare."""


class PreparedTask(NamedTuple):
    """A task, and what became of it."""

    task: Task
    prepared: Prepared
    learned: Observed
    """What the dates of all tasks up to this one show."""


class TaskStream:
    """The tasks of one load."""

    def __init__(
        self, inputs: Inputs, options: LoadOptions, analyser: Analyser, steps: Steps, done: Checkpoint
    ) -> None:
        """``done``: what an interrupted load is done with."""
        self._inputs = inputs
        self._options = options
        self._analyser = analyser
        self._steps = steps
        self._done = done
        self._learned = done.learned
        self.interrupted = False
        """Whether it ended before its inputs did, as it was asked to."""
        self.workers = 1

    def prepared(self) -> Generator[PreparedTask, None, None]:
        """What becomes of each task, in order."""
        options = self._options
        size = task_size(options)
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
        self.workers = workers
        learned, patience = self._learned, options.patience
        with WorkerPool(workers, options.read, options.defaults, learned, self._steps, patience=patience) as pool:
            yield from map(PreparedTask._make, pool.prepared(chain([following], tasks), options.stopping))
        self.interrupted = self.interrupted or options.stopping()

    def _prepared_while_quick(self, tasks: Iterator[Task]) -> Iterator[PreparedTask]:
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

    def _prepared_here(self, tasks: Iterable[Task]) -> Generator[PreparedTask, None, None]:
        """Prepares tasks in this process. While one is read and normalised, the one before is analysed in a thread, and
        its articles are compressed in another, whose kernels and compression leave the interpreter to the rest.
        Nothing is analysed while what is given is taken, so that the vocabulary is one thread's at a time, and always
        holds the same when an article is staged."""
        preparer = Preparer(self._options.defaults, self._analyser, self._steps)
        preparer.normalizer.replace(self._done.learned)
        with ThreadPoolExecutor(1, "analysing") as thread, ThreadPoolExecutor(1, "packing") as beside:
            under_way: tuple[Task, Future[Prepared], Observed] | None = None
            for task in tasks:
                before = preparer.normalizer.learned()
                with self._steps.step("reading", beside=True):
                    read = [read_safely(self._options.read, record) for record in task.records]
                items = preparer.normalized(read)
                if task.again:  # what its dates show was known
                    preparer.normalizer.replace(before)
                if under_way is not None:
                    yield self._ended(*under_way)
                under_way = task, thread.submit(preparer.analysed, items, beside), preparer.normalizer.learned()
            if under_way is not None:
                yield self._ended(*under_way)

    def _ended(self, task: Task, under_way: Future[Prepared], learned: Observed) -> PreparedTask:
        self._learned = learned
        return PreparedTask(task, under_way.result(), learned)

    def _tasks(self, size: int) -> Iterator[Task]:
        """The records in tasks, but for those that an interrupted load is done with."""
        done, again = self._done.tasks, frozenset(self._done.rejected)
        chunks = _chunks(self._records(), size)
        for place in count():
            with self._steps.step("finding", beside=True):
                records = next(chunks, None)
            if records is None:
                return
            if self.interrupted and self._options.key is not None:
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
                self.interrupted = True
                return
            except Exception as error:  # a fault in a reader: told like any other reject, and what was read is kept
                reason = f"reading broke off ({type(error).__name__}: {error}); what follows was not read"
                yield Record.of(Reject("input", reason))
                return


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


def task_size(options: LoadOptions) -> int:
    return min(TASK, options.batch)
