"""What a word is worth in languages of very different size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import pytest

from index.article import Article
from search import Searcher, SearchRequest, open_searcher
from search.ranking import Ranking
from tests.archive import article, build_index
from tests.soak import SOAK

LARGE, SMALL = (300_000 if SOAK in os.environ else 30_000), 20
"""Articles in English and in Icelandic. Whom the story is about is named by one in a thousand in English (eight tell
the story, the others mention the name) and by one in Icelandic, which tells it."""
WORDS = "rain vote court goal price school train storm budget film farm song market police bridge".split()
ORD = "dagur vatn fjall hestur bátur kirkja skip vegur".split()


def articles() -> Iterator[Article]:
    rng = Random(4)
    for number in range(LARGE):
        title, body = (" ".join(rng.choices(WORDS, k=k)) for k in (3, 8))
        named = 0 if number % 1000 else 3 if number < 8000 else 1
        yield article(title, "Marevna " * named + body, "en")
    for number in range(SMALL):
        title, body = (" ".join(rng.choices(ORD, k=k)) for k in (3, 8))
        yield article(title, ("ofviðri " if number % 2 else "Marevna " * 3 if not number else "") + body, "is")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with open_searcher(build_index(tmp_path_factory.mktemp("story") / "index", articles())) as opened:
        yield opened


def test_a_story_of_a_large_and_of_a_small_language_are_both_among_the_first_ten(searcher: Searcher) -> None:
    result = searcher.search(SearchRequest(q="Marevna", per_page=10))
    assert result.total == LARGE // 1000 + 1
    assert [hit.lang for hit in result.hits].count("is") == 1


def test_a_frequent_word_of_a_small_language_is_no_rare_word(searcher: Searcher) -> None:
    """Half of the small language says *ofviðri*, and hardly anything in the whole index: a name is worth more."""
    hits = searcher.search(SearchRequest(q="Marevna ofviðri", op="any", langs=("is",), per_page=100)).hits
    assert hits[0].score > 2 * hits[1].score
    assert len(hits) == 1 + SMALL // 2


@pytest.mark.parametrize(("n", "count"), [(1, 20), (300, 300_000)])
def test_a_name_is_worth_about_the_same_in_every_language(n: int, count: int) -> None:
    assert Ranking().idf(n, count, 301, 300_020) == pytest.approx(6.9, abs=1.7)
