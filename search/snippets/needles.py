"""What is looked for in the texts that are shown: the leaves of a query, as forms that may stand there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from index.analysis.finder import FormSet

__all__ = ["FormSet", "Needle"]


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
