"""Marks and passages are those of plain Python over all words of the text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from index.analysis import Word, chain_for
from search.snippets.marking import Marker
from search.snippets.needles import Needle
from tests.index.analysis.test_finder import LANGS, PIECES, texts_of
from tests.search import snippet_oracle as oracle

SEED = 346254968
SPACES = [*" " * 30, ". ", "\n", "\r\n", "。", ", ", "，", "  "]


def needles_from(words: Sequence[Word], chance: random.Random) -> list[Needle]:
    """Words and phrases of a text, some of them such as do not stand in it."""
    return [
        Needle.of(*_phrase(words, chance), chance.random() * 5 + 0.1)
        if chance.random() < 0.3
        else Needle.of([(0, _some(words, chance))], 0, chance.random() * 5 + 0.1)
        for _ in range(chance.choice([1, 2, 3, 5] * 5 + [70]))
    ]


def _phrase(words: Sequence[Word], chance: random.Random) -> tuple[list[tuple[int, set[str]]], int]:
    first = chance.randrange(len(words))
    chosen = [words[first]]
    for word in words[first + 1 : first + 8]:
        if word.position > chosen[-1].position and chance.random() < 0.7:
            chosen.append(word)
    if chance.random() < 0.2:
        chosen = [chosen[0]] * len(chosen)
    apart = [word.position - chosen[0].position for word in chosen]
    side_by_side = chance.random() < 0.4 or any(b <= a for a, b in pairwise(apart))
    steps = list(range(len(chosen))) if side_by_side else apart
    forms = [{word.form} | (_some(words, chance) if chance.random() < 0.2 else set()) for word in chosen]
    return list(zip(steps, forms, strict=True)), chance.choice([0, 0, 1, 3, 8])


def _some(words: Sequence[Word], chance: random.Random) -> set[str]:
    return {word.form for word in chance.sample(words, min(len(words), chance.choice([1, 2, 6])))}


def assert_same(lang: str, text: str, chance: random.Random) -> None:
    chain = chain_for(lang)
    words = chain.words(text)
    if not words:
        return
    needles = needles_from(words, chance)
    marker = Marker(chain, needles)
    assert marker.mark(text) == oracle.mark(text, chain, needles), ascii(text)
    count, length = chance.randint(1, 4), chance.choice([30, 90, 220, 400])
    expected = oracle.passages(text, chain, needles, count=count, length=length)
    assert marker.passages(text, count=count, length=length) == expected, ascii(text)


def test_random_text_of_all_scripts() -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    for _ in range(500):
        some = chance.sample(PIECES + SPACES, chance.randint(2, 20))
        size = chance.choice([5, 50, 300])
        text = "".join(
            chance.choice(some) if chance.random() < 0.98 else chr(chance.randrange(0x20, 0x3100)) for _ in range(size)
        )
        assert_same(chance.choice(LANGS), text, chance)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["events", "sib200-dev", "xquad/ar", "xquad/zh", "xquad/ru", "reuters"])
def test_real_archives(shared: Path, name: str) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    rows = texts_of(shared, name)
    for lang, text in chance.sample(rows, min(len(rows), 240)):
        assert_same(lang, text, chance)
