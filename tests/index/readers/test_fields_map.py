"""A record's names are understood as people use them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import RawArticle, Reject
from index.readers.fields_map import INSIDE, LIST, RECORD, article_of, field_of, names, squeeze


def article(**record: Any) -> RawArticle:
    found = article_of({"body": "Some text.", **record}, "a:1")
    assert isinstance(found, RawArticle)
    return found


@pytest.mark.parametrize(
    ("record", "field", "expected"),
    [
        ({"headline": "T"}, "title", "T"),
        ({"TITLE": " T "}, "title", "T"),
        ({"title": {"rendered": "T"}}, "title", "T"),
        ({"headline": {"main": "T", "kicker": None}}, "title", "T"),
        ({"headlines": [{"role": "main", "value": "T"}]}, "title", "T"),
        ({"titulo": "T"}, "title", "T"),
        ({"title": "", "headline": "T"}, "title", "T"),
        ({"headline": "second", "title": "first"}, "title", "first"),
        ({"title": None, "name": "T"}, "title", "T"),
        ({"title": 1984}, "title", "1984"),
        ({"publishedAt": "2026"}, "published", "2026"),
        ({"published_at": "2026"}, "published", "2026"),
        ({"Date-Published": "2026"}, "published", "2026"),
        ({"pub date": "2026"}, "published", "2026"),
        ({"timestamp": 1773479100}, "published", "1773479100"),
        ({"timestamp": 1773479100000}, "published", "1773479100000"),
        ({"timestamp": 1773479100.0}, "published", "1773479100"),
        ({"date": False}, "published", None),
        ({"date": {"$date": 1}}, "published", None),
        ({"category": ["Sport", "Local"]}, "section", "Sport"),
        ({"section": None, "topic": "Sport"}, "section", "Sport"),
        ({"section": {"id": 4, "name": "Sport"}}, "section", "Sport"),
        ({"language": "de-AT"}, "lang", "de-AT"),
        ({"inLanguage": {"@type": "Language", "name": "German"}}, "lang", "German"),
        ({"link": "https://a.example/"}, "url", "https://a.example/"),
        ({"source": {"id": "bbc", "name": "BBC"}}, "source", "BBC"),
        ({"publisher": [{"name": "P"}]}, "source", "P"),
        ({"id": 12}, "id", "12"),
        ({"_id": "x"}, "id", "x"),
        ({"guid": {"#text": 1, "value": "g"}}, "id", "g"),
        ({"dateline": "HONG KONG, March 31 -"}, "place", "HONG KONG, March 31 -"),
        ({"authors": ["A", {"name": "B"}, None, ""]}, "authors", ("A", "B")),
        ({"author": "A and B"}, "authors", ("A and B",)),
        ({"byline": {"original": "By A"}}, "authors", ("By A",)),
        ({"authors": [], "author": {"name": "A"}}, "authors", ("A",)),
        ({"event": "E1"}, "id", None),
        ({"questions": [{"question": "?"}]}, "title", ""),
    ],
)
def test_a_value_is_found_under_its_names(record: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(article(**record), field) == expected


@pytest.mark.parametrize(
    "name", ["body", "text", "content", "articleBody", "full_text", "本文", "Текст", "description"]
)
def test_the_text_is_found_under_its_names(name: str) -> None:
    found = article_of({"title": "T", name: "Some text."}, "a:1")
    assert isinstance(found, RawArticle)
    assert found.body == "Some text."


def test_a_body_in_paragraphs_is_joined() -> None:
    assert article(body=["One.", {"text": "Two."}, None, "Three."]).body == "One.\nTwo.\nThree."


def test_a_text_is_preferred_to_a_description_of_it() -> None:
    assert article_of({"description": "short", "content": "long"}, "a").body == "long"  # type: ignore[union-attr]


def test_a_record_inside_a_record_is_found_with_the_facts_around_it() -> None:
    found = article_of({"_id": "7", "_source": {"title": "T", "body": "B"}}, "a:1")
    assert isinstance(found, RawArticle)
    assert (found.title, found.body, found.id) == ("T", "B", "7")


def test_markup_in_a_body_becomes_text() -> None:
    assert (
        article(body="<p>One &amp; two.</p><p>Three<br>four.</p><script>alert(1)</script>").body
        == "One & two.\nThree\nfour."
    )
    assert article(body="if a<b and c>d, write <name>").body == "if a<b and c>d, write <name>"


def test_a_declared_date_says_so() -> None:
    assert article(date="2026").date_source == "declared"
    assert article().date_source is None


def test_a_record_without_text_is_rejected_with_its_names() -> None:
    found = article_of({"price": 3, "colour": "red"}, "a:1", "{}")
    assert found == Reject("a:1", "no title and no body: it has price, colour", "{}")


def test_lone_surrogates_are_replaced_and_pairs_joined() -> None:
    assert article(title="a\ud800b").title == "a�b"
    assert article(title="\ud83d\ude00").title == "😀"


def test_the_table_names_every_field_of_an_article_and_no_name_twice() -> None:
    table = names()
    facts = set(RawArticle.__slots__) - {"locator", "original", "date_source"}
    assert set(table) == facts | {INSIDE, RECORD, LIST}
    listed = [name for field, ranks in table.items() if field in facts for name in ranks]
    assert len(listed) == len(set(listed))
    assert all(squeeze(name) == name and field_of(name.upper()) for name in listed)


SOURCES = ["source", "Source", "publisher", "site_name", "agency", "nothing known", "Publisher!", "sourceName"]
VALUES = st.sampled_from(
    [None, "", " \u2003", "A", " B ", 7, True, float("nan"), [], ["", "C"], {"name": "D"}, {"x": "E"}, "\ud800"]
)


@settings(max_examples=400)
@given(st.dictionaries(st.sampled_from(SOURCES), VALUES), st.booleans())
def test_of_several_names_of_a_field_the_best_that_is_filled_is_taken(record: dict[str, Any], many: bool) -> None:
    others = {f"other {number}": "x" for number in range(200)} if many else {}
    ranks = names()["source"]
    single = {name: article(source=value).source for name, value in record.items()}
    filled = [name for name in record if squeeze(name) in ranks and single[name] is not None]
    best = min(filled, key=lambda name: ranks[squeeze(name)], default=None)
    assert article(**others, **record).source == (single[best] if best is not None else None)
