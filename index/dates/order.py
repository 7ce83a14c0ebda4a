"""Which of two numbers is the day: what an archive's other dates show, then what its language is used to."""

from __future__ import annotations

import re
from functools import lru_cache

from index.dates import Order

NUMERIC = re.compile(
    r"(?:[^\W\d]{1,14}(?:-[^\W\d]{1,14})?[.:]?,?\s+){0,2}"
    r"(?P<first>\d{4}|\d{1,2})\s?(?P<mark>[./-])\s?(?P<second>\d{1,2})\s?(?P=mark)\s?(?P<third>\d{4}|\d{1,2})"
    r"\.?(?:,?\s+[^\W\d]{1,14}\.?){0,2}"
)
"""A date of three numbers, with up to two words (a weekday, a label) on either side."""

_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(?:\d{4}|\d\d)(?!\d)", re.ASCII)


class DateOrder:
    """What the dates of one archive show of the order of their numbers."""

    def __init__(self, day_first: int = 0, month_first: int = 0) -> None:
        self.day_first = day_first
        """How many dates show that the day comes first; ``month_first`` likewise."""
        self.month_first = month_first

    def observe(self, text: str) -> None:
        """Takes note of a date that can be read in one way only, such as 13/02/2026. Other text is ignored."""
        match = _NUMBERS.search(text[:80])
        if match is None:
            return
        first, second = int(match[1]), int(match[3])
        if 12 < first <= 31 and 1 <= second <= 12:
            self.day_first += 1
        elif 12 < second <= 31 and 1 <= first <= 12:
            self.month_first += 1

    def learn(self, day_first: int, month_first: int) -> None:
        """Takes note of what was observed elsewhere."""
        self.day_first += day_first
        self.month_first += month_first

    def decide(self, lang: str | None) -> Order:
        """The order that most dates seen so far have; where they show none, that of ``lang`` (see
        :func:`order_of_language`)."""
        if self.day_first == self.month_first:
            return order_of_language(lang)
        return "DMY" if self.day_first > self.month_first else "MDY"


@lru_cache(maxsize=1024)
def order_of_language(lang: str | None) -> Order:
    """The order of day, month and year in the short dates of ``lang`` (BCP 47, region heeded: ``en`` is MDY,
    ``en-GB`` is DMY), as CLDR has it. DMY, which most languages write, where the language is unknown."""
    if not lang or lang == "und":  # whose dates CLDR has in American order
        return "DMY"
    from babel import Locale, UnknownLocaleError

    try:
        pattern = Locale.parse(lang.replace("-", "_")).date_formats["short"].pattern
    except (UnknownLocaleError, ValueError, TypeError):
        return "DMY"
    letters = "".join(dict.fromkeys(re.sub("[^dMy]", "", pattern)))
    return "YMD" if letters.startswith("y") else "MDY" if letters.startswith("M") else "DMY"
