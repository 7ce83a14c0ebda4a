"""Walking through an answer by cursors: every match once, in order, also while the index grows."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from index import open_engine
from index.columnar.engine import ColumnarEngine
from search import InvalidRequest, Searcher, SearchRequest, open_searcher
from search.ranking import Ranking
from tests.archive import article, build_index
from tests.oracle.articles import random_article
from tests.search.queries import random_query


def walked(searcher: Searcher, request: SearchRequest) -> list[tuple[str, float]]:
    """Ids and scores of all pages."""
    hits, cursor = [], None
    while True:
        result = searcher.search(replace(request, cursor=cursor))
        hits += [(hit.id, hit.score) for hit in result.hits]
        cursor = result.next_cursor
        if cursor is None:
            return hits
        assert len(result.hits) == request.per_page


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_is_the_whole_answer_in_its_order(seed: int, tmp_path: Path) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    rows = [random_article(rng) for _ in range(rng.randint(20, 80))]
    path = build_index(tmp_path / "index", rows, commits=rng.randint(1, 3))
    with Searcher(open_engine(path), Ranking(lifted=rng.choice((0, 3, 10, 100)))) as searcher:
        for _ in range(12):
            request = SearchRequest(
                q=rng.choice(("", random_query(rng), random_query(rng))),
                op="any",
                sort=rng.choice((None, "newest", "oldest", "relevance")),
                per_page=rng.choice((1, 2, 7)),
                half_life=rng.choice((None, 100.0)),
            )
            hits = walked(searcher, request)
            assert [one for one, _ in hits] == searcher.ids(request), request
            numbered = searcher.search(replace(request, per_page=100))
            assert [one for one, _ in hits] == [hit.id for hit in numbered.hits], request
            # The lift of new articles is that of the moment when the walk began.
            assert dict(hits) == pytest.approx({hit.id: hit.score for hit in numbered.hits}, rel=1e-5), request


@pytest.mark.parametrize("seed", range(8))
def test_a_walk_goes_on_while_articles_are_added(seed: int, tmp_path: Path) -> None:
    """What was there when it began is met once each, with the score that it had then; what is new perhaps."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    rows = [random_article(rng) for _ in range(40)]
    path = build_index(tmp_path / "index", rows, commits=2)
    request = SearchRequest(
        q=random_query(rng, 1), op="any", per_page=3, sort=rng.choice((None, "newest", "oldest")), half_life=30.0
    )
    with Searcher(open_engine(path), Ranking(lifted=rng.choice((0, 5, 100)))) as searcher:
        before = {hit.id: hit.score for hit in searcher.search(replace(request, per_page=100)).hits}
        met: list[tuple[str, float]] = []
        result = searcher.search(request)
        while True:
            met += [(hit.id, hit.score) for hit in result.hits]
            if result.next_cursor is None:
                break
            with ColumnarEngine.open(path) as engine:
                engine.add([random_article(rng) for _ in range(3)])
                engine.commit()
            result = searcher.search(replace(request, cursor=result.next_cursor))
        old = [(one, score) for one, score in met if one in before]
        assert len({one for one, _ in met}) == len(met)
        assert dict(old) == pytest.approx(before, rel=1e-6), request
        if request.sort is None:
            assert [score for _, score in met] == sorted((score for _, score in met), reverse=True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("bridge harvest port ferry volcano", "most_words"),
        ("bridge harvest volcano comet", "known_words"),
        ("bridge ferry", "any_words"),
    ],
)
def test_a_walk_goes_on_as_its_words_were_joined(text: str, code: str, tmp_path: Path) -> None:
    """Also where by now an article holds what none did."""
    rows = [article(f"bridge harvest {n}", f"port {'ferry' * (code == 'most_words')}") for n in range(7)]
    rows += [article("ferry", str(n)) for n in range(3)]
    path = build_index(tmp_path / "index", rows)
    with Searcher(open_engine(path), Ranking(lifted=3)) as searcher:
        request = SearchRequest(q=text, per_page=4)
        result = searcher.search(request)
        whole = searcher.search(replace(request, per_page=100))
        assert [warning.code for warning in result.warnings] == [code]
        with ColumnarEngine.open(path) as engine:
            engine.add([article(text, "all of them"), article("volcano comet", "few of them")])
            engine.commit()
        met = [(hit.id, hit.score) for hit in result.hits]
        while result.next_cursor is not None:
            result = searcher.search(replace(request, cursor=result.next_cursor))
            met += [(hit.id, hit.score) for hit in result.hits]
            assert [warning.code for warning in result.warnings] == [code], "said on every page"
        expected = {hit.id: hit.score for hit in whole.hits}
        old = [(one, score) for one, score in met if one in expected]
        assert [one for one, _ in old] == list(expected)
        assert dict(old) == pytest.approx(expected, rel=1e-6)


def test_a_cursor_belongs_to_its_question(tmp_path: Path) -> None:
    rng = random.Random(1)
    with open_searcher(build_index(tmp_path / "index", [random_article(rng) for _ in range(9)])) as searcher:
        cursor = searcher.search(SearchRequest(per_page=2)).next_cursor
        assert cursor is not None
        assert searcher.search(SearchRequest(per_page=3, snippets=0, facets=(), cursor=cursor)).hits
        for other in (SearchRequest(q="bridge", cursor=cursor), SearchRequest(sort="oldest", cursor=cursor)):
            with pytest.raises(InvalidRequest, match="another search"):
                searcher.search(other)


@pytest.mark.parametrize("text", ["", "x", "é", "=" * 9, "A" * 100_000, "eJyrVkpUslKqBQAJygIl", "\x00", "☃" * 10])
def test_what_is_no_cursor_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    with open_searcher(build_index(tmp_path / "index", [])) as searcher:
        with pytest.raises(InvalidRequest) as caught:
            searcher.search(SearchRequest(cursor=text))
        assert caught.value.param == "cursor"


@pytest.mark.parametrize("seed", range(3))
def test_a_changed_cursor_never_fails_otherwise(seed: int, tmp_path: Path) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    rows = [random_article(rng) for _ in range(30)]
    with open_searcher(build_index(tmp_path / "index", rows)) as searcher:
        request = SearchRequest(q=random_query(rng, 0), op="any", per_page=1)
        cursor = searcher.search(request).next_cursor or "eJw"
        params = set()
        for _ in range(200):
            place = rng.randrange(len(cursor))
            changed = cursor[:place] + rng.choice(("A", "_", "-", "9", "", "zz")) + cursor[place + 1 :]
            params.add(refused_parameter(searcher, replace(request, cursor=changed)))
        assert params <= {None, "cursor"}


def refused_parameter(searcher: Searcher, request: SearchRequest) -> str | None:
    """Which parameter is refused; none, where all are taken."""
    try:
        searcher.search(request)
    except InvalidRequest as error:
        return error.param
    return None
