"""The table of what finds what, row by row, by the rule that the engine follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.analysis import LANGUAGES, chain_for
from tests.index.analysis.matching import matches

TABLE = Path(__file__).with_name("matches.tsv")
ROWS = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize(("lang", "typed", "text", "near"), ROWS)
def test_a_word_finds_its_variants_and_not_its_neighbours(lang: str, typed: str, text: str, near: str) -> None:
    chain = chain_for(lang)
    assert matches(chain, typed, text)
    assert not matches(chain, typed, near)


def test_the_table_has_its_rows_and_languages() -> None:
    assert len(ROWS) >= 220
    langs = {row[0] for row in ROWS}
    assert len(langs) >= 25
    assert langs - {"und"} <= LANGUAGES.keys()
    assert len({tuple(row[:3]) for row in ROWS}) == len(ROWS)
