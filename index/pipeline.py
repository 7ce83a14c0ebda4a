"""The bulk load: read, normalise, analyse, add, commit; every article accounted for.

``read = accepted + duplicates + rejected`` holds exactly, whatever goes wrong: an article that can't be read or
analysed costs that article only. A load can be stopped at any time and started again: it goes on behind the last
commit, and adds nothing twice. How many processes take part changes nothing in the index that comes of it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index.article import Reject
from index.checkpoint import Checkpoint, load_key
from index.columnar.batch import AnalysedBatch
from index.dry_run import DryRun
from index.engine import Outcome
from index.freed_memory import give_back, give_back_large_arrays
from index.interpreter import set_for_loading
from index.load_values import (
    BY_DEFAULT,
    DEFAULT_BATCH,
    NOBODY,
    Inputs,
    Listeners,
    LoadOptions,
    LoadSummary,
    Progress,
    Sink,
    Stop,
    read_one,
)
from index.metering import Meter, Steps
from index.normalize import Observed
from index.preparing import Prepared, Ready
from index.readers import Limits, RejectsInARow, open_inputs
from index.task_stream import TASK_BYTES, PreparedTask, TaskStream, task_size
from index.worker import Task

__all__ = [
    "DEFAULT_BATCH",
    "Inputs",
    "Listeners",
    "LoadOptions",
    "LoadSummary",
    "Progress",
    "Sink",
    "Stop",
    "load",
    "load_inputs",
    "read_one",
    "with_key",
]

T = TypeVar("T")

COMMIT_SECONDS = 30.0
"""After which a commit is made though the batch is not full: pages that are slow to read are safe soon, too."""
ARTICLES_A_TURN = 4_096
"""Articles after which the keys of new forms are worked out in the thread that commits, where that has nothing else to
do: a commit, which the end of a load waits for, finds most of them."""


def load(
    paths: Iterable[str | Path],
    engine: Sink | None,
    options: LoadOptions = BY_DEFAULT,
    listeners: Listeners = NOBODY,
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
    return replace(options, key=load_key(paths, options.format, options.defaults, (task_size(options), TASK_BYTES)))


def load_inputs(
    inputs: Inputs,
    engine: Sink | None,
    options: LoadOptions = BY_DEFAULT,
    listeners: Listeners = NOBODY,
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
        self._in_a_row = RejectsInARow(Limits().rejects_in_a_row)
        self._next_place = 0
        self._before = Checkpoint.decode(engine.checkpoint(), options.key)
        self._done = self._before or Checkpoint(options.key or "", 0)
        self._stream = TaskStream(inputs, options, engine.analyser, self._steps, self._done)

    def run(self) -> LoadSummary:
        started = time.monotonic()
        give_back_large_arrays()
        with Meter() as meter, set_for_loading():
            # Closed at once also where taking fails: workers end, and what is under way is done.
            with self._beside, closing(self._stream.prepared()) as prepared_tasks:
                self._take_all(prepared_tasks)
                self._prepare_last()
                self._tell_committed()
            self._commit_last()
        return self._summary(time.monotonic() - started, meter)

    def _take_all(self, prepared_tasks: Iterable[PreparedTask]) -> None:
        for task, prepared, learned in prepared_tasks:
            self._take(task, prepared, learned)
            if self._under_way is not None and self._under_way.done():
                self._tell_committed()
            self._tell.on_progress(self._progress())

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

    def _prepare_last(self) -> None:
        """Works out the keys of what is left to commit, while the commit before is still under way."""
        if self._under_way is not None:
            forms = self._engine.analyser.vocabulary.forms
            with self._steps.step("staging", beside=True):
                forms.prepare_keys(len(forms))

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
            written = self._engine.commit(self._checkpoint() if self._stream.interrupted else None)
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
            workers=self._stream.workers,
            peak_memory_mb=round(meter.peak_memory / 1e6, 1),
            cpu_seconds=round(meter.cpu_seconds(), 3),
            steps={name: round(seconds, 3) for name, seconds in self._steps.seconds.items()},
            interrupted=self._stream.interrupted,
        )
