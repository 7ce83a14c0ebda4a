"""The values that documents of several segments have, numbered for all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np

from index.columnar.arrays import I4
from index.columnar.columns import ColumnsReader

CODED = ("section", "lang", "source", "author")


class GlobalValues:
    """The values of all segments of one reader, and what each segment's codes are among them. Made when first asked
    for; safe for several threads."""

    def __init__(self, segments: Sequence[ColumnsReader]) -> None:
        self._segments = segments
        self._values: dict[str, list[str]] = {}
        self._codes: dict[str, list[I4]] = {}
        self._days: I4 | None = None
        self._lock = Lock()

    def values(self, name: str) -> list[str]:
        """All values of one of :data:`CODED`, sorted."""
        with self._lock:
            return self._known_values(name)

    def days(self) -> I4:
        """All days that documents have, since 1970-01-01, sorted."""
        with self._lock:
            return self._known_days()

    def codes(self, name: str, segment: int) -> I4:
        """See :meth:`index.engine.SegmentArrays.global_codes`."""
        with self._lock:
            if name not in self._codes:
                self._codes[name] = self._day_codes() if name == "day" else self._value_codes(name)
            return self._codes[name][segment]

    def _known_values(self, name: str) -> list[str]:
        if name not in self._values:
            self._values[name] = sorted({value for one in self._segments for value in one.values(name)})
        return self._values[name]

    def _known_days(self) -> I4:
        if self._days is None:
            every = np.concatenate([np.empty(0, np.int32), *(one.days for one in self._segments)])
            self._days = np.unique(every)
            self._days.flags.writeable = False
        return self._days

    def _value_codes(self, name: str) -> list[I4]:
        code_of = {value: place + 1 for place, value in enumerate(self._known_values(name))}
        none = [] if name == "author" else [0]
        return [
            _read_only(np.array([*none, *(code_of[value] for value in one.values(name))], np.int32))
            for one in self._segments
        ]

    def _day_codes(self) -> list[I4]:
        days = self._known_days()
        return [
            _read_only(np.append(np.int32(0), np.searchsorted(days, one.days) + 1).astype(np.int32))
            for one in self._segments
        ]


def _read_only(codes: I4) -> I4:
    codes.flags.writeable = False
    return codes
