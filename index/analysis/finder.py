"""Where given forms stand in texts of one language: what :meth:`index.analysis.chain.Chain.words` has of them, without
making any other word."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.analysis import finder_kernels as kernels
from index.analysis.characters import CLOSES, CODE_MASK, PLAIN, REORDERED, characters, with_linker
from index.analysis.finder_kernels import ODD, UNSURE
from index.analysis.forms import form_of, joined_spellings
from index.analysis.language_table import LanguageTable
from index.analysis.pairs import KnownPairs
from index.analysis.record_kernels import LANES

_PADDING = "\n" * LANES
_USUAL_ROWS = 256
_FEW_MARKS = 4
"""On a letter, as far as pairs of them are looked at: no word that is read has more."""


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


class Codes:
    """A text as the kernels read it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.array = np.frombuffer((text + _PADDING).encode("utf-32-le", "surrogatepass"), np.uint32)


class FormFinder:
    """Finds the forms of some sets in texts of one language. Immutable; safe for several threads."""

    def __init__(self, lang: str, sets: Sequence[FormSet]) -> None:
        """Cost: some microseconds a set, and some tens of nanoseconds a form."""
        self._rules = _rules(lang)
        seed, multiplier = _secrets()
        forms = sum(len(one) for one in sets)
        size = int(sum(np.subtract(one.stops, one.starts).sum() for one in sets))
        slots = self._slots = np.zeros(1 << max(3, (2 * forms).bit_length()), np.uint64)
        self._form_at = np.zeros(forms + 1, np.int64)
        self._form_codes = np.empty(size, np.uint32)
        self.members = np.zeros((forms, -(-len(sets) // 64)), np.uint64)
        """(forms, sets / 64) of which sets each form is, a bit a set, low ones first."""
        count = 0
        for number, one in enumerate(sets):
            count = kernels.enter_forms(
                np.ascontiguousarray(one.data),
                np.ascontiguousarray(one.starts),
                np.ascontiguousarray(one.stops),
                number,
                count,
                seed,
                multiplier,
                slots,
                self._form_at,
                self._form_codes,
                self.members,
            )
        self._count = count
        firsts = self._form_codes[self._form_at[:count]] & np.uint32(63)
        rules, every = self._rules, characters()
        self.given = (
            every.classes,
            every.plain,
            _pairs().table,
            rules.mid_letters[0],
            rules.dotless[0],
            rules.article_starts,
            rules.articles,
            seed,
            multiplier,
            np.bitwise_or.reduce(np.uint64(1) << firsts.astype(np.uint64), initial=np.uint64(0)),
            slots,
            self._form_at,
            self._form_codes,
        )
        """What :func:`index.analysis.finder_kernels.find_forms` takes between the text and the rows."""

    def find(self, codes: Codes) -> NDArray[np.int64]:
        """(found, 4) number of the form, position, start and end of each word whose form is wanted, in the order of
        :meth:`index.analysis.chain.Chain.words`. Cost: some four nanoseconds a code point."""
        if not self._count:
            return np.empty((0, 4), np.int64)
        end = len(codes.array) - LANES
        room = 2 * end + 2
        rows = np.empty((min(room, _USUAL_ROWS), 4), np.int64)
        while True:
            count, doubt = kernels.find_forms(codes.array, end, *self.given, rows)
            if count >= 0:
                return self._resolved(codes, rows[:count]) if doubt else rows[:count]
            rows = np.empty((room, 4), np.int64)

    def unit_around(self, codes: Codes, place: int) -> tuple[int, int] | None:
        """The span of the shortest word that ``place`` is inside of; of a run that is a grapheme."""
        if not 0 < place < len(codes.array) - LANES:
            return None
        rules = self._rules
        start, end, is_word = kernels.span_around(
            codes.array, len(codes.array) - LANES, place, characters().classes, rules.mid_letters[0]
        )
        if start < 0 or start == place:
            return None
        if not is_word:
            return start, end
        for word in rules.chains[0].words(codes.text[start:end]):
            if word.start < place - start < word.end:
                return start + word.start, start + word.end
        return None

    def _number(self, form: str) -> int:
        """The number of a form, less than 0 where it is not wanted."""
        codes = np.frombuffer(form.encode("utf-32-le", "surrogatepass"), np.uint32)
        return kernels.number_of_form(codes, *_secrets(), self._slots, self._form_at, self._form_codes)

    def _resolved(self, codes: Codes, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows, with what the chain makes of those in doubt."""
        chain, text = self._rules.chains[0], codes.text
        found: list[tuple[int, int, int, int]] = []
        shift = 0
        for number, position, start, end in rows.tolist():
            if number == UNSURE:
                _learn(codes.array[start:end])
                form = form_of(text[start:end], dotless_i=chain.dotless_i)
                wanted = self._number(form)
                if wanted >= 0:
                    found.append((wanted, position + shift, start, end))
                elif not form:
                    shift -= 1
            elif number == ODD:
                odd, lead = with_linker(codes.array, start, end)
                words = chain.words_of(odd, lead)
                for word in words:
                    wanted = self._number(word.form)
                    if wanted >= 0:
                        place = position + shift + word.position
                        found.append((wanted, place, start - lead + word.start, start - lead + word.end))
                shift += words[-1].position + 1 if words else 0
            else:
                found.append((number, position + shift, start, end))
        return np.array(found, np.int64).reshape(-1, 4)


@lru_cache(maxsize=1)
def _pairs() -> KnownPairs:
    """Which code points stay as they are in a form behind which others, though they may become one with some."""
    plain = characters().plain

    def stays(before: str, here: str) -> bool:
        in_form = [plain.item(ord(letter)) for letter in (before, here)]
        if not all(letter & PLAIN for letter in in_form) or before + here in joined_spellings():
            return False
        spelt = "".join(chr(letter & CODE_MASK) for letter in in_form)
        return unicodedata.is_normalized("NFC", before + here) and unicodedata.is_normalized("NFC", spelt)

    return KnownPairs(stays)


def _learn(word: NDArray[np.uint32]) -> None:
    """Finds out what becomes of the pairs of a word that are in doubt."""
    plain = characters().plain[word]
    for at in np.flatnonzero(plain & np.uint32(CLOSES | REORDERED)).tolist():
        for before in range(at - 1, max(-1, at - 1 - _FEW_MARKS), -1):
            _pairs().learn(word.item(before), word.item(at))
            if not plain[before] & REORDERED:
                break


@lru_cache(maxsize=1)
def _secrets() -> tuple[np.uint64, np.uint64]:
    """What all hashes begin with and are multiplied by, so that no text is made to collide."""
    return np.uint64(secrets.randbits(64)), np.uint64(secrets.randbits(64) | 1)


@lru_cache(maxsize=1_000)
def _rules(lang: str) -> LanguageTable:
    """What the kernels need to know of one language: number 0 of the table."""
    table = LanguageTable()
    table.number(lang)
    return table
