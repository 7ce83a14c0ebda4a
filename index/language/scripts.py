"""In which scripts a text is written, and what each of them says of its language.

The tables are ``detection_scripts.tsv`` and ``detection_signs.tsv``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.analysis.tables import rows

END = 0x32400
"""Beyond the last letter of Unicode's planes that is assigned."""
IDEOGRAPH_WEIGHT = 4
"""How many letters of an alphabet one of Han, kana or Hangul counts for."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Letters and words that tell a language from the usual one of its script."""

    lang: str
    words: tuple[str, ...]
    share: float
    """Of the letters, above which they decide."""


@dataclass(frozen=True, slots=True)
class Script:
    """One script, and which languages are written in it."""

    name: str
    """ISO 15924; ``Kana`` is both kana."""
    number: int
    """In :func:`script_table`."""
    languages: tuple[str, ...]
    """What it may be; where there are several, the profiles choose."""
    profiled: frozenset[str]
    """The same where the profiles choose, else none."""
    rare: frozenset[str]
    """Of these, the languages that hardly any press is written in."""
    signs: tuple[Sign, ...]
    weight: int


@lru_cache(maxsize=1)
def script_rules() -> tuple[Script, ...]:
    """All scripts that we have a rule for, in the order of their numbers, which begin at 1."""
    signs: dict[str, list[Sign]] = {}
    for name, lang, words, share in rows("detection_signs.tsv", package="index.language"):
        signs.setdefault(name, []).append(
            Sign(lang, tuple(word.replace("_", " ") for word in words.split()), float(share))
        )
    found: list[Script] = []
    for name, lang, several, rare in rows("detection_scripts.tsv", package="index.language"):
        weight = IDEOGRAPH_WEIGHT if name in ("Hani", "Kana", "Hang") else 1
        languages = tuple(several.split()) if lang == "profiles" else (lang,)
        found.append(
            Script(
                name,
                len(found) + 1,
                languages,
                frozenset(several.split()),
                frozenset(rare.split()),
                tuple(signs.get(name, ())),
                weight,
            )
        )
    return tuple(found)


def script_table() -> NDArray[np.uint8]:
    """The number of the script of each letter below ``END``: 0 for no letter, the highest for a letter of a script
    without a rule. Cost: tens of milliseconds."""
    import regex

    # A surrogate is no character of its own; as spaces, those keep the others in their places.
    everything = "".join(" " if 0xD800 <= code <= 0xDFFF else chr(code) for code in range(END))
    table = np.zeros(END, np.uint8)
    numbers = {script.name: script.number for script in script_rules()}
    for found in regex.finditer(r"\p{L}+", everything):
        table[found.start() : found.end()] = len(numbers) + 1
    for name, number in numbers.items():
        letters = r"[\p{Hira}\p{Kana}\u30fc]+" if name == "Kana" else rf"[\p{{Script={name}}}&&\p{{L}}]+"
        for found in regex.finditer(letters, everything, regex.VERSION1):
            table[found.start() : found.end()] = number
    return table
