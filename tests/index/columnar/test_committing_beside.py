"""A commit in a thread beside the adding of batches: the index is what one after the other gives."""

from __future__ import annotations

import random
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from index.article import Article
from index.columnar.atomic import Folder, Output
from index.columnar.engine import ColumnarEngine
from index.normalize.identity import digest_of
from tests.archive import article
from tests.index.columnar.contents import answers, articles, made
from tests.soak import seeds

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


class HeldFolder(Folder):
    """A folder in which creating a file waits until it may go on, or fails then."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.may_go_on, self.fails = Event(), False
        self.may_go_on.set()

    def create(self, name: str) -> Output:
        self.may_go_on.wait()
        if self.fails:
            raise OSError("the disk is full")
        return super().create(name)


def random_batches(rng: random.Random) -> list[list[Article]]:
    """Batches with new articles, the same again, copies under another id, and others under the same id."""
    known: list[Article] = []
    batches = []
    for _ in range(rng.randint(3, 12)):
        batch = []
        for _ in range(rng.randint(0, 8)):
            kind = rng.choice(["new", "new", "new", "new", "same", "copy", "changed"])
            one = made(rng, f"id{rng.getrandbits(40)}")
            if known and kind != "new":
                old = rng.choice(known)
                one = {"same": old, "copy": replace(old, id=one.id), "changed": replace(one, id=old.id)}[kind]
            known.append(one)
            batch.append(one)
        batches.append(batch)
    return batches


@pytest.mark.parametrize("seed", seeds(40, 2_000))
def test_an_index_is_the_same_whether_commits_are_waited_for(seed: int, tmp_path: Path) -> None:
    print("seed", seed)
    rng = random.Random(seed)
    batches, memory = random_batches(rng), rng.choice([2_000, 1 << 20])
    commits = [rng.random() < 0.5 for _ in batches]
    outcomes: list[list[object]] = [[], []]
    written = [0, 0]
    with (
        ColumnarEngine.open(tmp_path / "waited", create=True, memory=memory) as waited,
        ColumnarEngine.open(tmp_path / "beside", create=True, memory=memory) as beside,
        ThreadPoolExecutor(1) as thread,
    ):
        under_way: Future[int] | None = None
        for number, (batch, ends) in enumerate(zip(batches, commits, strict=True)):
            outcomes[0].append(waited.add_batch(waited.analyser.analyse(batch)))
            outcomes[1].append(beside.add_batch(beside.analyser.analyse(batch)))
            if ends:
                written[0] += waited.commit({"at": number})
                written[1] += under_way.result() if under_way is not None else 0
                under_way = thread.submit(beside.begin_commit({"at": number}))
        written[0] += waited.commit()
        written[1] += under_way.result() if under_way is not None else 0
        written[1] += beside.commit()
        assert outcomes[0] == outcomes[1]
        assert written[0] == written[1]
        assert articles(waited) == articles(beside)
        assert answers(waited.reader()) == answers(beside.reader())


def test_new_articles_are_staged_while_a_commit_is_under_way(tmp_path: Path) -> None:
    folder = HeldFolder(tmp_path / "index")
    first, second = article("Ferry", "sails"), article("Tug", "pulls")
    with ColumnarEngine.open(folder, create=True) as engine, ThreadPoolExecutor(1) as thread:
        engine.add([first])
        folder.may_go_on.clear()
        under_way = thread.submit(engine.begin_commit({"at": 1}))
        assert engine.add_batch(engine.analyser.analyse([second])) == ["added"]
        assert not under_way.done()
        folder.may_go_on.set()
        assert under_way.result() == 1
        assert articles(engine) == {first.id: first}
        assert engine.checkpoint() == {"at": 1}
        assert engine.commit() == 1
        assert articles(engine) == {first.id: first, second.id: second}


def test_an_article_that_is_under_way_is_waited_for_and_replaced_by_the_next_commit(tmp_path: Path) -> None:
    folder = HeldFolder(tmp_path / "index")
    old = article("Ferry", "sails")
    new = replace(old, body="sinks", digest=digest_of(old.title, "sinks"))
    with ColumnarEngine.open(folder, create=True) as engine, ThreadPoolExecutor(2) as threads:
        engine.add([old])
        folder.may_go_on.clear()
        threads.submit(engine.begin_commit())
        batch = engine.analyser.analyse([new])
        adding = threads.submit(engine.add_batch, batch)
        folder.may_go_on.set()
        assert adding.result() == ["updated"]
        assert articles(engine) == {old.id: old}
        assert engine.commit() == 1
        assert articles(engine) == {old.id: new}


def test_what_a_commit_beside_meets_is_raised_once_and_the_next_writer_goes_on(tmp_path: Path) -> None:
    folder = HeldFolder(tmp_path / "index")
    lost, kept = article("Ferry", "sails"), article("Tug", "pulls")
    with ColumnarEngine.open(folder, create=True) as engine, ThreadPoolExecutor(1) as thread:
        engine.add([lost])
        folder.fails = True
        under_way = thread.submit(engine.begin_commit())
        with pytest.raises(OSError, match="full"):
            under_way.result()
        with pytest.raises(OSError, match="full"):
            engine.add([kept])
        folder.fails = False
        engine.add([kept])
        assert engine.commit() == 1
        assert articles(engine) == {kept.id: kept}
