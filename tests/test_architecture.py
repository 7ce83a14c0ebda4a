"""The walls of the house: who may import whom, and what an import may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("index", "search", "web")
MAY_IMPORT = {"index": {"index"}, "search": {"search", "index"}, "web": {"web", "search", "index"}, "ingest": {"index"}}
NOT_IN = {
    "index": {"flask", "werkzeug", "jinja2"},
    "search": {"flask", "werkzeug", "jinja2"},
    "web": {"whoosh", "numpy"},
}
VALUES = ("index/article.py", "search/request.py", "search/result.py")


def modules() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield room, path
    yield "ingest", ROOT / "ingest.py"


def imported(path: Path) -> set[str]:
    """The full names of what a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize(
    ("room", "path"), [pytest.param(*pair, id=str(pair[1].relative_to(ROOT))) for pair in modules()]
)
def test_a_room_imports_only_what_stands_below_it(room: str, path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    assert roots & {*ROOMS, "ingest"} <= MAY_IMPORT[room]
    assert not roots & NOT_IN.get(room, set())


def test_the_web_knows_no_engine() -> None:
    for room, path in modules():
        if room == "web":
            assert not {name for name in imported(path) if name.startswith("index.columnar")}


@pytest.mark.parametrize("path", VALUES)
def test_values_import_no_engine(path: str) -> None:
    ours = {name for name in imported(ROOT / path) if name.split(".")[0] in ROOMS}
    assert ours <= {"index.article"}


@pytest.mark.parametrize("module", ["index.article", "search.request", "search.result"])
def test_importing_a_value_loads_nothing_heavy(module: str) -> None:
    heavy = ("trafilatura", "dateparser", "flask", "opencc", "langdetect")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
