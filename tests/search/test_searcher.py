"""What a search promises to whoever asks: order, pages, filters, facets, warnings, and the index moving below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from index import open_engine
from index.article import Article
from index.columnar.engine import ColumnarEngine
from index.columnar.reader import ColumnarReader
from search import ArticleNotFound, InvalidRequest, Searcher, SearchRequest, SearchResult, open_searcher
from search.request import Op
from search.result import DateBucket, FacetCount
from tests.archive import article, build_index

Open = Callable[..., Searcher]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens a searcher over the articles given."""
    searchers: list[Searcher] = []

    def build(*articles: Article) -> Searcher:
        searchers.append(open_searcher(build_index(tmp_path / f"index{len(searchers)}", articles)))
        return searchers[-1]

    yield build
    for searcher in searchers:
        searcher.close()


def titles(result: SearchResult) -> list[str]:
    return [hit.title.text for hit in result.hits]


@pytest.mark.parametrize("more", ["", " -土星", " section:world"])
def test_a_run_without_spaces_is_a_bag_where_not_all_words_are_asked_for(opened: Open, more: str) -> None:
    searcher = opened(
        article("海王", "木星有海", "zh", section="world"), article("北京大学", "收成", "zh", section="world")
    )
    for op in ("all", "most", "any"):
        result = searcher.search(SearchRequest(q="北京大学校" + more, op=op))  # type: ignore[arg-type]
        assert titles(result) == ["北京大学"]
        assert [warning.code for warning in result.warnings] == (["most_words"] if op == "all" else [])


def test_a_title_match_outranks_a_body_match(opened: Open) -> None:
    searcher = opened(
        article("Harvest news", "The bridge is open again and people cross it."),
        article("The bridge is open", "Harvest news came in again and people read it."),
    )
    assert titles(searcher.search(SearchRequest(q="bridge"))) == ["The bridge is open", "Harvest news"]


def test_the_word_as_typed_outranks_its_other_forms(opened: Open) -> None:
    searcher = opened(*(article(f"A word {n}", body) for n, body in enumerate(("it walks", "it walked", "it walking"))))
    for form in ("walks", "walked", "walking"):
        first = searcher.search(SearchRequest(q=form)).hits[0]
        assert first.snippets[0].text == f"it {form}"


def test_a_name_ranks_alike_in_a_large_and_a_small_language(opened: Open) -> None:
    def filler(lang: str, number: int) -> Article:
        return article(f"{lang} {number}", f"wort{number} other{number} more{number}", lang)

    searcher = opened(
        *(filler("en", number) for number in range(300)),
        *(filler("de", number) for number in range(20)),
        *(article(f"Karvonen {number}", f"text{number} here", "en") for number in range(4)),
        article("Karvonen daheim", "ein text hier", "de"),
    )
    result = searcher.search(SearchRequest(q="Karvonen"))
    assert "de" in [hit.lang for hit in result.hits]
    scores = [hit.score for hit in result.hits]
    assert max(scores) < 1.5 * min(scores)


def test_undated_articles_come_last_in_either_direction(opened: Open) -> None:
    searcher = opened(
        article("undated"),
        article("old", published="1999"),
        article("new", published="2026-02-05T12:38:00+03:00"),
        article("ancient", published="1912-04-15"),
    )
    assert titles(searcher.search(SearchRequest())) == ["new", "old", "ancient", "undated"]
    assert titles(searcher.search(SearchRequest(sort="oldest"))) == ["ancient", "old", "new", "undated"]


def test_pages_together_are_the_whole_answer(opened: Open) -> None:
    searcher = opened(*(article(f"bridge {n}", f"text {n}", published="2026-01-01") for n in range(23)))
    for sort in ("relevance", "newest", "oldest"):
        pages = [searcher.search(SearchRequest(q="bridge", sort=sort, page=n, per_page=5)) for n in range(1, 6)]
        seen = [hit.id for page in pages for hit in page.hits]
        assert len(seen) == len(set(seen)) == 23
        assert {page.total for page in pages} == {23}
        assert seen == searcher.ids(SearchRequest(q="bridge", sort=sort))


