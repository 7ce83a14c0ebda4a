"""What a worker process of a bulk load does: it reads, normalises and analyses the tasks that it is given, in order."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

from index.analysis.vocabulary import Spelt, Tokens, Vocabulary
from index.article import RawArticle, Reject
from index.columnar.batch import Analyser
from index.columnar.columns import Columns
from index.columnar.stored import Packed
from index.interpreter import collect_seldom
from index.metering import Steps
from index.normalize import Defaults, Observed
from index.preparing import Preparer, Read, Ready, read_safely
from index.readers import Record

STARTING, ANALYSING, WAITING = -1, -2, -3
"""What a worker is at, where it is no record."""
_FORMS = 200_000
"""Forms that a worker knows at most: some 30 MB each. The writer knows more, for all of them."""
_FIRST = RawArticle("", "The ferry", "The ferry sailed on Tuesday.")


class Task(NamedTuple):
    """Records that are prepared together."""

    place: int
    """Its number among all tasks of the input: a load that goes on leaves out those that are done."""
    records: Sequence[Record]
    again: bool = False
    """Whether only its rejects are wanted: what its dates show is known."""


class Given(NamedTuple):
    """What a worker is told of a task."""

    number: int
    """From 0, in the order in which tasks are given."""
    task: Task
    poison: dict[int, Reject]
    """Records that must not be tried, by their place in the task."""
    one_by_one: bool
    """Whether each record is prepared alone first, to find the one that kills."""


class Learned(NamedTuple):
    """What the dates of all tasks up to the one that a worker is at show."""

    observed: Observed


class Seen(NamedTuple):
    """What a worker tells when it has read a task."""

    number: int
    observed: Observed
    asks: bool
    """Whether it waits for a :class:`Learned`."""


class Done(NamedTuple):
    """What a worker tells at the end of a task."""

    number: int
    steps: Mapping[str, float]
    """Processor time since the last task."""
    items: tuple[Ready | Reject, ...]
    columns: Columns
    packed: Packed
    tokens: Tokens
    first_form: int
    forms: Spelt
    """The forms of its vocabulary from ``first_form`` on: those before were told. 0 where the vocabulary is new."""


def work(pipe: Connection, at: Any, patience: float, read: Read, defaults: Defaults) -> None:
    """What a worker does until nobody gives it tasks. ``at``: a shared number, the place in its task of the record that
    it reads, or what else it is at. ``patience``: seconds that one record may take."""
    collect_seldom()
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to a whole group of processes: the main one decides
        signal.signal(number, signal.SIG_IGN)
    try:
        _Work(pipe, at, patience, read, defaults).run()
    except OSError:  # the main process is gone
        return


class _Work:
    """A worker, as it sees itself."""

    def __init__(self, pipe: Connection, at: Any, patience: float, read: Read, defaults: Defaults) -> None:
        self._pipe = pipe
        self._at = at
        self._patience = patience
        self._read = read
        self._vocabulary = Vocabulary(_FORMS)
        self._told = 0
        """Forms of the vocabulary that were told."""
        self._steps = Steps()
        self._preparer = Preparer(defaults, Analyser(self._vocabulary), self._steps)
        self._given: SimpleQueue[Given] = SimpleQueue()
        self._learned: SimpleQueue[Observed] = SimpleQueue()
        # Both ends may have much to send at the same time: one that always listens keeps either from waiting for ever.
        Thread(target=self._listen, daemon=True).start()

    def run(self) -> None:
        """Works on what is given, for as long as there is a main process."""
        self._preparer.prepare([_FIRST])  # what is to be compiled or loaded is so before the first record is blamed
        self._preparer.normalizer.replace({})
        self._steps.taken()
        while True:
            given = self._given.get()
            if given.one_by_one:
                self._try_each(given)
            self._send(self._done(given))
            self._at.value = STARTING
            if self._vocabulary.full:
                self._vocabulary.clear()
                self._told = 0

    def _listen(self) -> None:
        try:
            while True:
                _end_without_this_in(2 * self._patience)
                if self._pipe.poll(self._patience / 2):
                    heard = self._pipe.recv()
                    if isinstance(heard, Given):
                        self._given.put(heard)
                    else:
                        self._learned.put(heard.observed)
        except (EOFError, OSError):  # the main process is gone: so is all that could become of this
            os._exit(0)

    def _try_each(self, given: Given) -> None:
        for number, record in enumerate(given.task.records):
            if number not in given.poison:
                self._at.value = number
                self._preparer.prepare([read_safely(self._read, record)])

    def _done(self, given: Given) -> Done:
        items: list[RawArticle | Reject] = []
        with self._steps.step("reading"):
            for at, record in enumerate(given.task.records):
                self._at.value = at
                items.append(given.poison[at] if at in given.poison else read_safely(self._read, record))
        self._at.value = ANALYSING
        self._learn(given.number, [item for item in items if isinstance(item, RawArticle)])
        prepared = self._preparer.decided(items)
        batch, first_form = prepared.batch, self._told
        self._told = len(self._vocabulary)
        forms = self._vocabulary.since(first_form)
        steps = self._steps.taken()
        return Done(given.number, steps, prepared.items, batch.columns, batch.packed, batch.tokens, first_form, forms)

    def _learn(self, number: int, articles: Sequence[RawArticle]) -> None:
        """Learns what is needed to read the dates of the articles: they may hang on those of earlier tasks."""
        normalizer = self._preparer.normalizer
        observed = normalizer.observe(articles)
        asks = bool(observed)
        self._send(Seen(number, observed, asks))
        if asks:
            self._at.value = WAITING
            normalizer.replace(self._learned.get())
            self._at.value = ANALYSING

    def _send(self, message: Seen | Done) -> None:
        with self._steps.step("handing over"):
            self._pipe.send_bytes(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))


def _end_without_this_in(seconds: float) -> None:
    """Ends the process after so many seconds if this is not called again, whatever it is at: no thread of ours runs
    while a record holds the interpreter, and the main process, which would end this one, may be gone."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
