"""Finding words in text: Unicode's word boundaries (UAX #29), with graphemes where words are not spaced.

Two tailorings of UAX #29 follow CLDR: a colon joins letters in Finnish and Swedish only, and what is written
without spaces between words (Han, kana, Thai, Lao, Khmer, Burmese ...) becomes runs of graphemes. Hangul, which is
spaced but glues its particles on, becomes runs too, each inside its spaced word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import regex

# Written without spaces between words. Line_Break=SA is Unicode's own list for South East Asia; the others are unspaced
# by custom though no dictionary is needed to break their lines.
UNSPACED = (
    r"[\p{Ideographic}[\p{Script=Han}&&\p{L}][\p{Script=Hiragana}&&\p{L}][\p{Script=Katakana}&&\p{L}]\u30fc\uff70"
    r"\p{Line_Break=SA}[\p{Script=Khmer}&&\p{L}][\p{Script=Yi}&&\p{L}][\p{Script=Javanese}&&\p{L}]"
    r"[\p{Script=Balinese}&&\p{L}]]"
)
HANGUL = r"[\p{Script=Hangul}&&\p{L}]"
EXTEND = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]"
HEBREW = r"\p{WB=Hebrew_Letter}"
LETTER = rf"[[\p{{WB=ALetter}}{HEBREW}]--{UNSPACED}--{HANGUL}]"
DIGIT = r"\p{WB=Numeric}"
JOINER = r"\p{WB=ExtendNumLet}"
_MID_BOTH = r"\p{WB=MidNumLet}\p{WB=Single_Quote}"
MID_LETTER = rf"[\p{{WB=MidLetter}}{_MID_BOTH}]"
MID_DIGIT = rf"[\p{{WB=MidNum}}{_MID_BOTH}]"
COLON = r"[:\ufe55\uff1a]"
ZERO_WIDTH_SPACE = "\u200b"
APOSTROPHES = "['’‘ʼʻ＇]"
ALONE = r"[\p{Ideographic}\u3041-\u3096\u30a1-\u30fc々가-힣]"
"""A run of nothing else has one grapheme per code point: Han, kana and composed Hangul without marks."""

# What the simple pattern knows: Latin, Greek, Cyrillic, Armenian, Georgian, Ethiopic, punctuation, symbols and emoji.
_SIMPLE_RANGES = (
    (0x0, 0x590),
    (0x10A0, 0x1100),
    (0x1200, 0x1380),
    (0x1C90, 0x1CC0),
    (0x1E00, 0x2E80),
    (0xFFFD, 0xFFFE),
    (0x1F300, 0x1FB00),
)


class WordFinder:
    """Finds spaced words and unspaced runs. Immutable once made.

    Most news is in alphabets without combining marks, where the standard library's patterns need a third of the
    time: such texts take a pattern made of the same Unicode properties for those alphabets only.
    """

    def __init__(self, *, colon_joins: bool) -> None:
        mid_letter = MID_LETTER if colon_joins else f"[{MID_LETTER}--{COLON}]"
        self._full = _full_pattern(mid_letter)
        self._simple, self._not_simple = _simple_patterns(mid_letter)

    def spans(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """``(start, end, is_run)`` of each spaced word and each run of ``text``, in order. Cost: linear in the text."""
        if self._not_simple.search(text) is None:
            for match in self._simple.finditer(text):
                yield *match.span(), False
        else:
            for found in self._full.finditer(text):
                yield *found.span(), found.lastindex == 1


@lru_cache(maxsize=2)
def word_finder(*, colon_joins: bool) -> WordFinder:
    """The one finder of its kind."""
    return WordFinder(colon_joins=colon_joins)


def graphemes(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The spans of the user-perceived characters of ``text[start:end]``: UAX #29's clusters, with all their marks. (It
    lets the Burmese vowel signs U+102B, U+102C and visarga begin one of their own.)"""
    if _one_by_one().fullmatch(text, start, end):
        return [(at, at + 1) for at in range(start, end)]
    return [match.span() for match in _grapheme_pattern().finditer(text, start, end)]


def elided(text: str, start: int, end: int, articles: frozenset[str]) -> list[tuple[int, int]]:
    """The spans a word falls into where articles are joined on by an apostrophe: ``l’état`` is ``l`` and ``état``."""
    apostrophe = _apostrophe()
    spans = []
    while found := apostrophe.search(text, start, end):
        if text[start : found.start()].casefold() not in articles:
            break
        spans.append((start, found.start()))
        start = found.end()
    if start < end:
        spans.append((start, end))
    return spans


def _full_pattern(mid_letter: str) -> regex.Pattern[str]:
    letters = f"{LETTER}[{LETTER}{EXTEND}]*+"
    digits = f"{DIGIT}[{DIGIT}{EXTEND}]*+"
    after_hebrew = f"(?<={HEBREW}{EXTEND}{{0,4}})"
    spaced = (
        f"(?:{letters}"  # WB4, WB5
        f"(?:{mid_letter}{EXTEND}*+(?={LETTER})"  # WB6, WB7
        f'|{after_hebrew}"{EXTEND}*+(?={HEBREW}))?+'  # WB7b, WB7c
        f"|{digits}(?:{MID_DIGIT}{EXTEND}*+(?={DIGIT}))?+"  # WB8, WB11, WB12
        f"|{JOINER}{EXTEND}*+)++"  # WB9, WB10, WB13a, WB13b
        f"(?:{after_hebrew}'{EXTEND}*+)?+"  # WB7a
    )
    # A zero-width space marks a possible line break inside a Khmer or Thai run: it does not end the run.
    run = rf"{UNSPACED}[{UNSPACED}{EXTEND}\u200b]*+|{HANGUL}[{HANGUL}{EXTEND}]*+"
    return regex.compile(f"{spaced}|({run})", regex.VERSION1)


def _simple_patterns(mid_letter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The pattern for simple alphabets, and one that finds what is outside of them."""
    everything = "".join(chr(code) for first, end in _SIMPLE_RANGES for code in range(first, end))

    def members(char_class: str) -> str:
        return _as_ranges(regex.findall(char_class, everything, regex.VERSION1))

    letter, digit, joiner = members(LETTER), members(DIGIT), members(JOINER)
    pattern = (
        f"(?:[{letter}]++(?:[{members(mid_letter)}](?=[{letter}]))?+"
        f"|[{digit}]++(?:[{members(MID_DIGIT)}](?=[{digit}]))?+|[{joiner}]++)++"
    )
    outside = members(f"[{EXTEND}{HEBREW}{UNSPACED}{HANGUL}]")
    return re.compile(pattern), re.compile(f"[^{_as_ranges(everything)}]|[{outside}]")


def _as_ranges(letters: Iterable[str]) -> str:
    """The inside of a character class, in ranges: the compiler tries each single sign beyond the BMP in turn."""
    ranges: list[list[int]] = []
    for code in map(ord, letters):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


@lru_cache(maxsize=1)
def _apostrophe() -> re.Pattern[str]:
    return re.compile(APOSTROPHES)


@lru_cache(maxsize=1)
def _grapheme_pattern() -> regex.Pattern[str]:
    return regex.compile(r"\X\p{M}*+")


@lru_cache(maxsize=1)
def _one_by_one() -> regex.Pattern[str]:
    return regex.compile(f"{ALONE}+")
