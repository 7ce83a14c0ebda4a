"""What hangs on a word of a query: a fuzziness, wildcards, a question mark."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from search.query.text import is_word_char

MAX_DISTANCE = 2
"""Letters that a fuzzy word may differ by."""
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
    """Splits ``word~2`` into the word and its distance, mending what is no distance; question marks at its end ask, and
    are no wildcards."""
    typed = re.sub(r"[?!.:\u2026]*\?[?!.:\u2026]*$", "", typed)
    found = re.search(r"~[~\d.]*$", typed)
    if not found:
        return Fuzziness(typed, 0)
    word, number, at = fuzziness(typed[: found.start()]).word, found[0][1:], found.start()
    if number and not (number.isdecimal() and int(number) > 0):
        return Fuzziness(word, 1, at, "bad_fuzzy", "Behind ~ stands 1 or 2; 1 was taken.")
    if int(number or 1) > MAX_DISTANCE:
        message = f"A fuzzy word may differ by {MAX_DISTANCE} letters at most; that was taken."
        return Fuzziness(word, MAX_DISTANCE, at, "fuzzy_too_far", message)
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