def test_a_stop_word_drops_out_in_its_own_language_only(opened: Open) -> None:
    searcher = opened(article("Regierung tagt", "Heute war es so weit.", "de"), article("They die", "of thirst", "en"))
    assert titles(searcher.search(SearchRequest(q="die Regierung"))) == ["Regierung tagt"]
    assert titles(searcher.search(SearchRequest(q="die"))) == ["They die"]
    assert titles(searcher.search(SearchRequest(q='"die Regierung"'))) == []


def test_an_exact_form_is_found_in_a_misjudged_article(opened: Open) -> None:
    searcher = opened(article("Brückenbau", "Der Kanzler kam.", "sv"))
    assert searcher.search(SearchRequest(q="Kanzler")).total == 1


def test_where_all_words_find_nothing_most_of_them_answer(opened: Open) -> None:
    searcher = opened(article("bridge harvest"), article("bridge"))
    result = searcher.search(SearchRequest(q="bridge harvest volcano"))
    assert titles(result) == ["bridge harvest"]
    assert [warning.code for warning in result.warnings] == ["most_words"]
    assert searcher.ids(SearchRequest(q="bridge harvest volcano")) == []


@pytest.mark.parametrize("op", ["all", "most"])
def test_a_word_that_stands_in_no_article_does_not_count_where_most_of_them_find_nothing(opened: Open, op: Op) -> None:
    searcher = opened(
        article("bridge harvest", section="sport"), article("bridge", section="sport"), article("Brücke", lang="de")
    )
    request = SearchRequest(q="bridge volcano harvest comet", op=op, snippets=0)
    result = searcher.search(request)
    assert (titles(result), result.total) == (["bridge harvest"], 1)
    assert result.facets["section"] == (FacetCount("sport", 1),)
    assert [warning.code for warning in result.warnings] == ["known_words"]
    assert searcher.ids(request) == []
    # In articles of another language a word does stand, but not in those that are asked for.
    narrowed = searcher.search(replace(request, q="harvest bridge Brücke comet Komet", langs=("en",)))
    assert (titles(narrowed), narrowed.warnings[0].code) == (["bridge harvest"], "known_words")


@pytest.mark.parametrize("op", ["all", "most"])
def test_where_most_words_find_nothing_any_of_them_answer(opened: Open, op: Op) -> None:
    searcher = opened(article("bridge"), article("harvest"), article("harvest volcano"), article("comet"))
    request = SearchRequest(q="bridge harvest volcano comet", op=op, explain=True)
    result = searcher.search(request)
    assert result.total == 4
    assert titles(result)[0] == "harvest volcano"
    assert [warning.code for warning in result.warnings] == ["any_words"]
    why = [hit.explanation for hit in result.hits]
    assert all(one is not None and one.shares for one in why)
    assert searcher.ids(request) == []


def test_what_a_query_demands_it_demands_however_its_words_are_joined(opened: Open) -> None:
    searcher = opened(article("bridge", section="sport"), article("harvest"))
    for text in ("bridge AND volcano", "+volcano bridge", "volcano comet", "bridge volcano section:politics", '"a b"'):
        result = searcher.search(SearchRequest(q=text))
        assert (result.total, result.warnings) == (0, ()), text


def test_of_a_run_without_spaces_the_words_that_stand_anywhere_are_counted(opened: Open) -> None:
    searcher = opened(article("大桥收成", lang="zh"), article("大学", lang="zh"), article("港口", lang="zh"))
    assert titles(searcher.search(SearchRequest(q="大桥收成吗火山"))) == ["大桥收成"]
    some = searcher.search(SearchRequest(q="大学港口桥收", op="most"))
    assert some.total == 3
    assert [warning.code for warning in some.warnings] == ["any_words"]


def test_what_was_meant_is_asked_too_where_words_are_joined_more_loosely(opened: Open) -> None:
    searcher = opened(*(article(f"bridge harvest {number}") for number in range(12)))
    for op in ("all", "most"):
        result = searcher.search(SearchRequest(q="bridge harvset", op=op))
        assert (result.total, result.suggestion) == (12, "bridge harvest")


def test_the_beginning_of_an_article_without_a_title_weighs_as_the_body_that_it_is(opened: Open) -> None:
    searcher = opened(article("", "Bridge by the river\nIt opens."), article("", "By the river\nIt opens bridge"))
    result = searcher.search(SearchRequest(q="bridge"))
    assert sorted(titles(result)) == ["Bridge by the river", "By the river"]
    assert result.hits[0].score == result.hits[1].score
    assert [hit.title.spans for hit in result.hits if hit.title.text.startswith("Bridge")] == [((0, 6),)]
    assert searcher.search(SearchRequest(q="title:bridge")).total == 0
    assert searcher.article(result.hits[0].id, "bridge").title in [hit.title for hit in result.hits]


