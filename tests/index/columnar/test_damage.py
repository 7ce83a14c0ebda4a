"""Damage is noticed and never a wrong answer; what is whole is served; a hostile index runs no code."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from index.article import Article
from index.columnar.engine import ColumnarEngine
from index.columnar.format import BLOCK
from index.columnar.manifest import Manifest, manifest_name, manifests, newest
from index.errors import IndexDamaged
from index.normalize.identity import digest_of
from tests.index.columnar.contents import answers, articles, made
from tests.index.columnar.storage import AlteredFolder
from tests.soak import SOAK, seeds

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

ROOT = Path(__file__).resolve().parents[3]
LONG = bool(os.environ.get(SOAK))


@dataclass(frozen=True)
class Whole:
    """An index as it was written, and all that can be asked of its last two generations."""

    path: Path
    newer: Manifest
    older: Manifest
    said: dict[int, dict[str, Any]]
    models: dict[int, dict[str, Article]]

    def files(self) -> list[str]:
        """Of the newest generation, its manifest among them."""
        return [manifest_name(self.newer.generation), *(file.name for file in self.newer.all_files())]

    def only_newer(self) -> list[str]:
        """The files that the older generation can do without."""
        older = {file.name for file in self.older.all_files()}
        return [name for name in self.files() if name not in older]

    def shared(self) -> list[str]:
        """The files of both."""
        older = {file.name for file in self.older.all_files()}
        return [name for name in self.files() if name in older]


def built(path: Path, batches: list[list[Article]], deleted: int) -> Whole:
    """An index of one commit for each batch; the last one deletes some articles, too."""
    with ColumnarEngine.open(path, create=True) as engine:
        model: dict[str, Article] = {}
        said, models = {}, {}
        for number, batch in enumerate(batches):
            engine.add(batch)
            model.update({one.id: one for one in batch})
            if number == len(batches) - 1:
                gone = sorted(model)[:deleted]
                assert engine.delete(gone) == deleted
                model = {key: one for key, one in model.items() if key not in gone}
            engine.commit({"number": number})
            assert articles(engine) == model
            said[engine.generation()] = answers(engine.reader())
            models[engine.generation()] = dict(model)
    newer, older = (one.manifest for one in manifests(engine.folder)[:2])
    assert newer is not None
    assert older is not None
    return Whole(path, newer, older, said, models)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """A segment of a few articles that have, between them, everything an article may have, then some deleted."""
    rng = random.Random(4)
    batch = [made(rng, f"a{number}") for number in range(9)]
    return built(tmp_path_factory.mktemp("small") / "index", [batch, []], 2)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Segments of many blocks, with dictionaries, frequencies beyond a byte and positions far apart."""
    rng = random.Random(5)
    batches = [[made(rng, f"a{number}") for number in range(first, first + 300)] for first in (0, 300)]
    for batch in batches:
        long = "again " * 400 + "far " * 300_000 + batch[7].id
        longer = replace(batch[7], body=long, lang="en")
        batch[7] = replace(longer, digest=digest_of(longer.headline, long))
    whole = built(tmp_path_factory.mktemp("large") / "index", batches, 20)
    assert max(file.length for file in whole.newer.all_files()) > 4 * BLOCK
    return whole


# Promise 3: every flipped bit, every truncation


def outcome(folder: AlteredFolder, whole: Whole, name: str, *, compare: bool) -> str:
    """What the engine makes of an altered file: an error that names it (``told``), the generation before (``older``),
    or the right answers, and ``check`` finds it (``unused``). All else fails. ``compare``: what is served, too."""
    engine = ColumnarEngine(folder)
    try:
        reader = engine.reader()
        older = reader.generation == whole.older.generation
        if compare or not older:
            assert answers(reader) == whole.said[reader.generation], "a wrong answer"
    except IndexDamaged as damage:
        assert_names(str(damage), name)
        return "told"
    if older:
        assert_names(engine.fallback or "", name)
        return "older"
    assert any(name in problem for problem in engine.check()), "unnoticed"
    return "unused"


def assert_names(told: str, name: str) -> None:
    """An error names the file and the place in it."""
    assert re.search(rf"{re.escape(name)}, byte \d+: ", told), told


def test_a_flipped_bit_in_any_byte_is_noticed(small: Whole) -> None:
    folder = AlteredFolder(small.path)
    counted: dict[str, int] = {}
    for name in small.files():
        data = (small.path / name).read_bytes()
        for at in range(len(data)):
            for bit in range(8) if LONG else [at % 8]:
                altered = bytearray(data)
                altered[at] ^= 1 << bit
                folder.altered = {name: bytes(altered)}
                try:
                    found = outcome(folder, small, name, compare=at % 16 == 0)
                except Exception as error:
                    raise AssertionError(f"bit {bit} of byte {at} of {name}: {error!r}") from error
                counted[found] = counted.get(found, 0) + 1
    print(counted)
    assert counted["told"] > 5_000
    assert counted["older"] > 1_000
    assert "unused" not in counted


