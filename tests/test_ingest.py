"""The command line, run as people run it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from index import open_engine
from index.article import Article, RawArticle
from index.normalize import Normalizer

ROOT = Path(__file__).resolve().parents[1]
TEXT = "The harbour board said on Tuesday that it would widen the northern quay before the winter storms."


def command(*arguments: object, env: dict[str, str] | None = None) -> tuple[list[str], dict[str, Any]]:
    environment = {name: value for name, value in os.environ.items() if name != "KIOSK_INDEX"}
    return [sys.executable, str(ROOT / "ingest.py"), *map(str, arguments)], {"env": {**environment, **(env or {})}}


def ingest(
    *arguments: object, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: bytes = b""
) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end; its status and what it wrote."""
    line, options = command(*arguments, env=env)
    done = subprocess.run(line, input=stdin, capture_output=True, cwd=cwd, timeout=120, check=False, **options)
    return subprocess.CompletedProcess(line, done.returncode, done.stdout.decode(), done.stderr.decode())


def archive(path: Path, count: int, **fields: object) -> Path:
    rows = [
        {"id": f"n{number}", "title": f"Quay number {number}", "body": f"{TEXT} {number}", **fields}
        for number in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def titles(index: Path) -> list[str]:
    with open_engine(index) as engine:
        reader = engine.reader()
        found = sorted(reader.article(doc).title for doc, live in enumerate(reader.columns.live) if live)
        reader.close()
        assert engine.check() == []
    return found


def test_a_clean_load_ends_with_an_exact_account_and_status_0(tmp_path: Path) -> None:
    done = ingest("--index", tmp_path / "ix", "--lang", "en", archive(tmp_path / "a.jsonl", 3, category="Port"))
    assert done.returncode == 0, done.stderr
    assert "3 read = 3 accepted + 0 duplicates + 0 rejected" in done.stdout
    assert "Port" in done.stdout
    assert titles(tmp_path / "ix") == ["Quay number 0", "Quay number 1", "Quay number 2"]
    again = ingest("--index", tmp_path / "ix", "--lang", "en", tmp_path / "a.jsonl")
    assert again.returncode == 0
    assert "3 read = 0 accepted + 3 duplicates + 0 rejected" in again.stdout
    assert not (tmp_path / "ix.rejects.jsonl").exists()


def test_json_output_is_json_lines_only_with_the_summary_last(tmp_path: Path) -> None:
    done = ingest("--index", tmp_path / "ix", "--batch", 2, "--json", archive(tmp_path / "a.jsonl", 5, lang="en"))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[:-1] == [{"committed": 2}, {"committed": 2}, {"committed": 1}]
    summary = lines[-1]
    assert (summary["read"], summary["accepted"], summary["languages"]) == (5, 5, {"en": 5})
    assert (summary["rejects_file"], summary["interrupted"]) == (None, False)
    steps = {"finding", "reading", "normalising", "analysing", "packing", "staging", "committing"}
    assert summary["steps"].keys() == steps
    assert sum(summary["steps"].values()) <= summary["cpu_seconds"]


def test_rejects_stand_in_their_file_with_path_position_reason_and_original(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", 2)
    path.write_text(path.read_text() + '{"title": broken}\n' + '{"id": 9}\n', encoding="utf-8")
    (tmp_path / "empty.csv").write_bytes(b"")
    done = ingest("--index", tmp_path / "ix", "--lang", "en", path, tmp_path / "empty.csv")
    assert done.returncode == 1
    assert "5 read = 2 accepted + 0 duplicates + 3 rejected" in done.stdout
    assert str(tmp_path / "ix.rejects.jsonl") in done.stderr
    rejects = [json.loads(line) for line in (tmp_path / "ix.rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [set(reject) for reject in rejects] == [{"path", "position", "reason", "original"}] * 3
    by_place = {(Path(reject["path"]).name, reject["position"]): reject for reject in rejects}
    assert by_place["a.jsonl", 3]["original"] == '{"title": broken}'
    assert by_place["a.jsonl", 4]["reason"].startswith("no title and no body")
    assert by_place["empty.csv", None]["reason"]


def test_a_file_of_rejects_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n", encoding="utf-8")
    done = ingest("--index", tmp_path / "ix", "--rejects", tmp_path / "bad.jsonl", "--quiet", tmp_path / "a.jsonl")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len((tmp_path / "bad.jsonl").read_text().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "bad.jsonl", "ix"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.jsonl"], "missing.jsonl: there is no such file"),
        (["--format", "jsonnl", "a.jsonl"], "did you mean jsonl?"),
        (["--lang", "blub-blub", "a.jsonl"], "no language"),
        (["--timezone", "Mars/Olympus", "a.jsonl"], "no time zone"),
        (["--timezone", "../../etc/passwd", "a.jsonl"], "no time zone"),
        (["--batch", "0", "a.jsonl"], "1 or more"),
        (["--rejects", "nowhere/r.jsonl", "a.jsonl"], "nowhere: no such folder"),
        (["--index", "full", "a.jsonl"], "holds other files"),
        (["--index", "http://example.org/", "a.jsonl"], "folder"),
        ([], "PATH"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_with_status_2(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    archive(tmp_path / "a.jsonl", 1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").write_bytes(b"x")
    done = ingest(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "kiosk-index").exists()


def test_a_locked_index_is_said_to_be_locked(tmp_path: Path) -> None:
    (article,) = Normalizer().normalize([RawArticle("x", "Title", TEXT)])
    assert isinstance(article, Article)
    with open_engine(tmp_path / "ix", create=True) as engine:
        engine.add([article])
        done = ingest("--index", tmp_path / "ix", archive(tmp_path / "a.jsonl", 1))
    assert done.returncode == 2
    assert "another process is writing" in done.stderr


def test_the_index_is_named_by_option_else_environment_else_the_folder(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", 1)
    assert ingest(path, cwd=tmp_path, env={"KIOSK_INDEX": str(tmp_path / "named")}).returncode == 0
    assert titles(tmp_path / "named") == ["Quay number 0"]
    assert ingest(path, cwd=tmp_path).returncode == 0
    assert titles(tmp_path / "kiosk-index") == ["Quay number 0"]


def test_a_dry_run_reads_and_counts_and_writes_nothing(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", 4)
    path.write_text(path.read_text() * 2 + "{}\n", encoding="utf-8")
    done = ingest("--dry-run", path, cwd=tmp_path)
    assert done.returncode == 1
    assert "9 read = 4 accepted + 4 duplicates + 1 rejected" in done.stdout
    assert [found.name for found in tmp_path.iterdir()] == ["a.jsonl"]


def test_standard_input_and_defaults(tmp_path: Path) -> None:
    stdin = b'{"title": "Die Br\xc3\xbccke", "date": "5. Februar 2026, 12:38"}\n'
    options = ("--lang", "German", "--section", "Hafen", "--source", "Bote", "--timezone", "Europe/Berlin")
    done = ingest("--index", tmp_path / "ix", *options, "-", stdin=stdin)
    assert done.returncode == 0, done.stderr
    with open_engine(tmp_path / "ix") as engine:
        reader = engine.reader()
        article = reader.article(0)
        reader.close()
    assert (article.lang, article.section, article.source) == ("de", "Hafen", "Bote")
    assert article.published == "2026-02-05T12:38+01:00"


@contextmanager
def loading_with_workers(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[psutil.Process]]]:
    """A load that has told of its first commit, in a group of processes of its own, and the processes that it has."""
    path = archive(folder / "many.jsonl", 800)
    line, options = command("--index", folder / "ix", "--json", "--batch", 20, "--workers", 2, path)
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options
    ) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline()) == {"committed": 20}
            processes = psutil.Process(process.pid).children(recursive=True)
            assert len(processes) >= 2
            yield process, processes
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("send", "number"),
    [(os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM)],
    ids=["interrupt_to_all", "termination_to_one"],
)
def test_a_signal_ends_a_load_with_workers_as_it_ends_one_without(
    send: Callable[[int, int], None], number: int, tmp_path: Path
) -> None:
    with loading_with_workers(tmp_path) as (process, processes):
        send(process.pid, number)
        stdout, stderr = (pipe.read().decode() for pipe in (process.stdout, process.stderr) if pipe is not None)
        assert process.wait(60) == 1, stderr
    assert "goes on" in stderr
    assert "Traceback" not in stderr, stderr
    assert psutil.wait_procs(processes, 60)[1] == []
    summary = json.loads(stdout.splitlines()[-1])
    assert summary["interrupted"]
    assert summary["read"] == summary["accepted"] < 800
    assert len(titles(tmp_path / "ix")) == summary["accepted"]
    done = ingest("--index", tmp_path / "ix", "--json", "--batch", 20, "--workers", 2, tmp_path / "many.jsonl")
    rest = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, rest["duplicates"], rest["already_loaded"]) == (0, 0, summary["accepted"])
    assert rest["accepted"] + summary["accepted"] == 800


def test_no_worker_outlives_a_load_that_was_killed(tmp_path: Path) -> None:
    with loading_with_workers(tmp_path) as (process, processes):
        process.kill()
        assert psutil.wait_procs(processes, 60)[1] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_commits_what_is_whole_and_the_same_command_goes_on(number: int, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", 40)
    lines = path.read_bytes().splitlines(keepends=True)
    line, options = command("--index", tmp_path / "ix", "--json", "--batch", "1000", "-")
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, **options
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"".join(lines[:15]))
        process.stdin.flush()
        while not (tmp_path / "ix" / "manifest-1.json").exists():  # the handlers stand before the index is made
            assert process.poll() is None
        process.send_signal(number)
        stdout, stderr = process.stdout.read(), process.stderr.read().decode()
        assert process.wait(60) == 1, stderr
    summary = json.loads(stdout.splitlines()[-1])
    assert summary["interrupted"]
    assert summary["read"] == summary["accepted"] <= 15
    assert "goes on" in stderr
    assert "Traceback" not in stderr
    done = ingest("--index", tmp_path / "ix", "--json", path)
    total = json.loads(done.stdout.splitlines()[-1])
    assert total["accepted"] + summary["accepted"] == 40
    assert len(titles(tmp_path / "ix")) == 40


def test_a_reader_of_the_output_that_leaves_is_no_fault(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", 3)
    line, options = command("--index", tmp_path / "ix", "--json", "--batch", 1, path)
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        stderr = process.stderr.read().decode()
        assert process.wait(60) == 1
    assert stderr == ""
    assert len(titles(tmp_path / "ix")) >= 1


def test_on_a_terminal_there_is_a_bar_and_nothing_steers_the_terminal(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.jsonl", 30)
    path.write_text(
        path.read_text() + '{"body": "\\u001b[31mred", "date": "\\u001b]0;owned\\u0007"}\n', encoding="utf-8"
    )
    line, options = command("--index", tmp_path / "ix", path, env={"TERM": "xterm", "COLUMNS": "120"})
    leader, follower = pty.openpty()
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=follower, **options) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 65_536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        assert process.wait(60) == 0
    os.close(leader)
    assert b"articles/s" in shown
    assert b"31 articles" in shown
    assert b"owned" in shown
    assert b"\x1b]0;" not in shown


@pytest.mark.shared
def test_the_seed_page_becomes_its_one_article(shared: Path, tmp_path: Path) -> None:
    done = ingest("--index", tmp_path / "ix", shared / "seeds")
    assert done.returncode == 0, done.stderr
    assert "1 read = 1 accepted" in done.stdout
    with open_engine(tmp_path / "ix") as engine:
        reader = engine.reader()
        article = reader.article(0)
        reader.close()
    assert (article.lang, article.section, article.place) == ("de", "Präsident", "MINSK")
    assert (article.published, article.date_source) == ("2026-02-05T12:38", "text")
    assert article.body.startswith("MINSK, 5. Februar")
    assert article.body.count("\n") == 5
    assert "KASACHSTAN" in article.title.upper()
    for word in ("Staatsorgane", "Abonnieren"):
        assert word not in article.title + article.body