def test_selected_values_stay_among_the_facets(opened: Open) -> None:
    searcher = opened(
        *(article(f"a{n}", section=name) for n, name in enumerate(["x", "x", "y", "z"])), article("b", section="rare")
    )
    result = searcher.search(SearchRequest(sections=("rare", "gone"), facet_size=2, facets=("section",)))
    assert result.facets["section"] == (
        FacetCount("x", 2),
        FacetCount("rare", 1, selected=True),
        FacetCount("gone", 0, selected=True),
    )


@pytest.mark.parametrize(
    ("interval", "first", "second"),
    [
        ("day", ("2025-12-29", "2025-12-29"), ("2025-12-30", "2025-12-30")),
        ("week", ("2025-12-29", "2026-01-04"), ("2026-01-05", "2026-01-11")),
        ("month", ("2025-12-01", "2025-12-31"), ("2026-01-01", "2026-01-31")),
        ("year", ("2025-01-01", "2025-12-31"), ("2026-01-01", "2026-12-31")),
    ],
)
def test_date_buckets_cover_time_without_gaps(
    interval: str, first: tuple[str, str], second: tuple[str, str], opened: Open
) -> None:
    searcher = opened(
        article("a", published="2025-12-29"), article("b", published="2026-02-03T23:59"), article("no date")
    )
    result = searcher.search(SearchRequest(facets=("date",), date_interval=interval))  # type: ignore[arg-type]
    assert result.dates is not None
    *dated, undated = result.dates.buckets
    assert (dated[0].start, dated[0].end) == first
    assert (dated[1].start, dated[1].end) == second
    assert sum(bucket.count for bucket in dated) == 2
    assert undated == DateBucket(None, None, 1)


@pytest.mark.parametrize(
    ("dates", "interval"),
    [
        (("2026-02-01", "2026-02-20"), "day"),
        (("2024-02-01", "2026-02-20"), "month"),
        (("1900-02-01", "2026-02-20"), "year"),
    ],
)
def test_the_timeline_chooses_an_interval_that_fits(dates: tuple[str, str], interval: str, opened: Open) -> None:
    searcher = opened(*(article(date, published=date) for date in dates))
    result = searcher.search(SearchRequest())
    assert result.dates is not None
    assert result.dates.interval == interval


@pytest.mark.parametrize(
    ("param", "facts"),
    [
        ("from", {"date_from": "yesterday"}),
        ("to", {"date_to": "2026-13"}),
        ("from", {"date_from": "2026", "date_to": "2025"}),
        ("last", {"last": "soon"}),
        ("last", {"last": "99999y"}),
        ("page", {"page": 0}),
        ("page", {"page": 501, "per_page": 20}),
        ("per_page", {"per_page": 101}),
        ("op", {"op": "some"}),
        ("sort", {"sort": "random"}),
        ("facets", {"facets": ("colour",)}),
        ("search_in", {"search_in": ("footer",)}),
        ("snippets", {"snippets": 99}),
        ("facet_size", {"facet_size": 0}),
        ("date_interval", {"date_interval": "hour"}),
        ("section", {"sections": tuple(map(str, range(101)))}),
        ("q", {"q": "x" * 513}),
    ],
)
def test_what_is_wrong_with_a_request_is_named(param: str, facts: dict[str, object], opened: Open) -> None:
    with pytest.raises(InvalidRequest) as caught:
        opened(article("one")).search(SearchRequest(**facts))  # type: ignore[arg-type]
    assert caught.value.param == param
    assert caught.value.hint


def test_the_last_year_holds_what_was_published_in_it(opened: Open) -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    ages = {"1h": timedelta(minutes=30), "2d": timedelta(days=1), "3w": timedelta(days=15), "2y": timedelta(days=500)}
    rows = [article(name, published=(now - age).strftime("%Y-%m-%dT%H:%M:%S")) for name, age in ages.items()]
    searcher = opened(*rows, article("undated"))
    for number, last in enumerate(ages, 1):
        assert searcher.search(SearchRequest(last=last)).total == number


