"""The plain text of one article page: from menus, section, date, headline, paragraphs and footer to an article.

Everything is told from the layout, with no word of any language. A page of the layout has short lines (menus), perhaps
a section, a line that is a date with a time, a headline, paragraphs, short lines (a footer). A page without such a date
line is an article all the same if its first line reads like a title and text follows, or if it is text throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import regex

from index.article import RawArticle, Reject
from index.dates import read_date
from index.normalize.text import ends_sentence
from index.readers.prose import Paragraph, is_paragraph, paragraphs, reads_like_a_title, width

LONGEST_DATE_LINE = 60
_TRIES = 12
"""Lines of a page that are tried as its date; each costs up to 30 ms in a language not met before."""
_CLOCK = regex.compile(r"(?<!\d)\d{1,2}\s?[:.٫hH時时시点點]\s?\d{2}(?!\d)")
_NUMBERS = regex.compile(r"\d+")
_NUMERIC_DATE = regex.compile(r"\d{1,2}([./-])\d{1,2}\1\d{4}(?!\d)")
_LETTER = regex.compile(r"\p{L}")
_BREADCRUMB = regex.compile(r"\s*[>›»→]\s*|\s+[/|]\s+")
_LONGEST_SECTION, _MOST_SECTION_WORDS = 40, 5
_LONGEST_HEADLINE = 300
_HEADLINE_LINES = 3
_SHORTEST_TITLE = 20
"""Columns of a title above the date; shorter lines there are menus."""


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one text file."""

    locator: str
    folder: str
    lines: Sequence[str]


class Siblings(Protocol):
    """What the other pages of the load tell of one."""

    def shared(self, line: str) -> bool:
        """Whether ``line`` stands in so many of the pages that it is no part of any one article."""

    def usual_count(self, line: str) -> int | None:
        """How often ``line`` stands among the menus of pages in which it is not the last of them; ``None`` where too
        few pages are there to tell."""


@dataclass(frozen=True, slots=True)
class DateLine:
    """Where a page says when it was published."""

    at: int
    written: str


def date_lines(lines: Sequence[str]) -> list[DateLine]:
    """The lines that are only a date with a time, among the first dozen that look like one."""
    found: list[DateLine] = []
    tries = 0
    for at, line in enumerate(lines):
        text = line.strip()
        if not text or len(text) > LONGEST_DATE_LINE or not _CLOCK.search(text) or len(_NUMBERS.findall(text)) < 3:
            continue
        tries += 1
        if tries > _TRIES:
            break
        iso = read_date(text)
        if iso is not None and "T" in iso:
            # where day and month are numbers their order is for the normaliser, who knows the other pages
            found.append(DateLine(at, text if _NUMERIC_DATE.search(text) else iso))
    return found


def date_line(lines: Sequence[str], shared: Callable[[str], bool]) -> DateLine | None:
    """The first of :func:`date_lines`; one that the pages share (a clock among the menus) only if there is no other."""
    found = date_lines(lines)
    return next((date for date in found if not shared(lines[date.at].strip())), found[0] if found else None)


def read_page(page: Page, siblings: Siblings) -> RawArticle | Reject:
    """The article on a page; a reject in words where there is none."""
    found = date_line(page.lines, siblings.shared)
    article = _laid_out(page, found, siblings) if found is not None else None
    return article or _plain(page, siblings)


def _laid_out(page: Page, date: DateLine, siblings: Siblings) -> RawArticle | None:
    menus = [text for line in page.lines[: date.at] if (text := line.strip())]
    rest = [line for line in page.lines[date.at + 1 :] if not siblings.shared(line.strip())]
    section = _section(menus, siblings)
    above = _title_above(menus, siblings) if _begins_with_a_paragraph(rest) else ""
    title, body_lines = (above, rest) if above else _headline(rest)
    section = None if above else section
    body = _body(paragraphs(body_lines))
    if not body:
        return None
    return RawArticle(
        locator=page.locator,
        title=title,
        body="\n".join(body),
        section=section,
        published=date.written,
        date_source="text",
    )


