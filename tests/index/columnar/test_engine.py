"""The engine against a dict: what it says of each article, and what is there after a commit."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index import open_engine
from index.analysis import chain_for
from index.article import Article
from index.columnar import check
from index.columnar.batch import Analyser
from index.columnar.engine import ColumnarEngine
from index.engine import Engine
from index.errors import IndexLocked, IndexNotFound, InputError
from index.fields import decode_article, encode_article
from tests.archive import article, build_index, handed_over

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_engine(tmp_path / "index", create=True) as engine:
        yield engine
        engine.cancel()
        assert engine.check() == []


def committed(engine: Engine) -> dict[str, Article]:
    """Everything the index holds, by id, and that its parts agree."""
    with engine.reader() as reader:
        live = reader.columns.live
        articles = {reader.ids()[doc]: reader.article(doc) for doc in range(len(live)) if live[doc]}
    assert engine.stats().articles == len(articles)
    assert engine.check() == []
    for article_id, found in articles.items():
        assert engine.article(article_id) == found
    return articles


def test_an_article_comes_back_as_it_was_given(engine: Engine) -> None:
    given = article(
        "Die Brücke",
        "Erster Absatz.\nZweiter 𝔸bsatz.",
        "de",
        url="https://example.org/a?b=ü",
        authors=("A B", "C", "A B"),
        published="2026-02-05T12:38+05:45",
        place="MINSK",
    )
    engine.add([given])
    engine.commit()
    assert engine.article(given.id) == given


def test_nothing_is_seen_before_the_commit(engine: Engine) -> None:
    given = article("A title")
    engine.add([given])
    assert engine.article(given.id) is None
    assert engine.commit() == 1
    assert engine.article(given.id) == given


def test_cancelled_articles_are_forgotten_and_can_be_added_again(engine: Engine) -> None:
    given = article("A title")
    assert engine.add([given]) == ["added"]
    engine.cancel()
    assert engine.commit() == 0
    assert engine.add([given]) == ["added"]


def test_a_cancelled_deletion_did_not_happen(engine: Engine) -> None:
    given = article("A title")
    engine.add([given])
    engine.commit()
    assert engine.delete([given.id]) == 1
    assert engine.delete([given.id]) == 0
    engine.cancel()
    assert engine.delete([given.id]) == 1
    engine.commit()
    assert committed(engine) == {}


def test_same_content_under_another_id_is_a_duplicate(engine: Engine) -> None:
    first = article("A title", "a body")
    assert engine.add([first, replace(first, id="other")]) == ["added", "duplicate"]
    engine.commit()
    assert engine.add([replace(first, id="third")]) == ["duplicate"]


def test_the_content_of_a_deleted_article_is_no_duplicate(engine: Engine) -> None:
    first = article("A title", "a body")
    engine.add([first])
    engine.commit()
    engine.delete([first.id])
    assert engine.add([replace(first, id="other")]) == ["added"]
    assert engine.add([first]) == ["duplicate"]
    engine.commit()
    assert set(committed(engine)) == {"other"}


def test_the_same_id_with_other_facts_is_an_update(engine: Engine) -> None:
    first = article("A title", "a body", section="sport")
    engine.add([first])
    engine.commit()
    assert engine.add([replace(first, section="world")]) == ["updated"]
    engine.commit()
    assert committed(engine) == {first.id: replace(first, section="world")}


def test_notes_are_not_kept_and_make_no_difference(engine: Engine) -> None:
    first = article("A title", "a body")
    engine.add([replace(first, notes=("set right",))])
    engine.commit()
    assert engine.add([first]) == ["duplicate"]


def test_within_one_batch_the_last_version_of_an_article_stands(engine: Engine) -> None:
    versions = [article(f"title {number}", id="same") for number in range(5)]
    assert engine.add(versions) == ["added", *["updated"] * 4]
    assert engine.commit() == 1
    assert committed(engine) == {"same": versions[-1]}


def test_a_commit_without_a_change_makes_no_generation(engine: Engine) -> None:
    given = article("A title")
    engine.add([given])
    engine.commit()
    before = engine.generation()
    assert engine.add([given]) == ["duplicate"]
    assert engine.commit() == 0
    assert engine.generation() == before


def test_a_note_of_the_load_comes_with_the_commit(engine: Engine) -> None:
    assert engine.checkpoint() is None
    engine.add([article("one")])
    engine.commit({"input": "a.zip", "place": [1, 2]})
    assert engine.checkpoint() == {"input": "a.zip", "place": [1, 2]}
    engine.add([article("two")])
    engine.commit()
    assert engine.checkpoint() is None


@pytest.mark.parametrize("memory", [1, 3_000])
def test_what_outgrows_its_memory_is_still_one_commit(memory: int, tmp_path: Path) -> None:
    """Staged articles are flushed to segments of their own; nobody sees these before the commit or after a cancel."""
    rows = [article(f"title {number}", "some words of a body", id=f"a{number}") for number in range(30)]
    with ColumnarEngine.open(tmp_path / "index", create=True, memory=memory) as engine:
        for row in rows:
            engine.add([row])
        engine.cancel()
        assert committed(engine) == {}
        assert engine.add(rows[:10]) == ["added"] * 10
        assert engine.add(rows[:10]) == ["duplicate"] * 10
        assert engine.add([replace(rows[0], section="late")]) == ["updated"]
        assert engine.delete(["a1", "a2", "a1"]) == 2
        assert committed(engine) == {}
        assert engine.commit() == 8
        assert set(committed(engine)) == {"a0", *(f"a{number}" for number in range(3, 10))}


@pytest.mark.parametrize("seed", range(12))
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
                assert engine.add([given]) == [expected_outcome(staged, given)]
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
    build_index(tmp_path / "index", articles, commits=5)
    with ColumnarEngine.open(tmp_path / "index") as engine:
        engine.delete([row.id for row in articles[::3]])
        engine.commit()
        before = committed(engine)
        assert len(engine.reader().segments) > 1
        engine.merge()
        assert committed(engine) == before
        assert len(engine.reader().segments) == 1
        assert engine.reader().columns.live.all()
        generation = engine.generation()
        engine.merge()
        assert engine.generation() == generation, "there was nothing to do"


def test_merging_nothing_but_deleted_articles_leaves_an_empty_index(engine: Engine) -> None:
    given = [article("one"), article("two")]
    for row in given:
        engine.add([row])
        engine.commit()
    engine.delete([row.id for row in given])
    engine.merge()
    assert committed(engine) == {}
    engine.add(given)
    engine.commit()
    assert committed(engine) == {row.id: row for row in given}


@pytest.mark.parametrize("commits", [1, 3])
def test_no_file_holds_a_word_of_what_was_purged(commits: int, tmp_path: Path) -> None:
    rows = [article(f"title {n}", "xylophone " * 20 + f"n{n}", id=f"keep{n}") for n in range(100)]
    secret = article("Wyvernhollow", "unspeakable secret of wyvernhollow " * 30, id="secret-one", section="Wyvern Desk")
    path = build_index(tmp_path / "index", [*rows[:50], secret, *rows[50:]], commits=commits)
    with open_engine(path) as engine:
        assert engine.purge(["secret-one", "nobody"]) == 1
        assert set(committed(engine)) == {row.id for row in rows}
        with engine.reader() as reader:
            assert len(reader.find_prefixes([("en", "wyvernhollow")])) == 0
            assert reader.doc_of("secret-one") is None
            assert "Wyvern Desk" not in reader.columns.codes("section")[1]
        left = b"".join(file.read_bytes() for file in path.iterdir())
        for word in (b"secret-one", b"yvernhollow", b"unspeakable", b"Wyvern"):
            assert word not in left


def test_a_view_stays_as_it_was_whatever_is_written_after(tmp_path: Path) -> None:
    rows = [article(f"title {n}", f"body {n}") for n in range(10)]
    build_index(tmp_path / "index", rows, commits=2)
    with open_engine(tmp_path / "index") as engine, engine.reader() as before:
        engine.delete([rows[0].id])
        engine.add([article("eleven")])
        engine.commit()
        engine.purge([rows[1].id])
        engine.merge()
        assert [before.article(doc) for doc in range(10)] == rows
        assert before.columns.live.all()
        assert len(before.postings("title_en", "title")[0]) == 10
        assert engine.stats().articles == 9


def test_a_second_writer_is_told_so(tmp_path: Path) -> None:
    with open_engine(tmp_path / "index", create=True) as first, open_engine(tmp_path / "index") as second:
        first.add([article("one")])
        with pytest.raises(IndexLocked, match="another process is writing"):
            second.add([article("two")])
        first.commit()
        assert second.add([article("two")]) == ["added"]
        second.commit()
        assert first.add([article("three")]) == ["added"]
        first.commit()
        assert [row.title for row in committed(second).values()] == ["one", "two", "three"]


def test_a_killed_writer_leaves_no_lock_and_no_file(tmp_path: Path) -> None:
    path = build_index(tmp_path / "index", [article("one")])
    code = f"""
