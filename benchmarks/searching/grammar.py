"""Random queries of the whole query language, made to be costly: frequent words, short prefixes, deep trees."""

from __future__ import annotations

import random
from collections.abc import Sequence

FREQUENT = (
    "the of and in to for is said 的 在 中国 北京 ในการ ประเทศ und die der les des las في من на и ati ní waa ya".split()
)
PATTERNS = ("a*", "s*", "th*", "*a*", "*tion", "?a*", "b?r*", "*e?", "co*n", "北*", "с*", "ال*")
FILTERS = (
    "section:sport",
    "lang:en",
    "-lang:en",
    "date:2020",
    "date:2015..2021",
    "source:a*",
    "section:*o*",
    "author:x",
)


def random_query(chance: random.Random, words: Sequence[str], depth: int = 3) -> str:
    """A query of up to 30 or so leaves; one in forty is signs thrown together."""
    if depth == 3 and chance.random() < 0.025:
        pieces = (*words[:20], *FREQUENT, *PATTERNS, *'"()[]-+~^*?: AND OR NOT ~2 title:( date:['.split(" "), " ", " ")
        return "".join(chance.choice(pieces) for _ in range(chance.randint(1, 40)))[:500]
    kind = chance.random()
    if depth and kind < 0.55:
        parts = [random_query(chance, words, depth - 1) for _ in range(chance.choice((2, 2, 3, 4)))]
        return _joined(chance, parts)[:500]
    return _leaf(chance, words)


def _joined(chance: random.Random, parts: Sequence[str]) -> str:
    match chance.randrange(5):
        case 0 | 1:
            return " ".join(parts)
        case 2:
            return f"({' OR '.join(parts)})"
        case 3:
            return f"({' AND '.join(parts)})"
    return f"{' '.join(parts[:-1])} NOT ({parts[-1]})"


def _leaf(chance: random.Random, words: Sequence[str]) -> str:
    def word() -> str:
        return chance.choice(FREQUENT) if chance.random() < 0.3 else chance.choice(words)

    match chance.randrange(16):
        case 0 | 1 | 2 | 3 | 4:
            return word()
        case 5 | 6:
            return f'"{word()} {word()}"' + chance.choice(("", "", "~3", "~10"))
        case 7:
            return f'"{word()} {word()} {word()}"'
        case 8:
            return f"{word()}~{chance.choice((1, 2))}"
        case 9:
            return f"{word()[: chance.choice((1, 2, 3))]}*"
        case 10:
            return chance.choice(PATTERNS)
        case 11:
            return chance.choice(FILTERS)
        case 12:
            return f"{chance.choice(('title', 'body'))}:{word()}"
        case 13:
            return f"{word()}^{chance.choice((0.5, 2, 10))}"
        case 14:
            return " ".join(word() for _ in range(chance.randint(2, 8)))
    return "".join(chance.choice("中国政府经济北京上海的人在大学生工作") for _ in range(chance.randint(1, 42)))
