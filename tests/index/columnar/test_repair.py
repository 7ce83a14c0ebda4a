"""Repair: what can still be read comes back as it was acknowledged, the rest is named, and nothing else changes."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from index.article import Article
from index.columnar import engine as engine_module
from index.columnar import repair as repair_module
from index.columnar import writer as writer_module
from index.columnar.atomic import Folder
from index.columnar.columns import Texts
from index.columnar.engine import ColumnarEngine
from index.columnar.manifest import SegmentEntry, manifest_name, newest, newest_named
from index.columnar.segment import KINDS, Segment
from index.engine import Repaired, rebuild_index, repair_index
from index.errors import IndexNotFound, IndexVersionMismatch
from index.normalize.identity import id_of_content, id_of_url
from tests.archive import article
from tests.index.columnar.contents import articles, litter, made
from tests.index.columnar.test_damage import DAMAGES, cut, flipped, lost
from tests.soak import seeds

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

Model = dict[str, Article]


@dataclass(frozen=True)
class Given:
    """An index, and what it holds."""

    path: Path
    model: Model

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        return newest_named(Folder(self.path)).segments

    def file(self, kind: str, at: int = 0) -> Path:
        """A file of the segment number ``at`` of the newest generation."""
        return self.path / f"{self.segments[at].name}.{kind}"

    def deletions(self, at: int = 0) -> Path:
        facts = self.segments[at].deletions
        assert facts is not None
        return self.path / facts.name

    def ids(self, at: int = 0) -> list[str]:
        """The ids of a segment that is whole, deleted ones included."""
        return Segment(Folder(self.path), self.segments[at]).columns.ids().strings()


def written(path: Path, *, merged: bool) -> Given:
    """Two commits with dictionaries, and a third that deletes and replaces articles of the first; merged perhaps."""
    rng = random.Random(7)
    model: Model = {}
    with ColumnarEngine.open(path, create=True) as engine:
        for first in (0, 200):
            batch = [made(rng, f"a{number}") for number in range(first, first + 200)]
            engine.add(batch)
            model.update({one.id: one for one in batch})
            engine.commit({"number": first})
        engine.delete([f"a{number}" for number in range(10)])
        again = [made(rng, f"a{number}") for number in range(10, 15)]
        engine.add(again)
        engine.commit({"number": 2})
        model = {key: one for key, one in model.items() if key not in {f"a{number}" for number in range(10)}}
        model.update({one.id: one for one in again})
        if merged:
            engine.merge()
        assert articles(engine) == model
    return Given(path, model)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Given]:
    folder = tmp_path_factory.mktemp("originals")
    return {merged: written(folder / str(merged), merged=merged) for merged in (False, True)}


@pytest.fixture
def copy(originals: dict[bool, Given], tmp_path: Path) -> Callable[[bool], Given]:
    def make(merged: bool) -> Given:
        whole = originals[merged]
        return Given(Path(shutil.copytree(whole.path, tmp_path / "index")), whole.model)

    return make


def repaired(given: Given) -> tuple[Repaired, Model]:
    """What repair says, and what is there then. The index is whole, and nothing else lies in its folder."""
    with ColumnarEngine.open(given.path) as engine:
        problems = engine.check()
        assert problems
        done = engine.repair()
        assert list(done.problems) == problems
        assert engine.fallback is None
        assert not litter(engine.folder)
        left = articles(engine)
        assert engine.repair() == Repaired(), "there was nothing to do"
    return done, left


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [flipped, cut, lost])
@pytest.mark.parametrize("kind", ["lexicon", "docs", "freqs", "positions"])
def test_words_are_made_anew(kind: str, damage: Callable[..., None], copy: Callable[[bool], Given]) -> None:
    given = copy(False)
    damage(given.file(kind), random.Random(1))
    done, left = repaired(given)
    assert left == given.model
    assert (done.lost, done.unnamed, done.returned) == ((), 0, 0)
    assert newest(Folder(given.path)).checkpoint == {"number": 2}, "a load goes on where it was"


@pytest.mark.parametrize("place", [0, 64, 100, -60, -1])
@pytest.mark.parametrize("kind", ["columns", "stored"])
def test_a_bit_costs_one_article_at_most(kind: str, place: int, copy: Callable[[bool], Given]) -> None:
    """In the header, in a section, in what stands at the end."""
    given = copy(False)
    flip(given.file(kind), place)
    done, left = repaired(given)
    assert len(done.lost) + done.unnamed <= 1
    assert {*left, *done.lost} == given.model.keys() or done.unnamed
    assert left.items() <= given.model.items()


def test_only_articles_that_can_not_be_read_are_lost_and_they_are_named(copy: Callable[[bool], Given]) -> None:
    given = copy(False)
    ids = given.ids(1)
    stored = given.file("stored", 1)
    data = bytearray(stored.read_bytes())
    frames = Segment(Folder(given.path), given.segments[1]).files["stored"].section("at").all()[50:54].tolist()
    for first, last in pairwise(frames):
        data[64 + (first + last) // 2] ^= 255
    stored.write_bytes(data)
    done, left = repaired(given)
    assert set(done.lost) == set(ids[50:53])
    assert left == {key: one for key, one in given.model.items() if key not in done.lost}
    assert newest(Folder(given.path)).checkpoint is None, "the load must begin anew to bring back what is lost"


def test_without_stored_articles_all_ids_are_named(copy: Callable[[bool], Given]) -> None:
    given = copy(False)
    ids = given.ids(1)
    given.file("stored", 1).unlink()
    done, left = repaired(given)
    assert done.lost == tuple(ids)
    assert left == {key: one for key, one in given.model.items() if key not in ids}


def test_without_columns_the_articles_lost_are_counted(copy: Callable[[bool], Given]) -> None:
    given = copy(False)
    ids = given.ids(1)
    given.file("columns", 1).unlink()
    done, left = repaired(given)
    assert (done.lost, done.unnamed) == ((), len(ids))
    assert left == {key: one for key, one in given.model.items() if key not in ids}


def test_an_id_made_of_the_article_is_made_again(tmp_path: Path) -> None:
    url = "https://example.org/a"
    rows = [
        article("one", "text", url=url, id=id_of_url(url)),
        article("two", "more text", id=id_of_content(None, "two", "more text")),
        article("three", "a text with an id of its archive", id="given"),
    ]
    path = tmp_path / "index"
    with ColumnarEngine.open(path, create=True) as engine:
        engine.add(rows)
        engine.commit()
    given = Given(path, {one.id: one for one in rows})
    columns = given.file("columns")
    data = columns.read_bytes()
    ids = Texts.of(one.id.encode() for one in rows).data.tobytes()
    assert data.count(ids) == 1
    columns.write_bytes(data.replace(ids, b"?" * len(ids)))
    done, left = repaired(given)
    assert (done.lost, done.unnamed) == ((), 1)
    assert left == {one.id: one for one in rows[:2]}


@pytest.mark.parametrize("damage", [flipped, cut, lost])
@pytest.mark.parametrize("kinds", [KINDS, ["columns"], ["stored"], ["columns", "stored"]], ids=len)
def test_what_was_merged_is_taken_from_the_segments_it_was_merged_of(
    kinds: list[str], damage: Callable[..., None], copy: Callable[[bool], Given]
) -> None:
    given = copy(True)
    assert len(given.segments) == 1
    for kind in kinds:
        damage(given.file(kind), random.Random(3))
    done, left = repaired(given)
    assert left == given.model, "and nothing that was deleted or replaced"
    assert (done.lost, done.unnamed, done.returned) == ((), 0, 0)


def test_where_both_are_damaged_what_neither_has_is_lost_and_named(copy: Callable[[bool], Given]) -> None:
    given = copy(True)
    for kind in KINDS:
        given.file(kind).unlink()
    oldest = min(given.path.glob("*.stored"))
    ids = [f"a{number}" for number in range(200)]
    oldest.unlink()
    done, left = repaired(given)
    assert set(done.lost) == {key for key in given.model if key in ids} - {f"a{number}" for number in range(10, 15)}
    assert left == {key: one for key, one in given.model.items() if key not in done.lost}


def test_what_was_deleted_when_its_note_is_lost_is_counted_and_what_was_replaced_stays_so(
    copy: Callable[[bool], Given],
) -> None:
    given = copy(False)
    given.deletions().unlink()
    done, left = repaired(given)
    gone = {f"a{number}" for number in range(10)}
    assert (done.lost, done.unnamed, done.returned) == ((), 0, 10)
    assert {key: one for key, one in left.items() if key not in gone} == given.model
    assert left.keys() - given.model.keys() == gone


def test_with_the_newest_manifest_lost_the_generation_before_goes_on(copy: Callable[[bool], Given]) -> None:
    given = copy(False)
    folder = Folder(given.path)
    newest_number = newest(folder).generation
    path = given.path / manifest_name(newest_number)
    path.write_bytes(path.read_bytes()[:-1])
    done, left = repaired(given)
    assert done.newest_lost
    assert left.keys() == given.model.keys() | {f"a{number}" for number in range(10)}
    assert newest(folder).checkpoint == {"number": 200}, "the load brings back what came after"
    with ColumnarEngine.open(given.path) as engine:
        engine.add([article("new")])
        engine.commit()
        assert engine.check() == []


@pytest.mark.parametrize("place", [0, 5, 13, 20, 44, 47, 48, 60, 200, 1000, -1])
def test_a_bit_of_the_newest_manifest_costs_nothing(place: int, copy: Callable[[bool], Given]) -> None:
    given = copy(False)
    flip(given.path / manifest_name(newest(Folder(given.path)).generation), place)
    done, left = repaired(given)
    assert left == given.model
    assert not done.newest_lost
    assert newest(Folder(given.path)).checkpoint == {"number": 2}


def test_an_index_of_another_analysis_is_repaired_by_making_its_words_anew(
    copy: Callable[[bool], Given], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = copy(False)
    given.file("docs", 1).unlink()
    for module in (repair_module, engine_module, writer_module):
        monkeypatch.setattr(module, "fingerprint", lambda: "words of tomorrow")
    with pytest.raises(IndexVersionMismatch, match="rebuild"):
        ColumnarEngine.open(given.path)
    before = {one.name for one in given.segments}
    done = repair_index(given.path)
    assert (done.lost, done.unnamed) == ((), 0)
    assert before.isdisjoint(one.name for one in given.segments)
    with ColumnarEngine.open(given.path) as engine:
        assert articles(engine) == given.model


def test_nothing_is_made_where_no_index_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for path in (tmp_path, tmp_path / "nowhere"):
        for work in (repair_index, rebuild_index):
            with pytest.raises(IndexNotFound, match=r"ingest\.py --index"):
                work(path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("seed", seeds(20, 1000))
def test_damage_anywhere_loses_what_is_named_and_nothing_else(seed: int, copy: Callable[[bool], Given]) -> None:
    rng = random.Random(seed)
    given = copy(rng.random() < 0.5)
    names = sorted(path.name for path in given.path.glob("s0*"))
    needed = [file.name for file in newest(Folder(given.path)).all_files()]
    for name in {rng.choice(needed), *rng.sample(names, rng.randint(0, 3))}:
        damage = rng.choice(DAMAGES)
        damage(given.path / name, rng)
        print(f"seed {seed}: {damage.__name__} {name}")
    with ColumnarEngine.open(given.path) as engine:
        done = engine.repair()
        left = articles(engine)
    lost = given.model.keys() - left.keys()
    others = {key for key, one in left.items() if given.model.get(key) != one}
    if any(".deleted-" in problem for problem in done.problems):
        # What was deleted or replaced may be back, or be named as lost.
        assert len(others) <= done.returned
        assert others <= {f"a{number}" for number in range(15)}
        assert set(done.lost) >= lost or done.unnamed
    else:
        assert not others
        assert done.returned == 0
        assert set(done.lost) <= lost
        assert len(lost) == len(done.lost) + done.unnamed
