"""Work done side by side: as if it were done in turn."""

from __future__ import annotations

import threading

import pytest

from index.side_by_side import side_by_side


def test_outcomes_come_in_order_and_works_run_at_once() -> None:
    met = threading.Barrier(3, timeout=30)

    def work(number: int) -> int:
        met.wait()  # only passed where all three run
        return number

    assert side_by_side([lambda: work(0), lambda: work(1), lambda: work(2)]) == [0, 1, 2]
    assert side_by_side([lambda: 5]) == [5]


def test_the_first_error_is_raised_when_all_have_ended() -> None:
    first_failed, ended = threading.Event(), []

    def fails() -> None:
        first_failed.set()
        raise ValueError("first")

    def goes_on() -> None:
        assert first_failed.wait(30)
        ended.append(True)
        raise ValueError("second")

    with pytest.raises(ValueError, match="first"):
        side_by_side([fails, goes_on])
    assert ended
    with pytest.raises(ValueError, match="second"):
        side_by_side([lambda: first_failed.wait(30) and None, goes_on])
