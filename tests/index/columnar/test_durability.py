"""What is acknowledged is kept, whatever happens: a crash, a kill, a power cut, an error of the disk."""

from __future__ import annotations

import errno
import os
import random
import select
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.article import Article
from index.columnar.atomic import Folder
from index.columnar.engine import ColumnarEngine
from index.errors import IndexNotFound, KioskError
from tests.index.columnar.contents import articles, litter, made, stage, with_changes
from tests.index.columnar.storage import READING, FailingFolder, RecordingFolder, crashes
from tests.soak import SOAK, seeds

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

LONG = bool(os.environ.get(SOAK))

MEMORY = 4_000
"""So little that some articles fill it."""

Model = dict[str, Article]


def opened(folder: Path | Folder, *, create: bool = False) -> ColumnarEngine:
    return ColumnarEngine.open(folder, create=create, memory=MEMORY)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Model]:
    """An index of several generations, with segments that have deleted articles, and what it holds."""
    path, model, rng = tmp_path_factory.mktemp("base") / "index", {}, random.Random(1)
    with ColumnarEngine.open(path, create=True) as engine:
        for _ in range(3):
            stage(engine, *with_changes(model, rng, 9))
            engine.commit({"at": 1})
    return path, model


@pytest.fixture
def copies(base: tuple[Path, Model], tmp_path: Path) -> Iterator[Path]:
    """Copies of the base, each a folder of its own."""

    def make() -> Iterator[Path]:
        number = 0
        while True:
            if number:
                shutil.rmtree(tmp_path / str(number - 1))
            yield Path(shutil.copytree(base[0], tmp_path / str(number)))
            number += 1

    return make()


def commit(engine: ColumnarEngine, model: Model) -> None:
    stage(engine, *with_changes(model, random.Random(2), 9))
    engine.commit({"at": 2})


def commit_beside(engine: ColumnarEngine, model: Model) -> None:
    stage(engine, *with_changes(model, random.Random(2), 9))
    with ThreadPoolExecutor(1) as thread:
        thread.submit(engine.begin_commit({"at": 2})).result()
    engine.close()  # lets go of the lock


def delete(engine: ColumnarEngine, model: Model) -> None:
    gone = sorted(model)[:3]
    assert engine.delete(gone) == len(gone)
    for article_id in gone:
        del model[article_id]
    engine.commit()


def merge(engine: ColumnarEngine, model: Model) -> None:
    engine.merge()


def purge(engine: ColumnarEngine, model: Model) -> None:
    gone = sorted(model)[:2]
    assert engine.purge(gone) == 2
    for article_id in gone:
        del model[article_id]


def rebuild(engine: ColumnarEngine, model: Model) -> None:
    # Through the folder at hand, which the public way opens by its path.
    from index.columnar.rebuild import rebuild

    rebuild(engine.folder, memory=MEMORY)


OPERATIONS = [commit, commit_beside, delete, merge, purge, rebuild]
operations = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.__name__)

Operation = Callable[[ColumnarEngine, Model], None]


def after(operation: Operation, base: tuple[Path, Model], path: Path) -> Model:
    """What the index holds when the operation has gone well."""
    model = dict(base[1])
    with opened(path) as engine:
        operation(engine, model)
        assert articles(engine) == model
    return model


def assert_next_commit_works(engine: ColumnarEngine, what: str) -> None:
    """It finds no file that nobody needs, adds an article to what is there, and leaves no such file."""
    model = articles(engine)
    given = made(random.Random(3), "the next")
    assert engine.delete([]) == 0  # takes the lock
    assert not litter(engine.folder), what
    stage(engine, [given], [])
    engine.commit()
    model[given.id] = given
    assert articles(engine) == model, what
    assert not litter(engine.folder), what


# Promise 1: crashes


