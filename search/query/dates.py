"""What stands behind ``date:`` in a query: one date, or a range of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from index.dates import span_of


@dataclass(frozen=True, slots=True)
class DateRange:
    """Two ISO dates as typed, both inclusive; ``None``: open."""

    start: str | None
    end: str | None
    swapped: bool = False
    """Whether the ends were typed in the wrong order."""
    ignored: tuple[str, ...] = ()
    """What was typed as an end and is no date; that end is open."""


def read_range(start: str, end: str) -> DateRange | None:
    """The range between two typed dates, either of which may be empty; ``None`` where neither is a date."""
    ends = [start.strip(), end.strip()]
    ends = ["" if text == "*" else text for text in ends]
    ignored = tuple(text for text in ends if text and not _is_date(text))
    first, last = (text if _is_date(text) else None for text in ends)
    if first is None and last is None:
        return None
    if first and last and span_of(first).first > span_of(last).last:
        return DateRange(last, first, True, ignored)
    return DateRange(first, last, False, ignored)


def read_date(text: str) -> DateRange | None:
    """The range that a word behind ``date:`` means (``2026-02``, ``2020..2022``, ``>=2026``); ``None``: no date."""
    if ".." in text:
        start, _, end = text.partition("..")
        return read_range(start, end.lstrip("."))
    compared = re.fullmatch(r"([<>])(=?)(.*)", text)
    if compared is None:
        return DateRange(text, text) if _is_date(text) else None
    sign, inclusive, date = compared.groups()
    if not _is_date(date):
        return None
    if sign == ">":
        return DateRange(date if inclusive else _after(date), None)
    return DateRange(None, date if inclusive else _before(date))


def _is_date(text: str) -> bool:
    try:
        span_of(text)
    except ValueError:
        return False
    return True


def _after(date: str) -> str:
    """The first day or second behind a date."""
    return _iso(span_of(date).last + 1).removesuffix("T00:00:00")


def _before(date: str) -> str:
    """The last day or second before a date."""
    return _iso(span_of(date).first - 1).removesuffix("T23:59:59")


def _iso(seconds: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
