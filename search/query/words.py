"""What hangs on a word of a query: a fuzziness, wildcards, a question mark."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from search.query.text import is_word_char

MAX_DISTANCE = 2
"""Letters that a fuzzy word may differ by; but one of its own at least stays, or it were any short word. Lucene's
``FuzzyQuery`` has the same two limits."""
_TOO_FAR = (
    "A word of one letter can't be fuzzy; the ~ was left out.",
    "A word of two letters may differ by one at most; that was taken.",
    "A fuzzy word may differ by two letters at most; that was taken.",
)
LITERALS = 2
"""Letters or digits that a pattern must name, lest it match half the lexicon."""


class Fuzziness(NamedTuple):
    """A word without its ``~``."""

    word: str
    distance: int
    """Letters that may differ; 0: it is not fuzzy."""
    at: int = 0
    """Where in the word the ``~`` stands."""
    code: str | None = None
    """Of the warning, where the ``~`` could not be taken as typed."""
    message: str = ""


class WordPattern(NamedTuple):
    """A word with its wildcards understood."""

    kind: Literal["word", "prefix", "wildcard"]
    text: str
    """Without the star of a prefix; a word without its wildcards."""
    too_short: bool = False
    """Whether wildcards were dropped because too few letters stand beside them."""


def fuzziness(typed: str) -> Fuzziness:
    """Splits ``word~2`` into the word and its distance, mending what is no distance for it; question marks at its end
    ask, and are no wildcards."""
    typed = re.sub(r"[?!.:\u2026]*\?[?!.:\u2026]*$", "", typed)
    found = re.search(r"~[~\d.]*$", typed)
    if not found:
        return Fuzziness(typed, 0)
    word, number, at = fuzziness(typed[: found.start()]).word, found[0][1:], found.start()
    most = min(MAX_DISTANCE, max(0, sum(map(str.isalnum, word)) - 1))
    if number and not (number.isdecimal() and int(number) > 0):
        return Fuzziness(word, min(1, most), at, "bad_fuzzy", "Behind ~ stands 1 or 2; 1 was taken.")
    if int(number or 1) > most and word:
        return Fuzziness(word, most, at, "fuzzy_too_far", _TOO_FAR[most])
    return Fuzziness(word, int(number or 1))


def word_pattern(typed: str) -> WordPattern:
    """Whether a word is a pattern, and of which kind."""
    text = re.sub(r"\*+", "*", typed)
    if "*" not in text and "?" not in text:
        return WordPattern("word", text)
    if sum(map(str.isalnum, text)) < LITERALS:
        return WordPattern("word", "".join(filter(is_word_char, text)), too_short=True)
    if "?" not in text and text.find("*") == len(text) - 1:
        return WordPattern("prefix", text[:-1])
    return WordPattern("wildcard", text)
