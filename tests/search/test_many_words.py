"""Groups of more words than a pass has bits."""

from __future__ import annotations

import random
from pathlib import Path

from search import SearchRequest, open_searcher
from tests.archive import article, build_index
from tests.oracle.articles import WORDS, random_article

_RUN = "上府工海中国人学作的生政在济经北一二三四五六七八九十土木火水金日月山川田"
_PARTS = (
    *("harvest", "Brücken", "title:мосты", '"Hafen Lumo"', "bri*", "cafe~1", "section:sport", "source:wire"),
    *("lang:de", "author:moor", "date:2025", "date:2024-05..2025-03"),
)
"""None of stop words, which alone are asked for, and left out among others."""


def test_a_condition_may_stand_among_more_words_than_a_pass_has_bits(tmp_path: Path) -> None:
    rows = [article("北京大学", "收成", "zh", section="world"), article("海王", "木星有水", "zh", section="world")]
    with open_searcher(build_index(tmp_path / "index", rows)) as searcher:
        result = searcher.search(SearchRequest(q=f"({_RUN} 北京 OR section:sport)", op="any"))
    assert [hit.title.text for hit in result.hits] == ["北京大学"]


def test_a_condition_among_more_words_than_a_pass_has_bits_is_met_by_itself(tmp_path: Path) -> None:
    facts = [
        ("none", None, None),
        ("by section", "sport", None),
        ("by source", None, "Gazette"),
        ("harvest", None, None),
    ]
    rows = [article(title, "else", "en", section=section, source=source) for title, section, source in facts]
    rows += [article("in German", "sonst", "de"), article("北京大学", "收成", "zh")]
    with open_searcher(build_index(tmp_path / "index", rows)) as searcher:
        q = f"({_RUN}北京 OR harvest OR section:sport OR source:gazette OR lang:de)"
        for op in ("most", "any"):
            result = searcher.search(SearchRequest(q=q, op=op))
            assert {hit.title.text for hit in result.hits} == {title for title, _, _ in facts[1:]} | {
                "in German",
                "北京大学",
            }


def test_any_of_many_parts_is_what_each_of_them_finds(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    han = [*_RUN, *(word for word in WORDS["zh"] if len(word) == 2)]
    rows = [random_article(rng, id=f"n{number}") for number in range(80)]
    with open_searcher(build_index(tmp_path / "index", rows)) as searcher:

        def found(q: str) -> set[str]:
            return set(searcher.ids(SearchRequest(q=q, op="any")))

        for _ in range(60):
            parts = ["".join(rng.sample(han, rng.randint(20, len(han)))), *rng.sample(_PARTS, 4)]
            rng.shuffle(parts)
            together = f"({' OR '.join(parts)})"
            assert found(together) == set().union(*map(found, parts)), together
            needed = rng.choice(("section:sport", "lang:zh", "date:2025"))
            assert found(f"{together} -section:sport") == found(together) - found("section:sport"), together
            assert found(f"{together} AND {needed}") == found(together) & found(needed), together
