"""HTML pages: the main text by trafilatura, the facts as the page declares them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.article import RawArticle, Reject
from index.readers.encoding import decode
from index.readers.html_metadata import facts_of
from index.readers.limits import Limits
from index.readers.markup import parse
from index.readers.member import Member


def read_html(member: Member, limits: Limits) -> Iterator[RawArticle | Reject]:
    """The article on a page. Raises :class:`Unreadable` for one over the limit."""
    content = member.stream.read_all(limits.document_bytes)
    tree = parse(decode(content, markup=True))
    if tree is None:
        yield Reject(member.locator, "no HTML that can be read")
        return
    facts = facts_of(tree)
    published = facts.published or _found_date(tree)
    body = _main_text(tree, limits) or facts.body or ""
    if not body:
        yield Reject(member.locator, "no running text found on the page")
        return
    yield RawArticle(
        locator=member.locator,
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


def _main_text(tree: Any, limits: Limits) -> str:
    from trafilatura import bare_extraction  # here, since loading it takes longer than reading a small archive

    document = bare_extraction(tree, with_metadata=False, include_comments=False)
    return document.text or ""


def _found_date(tree: Any) -> str | None:
    from htmldate import find_date

    found: str | None = find_date(tree, original_date=True)
    return found
