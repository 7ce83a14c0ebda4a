"""Worker processes of a bulk load: they read, extract, normalise, detect and analyse; the main process only writes.

Tasks come back in the order in which they were given, and each is prepared as if all those before it had been prepared
by the same process, whichever worker has it. A record that kills workers, or that one does not get done with, is
rejected with that reason; the rest of its task is prepared anew. One death may be an accident of the machine: only the
second at the same record is held against that.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

from index.analysis.vocabulary import Vocabulary
from index.article import RawArticle, Reject
from index.columnar.batch import Analyser
from index.errors import KioskError
from index.normalize import Defaults, Observed
from index.preparing import Prepared, Preparer, Read, read_safely
from index.readers import Record

PATIENCE = 60.0
"""Seconds that one record may take. The slowest of 60,000 real ones takes two; the readers' own limits stop most others
long before."""
QUEUED = 2
"""Tasks that a worker has at a time: the one it works on, and the next, so that it never waits for the main process."""
AHEAD = 8
"""Tasks a worker that may be under way or wait for an earlier one: what bounds the memory while a record hangs."""
STARTING_PATIENCE = 600.0
"""Seconds that a worker may take to begin: a busy machine imports slowly, and what is not compiled yet is so first."""
_DEATHS = 3
"""Workers that may die in a row before any of them has read anything: then it is not the records that kill them."""
_TIMES_BLAMED = 2
"""Deaths at one record after which it is left out."""
_TIMES_TOGETHER = 4
"""Deaths while a task was analysed, though each of its records alone can be: then all of it is left out."""
_TICK = 0.5
_FORMS = 400_000
"""Forms that a worker knows at most: some 50 MB each. The writer knows more, for all of them."""

_STARTING, _ANALYSING, _WAITING = -1, -2, -3
"""What a worker is at, where it is no record."""

_FIRST = RawArticle("", "The ferry", "The ferry sailed on Tuesday.")


class Task(NamedTuple):
    """Records that are prepared together."""

    place: int
    """Its number among all tasks of the input: a load that goes on leaves out those that are done."""
    records: Sequence[Record]
    again: bool = False
    """Whether only its rejects are wanted: what its dates show is known."""


@dataclass(slots=True)
class _Job:
    """A task under way."""

    number: int
    """From 0, in the order given."""
    task: Task
    poison: dict[int, Reject] = field(default_factory=dict)
    """Records that must not be tried again, by their place in the task."""
    deaths: Counter[int] = field(default_factory=Counter)
    """Of workers, by the place of the record that each was at."""
    one_by_one: bool = False
    """Whether each record is prepared alone first, to find the one that kills."""


class WorkerPool:
    """Prepares tasks in other processes. Close it; leaving it as a context does so."""

    def __init__(
        self, workers: int, read: Read, defaults: Defaults, learned: Observed, *, patience: float = PATIENCE
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._setup = (read, defaults)
        self._patience = patience
        self._learned = dict(learned)
        self._observed: dict[int, Observed] = {}
        self._observed_up_to = 0
        """All tasks below have told what their dates show."""
        self._finished = 0
        """What tasks below observed is among what is learned."""
        self._deaths = 0
        self._workers: list[_Worker] = []
        try:
            for _ in range(workers):
                self._workers.append(_Worker(self._context, self._setup))
        except BaseException:
            self.close()
            raise

    def prepared(
        self, tasks: Iterator[Task], stopping: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[Task, Prepared, Observed]]:
        """Each task, in order, with what became of it and what was observed up to its end. Ends within a second after
        ``stopping`` says so; tasks under way are given up then.

        Raises :class:`KioskError` where no worker lives long enough to read anything.
        """
        done: dict[int, tuple[Task, Prepared]] = {}
        given = next_number = 0
        more = True
        while True:
            while more and given - next_number < AHEAD * len(self._workers) and (worker := self._free()) is not None:
                task = next(tasks, None)
                more = task is not None
                if task is not None:
                    worker.give(_Job(given, task))
                    given += 1
            while next_number in done:
                task, prepared = done.pop(next_number)
                yield task, prepared, self._learn(next_number)
                next_number += 1
            if stopping() or (not more and not done and not any(worker.jobs for worker in self._workers)):
                return
            for job, prepared in self._turn():
                done[job.number] = job.task, prepared

    def close(self) -> None:
        """Ends the workers, whatever they are at."""
        for worker in self._workers:
            worker.end()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _free(self) -> _Worker | None:
        """The worker with the fewest tasks, if it may have another."""
        worker = min(self._workers, key=lambda one: len(one.jobs))
        return worker if len(worker.jobs) < QUEUED else None

    def _turn(self) -> Iterator[tuple[_Job, Prepared]]:
        """Waits for the workers; what they have done since."""
        ready = wait([worker.pipe for worker in self._workers], timeout=_TICK)
        for worker in list(self._workers):
            if worker.pipe in ready:
                yield from self._heard(worker)
        for worker in list(self._workers):
            if worker.stuck_for() > (self._patience if worker.at != _STARTING else STARTING_PATIENCE):
                self._give_up(worker)
        self._answer()

    def _give_up(self, worker: _Worker) -> None:
        """Replaces a worker that does not get on."""
        at = worker.at
        worker.end()
        if worker.at == at:
            self._replace(worker, f"took more than {self._patience:g} seconds", _TIMES_BLAMED)
        else:  # it got on in the very last moment
            self._replace(worker, "was slow")

    def _heard(self, worker: _Worker) -> Iterator[tuple[_Job, Prepared]]:
        try:
            kind, number, value = worker.pipe.recv()
        except (EOFError, OSError):
            worker.end()
            self._replace(worker, f"the process that read it died ({_ending(worker.process.exitcode)})")
            return
        self._deaths = 0
        worker.moved()
        if kind == "observed":
            observed, worker.asks = value
            # A task that is done anew has told before: what was answered by that holds.
            self._observed.setdefault(number, {} if worker.jobs[0].task.again else observed)
            while self._observed_up_to in self._observed:
                self._observed_up_to += 1
        else:
            yield worker.jobs.popleft(), value

    def _answer(self) -> None:
        """Tells workers that ask for it what was learned, as soon as all tasks before theirs have been read."""
        for worker in self._workers:
            if worker.asks and worker.jobs and worker.jobs[0].number < self._observed_up_to:
                worker.asks = False
                worker.send(("learned", self._known(worker.jobs[0].number)))

    def _known(self, number: int) -> Observed:
        """What the dates of all tasks up to this one show."""
        known = dict(self._learned)
        for earlier in range(self._finished, number + 1):
            for archive, (day, month) in self._observed.get(earlier, {}).items():
                days, months = known.get(archive, (0, 0))
                known[archive] = days + day, months + month
        return known

    def _learn(self, number: int) -> Observed:
        """Adds what a finished task observed to what is learned."""
        self._learned = dict(self._known(number))
        self._finished = number + 1
        self._observed.pop(number, None)
        return self._learned

    def _replace(self, worker: _Worker, reason: str, blame: int = 1) -> None:
        """Puts a new worker in the place of one that has ended, with its tasks; a record that is to blame is taken
        out."""
        at = worker.at
        if worker.jobs and at >= 0:
            _blame(worker.jobs[0], at, reason, blame)
        elif worker.jobs and at == _ANALYSING:
            _blame_some(worker.jobs[0], reason)
        elif at == _STARTING:
            self._deaths += 1
            if self._deaths >= _DEATHS:
                raise KioskError(f"worker processes die before they read anything ({reason}); try --workers 1")
        new = _Worker(self._context, self._setup)
        self._workers[self._workers.index(worker)] = new
        for job in worker.jobs:
            new.give(job)


def _blame(job: _Job, at: int, reason: str, times: int) -> None:
    """Holds an ending against the record that the worker was at."""
    job.deaths[at] += times
    if job.deaths[at] >= _TIMES_BLAMED:
        job.poison[at] = _reject(job.task.records[at], reason)


def _blame_some(job: _Job, reason: str) -> None:
    """Holds an ending against the records that the worker was analysing: which of them, trying each will show."""
    if job.one_by_one:
        job.deaths[_ANALYSING] += 1
    job.one_by_one = True
    if job.deaths[_ANALYSING] >= _TIMES_TOGETHER:
        for at, record in enumerate(job.task.records):
            job.poison.setdefault(at, _reject(record, reason))


class _Worker:
    """One process, as the main process sees it."""

    def __init__(self, context: Any, setup: tuple[Read, Defaults]) -> None:
        self.jobs: deque[_Job] = deque()
        self.asks = False
        self._at = context.RawValue("q", _STARTING)
        self._seen, self._stuck, self._looked = _STARTING, 0.0, time.monotonic()
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_work, args=(other, self._at, *setup), daemon=True)
        with other, _without_interrupts():
            self.process.start()
        # Sending waits where the other end does not listen, as while a record hangs: this process must not wait for it.
        self._to_send: SimpleQueue[object] = SimpleQueue()
        self._sender = Thread(target=self._send_all, name="sender", daemon=True)
        self._sender.start()

    @property
    def at(self) -> int:
        """The place in its task of the record that it reads, or what else it is at."""
        return int(self._at.value)

    def give(self, job: _Job) -> None:
        """Gives it a task; it works on them one after the other."""
        if not self.jobs:
            self.moved()
        self.jobs.append(job)
        self.send(("task", job.number, job.task, dict(job.poison), job.one_by_one))

    def send(self, message: object) -> None:
        """Sends, sometime; that nobody is there to hear is met when its end of the pipe is read."""
        self._to_send.put(message)

    def _send_all(self) -> None:
        try:
            while (message := self._to_send.get()) is not None:
                self.pipe.send(message)
        except OSError:
            return

    def moved(self) -> None:
        """Takes note that it goes on."""
        self._seen, self._stuck, self._looked = self.at, 0.0, time.monotonic()

    def stuck_for(self) -> float:
        """Seconds that it has been at the same record, as far as this process was looking: one that was busy, or
        stopped, knows nothing of the time between."""
        if not self.jobs or self.at != self._seen or self.at == _WAITING:
            self.moved()
        now = time.monotonic()
        self._stuck += min(now - self._looked, 2 * _TICK)
        self._looked = now
        return self._stuck

    def end(self) -> None:
        """Ends it, whatever it is at."""
        self.process.kill()
        self.process.join()
        self._to_send.put(None)
        self._sender.join()
        self.pipe.close()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started within are deaf to Ctrl-C from their first moment."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection, at: Any, read: Read, defaults: Defaults) -> None:
    """What a worker does until nobody gives it tasks."""
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to a whole group of processes: the main one decides
        signal.signal(number, signal.SIG_IGN)
    try:
        _Work(pipe, at, read, defaults).run()
    except OSError:  # the main process is gone
        return


class _Work:
    """A worker, as it sees itself."""

    def __init__(self, pipe: Connection, at: Any, read: Read, defaults: Defaults) -> None:
        self._pipe = pipe
        self._at = at
        self._read = read
        self._analyser = Analyser(Vocabulary(_FORMS))
        self._preparer = Preparer(defaults, self._analyser)
        self._given: SimpleQueue[tuple[int, Task, dict[int, Reject], bool]] = SimpleQueue()
        self._learned: SimpleQueue[Observed] = SimpleQueue()
        # Both ends may have much to send at the same time: one that always listens keeps either from waiting for ever.
        Thread(target=self._listen, daemon=True).start()

    def run(self) -> None:
        """Works on what is given, for as long as there is a main process."""
        self._preparer.prepare([_FIRST])  # what is to be compiled or loaded is so before the first record is blamed
        self._preparer.normalizer.replace({})
        while True:
            number, task, poison, one_by_one = self._given.get()
            if one_by_one:
                self._try_each(task, poison)
            self._pipe.send(("done", number, self._prepared(number, task, poison)))
            self._at.value = _STARTING
            if self._analyser.vocabulary.full:
                self._analyser.vocabulary.clear()

    def _listen(self) -> None:
        try:
            while True:
                kind, *value = self._pipe.recv()
                if kind == "task":
                    self._given.put(tuple(value))
                else:
                    self._learned.put(value[0])
        except (EOFError, OSError):  # the main process is gone: so is all that could become of this
            os._exit(0)

    def _try_each(self, task: Task, poison: dict[int, Reject]) -> None:
        for number, record in enumerate(task.records):
            if number not in poison:
                self._at.value = number
                self._preparer.prepare([read_safely(self._read, record)])

    def _prepared(self, number: int, task: Task, poison: dict[int, Reject]) -> Prepared:
        items: list[RawArticle | Reject] = []
        for at, record in enumerate(task.records):
            self._at.value = at
            items.append(poison[at] if at in poison else read_safely(self._read, record))
        self._at.value = _ANALYSING
        normalizer = self._preparer.normalizer
        observed = normalizer.observe([item for item in items if isinstance(item, RawArticle)])
        asks = bool(observed)  # a date may hang on those of earlier tasks
        self._pipe.send(("observed", number, (observed, asks)))
        if asks:
            self._at.value = _WAITING
            normalizer.replace(self._learned.get())
            self._at.value = _ANALYSING
        prepared = self._preparer.decided(items)
        return Prepared(prepared.items, prepared.batch.portable())


def _reject(record: Record, reason: str) -> Reject:
    return Reject(record.locator, f"{reason}: left out", record.original)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit status {code}"
