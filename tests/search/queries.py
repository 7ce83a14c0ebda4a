"""Random queries over the words of :mod:`tests.oracle.articles`."""

from __future__ import annotations

import random

from tests.oracle.articles import WORDS


def random_query(rng: random.Random, depth: int = 2) -> str:
    """A query in our own language."""

    def word() -> str:
        return rng.choice(WORDS[rng.choice(list(WORDS))])

    kind = rng.randint(0, 12 if depth else 6)
    match kind:
        case 0 | 1 | 2:
            return word()
        case 3:
            return f"{rng.choice(('title', 'body'))}:{word()}"
        case 4:
            return f'"{word()}"'
        case 5:
            return f'"{word()} {word()}"' + rng.choice(("", "", "~3"))
        case 6:
            return rng.choice(
                ("bri*", "haf*", "мос*", "section:sport", "lang:de", "date:2025", "date:2024-05..2025-03")
            )
        case 7 | 8:
            return f"{random_query(rng, depth - 1)} {random_query(rng, depth - 1)}"
        case 9:
            return f"({random_query(rng, depth - 1)} OR {random_query(rng, depth - 1)})"
        case 10:
            return f"({random_query(rng, depth - 1)} AND {random_query(rng, depth - 1)})"
        case 11:
            return f"{random_query(rng, depth - 1)} -{word()}"
    return f"(NOT {random_query(rng, depth - 1)})"
