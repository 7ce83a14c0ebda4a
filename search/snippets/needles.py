"""What is looked for in the texts that are shown: the leaves of a query, as forms that may stand there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from index.analysis.finder import FormFinder, FormSet

__all__ = ["FormSet", "Needle", "NeedleForms"]


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

    @property
    def is_able(self) -> bool:
        """Whether it can stand anywhere."""
        return bool(self.steps) and all(len(forms) for _, forms in self.steps)


class NeedleArrays(NamedTuple):
    """Some needles as kernels take them."""

    step_at: NDArray[np.int64]
    """(needles + 1) where the steps of each begin."""
    offsets: NDArray[np.int64]
    """(steps,) the relative position of each, its set in ``sets``."""
    sets: NDArray[np.int64]
    slops: NDArray[np.int64]
    weights: NDArray[np.float64]


class NeedleForms:
    """What finds the forms of some needles in texts of one language. Immutable; safe for several threads."""

    def __init__(self, lang: str, needles: Iterable[Needle]) -> None:
        """Cost: some ten microseconds, and some tens of nanoseconds a form."""
        sets = {id(forms): forms for one in needles if one.is_able for _, forms in one.steps}
        self._numbers = {key: number for number, key in enumerate(sets)}
        self._sets = tuple(sets.values())  # kept: their ids are theirs
        self.finder = FormFinder(lang, self._sets)

    def arrays(self, needles: Sequence[Needle]) -> NeedleArrays:
        """Some of these needles, all of them able."""
        steps = [(at, self._numbers[id(forms)]) for one in needles for at, forms in one.steps]
        return NeedleArrays(
            np.array([0, *accumulate(len(one.steps) for one in needles)], np.int64),
            np.array([at for at, _ in steps], np.int64),
            np.array([number for _, number in steps], np.int64),
            np.array([one.slop for one in needles], np.int64),
            np.array([one.weight for one in needles], np.float64),
        )
