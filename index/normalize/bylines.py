"""Who wrote it: a list of names from what an archive says of authors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from index.normalize.text import clean_line

MAX_AUTHORS = 50
MAX_NAME = 200
_FEW = 5
"""Authors of an article whose names are remembered: the same people write again."""

_BY = re.compile(r"by[:\s]\s*", re.IGNORECASE)
_CERTAIN = re.compile(r"\s*[;；|\n]\s*")
_LIKELY = re.compile(r"\s*[,，、،]\s*(?:and\s+)?|\s+(?:and|&|und|et|y|e|i|og|och|en|ve|и|і|та|و)\s+")
_INITIAL_OR_NAME = re.compile(r"[^\W\d_]")


def authors_of(written: Sequence[str]) -> tuple[str, ...]:
    """The names in ``written``, each once, at most 50: a list stays as it is, a single byline is split where every
    part reads like a name. Addresses are no names."""
    if not written:
        return ()
    few = len(written) <= _FEW and sum(map(len, written)) <= MAX_NAME
    return _remembered(tuple(written)) if few else _authors_of(written)


@lru_cache(maxsize=1 << 12)
def _remembered(written: tuple[str, ...]) -> tuple[str, ...]:
    return _authors_of(written)


def _authors_of(written: Sequence[str]) -> tuple[str, ...]:
    names = (
        written
        if len(written) != 1
        else _split(_BY.sub("", written[0].strip(), count=1) if _BY.match(written[0].strip()) else written[0])
    )
    cleaned = (clean_line(name[: 4 * MAX_NAME])[:MAX_NAME].strip(" ,;") for name in names[: 4 * MAX_AUTHORS])
    kept = (name for name in cleaned if _INITIAL_OR_NAME.search(name) and "://" not in name and name[0] != "(")
    return tuple(list(dict.fromkeys(kept))[:MAX_AUTHORS])


def _split(byline: str) -> list[str]:
    parts = [part for part in _CERTAIN.split(byline[: MAX_NAME * MAX_AUTHORS]) if part]
    return [name for part in parts for name in _names(part)]


def _names(text: str) -> list[str]:
    parts = [part for part in _LIKELY.split(text) if part]
    return parts if len(parts) > 1 and all(map(_like_a_name, parts)) else [text]


def _like_a_name(text: str) -> bool:
    """Two to five words, the first and last capitalised; or, in scripts without case, a few characters."""
    words = text.split()
    if any(character.isdigit() for character in text) or len(text) > 60:
        return False
    if text == text.upper() == text.lower():
        return len(text) <= 30
    return 2 <= len(words) <= 5 and words[0][0].isupper() and words[-1][0].isupper()
