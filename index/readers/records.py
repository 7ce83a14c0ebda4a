"""What is found in an archive before it is read, so that finding and reading can happen in different processes.

Finding is cheap and goes from front to back: archives are opened, lines and brackets counted. Reading a record, which
is parsing it, needs nothing but the record: see :func:`index.readers.read_record`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from index.article import CheaplyPickled, RawArticle, Reject
from index.readers.limits import Limits

T = TypeVar("T")


class Source(NamedTuple):
    """Which of the files that a load was given a record comes from."""

    number: int
    """From 1; 0 for what is told of no file."""
    locator: str


NO_SOURCE = Source(0, "")


@dataclass(frozen=True, slots=True)
class Record(CheaplyPickled):
    """One record: a line, an object, a page; or what is read already, where finding it takes reading it."""

    locator: str
    kind: Literal["line", "object", "page", "read"]
    """``line``: of JSON lines. ``object``: of other JSON. ``page``: of HTML."""
    content: bytes | RawArticle | Reject
    source: Source = NO_SOURCE
    encoding: str = "utf-8"
    """Of a line."""

    @classmethod
    def of(cls, outcome: RawArticle | Reject, source: Source = NO_SOURCE) -> Record:
        """The record of what is read already."""
        return cls(outcome.locator, "read", outcome, source)

    @property
    def size(self) -> int:
        """Bytes, or characters where it is read already."""
        content = self.content
        if isinstance(content, bytes):
            return len(content)
        return len(content.title) + len(content.body) if isinstance(content, RawArticle) else len(content.reason)

    @property
    def original(self) -> str | None:
        """The record as it stood, for a reject to keep, where it is text and not over-long."""
        content = self.content
        if not isinstance(content, bytes):
            return content.original if isinstance(content, Reject) else content.rejected("").original
        return None if self.kind == "page" else bounded(content.decode(self.encoding, "replace"), Limits())


def bounded(text: str, limits: Limits) -> str | None:
    """``text`` for a reject to keep; ``None`` where it is over-long."""
    return text if len(text) <= limits.original_bytes else None


class RejectsInARow:
    """Gives up a source that has nothing but rejects: what follows of it is not told, but that it was given up."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._source = NO_SOURCE
        self._count = 0

    def told(self, record: Record, outcomes: Iterable[T | Reject]) -> Iterator[T | Reject]:
        """Of the ``outcomes`` of ``record`` those that are to be told, records being given in the order in which they
        were found."""
        if record.source != self._source:
            self._source, self._count = record.source, 0
        for outcome in outcomes:
            if self.has_given_up(record):
                return
            yield outcome
            self._count = self._count + 1 if isinstance(outcome, Reject) else 0
            if self.has_given_up(record):
                reason = f"{self._count:,} records in a row hold no article: the rest is not read"
                yield Reject(self._source.locator, reason)

    def all_told(self, records: Sequence[Record], outcomes: Sequence[object]) -> bool:
        """Whether all ``outcomes``, one of each record in the order in which these were found, are to be told: as where
        none of them is a reject. ``False`` where that has to be asked of each."""
        if self._count or any(isinstance(one, Reject) for one in outcomes):
            return False
        if records:
            self._source = records[-1].source
        return True

    def has_given_up(self, record: Record) -> bool:
        """Whether nothing of ``record`` is to be told, whatever it holds."""
        return record.source == self._source != NO_SOURCE and self._count >= self._most
