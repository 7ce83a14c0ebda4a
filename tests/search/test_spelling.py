"""Did you mean: when the query is put right, how, and what of it stays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from search import Searcher, SearchRequest, open_searcher
from tests.archive import article, build_index

ARTICLES = [
    *[
        article(f"Government harbour {day}", f"The government of Lumo counts ferries on day {day}.", section="Politics")
        for day in range(12)
    ],
    *[article(f"Theatre {day}", "The theatre opens its season in Velmora.", section="Culture") for day in range(6)],
    article("Governmental matters", "The govermment erred.", section="Sport"),
    article("Regierung in Lumo", "Die Regierung im Hafen von Lumo, auch Strassen.", "de"),
    article("Президент приехал", "Президент в порту.", "ru"),
    article("وصل الرئيس", "وصل الرئيس إلى الميناء.", "ar"),
    article("北京大学", "北京的港口。", "zh"),
]


@pytest.fixture(scope="module", params=[1, 3], ids=["one segment", "several"])
def searcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    path = build_index(tmp_path_factory.mktemp("spelling") / "index", ARTICLES, commits=request.param)
    with open_searcher(path) as searcher:
        yield searcher


def meant(searcher: Searcher, q: str, **filters: Any) -> str | None:
    return searcher.search(SearchRequest(q=q, **filters)).suggestion


@pytest.mark.parametrize(
    ("q", "suggestion"),
    [
        ("goverment", "government"),  # left out
        ("govvernment", "government"),  # put in
        ("govermnent", "government"),  # two
        ("theater", "theatre"),  # exchanged
        ("lumi", "lumo"),
        ("Goverment", "Government"),
        ("GOVERMENT", "GOVERNMENT"),
        ("Regierugn", "Regierung"),
        ("президнет", "президент"),
        ("الميناا", "الميناء"),
        ("goverment ferriess", "government ferries"),
        ("goverment AND (harbour OR port)", "government AND (harbour OR port)"),
        ("the goverment of lumo", "the government of lumo"),
        ('"the goverment of"', '"the government of"'),
        ('"goverment"', '"government"'),
        ("title:goverment", "title:government"),
        ("title:(goverment harbour)^2 -moonlight", "title:(government harbour)^2 -moonlight"),
        ("+goverment^3 section:Politics", "+government^3 section:Politics"),
        ("“goverment harbour”", "“government harbour”"),
        ("goverment, ferr*", "government, ferr*"),
    ],
)
def test_words_are_put_right_and_the_rest_stays(searcher: Searcher, q: str, suggestion: str) -> None:
    assert meant(searcher, q) == suggestion
    found = searcher.search(SearchRequest(q=suggestion))
    assert found.total > 0
    assert found.suggestion is None or found.total < 3


@pytest.mark.parametrize(
    "q",
    [
        "",
        "*",
        "government",  # finds enough
        "xyzzyqwertz",  # nothing is near
        "gover",  # more than one letter away
        "go",
        "lum0",
        "-goverment",
        "goverment*",
        "goverment~1",
        "section:goverment",
        "北京大樓",
        "lимо",  # letters of another script
        "straßen",  # found without its accent already
    ],
)
def test_what_is_right_or_can_not_be_put_right_is_left_alone(searcher: Searcher, q: str) -> None:
    assert meant(searcher, q) is None


def test_a_word_that_few_know_is_put_right_by_one_that_many_do(searcher: Searcher) -> None:
    found = searcher.search(SearchRequest(q="govermment"))
    assert (found.total, found.suggestion) == (1, "government")


def test_a_suggestion_finds_something_by_the_same_filters(searcher: Searcher) -> None:
    assert meant(searcher, "goverment", sections=("Politics",)) == "government"
    assert meant(searcher, "goverment", sections=("Culture",)) is None
    assert meant(searcher, "goverment", langs=("de",)) is None
    assert meant(searcher, "goverment", exclude_langs=("en",)) is None
    assert meant(searcher, "veltmora", search_in=("title",)) is None
    assert meant(searcher, "veltmora", search_in=("body",)) == "velmora"
    assert meant(searcher, "goverment", date_from="2020") is None


def test_where_most_words_answer_the_query_is_put_right_too(searcher: Searcher) -> None:
    found = searcher.search(SearchRequest(q="government ferries lumoo"))
    assert [warning.code for warning in found.warnings] == ["most_words"]
    assert found.suggestion == "government ferries lumo"


def test_only_the_first_page_suggests(searcher: Searcher) -> None:
    assert meant(searcher, "goverment", page=2) is None


def test_no_suggestion_for_random_text_finds_nothing(searcher: Searcher) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    words = (
        'goverment theater lumoo президнет harbor AND OR ( ) " - title: ~ * 北京 الرئس veltmora^2 \U0001f642 é'.split()
    )
    for _ in range(60):
        request = SearchRequest(q=" ".join(draw.choices(words, k=draw.randint(1, 6))), op=draw.choice(["all", "any"]))
        found = searcher.search(request)
        if found.suggestion is not None:
            better = searcher.search(replace(request, q=found.suggestion))
            assert better.total > 0
            assert "most_words" not in [warning.code for warning in better.warnings]


def test_a_suggestion_never_exceeds_the_limit_of_a_query(tmp_path: Path) -> None:
    path = build_index(tmp_path / "index", [article("abcdefgh", "abcdefgh")])
    with open_searcher(path) as searcher:
        q = "(" * 7 + "abcdefg" + " " * 490 + ")" * 7
        assert meant(searcher, q[:505].ljust(512)) in (None, q[:505].ljust(512).replace("abcdefg", "abcdefgh"))
