"""A load that is killed and started again gives the index of one that ran through."""

from __future__ import annotations

import json
import os
import random
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from index import open_engine
from index.article import Article
from tests.soak import SOAK, seeds
from tests.test_ingest import command, ingest

KILLS = 50 if os.environ.get(SOAK) else 3
BATCH = 10


def archive(path: Path, rng: random.Random, count: int) -> Path:
    """Articles whose dates hang on one another (13/02 shows that the day comes first), some told twice, some broken."""
    lines = []
    for number in range(count):
        row = {
            "id": f"n{number}",
            "title": f"Ferry {number}",
            "body": f"The ferry sailed {' '.join(rng.choices('north south east west'.split(), k=6))} {number}.",
            "date": f"{rng.randint(1, 12 if number < count // 2 else 28):02}/02/2026",
            "lang": "und",
        }
        lines.append("{broken" if rng.random() < 0.03 else json.dumps(row))
        if rng.random() < 0.05:
            lines.append(lines[-1])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def contents(index: Path) -> list[Article]:
    """All articles in the order of the index, which is whole."""
    with open_engine(index) as engine:
        assert engine.check() == []
        reader = engine.reader()
        return [reader.article(doc) for doc, live in enumerate(reader.columns.live) if live]


def killed_after(commits: int, *arguments: object) -> None:
    """Starts a load and kills it when it has told of so many commits, wherever it is by then."""
    line, options = command(*arguments, "--json")
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options) as process:
        assert process.stdout is not None
        for _ in range(commits):
            process.stdout.readline()
        process.kill()
        process.stdout.read()


def killed_at_random(rng: random.Random, *arguments: object) -> None:
    """Starts a load and kills it some time after it has told of some commits."""
    line, options = command(*arguments, "--json")
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options) as process:
        assert process.stdout is not None
        for _ in range(rng.randint(0, 2)):
            process.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0, 0.5))
        process.kill()


def summary(*arguments: object) -> dict[str, Any]:
    done = ingest(*arguments, "--json")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", seeds(1, 5))
def test_a_load_killed_and_started_again_is_as_one_that_ran_through(seed: int, workers: int, tmp_path: Path) -> None:
    print("seed", seed)
    rng = random.Random(seed)
    # A load that is to be killed after one commit makes some more until it is.
    path = archive(tmp_path / "a.jsonl", rng, 3 * BATCH * (KILLS + 4))
    whole = summary("--index", tmp_path / "whole", "--batch", BATCH, path)
    again = ("--index", tmp_path / "ix", "--batch", BATCH, "--workers", workers, path)
    for _ in range(KILLS):
        killed_after(1, *again)
    rest = summary(*again)
    assert contents(tmp_path / "ix") == contents(tmp_path / "whole")
    assert rest["already_loaded"] >= BATCH * KILLS // 2
    assert rest["already_loaded"] + rest["read"] == whole["read"]
    assert rest["rejected"] == whole["rejected"], "rejects are told again"
    assert rest["read"] == rest["accepted"] + rest["duplicates"] + rest["rejected"]
    anew = summary(*again)
    assert (anew["already_loaded"], anew["accepted"], anew["read"]) == (0, 0, whole["read"])


@pytest.mark.parametrize("seed", seeds(2, 4))
def test_it_does_not_matter_when_a_load_is_killed(seed: int, tmp_path: Path) -> None:
    print("seed", seed)
    rng = random.Random(seed)
    path = archive(tmp_path / "a.jsonl", rng, 4 * BATCH * (KILLS + 4))
    summary("--index", tmp_path / "whole", "--batch", BATCH, path)
    for _ in range(KILLS):
        # How many prepare may change from one time to the next.
        workers = rng.randint(1, 2)
        killed_at_random(rng, "--index", tmp_path / "ix", "--batch", BATCH, "--workers", workers, path)
    rest = summary("--index", tmp_path / "ix", "--batch", BATCH, path)
    assert contents(tmp_path / "ix") == contents(tmp_path / "whole")
    assert rest["read"] == rest["accepted"] + rest["duplicates"] + rest["rejected"]


def test_a_file_that_changed_since_is_loaded_from_its_beginning(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", random.Random(7), 60)
    killed_after(2, "--index", tmp_path / "ix", "--batch", BATCH, path)
    path.write_text(path.read_text("utf-8") + '{"id": "new", "title": "New", "body": "One more."}\n', encoding="utf-8")
    done = summary("--index", tmp_path / "ix", "--batch", BATCH, path)
    assert done["already_loaded"] == 0
    assert done["duplicates"] >= 2 * BATCH - 5
    assert "new" in {one.id for one in contents(tmp_path / "ix")}
