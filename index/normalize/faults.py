"""What there is to clean in many texts at once: most have nothing, and one pass over their code points tells.

What a text without faults becomes is itself: :func:`line_of` and :func:`body_of` give exactly what
:func:`~index.normalize.text.clean_line` and :func:`~index.normalize.text.clean_body` give.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from index.analysis.characters import PLANES
from index.analysis.forms import begins_anew
from index.analysis.pairs import KnownPairs
from index.kept_arrays import kept_or_made
from index.normalize import fault_kernels as kernels
from index.normalize.fault_kernels import CHARACTERS, EVERY_FAULT, LINES, UNSURE
from index.normalize.text import clean_body, clean_line, is_plain, paragraphs

CODES = 0x110000
FILE = f"faults-{unicodedata.unidata_version}-{regex.__version__}.arrays"
_SOURCES = tuple(
    str(Path(__file__).parents[1] / name)
    for name in (
        *("normalize/faults.py", "normalize/text.py", "normalize/fault_kernels.py"),
        *("analysis/forms.py", "analysis/characters.py"),
    )
)
"""What the classes are made of, besides the versions of Unicode."""
_BLOCK = 256
_LEARNT = 64
"""Pairs of code points that are looked at by themselves behind each pass, so that no text costs much."""
_LONGEST = 1 << 20
"""Code points of a text that is looked at here; a longer one costs memory, and is taken to have every fault."""
_MARK = regex.compile(r"\p{M}")


def faults_of(texts: Sequence[str]) -> list[int]:
    """For each text the faults that it may have, bits of :mod:`index.normalize.fault_kernels`; those that it has are
    among them. Cost: some two nanoseconds a code point."""
    fields = [text if len(text) <= _LONGEST else "" for text in texts]
    codes = np.frombuffer("\n".join([*fields, ""]).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([len(field) + 1 for field in fields], dtype=np.int64) - 1
    found, unknown = np.empty(len(texts), np.uint8), np.empty(_LEARNT, np.uint64)
    known = _known()
    missing = kernels.find_faults(codes, ends, known.classes, known.pairs.table, found, unknown)
    for pair in set(unknown[:missing].tolist()):
        known.learn(pair)
    faults: list[int] = found.tolist()
    return [one if len(text) <= _LONGEST else EVERY_FAULT for one, text in zip(faults, texts, strict=True)]


def line_of(text: str, faults: int) -> str:
    """``text``, which has these faults, on one line."""
    return text if not faults or (faults == UNSURE and _is_composed(text)) else clean_line(text)


def body_of(text: str, faults: int) -> str:
    """``text``, which has these faults, as paragraphs."""
    if faults & CHARACTERS or (faults & UNSURE and not _is_composed(text)):
        return clean_body(text)
    return paragraphs(text) if faults & LINES else text


def _is_composed(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


class _Known:
    """What was met so far. Threads may learn the same twice."""

    def __init__(self) -> None:
        self.classes = kept_or_made(FILE, _SOURCES, ("classes",), _classes)["classes"].copy()
        """Of all code points. Where hardly any is assigned they come in blocks, filled when first met."""
        self.pairs = KnownPairs(lambda before, here: _is_composed(before + here))

    def learn(self, pair: int) -> None:
        """The class of the second code point of a pair; where it is known, whether it stays as it is behind the
        first."""
        before, code = divmod(pair, 1 << 21)
        if self.classes[code] == kernels.UNKNOWN:
            first = code // _BLOCK * _BLOCK
            self.classes[first : first + _BLOCK] = list(map(_class_of, map(chr, range(first, first + _BLOCK))))
            return
        self.pairs.learn(before, code)


@lru_cache(maxsize=1)
def _known() -> _Known:
    return _Known()


def _classes() -> dict[str, NDArray[np.uint8]]:
    """The classes of what may be assigned. Cost: a quarter of a second."""
    classes = np.full(CODES, kernels.UNKNOWN, np.uint8)
    for plane in PLANES:
        classes[plane.start : plane.stop] = list(map(_class_of, map(chr, plane)))
    return {"classes": classes}


def _class_of(letter: str) -> int:
    if letter in _STRUCTURE:
        return _STRUCTURE[letter]
    found = 0 if is_plain(letter) and _is_composed(letter) else kernels.ODD
    if not begins_anew(letter):
        found |= kernels.DEPENDENT
    if unicodedata.combining(letter):
        found |= kernels.REORDERED
    return found | (kernels.MARK if _MARK.match(letter, concurrent=False) else 0)


_STRUCTURE = {" ": kernels.WHITE, "\n": kernels.WHITE | kernels.BREAK, "&": kernels.AMPERSAND}
