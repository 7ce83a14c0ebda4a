"""The engine against a dict: what it says of each article, and what is there after a commit."""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index import open_engine
from index.article import Article
from index.engine import AnalysedArticle, Engine
from index.errors import IndexDamaged, IndexLocked, IndexNotFound, IndexVersionMismatch, InputError, KioskError
from index.fields import analyse, decode_article, encode_article
from tests.archive import article, build_index


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_engine(tmp_path / "index", create=True) as engine:
        yield engine


def committed(engine: Engine) -> dict[str, Article]:
    """Everything the index holds, by id, and that its parts agree."""
    reader = engine.reader()
    live = reader.columns.live
    articles = {reader.ids()[doc]: reader.article(doc) for doc in range(len(live)) if live[doc]}
    assert engine.stats().articles == len(articles)
    assert engine.check() == []
    for article_id, found in articles.items():
        assert engine.article(article_id) == found
    reader.close()
    return articles


def test_an_article_comes_back_as_it_was_given(engine: Engine) -> None:
    given = article(
        "Die Brücke", "Erster Absatz.\nZweiter 𝔸bsatz.", "de", url="https://example.org/a?b=ü", authors=("A B", "C")
    )
    engine.add(analyse(given))
    engine.commit()
    assert engine.article(given.id) == given


def test_nothing_is_seen_before_the_commit(engine: Engine) -> None:
    given = article("A title")
    engine.add(analyse(given))
    assert engine.article(given.id) is None
    assert engine.commit() == 1
    assert engine.article(given.id) == given


def test_cancelled_articles_are_forgotten_and_can_be_added_again(engine: Engine) -> None:
    given = analyse(article("A title"))
    assert engine.add(given) == "added"
    engine.cancel()
    assert engine.commit() == 0
    assert engine.add(given) == "added"


def test_same_content_under_another_id_is_a_duplicate(engine: Engine) -> None:
    first = article("A title", "a body")
    assert engine.add(analyse(first)) == "added"
    assert engine.add(analyse(replace(first, id="other"))) == "duplicate"
    engine.commit()
    assert engine.add(analyse(replace(first, id="third"))) == "duplicate"


def test_the_same_id_with_other_facts_is_an_update(engine: Engine) -> None:
    first = article("A title", "a body", section="sport")
    engine.add(analyse(first))
    engine.commit()
    assert engine.add(analyse(replace(first, section="world"))) == "updated"
    engine.commit()
    assert committed(engine) == {first.id: replace(first, section="world")}


@pytest.mark.parametrize("seed", range(15))
def test_random_programs_agree_with_a_dict(seed: int, tmp_path: Path) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    path = tmp_path / "index"
    model: dict[str, Article] = {}
    staged = dict(model)
    engine = open_engine(path, create=True)
    for _ in range(60):
        match rng.randint(0, 9):
            case 0:
                engine.commit()
                model = dict(staged)
                assert committed(engine) == model
            case 1:
                engine.cancel()
                staged = dict(model)
            case 2:
                ids = rng.sample([f"a{n}" for n in range(12)], 3)
                assert engine.delete(ids) == sum(staged.pop(name, None) is not None for name in ids)
            case 3:
                engine.close()
                staged = dict(model)
                engine = open_engine(path)
            case _:
                given = article(f"title {rng.randint(0, 15)}", id=f"a{rng.randint(0, 12)}", section=rng.choice("st"))
                assert engine.add(analyse(given)) == expected_outcome(staged, given)
                if expected_outcome(staged, given) != "duplicate":
                    staged[given.id] = given
    engine.commit()
    assert committed(engine) == staged
    engine.close()


def expected_outcome(present: dict[str, Article], given: Article) -> str:
    same = present.get(given.id)
    if same == given or any(row.digest == given.digest for row in present.values() if row is not same):
        return "duplicate"
    return "added" if same is None else "updated"


