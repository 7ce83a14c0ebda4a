"""Which number is the day: evidence before habit."""

from __future__ import annotations

import pytest

from index.dates.order import DateOrder, order_of_language


def decided(dates: list[str], lang: str | None) -> str:
    order = DateOrder()
    for text in dates:
        order.observe(text)
    return order.decide(lang)


def test_dates_that_can_be_read_one_way_decide_against_the_language() -> None:
    assert decided(["01/02/2026", "13/02/2026"], "en") == "DMY"
    assert decided(["01/02/2026", "02/13/2026 08:00"], "de") == "MDY"


def test_the_majority_of_the_evidence_decides() -> None:
    assert decided(["13/02/2026", "14/02/2026", "02/15/2026"], "en") == "DMY"


@pytest.mark.parametrize(
    ("lang", "order"),
    [("en", "MDY"), ("en-GB", "DMY"), ("en_AU", "DMY"), ("de", "DMY"), ("fr-CA", "YMD"), ("ja", "YMD"), ("zh", "YMD"),
     ("hu", "YMD"), ("ru", "DMY"), (None, "DMY"), ("und", "DMY"), ("xx-nonsense-", "DMY"), ("", "DMY")],
)  # fmt: skip
def test_without_evidence_the_language_decides(lang: str | None, order: str) -> None:
    assert decided(["01/02/2026", "yesterday", "2026-13-01", ""], lang) == order
    assert order_of_language(lang) == order
