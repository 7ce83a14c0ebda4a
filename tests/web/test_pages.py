"""The pages for people, read as trees; all without JavaScript."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import html

from tests.web.page import get, links, params, text_of
from web.interface import CODES


def follow(client: FlaskClient, page: html.HtmlElement, where: str, text: str) -> html.HtmlElement:
    """The page behind the one link whose text begins so."""
    found = [address for label, address in links(page, where).items() if label.startswith(text)]
    assert len(found) == 1, (text, links(page, where))
    return get(client, found[0])


def headline(page: html.HtmlElement) -> str:
    return text_of(page.xpath("//h1")[0])


def titles(page: html.HtmlElement) -> list[str]:
    return [text_of(node) for node in page.xpath("//main//article//*[@class='headline']")]


def test_the_front_page_shows_what_is_in_the_archive(client: FlaskClient) -> None:
    page = get(client, "/")
    assert "32 articles" in text_of(page.xpath("//header")[0])
    assert titles(page)[0] == "卢莫港口的渡轮"
    assert "Transport 25" in links(page, "//nav[@class='shelves']")
    german = follow(client, page, "//nav[@class='shelves']", "German")
    assert titles(german) == ["Der Hafen von Lumo zählt Fähren"]
    assert len(titles(follow(client, page, "//main", "Browse all"))) == 20


def test_unknown_parameters_of_others_do_not_disturb_a_page(client: FlaskClient) -> None:
    page = get(client, "/?utm_source=letter&q=ferries&facets=nonsense&fbclid=1")
    assert headline(page) == "25 articles for “ferries”"
    assert "utm" not in html.tostring(page, encoding="unicode")


def test_a_hit_tells_its_facts(client: FlaskClient) -> None:
    page = get(client, "/?q=ferries&sort=newest")
    hit = page.xpath("//main//article")[0]
    said = text_of(hit)
    for fact in ("January 25, 2026, 05:15", "English", "Lumo Courier", "Transport", "Ada Moor, Bo Lind"):
        assert fact in said
    assert hit.xpath(".//time/@datetime") == ["2026-01-25T05:15"]
    assert [text_of(mark) for mark in hit.xpath(".//mark")] == ["ferries", "ferries"]
    outward = hit.xpath(".//a[@class='original']")[0]
    assert outward.get("href") == "https://courier.example/ferry/25"
    assert set(outward.get("rel").split()) == {"noopener", "noreferrer", "nofollow"}


@pytest.mark.parametrize(
    ("lang", "title"), [("ar", "عبّارة في ميناء لومو"), ("zh", "卢莫港口的渡轮"), ("ru", "Паром в порту Лумо")]
)
def test_texts_of_a_hit_say_their_language_and_find_their_direction(client: FlaskClient, lang: str, title: str) -> None:
    page = get(client, f"/?lang={lang}")
    assert titles(page) == [title]
    said = page.xpath(f"//main//article//*[@lang='{lang}'][@dir='auto']")
    assert [node.tag for node in said] == ["span", "p"]
    article = get(client, page.xpath("//main//article//h2/a/@href")[0])
    assert article.xpath("//h1")[0].get("lang") == lang
    assert article.xpath("//h1")[0].get("dir") == "auto"


def test_a_date_never_gains_what_is_not_known(client: FlaskClient) -> None:
    shown = {lang: text_of(get(client, f"/?lang={lang}").xpath("//article//time")[0]) for lang in ("ar", "de", "ru")}
    assert shown == {"ar": "2023", "de": "November 2025", "ru": "March 5, 2024"}
    hour = get(client, "/?lang=zh").xpath("//article//time")[0]
    assert (text_of(hour), hour.get("datetime")) == ("February 5, 2026, 12h", "2026-02-05")
    assert "Undated" in text_of(get(client, "/?lang=und").xpath("//main//article")[0])


def test_facets_narrow_and_chips_take_back(client: FlaskClient) -> None:
    page = get(client, "/?q=harbour&ui=en")
    transport = follow(client, page, "//nav[@class='filters']", "Transport")
    assert headline(transport) == "25 articles for “harbour”"
    assert transport.xpath("//nav[@class='filters']//a[@aria-current='true']//bdi/text()") == ["Transport"]
    english = follow(client, transport, "//nav[@class='filters']", "English")
    chips = links(english, "//ul[@class='chips']")
    assert [label for label in chips if label.startswith("Take back:")] == [
        "Take back: Section Transport ×",
        "Take back: Language English ×",
    ]
    back = follow(client, english, "//ul[@class='chips']", "Take back: Section")
    assert headline(back) == "26 articles for “harbour”"
    assert params(chips["Take back all"]) == {"q": ["harbour"], "ui": ["en"]}


def test_every_filter_has_its_chip(client: FlaskClient) -> None:
    page = get(
        client, "/?section=A&exclude_source=B&author=C&from=2026-01&last=&to=2026&search_in=title&exclude_lang=de"
    )
    chips = [label.removeprefix("Take back: ") for label in links(page, "//ul[@class='chips']")]
    assert chips == [
        *("Section A ×", "Author C ×", "Language – without German ×", "Source – without B ×"),
        *("From January 2026 ×", "To 2026 ×", "Search in Titles only ×", "Take back all"),
    ]
    assert "Take back: Last 10y ×" in links(get(client, "/?last=10y"), "//ul[@class='chips']")


def test_bars_lead_to_their_span_of_time(client: FlaskClient) -> None:
    page = get(client, "/?q=ferries")
    bars = page.xpath("//*[local-name()='svg'][contains(@class,'bars')]//a")
    assert len(bars) == 25
    assert params(bars[3].get("href")) == {"q": ["ferries"], "from": ["2026-01-04"], "to": ["2026-01-04"]}
    assert text_of(bars[3]) == "January 4, 2026: 1"
    listed = links(page, "//details[@class='spans']")
    assert listed["January 4, 2026 1"] == bars[3].get("href")
    narrowed = get(client, bars[3].get("href"))
    assert headline(narrowed) == "1 article for “ferries”"
    assert len(narrowed.xpath("//*[local-name()='svg']//a[@class='chosen']")) == 1
    assert len(narrowed.xpath("//*[local-name()='svg'][contains(@class,'bars')]//a")) == 25


def test_the_form_keeps_filters_and_shows_partial_dates_as_days(client: FlaskClient) -> None:
    page = get(client, "/?q=ferries&section=Transport&from=2026&to=2026-02&op=any&ui=de&page=1&sort=oldest")
    form = page.forms[0]
    assert (form.action, form.method) == ("/", "GET")
    assert dict(form.form_values()) == {
        "section": "Transport",
        "sort": "oldest",
        "ui": "de",
        "q": "ferries",
        "from": "2026-01-01",
        "to": "2026-02-28",
        "op": "any",
        "match": "",
        "search_in": "",
    }
    assert page.xpath("//details[@class='options']/@open")
    moment = get(client, "/?from=2026-01-05T10:00")
    assert moment.xpath("//input[@name='from']/@type") == ["text"]
    assert moment.xpath("//input[@name='from']/@value") == ["2026-01-05T10:00"]


def test_every_field_of_the_form_has_a_label(client: FlaskClient) -> None:
    page = get(client, "/")
    labelled = set(page.xpath("//label/@for"))
    fields = page.xpath("//form//*[self::select or self::input[not(@type='hidden')]]")
    assert {field.get("id") for field in fields} == labelled


def test_orders_are_links(client: FlaskClient) -> None:
    page = get(client, "/?q=harbour")
    where = "//nav[@class='sorts']"
    assert page.xpath(f"{where}/*[@aria-current]/text()") == ["Best matches first"]
    oldest = follow(client, page, where, "Oldest")
    assert titles(oldest)[0].endswith("day 1")
    assert follow(client, oldest, where, "Best").xpath(f"{where}/*[@aria-current]/text()") == ["Best matches first"]
    assert "Best matches first" not in text_of(get(client, "/?q=*"))


def test_pages_lead_through_all_hits(client: FlaskClient) -> None:
    seen: list[str] = []
    page = get(client, "/?q=*&per_page=5&ui=en")
    while True:
        seen += page.xpath("//main//article//h2/a/@href")
        following = page.xpath("//nav[@class='pages']/a[@rel='next']/@href")
        if not following:
            break
        page = get(client, following[0])
    assert len(seen) == 32
    assert len({address.split("?")[0] for address in seen}) == 32
    assert page.xpath("//nav[@class='pages']//b[@aria-current='page']/text()") == ["7"]
    assert "no such page" in text_of(get(client, "/?q=*&page=40").xpath("//main")[0])


def test_the_article_page_marks_words_and_leads_back(client: FlaskClient) -> None:
    results = get(client, "/?q=quay&section=Transport&page=2&ui=en")
    page = get(client, results.xpath("//main//article//h2/a/@href")[0])
    assert [text_of(mark) for mark in page.xpath("//div[@class='text']//mark")] == ["quay"]
    assert len(page.xpath("//div[@class='text']/p")) == 2
    back = page.xpath("//p[@class='back']/a/@href")[0]
    assert params(back) == {"q": ["quay"], "section": ["Transport"], "page": ["2"], "ui": ["en"]}
    facts = text_of(page.xpath("//aside")[0])
    for fact in ("as the archive declares", "Lumo Courier", "Ada Moor", "courier.example"):
        assert fact in facts
    assert headline(follow(client, page, "//aside", "Bo Lind")) == "25 articles"


@pytest.mark.parametrize("query", ["letters", "unbroken"])
def test_an_article_with_an_odd_id_is_reached_by_its_link(client: FlaskClient, query: str) -> None:
    page = get(client, f"/?q={query}&op=any" if query == "unbroken" else "/?q=wrote")
    assert get(client, page.xpath("//main//article//h2/a/@href")[0]).xpath("//div[@class='text']//mark")


def test_the_beginning_of_an_article_without_a_title_stands_above_it(client: FlaskClient) -> None:
    page = get(client, "/?q=lighthouse")
    assert titles(page) == ["A body whose title was lost near the lighthouse."]
    assert headline(follow(client, page, "//main//article", "A body")) == titles(page)[0]


def test_what_was_repaired_is_said(client: FlaskClient) -> None:
    page = get(client, "/?q=harbour+AND")
    assert text_of(page.xpath("//div[@class='notices']")[0]).endswith("(character 9)")
    russian = get(client, "/?q=harbour+AND&ui=ru")
    assert "Оператору" in text_of(russian.xpath("//div[@class='notices']//p[@lang='ru']")[0])


def test_zero_hits_offer_ways_on(client: FlaskClient) -> None:
    page = get(client, "/?q=harbour&lang=zh")
    assert headline(page) == "0 articles for “harbour”"
    assert headline(follow(client, page, "//main", "Without the filters there are 26")) == "26 articles for “harbour”"
    narrow = get(client, "/?q=moonshine+moonlight&search_in=title&match=exact&lang=de")
    offered = links(narrow, "//section[@class='blank']")
    assert {"Search for all forms of the words", "Search in titles and texts"} <= set(offered)


def test_words_that_no_article_has_together_are_found_one_by_one(client: FlaskClient) -> None:
    page = get(client, "/?q=harbour+AND+lighthouse")
    assert headline(page) == "0 articles for “harbour AND lighthouse”"
    page = get(client, "/?q=lighthouse+harbour&ui=de")
    assert "irgendeinem davon" in text_of(page.xpath("//div[@class='notices']")[0])
    page = get(client, "/?q=lighthouse+moonlight&ui=de")
    assert "in keinem Artikel" in text_of(page.xpath("//div[@class='notices']")[0])


def test_an_empty_archive_says_how_to_fill_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.archive import build_index
    from web import Config, create_app

    client = create_app(Config(build_index(tmp_path_factory.mktemp("empty") / "index", []))).test_client()
    page = get(client, "/")
    assert "ingest.py" in text_of(page.xpath("//main")[0])
    assert headline(get(client, "/?q=anything")) == "0 articles for “anything”"


@pytest.mark.parametrize("code", CODES)
def test_the_page_speaks_the_language_chosen_and_keeps_it(client: FlaskClient, code: str) -> None:
    page = get(client, f"/?q=harbour&ui={code}")
    assert page.get("lang") == code
    assert page.get("dir") == ("rtl" if code == "ar" else "ltr")
    inside = list(page.xpath("//main//a[not(@class='original')]/@href"))
    assert inside
    assert all(params(address)["ui"] == [code] for address in inside)
    assert page.xpath("//input[@type='hidden'][@name='ui']/@value") == [code]
    others = links(page, "//nav[@class='tongues']")
    assert len(others) == len(CODES) - 1
    assert all(params(address)["q"] == ["harbour"] for address in others.values())


def test_without_a_choice_the_browser_decides(client: FlaskClient) -> None:
    response = client.get("/", headers={"Accept-Language": "fr, ar;q=0.9, en;q=0.8"})
    assert response.headers["Content-Language"] == "ar"
    assert "Accept-Language" in response.headers["Vary"]
    page = get(client, "/", headers={"Accept-Language": "zh-CN"})
    assert page.get("lang") == "zh"
    assert not any("ui=" in address for address in page.xpath("//main//a/@href"))
    assert get(client, "/?ui=xx").get("lang") == "en"


def test_a_page_links_to_the_very_same_search_as_json(client: FlaskClient) -> None:
    page = get(client, "/?q=ferries&from=2026-01-05&section=Transport&ui=de")
    address = page.xpath("//footer/a/@href")[0]
    assert client.get(address).get_json()["total"] == 21
    article = get(client, page.xpath("//main//article//h2/a/@href")[0])
    assert client.get(article.xpath("//footer/a/@href")[0]).get_json()["title"]


def test_an_article_names_similar_ones_with_source_and_date(client: FlaskClient) -> None:
    page = get(
        client, "/article/" + get(client, "/?q=ferries&sort=newest").xpath("//article//h2/a/@href")[0].split("/")[2]
    )
    [similar] = page.xpath("//section[@class='similar']")
    assert text_of(similar.xpath(".//h2")[0]) == "Similar articles"
    assert len(similar.xpath(".//li")) == 6
    said = text_of(similar.xpath(".//li")[0])
    assert "The harbour of Lumo counts its ferries, day" in said
    assert "Lumo Courier January" in said
    follow(client, page, "//section[@class='similar']//li[1]", "The harbour of Lumo")


def test_an_article_like_no_other_has_no_empty_list(client: FlaskClient) -> None:
    german = get(client, get(client, "/?lang=de").xpath("//main//article//h2/a/@href")[0])
    assert not german.xpath("//section[@class='similar']")
