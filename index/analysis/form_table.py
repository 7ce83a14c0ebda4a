"""All forms that were met, as arrays: numbered, found again by their bytes, keys worked out when asked for."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.analysis import form_kernels as kernels
from index.analysis.keys import keys_beside
from index.analysis.language_table import LanguageTable
from index.analysis.record_kernels import place_slots

_FEWEST = 1 << 12

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Spelt:
    """Forms as arrays, with no Python object per form, and without keys: those can be worked out anew."""

    languages: tuple[str, ...]
    """Field languages (:func:`index.fields.field_language`)."""
    lang: NDArray[np.uint16]
    """(forms,) index into ``languages``."""
    offsets: NDArray[np.int64]
    """(forms + 1,) into ``data``."""
    data: NDArray[np.uint8]
    """UTF-8 of all forms, one after the other."""

    def __len__(self) -> int:
        return len(self.lang)


@dataclass(frozen=True, slots=True)
class Forms(Spelt):
    """Forms with their keys."""

    terms: NDArray[np.uint64]
    """(forms,) the key of the form's term, 0 where the term is the form itself."""
    folds: NDArray[np.uint64]
    """(forms,) the key of the form's fold, 0 where the fold is the form itself."""


class FormTable:
    """Forms by number, in the order in which they were entered. Memory grows by doubling.

    Only one thread may enter forms. Others may meanwhile ask for forms that were entered before they were told of them,
    and for their keys: what was entered stays where it is, and arrays that are too small are left to whoever has them.
    """

    def __init__(self, languages: LanguageTable) -> None:
        self.languages = languages
        self.multiplier = np.uint64(secrets.randbits(64) | 1)
        self.state = np.zeros(kernels.STATE, np.int64)
        self.slots = np.zeros(2 * _FEWEST, np.uint64)
        self.offsets = np.zeros(_FEWEST + 1, np.int64)
        self.langs = np.empty(_FEWEST, np.uint16)
        self.data = np.empty(16 * _FEWEST, np.uint8)
        self._keying = Lock()
        self._terms = np.empty(0, np.uint64)
        self._folds = np.empty(0, np.uint64)
        self._keyed = np.zeros(0, np.bool_)

    def __len__(self) -> int:
        return int(self.state[kernels.FORMS])

    @property
    def nbytes(self) -> int:
        """Bytes that all arrays take."""
        arrays = (self.slots, self.offsets, self.langs, self.data, self._terms, self._folds, self._keyed)
        return sum(array.nbytes for array in arrays)

    def enter(self, texts: Sequence[str], langs: NDArray[np.uint16]) -> NDArray[np.uint32]:
        """The numbers of forms given as text, new ones entered."""
        encoded = [text.encode() for text in texts]
        offsets = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(one) for one in encoded], out=offsets[1:])
        return self.enter_bytes(np.frombuffer(b"".join(encoded), np.uint8), offsets, langs)

    def enter_bytes(
        self, data: NDArray[np.uint8], offsets: NDArray[np.int64], langs: NDArray[np.uint16]
    ) -> NDArray[np.uint32]:
        """The numbers of forms given as UTF-8, new ones entered."""
        numbers = np.empty(len(langs), np.uint32)
        self.state[kernels.NEXT] = 0
        while kernels.enter_bytes(
            data,
            offsets,
            langs,
            self.languages.seeds,
            self.multiplier,
            self.slots,
            self.offsets,
            self.langs,
            self.data,
            numbers,
            self.state,
        ):
            at = int(self.state[kernels.NEXT])
            self.grow(int(offsets[at + 1] - offsets[at]))
        return numbers

    def since(self, number: int) -> Spelt:
        """The forms with this number and higher."""
        end = len(self)
        offsets = self.offsets[number : end + 1] - self.offsets[number]
        data = self.data[self.offsets[number] : self.offsets[end]]
        return Spelt(tuple(self.languages.names), self.langs[number:end].copy(), offsets, data.copy())

    def adopt(self, forms: Spelt) -> NDArray[np.uint32]:
        """The numbers of forms that another table made, new ones entered."""
        renumbered = np.array([self.languages.number(lang) for lang in forms.languages], np.uint16)
        data, offsets = np.ascontiguousarray(forms.data), np.ascontiguousarray(forms.offsets)
        return self.enter_bytes(data, offsets, renumbered[forms.lang])

    def table(self, numbers: NDArray[np.uint32]) -> Forms:
        """These forms, in this order."""
        spelt, (terms, folds) = self.spelt(numbers), self.keys(numbers)
        return Forms(spelt.languages, spelt.lang, spelt.offsets, spelt.data, terms, folds)

    def spelt(self, numbers: NDArray[np.uint32]) -> Spelt:
        """These forms without keys, in this order."""
        numbers = np.ascontiguousarray(numbers, np.uint32)
        offsets, data = self._gathered(numbers, gap=0)
        return Spelt(tuple(self.languages.names), self.langs[numbers], offsets, data)

    def keys(self, numbers: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """The keys of terms and of folds of these forms: see :class:`Forms`."""
        with self._keying:
            self._make_room_for_keys(int(numbers.max()) + 1 if len(numbers) else 0)
            wanted = np.zeros(len(self._keyed), np.bool_)
            wanted[numbers] = True
            wanted &= ~self._keyed
            if wanted.any():
                self._work_out_keys(np.flatnonzero(wanted).astype(np.uint32))
            return self._terms[numbers], self._folds[numbers]

    def prepare_keys(self, count: int) -> None:
        """Works out the keys of the first ``count`` forms, so that :meth:`keys` of them costs next to nothing."""
        with self._keying:
            self._make_room_for_keys(count)
            missing = np.flatnonzero(~self._keyed[:count]).astype(np.uint32)
            if len(missing):
                self._work_out_keys(missing)

    def texts(self, numbers: NDArray[np.uint32]) -> list[str]:
        """These forms as text."""
        if not len(numbers):
            return []
        _, data = self._gathered(numbers, gap=1)
        return data[:-1].tobytes().decode().split("\n")

    def grow(self, room: int) -> None:
        """Makes room for one more form of ``room`` bytes, by doubling what is too small."""
        count = len(self)
        if 2 * (count + 1) > len(self.slots):
            slots = np.zeros(2 * len(self.slots), np.uint64)
            place_slots(self.slots, slots)
            self.slots = slots
        if count + 2 > len(self.offsets):
            size = 2 * len(self.langs)
            self.langs = resized(self.langs, size)
            self.offsets = resized(self.offsets, size + 1)  # last, since by its size the room is judged
        if self.offsets[count] + room > len(self.data):
            self.data = resized(self.data, 2 * len(self.data) + room)

    def _make_room_for_keys(self, count: int) -> None:
        if count > len(self._keyed):
            size = max(count, 2 * len(self._keyed), _FEWEST)
            self._terms, self._folds = resized(self._terms, size), resized(self._folds, size)
            self._keyed = resized(self._keyed, size)

    def _work_out_keys(self, numbers: NDArray[np.uint32]) -> None:
        langs = self.langs[numbers]
        for lang in np.unique(langs):
            chain = self.languages.chains[lang]
            for ours in self._by_alphabet(numbers[langs == lang]):
                forms = self.texts(ours)
                folds = chain.folds(forms)
                self._folds[ours] = keys_beside(forms, folds)
                self._terms[ours] = keys_beside(forms, chain.terms(forms)) if chain.stems else self._folds[ours]
        self._keyed[numbers] = True

    def _by_alphabet(self, numbers: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Those of these forms that are ASCII, of which most foldings change none, and the others."""
        offsets, data = self._gathered(numbers, gap=1)
        others = np.bitwise_or.reduceat(data, offsets[:-1]) >= 0x80 if len(numbers) else np.empty(0, np.bool_)
        return numbers[~others], numbers[others]

    def _gathered(self, numbers: NDArray[np.uint32], *, gap: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        offsets = np.zeros(len(numbers) + 1, np.int64)
        np.cumsum(self.offsets[numbers.astype(np.int64) + 1] - self.offsets[numbers] + gap, out=offsets[1:])
        data = np.empty(offsets[-1], np.uint8)
        kernels.gather_forms(numbers, self.offsets, self.data, offsets, gap, data)
        return offsets, data


def resized(array: NDArray[Number], size: int) -> NDArray[Number]:
    """The array in a larger one, zeros behind it."""
    larger = np.zeros(size, array.dtype)
    larger[: len(array)] = array
    return larger