import os
from pathlib import Path
from tests.archive import article
from index.columnar import check
from index.columnar.batch import Analyser
from index.columnar.engine import ColumnarEngine
engine = ColumnarEngine.open(Path({str(path)!r}), memory=1)
engine.add([article("lost", id="lost")])
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT)
    assert done.returncode == -9
    with open_engine(path) as engine:
        assert engine.add([article("two", id="two")]) == ["added"]
        assert engine.commit() == 1
        assert [row.title for row in committed(engine).values()] == ["one", "two"]
        named = {file.name for live in engine.reader().live for file in live.entry.all_files()}
    assert {file.name for file in path.iterdir() if file.name.startswith("s0")} == named


def test_a_missing_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match=r"ingest\.py --index"):
        open_engine(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="other files"):
        open_engine(tmp_path, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_article_survives_its_json() -> None:
    given = article("t", "b", url="https://example.org/", authors=("x",), published="2026-02", place="MINSK")
    assert decode_article(encode_article(given), given.id, given.digest) == given


@pytest.mark.parametrize(
    "bad",
    [
        replace(article("one"), title="one \ud800 surrogate"),
        replace(article("one"), id="\ud800"),
        replace(article("one"), digest="no digest"),
        replace(article("one"), published="soon"),
        replace(article("one"), section="\ud800"),
    ],
    ids=["title", "id", "digest", "date", "section"],
)
def test_a_batch_with_an_article_that_cannot_be_converted_leaves_no_trace(bad: Article, engine: Engine) -> None:
    with pytest.raises((ValueError, TypeError)):
        engine.add([article("before"), bad, article("behind")])
    engine.add([article("two")])
    engine.commit()
    assert [row.title for row in committed(engine).values()] == ["two"]


def test_what_repair_says_is_lost_can_be_loaded_again(tmp_path: Path) -> None:
    articles = [article(f"title {n}", f"body {n}") for n in range(40)]
    path = build_index(tmp_path / "index", articles[:30])
    build_index(path, articles[30:])
    largest = max(path.glob("*.stored"), key=lambda file: file.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:1000])
    with open_engine(path) as engine:
        assert largest.name in engine.check()[0]
        assert engine.repair().lost == tuple(row.id for row in articles[:30])
        assert committed(engine) == {row.id: row for row in articles[30:]}
        assert engine.add(articles) == ["added"] * 30 + ["duplicate"] * 10
        engine.commit()
        assert len(committed(engine)) == 40


