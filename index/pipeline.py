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

from index.article import Article, RawArticle, Reject
from index.engine import AnalysedArticle, Outcome
from index.errors import KioskError
from index.fields import analyse
from index.normalize import Defaults, Normalizer
from index.readers import open_inputs

DEFAULT_BATCH = 5_000
"""Accepted articles a commit: each commit costs some time and leaves a segment, and what is not committed is read again
after a crash."""
BATCH_CHARACTERS = 8_000_000
"""Staged text that forces a commit before the batch is full: its postings are some forty times as large in memory."""
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
    """What a load writes to: of an :class:`index.engine.Engine` these two."""

    def add(self, analysed: AnalysedArticle) -> Outcome: ...

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
        self._normalizer = Normalizer(options.defaults)
        self._outcomes: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._sections: Counter[str] = Counter()
        self._staged = self._staged_characters = 0

    def run(self) -> LoadSummary:
        started = time.monotonic()
        interrupted = False
        chunks = _chunks(self._inputs)
        while True:
            chunk, ended = next(chunks)
            self._take(chunk)
            self._tell.on_progress(self._progress())
            if ended is not None:
                interrupted = ended == "stopped"
                break
        self._commit()
        return self._summary(time.monotonic() - started, interrupted)

    def _take(self, chunk: list[RawArticle | Reject]) -> None:
        raws = [item for item in chunk if isinstance(item, RawArticle)]
        normalized = iter(self._normalizer.normalize(raws))
        for item in chunk:
            self._add(item.locator, next(normalized) if isinstance(item, RawArticle) else item, item.original)

    def _add(self, locator: str, article: Article | Reject, original: str | None) -> None:
        if isinstance(article, Article):
            article = self._added(article, locator, original)
        if isinstance(article, Reject):
            self._outcomes["rejected"] += 1
            self._tell.on_reject(article)
        elif self._staged >= self._options.batch or self._staged_characters >= BATCH_CHARACTERS:
            self._commit()

    def _added(self, article: Article, locator: str, original: str | None) -> Article | Reject:
        try:
            outcome = self._engine.add(analyse(article))
        except (KioskError, OSError):
            raise
        except Exception as error:
            return Reject(locator, f"could not be analysed ({type(error).__name__}: {error})", original)
        self._outcomes[outcome] += 1
        if outcome == "duplicate":
            return article
        self._staged += 1
        self._staged_characters += len(article.title) + len(article.body)
        self._languages[article.lang] += 1
        if article.section:
            self._sections[article.section] += 1
        self._outcomes["noted"] += bool(article.notes)
        for note in article.notes:
            self._tell.on_note(locator, note)
        return article

    def _commit(self) -> None:
        written = self._engine.commit()
        self._staged = self._staged_characters = 0
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
        self._articles: dict[str, tuple[int, str]] = {}
        self._digests: set[str] = set()

    def add(self, analysed: AnalysedArticle) -> Outcome:
        """The outcome of :meth:`index.engine.Engine.add` in an index that holds what was given so far."""
        article = analysed.article
        present = self._articles.get(article.id)
        if present is not None and present[0] == hash(article):
            return "duplicate"
        if article.digest in self._digests and (present is None or present[1] != article.digest):
            return "duplicate"
        if present is not None:
            self._digests.discard(present[1])
        self._digests.add(article.digest)
        self._articles[article.id] = hash(article), article.digest
        return "added" if present is None else "updated"

    def commit(self) -> int:
        """Nothing is written."""
        return 0


def _chunks(items: Iterable[RawArticle | Reject]) -> Iterator[tuple[list[RawArticle | Reject], str | None]]:
    """``items`` in chunks; the last, perhaps empty, with how they came to an end: ``read`` or ``stopped``."""
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
        if len(chunk) >= CHUNK or characters >= CHUNK_CHARACTERS:
            yield chunk, None
            chunk, characters = [], 0
