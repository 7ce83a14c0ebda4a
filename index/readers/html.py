"""HTML pages: the main text by trafilatura, the facts as the page declares them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from typing import Any

from index.article import RawArticle, Reject
from index.readers.encoding import decode
from index.readers.html_metadata import PageFacts, facts_of
from index.readers.limits import Limits
from index.readers.markup import parse, text_of
from index.readers.member import Member
from index.readers.prose import is_paragraph
from index.readers.records import Record

_MOST_SEARCHED = 2_500_000
"""Characters of a page that a date is searched in where its markup names none: two seconds of work at most."""


def find_page(member: Member, limits: Limits) -> Iterator[Record]:
    """The page. Raises :class:`Unreadable` for one over the limit."""
    yield Record(member.locator, "page", member.stream.read_all(limits.document_bytes), member.source)


def read_page(record: Record, limits: Limits) -> list[RawArticle | Reject]:
    """The article on a page."""
    assert isinstance(record.content, bytes)
    text = decode(record.content, markup=True)
    if text.count("<") > 2 * limits.parsed_elements:
        return [Reject(record.locator, f"more than {limits.parsed_elements:,} elements on one page")]
    tree = parse(text)
    if tree is None:
        return [Reject(record.locator, "no HTML that can be read")]
    return [_article(record.locator, text, tree, limits)]


def _article(locator: str, text: str, tree: Any, limits: Limits) -> RawArticle | Reject:
    small = sum(1 for _ in islice(tree.iter(), limits.document_elements + 1)) <= limits.document_elements
    facts = facts_of(tree)
    published = facts.published or (_found_date(tree) if small and len(text) <= _MOST_SEARCHED else None)
    body = _below_the_headline(_main_text(tree) if small else "", facts) or facts.body or _paragraphs(tree)
    if not body:
        return Reject(locator, "no running text found on the page")
    return RawArticle(
        locator=locator,
        title=facts.titles[0] if facts.titles else "",
        body=body,
        url=facts.url,
        published=published,
        date_source="markup" if published else None,
        lang=facts.lang,
        section=facts.section,
        source=facts.source,
        authors=facts.authors,
    )


def _main_text(tree: Any) -> str:
    """The article's text, without what stands around it; empty where none is found."""
    from trafilatura import bare_extraction  # here, since loading it takes longer than reading a small archive

    try:
        document = bare_extraction(deepcopy(tree), with_metadata=False, include_comments=False)
    except Exception:
        # its rules meet every kind of broken page, and any error of theirs costs this page its main text, not the load
        return ""
    return (document.text or "").strip() if document is not None else ""


_HEADLINE_WITHIN = 4
"""Lines: a label or two may stand above the headline, as they do on the page."""


def _below_the_headline(text: str, facts: PageFacts) -> str:
    """``text`` without the headline, what stands above it, and the byline: the article has these as facts."""
    lines = text.split("\n")
    titles = {_letters(title) for title in facts.titles}
    for number, line in enumerate(lines[:_HEADLINE_WITHIN]):
        if _letters(line) in titles:
            lines = lines[number + 1 :]
            break
        if is_paragraph(line):
            break
    authors = {_letters(author) for author in facts.authors}
    while lines and (not _letters(lines[0]) or _letters(lines[0]) in authors):
        lines.pop(0)
    return "\n".join(lines)


def _letters(line: str) -> str:
    """What two spellings of one headline share: letters and digits, case aside."""
    return "".join(filter(str.isalnum, line)).casefold()


def _paragraphs(tree: Any) -> str:
    """The lines of a page that are surely running text."""
    return "\n".join(line for line in text_of(tree).split("\n") if is_paragraph(line))


def _found_date(tree: Any) -> str | None:
    """A date that stands somewhere on the page, where the markup names none."""
    from htmldate import find_date

    try:
        found: str | None = find_date(deepcopy(tree), original_date=True)
    except Exception:  # as above
        return None
    return found
