"""Two writers and four readers at once: nobody errs, nobody sees half a commit, nothing grows."""

from __future__ import annotations

import json
import os
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from index.article import Article
from index.columnar.engine import ColumnarEngine
from index.errors import IndexLocked
from tests.archive import article
from tests.index.columnar.contents import articles, litter
from tests.soak import SOAK

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

SECONDS = 60 if os.environ.get(SOAK) else 6
BATCH = 5
KEPT = 12
"""Batches that a writer leaves in the index; it deletes its older ones."""


def batch(writer: str, number: int) -> list[Article]:
    """What one commit adds: articles that name their batch, and how many there are of it."""
    name = f"{writer}-{number}"
    return [
        article(f"{name} title {at}", f"words of {name} and of all", id=f"{name}-{at}", section=name, source=writer)
        for at in range(BATCH)
    ]


def in_child(work: Callable[[], dict[str, Any]]) -> tuple[int, int]:
    """Starts a process that does ``work``; its number, and where its answer or error comes from."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            answer = work()
        except BaseException:
            answer = {"error": traceback.format_exc()[-10_000:]}
        os.write(write, json.dumps(answer).encode())
        os._exit(0)
    os.close(write)
    return process, read


def answer_of(process: int, read: int) -> dict[str, Any]:
    os.waitpid(process, 0)
    data = b""
    while more := os.read(read, 65_536):
        data += more
    os.close(read)
    answer: dict[str, Any] = json.loads(data)
    assert "error" not in answer, answer["error"]
    return answer


def write_on(path: Path, writer: str, until: float) -> dict[str, Any]:
    """Commits batch after batch, and tells how often it was kept out. Merges now and then."""
    refused = number = 0
    with ColumnarEngine.open(path, memory=3_000) as engine:
        while monotonic() < until:
            try:
                for one in batch(writer, number):
                    assert engine.add([one]) == ["added"]
                old = [one.id for one in batch(writer, number - KEPT)] if number >= KEPT else []
                assert engine.delete(old) == len(old)
                assert engine.commit() == BATCH
                number += 1
                if number % 20 == 0:
                    engine.merge()
                assert engine.check() == []  # meanwhile the other one has its turn
            except IndexLocked:
                refused += 1
    return {"commits": number, "refused": refused}


def read_on(path: Path, until: float) -> dict[str, Any]:
    """Opens generation after generation, and looks whether each is of whole commits."""
    generations, most = set(), [[0, 0], [0, 0], [0, 0]]
    begin, last = monotonic(), 0
    with ColumnarEngine.open(path) as engine:
        while monotonic() < until:
            with engine.reader() as reader:
                assert engine.fallback is None, engine.fallback
                assert reader.generation >= last, "back to an older generation"
                last = reader.generation
                generations.add(last)
                live = reader.columns.live
                codes, values = reader.columns.codes("section")
                counts = Counter(values[code] for code in codes[live].tolist())
                assert set(counts.values()) <= {BATCH}, counts
                for writer in ("a", "b"):
                    numbers = sorted(int(name.split("-")[1]) for name in counts if name.startswith(writer))
                    assert len(numbers) <= KEPT
                    assert numbers == list(range(numbers[0], numbers[-1] + 1)) if numbers else True
                docs, _ = reader.postings("body_en", "all")
                assert docs.tolist() == live.nonzero()[0].tolist()
                for doc in docs.tolist()[:: len(docs) // 3 + 1]:
                    assert reader.article(doc).id == reader.ids()[doc]
            third = most[min(2, int(3 * (monotonic() - begin) / (until - begin)))]
            third[:] = max(third[0], len(os.listdir("/proc/self/fd"))), max(third[1], memory())
    return {"generations": len(generations), "most": most}


def memory() -> int:
    """Bytes of this process alone."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024
    return 0


def test_writers_and_readers_go_on_together(tmp_path: Path) -> None:
    path = tmp_path / "index"
    with ColumnarEngine.open(path, create=True) as engine:
        for writer in ("a", "b"):
            engine.add(batch(writer, 10**6))  # warms up what the children inherit
            engine.cancel()
    until = monotonic() + SECONDS
    writers = [in_child(lambda name=name: write_on(path, name, until)) for name in ("a", "b")]
    readers = [in_child(lambda: read_on(path, until)) for _ in range(4)]
    wrote = [answer_of(*one) for one in writers]
    read = [answer_of(*one) for one in readers]
    print(wrote, [one["generations"] for one in read])
    assert min(one["commits"] for one in wrote) > 2
    assert sum(one["refused"] for one in wrote) > 0
    for one in read:
        assert one["generations"] > 2
        assert_does_not_grow(*one["most"])
    with ColumnarEngine.open(path) as engine:
        found = articles(engine)
        assert len(found) == BATCH * sum(min(one["commits"], KEPT) for one in wrote)
        engine.delete([])
        assert not litter(engine.folder)


def assert_does_not_grow(first: list[int], second: list[int], third: list[int]) -> None:
    """The most handles and memory in the last third of the time are those of the middle third, a little aside."""
    assert 0 < third[0] <= second[0] + 40, f"handles: {first}, {second}, {third}"
    assert 0 < third[1] <= second[1] + (16 << 20), f"memory: {first}, {second}, {third}"


def test_a_reader_lets_go_of_the_handles_of_old_generations(tmp_path: Path) -> None:
    path = tmp_path / "index"
    with ColumnarEngine.open(path, create=True) as writer, ColumnarEngine.open(path) as engine:
        handles = []
        for number in range(60):
            writer.add(batch("a", number))
            writer.commit()
            with engine.reader() as reader:
                assert reader.columns.live.sum() == BATCH * (number + 1)
            handles.append(len(os.listdir("/proc/self/fd")))
    print(handles)
    assert max(handles[40:]) <= max(handles[20:40]) + 40
