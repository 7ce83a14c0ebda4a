"""Random small indexes and queries: the same articles, scores and counts as looking at every article."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from index.article import Article
from search import SearchRequest, open_searcher
from search.query import parse
from search.request import FACETS
from tests.archive import article, build_index
from tests.search.model import FILTERS, Model

WORDS = {
    "en": "the and bridge bridges harvest harvests port ports Lumo ferry strike of café".split(),
    "de": "die und Brücke Brücken Ernte Hafen Häfen Lumo Fähre Streik der des Hafens".split(),
    "ru": "и в мост мосты мостов урожай порт Lumo паром забастовка ещё еще".split(),
    "zh": "大桥 收成 港口 渡轮 罢工 大学 北京 Lumo 的 在".split(),
}
SECTIONS = ("politics", "economy", "sport", None)
SOURCES = ("Courier", "Gazette", "Wire")
AUTHORS = ("Ada Moor", "Bo Lind", "Cy Ray")


def random_article(rng: random.Random) -> Article:
    lang = rng.choice(list(WORDS))
    glue = "" if lang == "zh" else " "
    words = [glue.join(rng.choices(WORDS[lang], k=rng.randint(low, high))) for low, high in ((1, 3), (3, 25))]
    date = f"{rng.randint(2024, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    return article(
        *words,
        lang,
        section=rng.choice(SECTIONS),
        source=rng.choice(SOURCES),
        authors=tuple(rng.sample(AUTHORS, rng.randint(0, 2))),
        published=rng.choice((None, date, date[:7], f"{date}T12:38")),
    )


def random_query(rng: random.Random, depth: int = 2) -> str:
    def word() -> str:
        return rng.choice(WORDS[rng.choice(list(WORDS))])

    kind = rng.randint(0, 12 if depth else 6)
    match kind:
        case 0 | 1 | 2:
            return word()
        case 3:
            return f"{rng.choice(('title', 'body'))}:{word()}"
        case 4:
            return f'"{word()}"'
        case 5:
            return f'"{word()} {word()}"' + rng.choice(("", "", "~3"))
        case 6:
            return rng.choice(
                ("bri*", "haf*", "мос*", "section:sport", "lang:de", "date:2025", "date:2024-05..2025-03")
            )
        case 7 | 8:
            return f"{random_query(rng, depth - 1)} {random_query(rng, depth - 1)}"
        case 9:
            return f"({random_query(rng, depth - 1)} OR {random_query(rng, depth - 1)})"
        case 10:
            return f"({random_query(rng, depth - 1)} AND {random_query(rng, depth - 1)})"
        case 11:
            return f"{random_query(rng, depth - 1)} -{word()}"
    return f"(NOT {random_query(rng, depth - 1)})"


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


@pytest.mark.parametrize("seed", range(12))
def test_answers_equal_brute_force(seed: int, tmp_path: Path) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    articles = list(
        {(row.title, row.body): row for row in (random_article(rng) for _ in range(rng.randint(1, 60)))}.values()
    )
    model = Model(articles)
    with open_searcher(build_index(tmp_path / "index", articles, commits=rng.randint(1, 4))) as searcher:
        for _ in range(25):
            op = rng.choice(("all", "all", "most", "any"))
            text = random_query(rng)
            request = SearchRequest(
                q=text,
                op=op,
                per_page=100,
                facets=FACETS,
                **random_filters(rng),
            )
            result = searcher.search(request)
            scores = model.matches(parse(text, op=op).tree, op)
            if op == "all" and not model.passing(set(scores), request):
                scores = model.matches(parse(text, op="most").tree, "most")
            passing = model.passing(set(scores), request)
            assert {hit.id for hit in result.hits} == passing, (text, request, result.warnings)
            assert result.total == len(passing), text
            for hit in result.hits:
                assert hit.score == pytest.approx(scores[hit.id], rel=1e-5, abs=1e-6), (text, hit)
            assert [hit.score for hit in result.hits] == sorted((hit.score for hit in result.hits), reverse=True)
            for facet in FILTERS.keys() - {"date"}:
                expected = model.facet(set(scores), request, facet)
                assert {c.value: c.count for c in result.facets[facet] if c.count} == expected, (text, facet)
            assert result.dates is not None
            assert sum(bucket.count for bucket in result.dates.buckets) == sum(
                1 for row in articles if row.id in model.facet_ids(set(scores), request, "date")
            )
