"""The floors of the quality of ranking hold, and a figure below one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality_gate import FLOORS, LANGUAGES, OPS, PLAIN, Quality, below, measured


@pytest.mark.shared
def test_no_floor_is_missed(shared: Path) -> None:
    found = measured(1)
    assert below(found) == []


def test_floors_are_of_every_language_and_above_plain_bm25() -> None:
    assert all(FLOORS[op].keys() == set(LANGUAGES) for op in OPS)
    assert all(FLOORS["any"][lang].first >= PLAIN[lang] for lang in LANGUAGES)


def test_each_figure_below_its_floor_is_told() -> None:
    found = {op: dict(of_languages) for op, of_languages in FLOORS.items()}
    assert below(found) == []
    found["any"]["de"] = Quality(FLOORS["any"]["de"].first - 0.01, FLOORS["any"]["de"].gain)
    (line,) = below(found)
    assert line.startswith("de, op=any: R@1 is ")
