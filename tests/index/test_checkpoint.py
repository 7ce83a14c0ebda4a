"""A checkpoint is found again by the load that made it, and by no other; what is none is passed over."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from index.checkpoint import MOST_REJECTED, Checkpoint, load_key
from index.normalize import Defaults

CHECKPOINT = Checkpoint("key", 7, (0, 3), {"a.zip": (3, 0), "b.jsonl": (0, 0)}, 1_500)
LIMITS = (256, 2_000_000)


def written(checkpoint: Checkpoint) -> Any:
    return json.loads(json.dumps(checkpoint.encode()))


def test_a_checkpoint_survives_being_written_as_json() -> None:
    assert Checkpoint.decode(written(CHECKPOINT), "key") == CHECKPOINT
    assert Checkpoint.decode(written(Checkpoint("key", 0)), "key") == Checkpoint("key", 0)


@pytest.mark.parametrize("load", ["other", "", None])
def test_another_load_does_not_go_on_with_it(load: str | None) -> None:
    assert Checkpoint.decode(written(CHECKPOINT), load) is None


@pytest.mark.parametrize("name", ["load", "tasks", "rejected", "learned", "articles"])
@pytest.mark.parametrize("value", [None, "x", [["y"]], {"a": 1}, {"a": [1]}, {"a": [1, "x"]}, {"a": [1, 2, 3]}])
def test_what_is_no_checkpoint_is_none(name: str, value: object) -> None:
    assert Checkpoint.decode({**written(CHECKPOINT), name: value}, "key") is None
    assert Checkpoint.decode({key: one for key, one in written(CHECKPOINT).items() if key != name}, "key") is None


@pytest.mark.parametrize("value", [None, {}, [], "key", 7])
def test_no_mapping_is_none(value: Any) -> None:
    assert Checkpoint.decode(value, "key") is None


def test_a_checkpoint_that_has_grown_too_large_is_not_kept() -> None:
    assert Checkpoint("key", 1, tuple(range(MOST_REJECTED))).encode() is not None
    assert Checkpoint("key", 1, tuple(range(MOST_REJECTED + 1))).encode() is None


def key(*paths: Path | str, format: str | None = None, lang: str | None = None, size: int = 256) -> str | None:
    return load_key(map(str, paths), format, Defaults(lang=lang), (size, LIMITS[1]))


def test_a_load_is_the_same_while_files_and_options_are(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "folder" / "b.jsonl"
    second.parent.mkdir()
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    known = key(first, second)
    assert known is not None
    assert key(first, second) == known == key(os.path.relpath(first), second)
    others = [key(first), key(second, first), key(first, second, format="csv"), key(first, second, lang="de")]
    assert len({known, *others, key(first, second, size=10)}) == 6


def test_a_load_is_another_when_a_file_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one")
    known = {key(tmp_path)}
    os.utime(path, ns=(0, 0))
    known |= {key(tmp_path)}
    path.write_bytes(b"more")
    os.utime(path, ns=(0, 0))
    known |= {key(tmp_path)}
    (tmp_path / "b.jsonl").write_bytes(b"")
    known |= {key(tmp_path)}
    assert len(known) == 4
    assert None not in known


def test_standard_input_and_what_is_not_there_are_never_known_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one")
    assert key("-") is key(path, "-") is key(path, tmp_path / "none") is None
