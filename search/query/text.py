"""The text of a query as typed, brought to plain signs, each of which knows where it came from.

Keyboards, word processors and input methods turn the signs of the query language into typographic ones; here they are
turned back (:file:`signs.tsv` is the table). Words stay as they were typed: combining marks, joiners and marks of
vowels belong to them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from search.errors import InvalidRequest

MAX_LENGTH = 512
"""Code points that a query may have."""
_NEAR = 4
"""How far the letters beside a joiner may stand: several joiners may follow each other, but seldom do."""


@dataclass(frozen=True, slots=True)
class QueryText:
    """A query in plain signs."""

    text: str
    origins: tuple[int, ...]
    """For each code point of ``text``, and for its end, the code point of the query as typed that it stands for."""


def plain_signs(typed: str) -> QueryText:
    """The query with typographic quotes, brackets and spaces as plain ones, and without bidirectional controls.

    Raises :class:`InvalidRequest` for more than :data:`MAX_LENGTH` code points. Cost: linear.
    """
    if len(typed) > MAX_LENGTH:
        raise InvalidRequest(
            f"The query is longer than {MAX_LENGTH} characters.",
            "q",
            position=MAX_LENGTH,
            hint=f"Shorten it to {MAX_LENGTH} characters; it has {len(typed)}.",
        )
    if typed.isascii() and typed.isprintable():
        return QueryText(typed, tuple(range(len(typed) + 1)))
    signs = _signs()
    kept: list[str] = []
    origins: list[int] = []
    for place, char in enumerate(typed):
        plain = char if char.isascii() and char.isprintable() else signs.get(char) or _plain(typed, place)
        if plain:
            kept.append(plain)
            origins.append(place)
    return QueryText("".join(kept), (*origins, len(typed)))


def is_word_char(char: str) -> bool:
    """Whether ``char`` is a letter, a digit or a mark on one."""
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _plain(typed: str, place: int) -> str:
    """What a sign outside the table stands for: white space, itself, or nothing."""
    char = typed[place]
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp", "Cc", "Cs"):
        return " "
    # Joiners and direction marks are part of a word between its letters; elsewhere they would hide a sign.
    if category == "Cf" and not _between_letters(typed, place):
        return ""
    return "" if char in _dropped() else char


def _between_letters(typed: str, place: int) -> bool:
    before = typed[max(0, place - _NEAR) : place][::-1]
    return _meets_letter(before) and _meets_letter(typed[place + 1 : place + 1 + _NEAR])


def _meets_letter(neighbours: str) -> bool:
    """Whether the first of ``neighbours`` that is no such sign itself belongs to a word."""
    return next((is_word_char(char) for char in neighbours if unicodedata.category(char) != "Cf"), False)


@cache
def _table() -> tuple[tuple[str, str], ...]:
    lines = Path(__file__).with_name("signs.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple((chr(int(code[2:], 16)), sign) for code, sign, _ in rows)


@cache
def _signs() -> dict[str, str]:
    return {char: " " if sign == "space" else sign for char, sign in _table() if sign != "drop"}


@cache
def _dropped() -> frozenset[str]:
    return frozenset(char for char, sign in _table() if sign == "drop")
