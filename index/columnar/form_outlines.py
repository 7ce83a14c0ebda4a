"""The forms of a segment with what is needed to look through them quickly."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import I8, U1, U8
from index.columnar.form_automata import Automaton, row_moves
from index.columnar.form_scan_kernels import outline, read_forms, scan
from index.columnar.lexicon import LexiconReader
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.errors import IndexDamaged


class Scanned(NamedTuple):
    """Forms that were found in one segment, in order."""

    rows: I8
    """(forms, 5) number, posting that its lists begin with, lengths of its lists, distance."""
    keys: U8
    """A hash of each: equal for the same form in another segment."""


NOTHING = Scanned(np.empty((0, 5), np.int64), np.empty(0, np.uint64))


class OutlinedForms:
    """The forms of one language in one segment with their outline: some three bytes of memory a form."""

    def __init__(self, lexicon: LexiconReader, lang: str) -> None:
        """Cost: reads all forms, 30 ms a million."""
        forms = lexicon.languages[lang]
        self.count = len(forms)
        self.blocks, self.block_at, self.block_lists = forms._arrays()
        self._damaged = forms._file.damaged
        shared = np.zeros((self.count // 8 + 2) * 8, np.uint8)  # a 0 behind the last
        self._offsets: NDArray[np.uint16] = np.empty(self.count, np.uint16)
        self._signs: U8 = np.empty(len(self.block_at) - 1, np.uint64)
        if outline(self.blocks, self.block_at, self.count, shared, self._offsets, self._signs):
            raise self.damaged()
        self._shared: U8 = shared.view(np.uint64)
        self._every_sign = int(np.bitwise_or.reduce(self._signs))

    def scan(self, automaton: Automaton) -> Scanned:
        """The forms that the automaton accepts. Cost: :func:`index.columnar.form_scan_kernels.scan`."""
        if (automaton.needed & ~self._every_sign).bit_count() > automaton.distance:
            return NOTHING
        rows, keys = np.empty((self.count, 5), np.int64), np.empty(self.count, np.uint64)  # touched as far as needed
        count = scan(
            self.blocks,
            self.block_at,
            self.block_lists,
            self._shared,
            self._offsets,
            self._signs,
            self.count,
            automaton.needed,
            automaton.distance,
            automaton.word,
            row_moves(),
            automaton.letters,
            automaton.quick,
            automaton.steps,
            automaton.stays,
            automaton.last,
            rows,
            keys,
        )
        return Scanned(rows[:count].copy(), keys[:count].copy())

    def texts(self, numbers: I8) -> tuple[U1, I8]:
        """The forms with these numbers, UTF-8 one after the other, and where each begins and the last ends."""
        at = np.zeros(len(numbers) + 1, np.int64)
        room = 32 * len(numbers) + FORM_MOST
        while True:
            data = np.empty(room, np.uint8)
            if read_forms(self.blocks, self.block_at, numbers, data, at) == len(numbers):
                return data[: at[-1]], at
            room *= 4

    def damaged(self) -> IndexDamaged:
        """The error for forms that are not what was written."""
        return self._damaged("forms that do not follow one another")


class Outlines:
    """The forms of a segment, outlined language by language when first asked for. Safe for several threads."""

    def __init__(self, lexicon: LexiconReader) -> None:
        self._lexicon = lexicon
        self._made: dict[str, OutlinedForms] = {}
        self._lock = Lock()

    def get(self, lang: str) -> OutlinedForms | None:
        """The forms of a language, where the segment has some."""
        made = self._made.get(lang)
        if made is None and lang in self._lexicon.languages:
            with self._lock:
                if lang not in self._made:
                    self._made[lang] = OutlinedForms(self._lexicon, lang)
                made = self._made[lang]
        return made
