"""The terms of one index field in one segment, as Whoosh walks through them: in the order of their bytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Protocol

import numpy as np
from whoosh.codec.base import FieldCursor
from whoosh.fields import FieldType
from whoosh.reading import TermInfo

from index.analysis.keys import key_of
from index.columnar.lexicon import LanguageForms
from index.columnar.lexicon_kernels import BLOCK
from index.columnar.segment import LiveSegment
from index.columnar.whoosh_postings import DocList, FormList

LONGEST_STEP = 64
"""Blocks of forms read together when many are walked through; the first step is one block."""


class Terms(Protocol):
    """The terms of a field in a segment. Counts are those of all documents, deleted ones included."""

    def count(self, term: bytes) -> int:
        """How many documents hold ``term``."""

    def postings(self, term: bytes) -> DocList | None:
        """The living documents that hold ``term``; ``None`` where none does, deleted ones included."""

    def info(self, term: bytes) -> TermInfo | None:
        """What Whoosh wants to know of a term. Cost: a pass over its postings."""

    def walk(self, first: bytes = b"") -> Iterator[bytes]:
        """The terms from ``first`` on."""


class FormTerms:
    """The forms of a text field of one language."""

    def __init__(self, live: LiveSegment, forms: LanguageForms, name: str) -> None:
        self._live = live
        self._forms = forms
        self._in_title = name == "title"

    def count(self, term: bytes) -> int:
        start, stop = self._range(term)
        return stop - start

    def postings(self, term: bytes) -> DocList | None:
        start, stop = self._range(term)
        return FormList.of(self._live, start, stop) if start < stop else None

    def info(self, term: bytes) -> TermInfo | None:
        start, stop = self._range(term)
        if start == stop:
            return None
        docs = self._live.segment.postings.docs(start, stop)
        freqs = self._live.segment.postings.freqs(start, stop)
        words = np.asarray(self._live.segment.columns.numbers("words"))[(0 if self._in_title else 1) :: 2][docs]
        return TermInfo(
            weight=float(freqs.sum()),
            df=stop - start,
            minlength=int(words.min()),
            maxlength=int(words.max()),
            maxweight=float(freqs.max()),
            minid=int(docs[0]),
            maxid=int(docs[-1]),
        )

    def walk(self, first: bytes = b"") -> Iterator[bytes]:
        number, step = self._forms.number_at(first), 1
        while number < len(self._forms):
            block = number // BLOCK
            table, _ = self._forms.blocks(block, min(block + step, self._forms.block_count))
            counts = table.titles if self._in_title else table.bodies
            for place in range(number - block * BLOCK, len(table)):
                if counts[place]:
                    yield table.form(place)
            number = block * BLOCK + len(table)
            step = min(4 * step, LONGEST_STEP)

    def _range(self, term: bytes) -> tuple[int, int]:
        entry = self._forms.find(term)
        if entry is None:
            return 0, 0
        middle = entry.start + entry.titles
        return (entry.start, middle) if self._in_title else (middle, middle + entry.bodies)


class IdTerms:
    """The article ids."""

    def __init__(self, live: LiveSegment) -> None:
        self._live = live

    def count(self, term: bytes) -> int:
        return len(self._docs(term))

    def postings(self, term: bytes) -> DocList | None:
        docs = self._docs(term)
        living = [doc for doc in docs if self._live.alive[doc]]
        return DocList(np.array(living, np.uint32)) if docs else None

    def info(self, term: bytes) -> TermInfo | None:
        docs = self._docs(term)
        return TermInfo(float(len(docs)), len(docs), 1, 1, 1.0, docs[0], docs[-1]) if docs else None

    def walk(self, first: bytes = b"") -> Iterator[bytes]:
        return islice(self._sorted, bisect_left(self._sorted, first), None)

    def _docs(self, term: bytes) -> list[int]:
        try:
            article_id = term.decode()
        except UnicodeDecodeError:
            return []
        return sorted(self._live.segment.columns.doc_of(article_id, key_of(article_id)))

    @cached_property
    def _sorted(self) -> list[bytes]:
        return sorted({one.encode() for one in self._live.segment.columns.ids().strings()})


class NoTerms:
    """A field of a language that no document of the segment is in."""

    def count(self, term: bytes) -> int:
        return 0

    def postings(self, term: bytes) -> DocList | None:
        return None

    def info(self, term: bytes) -> TermInfo | None:
        return None

    def walk(self, first: bytes = b"") -> Iterator[bytes]:
        return iter(())


class TermsCursor(FieldCursor):  # type: ignore[misc]  # Whoosh is untyped here
    """Moves over the terms of a field; stands on the first one."""

    def __init__(self, terms: Terms, field: FieldType) -> None:
        self._terms = terms
        self._field = field
        self.first()

    def first(self) -> str | None:
        return self.find(b"")

    def find(self, term: str | bytes) -> str | None:
        """Moves to ``term``, or to the one behind it."""
        self._rest = self._terms.walk(term if isinstance(term, bytes) else self._field.to_bytes(term))
        return self.next()

    def next(self) -> str | None:
        self._term = next(self._rest, None)
        return self.text()

    def text(self) -> str | None:
        """The current term; ``None`` behind the last."""
        return None if self._term is None else str(self._field.from_bytes(self._term))

    def term_info(self) -> TermInfo | None:
        return None if self._term is None else self._terms.info(self._term)

    def is_valid(self) -> bool:
        return self._term is not None
