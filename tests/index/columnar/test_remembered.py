"""What is remembered of patterns: the last answers, as many as a bound in bytes allows."""

from __future__ import annotations

import numpy as np

from index.columnar.remembered import Remembered
from index.engine import FormLists


def answer(rows: int) -> FormLists:
    numbers, none = np.zeros(rows, np.int64), np.empty(0, np.uint8)
    narrow, weight = np.zeros(rows, np.int32), np.ones(rows, np.float32)
    at = np.zeros(rows + 1, np.int64)
    return FormLists(narrow, narrow, weight, numbers, numbers, numbers, numbers, numbers, none, at, frozenset())


def test_an_answer_is_found_once_while_it_is_among_the_last() -> None:
    remembered, asked = Remembered(most_bytes=8_000), []

    def ask(key: str, rows: int = 100) -> FormLists:
        def find() -> FormLists:
            asked.append(key)
            return answer(rows)

        return remembered.get(key, find)

    first = ask("a")
    assert ask("a") is first
    ask("b")
    ask("a")
    ask("c")  # each takes some 2,400 bytes: now three are there, "b" was used longest ago
    ask("d")
    assert asked == ["a", "b", "c", "d"]
    assert ask("a") is first
    ask("b")
    assert asked == ["a", "b", "c", "d", "b"]


def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    remembered = Remembered(most_bytes=8_000)
    small = remembered.get("small", lambda: answer(10))
    large = remembered.get("large", lambda: answer(10_000))
    assert remembered.get("large", lambda: answer(1)) is not large
    assert remembered.get("small", lambda: answer(1)) is small
