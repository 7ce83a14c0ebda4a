"""The time of day in a written date, its half of the day, and its zone."""

from __future__ import annotations

import re
from functools import lru_cache

from index.analysis.tables import rows
from index.dates import DateParts, written_offset

_US_ZONES = {"ET": "New_York", "CT": "Chicago", "MT": "Denver", "PT": "Los_Angeles"}
_NO_ZONES = frozenset("AM PM AD JAN FEB MAR APR MAY JUN JUL AUG SEP SEPT OCT NOV DEC".split())

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


@lru_cache(maxsize=1)
def _halves() -> dict[str, str]:
    return {word.lower(): half for word, half in rows("day_halves.tsv", package="index.dates")}


@lru_cache(maxsize=1)
def _halves_pattern() -> re.Pattern[str]:
    words = sorted(_halves(), key=len, reverse=True)
    # Beside a clock only: before one, or behind one.
    spaced = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?:(?<=\d)|(?<=\d\s)|(?<![^\W\d_])(?=[^\d\s]+\s?\d))(?:{spaced})(?![^\W\d_])", re.I)
