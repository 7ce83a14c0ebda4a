"""A page gives its main text and the facts that it declares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index.article import RawArticle
from index.readers import Limits
from tests.index.readers.archives import load_bytes

PARAGRAPHS = (
    "The old cinema on the market square opened its doors again on Friday, after eleven years of pigeons and dust.",
    "Volunteers had painted the hall, mended two hundred seats and found a projector in a barn outside of the town.",
    "“We did not count the hours”, said one of them, who asked that the names of all should be written on the wall.",
)


def page(
    head: str = "", *, lang: str = "en", heading: str = "Cinema opens again", before: str = "", after: str = ""
) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return (
        f"<!DOCTYPE html><html lang='{lang}'><head><title>Cinema opens again - The Lantern</title>{head}</head><body>"
        f"<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>{before}"
        f"<main><article><h1>{heading}</h1>{text}</article></main>"
        f"{after}<footer><p>Subscribe to our newsletter</p><p>All rights reserved</p></footer></body></html>"
    )


def schema(**facts: Any) -> str:
    data = {"@context": "https://schema.org", "@type": "NewsArticle", **facts}
    return f"<script type='application/ld+json'>{json.dumps(data)}</script>"


def one(tmp_path: Path, content: str | bytes) -> RawArticle:
    return load_bytes(tmp_path, "page.html", content).only


def test_the_main_text_is_taken_and_nothing_around_it(tmp_path: Path) -> None:
    article = one(tmp_path, page())
    for paragraph in PARAGRAPHS:
        assert paragraph in article.body
    for word in ("Subscribe", "Sport", "rights"):
        assert word not in article.body


def test_the_body_begins_below_the_headline_and_the_byline(tmp_path: Path) -> None:
    head = schema(headline="Cinema opens again", author={"name": "A. Writer"})
    heading = "Cinema opens again</h1><p>A. Writer</p><h1>"
    kicker = "<main><article><p>Culture</p>"
    plain, dressed = page(head), page(head, heading=heading).replace("<main><article>", kicker)
    assert one(tmp_path, dressed).body == one(tmp_path, plain).body == "\n".join(PARAGRAPHS)


def test_the_facts_are_handed_over_as_the_page_writes_them(tmp_path: Path) -> None:
    head = (
        schema(
            headline="Cinema opens again",
            datePublished="2026-03-13T18:05:00+02:00",
            dateModified="2026-03-15",
            articleSection=["Culture", "Town"],
            author=[{"@type": "Person", "name": "A. Writer"}, {"name": "B. Writer"}],
            publisher={"@type": "Organization", "name": "Lantern Media"},
        )
        + "<meta property='og:site_name' content='The Lantern'>"
        + "<link rel=canonical href='https://lantern.example/cinema'>"
    )
    article = one(tmp_path, page(head, lang="en-GB"))
    assert article.title == "Cinema opens again"
    assert (article.published, article.date_source) == ("2026-03-13T18:05:00+02:00", "markup")
    assert (article.section, article.source) == ("Culture", "The Lantern")
    assert article.authors == ("A. Writer", "B. Writer")
    assert (article.lang, article.url) == ("en-GB", "https://lantern.example/cinema")


def test_open_graph_serves_where_schema_org_is_silent(tmp_path: Path) -> None:
    names = {
        "og:title": "Cinema opens again | The Lantern",
        "og:site_name": "The Lantern",
        "og:url": "https://lantern.example/c",
        "article:published_time": "2026-03-13T16:05:00Z",
        "article:section": "Culture",
        "author": "A. Writer",
    }
    article = one(tmp_path, page("".join(f"<meta property='{k}' content='{v}'>" for k, v in names.items())))
    assert (article.title, article.source, article.section) == ("Cinema opens again", "The Lantern", "Culture")
    assert (article.published, article.url) == ("2026-03-13T16:05:00Z", "https://lantern.example/c")
    assert article.authors == ("A. Writer",)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda facts: facts,
        lambda facts: [{"@type": "WebSite", "name": "x"}, facts],
        lambda facts: {"@context": "x", "@graph": [{"@type": "Organization"}, facts]},
        lambda facts: {"@type": "WebPage", "mainEntity": facts},
        lambda facts: {**facts, "@type": ["Thing", "ReportageNewsArticle"]},
    ],
)
def test_schema_org_is_found_however_it_is_nested(tmp_path: Path, wrap: Any) -> None:
    facts = {"@type": "NewsArticle", "datePublished": "2026-03-13"}
    head = f"<script type='application/ld+json'>{json.dumps(wrap(facts))}</script>"
    assert one(tmp_path, page(head)).published == "2026-03-13"


@pytest.mark.parametrize(
    ("written", "section"),
    [("Phones,Networks", "Phones"), ("Phones, Networks, Prices", "Phones"), ("Health, Science", "Health, Science")],
)
def test_a_list_of_keywords_gives_the_first_for_a_section(written: str, section: str, tmp_path: Path) -> None:
    assert one(tmp_path, page(schema(headline="Cinema opens again", articleSection=written))).section == section


def test_broken_schema_org_costs_only_itself(tmp_path: Path) -> None:
    broken = "<script type='application/ld+json'>{oops</script>"
    slip = '<script type=\'application/ld+json\'>{"@type": "NewsArticle", "datePublished": "2026-03-13",}</script>'
    assert one(tmp_path, page(broken + slip)).published == "2026-03-13"


def test_a_title_loses_the_name_of_the_site(tmp_path: Path) -> None:
    assert one(tmp_path, page()).title == "Cinema opens again"
    site = "<meta property='og:site_name' content='The Lantern'>"
    assert one(tmp_path, page(site, heading="Another heading")).title == "Cinema opens again"
    assert one(tmp_path, page(heading="Another heading")).title == "Cinema opens again - The Lantern"


def test_entities_escaped_twice_are_read(tmp_path: Path) -> None:
    assert one(tmp_path, page(schema(headline="Caf&eacute; &amp; cinema"))).title == "Café & cinema"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251"])
def test_a_page_in_its_own_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    text = "Старый кинотеатр на рыночной площади в пятницу снова открыл свои двери, спустя одиннадцать лет. " * 3
    content = f"<html><head><meta charset='{encoding}'><title>Кино</title></head><body><p>{text}</p></body></html>"
    article = one(tmp_path, content.encode(encoding))
    assert article.title == "Кино"
    assert "рыночной площади" in article.body


def test_a_page_without_text_is_rejected_in_words(tmp_path: Path) -> None:
    for content in ("<html><body></body></html>", "<html></html>", "<div><script>x()</script></div>"):
        assert load_bytes(tmp_path, "a.html", content).reason == "no running text found on the page"


def test_of_a_very_large_page_the_paragraphs_are_taken(tmp_path: Path) -> None:
    article = load_bytes(tmp_path, "a.html", page(before="<b>x</b>" * 300), limits=Limits(document_elements=100)).only
    assert article.body.split("\n") == list(PARAGRAPHS)


def test_a_page_over_the_limits_is_rejected(tmp_path: Path) -> None:
    outcome = load_bytes(tmp_path, "a.html", page(), limits=Limits(document_bytes=500))
    assert outcome.reason.startswith("larger than")
    outcome = load_bytes(tmp_path, "a.html", page(before="<b>" * 99), limits=Limits(parsed_elements=20))
    assert outcome.reason == "more than 20 elements on one page"
