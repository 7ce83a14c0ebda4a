"""What an HTML page says of itself: schema.org (JSON-LD, microdata), OpenGraph, meta elements, ``<html lang>``.

Values are handed over as written; where several say the same thing, schema.org's article comes first.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_SCRIPTS = 60
LONGEST_SCRIPT = 2_000_000
_DEPTH = 6
_ARTICLE = re.compile(r"(Article|Posting|Report|Review|NewsItem)$")
_SEPARATOR = re.compile(r"\s+[|–—•·-]\s+")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The facts of a page, as written."""

    titles: tuple[str, ...] = ()
    """Best first."""
    published: str | None = None
    section: str | None = None
    source: str | None = None
    authors: tuple[str, ...] = ()
    lang: str | None = None
    url: str | None = None
    body: str | None = None
    """The article's text where the page's schema.org data holds it."""


@dataclass
class _Meta:
    """The meta elements of a page by name."""

    values: dict[str, list[str]] = field(default_factory=dict)

    def first(self, *names: str) -> str | None:
        return next((value for name in names for value in self.values.get(name, ())), None)


def facts_of(tree: Any) -> PageFacts:
    """What the page ``tree`` (of lxml) says of itself."""
    meta = _meta(tree)
    article = _schema_article(tree)
    return PageFacts(
        titles=tuple(dict.fromkeys(_titles(tree, meta, article))),
        published=_first(
            _text(article.get("datePublished")),
            meta.first("article:published_time", "og:article:published_time", "datepublished", "date", "pubdate"),
            meta.first(
                "dc.date.issued",
                "dcterms.created",
                "dc.date",
                "parsely-pub-date",
                "publish-date",
                "cxenseparse:recs:publishtime",
            ),
            _attribute(tree, "//*[@itemprop='datePublished']/@content", "//*[@itemprop='datePublished']/@datetime"),
            _text(article.get("dateCreated")),
        ),
        section=_first(_section(article), meta.first("article:section", "og:article:section", "section")),
        source=_first(
            meta.first("og:site_name"), _text(article.get("publisher")), meta.first("publisher", "application-name")
        ),
        authors=_authors(article, meta),
        lang=_first(
            _attribute(tree, "/html/@lang", "/html/@xml:lang"),
            _text(article.get("inLanguage")),
            meta.first("og:locale"),
        ),
        url=_first(_attribute(tree, "//link[@rel='canonical']/@href"), meta.first("og:url"), _text(article.get("url"))),
        body=_text(article.get("articleBody")),
    )


def _titles(tree: Any, meta: _Meta, article: Mapping[str, Any]) -> Iterator[str]:
    """The titles a page gives itself, best first, less the site's name behind them.

    What stands behind a bar or dash is the site's name if the rest is a heading of the page, or if it is in the name
    that the site gives itself.
    """
    headings = {" ".join(heading.text_content().split()) for heading in tree.xpath("//h1")[:20]} - {""}
    site = (meta.first("og:site_name") or _text(article.get("publisher")) or "").casefold()
    named = [_text(article.get("headline")), meta.first("og:title", "twitter:title")]
    for title in (*named, _attribute(tree, "//title/text()"), *headings):
        # JSON and attributes are often escaped once too often
        text = " ".join(html.unescape(title or "").split())
        yield from filter(None, [_without_site(text, headings, site)])


def _without_site(title: str, headings: set[str], site: str) -> str:
    for mark in _SEPARATOR.finditer(title):
        rest, behind = title[: mark.start()], title[mark.end() :].casefold().removeprefix("www.")
        if rest in headings or (site and behind and (behind in site or site in behind)):
            return rest
    return title


def _meta(tree: Any) -> _Meta:
    meta = _Meta()
    for element in tree.xpath("//meta[@content]")[:500]:
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = (element.get("content") or "").strip()
        if name and content:
            meta.values.setdefault(name.strip().lower(), []).append(content)
    return meta


def _authors(article: Mapping[str, Any], meta: _Meta) -> tuple[str, ...]:
    named = list(_texts(article.get("author"))) or meta.values.get("author") or meta.values.get("article:author") or []
    people = [name for name in named if not name.startswith(("http:", "https:", "//", "@"))]
    return tuple(dict.fromkeys(people))[:50]


def _section(article: Mapping[str, Any]) -> str | None:
    """The first section named. Some sites write all their keywords here, which three names or a comma without a space
    give away; ``Health, Science`` is one section."""
    named = next(_texts(article.get("articleSection")), None)
    if named and (named.count(",") > 1 or (", " not in named and "," in named)):
        return next((part for part in map(str.strip, named.split(",")) if part), None)
    return named


def _schema_article(tree: Any) -> Mapping[str, Any]:
    """The schema.org object of the page's article; empty where there is none."""
    best: Mapping[str, Any] = {}
    for script in tree.xpath("//script[@type='application/ld+json']")[:MOST_SCRIPTS]:
        for item in _objects(_loaded(script.text or ""), _DEPTH):
            if _is_article(item) and len(item.keys() & _TELLING) > len(best.keys() & _TELLING):
                best = item
    return best


_TELLING = {"headline", "datePublished", "author", "articleSection", "publisher", "articleBody", "url"}


def _is_article(item: Mapping[str, Any]) -> bool:
    kinds = item.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and _ARTICLE.search(kind) for kind in kinds)


def _loaded(text: str) -> object:
    """The JSON in ``text``, common slips mended; ``None`` where it is none."""
    text = text.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip().rstrip(";")
    if len(text) > LONGEST_SCRIPT:
        return None
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _objects(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for part in value[:200]:
            yield from _objects(part, depth - 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"):
            yield from _objects(value.get(key), depth - 1)


def _texts(value: object, depth: int = 4) -> Iterator[str]:
    if isinstance(value, str):
        if text := value.strip():
            yield text
    elif isinstance(value, list) and depth:
        for part in value[:100]:
            yield from _texts(part, depth - 1)
    elif isinstance(value, dict) and depth:
        yield from _texts(value.get("name") or value.get("@value") or value.get("@id"), depth - 1)


def _text(value: object) -> str | None:
    return next(_texts(value), None)


def _attribute(tree: Any, *paths: str) -> str | None:
    for path in paths:
        for value in tree.xpath(path)[:5]:
            if text := str(value).strip():
                return text
    return None


def _first(*values: str | None) -> str | None:
    return next((value for value in values if value), None)
