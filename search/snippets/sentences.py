"""Where sentences begin, in any script, well enough to cut a passage of text there.

Terminators are those of Unicode's ``Sentence_Terminal`` that news is written with. A full stop is doubtful where an
abbreviation, an initial or an ordinal stands before it or a small letter follows; then the sentence goes on.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

CLOSERS = "\"'”’»›)]」』】》）"
# Those that end a sentence whatever follows: no space stands behind them, or they serve nothing else.
CERTAIN_ENDS = "。！？｡։۔।॥။។።፧፨"
DOUBTFUL_ENDS = ".!?…؟ฯ"
_END = rf"\n\s*|[{CERTAIN_ENDS}]+[{re.escape(CLOSERS)}]*\s*|[{DOUBTFUL_ENDS}]+[{re.escape(CLOSERS)}]*\s+"
_ENDINGS = frozenset(CERTAIN_ENDS + DOUBTFUL_ENDS + CLOSERS)
_WORD_BEFORE = r"[^\W_]+$"


@cache
def _end() -> re.Pattern[str]:
    return re.compile(_END)


@cache
def _word_before() -> re.Pattern[str]:
    return re.compile(_WORD_BEFORE)


def sentence_starts(text: str, first: int, last: int) -> list[int]:
    """The places in ``first < place <= last`` where a sentence of ``text`` begins, ascending. Cost: linear."""
    return [
        end.end()
        for end in _end().finditer(text, first, last)
        if text[end.start()] in CERTAIN_ENDS or _ends_sentence(text, end.start(), end.end())
    ]


def begins_sentence(text: str, place: int) -> bool:
    """Whether only white space lies between ``place`` and the beginning of a sentence, or of the text."""
    before, behind = place, place
    while before > 0 and text[before - 1].isspace():
        before -= 1
    while behind < len(text) and text[behind].isspace():
        behind += 1
    if not before or behind == len(text):
        return True
    if text[before - 1] not in _ENDINGS and "\n" not in text[before:behind]:
        return False
    return behind in sentence_starts(text, max(0, before - 6), behind)


def _ends_sentence(text: str, stop: int, following: int) -> bool:
    """Whether the sign or line break at ``stop`` ends a sentence, the next word beginning at ``following``. Some
    archives break their lines at a width: a line that begins small goes on with the one before."""
    if text[following : following + 1].islower():
        return False
    if text[stop] != "." or "\n" in text[stop:following]:
        return True
    before = _word_before().search(text, max(0, stop - 20), stop)
    if before is None:
        return True
    word = before[0].casefold()
    return not (len(word) == 1 or (word.isdecimal() and len(word) <= 2) or word in abbreviations())


@cache
def abbreviations() -> frozenset[str]:
    """Words before a full stop that seldom end a sentence, case-folded."""
    lines = Path(__file__).with_name("abbreviations.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
