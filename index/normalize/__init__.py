"""From an article as an archive tells it to an article in normal form.

What an archive leaves open the :class:`Defaults` say; what can't be kept is left out with a note, and only an article
without any text is rejected. Dates of numbers alone are read in the order that the archive's other dates show.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from index.article import Article, RawArticle, Reject, beginning, maker_of, shortened
from index.dates import read_date
from index.dates.order import DateOrder
from index.language import Detection, decide, decide_all
from index.language.declared import declared_code
from index.normalize.bylines import authors_of
from index.normalize.datelines import OPENING, declared_place, place_in
from index.normalize.fault_kernels import EVERY_FAULT
from index.normalize.faults import body_of, faults_of, line_of
from index.normalize.identity import MAX_ID, clean_url, digest_of, id_of_content, id_of_url
from index.normalize.text import clean_line

MAX_TITLE = 2_000
MAX_BODY = 500_000
"""Characters; the longest of 60,000 real articles has 100,000. Its words take some hundred bytes of memory each."""
MAX_FACET = 200
"""Characters of a section or a source: both are shown in lists."""

_MAX_PLACE = 1_000
"""Characters of a place as declared that are looked at."""
_REMEMBERED = 1 << 12
"""Sections, sources and places whose normal form is remembered: an archive has few, each many times."""

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


_YEAR_FIRST = re.compile(r"\s*\d{4}-\d\d")
"""Begins a date whose order hangs on no other date."""
_NOTHING_SHOWN = DateOrder()

Observed = Mapping[str, tuple[int, int]]
"""By archive: how many of its dates show that the day comes first, and how many that the month does. Archives are there
also where no date shows either, but some could hang on it."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for articles whose archive does not say it."""

    lang: str | None = None
    section: str | None = None
    source: str | None = None
    timezone: str | None = None
    """IANA name of the zone of times that are written without an offset."""


class Normalizer:
    """Normalises the articles of one load. It learns from them: not for several threads."""

    def __init__(self, defaults: Defaults = Defaults()) -> None:
        self._defaults = defaults
        self._orders: dict[str, DateOrder] = {}

    def normalize(self, batch: Sequence[RawArticle]) -> list[Article | Reject]:
        """One article or reject for each of ``batch``, in order. All dates of the batch are looked at before the first
        ambiguous one is decided."""
        self.learn(self.observe(batch))
        return self.decided(batch)

    def observe(self, batch: Sequence[RawArticle]) -> Observed:
        """What the dates of ``batch`` show of the order of their numbers."""
        orders: dict[str, DateOrder] = {}
        for raw in batch:
            if raw.published and not _YEAR_FIRST.match(raw.published):
                orders.setdefault(_archive_of(raw.locator), DateOrder()).observe(raw.published)
        return {name: (order.day_first, order.month_first) for name, order in orders.items()}

    def learn(self, observed: Observed) -> None:
        """Takes note of what was observed, here or elsewhere."""
        for archive, counts in observed.items():
            self._orders.setdefault(archive, DateOrder()).learn(*counts)

    def replace(self, learned: Observed) -> None:
        """Forgets what was learned, for this."""
        self._orders = {archive: DateOrder(*counts) for archive, counts in learned.items()}

    def learned(self) -> Observed:
        """All that was observed so far."""
        return {archive: (order.day_first, order.month_first) for archive, order in self._orders.items()}

    def decided(self, batch: Sequence[RawArticle]) -> list[Article | Reject]:
        """:meth:`normalize` by what was learned before."""
        cleaned = _all_cleaned(batch)
        return list(map(self._finished, batch, cleaned, self._languages(batch, cleaned)))

    def _languages(self, batch: Sequence[RawArticle], cleaned: Sequence[_Texts | Reject]) -> list[Detection | None]:
        """The language of each article that is not rejected; of none where one breaks our code."""
        texts = [
            (self._declared(raw), *one[:2]) for raw, one in zip(batch, cleaned, strict=True) if type(one) is _Texts
        ]
        try:
            found = iter(decide_all(texts))
        except Exception:
            return [None] * len(batch)
        return [next(found) if type(one) is _Texts else None for one in cleaned]

    def _declared(self, raw: RawArticle) -> str | None:
        return raw.lang if raw.lang and declared_code(raw.lang) else self._defaults.lang

    def _finished(self, raw: RawArticle, cleaned: _Texts | Reject, language: Detection | None) -> Article | Reject:
        """Never fails: an article that breaks our code costs that article only."""
        if isinstance(cleaned, Reject):
            return cleaned
        try:
            return self._normalized(raw, cleaned, language or decide(self._declared(raw), cleaned.title, cleaned.body))
        except Exception as error:
            return _broken(raw, error)

    def _normalized(self, raw: RawArticle, texts: _Texts, language: Detection) -> Article:
        title, body, notes = texts
        headline = title or beginning(body)  # so that an article which had one as its title is still the same
        source = _source(raw.source) or _facet(self._defaults.source)
        url = _url(raw.url, notes)
        published = self._published(raw, language.lang, notes)
        return _article(
            _id(raw, url, source, headline, body, notes),
            title,
            body,
            language.lang,
            language.source,
            language.confidence,
            digest_of(headline, body, clean=True),
            url,
            published,
            (raw.date_source or "declared") if published else None,
            _facet(raw.section) or _facet(self._defaults.section),
            source,
            authors_of(raw.authors),
            _place(raw.place, body),
            tuple(notes),
        )

    def _published(self, raw: RawArticle, lang: str, notes: list[str]) -> str | None:
        written = (raw.published or "").strip()
        if not written:
            return None
        declared = (raw.lang or "").strip()
        tag = declared if _TAG.fullmatch(declared) and declared[:2].lower() == lang else lang  # en-GB says more than en
        order = None  # what is written from the year on hangs on no other date
        if not _YEAR_FIRST.match(written):
            order = self._orders.get(_archive_of(raw.locator), _NOTHING_SHOWN).decide(tag)
        published = read_date(written, lang=tag, order=order, timezone=self._defaults.timezone)
        if published is None:
            notes.append(
                f"kept without a date: {written[:60]!r} is none that can be read, or not between 1400 and 2200"
            )
        return published


