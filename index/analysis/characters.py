"""What the word kernels know of each code point: the character classes of :mod:`index.analysis.words` as arrays.

Both arrays have one entry per code point and are made from the very patterns that the regex-based finder is made of, so
that there is one set of rules and one version of Unicode. They are kept beside the compiled kernels.
"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from index.analysis import words
from index.analysis.forms import (
    begins_anew,
    closing_letters,
    doubled_letters,
    dropped_letters,
    opening_letters,
    plain_letters,
)
from index.kept_arrays import kept_or_made

CODES = 0x110000
FILE = f"characters-{unicodedata.unidata_version}-{regex.__version__}.arrays"
_SOURCES = tuple(str(Path(__file__).with_name(name)) for name in ("characters.py", "words.py", "forms.py", "forms.tsv"))
"""What the tables are made of, besides the versions of Unicode."""

# The classes of words.py, one bit each.
LETTER = 1 << 0
DIGIT = 1 << 1
JOINER = 1 << 2
EXTEND = 1 << 3
HEBREW = 1 << 4
MID_LETTER = 1 << 5
MID_COLON = 1 << 6
MID_DIGIT = 1 << 7
UNSPACED = 1 << 8
HANGUL = 1 << 9
ZERO_WIDTH_SPACE = 1 << 10
ALONE = 1 << 11
APOSTROPHE = 1 << 12
LIKE_ASCII = 1 << 13
"""Not ASCII, but case-folded it is."""
# Grapheme_Cluster_Break and Indic_Conjunct_Break of what stands in runs: no Prepend, regional or pictographic signs.
MARK = 1 << 14
CONTROL = 1 << 15
JOINED = 1 << 16
"""Extend, ZWJ and SpacingMark: never begins a grapheme of its own."""
JAMO_L = 1 << 17
JAMO_V = 1 << 18
JAMO_T = 1 << 19
ENDS_IN_V = 1 << 20
"""LV syllables, and V."""
ENDS_IN_T = 1 << 21
"""LVT syllables, and T."""
SYLLABLE = 1 << 22
CONJOINED = 1 << 23
"""Consonants that a linker ties to the next."""
LINKER = 1 << 24
LINK_EXTEND = 1 << 25
BEGINS_ANEW = 1 << 26
"""Composes with nothing that stands before it."""

# Of ``plain``: the low bits are the code point that stands in the form.
PLAIN = 1 << 31
ALNUM = 1 << 30
REORDERED = 1 << 29
"""Has a combining class: plain only behind what has none."""
OPENS = 1 << 28
"""May become one with what stands right behind it."""
CLOSES = 1 << 27
"""May become one with what stands right before it: plain only behind what neither opens, closes nor is reordered."""
DROPPED = 1 << 26
"""Not plain: stands for nothing."""
DOUBLED = 1 << 25
"""Not plain: its code point stands in the form twice (ß)."""
CODE_MASK = (1 << 21) - 1

_CLASSES = (
    (LETTER, words.LETTER),
    (DIGIT, words.DIGIT),
    (JOINER, words.JOINER),
    (EXTEND, words.EXTEND),
    (HEBREW, words.HEBREW),
    (MID_LETTER, f"[{words.MID_LETTER}--{words.COLON}]"),
    (MID_COLON, f"[{words.MID_LETTER}&&{words.COLON}]"),
    (MID_DIGIT, words.MID_DIGIT),
    (UNSPACED, words.UNSPACED),
    (HANGUL, words.HANGUL),
    (ZERO_WIDTH_SPACE, words.ZERO_WIDTH_SPACE),
    (ALONE, words.ALONE),
    (APOSTROPHE, words.APOSTROPHES),
)
_GRAPHEME_CLASSES = (
    (MARK, r"\p{M}"),
    (CONTROL, r"[\p{GCB=Control}\p{GCB=CR}\p{GCB=LF}]"),
    (JOINED, r"[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]"),
    (JAMO_L, r"\p{GCB=L}"),
    (JAMO_V, r"\p{GCB=V}"),
    (JAMO_T, r"\p{GCB=T}"),
    (ENDS_IN_V, r"[\p{GCB=LV}\p{GCB=V}]"),
    (ENDS_IN_T, r"[\p{GCB=LVT}\p{GCB=T}]"),
    (SYLLABLE, r"[\p{GCB=LV}\p{GCB=LVT}]"),
    (CONJOINED, r"\p{InCB=Consonant}"),
    (LINKER, r"\p{InCB=Linker}"),
    (LINK_EXTEND, r"\p{InCB=Extend}"),
)

# Planes 4 to 13, 15 and 16 hold no assigned character, surrogates none of any word.
PLANES = (range(0xD800), range(0xE000, 0x40000), range(0xE0000, 0xE1000))


@dataclass(frozen=True, slots=True)
class Characters:
    """The properties of all code points."""

    classes: NDArray[np.uint32]
    """(:data:`CODES`,) the bits above."""
    plain: NDArray[np.uint32]
    """(:data:`CODES`,) what stands in a form for this code point: 0 where that is left to the chain."""


@lru_cache(maxsize=1)
def characters() -> Characters:
    """The tables, from the cache where it has them, else made and put there. Cost of the first call: some
    milliseconds, or a fifth of a second where they must be made."""
    return Characters(**kept_or_made(FILE, _SOURCES, ("classes", "plain"), lambda: asdict(build())))


def build() -> Characters:
    """The tables, made anew from the patterns."""
    everything = _text(np.concatenate([np.arange(plane.start, plane.stop) for plane in PLANES]))
    classes = np.zeros(CODES, np.uint32)
    for bit, pattern in _CLASSES:
        classes[_members(pattern, everything)] |= np.uint32(bit)
    in_words = _text(np.flatnonzero(classes))
    for bit, pattern in _GRAPHEME_CLASSES:
        classes[_members(pattern, in_words)] |= np.uint32(bit)
    classes[classes != 0] |= np.uint32(BEGINS_ANEW)
    classes[[ord(letter) for letter in in_words if not begins_anew(letter)]] &= ~np.uint32(BEGINS_ANEW)
    cased = regex.findall(r"[\p{L}--\p{Lo}]", in_words, regex.VERSION1)
    like = [ord(letter) for letter in cased if not letter.isascii() and letter.casefold().isascii()]
    classes[like] |= np.uint32(LIKE_ASCII)
    return Characters(classes, _plain(in_words))


def with_linker(codes: NDArray[np.uint32], start: int, end: int) -> tuple[str, int]:
    """The text of a span, from the linker on that stands before it and waits for a consonant; and where the span begins
    in that text."""
    classes = characters().classes
    before = start
    while before > 0 and classes[codes[before - 1]] & (LINKER | LINK_EXTEND):
        before -= 1
        if classes[codes[before]] & LINKER:
            return codes[before:end].tobytes().decode("utf-32-le"), start - before
    return codes[start:end].tobytes().decode("utf-32-le"), 0


def _plain(letters: str) -> NDArray[np.uint32]:
    found = plain_letters(letters)
    plain = np.zeros(CODES, np.uint32)
    plain[_codes("".join(found))] = _codes("".join(found.values())) | np.uint32(PLAIN)
    plain[[ord(letter) for letter, form in found.items() if form.isalnum()]] |= np.uint32(ALNUM)
    plain[[ord(letter) for letter in found if unicodedata.combining(letter)]] |= np.uint32(REORDERED)
    doubled = doubled_letters(letters)
    plain[_codes("".join(doubled))] = _codes("".join(doubled.values())) | np.uint32(DOUBLED | ALNUM)
    plain[_codes("".join(dropped_letters(letters)))] = DROPPED
    opening, closing = opening_letters(), closing_letters()
    opens = [ord(letter) for letter, form in (found | doubled).items() if letter in opening or form in opening]
    plain[opens] |= np.uint32(OPENS)
    plain[[ord(letter) for letter in closing if letter in found]] |= np.uint32(CLOSES)
    return plain


def _members(pattern: str, letters: str) -> NDArray[np.uint32]:
    return _codes("".join(regex.findall(f"(?:{pattern})++", letters, regex.VERSION1)))


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _text(codes: NDArray[np.int64]) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le")
