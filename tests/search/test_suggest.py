"""Ways to complete what is being typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search import InvalidRequest, Searcher, open_searcher
from tests.archive import article, build_index

FERRIES = [
    article(f"Prime minister Moor opens harbour {day}", "In Lumo the Harbour Council met. The Harbour is old.")
    for day in range(1, 6)
]
ARTICLES = [
    *FERRIES,
    article("Prime number found by a Harvard team", "They saw harvest mice and a hare near the Harbour."),
    article("PRIME MINISTER ASKS FOR CALM", "Nothing new."),
    article("The harm of haste", "the the the then there", published="2020-01-01"),
    article("Der Hafen von Lumo", "Ein Schiff liegt im Hafen. Das Café Müller am Hafenbecken öffnet.", "de"),
    article("Une école à Paris", "On voit l'école et l'écluse, un café, des cafés.", "fr"),
    article("Премьер приехал в порт", "В порту стоят паромы, и паром Лумо.", "ru"),
    article("عبّارة في ميناء لومو", "وصلت العبّارة إلى الميناء صباح اليوم.", "ar"),
    article("北京大学的港口", "北京有很多渡轮。", "zh"),
    article("北京大学开放", "港口。", "zh"),
    article("서울 대통령의 항구", "항구에 배가 있다.", "ko"),
]


@pytest.fixture(scope="module", params=[1, 4], ids=["one segment", "several"])
def searcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    path = build_index(tmp_path_factory.mktemp("suggest") / "index", ARTICLES, commits=request.param)
    with open_searcher(path) as searcher:
        yield searcher


def texts(searcher: Searcher, q: str, *langs: str, limit: int = 8) -> list[str]:
    return [each.text for each in searcher.suggest(q, langs, limit)]


def test_a_word_is_completed_by_the_most_frequent_forms(searcher: Searcher) -> None:
    found = texts(searcher, "har")
    assert found[0] == "Harbour"
    assert set(found) == {"Harbour", "Harvard", "harvest", "hare", "harm"}


def test_words_are_shown_as_they_are_written_inside_of_sentences(searcher: Searcher) -> None:
    assert texts(searcher, "schif") == ["Schiff"]
    assert texts(searcher, "harves") == ["harvest"]
    assert texts(searcher, "HARVES") == ["harvest"]


def test_accents_are_left_out_where_none_is_typed_and_heeded_where_some_are(searcher: Searcher) -> None:
    assert texts(searcher, "mul") == ["Müller"]
    assert texts(searcher, "mül") == ["Müller"]
    assert texts(searcher, "múl") == []
    assert set(texts(searcher, "caf")) == {"Café", "cafés"}


def test_only_the_languages_asked_for_complete(searcher: Searcher) -> None:
    assert texts(searcher, "haf", "de")[0] == "Hafen"
    assert texts(searcher, "haf", "fr") == []
    assert [each.lang for each in searcher.suggest("har", ("en", "fr"))] == ["en"] * 5
    assert texts(searcher, "har", "xx") == []


def test_stop_words_and_the_word_itself_are_no_completions(searcher: Searcher) -> None:
    assert texts(searcher, "th") == []
    assert "harm" not in texts(searcher, "harm")


def test_what_follows_in_titles_comes_next(searcher: Searcher) -> None:
    assert texts(searcher, "prime ")[:2] == ["prime minister", "prime number"]
    assert texts(searcher, "prime mi")[0] == "prime minister"
    assert texts(searcher, "Prime Minister ")[0] == "Prime Minister Moor"
    assert texts(searcher, "hafen ") == ["hafen von Lumo"]


def test_an_article_that_a_letter_stands_for_stays(searcher: Searcher) -> None:
    assert set(texts(searcher, "l'éc", "fr")) == {"l'école", "l'écluse"}


def test_other_scripts_and_directions(searcher: Searcher) -> None:
    assert texts(searcher, "пар") == ["паром", "паромы"] or set(texts(searcher, "пар")) == {"паром", "паромы"}
    assert "ميناء" in texts(searcher, "مين")
    assert texts(searcher, "عبا") == ["عبّارة"]
    assert texts(searcher, "عبّارة ")[0].startswith("عبّارة في")


def test_runs_without_spaces_go_on_as_titles_do(searcher: Searcher) -> None:
    assert texts(searcher, "北京大")[0] == "北京大学"
    assert texts(searcher, "北京有") == ["北京有很"]
    assert texts(searcher, "news 港")[0] == "news 港口"
    assert texts(searcher, "대통") == ["대통령의", "대통령"] or "대통령" in texts(searcher, "대통")


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("title:harv", "title:Harvard"),
        ("-harves", "-harvest"),
        ("+(harves", "+(harvest"),
        ('"prime mini', '"prime minister'),
        ("lumo AND harves", "lumo AND harvest"),
        ("“harves", "“harvest"),
    ],
)
def test_the_rest_of_the_query_stays(searcher: Searcher, q: str, found: str) -> None:
    assert found in texts(searcher, q)


@pytest.mark.parametrize(
    "q",
    [
        "",
        " ",
        "a",
        "section:har",
        "date:2026",
        "lang:d",
        "har*",
        "har~",
        "har^2",
        "lumo OR",
        "har)",
        '"har"',
        "((((",
        "\0",
        "\ud800ab",
        "a" * 512,
        "é" * 512,
        "?*" * 256,
        "北" * 512,
        "a b " * 128,
        "\u202e\u200f",
        "%s{0}",
        "'",
        "l'",
        "-+-",
    ],
)
def test_what_can_not_be_completed_is_not(searcher: Searcher, q: str) -> None:
    assert searcher.suggest(q) == ()


def test_no_more_than_asked_for(searcher: Searcher) -> None:
    assert len(texts(searcher, "har", limit=2)) == 2
    for limit in (0, 21):
        with pytest.raises(InvalidRequest) as refused:
            searcher.suggest("har", limit=limit)
        assert refused.value.param == "limit"
    with pytest.raises(InvalidRequest):
        searcher.suggest("a" * 513)


def test_deleted_articles_lend_no_titles(tmp_path: Path) -> None:
    from index import open_engine

    path = build_index(tmp_path / "index", FERRIES)
    with open_searcher(path) as searcher, open_engine(path) as engine:
        assert texts(searcher, "prime ") == ["prime minister"]
        engine.delete([each.id for each in FERRIES])
        engine.commit()
        assert texts(searcher, "prime ") == []