def test_a_whole_article_is_shown_with_its_words_marked(opened: Open) -> None:
    given = article("Harvest of bridges", "The bridge opened.\nNo word here.\nTwo bridges more.")
    found = opened(given).article(given.id, "bridge")
    assert found.article == given
    marked = [[part.text[start:end] for start, end in part.spans] for part in (found.title, *found.paragraphs)]
    assert marked == [["bridges"], ["bridge"], [], ["bridges"]]


def test_an_unknown_article_is_said_to_be_unknown(opened: Open) -> None:
    with pytest.raises(ArticleNotFound, match="nowhere"):
        opened(article("one")).article("nowhere")


def test_an_empty_index_answers(opened: Open) -> None:
    result = opened().search(SearchRequest(q="anything"))
    assert (result.total, result.hits, result.languages) == (0, (), ())


def test_a_commit_is_seen_by_the_next_search(tmp_path: Path) -> None:
    path = build_index(tmp_path / "index", [article("first")])
    with open_searcher(path) as searcher, open_engine(path) as engine:
        before = searcher.generation
        assert searcher.search(SearchRequest()).total == 1
        engine.add([article("second")])
        assert searcher.search(SearchRequest()).total == 1
        engine.commit()
        assert searcher.search(SearchRequest()).total == 2
        assert searcher.generation > before


def test_where_the_newest_generation_is_damaged_the_one_before_is_opened_once(tmp_path: Path) -> None:
    path = build_index(build_index(tmp_path / "index", [article("first")]), [article("second")])
    newest = max(path.glob("*.stored"))
    newest.write_bytes(newest.read_bytes()[:-1] + b"x")
    opened = []

    class Counted(ColumnarEngine):
        def reader(self) -> ColumnarReader:
            opened.append(1)
            return super().reader()

    with Searcher(Counted.open(path)) as searcher:
        assert [searcher.search(SearchRequest()).total for _ in range(3)] == [1, 1, 1]
        assert len(opened) == 1
        with open_engine(path) as engine:
            engine.repair()
        build_index(path, [article("third")])
        assert searcher.search(SearchRequest()).total == 3
        assert len(opened) == 2


def test_threads_search_while_commits_come(tmp_path: Path) -> None:
    path = build_index(tmp_path / "index", [article(f"bridge {n}", f"text {n}") for n in range(30)])
    with open_searcher(path) as searcher, open_engine(path) as engine, ThreadPoolExecutor(4) as threads:
        searches = [threads.submit(searcher.search, SearchRequest(q="bridge text", per_page=100)) for _ in range(60)]
        for number in range(5):
            engine.add([article(f"bridge anew {number}", "text")])
            engine.commit()
        results = [search.result() for search in searches]
        assert {result.total for result in results} <= set(range(30, 36))
        assert all(len(result.hits) == result.total for result in results)


def test_articles_in_a_language_without_a_chain_are_found(opened: Open) -> None:
    searcher = opened(article("Qapla' tlhIngan", "batlh bIHeghjaj", "tlh"), article("Another", "text", "und"))
    result = searcher.search(SearchRequest(q="batlh", facets=("lang",)))
    assert [hit.lang for hit in result.hits] == ["tlh"]
    assert result.facets["lang"] == (FacetCount("tlh", 1),)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("section:politics", {"one"}),
        ('section:"Foreign Politics"', {"one"}),
        ("author:moor", {"one"}),
        ('author:"Ada Moor"', {"one"}),
        ("author:mo*", {"one"}),
        ("source:gaz?tte", {"two"}),
        ("lang:DE", {"two"}),
        ("date:2026-02", {"two"}),
        ("date:2025..2026-01", {"one"}),
        ("-section:politics", {"two", "three"}),
        ("NOT date:[1900 TO 2100]", {"three"}),
    ],
)
def test_facts_are_asked_for_in_the_query(query: str, found: set[str], opened: Open) -> None:
    searcher = opened(
        article("one", section="Foreign Politics", authors=("Ada Moor", "Bo Lind"), published="2026-01-31T22:00"),
        article("two", lang="de", source="The Gazette", published="2026-02-01"),
        article("three", section="Sport"),
    )
    assert set(titles(searcher.search(SearchRequest(q=query)))) == found
