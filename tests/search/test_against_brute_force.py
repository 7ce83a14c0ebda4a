"""Random small indexes and queries: the same articles, scores and counts as looking at every article."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from search import SearchRequest, open_searcher
from search.query import parse
from search.request import FACETS, Op
from tests.archive import article, build_index
from tests.oracle.articles import AUTHORS, SOURCES, WORDS, random_article
from tests.search.model import FILTERS, Model
from tests.search.queries import random_query
from tests.soak import seeds


def random_filters(rng: random.Random) -> dict[str, object]:
    """Two or three filters at once."""
    every = {
        "sections": tuple(rng.sample(("politics", "economy", "sport"), rng.randint(1, 2))),
        "exclude_sections": ("sport",),
        "langs": tuple(rng.sample(list(WORDS), 2)),
        "exclude_langs": ("zh",),
        "sources": (rng.choice(SOURCES),),
        "authors": (rng.choice(AUTHORS),),
        "date_from": rng.choice(("2024-06", "2025", "2025-02-03T10:00")),
        "date_to": rng.choice(("2025-06", "2026", "2026-02-03")),
    }
    return {name: every[name] for name in rng.sample(list(every), rng.randint(2, 3))}


@pytest.mark.parametrize("seed", seeds(40, 400))
def test_answers_equal_brute_force(seed: int, tmp_path: Path) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    articles = list(
        {(row.title, row.body): row for row in (random_article(rng) for _ in range(rng.randint(1, 60)))}.values()
    )
    model = Model(articles)
    by_id = {row.id: row for row in articles}
    with open_searcher(build_index(tmp_path / "index", articles, commits=rng.randint(1, 4))) as searcher:
        for _ in range(50):
            asked: Op = rng.choice(("all", "all", "most", "any"))
            text = random_query(rng)
            request = SearchRequest(
                q=text,
                op=asked,
                per_page=100,
                facets=FACETS,
                explain=True,
                **random_filters(rng),
            )
            result = searcher.search(request)
            op, scores = model.answer(text, asked, request)
            passing = model.passing(set(scores), request)
            assert {hit.id for hit in result.hits} == passing, (text, request, result.warnings)
            assert result.total == len(passing), text
            for hit in result.hits:
                score = scores[hit.id] * model.lift(by_id[hit.id], parse(text, op=op).tree, op)
                assert hit.score == pytest.approx(score, rel=1e-5, abs=1e-6), (text, hit)
                why = hit.explanation
                assert why is not None
                total = sum(share.share for share in why.shares) * why.lift * why.recent
                assert total == pytest.approx(score, rel=1e-4, abs=1e-6), (text, hit)
            assert [hit.score for hit in result.hits] == sorted((hit.score for hit in result.hits), reverse=True)
            for facet in FILTERS.keys() - {"date"}:
                expected = model.facet(set(scores), request, facet)
                assert {c.value: c.count for c in result.facets[facet] if c.count} == expected, (text, facet)
            assert result.dates is not None
            assert sum(bucket.count for bucket in result.dates.buckets) == sum(
                1 for row in articles if row.id in model.facet_ids(set(scores), request, "date")
            )


def test_each_word_of_a_phrase_weighs_as_it_was_typed(tmp_path: Path) -> None:
    """Two forms of one word stand for the same forms, each with its own weights."""
    rows = [article(f"title {one}", one) for one in ("bridges bridge", "bridge bridges", "bridge bridge")]
    with open_searcher(build_index(tmp_path / "index", rows)) as searcher:
        for text in ('"bridges bridge"', '"bridge bridges"'):
            found = {hit.id: hit.score for hit in searcher.search(SearchRequest(q=text)).hits}
            assert found == pytest.approx(Model(rows).matches(parse(text).tree), rel=1e-5), text
