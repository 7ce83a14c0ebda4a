"""What forms are looked for with: automata that read them letter by letter, as :mod:`.form_scan_kernels` runs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from index.columnar.arrays import I2, U4, U8
from index.columnar.form_scan_kernels import CELLS, LONG

MAX_DISTANCE = 2
"""Letters that two forms may differ by."""
_NO_LETTER = 0xFFFFFFFF
_BESIDE = CELLS // 2
_WORD = 64
_QUICK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Automaton:
    """What :func:`index.columnar.form_scan_kernels.scan` reads forms with: nearness or a pattern."""

    word: U4
    distance: int
    """0: a pattern."""
    fixed: int
    """Letters of ``word`` that a form must begin with."""
    letters: U4
    quick: I2
    steps: U8
    stays: U8
    last: int
    """The place at which the pattern ends."""
    needed: int
    """Letters that a form must have, as :func:`index.columnar.form_scan_kernels.outline` tells them."""
    limits: U4
    """(7,) what else outlines must be like: whether one, whether two of the needed letters may be lacking; the letters
    that a form may not have, whether one, whether two of them may be there; the least number of letters, and how many
    more there may be."""
    low: int
    """The least first eight bytes of a form, as a number; ``high`` the greatest."""
    high: int


def near(word: str, distance: int, fixed: int = 0) -> Automaton:
    """Forms that ``distance`` letters (1 or 2) put in, left out or replaced make of ``word``, and itself; of these
    only such as have its first ``fixed`` letters."""
    if not 1 <= distance <= MAX_DISTANCE:
        raise ValueError(f"a distance of {distance} letters: 1 or {MAX_DISTANCE} can be asked for")
    padded = [_NO_LETTER] * _BESIDE + [ord(letter) for letter in word] + [_NO_LETTER] * (_BESIDE + CELLS)
    none, nowhere = np.empty(0, np.uint32), np.zeros(1, np.uint64)
    quick = np.zeros(_QUICK, np.int16)
    needed = _signs(word)
    limits = _limits(needed, distance, distance, len(word) - distance, len(word) + distance)
    codes, steps = np.array(padded, np.uint32), nowhere[None]
    span = _span(word[:fixed])
    return Automaton(codes, distance, fixed, none, quick, steps, nowhere, 0, needed, limits, *span)


def like(pattern: str) -> Automaton:
    """Forms that a pattern describes from end to end: ``?`` is any letter, ``*`` any number of them."""
    symbols = pattern.replace("*", "")
    stays, place, places = 0, 0, dict.fromkeys(symbols, 0)
    for sign in pattern:
        if sign == "*":
            stays |= 1 << place
        else:
            places[sign] |= 1 << place
            place += 1
    anywhere = places.pop("?", 0)
    letters = sorted(places)
    quick = np.zeros(_QUICK, np.int16)
    for row, letter in enumerate(letters, 1):
        if ord(letter) < _QUICK:
            quick[ord(letter)] = row
    width = place // _WORD + 1
    steps = _bits([anywhere, *(places[letter] | anywhere for letter in letters)], width)
    codes = np.array([ord(letter) for letter in letters], np.uint32)
    none, needed = np.empty(0, np.uint32), _signs(letters)
    others = symbols.count("?") if stays == 0 else None
    limits = _limits(needed, 0, others, place, place if stays == 0 else LONG)
    span = _span(min(pattern.split("*")[0].split("?")[0], pattern, key=len))
    return Automaton(none, 0, 0, codes, quick, steps, _bits([stays], width)[0], place, needed, limits, *span)


def _signs(letters: Iterable[str]) -> int:
    signs = 0
    for letter in letters:
        signs |= 1 << (ord(letter) & 31)
    return signs


def _limits(needed: int, lacking: int, others: int | None, least: int, most: int) -> U4:
    """The limits of outlines: how many of the needed letters may be lacking, how many others there may be (``None``:
    any number; more than two are not told from that), and how many letters in all."""
    foreign = 0 if others is None or others > MAX_DISTANCE else _NO_LETTER & ~needed
    least, most = min(max(least, 0), LONG), min(most, LONG)
    allowed = others or 0
    return np.array(
        [lacking > 0, lacking > 1, foreign, allowed > 0, allowed > 1, least, most - least],
        np.uint32,
    )


def _span(start: str) -> tuple[int, int]:
    """The least and the greatest that the first eight bytes of a form are which begins like this."""
    data = start.encode()[:8]
    return int.from_bytes(data.ljust(8, b"\0"), "big"), int.from_bytes(data.ljust(8, b"\xff"), "big")


def _bits(numbers: Sequence[int], width: int) -> U8:
    """Whole numbers as ``width`` words of 64 bits each, low ones first."""
    data = b"".join(number.to_bytes(8 * width, "little") for number in numbers)
    return np.frombuffer(data, "<u8").astype(np.uint64).reshape(len(numbers), width)


@cache
def row_moves() -> I2:
    """The row of Levenshtein's table that follows each, and above its bits the least that stands in it: shape
    (4 ** cells, 2 ** cells), by which of the letters of the word beside the diagonal are the one read. Cost: some
    milliseconds, once."""
    rows, same = np.arange(4**CELLS)[:, None], np.arange(2**CELLS)[None, :]
    before = [(rows >> (2 * cell)) & 3 for cell in range(CELLS)] + [np.full_like(rows, 3)]
    following = np.zeros((4**CELLS, 2**CELLS), np.int64)
    left = least = np.full_like(following, 3)
    for cell in range(CELLS):
        replaced = before[cell] + 1 - ((same >> cell) & 1)
        left = np.minimum(np.minimum(replaced, np.minimum(before[cell + 1], left) + 1), 3)
        following |= left << (2 * cell)
        least = np.minimum(least, left)
    return np.asarray(following | (least << (2 * CELLS)), np.int16)
