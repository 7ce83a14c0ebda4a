"""From articles as archives tell them to articles in normal form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article, RawArticle, Reject
from index.dates import span_of
from index.normalize import MAX_BODY, Defaults, Normalizer

BODY = "The harbour board said on Tuesday that it would widen the northern quay by forty metres before the winter."


def normal(defaults: Defaults = Defaults(), **fields: Any) -> Article:  # noqa: B008
    """The article that these fields make, with a title and a body where none are given."""
    fields = {"locator": "a.jsonl:1", "title": "Quay to be widened", "body": BODY, **fields}
    (article,) = Normalizer(defaults).normalize([RawArticle(**fields)])
    assert isinstance(article, Article)
    return article


def dates(batch: list[tuple[str, str, str | None]]) -> list[str | None]:
    """What is published according to (locator, date, language) read as one batch."""
    raws = [RawArticle(locator, "Title", BODY, published=date, lang=lang) for locator, date, lang in batch]
    return [article.published for article in Normalizer().normalize(raws) if isinstance(article, Article)]


def test_an_article_without_any_text_is_rejected_with_its_original() -> None:
    raw = RawArticle("a.jsonl:7", " \u200b", "\ufeff\n\n", original='{"title": " "}')
    assert Normalizer().normalize([raw]) == [Reject("a.jsonl:7", "no title and no body", '{"title": " "}')]


def test_a_body_beyond_the_limit_is_rejected_in_words() -> None:
    (reject,) = Normalizer().normalize([RawArticle("a", "Title", "word " * (MAX_BODY // 4))])
    assert isinstance(reject, Reject)
    assert "divide" in reject.reason


def test_the_beginning_of_the_body_stands_in_for_a_missing_title() -> None:
    article = normal(title="", body=f"{BODY} {BODY}\nMore.")
    assert article.title == ""
    assert article.headline.endswith("…")
    assert len(article.headline) <= 120
    assert BODY.startswith(article.headline[:60])
    assert article.body.startswith(article.headline[:-1])
    assert any("title" in note for note in article.notes)
    assert normal(title="", body="Short line.\nMore.").headline == "Short line."
    assert len(normal(title="", body="桥" * 500).headline) == 120


def test_an_article_without_a_title_is_the_one_that_has_its_beginning_as_title() -> None:
    with_it, without = (
        normal(title="Short line.", body="Short line.\nMore."),
        normal(title="", body="Short line.\nMore."),
    )
    assert (without.id, without.digest) == (with_it.id, with_it.digest)


def test_a_title_alone_is_an_article() -> None:
    article = normal(body="")
    assert (article.title, article.body) == ("Quay to be widened", "")


def test_entities_in_a_title_are_decoded_once() -> None:
    assert normal(title="Tom &amp; Jerry&#39;s &amp;amp;").title == "Tom & Jerry's &amp;"


def test_defaults_hold_only_where_the_archive_is_silent() -> None:
    defaults = Defaults(lang="de", section="News", source="Agency", timezone="Europe/Minsk")
    silent = normal(defaults, published="2026-02-05 12:38", body="", title="Ok")
    assert (silent.lang, silent.section, silent.source) == ("de", "News", "Agency")
    assert silent.published == "2026-02-05T12:38+03:00"
    telling = normal(defaults, lang="en", section="Port", source="Gazette", published="2026-02-05T12:38Z")
    assert (telling.lang, telling.section, telling.source) == ("en", "Port", "Gazette")
    assert telling.published == "2026-02-05T12:38Z"
    assert normal(defaults, lang="no such language").lang == "de"


def test_the_archives_other_dates_decide_which_number_is_the_day() -> None:
    assert dates([("a.csv:1", "05/02/2026", "en"), ("a.csv:2", "13/02/2026", "en")]) == ["2026-02-05", "2026-02-13"]
    assert dates([("a.csv:1", "05/02/2026", "de"), ("a.csv:2", "02/13/2026", "de")]) == ["2026-05-02", "2026-02-13"]
    assert dates([("z.zip!/a.csv:1", "05/02/2026", "en"), ("z.zip!/b.csv:9", "13/02/2026", "en")])[0] == "2026-02-05"


def test_dates_of_another_archive_decide_nothing() -> None:
    assert dates([("a.csv:1", "05/02/2026", "en"), ("b.csv:2", "13/02/2026", "en")])[0] == "2026-05-02"
    assert dates([("x/a.html", "05/02/2026", "en"), ("y/b.html", "13/02/2026", "en")])[0] == "2026-05-02"
    assert dates([("x/a.html", "05/02/2026", "en"), ("x/b.html", "13/02/2026", "en")])[0] == "2026-02-05"


def test_evidence_is_remembered_from_batch_to_batch() -> None:
    normalizer = Normalizer()
    normalizer.normalize([RawArticle("a.csv:1", "Title", BODY, published="13/02/2026", lang="en")])
    (article,) = normalizer.normalize([RawArticle("a.csv:2", "Title", BODY, published="05/02/2026", lang="en")])
    assert isinstance(article, Article)
    assert article.published == "2026-02-05"


def test_without_evidence_the_language_decides_and_its_region_where_declared() -> None:
    assert dates([("a:1", "05/02/2026", "en")]) == ["2026-05-02"]
    assert dates([("a:1", "05/02/2026", "en-GB")]) == ["2026-02-05"]
    assert dates([("a:1", "05/02/2026", "German")]) == ["2026-02-05"]


@pytest.mark.parametrize("written", ["9999-12-31", "9999", "soon", "0000-00-00T00:00:00Z", "31.02.2026"])
def test_an_impossible_date_is_left_out_with_a_note(written: str) -> None:
    article = normal(published=written)
    assert (article.published, article.date_source) == (None, None)
    assert any(written in note for note in article.notes)


def test_where_a_date_came_from_is_kept() -> None:
    assert normal(published="2026").date_source == "declared"
    assert normal(published="2026", date_source="markup").date_source == "markup"
    assert normal().date_source is None


def test_only_absolute_web_addresses_are_kept() -> None:
    assert normal(url="HTTP://Example.org/x#y").url == "http://example.org/x"
    for url in ("/news/1", "javascript:alert(1)", "data:text/html,x"):
        article = normal(url=url)
        assert article.url is None
        assert any(url in note for note in article.notes)
    assert normal(url="  ").notes == ()


def test_an_id_is_the_given_one_else_of_the_address_else_of_the_content() -> None:
    assert normal(id=" abc-1 ", url="https://example.org/1").id == "abc-1"
    assert normal(id="a\x00b\nc").id == "ab c"
    of_address = normal(url="https://example.org/1").id
    assert of_address.startswith("u-")
    assert normal(url="http://example.org/1/", title="Another", body="text").id == of_address
    assert normal(url="/news/1", source="BBC").id == normal(url="/news/1", source="BBC", title="Changed").id
    assert normal(url="/news/1", source="BBC").id != normal(url="/news/1", source="RFI").id
    of_content = normal().id
    assert of_content.startswith("h-")
    assert normal(body=f"  {BODY}\n").id == of_content
    assert normal(source="Gazette").id != of_content
    assert len(normal(id="x" * 600).id) < 30


def test_a_digest_knows_title_and_body_only() -> None:
    assert normal(id="1", source="A", published="2026").digest == normal(id="2", source="B").digest
    assert normal(title="quay to be widened").digest != normal().digest


def test_a_place_is_the_declared_one_else_that_of_the_dateline() -> None:
    assert normal(place="HONG KONG, March 31 -").place == "HONG KONG"
    assert normal(body=f"MINSK, 5. Februar (BelTA) – {BODY}").place == "MINSK"
    assert normal(place="Minsk", body=f"BREST (BelTA) – {BODY}").place == "Minsk"
    assert normal(place="-").place is None


def test_facets_are_trimmed_and_bounded() -> None:
    article = normal(section="  Port\n and  sea ", source="x" * 1_000)
    assert article.section == "Port and sea"
    assert article.source == "x" * 200
    assert normal(section=" \n").section is None
    assert normal(source="https://www.Gazette.example/#organization").source == "gazette.example"


def test_results_stand_in_the_order_of_the_batch() -> None:
    raws = [RawArticle(f"a:{number}", "Title" if number % 3 else "", "", id=f"n{number}") for number in range(30)]
    for raw, result in zip(raws, Normalizer().normalize(raws), strict=True):
        assert result.locator == raw.locator if isinstance(result, Reject) else result.id == raw.id


ANY = st.text(max_size=60)
MAYBE = st.none() | ANY


@settings(max_examples=200)
@given(ANY, ANY, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, MAYBE, st.lists(ANY, max_size=4), MAYBE)
def test_any_strings_make_a_storable_article_or_a_reject(
    title: str,
    body: str,
    id: str | None,
    url: str | None,
    published: str | None,
    lang: str | None,
    section: str | None,
    source: str | None,
    authors: list[str],
    place: str | None,
) -> None:
    raw = RawArticle("x", title, body, id, url, published, None, lang, section, source, tuple(authors), place)
    (article,) = Normalizer().normalize([raw])
    if isinstance(article, Reject):
        assert article.reason == "no title and no body"
        return
    assert article.headline
    assert article.id
    assert article.published is None or span_of(article.published)
    json.dumps([getattr(article, name) for name in Article.__slots__], ensure_ascii=False).encode()
    texts = [
        article.id,
        article.headline,
        article.section or "",
        article.source or "",
        *article.authors,
        article.place or "",
    ]
    assert not any(character < " " for text in texts for character in text)