@operations
def test_a_crash_at_any_call_leaves_the_old_state_or_the_new(
    operation: Operation, base: tuple[Path, Model], copies: Iterator[Path]
) -> None:
    new = after(operation, base, next(copies))
    # Purging and rebuilding are commits and merges, one after the other.
    step = 1 if LONG or operation in (commit, delete, merge) else 5
    states, at, crashed = set(), 0, True
    while crashed:
        path = next(copies)
        folder = FailingFolder(path, at, crash=True, but=READING)
        crashed = crashes(lambda folder=folder: operation(opened(folder), dict(base[1])))
        engine = opened(path)
        found = articles(engine)
        assert found in (base[1], new), f"call {at}"
        assert engine.fallback is None, f"call {at}: a crash looks like damage: {engine.fallback}"
        states.add(found == new)
        assert_next_commit_works(engine, f"call {at}")
        engine.close()
        at += step
    print(f"{at} calls")
    assert at > 20
    assert True in states


def test_a_crash_while_an_index_is_made_leaves_none_or_an_empty_one(tmp_path: Path) -> None:
    at, crashed = 0, True
    while crashed:
        path = tmp_path / str(at) / "index"
        folder = FailingFolder(path, at, crash=True, but=READING)
        crashed = crashes(lambda folder=folder: opened(folder, create=True))
        engine = opened(path, create=True)
        assert articles(engine) == {}
        assert_next_commit_works(engine, f"call {at}")
        engine.close()
        at += 1
    assert at > 5


@pytest.mark.parametrize("seed", seeds(2, 42))
def test_a_load_killed_at_any_time_keeps_what_was_acknowledged(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    path = tmp_path / "index"
    model: Model = {}
    opened(path, create=True).close()
    for round_ in range(12):
        states = states_of(model, seed * 1000 + round_, 8)
        read, write = os.pipe()
        loader = os.fork()
        if loader == 0:
            load(path, model, seed * 1000 + round_, 8, write)
        os.close(write)
        acknowledged = killed(loader, read, rng.uniform(0, 0.25))
        engine = opened(path)
        found = articles(engine)
        assert found in states[acknowledged : acknowledged + 2], f"seed {seed}, round {round_}, {acknowledged}"
        assert engine.fallback is None
        assert engine.delete([]) == 0  # takes the lock
        assert not litter(engine.folder)
        engine.close()
        model = found


def states_of(model: Model, seed: int, commits: int) -> list[Model]:
    """What the index holds before a load and after each of its commits."""
    rng, states = random.Random(seed), [dict(model)]
    for _ in range(commits):
        states.append(dict(states[-1]))
        with_changes(states[-1], rng, 12)
    return states


def load(path: Path, model: Model, seed: int, commits: int, told: int) -> None:
    """In a forked child: commits, and tells each; ends the process."""
    status = 1
    try:
        rng, model = random.Random(seed), dict(model)
        engine = opened(path)
        for _ in range(commits):
            stage(engine, *with_changes(model, rng, 12))
            engine.commit()
            os.write(told, b"x")
        status = 0
    finally:
        os._exit(status)


def killed(process: int, told: int, seconds: float) -> int:
    """Kills the loader after some time, if it lives; how many commits it has told of."""
    until_end, _, _ = select.select([], [], [told], seconds)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    count = 0
    while data := os.read(told, 100):
        count += len(data)
    os.close(told)
    assert not until_end
    return count


# Promise 2: power cuts


@pytest.mark.parametrize("seed", seeds(3, 40))
def test_a_power_cut_leaves_what_was_acknowledged(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    (tmp_path / "index").mkdir()
    folder = RecordingFolder(tmp_path / "index")
    states = recorded(folder, rng)
    for trial in range(25):
        after = rng.randint(1, len(folder.calls))
        into = tmp_path / str(trial)
        into.mkdir()
        folder.power_cut(after, rng, into)
        acknowledged = sum(call.kind == "mark" for call in folder.calls[:after])
        assert_survived(into, states, acknowledged, f"seed {seed}, trial {trial}: after call {after}")
        shutil.rmtree(into)


def recorded(folder: RecordingFolder, rng: random.Random) -> list[Model | None]:
    """Makes an index by each kind of operation; what it holds before, and after each: a call marks its end."""
    states: list[Model | None] = [None, {}]
    engine = opened(folder, create=True)
    folder.mark("made")
    model: Model = {}
    for at in range(6):
        stage(engine, *with_changes(model, rng, 10))
        engine.commit({"at": at})
        states.append(dict(model))
        folder.mark(f"commit {at}")
    for operation in (delete, purge, merge):
        operation(engine, model)
        states.append(dict(model))
        folder.mark(operation.__name__)
    engine.close()
    return states


def assert_survived(path: Path, states: list[Model | None], acknowledged: int, trial: str) -> None:
    try:
        engine = opened(path)
        found: Model | None = articles(engine)
    except IndexNotFound:
        found = None
    assert found in states[acknowledged : acknowledged + 2], trial
    engine = opened(path, create=True)
    assert engine.fallback is None, f"{trial}: a power cut looks like damage: {engine.fallback}"
    assert_next_commit_works(engine, trial)
    engine.close()


# Promise 6: errors of the disk


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        pytest.param(errno.ENOSPC, True, id="disk full"),
        pytest.param(errno.EIO, False, id="one call fails"),
        pytest.param(errno.EMFILE, True, id="no handles"),
    ],
)
@operations
def test_an_error_at_any_call_leaves_an_index_no_lock_no_litter_and_a_next_commit_that_works(
    operation: Operation, error: int, lasting: bool, base: tuple[Path, Model], copies: Iterator[Path]
) -> None:
    new = after(operation, base, next(copies))
    step = 1 if LONG else 3 if operation is commit and not lasting else 9
    at = 0
    while True:
        path = next(copies)
        folder = FailingFolder(path, at, error=error, lasting=lasting, but=frozenset({"make"}))
        told = failure(lambda folder=folder: whole(operation, folder, dict(base[1])))
        if folder.failed is None:
            break
        what = f"call {at}, {folder.failed.kind} {folder.failed.name}: {told}"
        with Folder(path).lock():  # nobody holds it
            pass
        engine = opened(path)
        found = articles(engine)
        assert found in (base[1], new), what
        assert told or found == new, what
        assert engine.fallback is None, what
        assert_next_commit_works(engine, what)
        engine.close()
        at += step
    print(f"{at} calls")
    assert at > 50