def test_a_loader_that_goes_on_after_another_process_has_purged_writes_nothing_of_it(tmp_path: Path) -> None:
    """It has learned what its articles share, and so have those that analyse for it: pieces of the purged one."""
    path = tmp_path / "index"
    secrets = [
        article(f"Wyvernhollow {n}", "the unspeakable secret of wyvernhollow " * 9, id=f"s{n}") for n in range(90)
    ]
    later = [[article(f"title {n} {at}", f"xylophone {n} " * 20) for n in range(40)] for at in range(3)]
    with open_engine(path, create=True) as loader, open_engine(path) as other:
        worker = Analyser()
        loader.add_batch(handed_over(worker.analyse(secrets[:45])))
        loader.add_batch(loader.analyser.analyse(secrets[45:]))
        ahead = loader.analyser.analyse(later[0])
        loader.commit()
        assert b"yvernhollow" in left_in(path)
        assert other.purge([one.id for one in secrets]) == 90
        assert b"yvernhollow" not in left_in(path)
        loader.add_batch(ahead)
        loader.add_batch(handed_over(worker.analyse(later[1])))
        loader.add(later[2])
        loader.commit()
        assert set(committed(loader)) == {one.id for batch in later for one in batch}
        assert b"yvernhollow" not in left_in(path)


def left_in(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.iterdir())


def test_a_note_is_taken_back_where_nothing_was_added_since(tmp_path: Path) -> None:
    with ColumnarEngine.open(tmp_path / "index", create=True) as engine:
        engine.add([article("one")])
        engine.commit({"at": 1})
        generation = engine.generation()
        assert engine.commit({"at": 1}) == 0
        assert engine.generation() == generation, "there was nothing to do"
        assert engine.commit() == 0
        assert engine.checkpoint() is None


def test_check_tells_forms_that_are_not_grouped_as_their_language_groups_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.add([article("Bridges", "running over the old bridges")])
    engine.commit()
    assert engine.check() == []
    with monkeypatch.context() as patched:
        patched.setattr(check, "chain_for", lambda lang: chain_for("de"))
        assert [problem.partition(": ")[2] for problem in engine.check()] == [
            "the forms of en are not grouped by their terms"
        ]
