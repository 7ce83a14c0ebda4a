"""Work done side by side: as if it were done in turn."""

from __future__ import annotations

import os
import signal
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_threads_of_its_own() -> None:
    def together() -> list[int]:
        return side_by_side([lambda: 1, lambda: 2, lambda: 3])

    assert together() == [1, 2, 3]
    child = os.fork()
    if not child:
        signal.alarm(30)  # ends it where it would wait for ever
        os._exit(0 if together() == [1, 2, 3] else 1)
    assert os.waitpid(child, 0)[1] == 0
