"""The bulk load: read, normalise, analyse, add, commit; every article accounted for.

``read = accepted + duplicates + rejected`` holds exactly, whatever goes wrong: an article that can't be read or
analysed costs that article only. A load can be stopped at any time and started again: what is already in the index is
recognised and not added twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from index.article import RawArticle, Reject
from index.columnar.batch import AnalysedBatch, Analyser
from index.engine import Outcome
from index.normalize import Defaults
from index.preparing import Prepared, Preparer, Ready
from index.readers import open_inputs

DEFAULT_BATCH = 50_000
"""Accepted articles a commit: each commit costs some time and leaves a segment, and what is not committed is read again
after a crash."""
COMMIT_SECONDS = 30.0
"""After which a commit is made though the batch is not full: pages that are slow to read are safe soon, too."""
CHUNK = 256
"""Articles that are normalised together, so that their dates can explain one another."""
CHUNK_CHARACTERS = 2_000_000


class Inputs(Protocol):
    """What a load reads: see :class:`index.readers.Inputs`."""

    @property
    def total_bytes(self) -> int | None: ...

    @property
    def bytes_read(self) -> int: ...

    def __iter__(self) -> Iterator[RawArticle | Reject]: ...


class Sink(Protocol):
    """What a load writes to: of an :class:`index.engine.Engine` these three."""

    @property
    def analyser(self) -> Analyser: ...

    def add_batch(self, batch: AnalysedBatch) -> list[Outcome]: ...

    def commit(self) -> int: ...


class Stop(BaseException):  # not for those who catch every Exception
    """Raised by whoever reads on behalf of a signal: no more is to be read."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load."""

    defaults: Defaults = field(default_factory=Defaults)
    format: str | None = None
    """Name of the reader where it can't be told from name and content."""
    batch: int = DEFAULT_BATCH


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
    with open_inputs([str(path) for path in paths], format=options.format) as inputs:
        return load_inputs(inputs, engine, options, listeners)


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
        self._preparer = Preparer(options.defaults, engine.analyser)
        self._outcomes: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._sections: Counter[str] = Counter()
        self._staged = 0
        self._committed = time.monotonic()

    def run(self) -> LoadSummary:
        started = time.monotonic()
        interrupted = False
        chunks = _chunks(self._inputs, min(CHUNK, self._options.batch))
        while True:
            chunk, ended = next(chunks)
            self._take(self._preparer.prepare(chunk))
            self._tell.on_progress(self._progress())
            if ended is not None:
                interrupted = ended == "stopped"
                break
        self._commit()
        return self._summary(time.monotonic() - started, interrupted)

    def _take(self, prepared: Prepared) -> None:
        outcomes = iter(self._engine.add_batch(prepared.batch))
        for item in prepared.items:
            if isinstance(item, Reject):
                self._outcomes["rejected"] += 1
                self._tell.on_reject(item)
            else:
                self._count(item, next(outcomes))
        if self._staged >= self._options.batch or time.monotonic() - self._committed >= COMMIT_SECONDS:
            self._commit()

    def _count(self, item: Ready, outcome: Outcome) -> None:
        self._outcomes[outcome] += 1
        if outcome == "duplicate":
            return
        self._staged += 1
        self._languages[item.lang] += 1
        if item.section:
            self._sections[item.section] += 1
        if item.notes:
            self._outcomes["noted"] += 1
            for note in item.notes:
                self._tell.on_note(item.locator, note)

    def _commit(self) -> None:
        written = self._engine.commit()
        self._staged = 0
        self._committed = time.monotonic()
        if written:
            self._tell.on_commit(written)

    def _progress(self) -> Progress:
        count = self._outcomes
        accepted = count["added"] + count["updated"]
        return Progress(
            accepted + count["duplicate"] + count["rejected"],
            accepted,
            count["rejected"],
            self._inputs.bytes_read,
            self._inputs.total_bytes,
        )

    def _summary(self, seconds: float, interrupted: bool) -> LoadSummary:
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
            interrupted=interrupted,
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

    def commit(self) -> int:
        """Nothing is written."""
        return 0


def _chunks(
    items: Iterable[RawArticle | Reject], size: int
) -> Iterator[tuple[list[RawArticle | Reject], str | None]]:
    """``items`` in chunks of at most ``size``; the last, perhaps empty, with how they came to an end: ``read`` or ``stopped``."""
    chunk: list[RawArticle | Reject] = []
    characters = 0
    source = iter(items)
    while True:
        try:
            item = next(source)
        except StopIteration:
            yield chunk, "read"
            return
        except Stop:
            yield chunk, "stopped"
            return
        except Exception as error:  # a fault of ours in a reader: told like any other reject, and what was read is kept
            reason = f"reading broke off ({type(error).__name__}: {error}); what follows was not read"
            yield [*chunk, Reject("input", reason)], "read"
            return
        chunk.append(item)
        characters += len(item.body) if isinstance(item, RawArticle) else 0
        if len(chunk) >= size or characters >= CHUNK_CHARACTERS:
            yield chunk, None
            chunk, characters = [], 0
