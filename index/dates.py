"""Dates as precise as is known: reading them from text, and their place on the time line.

A date is kept as ISO 8601 text of one of these shapes, the shortest that says all that is known:
``2026``, ``2026-02``, ``2026-02-05``, ``2026-02-05T12``, ``2026-02-05T12:38``, ``2026-02-05T12:38:09``, the ones with a time
optionally followed by an offset (``+03:00`` or ``Z``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DateSpan:
    """The stretch of time that a partial ISO date covers, in seconds since 1970-01-01 UTC, both ends inclusive."""

    first: int
    last: int


def span_of(iso: str) -> DateSpan:
    """The stretch that ``iso`` (one of the shapes above) covers; without an offset it counts as UTC.

    Raises :class:`ValueError` for any other text, and for years outside 1400 to 2200.
    """
    raise NotImplementedError
