"""The postings of one term as a matcher of Whoosh's: read from the mapped arrays, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from whoosh.formats import Format
from whoosh.matching import LeafMatcher, Matcher, NullMatcher, ReadTooFar
from whoosh.scoring import BaseScorer

from index.columnar.arrays import I8, U4
from index.columnar.postings import PostingsReader
from index.columnar.segment import LiveSegment

BLOCK = 128
"""Postings whose documents, frequencies or positions become Python objects together."""


@dataclass(frozen=True, slots=True, eq=False)
class DocList:
    """The documents of a posting list that are not deleted, ascending; each holds the term once, nowhere."""

    docs: U4

    def freqs(self, first: int, last: int) -> list[int]:
        """How often the documents at these places of the list hold the term."""
        return [1] * (last - first)

    def positions(self, first: int, last: int) -> list[list[int]]:
        """Where they hold it."""
        return [[] for _ in range(first, last)]


@dataclass(frozen=True, slots=True, eq=False)
class FormList(DocList):
    """The documents of a form's posting list that are not deleted."""

    postings: PostingsReader
    start: int
    kept: I8 | None
    """Which postings from ``start`` on are those of ``docs``; ``None``: all."""

    @classmethod
    def of(cls, live: LiveSegment, start: int, stop: int) -> Self:
        """The list that stands at these postings. Cost: nothing, or a pass over it where the segment has deletions."""
        docs = live.segment.postings.docs(start, stop)
        if live.alive.all():
            return cls(docs, live.segment.postings, start, None)
        kept = np.flatnonzero(live.alive[docs])
        return cls(docs[kept], live.segment.postings, start, kept)

    def freqs(self, first: int, last: int) -> list[int]:
        low, high, chosen = self._range(first, last)
        freqs = self.postings.freqs(low, high)
        return list((freqs if chosen is None else freqs[chosen]).tolist())

    def positions(self, first: int, last: int) -> list[list[int]]:
        low, high, chosen = self._range(first, last)
        freqs, flat = self.postings.positions(low, high)
        ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(freqs, dtype=np.int64)))
        numbers = range(high - low) if chosen is None else chosen.tolist()
        return [flat[ends[number] : ends[number + 1]].tolist() for number in numbers]

    def _range(self, first: int, last: int) -> tuple[int, int, I8 | None]:
        """The postings that hold those at places ``first`` to ``last - 1``, and which of them they are."""
        if self.kept is None or first == last:
            return self.start + first, self.start + last, None
        chosen = self.kept[first:last]
        low, high = int(chosen[0]), int(chosen[-1]) + 1
        return self.start + low, self.start + high, chosen - low


class PostingsMatcher(LeafMatcher):  # type: ignore[misc]  # Whoosh is untyped here
    """Goes through a :class:`DocList`. Cost: a third of a microsecond a step, some ten to skip."""

    def __init__(
        self, postings: DocList, term: tuple[str, bytes], format_: Format, scorer: BaseScorer | None, place: int = 0
    ) -> None:
        self.format = format_
        self.scorer = scorer
        self._postings = postings
        self._term = term
        self._count = len(postings.docs)
        self._goto(place)

    def _goto(self, place: int) -> None:
        """Stands at this place of the list; the block that holds it becomes the current one."""
        self._place = place
        self._first = place - place % BLOCK
        docs = self._postings.docs
        self._size = min(BLOCK, self._count - self._first)
        # One more than there are: Whoosh asks for the document behind the last, and wants any.
        self._ids: list[int] = [*docs[self._first : self._first + BLOCK].tolist(), *docs[-1:].tolist(), 0]
        self._freqs: list[int] | None = None
        self._positions: list[list[int]] | None = None

    def term(self) -> tuple[str, bytes]:
        return self._term

    def is_active(self) -> bool:
        return self._place < self._count

    def id(self) -> int:
        return self._ids[self._place - self._first]

    def next(self) -> None:
        """The next posting; ``ReadTooFar`` behind the last."""
        if self._place >= self._count:
            raise ReadTooFar
        self._place += 1
        if self._place - self._first == BLOCK:
            self._goto(self._place)

    def skip_to(self, id: int) -> None:
        """The first posting from here on whose document is ``id`` or behind it."""
        if self._place >= self._count:
            raise ReadTooFar
        if id > self.id():
            behind = np.searchsorted(self._postings.docs[self._place :], id)
            self._goto(self._place + int(behind))

    def reset(self) -> None:
        self._goto(0)

    def copy(self) -> PostingsMatcher:
        return PostingsMatcher(self._postings, self._term, self.format, self.scorer, self._place)

    def replace(self, minquality: float = 0) -> Matcher:
        return self if self.is_active() else NullMatcher()

    def all_ids(self) -> Iterator[int]:
        for first in range(self._place, self._count, 4096):
            yield from self._postings.docs[first : first + 4096].tolist()

    def weight(self) -> float:
        if self._freqs is None:
            self._freqs = self._postings.freqs(self._first, self._first + self._size)
        return float(self._freqs[self._place - self._first])

    def value(self) -> bytes:
        """The positions as Whoosh's format encodes them."""
        return bytes(self.format.encode(self._here())) if self.format.supports("positions") else b""

    def value_as(self, astype: str) -> Any:
        """Frequency, weight, positions or what else the format tells of a posting; nothing is unpickled for it."""
        match astype:
            case "positions":
                return self._here()
            case "position_boosts":
                return [(position, 1) for position in self._here()]
            case "frequency":
                return int(self.weight())
            case "weight":
                return self.weight()
        return self.format.decode_as(astype, self.value())

    def items_as(self, astype: str) -> Iterator[tuple[int, Any]]:
        while self.is_active():
            yield self.id(), self.value_as(astype)
            self.next()

    def supports_block_quality(self) -> bool:
        return False

    def _here(self) -> list[int]:
        if self._positions is None:
            self._positions = self._postings.positions(self._first, self._first + self._size)
        return self._positions[self._place - self._first]
