"""Dates as precise as is known: reading them from text, and their place on the time line.

A date is kept as ISO 8601 text of one of these shapes, the shortest that says all that is known:
``2026``, ``2026-02``, ``2026-02-05``, ``2026-02-05T12``, ``2026-02-05T12:38``, ``2026-02-05T12:38:09``, the ones with
a time optionally followed by an offset (``+03:00`` or ``Z``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1400, 2200
"""Other years are taken for errors: the first printed news is younger, and in many systems 9999 stands for "never"."""

_FIRST_SURE_YEAR = 1600
"""Numbers of years before this one may be of another calendar."""

Order = Literal["DMY", "MDY", "YMD"]
"""In which order the numbers of a date stand."""

MAX_WRITTEN = 160
"""Characters; longer text is no date. JavaScript's and e-mail's forms, the longest in use, stay under 80."""

_FIRST_KEPT, _LAST_KEPT = str(_FIRST_SURE_YEAR), str(LAST_YEAR)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 86_400
_SHAPE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII)
_ZONE = r"(?:\s?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?(?:\[[\w/+-]+\])?"
_KEPT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(Z|[+-](?:0\d|1[0-7]):[0-5]\d)?)?", re.ASCII)
"""The most common of the shapes above, for those who only have to know that it is one."""
_ISO = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2})"
    r"(?:(?:[Tt]|,?\s+)(\d{1,2})(?:(?::?(\d\d))(?::?(\d\d)(?:[.,]\d{1,9})?)?)?" + _ZONE + ")?)?)?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})()(\d\d)(\d\d)(?:[Tt ]?(\d\d)(\d\d)(\d\d)?(?:[.,]\d{1,9})?" + _ZONE + ")?", re.ASCII)
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d*)?", re.ASCII)
_MAIL_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MAIL = re.compile(
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(\d\d?) ({'|'.join(_MAIL_MONTHS)}) (\d{{4}})"
    r" (\d\d):(\d\d)(?::(\d\d))?(?: (Z|UTC|GMT|[+-]\d{4}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The stretch of time that a partial ISO date covers, in seconds since 1970-01-01 UTC, both ends inclusive."""

    first: int
    last: int


class DateParts(NamedTuple):
    """What a text says of a date; ``None`` where it says nothing. Not checked: :meth:`iso` does that."""

    year: int
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    zone: str | None = None
    """``Z``, an offset such as ``+03:00``, or the IANA name of a time zone."""

    def iso(self, timezone: str | None = None) -> str | None:
        """The shortest shape that says it all, ``None`` where there is no such date; ``timezone`` (an IANA name) gives
        the offset of a time that is written without one."""
        year, month, day, hour, minute, second, zone = self
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        if not month or not day or hour is None:
            return _iso_without_time(year, month or None, day or None)
        try:
            moment = datetime(year, month, day, hour % 24, minute or 0, min(second or 0, 59))  # 60 is a leap second
            if hour == 24 and not minute and not second:
                moment += timedelta(days=1)
            elif hour > 23:
                return None
            offset = _offset(moment, zone or timezone)
        except ValueError:
            return None
        text = moment.isoformat(timespec="seconds" if second is not None else "minutes")
        return (text if minute is not None else text[:13]) + offset


def span_of(iso: str) -> DateSpan:
    """The stretch that ``iso`` (one of the shapes above) covers; without an offset it counts as UTC.

    Raises :class:`ValueError` for any other text, and for years outside 1400 to 2200. Cost: a few µs.
    """
    match = _SHAPE.fullmatch(iso)
    if match is None:
        raise ValueError(f"{iso!r} is no ISO 8601 date such as 2026, 2026-02, 2026-02-05 or 2026-02-05T12:38")
    year, month, day, hour, minute, second, offset = match.groups()
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError(f"{iso!r}: the year is outside {FIRST_YEAR} to {LAST_YEAR}")
    if day is None:
        return _span_of_days(int(year), int(month) if month else None)
    first = (date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY) * _DAY
    if hour is None:
        return DateSpan(first, first + _DAY - 1)
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
        raise ValueError(f"{iso!r}: there is no such time of day")
    first += int(hour) * 3600 + int(minute or 0) * 60 + int(second or 0) - _seconds_of_offset(offset or "Z")
    return DateSpan(first, first + (0 if second else 59 if minute else 3599))