def test_merging_keeps_every_article(tmp_path: Path) -> None:
    articles = [article(f"title {n}", f"body {n}") for n in range(40)]
    build_index(tmp_path / "index", articles, commits=8)
    with open_engine(tmp_path / "index") as engine:
        engine.delete([row.id for row in articles[::3]])
        engine.commit()
        before = committed(engine)
        engine.merge()
        assert committed(engine) == before
        reader = engine.reader()
        assert len(reader.whoosh.leaf_readers()) == 1
        assert reader.columns.live.all()


def test_a_second_writer_is_told_so(tmp_path: Path) -> None:
    with open_engine(tmp_path / "index", create=True) as first, open_engine(tmp_path / "index") as second:
        first.add(analyse(article("one")))
        with pytest.raises(IndexLocked, match="another process is writing"):
            second.add(analyse(article("two")))
        first.commit()
        assert second.add(analyse(article("two"))) == "added"


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    path = build_index(tmp_path / "index", [article("one")])
    code = f"""
import os
from tests.archive import article
from index import open_engine
from index.fields import analyse
engine = open_engine({str(path)!r})
engine.add(analyse(article("lost")))
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    with open_engine(path) as engine:
        assert engine.add(analyse(article("two"))) == "added"
        assert engine.commit() == 1
        assert engine.stats().articles == 2


def test_a_missing_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match=r"ingest\.py --index"):
        open_engine(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="other files"):
        open_engine(tmp_path, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(("name", "value"), [("layout", "whoosh-999"), ("analysis", "0123456789abcdef")])
def test_an_index_of_another_version_is_refused_by_name(name: str, value: str, tmp_path: Path) -> None:
    marker = build_index(tmp_path / "index", [article("one")]) / "kiosk.json"
    marker.write_text(json.dumps({**json.loads(marker.read_text()), name: value}))
    with pytest.raises(IndexVersionMismatch, match=value):
        open_engine(tmp_path / "index")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Whoosh leaves the damaged file open
@pytest.mark.parametrize("pattern", ["kiosk.json", "*.toc", "*.seg"])
@pytest.mark.parametrize("damage", ["empty", "halved", "gone"])
def test_damage_that_keeps_an_index_from_opening_is_named(pattern: str, damage: str, tmp_path: Path) -> None:
    path = build_index(tmp_path / "index", [article("one", "and a body")])
    for file in path.glob(pattern):
        data = file.read_bytes()
        file.unlink() if damage == "gone" else file.write_bytes(data[: len(data) // 2] if damage == "halved" else b"")
    with pytest.raises(KioskError) as caught, open_engine(path) as engine:
        engine.reader()
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, (IndexDamaged, IndexNotFound))
    del caught
    gc.collect()  # so that the file is closed here, where its warning is expected


def test_an_article_survives_its_json() -> None:
    given = article("t", "b", url="https://example.org/", authors=("x",), published="2026-02", place="MINSK")
    assert decode_article(encode_article(given)) == given


def test_a_document_that_cannot_be_converted_leaves_no_trace(engine: Engine) -> None:
    bad = replace(article("one"), title="one \ud800 surrogate")
    words = analyse(article("one")).title_words
    with pytest.raises(UnicodeEncodeError):
        engine.add(AnalysedArticle(bad, words, words))
    engine.add(analyse(article("two")))
    engine.commit()
    assert [row.title for row in committed(engine).values()] == ["two"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # as above
def test_repair_drops_only_the_broken_segment(tmp_path: Path) -> None:
    articles = [article(f"title {n}", f"body {n}") for n in range(40)]
    path = build_index(tmp_path / "index", articles[:30])
    build_index(path, articles[30:])
    largest = max(path.glob("*.seg"), key=lambda file: file.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 200] = bytes(200)
    largest.write_bytes(data)
    with open_engine(path) as engine:
        assert len(engine.check()) >= 1
        engine.repair()
        assert set(committed(engine)) < {row.id for row in articles}
    gc.collect()
