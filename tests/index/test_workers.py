"""Worker processes: the index is that of one process, and a record that kills, exits or hangs costs that record."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from index import open_engine
from index.article import RawArticle, Reject
from index.columnar.engine import ColumnarEngine
from index.engine import Engine
from index.errors import KioskError
from index.metering import Steps
from index.normalize import Defaults
from index.pipeline import Listeners, LoadOptions, LoadSummary, Progress, load, load_inputs, read_one
from index.preparing import Prepared
from index.readers import Record
from index.worker import Task
from index.workers import WorkerPool
from tests.index.columnar.contents import answers
from tests.index.test_pipeline import Given, counted
from tests.soak import seeds

WORDS = "harbour quay ferry grain tug winter bridge council harvest river lamp market museum choir".split()


class KillsWhenPickled(str):
    """A locator that can be read, normalised and analysed, and kills the process that sends what became of it."""

    def __reduce__(self) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)
        return str, (str(self),)


class KillsWhenSplit(str):
    """A body that kills the process that normalises it, after it was read and its date was looked at."""

    def __getattribute__(self, name: str) -> Any:
        if name in {"replace", "translate", "split", "splitlines", "strip", "isascii", "encode", "find"}:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getattribute__(name)

    def __len__(self) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0


def read_poison(record: Record) -> RawArticle | Reject:
    """Does to its own process what the record's title says."""
    article = read_one(record)
    if isinstance(article, Reject):
        return article
    match article.title.partition(" ")[0]:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            sys.exit(3)
        case "leave":
            os._exit(0)
        case "raise":
            raise ZeroDivisionError("poison")
        case "sleep":
            time.sleep(600)
        case "spin":  # holds the interpreter: none of its threads runs
            re.match(r"(a+)+$", "a" * 64 + "b")
        case "analyse":
            return RawArticle(article.locator, article.title, KillsWhenSplit(article.body), id=article.id)
    return article


class DiesOnArrival:
    """A reading function that kills whoever unpickles it."""

    def __call__(self, record: Record) -> RawArticle | Reject:
        raise AssertionError("never called")

    def __reduce__(self) -> Any:
        return os._exit, (7,)