def iso_day(seconds: int) -> str:
    """The day, ``2026-02-05``, that holds the moment ``seconds`` after 1970-01-01 UTC."""
    return date.fromordinal(seconds // _DAY + _EPOCH_DAY).isoformat()


def read_date(
    text: str,
    *,
    lang: str | None = None,
    order: Order | None = None,
    timezone: str | None = None,
    now: datetime | None = None,
) -> str | None:
    """The ISO date that ``text``, a date in any form, says, in the precision in which it says it; ``None`` where it
    says none that is whole (at least a year, between 1400 and 2200) and certain.

    ``lang`` (BCP 47) is tried first for words and decides the order of numbers where ``order`` does not; without both,
    the day comes first. ``timezone`` (an IANA name) gives the offset of times written without one. ``now`` decides the
    century of years of two digits. Words that are relative to today are not read. Cost: some 5 µs for ISO 8601, some
    milliseconds for words, nothing for what was read before.
    """
    if len(text) > MAX_WRITTEN:
        return None
    if _is_kept(text, timezone):
        return text
    return _read(text, lang, order, timezone, now.year if now else None)


def _is_kept(text: str, timezone: str | None) -> bool:
    """Whether ``text`` is a date in the form in which dates are kept, to which a ``timezone`` adds nothing. Cost: 0.7
    µs, a tenth of reading it."""
    match = _KEPT.fullmatch(text)
    if match is None or (timezone is not None and len(text) > 10 and match[1] is None):
        return False
    if not _FIRST_KEPT <= text[:4] <= _LAST_KEPT:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1 << 16)
def _read(text: str, lang: str | None, order: Order | None, timezone: str | None, year: int | None) -> str | None:
    text = text.strip()
    parts = parts_of_numbers(text) or _parts_of_mail(text)
    if parts is None or not _FIRST_SURE_YEAR <= parts.year <= LAST_YEAR:  # words, or years of another calendar
        from index.dates.written import parts_of_words

        parts = parts_of_words(text, lang, order, year or datetime.now(UTC).year)
    return parts.iso(timezone) if parts else None


def parts_of_numbers(text: str) -> DateParts | None:
    """The date in a text that machines write: ISO 8601 and its near relatives, digits alone, seconds or milliseconds
    since 1970."""
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is not None:
        year, _, month, day, hour, minute, second, zone = match.groups()
        return DateParts(
            int(year),
            None if month is None else int(month),
            None if day is None else int(day),
            None if hour is None else int(hour),
            None if minute is None else int(minute),
            None if second is None else int(second),
            written_offset(zone) if zone else None,
        )
    match = _EPOCH.fullmatch(text)
    if match is not None:
        return DateParts(*datetime.fromtimestamp(int(match[1]), UTC).timetuple()[:6], zone="Z")
    return None


def _parts_of_mail(text: str) -> DateParts | None:
    """The date in the form of e-mails and feeds (RFC 5322): ``Thu, 05 Feb 2026 12:38:09 GMT``."""
    match = _MAIL.fullmatch(text)
    if match is None:
        return None
    day, month, year, hour, minute, second, zone = match.groups()
    return DateParts(
        int(year),
        _MAIL_MONTHS.index(month) + 1,
        int(day),
        int(hour),
        int(minute),
        None if second is None else int(second),
        written_offset(zone) if zone else None,
    )


def written_offset(zone: str) -> str:
    """``Z`` or ``+hh:mm`` for an offset in any usual spelling: ``+3``, ``+0300``, ``GMT``, ``UTC+3``."""
    digits = re.sub(r"[^\d+-]", "", zone)
    if len(digits) < 2:
        return "Z"
    hours, minutes = (digits[1:-2], digits[-2:]) if len(digits) > 3 else (digits[1:], "00")
    return f"{digits[0]}{int(hours):02}:{minutes}"


def _iso_without_time(year: int, month: int | None, day: int | None) -> str | None:
    if month is None:
        return f"{year:04}"
    try:
        text = date(year, month, day or 1).isoformat()
    except ValueError:
        return None
    return text if day else text[:7]


def _offset(moment: datetime, zone: str | None) -> str:
    """The offset to write behind ``moment``; raises :class:`ValueError` where there is no such offset."""
    if zone is None:
        return ""
    if zone == "Z" or zone[0] in "+-":
        _seconds_of_offset(zone)
        return zone
    offset = moment.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _seconds_of_offset(offset: str) -> int:
    """Seconds east of UTC of ``Z`` or ``+hh:mm``. Raises :class:`ValueError` beyond 18 hours."""
    if offset == "Z":
        return 0
    seconds = int(offset[1:3]) * 3600 + int(offset[4:6]) * 60
    if seconds > 18 * 3600 or int(offset[4:6]) > 59:
        raise ValueError(f"{offset!r} is no offset from UTC")
    return -seconds if offset[0] == "-" else seconds


def _span_of_days(year: int, month: int | None) -> DateSpan:
    start = date(year, month or 1, 1)
    end = date(year + 1, 1, 1) if month in (None, 12) else date(year, (month or 0) + 1, 1)
    first = (start.toordinal() - _EPOCH_DAY) * _DAY
    return DateSpan(first, first + (end - start) // timedelta(seconds=1) - 1)
