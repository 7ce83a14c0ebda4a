"""The languages of the page: its words, and how each writes numbers, dates and the names of languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from index.analysis import LANGUAGES

if TYPE_CHECKING:
    from werkzeug.datastructures import LanguageAccept

CODES = ("en", "de", "ru", "ar", "zh")
"""What the page speaks; the first is what its templates are written in."""

_TRANSLATIONS = Path(__file__).with_name("translations")


@dataclass(frozen=True, slots=True)
class Interface:
    """One language of the page."""

    code: str
    locale: Locale
    words: NullTranslations

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return str(self.locale.text_direction)

    @property
    def name(self) -> str:
        """The language's own name for itself."""
        name = self.locale.get_display_name(self.locale) or self.code
        return name[:1].upper() + name[1:]

    def gettext(self, message: str) -> str:
        return self.words.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.words.ngettext(one, many, count)

    def number(self, value: float) -> str:
        """A number as people write it."""
        return format_decimal(value, locale=self.locale)

    def hundredths(self, value: float) -> str:
        """A number as people write it, with two digits behind the point, so that several stand in line."""
        return format_decimal(value, "#,##0.00", self.locale)

    def percent(self, share: float) -> str:
        """A share of 0 to 1 in whole per cent."""
        return format_percent(share, locale=self.locale)

    def language(self, code: str) -> str:
        """The name of a language; the one that it gives itself, where it has none in this interface's."""
        name = self.locale.languages.get(code) or self.locale.languages.get(code.split("-")[0])
        if name is None and (known := LANGUAGES.get(code)):
            name = known.english if self.code == "en" else known.native
        name = name or code
        return name[:1].upper() + name[1:]

    def moment(self, iso: str) -> str:
        """A partial ISO date as precise as it is: a year, a month, a day, or with the time and offset it gives."""
        day, _, clock = iso.partition("T")
        match [int(part) for part in day.split("-")]:
            case [year]:
                return str(format_skeleton("y", date(year, 1, 1), locale=self.locale))
            case [year, month]:
                return str(format_skeleton("yMMMM", date(year, month, 1), locale=self.locale))
            case [year, month, number]:
                text = format_date(date(year, month, number), "long", self.locale)
                return self._joined(self._clock(clock), text) if clock else text
        raise ValueError(f"{iso!r} is no ISO 8601 date")

    def span(self, start: str, end: str, interval: str) -> str:
        """The span of one bar of a timeline, named by its interval."""
        if interval in ("year", "month"):
            return self.moment(start[: 4 if interval == "year" else 7])
        return self.moment(start) if start == end else f"{self.moment(start)} – {self.moment(end)}"

    def _clock(self, clock: str) -> str:
        """The time of day to the minute; never minutes that the source did not give."""
        digits = clock[:8].split("Z")[0].split("+")[0].split("-")[0]
        offset = clock[len(digits) :]
        zone = f" UTC{offset.removeprefix('Z')}" if offset else ""
        hour, *rest = [int(part) for part in digits.split(":")]
        if rest:
            return self._isolated(str(format_skeleton("Hm", time(hour, rest[0]), locale=self.locale)) + zone)
        shown = str(format_skeleton("H", time(hour), locale=self.locale))
        if shown.isdigit():  # the bare number would not be understood
            shown = format_unit(hour, "duration-hour", "narrow", locale=self.locale)
        return self._isolated(shown + zone)

    def _isolated(self, clock: str) -> str:
        """The time and its offset in their order, which a right-to-left line around them would turn."""
        return f"\u2066{clock}\u2069" if self.direction == "rtl" and "UTC" in clock else clock

    def _joined(self, clock: str, day: str) -> str:
        return str(self.locale.datetime_formats["medium"]).replace("{0}", clock).replace("{1}", day).replace("'", "")


def load_interfaces() -> Mapping[str, Interface]:
    """All languages of the page, their catalogues read from ``translations``. Cost: some 40 ms."""
    return {code: Interface(code, Locale.parse(code), _catalogue(code)) for code in CODES}


def chosen(
    interfaces: Mapping[str, Interface], wanted: str | None, accepted: LanguageAccept | Iterable[tuple[str, float]]
) -> Interface:
    """The interface asked for, else the one that the browser likes best, else the first."""
    if wanted is not None and wanted in interfaces:
        return interfaces[wanted]
    for tag, quality in accepted:
        code = tag.replace("_", "-").split("-")[0].lower()
        if quality > 0 and code in interfaces:
            return interfaces[code]
    return interfaces[CODES[0]]


def catalogue_path(code: str) -> Path:
    """Where the catalogue of a language stands."""
    return _TRANSLATIONS / f"{code}.po"


def _catalogue(code: str) -> NullTranslations:
    """The words of a language; of the one that templates are written in, none are needed."""
    if code == CODES[0]:
        return NullTranslations()
    with catalogue_path(code).open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