_article = maker_of(Article)


class _Texts(NamedTuple):
    """Of an article, cleaned."""

    title: str
    body: str
    notes: list[str]
    """To which more may come."""


def _all_cleaned(batch: Sequence[RawArticle]) -> list[_Texts | Reject]:
    try:
        faults = faults_of([text for raw in batch for text in (raw.title, raw.body)])
    except Exception:
        faults = [EVERY_FAULT] * (2 * len(batch))
    return list(map(_cleaned, batch, faults[::2], faults[1::2]))


def _cleaned(raw: RawArticle, in_title: int, in_body: int) -> _Texts | Reject:
    """Title and body, given the faults in each. Never fails."""
    try:
        title, body = line_of(raw.title, in_title), body_of(raw.body, in_body)
        if not title and not body:
            return raw.rejected("no title and no body")
        if len(body) > MAX_BODY:
            reason = f"a body of {len(body):,} characters, more than {MAX_BODY:,}: divide it into articles"
            return raw.rejected(reason)
        notes: list[str] = []
        return _Texts(_title(title, body, notes), body, notes)
    except Exception as error:
        return _broken(raw, error)


def _broken(raw: RawArticle, error: Exception) -> Reject:
    return raw.rejected(f"could not be normalised ({type(error).__name__}: {error})")


def _archive_of(locator: str) -> str:
    """What shares a habit of writing dates: an archive with all its members, a file of many records, or a folder."""
    archive, inside, _ = locator.partition("!/")
    if inside:
        return archive
    file, colon, number = locator.rpartition(":")
    return file if colon and number.isdecimal() else os.path.dirname(locator)


def _title(title: str, body: str, notes: list[str]) -> str:
    if not title:
        notes.append("has no title: the beginning of the body stands in for it")
        return title
    if len(title) > MAX_TITLE:
        notes.append(f"its title of {len(title)} characters was cut to {MAX_TITLE}")
    return shortened(title, MAX_TITLE)


def _facet(text: str | None) -> str | None:
    return _remembered_facet(text[: 4 * MAX_FACET]) if text else None


@lru_cache(maxsize=_REMEMBERED)
def _remembered_facet(text: str) -> str | None:
    return clean_line(text)[:MAX_FACET].strip() or None


def _source(text: str | None) -> str | None:
    """A source's name; of an address that stands for one, the host."""
    return _remembered_source(text[: 4 * MAX_FACET]) if text else None


@lru_cache(maxsize=_REMEMBERED)
def _remembered_source(text: str) -> str | None:
    name = _facet(text)
    if name and re.match(r"https?://", name, re.IGNORECASE):
        url = clean_url(name)
        return url.split("/")[2].removeprefix("www.") if url else None
    return name


def _place(declared: str | None, body: str) -> str | None:
    if declared and (place := _remembered_place(declared[:_MAX_PLACE])):
        return place
    return place_in(body[:OPENING].split("\n", 1)[0])


@lru_cache(maxsize=_REMEMBERED)
def _remembered_place(declared: str) -> str | None:
    return declared_place(clean_line(declared))


def _url(written: str | None, notes: list[str]) -> str | None:
    if not written or not written.strip():
        return None
    url = clean_url(written)
    if url is None:
        notes.append(f"kept without its address: {written.strip()[:80]!r} is no absolute http or https address")
    return url


def _id(raw: RawArticle, url: str | None, source: str | None, title: str, body: str, notes: list[str]) -> str:
    given = clean_line(raw.id[: 4 * MAX_ID]) if raw.id else ""
    if given and len(given) <= MAX_ID:
        return given
    if given:
        notes.append(f"its id is longer than {MAX_ID} characters: another was made")
    if url is not None:
        return id_of_url(url)
    relative = (raw.url or "").strip()
    if source and relative.startswith("/") and len(relative) > 1:
        return id_of_url(relative, source)
    return id_of_content(source, title, body, clean=True)