def whole(operation: Operation, folder: Folder, model: Model) -> None:
    """An operation from opening to closing, as a program does it."""
    with opened(folder) as engine:
        operation(engine, model)


def failure(work: Callable[[], object]) -> BaseException | None:
    """The error that ``work`` ends with, if any: the system's own, or one of ours that comes from it."""
    try:
        work()
    except (OSError, KioskError) as told:
        return told
    return None


@operations
@pytest.mark.parametrize("lasting", [False, True])
def test_an_engine_goes_on_after_an_error(
    operation: Operation, lasting: bool, base: tuple[Path, Model], copies: Iterator[Path]
) -> None:
    """The same object, that of a server or of a load that waits for the disk: what was staged is forgotten."""
    new = after(operation, base, next(copies))
    counted = FailingFolder(next(copies), 1 << 60)
    operation(opened(counted), dict(base[1]))
    for at in range(0, counted.count, max(1, counted.count // 25)):
        folder = FailingFolder(next(copies), 1 << 60, error=errno.ENOSPC, lasting=lasting)
        engine = opened(folder)
        folder.at = folder.count + at
        told = failure(lambda engine=engine: operation(engine, dict(base[1])))
        what = f"call {at}, {folder.failed.kind if folder.failed else ''}: {told}"
        folder.heal()
        if told and operation in (commit, commit_beside, delete):  # what was staged is there until it is forgotten
            engine.cancel()
        with Folder(folder.path).lock():
            pass
        assert articles(engine) in (base[1], new), what
        assert_next_commit_works(engine, what)
        engine.close()
