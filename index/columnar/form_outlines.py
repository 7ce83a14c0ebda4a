"""The forms of a segment with what is needed to look through them quickly."""

from __future__ import annotations

from threading import Lock, local

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import I8, U1, U8
from index.columnar.form_automata import Automaton, row_moves
from index.columnar.form_scan_kernels import KEY, outline, read_forms, scan
from index.columnar.lexicon import LexiconReader
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK

NOTHING = np.empty((0, KEY + 1), np.int64)
"""No rows."""


class _Scratch(local):
    """Where a thread's scans write to: an array for each of hundreds of scans would cost more than these."""

    def __init__(self) -> None:
        self.rows = np.empty((2_048, KEY + 1), np.int64)


_scratch = _Scratch()


class OutlinedForms:
    """The forms of one language in one segment with their outline: some three bytes of memory a form."""

    def __init__(self, lexicon: LexiconReader, lang: str) -> None:
        """Cost: reads all forms, 30 ms a million."""
        arrays = lexicon.arrays
        here = arrays.ranges[lang]
        blocks = slice(here.first_block, here.first_block - (-here.forms // BLOCK) + 1)
        self.count = here.forms
        self.blocks, self.block_at, self.block_lists = arrays.forms.data, arrays.forms.at[blocks], arrays.lists[blocks]
        shared = np.zeros((self.count // 8 + 2) * 8, np.uint8)  # a 0 behind the last
        self._offsets: NDArray[np.uint16] = np.empty(self.count, np.uint16)
        self._signs: U8 = np.empty(len(self.block_at) - 1, np.uint64)
        if outline(self.blocks, self.block_at, self.count, shared, self._offsets, self._signs):
            raise arrays.damaged()
        self._shared: U8 = shared.view(np.uint64)
        self._every_sign = int(np.bitwise_or.reduce(self._signs))

    def scan(self, automaton: Automaton) -> I8:
        """The forms that the automaton accepts, in order: (forms, 6) as
        :func:`index.columnar.form_scan_kernels.scan` finds them."""
        if (automaton.needed & ~self._every_sign).bit_count() > automaton.distance:
            return NOTHING
        rows = _scratch.rows
        while (count := self._scan(automaton, rows)) > len(rows):
            rows = np.empty((count, len(rows[0])), np.int64)
        return rows[:count].copy() if count else NOTHING

    def _scan(self, automaton: Automaton, rows: I8) -> int:
        return scan(
            self.blocks,
            self.block_at,
            self.block_lists,
            self._shared,
            self._offsets,
            self._signs,
            self.count,
            automaton.needed,
            automaton.distance,
            automaton.fixed,
            automaton.word,
            row_moves(),
            automaton.letters,
            automaton.quick,
            automaton.steps,
            automaton.stays,
            automaton.last,
            rows,
        )

    def texts(self, numbers: I8) -> tuple[U1, I8]:
        """The forms with these numbers, UTF-8 one after the other, and where each begins and the last ends."""
        at = np.zeros(len(numbers) + 1, np.int64)
        room = 32 * len(numbers) + FORM_MOST
        while True:
            data = np.empty(room, np.uint8)
            if read_forms(self.blocks, self.block_at, numbers, data, at) == len(numbers):
                return data[: at[-1]], at
            room *= 4


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
