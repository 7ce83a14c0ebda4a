"""The profile of a load tells steps and kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.corpus import write
from benchmarks.profiling import profile_load
from benchmarks.texts import invented


def test_a_load_is_profiled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "corpus.jsonl", 40, declared=True, found=invented())
    profile_load(tmp_path / "corpus.jsonl", tmp_path / "index")
    told = capsys.readouterr().out
    assert "40 articles in" in told
    assert "kernels  find_words" in told
    assert "steps    analysing" in told
