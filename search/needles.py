"""What is looked for in the texts that are shown: the leaves of a query, as forms that may stand there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class FormSet:
    """Forms, any of which may stand in one place. They are UTF-8 in ``data``, wherever they were found: none is copied,
    the same may be there twice."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    """(forms,) where each begins in ``data``."""
    stops: NDArray[np.int64]
    """(forms,) where each ends."""

    @classmethod
    def of(cls, forms: Iterable[str]) -> Self:
        """Forms given as text."""
        encoded = [form.encode() for form in forms]
        at = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(form) for form in encoded], out=at[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), at[:-1], at[1:])

    def __len__(self) -> int:
        return len(self.starts)

    def texts(self) -> frozenset[str]:
        """The forms as text."""
        spans = zip(self.starts.tolist(), self.stops.tolist(), strict=True)
        return frozenset(self.data[start:stop].tobytes().decode() for start, stop in spans)


@dataclass(frozen=True, slots=True, eq=False)
class Needle:
    """One leaf of a query as it may stand in texts of one language."""

    steps: tuple[tuple[int, FormSet], ...]
    """Relative positions, ascending from 0, and the forms that may stand there. One step: a single word."""
    slop: int = 0
    """How many further positions may lie between the first step and the last; the order stays."""
    weight: float = 1.0
    """Rarer is heavier."""

    @classmethod
    def of(cls, steps: Sequence[tuple[int, Iterable[str]]], slop: int = 0, weight: float = 1.0) -> Self:
        """A needle of forms given as text."""
        return cls(tuple((at, FormSet.of(forms)) for at, forms in steps), slop, weight)
