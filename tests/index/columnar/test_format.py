"""The layout of files: what is written is read, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.columnar.atomic import Folder
from index.columnar.format import FileReader, FileWriter


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_what_is_written_is_read(folder: Folder) -> None:
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 1 << 32, 700_000, dtype=np.uint32)
    with FileWriter(folder, "s0000001.postings", "postings", "s0000001") as writer:
        writer.add("docs", numbers)
        writer.begin("bytes", np.uint8)
        for at in range(0, 300_000, 1000):
            writer.write(numbers.view(np.uint8)[at : at + 1000])
        writer.write(b"abc")
        writer.add("none", np.zeros(0, np.int64))
        writer.add("even", numbers[::2])
        facts = writer.close()
    reader = FileReader(folder, facts, "postings", "s0000001")
    assert reader.names() == ["docs", "bytes", "none", "even"]
    np.testing.assert_array_equal(reader.section("docs").read(5, 600_000), numbers[5:600_000])
    np.testing.assert_array_equal(reader.section("bytes").all()[:-3], numbers.view(np.uint8)[:300_000])
    assert len(reader.section("none").all()) == 0
    np.testing.assert_array_equal(reader.section("even").all(), numbers[::2])
    assert reader.verify() == []
    starts = np.sort(rng.integers(0, 600_000, 3000))
    reader.section("docs").ensure(starts, starts + 10)
    reader.section("docs").forget()
    np.testing.assert_array_equal(reader.section("docs").view(), numbers)