def test_a_truncation_of_any_file_is_noticed(small: Whole) -> None:
    folder = AlteredFolder(small.path)
    for name in small.files():
        data = (small.path / name).read_bytes()
        for length in range(0, len(data), 1 if LONG else 13):
            folder.altered = {name: data[:length]}
            assert outcome(folder, small, name, compare=False) in ("told", "older"), f"{name} cut to {length}"


def test_a_missing_file_is_noticed(small: Whole) -> None:
    folder = AlteredFolder(small.path)
    for name in small.files():
        folder.altered = {name: None}
        if name == manifest_name(small.newer.generation):
            continue  # as if the last commit had never been
        assert outcome(folder, small, name, compare=True) in ("told", "older"), name


@pytest.mark.parametrize("seed", seeds(4, 100))
def test_flipped_bits_in_files_of_many_blocks_are_noticed(seed: int, large: Whole) -> None:
    rng = random.Random(seed)
    folder = AlteredFolder(large.path)
    for _ in range(12):
        name = rng.choice(large.files())
        data = bytearray((large.path / name).read_bytes())
        at = rng.randrange(len(data))
        data[at] ^= 1 << rng.randrange(8)
        folder.altered = {name: bytes(data)}
        print(f"seed {seed}: byte {at} of {name}")
        outcome(folder, large, name, compare=True)


# Promise 4: the generation before, or an error until it is repaired


def flipped(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 5)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def zeroed(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    start = rng.randrange(len(data))
    length = min(4096, len(data) - start)
    data[start : start + length] = bytes(length)
    path.write_bytes(bytes(data) if any(path.read_bytes()[start : start + length]) else b"")


def cut(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data))])


def emptied(path: Path, rng: random.Random) -> None:
    path.write_bytes(b"")


def lost(path: Path, rng: random.Random) -> None:
    path.unlink()


def swapped(path: Path, rng: random.Random) -> None:
    others = [other for other in path.parent.glob("s0*") if other.read_bytes() != path.read_bytes()]
    path.write_bytes(rng.choice(others).read_bytes())


DAMAGES = (flipped, zeroed, cut, emptied, lost, swapped)


@pytest.fixture
def copy(small: Whole, large: Whole, tmp_path: Path) -> Callable[[random.Random], Whole]:
    def make(rng: random.Random) -> Whole:
        chosen = rng.choice([small, large])
        return replace(chosen, path=Path(shutil.copytree(chosen.path, tmp_path / "index")))

    return make


def served(engine: ColumnarEngine) -> dict[str, Any]:
    """What a server says: where a use of the newest generation meets damage, it asks for a reader once more."""
    try:
        return answers(engine.reader())
    except IndexDamaged:
        return answers(engine.reader())


@pytest.mark.parametrize("seed", seeds(50, 500))
def test_damage_in_what_only_the_newest_generation_uses_serves_the_one_before(
    seed: int, copy: Callable[[random.Random], Whole]
) -> None:
    rng = random.Random(seed)
    whole = copy(rng)
    name = rng.choice(whole.only_newer())
    damage = rng.choice(DAMAGES)
    if damage is lost and name.startswith("manifest"):
        damage = flipped
    damage(whole.path / name, rng)
    print(f"seed {seed}: {damage.__name__} {name}")
    engine = ColumnarEngine.open(whole.path)
    before = monotonic()
    reader = engine.reader()
    took = monotonic() - before
    said = served(engine)
    assert said == whole.said[whole.older.generation]
    assert took < 1
    assert reader.generation in whole.said
    assert name in (engine.fallback or "")
    assert any(name in problem for problem in engine.check())
    done = engine.repair()
    engine.close()
    repaired = ColumnarEngine.open(whole.path)
    found = articles(repaired)
    newer = whole.models[whole.newer.generation].keys()
    assert name.startswith("manifest") or len(newer - found.keys()) == len(done.lost) + done.unnamed
    assert found.items() <= {**whole.models[whole.older.generation], **whole.models[whole.newer.generation]}.items()
    assert repaired.fallback is None


def test_nothing_is_written_while_the_newest_generation_is_damaged(small: Whole, tmp_path: Path) -> None:
    """To go on from the one before would drop what the newest holds, unasked."""
    path = Path(shutil.copytree(small.path, tmp_path / "index"))
    (path / manifest_name(small.newer.generation)).write_bytes(b"")
    before = sorted(file.name for file in path.iterdir())
    with ColumnarEngine.open(path) as engine:
        for _ in range(2):
            with pytest.raises(IndexDamaged, match=r"manifest-\d+\.json, byte 0: .*index repair"):
                engine.add([made(random.Random(1), "new")])
        assert sorted(file.name for file in path.iterdir()) == before
        engine.repair()
        assert engine.add([made(random.Random(1), "new")]) == ["added"]
        assert engine.commit() == 1
        assert {*articles(engine)} == {*small.models[small.older.generation], "new"}


