"""Month names of all languages: from words to a date, by dateparser and a table of what it lacks.

dateparser is asked only in languages that have a word of the text as a month's name, so that garbage costs next to
nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from index.analysis.tables import rows
from index.dates import DateParts

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_TOKEN = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e\u200c]|[^\W\d_])*")

_CANDIDATES = 4
"""Languages to try when the given one has no such month name; one that more share is the same month nearly always."""


def date_in_words(text: str, lang: str) -> DateParts | None:
    """Month names of all languages, by dateparser."""
    if len(text) > 80 or not re.search(r"\d{4}", text):
        return None
    words = {word.casefold() for word in _TOKEN.findall(text)}
    if lang in ("fa", "ps") and (found := _jalali(text)):
        return found
    known = _languages_of_month_words()
    mine = {code for word in words for code in known.get(word, ())} | {
        code for word in words for code in known.get(word[1:], ()) if code == "he"
    }
    candidates = [code for code in _codes_of(lang) if code in _languages_by_use()]
    candidates += [code for code in _languages_by_use() if code in mine and code not in candidates][:_CANDIDATES]
    short = " ".join(_short_words_dropped(text, known))
    for code in candidates:
        for spelling in dict.fromkeys((text, short)):
            data = _parser(code).get_date_data(spelling)
            if data.date_obj is not None and {"year", "month"} <= set(data.parts or ()):
                day = data.date_obj.day if "day" in data.parts else None
                return DateParts(data.date_obj.year, data.date_obj.month, day)
    return None


def with_english_months(text: str) -> str:
    """``text`` with the month names of our own table in English."""
    words = _month_words()
    return _month_words_pattern().sub(lambda match: words[match[0].lower()], text)


def _short_words_dropped(text: str, known: dict[str, tuple[str, ...]]) -> list[str]:
    """The pieces of ``text`` without what languages write between day, month and year (``m.``, ``d.``, ``gada``)."""
    return [
        piece
        for piece in text.replace(",", " ").split()
        if any(c.isdigit() for c in piece) or len(piece.strip(".")) > 4 or piece.strip(".").casefold() in known
    ]


def _jalali(text: str) -> DateParts | None:
    """A date with Iranian month names."""
    from dateparser.calendars.jalali import JalaliCalendar

    for pieces in (text, re.sub(r"^\D+", "", text)):
        data = JalaliCalendar(pieces).get_date()
        if data is not None and data.date_obj is not None and {"year", "month", "day"} <= set(data.parts or ()):
            return DateParts(data.date_obj.year, data.date_obj.month, data.date_obj.day)
    return None


def _codes_of(lang: str) -> list[str]:
    """dateparser's codes for a language of ours."""
    if not lang:
        return []
    same = {"no": ["nb", "nn"], "tl": ["fil", "tl"], "ku": ["ckb"], "iw": ["he"]}
    return same.get(lang, [lang, *(code for code in _languages_by_use() if code.startswith(f"{lang}-"))])


@lru_cache(maxsize=1)
def _languages_by_use() -> list[str]:
    from dateparser.data.languages_info import language_order

    return list(language_order)


@lru_cache(maxsize=1)
def _languages_of_month_words() -> dict[str, tuple[str, ...]]:
    """For each word in a month name: the languages that have it. Cost: 0.15 s, once."""
    found: dict[str, set[str]] = {}
    for code in _languages_by_use():
        info = import_module(f"dateparser.data.date_translation_data.{code}").info
        for month in _MONTHS:
            for name in info.get(month, ()):
                for word in _TOKEN.findall(unicodedata.normalize("NFC", name)):
                    if len(word) > 1:
                        found.setdefault(word.casefold(), set()).add(code)
    return {word: tuple(codes) for word, codes in found.items()}


@lru_cache(maxsize=256)
def _parser(code: str) -> DateDataParser:
    from dateparser.date import DateDataParser

    settings = {
        "PARSERS": ["absolute-time"],
        "REQUIRE_PARTS": ["month", "year"],
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    return DateDataParser(languages=[code], settings=settings)


@lru_cache(maxsize=1)
def _month_words() -> dict[str, str]:
    return {word.lower(): month for word, month in rows("month_words.tsv", package="index.dates")}


@lru_cache(maxsize=1)
def _month_words_pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(_month_words(), key=len, reverse=True))
    return re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])", re.I)
