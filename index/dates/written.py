"""Dates as people write them: ``5. Februar 2026, 12:38``, ``Thu, 05 Feb 2026 12:38:09 GMT``, ``05/02/2026``.

The clock and its zone are taken out first; what is left is a day, a month or a year: numbers and English by rule, month
names of other languages by :mod:`index.dates.months`.
"""

from __future__ import annotations

import re
import unicodedata

from index.dates import DateParts, Order, parts_of_numbers
from index.dates.clock import take_clock
from index.dates.months import date_in_words, with_english_months
from index.dates.order import NUMERIC, order_of_language

_YEAR = r"(\d{4}|['’]?\d\d)"
_WORDS = r"(?:[^\W\d]{1,14}(?:-[^\W\d]{1,14})?[.:]?,?\s+){0,2}"
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\.?"
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAY_FIRST = re.compile(
    _WORDS + r"(\d{1,2})(?:st|nd|rd|th|\.)?(?:\s+(?:of|de))?[\s,-]*" + _MONTH + r"(?:\s+de)?[\s,-]*" + _YEAR, re.I
)
_MONTH_FIRST = re.compile(_WORDS + _MONTH + r"[\s,-]*(\d{1,2})(?:st|nd|rd|th)?\.?,?\s+" + _YEAR, re.I)
_MONTH_ONLY = re.compile(_WORDS + _MONTH + r"[\s,-]*(\d{4})", re.I)
_MONTH_AND_YEAR = re.compile(r"(\d{1,2})[./-](\d{4})")
_EAST_ASIAN = re.compile(
    r"[^\d]{0,8}(\d{4})\s?[年년](?:\s?(\d{1,2})\s?[月월](?:\s?(\d{1,2})\s?[日일号號])?)?[^\d]{0,8}"
)


def parts_of_words(text: str, lang: str | None, order: Order | None, this_year: int) -> DateParts | None:
    """The date that ``text`` says, or ``None``; see :func:`index.dates.read_date`."""
    text = plain(text)
    if not any(character.isdigit() for character in text):
        return None
    rest, clock = take_clock(text)
    rest = with_english_months(rest.strip(" ,;|·•–—-"))
    language = (lang or "").replace("_", "-").partition("-")[0].lower()
    found = (
        parts_of_numbers(rest)
        or _numeric(rest, order or order_of_language(lang), this_year)
        or _east_asian(rest)
        or _english(rest, this_year)
        or date_in_words(rest, language)
    )
    if found is None:
        return None
    return _with_clock(_other_calendar(found, language, text), clock)


def plain(text: str) -> str:
    """``text`` with ASCII digits and punctuation of ASCII width, without marks of direction, single-spaced."""
    kept = []
    for character in unicodedata.normalize("NFC", text):
        if not character.isascii():
            if unicodedata.category(character) == "Cf" and character != "\u200c":
                continue
            digit = unicodedata.decimal(character, None)
            if digit is not None:
                character = str(digit)
            elif "\uff01" <= character <= "\uff5e":
                character = chr(ord(character) - 0xFEE0)
        kept.append(character)
    return " ".join("".join(kept).split())


def _with_clock(date: DateParts, clock: DateParts | None) -> DateParts:
    if clock is None or date.hour is not None or date.day is None:
        return date
    return clock._replace(year=date.year, month=date.month, day=date.day)


def _numeric(text: str, order: Order, this_year: int) -> DateParts | None:
    """Three numbers, two with the year last, weekday and a label around them left aside."""
    match = _MONTH_AND_YEAR.fullmatch(text)
    if match is not None:
        return DateParts(int(match[2]), int(match[1]))
    match = NUMERIC.fullmatch(text)
    if match is None:
        return None
    first, second, third = match["first"], match["second"], match["third"]
    if len(first) == 4:
        return DateParts(int(first), int(second), int(third))
    if order == "YMD" and len(third) == 2 and int(second) <= 12:
        return DateParts(_century(int(first), this_year), int(second), int(third))
    month_first = int(second) > 12 or (order == "MDY" and int(first) <= 12)
    month, day = (int(first), int(second)) if month_first else (int(second), int(first))
    return DateParts(_century(int(third), this_year) if len(third) == 2 else int(third), month, day)


def _east_asian(text: str) -> DateParts | None:
    match = _EAST_ASIAN.fullmatch(text)
    return DateParts(*(int(number) if number else None for number in match.groups())) if match else None  # type: ignore[arg-type]


def _english(text: str, this_year: int) -> DateParts | None:
    """Day, month name and year in either order, or month and year."""
    if match := _DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
    elif match := _MONTH_FIRST.fullmatch(text):
        month, day, year = match.groups()
    elif match := _MONTH_ONLY.fullmatch(text):
        (month, year), day = match.groups(), None
    else:
        return None
    number = int(year.lstrip("'’"))
    return DateParts(
        number if len(year) == 4 else _century(number, this_year),
        1 + _MONTHS.index(month.lower()),
        int(day) if day else None,
    )


def _century(year: int, this_year: int) -> int:
    """The year of two digits that is next to now, and not after the coming year."""
    year += this_year // 100 * 100
    return year - 100 if year > this_year + 1 else year


def _other_calendar(date: DateParts, lang: str, text: str) -> DateParts:
    """Buddhist years in Thai, and the numbers of Iranian dates in Persian, as the common calendar counts."""
    if 2400 <= date.year <= 2743 and (lang == "th" or re.search("[\u0e01-\u0e2e]", text)):
        return date._replace(year=date.year - 543)
    if lang in ("fa", "ps") and 1250 <= date.year <= 1500:
        from convertdate import persian

        if not date.month or not date.day:
            return date._replace(year=0)
        try:
            year, month, day = persian.to_gregorian(date.year, date.month, date.day)
        except ValueError:
            return date._replace(year=0)
        return date._replace(year=year, month=month, day=day)
    return date