def test_damage_once_met_is_not_served_again(large: Whole, tmp_path: Path) -> None:
    path = Path(shutil.copytree(large.path, tmp_path / "index"))
    name = next(name for name in large.only_newer() if name.endswith(".positions"))
    data = bytearray((path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (path / name).write_bytes(data)
    engine = ColumnarEngine.open(path)
    assert engine.reader().generation == large.newer.generation
    with pytest.raises(IndexDamaged, match=name):
        answers(engine.reader())
    for _ in range(3):
        assert engine.reader().generation == large.older.generation
        assert name in (engine.fallback or "")


@pytest.mark.parametrize("seed", seeds(25, 250))
def test_damage_in_a_segment_of_both_generations_is_told_until_repair_replaces_just_that_segment(
    seed: int, copy: Callable[[random.Random], Whole]
) -> None:
    rng = random.Random(seed)
    whole = copy(rng)
    name = rng.choice(whole.shared())
    damage = rng.choice(DAMAGES)
    damage(whole.path / name, rng)
    print(f"seed {seed}: {damage.__name__} {name}")
    engine = ColumnarEngine(AlteredFolder(whole.path))
    with pytest.raises(IndexDamaged) as told:
        served(engine)
    assert_names(str(told.value), name)
    assert any(name in problem for problem in engine.check())
    done = engine.repair()
    engine.close()
    model = whole.models[whole.newer.generation]
    repaired = ColumnarEngine.open(whole.path)
    left = articles(repaired)
    gone = set(model) - set(left)
    assert left.items() <= model.items()
    assert set(done.lost) <= gone
    assert len(gone) == len(done.lost) + done.unnamed
    # Ids stand in the columns alone: where these are what is damaged, they may be lost as well.
    assert not done.unnamed or name.endswith(".columns")
    others = tuple(one for one in whole.newer.segments if not name.startswith(one.name))
    kept = newest(repaired.folder).segments
    assert kept[: len(others)] == others, "just that segment"
    assert len(kept) <= len(others) + 1


# Promise 12: no code


READ_ALL = """
import sys
armed = []
FORBIDDEN = ("pickle.", "marshal.", "exec", "compile", "eval", "import", "ctypes.", "os.system", "subprocess.")

def hook(event, args):
    if armed and event.startswith(FORBIDDEN):
        armed.clear()
        raise AssertionError(f"{event} {args!r:.200}")

sys.addaudithook(hook)
from pathlib import Path
from index.columnar.engine import ColumnarEngine
from tests.index.columnar.contents import answers

def read(path):
    with ColumnarEngine.open(Path(path)) as engine:
        assert engine.check() == []
        engine.checkpoint(), engine.stats()
        said = answers(engine.reader())
        for lang in said["languages"]:
            engine.reader().find_prefixes([(lang, "b")])
        whoosh = engine.reader().whoosh
        for field, text in list(whoosh.all_terms())[:200]:
            list(whoosh.postings(field, text).all_ids())
        for doc in range(whoosh.doc_count_all()):
            whoosh.stored_fields(doc)
        return len(said["articles"])

warm, path = sys.argv[1:]
read(warm)  # loads modules and compiled kernels
armed.append(True)
count = read(path)
assert armed
armed.clear()
print(count)
"""


def test_reading_an_index_unpickles_evaluates_and_imports_nothing(small: Whole, large: Whole, tmp_path: Path) -> None:
    warm = shutil.copytree(large.path, tmp_path / "warm")
    for path, count in ((small.path, 9), (large.path, 600)):
        command = [sys.executable, "-c", READ_ALL, str(warm), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.split() == [str(count)]


def test_the_hook_of_the_test_before_sees_what_it_forbids(small: Whole) -> None:
    bad = READ_ALL.replace("count = read(path)", "import pickle; pickle.loads(pickle.dumps(Path))")
    done = subprocess.run(
        [sys.executable, "-c", bad, str(small.path), str(small.path)], capture_output=True, text=True, cwd=ROOT
    )
    assert "AssertionError: pickle.find_class" in done.stderr


def modules() -> Iterator[Path]:
    yield from (ROOT / "index" / "columnar").glob("*.py")


def test_no_module_of_the_index_names_a_way_to_run_data() -> None:
    for path in modules():
        found = re.findall(r"\b(?:pickle|marshal|shelve)\b(?! on)|\b(?:eval|exec)\(", path.read_text(encoding="utf-8"))
        assert not found, f"{path.name}: {found}"
