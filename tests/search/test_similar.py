"""Articles that tell the same story come first; never the article itself, nor a copy of it."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from pathlib import Path

import pytest

from search import ArticleNotFound, SearchRequest, open_searcher
from search.searcher import Searcher
from tests.archive import article, build_index

DYKE = [
    article(
        "The dyke at Lumo broke in the night", "The dyke broke near the lighthouse; engineers of Lumo saw it.", id="a"
    ),
    article("Engineers mend the dyke", "The dyke near the lighthouse of Lumo is mended by engineers.", id="b"),
    article("A dyke and a promise", "The minister promised money.", id="c"),
    article("Minister promises money", "The minister promised money to schools and to nurses.", id="d"),
    article(
        "Der Deich am Leuchtturm", "Der Deich von Lumo brach am Leuchtturm, dyke lighthouse engineers.", "de", id="e"
    ),
    *(article(f"Goals on day {day}", f"The team scored {day} goals in a game that nobody saw.") for day in range(40)),
]
ODD = [
    article("", "", id="empty"),
    article("...", "— ! —", id="signs"),
    article("", "The of and to in", id="stop"),
    article("Unheard", "Unheard-of syllables: zqx zqy zqz.", id="alone"),
    article("港", "港", "zh", id="grapheme"),
    article("dyke " * 3_000, "lighthouse " * 30_000, id="long"),
    article("Deich", "", "tlh", id="unknown"),
]


def ids(searcher: Searcher, article_id: str, limit: int = 6) -> list[str]:
    return [hit.id for hit in searcher.similar(article_id, limit)]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return open_searcher(build_index(tmp_path_factory.mktemp("similar") / "index", DYKE + ODD, commits=3))


def test_what_shares_the_most_telling_words_comes_first(searcher: Searcher) -> None:
    found = ids(searcher, "a")
    assert found[0] == "b"
    assert not {"a", "d", "e"} & set(found)


def test_other_languages_are_left_out(searcher: Searcher) -> None:
    assert ids(searcher, "e") == []


def test_a_hit_tells_its_facts_and_marks_nothing(searcher: Searcher) -> None:
    [hit] = searcher.similar("a", 1)
    assert (hit.title.text, hit.title.spans, hit.snippets, hit.lang) == ("Engineers mend the dyke", (), (), "en")
    assert hit.score > 0


def test_the_answer_is_always_the_same(searcher: Searcher, tmp_path: Path) -> None:
    merged = build_index(tmp_path / "merged", DYKE + ODD)
    with open_searcher(merged) as other:
        for one in DYKE[:10]:
            assert ids(searcher, one.id, 20) == ids(other, one.id, 20) == ids(searcher, one.id, 20)


@pytest.mark.parametrize("odd", [one.id for one in ODD])
def test_odd_articles_have_an_answer(searcher: Searcher, odd: str) -> None:
    assert odd not in ids(searcher, odd)


def test_an_unknown_article_is_an_error(searcher: Searcher) -> None:
    with pytest.raises(ArticleNotFound):
        searcher.similar("nowhere")


def test_copies_are_shown_once_and_those_of_the_article_never(tmp_path: Path) -> None:
    first, second, *others = DYKE
    near = article(second.title, second.body + " Still.", id="near")
    again = article(second.title, second.body.upper(), id="again")
    twins = [
        article(first.title.upper(), first.body.replace(" ", "\n", number), id=f"twin{number}") for number in range(30)
    ]
    with open_searcher(build_index(tmp_path / "index", [first, second, near, again, *twins, *others])) as searcher:
        found = ids(searcher, "a")
        assert sorted(found[:2]) in (["b", "near"], ["again", "near"])
        assert not {"b", "again"} <= set(found)
        assert not any(one.startswith("twin") for one in found)


@pytest.mark.shared
def test_news_of_the_same_event_come_first(shared: Path, tmp_path: Path) -> None:
    with gzip.open(shared / "data" / "events.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = {" ".join(row["text"].casefold().split()): row for row in rows}  # copies are not similar
    rows = list(texts.values())
    articles = [article("", row["text"], row["lang"], id=f"{row['event']}/{n}") for n, row in enumerate(rows)]
    with open_searcher(build_index(tmp_path / "index", articles, commits=3)) as searcher:
        known = set(searcher.ids(SearchRequest()))
        groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for one in articles:
            if one.id in known:
                groups[one.id.rpartition("/")[0], one.lang].append(one.id)
        right = asked = 0
        for (event, lang), members in groups.items():
            for one in members if len(members) > 1 else ():
                hits = searcher.similar(one)
                assert all(hit.lang == lang and hit.id != one for hit in hits)
                right += bool(hits) and hits[0].id.startswith(f"{event}/")
                asked += 1
        print(f"{right} of {asked}")
        assert right > 0.98 * asked > 500
