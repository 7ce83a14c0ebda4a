"""The columns of a segment as readers of Whoosh's: a value a document, in the types of :mod:`index.fields`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from whoosh.columns import ColumnReader

from index.columnar.columns import TEXT_COLUMNS
from index.columnar.segment import Segment
from index.fields import SEPARATOR, TEXT_FIELDS


class ValueReader(ColumnReader):  # type: ignore[misc]  # Whoosh is untyped here
    """A column whose values are made when they are asked for."""

    def __init__(self, value: Callable[[int], Any], count: int) -> None:
        self._value = value
        self._doccount = count
        self._reverse = False

    def __getitem__(self, doc: int) -> Any:
        if not 0 <= doc < self._doccount:
            raise IndexError(f"no document {doc}")
        return self._value(doc)

    def sort_key(self, doc: int) -> Any:
        return 0 - self[doc] if self._reverse else self[doc]

    def set_reverse(self) -> None:
        """Turns the order round: of numbers only, Whoosh asks it of no other column."""
        self._reverse = True


def column_values(segment: Segment) -> Mapping[str, Callable[[], Callable[[int], Any]]]:
    """By name of the column: what reads it, giving what reads one value."""
    return {
        "id": lambda: lambda doc: segment.columns.id(doc).encode(),
        "article": lambda: segment.stored.article,
        "digest": lambda: lambda doc: segment.digest(doc).encode(),
        "authors": partial(_authors, segment),
        "published": lambda: _numbers(segment, "published", 1, 0),
        **{name: partial(_coded, segment, name) for name in TEXT_COLUMNS if name != "place"},
        **{f"words_{name}": partial(_numbers, segment, "words", 2, at) for at, name in enumerate(TEXT_FIELDS)},
    }


def _numbers(segment: Segment, name: str, width: int, at: int) -> Callable[[int], int]:
    numbers = np.asarray(segment.columns.numbers(name))
    return lambda doc: int(numbers[width * doc + at])


def _coded(segment: Segment, name: str) -> Callable[[int], bytes]:
    codes, values = segment.columns.coded(name)
    encoded = [*(value.encode() for value in values), b""]
    return lambda doc: encoded[min(int(codes[doc]), len(values))]


def _authors(segment: Segment) -> Callable[[int], bytes]:
    at, each = segment.columns.authors()
    return lambda doc: SEPARATOR.join(each.values[code] for code in each.codes[at[doc] : at[doc + 1]]).encode()
