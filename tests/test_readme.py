"""What the README tells to type finds something in the sample archive that it tells to load."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import open_engine
from index.pipeline import LoadOptions, load
from search import Searcher, SearchRequest, open_searcher

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
TABLE = README.partition("| typed | finds |")[2].partition("\n\n")[0]
TYPED = re.findall(r"`([^`]+)`", TABLE)
TRIED = re.findall(r"\*([^*]+)\*", README.partition("; try ")[2].partition(".")[0])


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Iterator[Searcher]:
    path = tmp_path_factory.mktemp("readme") / "index"
    with open_engine(path, create=True) as engine:
        load([samples], engine, LoadOptions())
    with open_searcher(path) as opened:
        yield opened


@pytest.mark.parametrize("typed", [*TRIED, *TYPED])
def test_what_is_typed_in_the_readme_finds_something(searcher: Searcher, typed: str) -> None:
    result = searcher.search(SearchRequest(q=typed))
    assert result.total > 0
    assert result.warnings == ()


def test_there_is_something_to_type() -> None:
    assert len(TRIED) == 4
    assert len(TYPED) > 12


def test_the_example_of_completion_completes(searcher: Searcher) -> None:
    found = re.search(r'suggest\?q=([^`]+)` .*?"text": "([^"]+)", "lang":\s"(\w+)"', README, re.DOTALL)
    assert found is not None
    typed, completed, lang = found.groups()
    best = searcher.suggest(typed.replace("+", " "))[0]
    assert (best.text, best.lang) == (completed, lang)