def _headline(lines: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The headline that ``lines`` begin with and what follows it; no headline where the first line can't be one."""
    start = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    end = next((at for at in range(start, len(lines)) if not lines[at].strip()), len(lines))
    block = [line.strip() for line in lines[start:end]]
    if not block or width(block[0]) > _LONGEST_HEADLINE:
        return "", lines
    several = 1 < len(block) <= _HEADLINE_LINES and end < len(lines) and sum(map(width, block)) <= _LONGEST_HEADLINE
    if several and not any(ends_sentence(line) for line in block):
        return " ".join(block), lines[end:]
    return block[0], lines[start + 1 :]


def _begins_with_a_paragraph(lines: Sequence[str]) -> bool:
    """Whether ``lines`` begin with running text of some length, not with a headline."""
    first = next(iter(paragraphs(lines)), None)
    return first is not None and width(first.text) > 100 and is_paragraph(first.text)


def _title_above(menus: Sequence[str], siblings: Siblings) -> str:
    """The title of a page that has its date below it: the widest of the last lines before the date; empty if none can
    be."""
    near = (line for line in menus[-4:] if menus.count(line) == 1 and not siblings.shared(line))
    titles = [line for line in near if width(line) >= _SHORTEST_TITLE and reads_like_a_title(line)]
    return max((line for line in titles if read_date(line) is None), key=width, default="")


def _section(menus: Sequence[str], siblings: Siblings) -> str | None:
    """The section that stands right above the date: a short label, and not just the last of the menus."""
    if not menus:
        return None
    label = menus[-1]
    usual = siblings.usual_count(label)
    is_menu = menus[-2:-1] == [label] if usual is None else menus.count(label) <= usual
    label = _BREADCRUMB.split(label)[-1].strip()
    return None if is_menu or not _looks_like_a_section(label) else label


def _looks_like_a_section(label: str) -> bool:
    return (
        0 < width(label) <= _LONGEST_SECTION
        and len(label.split()) <= _MOST_SECTION_WORDS
        and _LETTER.search(label) is not None
        and not regex.search(r"\d{2}", label)
        and not ends_sentence(label)
    )


def _body(found: Sequence[Paragraph]) -> list[str]:
    """The paragraphs up to the last full one, less a footer that a wider gap than any before sets apart."""
    last = max((at for at, paragraph in enumerate(found) if is_paragraph(paragraph.text)), default=-1)
    if last < 0:
        return []
    last = _before_footer(found, last)
    usual = max((paragraph.gap for paragraph in found[1 : last + 1]), default=0)
    while last + 1 < len(found) and found[last + 1].gap <= usual and ends_sentence(found[last + 1].text):
        last += 1
    return [paragraph.text for paragraph in found[: last + 1]]


def _before_footer(found: Sequence[Paragraph], last: int) -> int:
    """The last paragraph before a gap of two blank lines and more, wider than those before it, that only little
    follows."""
    widest, columns = 1, 0
    total = sum(width(paragraph.text) for paragraph in found[: last + 1])
    for at, paragraph in enumerate(found[: last + 1]):
        if at > 1 and paragraph.gap > widest and total - columns < columns / 4:
            return at - 1
        widest = max(widest, paragraph.gap) if at else widest
        columns += width(paragraph.text)
    return last


def _plain(page: Page, siblings: Siblings) -> RawArticle | Reject:
    """A text file in no such layout."""
    lines = [line for line in page.lines if not siblings.shared(line.strip())]
    found = paragraphs(lines)
    if not found:
        return Reject(page.locator, "empty, or nothing but lines that all pages beside it have too")
    if not any(is_paragraph(paragraph.text) for paragraph in found):
        return Reject(page.locator, "no running text: no line or paragraph in it ends like a sentence")
    if (words := _share_of_letters(lines)) < 0.5:
        return Reject(page.locator, f"no running text: only {words:.0%} of it are letters")
    title = found[0].text if reads_like_a_title(found[0].text) and len(found) > 1 else ""
    body = [paragraph.text for paragraph in found[bool(title) :]]
    return RawArticle(locator=page.locator, title=title, body="\n".join(body))


def _share_of_letters(lines: Sequence[str]) -> float:
    text = "".join("".join(lines).split())[:20_000]
    return len(regex.findall(r"[\p{L}\p{M}]", text)) / max(1, len(text))
