"""Dates as precise as is known: reading them from text, and their place on the time line.

A date is kept as ISO 8601 text of one of these shapes, the shortest that says all that is known:
``2026``, ``2026-02``, ``2026-02-05``, ``2026-02-05T12``, ``2026-02-05T12:38``, ``2026-02-05T12:38:09``, the ones with a time
optionally followed by an offset (``+03:00`` or ``Z``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 1400, 2200
"""Years outside are taken for errors: the first printed news is younger, and 9999 stands for "never" in many systems."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 86_400
_SHAPE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The stretch of time that a partial ISO date covers, in seconds since 1970-01-01 UTC, both ends inclusive."""

    first: int
    last: int


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
    first += int(hour) * 3600 + int(minute or 0) * 60 + int(second or 0) - seconds_of_offset(offset or "Z")
    return DateSpan(first, first + (0 if second else 59 if minute else 3599))


def seconds_of_offset(offset: str) -> int:
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


def iso_day(seconds: int) -> str:
    """The day, ``2026-02-05``, that holds the moment ``seconds`` after 1970-01-01 UTC."""
    return date.fromordinal(seconds // _DAY + _EPOCH_DAY).isoformat()
