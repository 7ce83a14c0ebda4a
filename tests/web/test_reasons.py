"""Why a hit stands where it stands, on the page; and words that are met exactly as written."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from search import Hit, Snippet
from search.result import Explanation, Share
from tests.web.page import get, links, params, text_of
from tests.web.test_pages import follow, headline
from web.interface import CODES, load_interfaces
from web.reasons import MOST_ROWS, reasons

INTERFACES = load_interfaces()


def hit(*shares: Share, near: float = 0.0, in_title: bool = False, lift: float = 1.0, recent: float = 1.0) -> Hit:
    why = Explanation(shares, near, in_title, lift, recent)
    return Hit("a1", Snippet("A title"), "en", 1.0, explanation=why)


def tables(page: Any) -> list[list[list[str]]]:
    """The cells of each table that explains a hit."""
    return [
        [[text_of(cell) for cell in row] for row in table.iter("tr")]
        for table in page.xpath("//main//article//details[@class='why']//table")
    ]


def test_each_hit_tells_what_its_words_gave(client: FlaskClient) -> None:
    page = get(client, "/?q=ferry+lumo&explain=1")
    assert len(tables(page)) == len(page.xpath("//main//article")) == 20
    head, *rows, near, score = tables(page)[0]
    assert head == ["Word", "Where", "How", "Times", "Share"]
    assert {tuple(row[:3]) for row in rows} == {
        ("ferries", "Title", "in another form"),
        ("ferries", "Text", "in another form"),
        ("lumo", "Title", "as typed"),
        ("lumo", "Text", "as typed"),
    }
    assert near[0].startswith("Nearness of the words: ")
    assert near[0].endswith("All the words stand in the title")
    total = sum(float(row[4]) for row in rows) * float(near[1].removeprefix("× "))
    assert score[0] == "Score"
    assert float(score[1]) == pytest.approx(total, rel=0.05)


def test_explanations_are_switched_on_and_off_and_stay_on(client: FlaskClient) -> None:
    page = get(client, "/?q=harbour&page=2&ui=en")
    assert not tables(page)
    explained = follow(client, page, "//div[@class='summary']", "Explain the order")
    assert len(tables(explained)) == 6
    for where in ("//nav[@class='filters']", "//nav[@class='sorts']", "//nav[@class='pages']", "//main//article//h2"):
        assert all(params(address)["explain"] == ["1"] for address in links(explained, where).values())
    assert explained.xpath("//input[@type='hidden'][@name='explain']/@value") == ["1"]
    plain = follow(client, explained, "//div[@class='summary']", "Without explanations")
    assert not tables(plain)
    assert plain.xpath("//nav[@class='pages']//b/text()") == ["2"]


def test_where_no_words_rank_there_is_nothing_to_explain(client: FlaskClient) -> None:
    for query in ("q=*", "q=ferries&sort=newest", "q=section:Transport", "q=nowhere"):
        page = get(client, f"/?{query}&explain=1")
        assert not tables(page)
        assert "xplain" not in text_of(page.xpath("//main")[0])


def test_words_that_are_met_as_written_have_a_field_and_a_chip(client: FlaskClient) -> None:
    page = get(client, "/?q=ferry&match=exact")
    assert headline(page) == "0 articles for “ferry”"
    assert page.xpath("//select[@id='match']/option[@selected]/@value") == ["exact"]
    assert page.xpath("//details[@class='options']/@open")
    assert headline(follow(client, page, "//ul[@class='chips']", "Take back: Words exactly")).startswith("25 ")
    assert headline(follow(client, page, "//section[@class='blank']", "Search for all forms")).startswith("25 ")
    assert params(get(client, "/?q=ferries&match=exact").xpath("//article//h2/a/@href")[0])["match"] == ["exact"]


def test_what_has_no_field_is_kept_and_can_be_taken_back(client: FlaskClient) -> None:
    page = get(client, "/?q=ferries&qlang=en-GB&half_life=30&cursor=eJw&ui=en")
    chips = links(page, "//ul[@class='chips']")
    assert list(chips) == [
        "Take back: Word forms of English ×",
        "Take back: Lift of new articles, half-life 30 days ×",
        "Take back all",
    ]
    assert params(chips["Take back: Word forms of English ×"]) == {"q": ["ferries"], "half_life": ["30"], "ui": ["en"]}
    assert params(chips["Take back all"]) == {"q": ["ferries"], "ui": ["en"]}
    assert dict(page.forms[0].form_values()).items() >= {"qlang": "en", "half_life": "30"}.items()
    assert "cursor" not in dict(page.forms[0].form_values())
    assert not any("cursor" in address for address in page.xpath("//a/@href"))


@pytest.mark.parametrize("code", CODES)
def test_every_way_and_lift_has_its_words(code: str) -> None:
    ways = ("exact", "accents", "form", "phrase", "pattern", "fuzzy")
    shares = [Share("x", field, way, 1, 1.0) for field in ("title", "body") for way in ways]  # type: ignore[arg-type]
    found = reasons(hit(*shares, near=0.5, in_title=True, lift=1.4, recent=1.5), INTERFACES[code])
    assert found
    assert len({row.how for row in found.rows}) == len(ways)
    assert len({row.where for row in found.rows}) == 2
    together, new = found.lifts
    assert (len(together.reasons), together.factor) == (2, 1.4)
    assert (len(new.reasons), new.factor) == (1, 1.5)


def test_many_forms_are_told_as_one_behind_the_first() -> None:
    shares = [Share(f"form{number}", "body", "pattern", 1, 0.25) for number in range(MOST_ROWS + 8)]
    found = reasons(hit(*shares), INTERFACES["en"])
    assert found
    assert (len(found.rows), found.others, found.others_share) == (MOST_ROWS, 8, 2.0)
    assert found.lifts == ()


def test_what_was_not_asked_for_or_has_no_words_is_not_explained() -> None:
    assert reasons(hit(), INTERFACES["en"]) is None
    assert reasons(Hit("a1", Snippet("A title"), "en", 1.0), INTERFACES["en"]) is None


def test_words_side_by_side_are_said_to_be() -> None:
    share = Share("x", "body", "exact", 1, 1.0)
    found = reasons(hit(share, near=1.0, lift=1.4), INTERFACES["en"])
    assert found
    assert found.lifts[0].reasons == ("The words stand side by side",)
