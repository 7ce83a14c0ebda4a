"""The file of rejects: whole or not there, and never in the way of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.article import Reject
from index.errors import InputError
from index.rejects import RejectsFile


def test_the_file_appears_only_with_a_reject_and_only_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with RejectsFile(path):
        pass
    assert list(tmp_path.iterdir()) == []
    with RejectsFile(path) as rejects:
        rejects.add(Reject("news.zip!/2026/a.jsonl:12", "broken", "{"))
        assert not path.exists()
    assert list(tmp_path.iterdir()) == [path]
    expected = {"path": "news.zip!/2026/a.jsonl", "position": 12, "reason": "broken", "original": "{"}
    assert json.loads(path.read_text(encoding="utf-8")) == expected


def test_a_file_of_rejects_can_be_read_while_new_ones_take_its_name(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("first\nsecond\n", encoding="utf-8")
    with path.open(encoding="utf-8") as old, RejectsFile(path) as rejects:
        for line in old:
            rejects.add(Reject("r.jsonl", line.strip()))
    assert [json.loads(line)["reason"] for line in path.read_text().splitlines()] == ["first", "second"]


def test_any_text_can_be_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with RejectsFile(path) as rejects:
        rejects.add(Reject("a\nb:3", "lone \ud800 surrogate\u2028", "line\nline\x00"))
    (line,) = path.read_text(encoding="utf-8").strip("\n").split("\n")
    assert json.loads(line)["original"] == "line\nline\x00"


def test_a_file_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    rejects = RejectsFile(tmp_path / "nowhere" / "r.jsonl")
    with pytest.raises(InputError, match="--rejects"):
        rejects.add(Reject("a", "b"))
