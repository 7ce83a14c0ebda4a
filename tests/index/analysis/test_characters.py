"""The tables of characters are kept on disk as they were made, and made anew where what is kept is not whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.analysis.characters import FILE, build, characters
from index.compiled import CACHE_VARIABLE

made = characters.__wrapped__
"""Each call as the first of a process."""


def test_tables_are_kept_as_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    built = build()
    for found in (made(), made()):
        assert np.array_equal(found.classes, built.classes)
        assert np.array_equal(found.plain, built.plain)
    (path,) = tmp_path.rglob(FILE)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert np.array_equal(made().classes, built.classes)
    assert path.read_bytes() == whole


def test_tables_are_made_where_nothing_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file" / "below"))
    (tmp_path / "file").write_text("no folder")
    assert np.array_equal(made().plain, characters().plain)
