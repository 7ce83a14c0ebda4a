"""Worker processes of a bulk load: they read, extract, normalise, detect and analyse; the main process only writes.

Tasks come back in the order in which they were given, and each is prepared as if all those before it had been prepared
by the same process, whichever worker has it. A record that kills workers, or that one does not get done with, is
rejected with that reason; the rest of its task is prepared anew. One death may be an accident of the machine: only the
second at the same record is held against that.
"""

from __future__ import annotations

import math
import multiprocessing
import pickle
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread

from index.analysis.foreign import ForeignForms
from index.article import Reject
from index.columnar.batch import AnalysedBatch
from index.errors import KioskError
from index.metering import Steps
from index.normalize import Defaults, Observed
from index.preparing import Prepared, Read
from index.readers import Record
from index.worker import ANALYSING, STARTING, WAITING, Done, Given, Learned, Seen, Task, work

PATIENCE = 60.0
"""Seconds that one record may take. The slowest of 60,000 real ones takes two; the readers' own limits stop most others
long before."""
SECONDS_AHEAD = 0.6
"""Of work that a worker is given ahead: it goes on with that while the main process writes, and gives it nothing."""
FEWEST_AHEAD, MOST_AHEAD = 2, 32
"""Tasks that this may be."""
UNDER_WAY = 8
"""Tasks a worker, beside those ahead, that may wait for an earlier one: what bounds the memory while a record hangs."""
STARTING_PATIENCE = 600.0
"""Seconds that a worker may take to begin: a busy machine imports slowly, and what is not compiled yet is so first."""
_DEATHS = 5
"""Workers that may die in a row before any of them has read anything: then it is not the records that kill them."""
_TIMES_BLAMED = 2
"""Deaths at one record after which it is left out."""
_TIMES_TOGETHER = 4
"""Deaths while a task was analysed, though each of its records alone can be: then all of it is left out."""
_TICK = 0.5


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
        self,
        workers: int,
        read: Read,
        defaults: Defaults,
        learned: Observed,
        steps: Steps,
        *,
        patience: float = PATIENCE,
    ) -> None:
        """``steps`` is told the time that the workers take, and that of hearing them."""
        self._steps = steps
        self._patience = patience
        self._setup = (patience, read, defaults)
        self._inbox: SimpleQueue[tuple[_Worker, bytes | None]] = SimpleQueue()
        self._learned = dict(learned)
        self._observed: dict[int, Observed] = {}
        self._observed_up_to = 0
        """All tasks below have told what their dates show."""
        self._finished = 0
        """What tasks below observed is among what is learned."""
        self._given = 0
        self._ahead = FEWEST_AHEAD
        self._deaths = 0
        self._workers: list[_Worker] = []
        try:
            for _ in range(workers):
                self._workers.append(self._begun())
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
        number = 0
        more = True
        while True:
            if stopping():
                return
            more = more and self._give(tasks, number)
            for job, prepared in self._turn(waiting=number not in done):
                done[job.number] = job.task, prepared
            if number in done:
                task, prepared = done.pop(number)
                yield task, prepared, self._learn(number)
                number += 1
            elif not more and not done and not any(worker.jobs for worker in self._workers):
                return

    def close(self) -> None:
        """Ends the workers, whatever they are at."""
        for worker in self._workers:
            worker.end()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begun(self) -> _Worker:
        return _Worker(self._setup, self._inbox)

    def _give(self, tasks: Iterator[Task], number: int) -> bool:
        """Gives the workers as many tasks as they may have while that with this number is waited for; whether there
        may be more."""
        while self._given - number < (self._ahead + UNDER_WAY) * len(self._workers):
            worker = min(self._workers, key=lambda one: len(one.jobs))
            if len(worker.jobs) >= self._ahead:
                break
            task = next(tasks, None)
            if task is None:
                return False
            worker.give(_Job(self._given, task))
            self._given += 1
        return True

    def _turn(self, *, waiting: bool) -> Iterator[tuple[_Job, Prepared]]:
        """What the workers have done since; where nothing is there and ``waiting``, waits for some of it."""
        try:
            heard = self._inbox.get(waiting, _TICK)
            while True:
                yield from self._heard(*heard)
                heard = self._inbox.get_nowait()
        except Empty:
            pass
        for worker in list(self._workers):
            if worker.stuck_for() > (self._patience if worker.at != STARTING else STARTING_PATIENCE):
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

    def _heard(self, worker: _Worker, told: bytes | None) -> Iterator[tuple[_Job, Prepared]]:
        if worker not in self._workers:  # given up since
            return
        if told is None:
            worker.end()
            self._replace(worker, f"the process that read it died ({_ending(worker.process.exitcode)})")
            return
        self._deaths = 0
        worker.heard = True
        worker.moved()
        with self._steps.step("handing over", beside=True):
            message: Seen | Done = pickle.loads(told)
        if isinstance(message, Seen):
            worker.asks = message.asks
            # A task that is done anew has told before: what was answered by that holds.
            self._observed.setdefault(message.number, {} if worker.jobs[0].task.again else message.observed)
            while self._observed_up_to in self._observed:
                self._observed_up_to += 1
        else:
            yield worker.jobs.popleft(), worker.prepared(message)
            self._steps.add(message.steps)
            spent = max(sum(message.steps.values()), 1e-9)
            self._ahead = max(FEWEST_AHEAD, min(MOST_AHEAD, math.ceil(SECONDS_AHEAD / spent)))

    def _answer(self) -> None:
        """Tells workers that ask for it what was learned, as soon as all tasks before theirs have been read."""
        for worker in self._workers:
            if worker.asks and worker.jobs and worker.jobs[0].number < self._observed_up_to:
                worker.asks = False
                worker.send(Learned(self._known(worker.jobs[0].number)))

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
        elif worker.jobs and at == ANALYSING:
            _blame_some(worker.jobs[0], reason)
        elif not worker.heard:
            self._deaths += 1
            if self._deaths >= _DEATHS:
                raise KioskError(f"worker processes die before they read anything ({reason}); try --workers 1")
        new = self._begun()
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
        job.deaths[ANALYSING] += 1
    job.one_by_one = True
    if job.deaths[ANALYSING] >= _TIMES_TOGETHER:
        for at, record in enumerate(job.task.records):
            job.poison.setdefault(at, _reject(record, reason))


