"""Stock Whoosh's own searcher over its own index: the same articles for exact words, patterns and what joins them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from whoosh import query as stock
from whoosh.searching import Searcher as StockSearcher

from index import open_engine
from search import Searcher, SearchRequest
from tests.archive import article, build_index
from tests.oracle import StockEngine

WORDS = "harbor harbour harbours ferry ferries storm storms port ports portal pilot pilots tide tidal".split()


def random_pair(rng: random.Random, depth: int = 3) -> tuple[str, stock.Query]:
    """A query in our language, and the stock query that must find the same."""
    word = rng.choice(WORDS)
    match rng.randint(0, 6 if depth else 3):
        case 0:
            return f'"{word}"', in_both(stock.Term, word)
        case 1:
            prefix = word[: rng.randint(2, 4)]
            return f"{prefix}*", in_both(stock.Prefix, prefix)
        case 2:
            at = rng.randrange(1, len(word) - 1)  # a question mark at the end asks a question
            pattern = word[:at] + rng.choice("*?") + word[at + 1 :]
            return pattern, in_both(stock.Wildcard, pattern)
        case 3:
            distance = rng.randint(1, 2)
            return f"{word}~{distance}", stock.Or(
                [stock.FuzzyTerm(field, word, maxdist=distance, prefixlength=0) for field in ("title_en", "body_en")]
            )
        case 4:
            (left, one), (right, other) = random_pair(rng, depth - 1), random_pair(rng, depth - 1)
            return f"({left} AND {right})", stock.And([one, other])
        case 5:
            (left, one), (right, other) = random_pair(rng, depth - 1), random_pair(rng, depth - 1)
            return f"({left} OR {right})", stock.Or([one, other])
    text, query = random_pair(rng, depth - 1)
    return f"(NOT {text})", stock.Not(query)


def in_both(kind: type[stock.Query], text: str) -> stock.Query:
    return stock.Or([kind(field, text) for field in ("title_en", "body_en")])


@pytest.mark.parametrize("seed", range(6))
def test_exact_words_and_patterns_find_what_stock_whoosh_finds(seed: int, tmp_path: Path) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    articles = [
        article(" ".join(rng.choices(WORDS, k=rng.randint(1, 3))), " ".join([*rng.choices(WORDS, k=5), f"n{number}"]))
        for number in range(80)
    ]
    gone = [row.id for row in rng.sample(articles, 15)]
    build_index(tmp_path / "index", articles, commits=3)
    with open_engine(tmp_path / "index") as engine, StockEngine(tmp_path / "stock") as stocked:
        stocked.add(articles)
        for one in (engine, stocked):
            one.commit()
            one.delete(gone)
            one.commit()
        reader = stocked.reader()
        ids, live, whoosh = reader.ids(), reader.columns.live, StockSearcher(reader.whoosh)
        searcher = Searcher(engine)
        for _ in range(60):
            text, query = random_pair(rng)
            found = searcher.search(SearchRequest(q=text, per_page=100, facets=(), snippets=0))
            # Whoosh 3.54's Not lets a deleted document through at the end of a segment.
            expected = {ids[doc] for doc in whoosh.docs_for_query(query) if live[doc]}
            assert {hit.id for hit in found.hits} == expected, text
        reader.close()
        assert engine.check() == []
