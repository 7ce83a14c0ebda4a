"""Packed words are the words that were asked for."""

from __future__ import annotations

import random

import numpy as np

from index.analysis.keys import key_of
from index.asked_words import HEAD, WAY_SIZE, AskedPiece, AskedWords
from index.engine import AskedWord

TEXTS = ("bridge", "bridg", "мост", "橋", "é", "e", "x" * 300)


def some_words(rng: random.Random, count: int) -> list[AskedWord]:
    return [
        AskedWord(rng.choice(("en", "ru", "zh")), *(rng.choice(TEXTS) for _ in range(3)), exact=rng.random() < 0.3)
        for _ in range(count)
    ]


def unpacked(packed: bytes, langs: tuple[str, ...]) -> list[tuple[str, str, str, str, bool]]:
    """The words of all pieces, read as :mod:`index.asked_words` tells; of an exact one its form is all three texts."""
    numbers, found, at = np.frombuffer(packed, np.uint64), [], 0
    while at < len(numbers):
        size, words, ways, texts = map(int, numbers[at : at + HEAD])
        small = numbers.view(np.uint32)[2 * (at + HEAD + texts) : 2 * (at + size)].tolist()
        ends, places = small[WAY_SIZE * ways :][:texts], small[WAY_SIZE * ways + texts :][: 2 * words]
        data = packed[8 * (at + HEAD + texts) + 4 * (WAY_SIZE * ways + texts + 2 * words) : 8 * (at + size)]
        every = [data[start:stop].decode() for start, stop in zip([0, *ends], ends, strict=False)]
        assert numbers[at + HEAD : at + HEAD + texts].tolist() == [key_of(text) for text in every]
        for place, way in zip(places[:words], places[words:], strict=True):
            form, term, fold, exact = small[WAY_SIZE * way : WAY_SIZE * (way + 1)]
            found.append((langs[place], every[form], every[term], every[fold], bool(exact)))
        at += size
    return found


def test_words_are_packed_as_they_are() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for count in (0, 1, 2, 3, 50):
        words = some_words(rng, count)
        asked = AskedWords.of(words)
        assert list(asked) == words
        assert len(asked) == len(words)
        assert asked[:2] == words[:2]
        kernel_reads = [
            (lang, form, form if exact else term, form if exact else fold, exact)
            for lang, form, term, fold, exact in words
        ]
        assert unpacked(asked.packed, asked.langs) == kernel_reads


def test_pieces_follow_one_another() -> None:
    rng = random.Random(3)
    parts = [[word._replace(lang="en") for word in some_words(rng, count)] for count in (2, 1, 4)]
    pieces: list[AskedPiece] = [piece for part in parts for piece in AskedWords.of(part).pieces]
    joined = AskedWords(("en",), pieces)
    assert list(joined) == [word for part in parts for word in part]
    assert joined.packed == b"".join(AskedWords.of(part).packed for part in parts)