def archive(path: Path, count: int, poison: dict[int, str] | None = None) -> Path:
    rows = [
        {
            "id": f"n{number}",
            "title": f"{(poison or {}).get(number, 'Title')} {number}",
            "text": f"The {' '.join(random.Random(number).choices(WORDS, k=20))} {number}",
        }
        for number in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def loaded(paths: list[Path], index: Path, options: LoadOptions) -> tuple[LoadSummary, list[Reject], dict[str, Any]]:
    """The account, the rejects and all that the index says."""
    rejects: list[Reject] = []
    with open_engine(index, create=True) as engine:
        summary = load(paths, engine, options, Listeners(on_reject=rejects.append))
        return summary, rejects, said(engine)


def said(engine: Engine) -> dict[str, Any]:
    assert isinstance(engine, ColumnarEngine)
    assert engine.check() == []
    reader = engine.reader()
    try:
        return answers(reader)
    finally:
        reader.close()


def command_of(process: psutil.Process) -> str:
    """The command line of a process; empty where it is gone, or not cleared away yet."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def children() -> list[psutil.Process]:
    """The processes that this one has, but for the one that multiprocessing keeps to clean up."""
    found = psutil.Process().children(recursive=True)
    return [child for child in found if "resource_tracker" not in command_of(child)]


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    assert children() == []


def mixed_archives(folder: Path) -> list[Path]:
    """Archives of lines, pages and rejects, with dates whose order only later tasks show."""
    folder.mkdir()
    source = random.Random(7)
    rows: list[dict[str, Any]] = []
    for number in range(120):
        date = "13/02/2026" if number == 100 else f"0{1 + number % 9}/02/2026"
        rows.append({"id": f"d{number}", "title": f"Quay {number}", "text": " ".join(source.choices(WORDS, k=15))})
        rows[-1]["date"] = date
    lines = [json.dumps(row) + "\n" for row in rows]
    lines[17:17] = ["{broken\n", "{}\n"]
    lines.insert(60, lines[3])
    (folder / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "b.jsonl").write_text("".join(lines[:40]).replace("Quay", "Mole").replace('"d', '"m'), encoding="utf-8")
    for number in range(6):
        page = f"<html lang=en><title>Page {number}</title><body><article><h1>Page {number}</h1><p>"
        text = " ".join(source.choices(WORDS, k=80))
        (folder / f"p{number}.html").write_text(f"{page}{text}.</p></article></body></html>", encoding="utf-8")
    (folder / "t.txt").write_text("The ferry sails\n\n" + " ".join(source.choices(WORDS, k=60)), encoding="utf-8")
    return [folder]


def test_two_workers_make_the_index_that_one_process_makes(tmp_path: Path) -> None:
    paths = mixed_archives(tmp_path / "given")
    one, two = (
        loaded(paths, tmp_path / f"index{workers}", LoadOptions(Defaults(lang="en"), batch=10, workers=workers))
        for workers in (1, 2)
    )
    assert counted(one[0]) == counted(two[0])
    assert one[0].rejected >= 2
    assert two[0].steps.keys() - one[0].steps.keys() == {"handing over"}
    assert (one[0].noted, one[0].languages, one[0].sections) == (two[0].noted, two[0].languages, two[0].sections)
    assert [(one_.locator, one_.reason) for one_ in one[1]] == [(two_.locator, two_.reason) for two_ in two[1]]
    assert one[2] == two[2]


def test_exactly_the_records_that_kill_exit_raise_hang_or_kill_the_analysis_are_rejected(tmp_path: Path) -> None:
    poison = {3: "kill", 4: "exit", 5: "raise", 20: "analyse", 31: "spin", 32: "kill", 60: "leave", 79: "sleep"}
    path = archive(tmp_path / "a.jsonl", 80, poison)
    summary, rejects, _ = loaded(
        [path], tmp_path / "index", LoadOptions(Defaults(lang="en"), batch=40, workers=2, patience=2, read=read_poison)
    )
    assert counted(summary) == {
        "read": 80,
        "accepted": 80 - len(poison),
        "updated": 0,
        "duplicates": 0,
        "rejected": len(poison),
    }
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [reject.locator for reject in rejects] == [f"{path}:{number + 1}" for number in sorted(poison)]
    assert [reject.original for reject in rejects] == [lines[number] for number in sorted(poison)]
    reasons = dict(zip(sorted(poison), (reject.reason for reject in rejects), strict=True))
    assert "SIGKILL" in reasons[3]
    assert "SIGKILL" in reasons[20]
    assert "exit status 3" in reasons[4]
    assert "ZeroDivisionError" in reasons[5]
    assert "more than 2 seconds" in reasons[31]
    assert "more than 2 seconds" in reasons[79]
    with open_engine(tmp_path / "index") as engine:
        reader = engine.reader()
        assert sorted(reader.ids()) == sorted(f"n{number}" for number in range(80) if number not in poison)
        reader.close()


@pytest.mark.parametrize("seed", seeds(2, 100))
def test_every_record_is_accounted_for_whatever_kills_workers(seed: int, tmp_path: Path) -> None:
    """One record in a hundred is poison, some are broken or told twice, and workers are killed from outside."""
    print("seed", seed)
    source = random.Random(seed)
    count = 400
    poison = {number: source.choice(["kill", "exit", "leave", "raise", "analyse"]) for number in range(count // 100)}
    poison = dict(zip(source.sample(range(count), len(poison)), poison.values(), strict=True))
    path = archive(tmp_path / "a.jsonl", count, poison)
    lines = path.read_text(encoding="utf-8").splitlines()
    sound = [number for number in range(count) if number not in poison]
    twice, broken = source.sample(sound, 20), source.sample(sound, 10)
    given = [(line, number) for number, line in enumerate(lines)] + [(lines[number], number) for number in twice]
    source.shuffle(given)
    given += [("{broken", -1)] * len(broken)
    path.write_text("".join(line + "\n" for line, _ in given), encoding="utf-8")
    bad = [f"{path}:{at}" for at, (_, number) in enumerate(given, 1) if number in poison or number < 0]
    kills = sorted(source.sample(range(20, count - 40), 2))

    def kill_at(progress: Progress) -> None:
        if kills and progress.read >= kills[0]:
            kills.pop(0)
            if living := [one for one in children() if "spawn_main" in command_of(one)]:
                source.choice(living).kill()

    rejects: list[Reject] = []
    with open_engine(tmp_path / "index", create=True) as engine:
        options = LoadOptions(Defaults(lang="en"), batch=20, workers=2, read=read_poison)
        summary = load([path], engine, options, Listeners(on_progress=kill_at, on_reject=rejects.append))
        assert counted(summary) == {
            "read": len(given),
            "accepted": len(sound),
            "updated": 0,
            "duplicates": len(twice),
            "rejected": len(bad),
        }
        assert [reject.locator for reject in rejects] == bad
        assert sorted(article.id for article in said(engine)["articles"]) == sorted(f"n{number}" for number in sound)


def read_and_spin(record: Record) -> RawArticle | Reject:
    """Tells in a file that it was called, and never comes back."""
    article = read_one(record)
    assert isinstance(article, RawArticle)
    Path(article.title).write_text("spins", encoding="utf-8")
    re.match(r"(a+)+$", "a" * 64 + "b")
    return article


def load_spinning(path: Path, index: Path) -> None:
    loaded([path], index, LoadOptions(workers=2, patience=5, read=read_and_spin))


def test_a_worker_that_a_record_holds_does_not_outlive_the_load(tmp_path: Path) -> None:
    path, told = tmp_path / "a.jsonl", tmp_path / "told"
    path.write_text(json.dumps({"id": "n", "title": str(told), "text": "Text."}) + "\n", encoding="utf-8")
    main = multiprocessing.get_context("spawn").Process(target=load_spinning, args=(path, tmp_path / "index"))
    main.start()
    while not told.exists():
        assert main.is_alive()
    assert main.pid is not None
    workers = psutil.Process(main.pid).children(recursive=True)
    main.kill()
    main.join()
    assert psutil.wait_procs(workers, 60)[1] == []


@pytest.mark.parametrize("seed", seeds(1, 100))
def test_workers_killed_from_outside_cost_no_article(seed: int, tmp_path: Path) -> None:
    print("seed", seed)
    source = random.Random(seed)
    items: list[RawArticle | Reject] = [
        RawArticle(
            f"n:{number}", f"Title {number}", f"{' '.join(source.choices(WORDS, k=20))} {number}", id=f"n{number}"
        )
        for number in range(600)
    ]
    kills = sorted(source.sample(range(20, 560), 3))

    def kill_at(progress: Progress) -> None:
        while kills and progress.read >= kills[0]:
            kills.pop(0)
            source.choice([one for one in children() if "spawn_main" in command_of(one)]).kill()

    with open_engine(tmp_path / "index", create=True) as engine:
        options = LoadOptions(Defaults(lang="en"), batch=20, workers=2)
        summary = load_inputs(Given(items), engine, options, Listeners(on_progress=kill_at))
        assert kills == []
        assert counted(summary) == {"read": 600, "accepted": 600, "updated": 0, "duplicates": 0, "rejected": 0}
        assert [article.id for article in said(engine)["articles"]] == [f"n{number}" for number in range(600)]


def test_a_task_that_kills_only_as_a_whole_is_rejected_whole_and_ends() -> None:
    records = tuple(Record.of(RawArticle(f"n:{number}", f"Title {number}", "Text.")) for number in range(3))
    poisoned = Record.of(RawArticle(KillsWhenPickled("n:9"), "Title", "Text."))
    assert poisoned.locator == "n:9"
    with WorkerPool(1, pickled_later, Defaults(lang="en"), {}, Steps()) as pool:
        results = list(pool.prepared(iter([Task(0, records), Task(1, records[:1])])))
    (_, first, _), (_, second, _) = results
    assert [type(item) for item in first.items] == [Reject] * 3
    assert all("SIGKILL" in item.reason for item in first.items if isinstance(item, Reject))
    assert [type(item).__name__ for item in second.items] == ["Reject"]
    assert len(first.batch) == 0


def pickled_later(record: Record) -> RawArticle | Reject:
    return RawArticle(KillsWhenPickled(record.locator), "Title", "Text.")


def test_a_pool_whose_workers_die_at_once_says_so(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", 3)
    with (
        pytest.raises(KioskError, match=r"exit status 7.*--workers 1"),
        open_engine(tmp_path / "index", create=True) as engine,
    ):
        load([path], engine, LoadOptions(workers=2, read=DiesOnArrival()))


def test_a_fault_while_writing_ends_the_workers_at_once(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", 100)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with (
        open_engine(tmp_path / "index", create=True) as engine,
        pytest.raises(OSError, match="No space left") as caught,
    ):
        load([path], engine, LoadOptions(batch=10, workers=2), Listeners(on_commit=full))
    assert children() == [], "though the error, and with it all that was under way, is still held"
    assert caught.value.errno == 28


def test_a_pool_asked_to_stop_gives_up_what_hangs() -> None:
    records = (Record.of(RawArticle("n:0", "sleep", "Text.")),)
    begun = time.monotonic()

    def asked() -> bool:
        return time.monotonic() - begun > 1

    with WorkerPool(1, read_poison, Defaults(lang="en"), {}, Steps()) as pool:
        results: list[tuple[Task, Prepared, Any]] = list(pool.prepared(iter([Task(0, records)]), asked))
    assert results == []
    assert time.monotonic() - begun < 30
