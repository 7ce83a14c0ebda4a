"""What a load is told, what it reads and writes, and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from index.article import RawArticle, Reject
from index.columnar.batch import AnalysedBatch, Analyser
from index.engine import Outcome
from index.normalize import Defaults
from index.preparing import Read
from index.readers import Record, read_record
from index.workers import PATIENCE

DEFAULT_BATCH = 25_000
"""Accepted articles a commit: each commit costs some time and leaves a segment, and what is not committed is read again
after a crash."""


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
    ``normalising`` (languages are detected here), ``analysing`` (words, columns), ``packing`` (the articles as they are
    stored), ``handing over`` between processes, ``staging`` (what is flushed on the way to a commit included),
    ``committing`` (segments and merges). What is left of ``cpu_seconds`` is beginning, reporting and what no step is;
    waiting is in none of it."""
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


BY_DEFAULT = LoadOptions()
NOBODY = Listeners()
