"""The words of a query as its languages understand them, packed for the kernel that looks them up.

Languages mostly agree about a word: what tells their ways apart is held once, and a number for each language. A piece
is packed as numbers of 8 bytes, then of 4, then text:

======  ==================================================================================
``u8``  how many of these the piece takes, words, ways, texts
``u8``  the key of each text (:func:`index.analysis.keys.key_of`)
``u4``  of each way the texts that are its form, term and fold, and whether it is exact
``u4``  where each text ends, counted from the first one on
``u4``  of each word the place of its language, then of each word its way
bytes   the texts, UTF-8, filled up to 8
======  ==================================================================================
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from struct import pack
from typing import TypeAlias, overload

from index.analysis.keys import key_of
from index.engine import AskedWord

Way: TypeAlias = tuple[str, str, str, bool]
"""Form, term, fold, whether only the form is asked for."""

HEAD = 4
"""Numbers of 8 bytes that a piece begins with."""
WAY_SIZE = 4
"""Numbers of 4 bytes that a way takes."""


class AskedPiece:
    """Some words of a query, in the order in which they are asked for. Never changes. Cost: some microseconds."""

    def __init__(self, places: array[int], ways: Sequence[Way], way_of: array[int]) -> None:
        """``places``: of each word the place of its language among those asked; ``way_of``: its place in ``ways``; both
        of 4 bytes."""
        self.places = places
        self.ways = ways
        self.way_of = way_of
        self.packed = self._packed()
        """As the kernel reads it: see :mod:`index.asked_words`."""

    def __len__(self) -> int:
        return len(self.places)

    def _packed(self) -> bytes:
        numbers: dict[str, int] = {}
        ways: list[int] = []
        for form, term, fold, exact in self.ways:
            text = numbers.setdefault(form, len(numbers))
            if exact:
                ways += (text, text, text, 1)
            else:
                ways += (text, numbers.setdefault(term, len(numbers)), numbers.setdefault(fold, len(numbers)), 0)
        texts = [text.encode() for text in numbers]
        data = b"".join(texts)
        smaller = len(ways) + len(texts) + 2 * len(self.places)
        size = HEAD + len(texts) + (4 * smaller + len(data) + 7) // 8
        packed = pack(
            f"={HEAD + len(texts)}Q{len(ways) + len(texts)}I",
            size,
            len(self.places),
            len(self.ways),
            len(texts),
            *map(key_of, numbers),
            *ways,
            *accumulate(map(len, texts)),
        )
        return b"".join((packed, self.places.tobytes(), self.way_of.tobytes(), data)).ljust(8 * size, b"\0")


class AskedWords(Sequence[AskedWord]):
    """Words to look up, packed. Never changes."""

    def __init__(self, langs: tuple[str, ...], pieces: Sequence[AskedPiece]) -> None:
        """``langs``: what the places of all pieces are places in."""
        self.langs = langs
        self.pieces = pieces

    @classmethod
    def of(cls, words: Sequence[AskedWord]) -> AskedWords:
        """Words one by one. Cost: a microsecond each."""
        langs: dict[str, int] = {}
        ways: dict[Way, int] = {}
        places = array("I", [langs.setdefault(word.lang, len(langs)) for word in words])
        way_of = array("I", [ways.setdefault(word[1:], len(ways)) for word in words])
        return cls(tuple(langs), [AskedPiece(places, tuple(ways), way_of)] if words else [])

    @property
    def packed(self) -> bytes:
        """All pieces, one after the other."""
        return b"".join([piece.packed for piece in self.pieces])

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def __iter__(self) -> Iterator[AskedWord]:
        for piece in self.pieces:
            for place, way in zip(piece.places, piece.way_of, strict=True):
                yield AskedWord(self.langs[place], *piece.ways[way])

    @overload
    def __getitem__(self, number: int) -> AskedWord: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[AskedWord]: ...
    def __getitem__(self, number: int | slice) -> AskedWord | Sequence[AskedWord]:
        return list(self)[number]
