"""What the kernels that cut passages know of each code point, and the abbreviations as arrays.

Made from the very rules that :mod:`search.snippets.cutting` and :mod:`search.snippets.sentences` go by, and kept beside
the compiled kernels.
"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from index.analysis.characters import CODES
from index.kept_arrays import kept_or_made
from search.snippets.cutting import COMMAS
from search.snippets.sentences import CERTAIN_ENDS, CLOSERS, DOUBTFUL_ENDS, abbreviations

# Of ``signs``: the low four bits are the class of a code point within graphemes, 0 for what never joins.
GRAPHEME = 0xF
BREAKS, JOINS, LINKS, LEADS, CONSONANT, PREPENDED, REGIONAL, JAMO_L, JAMO_V, JAMO_T, SYLLABLE_V, SYLLABLE_T = range(
    1, 13
)
SPACE, LOWER, ALNUM, DECIMAL = 1 << 4, 1 << 5, 1 << 6, 1 << 7
WIDE, CERTAIN, DOUBTFUL, CLOSER, COMMA = 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12

# Of ``folds``, in place of a code point: folded these are more than one, which no abbreviation has; or one may have.
SEVERAL, DOUBTED = 0xFFFE, 0xFFFF

WIDE_LETTERS = (
    r"[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60"
    r"\uffe0-\uffe6\U0001f300-\U0001faff\U00020000-\U0003fffd]+"
)
"""Han, kana, Hangul, Yi and the signs that go with them, full-width letters, emoji: what takes the room of two."""

_GRAPHEMES = (
    (BREAKS, r"[\p{GCB=Control}\p{GCB=CR}\p{GCB=LF}]"),
    (JOINS, r"[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]"),
    (LINKS, r"(?=\p{GCB=Extend})\p{InCB=Linker}"),
    (LEADS, r"(?!\p{GCB=Extend})\p{InCB=Linker}"),
    (CONSONANT, r"\p{InCB=Consonant}"),
    (PREPENDED, r"\p{GCB=Prepend}"),
    (JAMO_L, r"\p{GCB=L}"),
    (JAMO_V, r"\p{GCB=V}"),
    (JAMO_T, r"\p{GCB=T}"),
    (SYLLABLE_V, r"\p{GCB=LV}"),
    (SYLLABLE_T, r"\p{GCB=LVT}"),
    (REGIONAL, r"\p{GCB=Regional_Indicator}"),
)
_SIGNS = ((CERTAIN, CERTAIN_ENDS), (DOUBTFUL, DOUBTFUL_ENDS), (CLOSER, CLOSERS), (COMMA, COMMAS))
_NAMES = ("sign_tables.py", "sentences.py", "cutting.py", "abbreviations.txt")
_SOURCES = tuple(str(Path(__file__).with_name(name)) for name in _NAMES)
_FILE = f"signs-{unicodedata.unidata_version}-{regex.__version__}.arrays"


@dataclass(frozen=True, slots=True)
class SignTables:
    """Arrays that kernels read."""

    signs: NDArray[np.uint16]
    """(all code points,) the bits above."""
    folds: NDArray[np.uint16]
    """(65536,) what each is when case-folded."""
    letters: NDArray[np.uint32]
    """The abbreviations, one after the other, the shortest first."""
    at: NDArray[np.int64]
    """(longest + 2,) where those of each length begin in ``letters``."""


@lru_cache(maxsize=1)
def sign_tables() -> SignTables:
    """The tables, from the cache where it has them. Cost of the first call: some milliseconds, or half a second where
    they must be made."""
    return SignTables(**kept_or_made(_FILE, _SOURCES, ("signs", "folds", "letters", "at"), lambda: asdict(build())))


def build() -> SignTables:
    """The tables, made anew."""
    # Planes 4 to 13, 15 and 16 hold no assigned character.
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x40000), *range(0xE0000, 0xE1000))))
    signs = np.zeros(CODES, np.uint16)
    for number, pattern in _GRAPHEMES:
        signs[_codes("".join(regex.findall(f"(?:{pattern})++", every)))] = number
    signs[_codes("".join(regex.findall(WIDE_LETTERS, every)))] |= np.uint16(WIDE)
    for bit, holds in ((SPACE, str.isspace), (LOWER, str.islower), (ALNUM, str.isalnum), (DECIMAL, str.isdecimal)):
        signs[_codes("".join(filter(holds, every)))] |= np.uint16(bit)
    for bit, some in _SIGNS:
        signs[_codes(some)] |= np.uint16(bit)
    words = sorted(abbreviations(), key=lambda word: (len(word), word))
    shorter = [sum(len(word) for word in words if len(word) < length) for length in range(len(words[-1]) + 2)]
    return SignTables(signs, _folds(words), _codes("".join(words)), np.array(shorter, np.int64))


def _folds(words: list[str]) -> NDArray[np.uint16]:
    joined = "\n".join(words)
    folds = np.arange(1 << 16, dtype=np.uint16)
    for code in (*range(0xD800), *range(0xE000, SEVERAL)):
        folded = chr(code).casefold()
        folds[code] = ord(folded) if len(folded) == 1 and ord(folded) < SEVERAL else _unlike(folded, joined)
    folds[SEVERAL:] = SEVERAL  # no letters
    return folds


def _unlike(folded: str, joined: str) -> int:
    return DOUBTED if folded in joined else SEVERAL


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)
