"""The forms of a segment with what is needed to look through them quickly."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import I8, U1, U4
from index.columnar.derived import Lengths, derived
from index.columnar.form_scan_kernels import outline
from index.columnar.lexicon_arrays import LexiconArrays
from index.columnar.lexicon_kernels import BLOCK


class Outlines:
    """The outlines of the forms of a segment, :data:`BLOCK` places a block: five bytes a form, which are mapped where
    they are many. Immutable."""

    def __init__(self, arrays: LexiconArrays, letters: U4, lengths: U1) -> None:
        self.arrays = arrays
        self.letters, self.lengths = letters, lengths
        forms = arrays.forms
        self._kept = forms.data, forms.at, arrays.lists, forms.heads, letters, lengths

    @classmethod
    def of(cls, arrays: LexiconArrays) -> Self:
        """Cost: reads all forms, 30 ms a million, where they are not kept yet."""
        places = BLOCK * len(arrays.forms.heads)
        lengths: Lengths = {"letters": (np.uint32, places), "lengths": (np.uint8, places)}
        return cls(arrays, **derived(arrays.file, "outlines", lengths, lambda: _made(arrays, places)))

    @property
    def addresses(self) -> I8:
        """A row of the table of segments of :mod:`index.columnar.form_scan_kernels`; right while this object lives."""
        blocks, at, lists, heads, letters, lengths = (array.ctypes.data for array in self._kept)
        size, count = len(self.arrays.forms.data), len(self.arrays.forms.heads)
        return np.array([blocks, size, at, count, lists, heads, letters, lengths], np.int64)


def _made(arrays: LexiconArrays, places: int) -> dict[str, NDArray[Any]]:
    letters, lengths = np.zeros(places, np.uint32), np.zeros(places, np.uint8)
    languages = np.array([(one.first_block, one.forms) for one in arrays.ranges.values()], np.int64).reshape(-1, 2)
    if outline(arrays.forms.data, arrays.forms.at, languages, letters, lengths):
        raise arrays.damaged()
    return {"letters": letters, "lengths": lengths}
