"""Query strings and the requests they stand for."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import InvalidRequest, SearchRequest
from search.request import FACETS
from web.links import Links
from web.params import from_params, to_params, unknown_parameter

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WORD = TEXT.map(str.strip).filter(bool)
VALUES = st.lists(TEXT.filter(bool), max_size=3, unique=True).map(tuple)
CODES = st.lists(st.sampled_from(["de", "ru", "zh", "und", "ckb"]), max_size=3, unique=True).map(tuple)
NUMBER = st.integers(-9, 99_999)

REQUESTS = st.builds(
    SearchRequest,
    q=TEXT,
    langs=CODES,
    sections=VALUES,
    sources=VALUES,
    authors=VALUES,
    exclude_langs=CODES,
    exclude_sections=VALUES,
    exclude_sources=VALUES,
    date_from=st.none() | WORD,
    date_to=st.none() | WORD,
    last=st.none() | WORD,
    search_in=st.sampled_from([("title", "body"), ("title",), ("body",)]),
    op=st.sampled_from(["all", "most", "any"]),
    sort=st.sampled_from([None, "relevance", "newest", "oldest"]),
    page=NUMBER,
    per_page=NUMBER,
    facets=st.lists(st.sampled_from(FACETS), unique=True).map(tuple),
    facet_size=NUMBER,
    date_interval=st.sampled_from(["auto", "day", "week", "month", "year"]),
    snippets=NUMBER,
    match=st.sampled_from(["forms", "exact"]),
    qlang=st.none() | st.sampled_from(["de", "und", "ckb"]),
    half_life=st.none() | st.floats(-9, 1e6),
    cursor=st.none() | WORD,
    explain=st.booleans(),
)


@given(REQUESTS)
def test_a_request_survives_its_query_string(request: SearchRequest) -> None:
    address = Links(request).api()
    assert from_params(parse_qsl(urlsplit(address).query, keep_blank_values=True)) == request


def test_a_plain_request_is_an_empty_query_string() -> None:
    assert to_params(SearchRequest()) == []


def test_empty_values_of_a_form_are_as_good_as_none() -> None:
    names = ("q", "from", "to", "op", "search_in", "lang", "page", "section", "match", "qlang", "half_life", "cursor")
    assert from_params([(name, "") for name in (*names, "explain")]) == SearchRequest()
    assert (
        from_params([(name, " ") for name in ("match", "qlang", "half_life", "cursor", "explain")]) == SearchRequest()
    )


def test_lists_may_be_repeated_or_separated_by_commas() -> None:
    assert from_params([("facets", "lang,date"), ("facets", "source")]).facets == ("lang", "date", "source")
    assert from_params([("facets", "")]).facets == ()


def test_a_language_tag_stands_for_its_primary_language() -> None:
    assert from_params([("lang", "de-AT"), ("lang", "DE"), ("lang", "zh_Hant")]).langs == ("de", "zh")
    assert from_params([("qlang", "pt_BR")]).qlang == "pt"


@pytest.mark.parametrize(("text", "days"), [("30", 30.0), ("0.5", 0.5), ("1E3", 1000.0), (" 7 ", 7.0)])
def test_days_are_any_number(text: str, days: float) -> None:
    assert from_params([("half_life", text)]).half_life == days


@pytest.mark.parametrize(("text", "on"), [("1", True), ("true", True), ("True", True), ("0", False), ("false", False)])
def test_a_switch_is_on_or_off(text: str, on: bool) -> None:
    assert from_params([("explain", text)]).explain is on


@pytest.mark.parametrize(
    ("pair", "param"),
    [
        (("page", "abc"), "page"),
        (("page", "１"), "page"),
        (("page", "1e3"), "page"),
        (("per_page", "9" * 400), "per_page"),
        (("lang", "not a language"), "lang"),
        (("exclude_lang", "<b>"), "exclude_lang"),
        (("qlang", "de,ru"), "qlang"),
        (("half_life", "30d"), "half_life"),
        (("half_life", "nan"), "half_life"),
        (("half_life", "1_000"), "half_life"),
        (("half_life", "٣٠"), "half_life"),
        (("half_life", "9" * 400), "half_life"),
        (("explain", "yes"), "explain"),
    ],
)
def test_a_value_that_can_not_be_read_is_named(pair: tuple[str, str], param: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        from_params([pair])
    assert error.value.param == param
    assert error.value.hint


def test_a_single_value_given_twice_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="more than once"):
        from_params([("sort", "newest"), ("sort", "oldest")])


@pytest.mark.parametrize(("name", "nearest"), [("pages", "page"), ("language", "lang"), ("sections", "section")])
def test_an_unknown_parameter_is_told_the_nearest_known(name: str, nearest: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        from_params([(name, "1")])
    assert error.value.param == name
    assert repr(nearest) in error.value.hint


def test_an_unknown_parameter_near_none_is_told_all() -> None:
    assert "exclude_section" in unknown_parameter("xyzzy", ("q", "exclude_section")).hint


def test_links_change_one_thing_and_go_to_the_first_page() -> None:
    links = Links(SearchRequest(q="a b", langs=("de", "ru"), page=3), ui="ar")
    assert links.without("lang", "de") == "/?q=a+b&lang=ru&ui=ar"
    assert links.with_value("section", "A&B") == "/?q=a+b&lang=de&lang=ru&section=A%26B&ui=ar"
    assert links.search(page=4) == "/?q=a+b&lang=de&lang=ru&page=4&ui=ar"
    assert links.in_language("/", "zh") == "/?q=a+b&lang=de&lang=ru&page=3&ui=zh"


def test_links_keep_how_words_are_met_but_not_where_an_answer_is_continued() -> None:
    kept = SearchRequest(q="a", match="exact", qlang="de", half_life=30.0, explain=True)
    for request in (replace(kept, page=3), replace(kept, cursor="eJw")):
        links = Links(request)
        assert links.search() == "/?q=a&match=exact&qlang=de&half_life=30&explain=1"
        assert links.search(sort="newest") == "/?q=a&match=exact&sort=newest&qlang=de&half_life=30&explain=1"
        assert links.with_value("lang", "ru") == "/?q=a&match=exact&lang=ru&qlang=de&half_life=30&explain=1"
        assert links.kept() == [("qlang", "de"), ("half_life", "30"), ("explain", "1")]


def test_an_id_is_one_segment_of_a_path() -> None:
    assert Links(SearchRequest()).article("../a?b#c/") == "/article/..%2Fa%3Fb%23c%2F"
