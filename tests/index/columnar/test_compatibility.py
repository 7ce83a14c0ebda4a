"""Old indexes stay readable: one of each version of the format is kept beside this file.

``format_1`` was made by :func:`make`, and ``format_1.json`` says what it holds. A new version of the format gets a
folder of its own, made in the same way; these stay as they are.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from index.columnar.atomic import Folder
from index.columnar.engine import ColumnarEngine
from index.columnar.manifest import newest
from index.columnar.reader import ColumnarReader
from index.columnar.segment import open_segment
from tests.archive import article
from tests.index.columnar.contents import answers, made

HERE = Path(__file__).parent
VERSIONS = (1,)


def make(path: Path) -> dict[str, Any]:
    """An index with all that the format has: several segments, deletions, dictionaries, frequencies and distances that
    need their long form. What it holds."""
    rng = Random(1)
    with ColumnarEngine.open(path, create=True) as engine:
        engine.add([made(rng, f"a{number}") for number in range(90)])
        engine.commit()
        engine.add([made(rng, f"b{number}") for number in range(5)])
        engine.add([article("long", "often " * 300 + "rare " + "filler " * 400 + "rare", "en", id="long")])
        engine.delete(["a3", "a40"])
        engine.commit({"load": "an interrupted one"})
        return held(engine.reader())


def held(reader: ColumnarReader) -> dict[str, Any]:
    """What a reader says, as JSON has it; not what hangs on the analysis of today: groups of forms."""
    said = answers(reader)
    grouped = [name for name, value in said.items() if isinstance(value, dict)]
    plain = {name: value for name, value in said.items() if name not in grouped}
    told: dict[str, Any] = json.loads(json.dumps(plain, default=_fields))
    return told


def _fields(value: Any) -> Any:
    return {name: getattr(value, name) for name in value.__slots__ if name != "notes"}


@pytest.mark.parametrize("version", VERSIONS)
def test_an_index_of_each_version_says_what_it_said(version: int) -> None:
    folder = Folder(HERE / f"format_{version}")
    manifest = newest(folder)
    assert manifest.format == version
    assert manifest.checkpoint == {"load": "an interrupted one"}
    segments = [open_segment(folder, entry) for entry in manifest.segments]
    assert len(segments) == 2
    assert not [problem for one in segments for file in one.segment.files.values() for problem in file.verify()]
    expected = json.loads((HERE / f"format_{version}.json").read_text("utf-8"))
    assert held(ColumnarReader(manifest, segments)) == expected


@pytest.fixture
def copies(tmp_path: Path) -> dict[int, Path]:
    return {n: Path(shutil.copytree(HERE / f"format_{n}", tmp_path / f"{n}")) for n in VERSIONS}


def test_an_index_of_each_version_is_rebuilt_for_the_analysis_of_today(copies: dict[int, Path]) -> None:
    for version, path in copies.items():
        expected = json.loads((HERE / f"format_{version}.json").read_text("utf-8"))
        assert ColumnarEngine.rebuild(path) == sum(expected["live"])
        with ColumnarEngine.open(path) as engine:
            assert engine.check() == []
            alive = [one for one, live in zip(expected["ids"], expected["live"], strict=True) if live]
            assert sorted(engine.reader().ids()) == sorted(alive)
