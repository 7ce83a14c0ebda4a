"""What is made of a file is kept, mapped, and made anew where it is not there as it was written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index.columnar import derived as module
from index.columnar.derived import LEAST, UNUSED, Arrays, derived
from index.columnar.format import FileReader
from index.compiled import CACHE_VARIABLE
from index.engine import open_engine
from tests.archive import article, build_index

LENGTHS = {"many": (np.uint32, LEAST // 4), "few": (np.uint8, 3)}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    module._folder.cache_clear()
    yield tmp_path / "cache"
    module._folder.cache_clear()


@pytest.fixture
def file(tmp_path: Path) -> FileReader:
    engine = open_engine(build_index(tmp_path / "index", [article("Title", "Body")]))
    reader: FileReader = engine.reader().live[0].segment.files["lexicon"]  # type: ignore[attr-defined]
    return reader


def counted(calls: list[int]) -> Callable[[], Arrays]:
    def make() -> Arrays:
        calls.append(len(calls))
        return {"many": np.arange(LEAST // 4, dtype=np.uint32), "few": np.array([1, 2, 3], np.uint8)}

    return make


def check(found: Arrays) -> None:
    assert np.array_equal(found["many"], np.arange(LEAST // 4))
    assert found["few"].tolist() == [1, 2, 3]


def test_what_is_large_is_made_once_and_mapped(cache: Path, file: FileReader) -> None:
    calls: list[int] = []
    for _ in range(3):
        found = derived(file, "some", LENGTHS, counted(calls))
        check(found)
        assert not any(array.flags.owndata or array.flags.writeable for array in found.values())
    derived(file, "others", LENGTHS, counted(calls))
    assert calls == [0, 1]


def test_what_is_small_is_held(cache: Path, file: FileReader) -> None:
    calls: list[int] = []
    for _ in range(2):
        derived(file, "some", {"many": (np.uint32, 3)}, counted(calls))
    assert calls == [0, 1]
    assert not list(cache.rglob("*.derived"))


@pytest.mark.parametrize("damage", ["a bit", "the end", "other lengths"])
def test_what_is_not_as_it_was_written_is_made_anew(cache: Path, file: FileReader, damage: str) -> None:
    calls: list[int] = []
    derived(file, "some", LENGTHS, counted(calls))
    (path,) = cache.rglob("*.derived")
    whole = path.read_bytes()
    path.unlink()  # mapped files are replaced, never changed
    path.write_bytes({"a bit": whole[:-200] + b"!" + whole[-199:], "the end": whole[:-1]}.get(damage, whole))
    lengths = {**LENGTHS, "few": (np.uint8, 4)} if damage == "other lengths" else LENGTHS
    check(derived(file, "some", lengths, counted(calls)))
    assert calls == [0, 1]


def test_where_nothing_can_be_kept_it_is_held(
    tmp_path: Path, file: FileReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_bytes(b"")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "taken" / "below"))
    module._folder.cache_clear()
    calls: list[int] = []
    check(derived(file, "some", LENGTHS, counted(calls)))
    module._folder.cache_clear()
    assert calls == [0]


def test_what_no_process_has_opened_for_long_goes(cache: Path, file: FileReader) -> None:
    for name in ("old", "used"):
        derived(file, name, LENGTHS, counted([]))
    for path in cache.rglob("*.derived"):
        os.utime(path, times=(path.stat().st_atime, path.stat().st_mtime - UNUSED - 10))
    derived(file, "used", LENGTHS, counted([]))
    derived(file, "new", LENGTHS, counted([]))
    assert sorted(path.name.split("-")[1] for path in cache.rglob("*.derived")) == ["new.derived", "used.derived"]
