"""The forms of a vocabulary in another process: each is told once, and looked up in a vocabulary of ours once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.analysis.form_kernels import gather_forms
from index.analysis.form_table import Spelt, resized
from index.analysis.vocabulary import Vocabulary
from index.compiled import kernel

_UNKNOWN, _NOTED = np.uint32(0xFFFFFFFF), np.uint32(0xFFFFFFFE)
"""In place of a number of ours."""
_FEWEST = 1 << 12


class ForeignForms:
    """What is known of another vocabulary, and its numbers in one of ours. Not for several threads.

    It keeps how the forms are spelt, some 20 bytes each: ours may be cleared, and they are looked up anew then.
    """

    def __init__(self) -> None:
        self._languages: tuple[str, ...] = ()
        self._count = 0
        self._langs = np.empty(_FEWEST, np.uint16)
        self._offsets = np.zeros(_FEWEST + 1, np.int64)
        self._data = np.empty(16 * _FEWEST, np.uint8)
        self._ours = np.empty(_FEWEST, np.uint32)
        self._looked_up_in: tuple[Vocabulary, int] | None = None

    def __len__(self) -> int:
        return self._count

    def extend(self, forms: Spelt) -> None:
        """Takes note of the next forms, which are :meth:`Vocabulary.since` those told before."""
        first, count = self._count, self._count + len(forms)
        start = int(self._offsets[first])
        end = start + len(forms.data)
        if count > len(self._langs):
            room = max(count, 2 * len(self._langs))
            self._langs, self._ours = resized(self._langs, room), resized(self._ours, room)
            self._offsets = resized(self._offsets, room + 1)
        if end > len(self._data):
            self._data = resized(self._data, max(end, 2 * len(self._data)))
        self._languages = forms.languages
        self._langs[first:count] = forms.lang
        self._offsets[first + 1 : count + 1] = forms.offsets[1:] + start
        self._data[start:end] = forms.data
        self._ours[first:count] = _UNKNOWN
        self._count = count

    def numbers_in(self, vocabulary: Vocabulary, numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """What these numbers are in ``vocabulary``; forms that are new there are entered. Cost: a nanosecond for each,
        and that of :meth:`Vocabulary.adopt` for each form that is asked for the first time."""
        looked_up_in = vocabulary, vocabulary.times_cleared
        if self._looked_up_in != looked_up_in:
            self._ours[: self._count] = _UNKNOWN
            self._looked_up_in = looked_up_in
        found = np.empty(len(numbers), np.uint32)
        missing = np.empty(len(numbers), np.uint32)
        if count := _renumber(numbers, self._ours, found, missing):
            self._ours[missing[:count]] = vocabulary.adopt(self._spelt(missing[:count]))
            _renumber(numbers, self._ours, found, missing)
        return found

    def _spelt(self, numbers: NDArray[np.uint32]) -> Spelt:
        offsets = np.zeros(len(numbers) + 1, np.int64)
        np.cumsum(self._offsets[numbers.astype(np.int64) + 1] - self._offsets[numbers], out=offsets[1:])
        data = np.empty(offsets[-1], np.uint8)
        gather_forms(numbers, self._offsets, self._data, offsets, 0, data)
        return Spelt(self._languages, self._langs[numbers], offsets, data)


@kernel("i8(in u4[:], out u4[:], out u4[:], out u4[:])")
def _renumber(
    numbers: NDArray[np.uint32], ours: NDArray[np.uint32], found: NDArray[np.uint32], missing: NDArray[np.uint32]
) -> int:
    """Puts ``ours[number]`` of each number into ``found``, and each number that has none into ``missing``, once, which
    is noted in ``ours``. Returns how many are missing."""
    count = np.int64(0)
    for i in range(len(numbers)):
        one = ours[numbers[i]]
        if one == _UNKNOWN:
            ours[numbers[i]] = _NOTED
            missing[count] = numbers[i]
            count += 1
        found[i] = one
    return int(count)
