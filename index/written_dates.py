"""Dates as people write them: ``5. Februar 2026, 12:38``, ``Thu, 05 Feb 2026 12:38:09 GMT``, ``05/02/2026``.

The clock and its zone are taken out first, by rule; what is left is a day, a month or a year: numbers and English by
rule, month names of other languages by dateparser, and only in languages that have the word: garbage costs next to
nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING

from index.date_order import NUMERIC, order_of_language
from index.dates import DateParts, Order, parts_of_numbers, written_offset

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_US_ZONES = {"ET": "New_York", "CT": "Chicago", "MT": "Denver", "PT": "Los_Angeles"}
_NO_ZONES = frozenset({"AM", "PM", "AD", *(month[:3].upper() for month in _MONTHS)})

_YEAR = r"(\d{4}|['’]?\d\d)"
_WORDS = r"(?:[^\W\d]{1,14}(?:-[^\W\d]{1,14})?[.:]?,?\s+){0,2}"
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\.?"
_DAY_FIRST = re.compile(
    _WORDS + r"(\d{1,2})(?:st|nd|rd|th|\.)?(?:\s+(?:of|de))?[\s,-]*" + _MONTH + r"(?:\s+de)?[\s,-]*" + _YEAR, re.I
)
_MONTH_FIRST = re.compile(_WORDS + _MONTH + r"[\s,-]*(\d{1,2})(?:st|nd|rd|th)?\.?,?\s+" + _YEAR, re.I)
_MONTH_ONLY = re.compile(_WORDS + _MONTH + r"[\s,-]*(\d{4})", re.I)
_MONTH_AND_YEAR = re.compile(r"(\d{1,2})[./-](\d{4})")
_EAST_ASIAN = re.compile(
    r"[^\d]{0,8}(\d{4})\s?[年년](?:\s?(\d{1,2})\s?[月월](?:\s?(\d{1,2})\s?[日일号號])?)?[^\d]{0,8}"
)

_CLOCK = re.compile(
    r"(?<![\d:./-])(\d{1,2})(?:"
    r":(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?"
    r"|\s?[hH](?:\s?(\d\d))?(?!\w)"
    r"|\s?[時时点點시](?:\s?(\d{1,2})\s?[分분](?:\s?(\d{1,2})\s?[秒초])?)?"
    r")(?![\d:])"
)
_DOTTED_CLOCK = re.compile(r"(?<=\d{4})([^\d]{1,14})(\d{1,2})\.(\d\d)(?![.\d])")
_ZONE = re.compile(r"\s?\(?((?:UTC|GMT|Z)?\s?[+-]\d{1,2}(?::?\d\d)?|UTC|GMT|Z)\)?(?!\w)")
_ZONE_NAME = re.compile(r"\s?\(?([A-Z]{2,5})\)?(?!\w)")
_IN_BRACKETS = re.compile(r"[(（\[][^)）\]\d]{1,40}[)）\]]")
_TOKEN = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e\u200c]|[^\W\d_])*")

_CANDIDATES = 4
"""Languages to try when the given one has no such month name; one that more share is the same month nearly always."""


def parts_of_words(text: str, lang: str | None, order: Order | None, this_year: int) -> DateParts | None:
    """The date that ``text`` says, or ``None``; see :func:`index.dates.read_date`."""
    text = plain(text)
    if not any(character.isdigit() for character in text):
        return None
    rest, clock = take_clock(text)
    rest = _with_english_months(rest.strip(" ,;|·•–—-"))
    language = (lang or "").replace("_", "-").partition("-")[0].lower()
    found = (
        parts_of_numbers(rest)
        or _numeric(rest, order or order_of_language(lang), this_year)
        or _east_asian(rest)
        or _english(rest, this_year)
        or _in_words(rest, language)
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


def take_clock(text: str) -> tuple[str, DateParts | None]:
    """``text`` without its time of day and zone, and these (year 0)."""
    text, half = _take_half(text)
    match = _CLOCK.search(text)
    if match is not None:
        start, hour = match.start(), match[1]
        minute, second = match[2] or match[4] or match[5], match[3] or match[6]
    elif (match := _DOTTED_CLOCK.search(text)) is not None:
        start, hour, minute, second = match.end(1), match[2], match[3], None
    elif half and (match := re.search(r"(?<![\d.])(\d{1,2})\s*\x00", text)):
        start, hour, minute, second = match.start(), match[1], None, None
    else:
        return text.replace("\0", " "), None
    after = text[match.end() :]
    hours = int(hour) % 12 + (12 if half == "pm" else 0) if half and int(hour) <= 12 else int(hour)
    after, zone = _take_zone(after.replace("\0", " ").lstrip())
    rest = " ".join(_IN_BRACKETS.sub(" ", f"{text[:start]} {after}").replace("\0", " ").split()).replace(" ,", ",")
    return rest, DateParts(0, None, None, hours, int(minute) if minute else None, int(second) if second else None, zone)


def _take_half(text: str) -> tuple[str, str | None]:
    """``text`` with its word for a half of the day replaced by NUL, and ``am`` or ``pm``."""
    match = _halves_pattern().search(text)
    if match is None:
        return text, None
    return f"{text[: match.start()]}\0{text[match.end() :]}", _halves()[match[0].lower()]


def _take_zone(text: str) -> tuple[str, str | None]:
    match = _ZONE.match(text)
    if match is not None:
        return text[match.end() :], written_offset(match[1])
    match = _ZONE_NAME.match(text)
    if match is None or match[1] in _NO_ZONES:
        return text, None
    zone = _named_zone(match[1])
    return (text[match.end() :], zone) if zone else (text, None)


@lru_cache(maxsize=256)
def _named_zone(name: str) -> str | None:
    """The zone that letters such as ``EST`` mean: where several use them, the one that dateparser takes."""
    if name in _US_ZONES:
        return f"America/{_US_ZONES[name]}"
    from dateparser.timezone_parser import pop_tz_offset_from_string

    _, zone = pop_tz_offset_from_string(f"12:00 {name}")
    offset = zone.utcoffset(None) if zone is not None else None
    if offset is None:
        return None
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


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
        1 + [name[:3] for name in _MONTHS].index(month.lower()),
        int(day) if day else None,
    )


def _century(year: int, this_year: int) -> int:
    """The year of two digits that is next to now, and not after the coming year."""
    year += this_year // 100 * 100
    return year - 100 if year > this_year + 1 else year


def _in_words(text: str, lang: str) -> DateParts | None:
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


def _with_english_months(text: str) -> str:
    """``text`` with the month names of our own table in English."""
    words = _month_words()
    return _month_words_pattern().sub(lambda match: words[match[0].lower()], text)


@lru_cache(maxsize=1)
def _month_words() -> dict[str, str]:
    return {word.lower(): month for word, month in _table("month_words.tsv")}


@lru_cache(maxsize=1)
def _month_words_pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(_month_words(), key=len, reverse=True))
    return re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])", re.I)


@lru_cache(maxsize=1)
def _halves() -> dict[str, str]:
    return {word.lower(): half for word, half in _table("day_halves.tsv")}


@lru_cache(maxsize=1)
def _halves_pattern() -> re.Pattern[str]:
    words = sorted(_halves(), key=len, reverse=True)
    # Beside a clock only: before one, or behind one.
    spaced = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?:(?<=\d)|(?<=\d\s)|(?<![^\W\d_])(?=[^\d\s]+\s?\d))(?:{spaced})(?![^\W\d_])", re.I)


def _table(name: str) -> list[tuple[str, str]]:
    rows = files("index").joinpath(name).read_text(encoding="utf-8").splitlines()
    pairs = (row.split("\t") for row in rows if row and not row.startswith("#"))
    return [(first, second) for first, second in pairs]