class _Worker:
    """One process, as the main process sees it."""

    def __init__(self, setup: tuple[float, Read, Defaults], inbox: SimpleQueue[tuple[_Worker, bytes | None]]) -> None:
        self.jobs: deque[_Job] = deque()
        self.asks = self.heard = False
        self._forms = ForeignForms()
        context = multiprocessing.get_context("spawn")
        self._at = context.RawValue("q", STARTING)
        self._seen, self._stuck, self._looked = STARTING, 0.0, time.monotonic()
        self._pipe, other = context.Pipe()
        self.process = context.Process(target=work, args=(other, self._at, *setup), daemon=True)
        with other, _without_interrupts():
            self.process.start()
        # Sending waits where the other end does not listen, as while a record hangs: this process must not wait for it.
        self._to_send: SimpleQueue[object] = SimpleQueue()
        self._inbox = inbox
        self._threads = [Thread(target=one, name=one.__name__, daemon=True) for one in (self._send_all, self._listen)]
        for thread in self._threads:
            thread.start()

    @property
    def at(self) -> int:
        """The place in its task of the record that it reads, or what else it is at."""
        return int(self._at.value)

    def give(self, job: _Job) -> None:
        """Gives it a task; it works on them one after the other."""
        if not self.jobs:
            self.moved()
        self.jobs.append(job)
        self.send(Given(job.number, job.task, dict(job.poison), job.one_by_one))

    def prepared(self, done: Done) -> Prepared:
        """What it has prepared. To be called in the order in which it was told."""
        if done.first_form == 0:
            self._forms = ForeignForms()
        self._forms.extend(done.forms)
        return Prepared(done.items, AnalysedBatch(done.columns, done.packed, done.tokens, self._forms))

    def send(self, message: Given | Learned) -> None:
        """Sends, sometime; that nobody is there to hear is met when its end of the pipe is read."""
        self._to_send.put(message)

    def _send_all(self) -> None:
        try:
            while (message := self._to_send.get()) is not None:
                self._pipe.send(message)
        except OSError:
            return

    def _listen(self) -> None:
        # The worker goes on at once, whatever the main process is at.
        try:
            while True:
                self._inbox.put((self, self._pipe.recv_bytes()))
        except (EOFError, OSError):
            self._inbox.put((self, None))

    def moved(self) -> None:
        """Takes note that it goes on."""
        self._seen, self._stuck, self._looked = self.at, 0.0, time.monotonic()

    def stuck_for(self) -> float:
        """Seconds that it has been at the same record, as far as this process was looking: one that was busy, or
        stopped, knows nothing of the time between."""
        if not self.jobs or self.at != self._seen or self.at == WAITING:
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
        for thread in self._threads:
            thread.join()
        self._pipe.close()


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


def _reject(record: Record, reason: str) -> Reject:
    return Reject(record.locator, f"{reason}: left out", record.original)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit status {code}"
