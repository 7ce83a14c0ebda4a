"""What a load takes is measured, children included."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable

from index.metering import Meter, Steps

MB = 1 << 20


def busy(seconds: float) -> None:
    """Works for so many seconds of processor time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def hold(size: int, holds: threading.Event, enough: threading.Event) -> None:
    memory = os.urandom(size)
    holds.set()
    enough.wait()
    del memory


def test_memory_is_that_of_the_process_and_its_children_at_the_same_time() -> None:
    context = multiprocessing.get_context("spawn")
    with Meter() as before:
        pass
    with Meter() as meter:
        ours = os.urandom(64 * MB)
        holds, enough = context.Event(), context.Event()
        child = context.Process(target=hold, args=(64 * MB, holds, enough))
        child.start()
        assert holds.wait(60)
        meter.look()
        enough.set()
        child.join()
        del ours
    assert meter.peak_memory - before.peak_memory > 120 * MB


def test_the_peak_stays_when_memory_is_given_back() -> None:
    with Meter() as meter:
        memory = os.urandom(64 * MB)
        meter.look()
        peak = meter.peak_memory
        del memory
    assert meter.peak_memory >= peak > 64 * MB


def took(meter: Meter, work: Callable[[], None]) -> float:
    before = meter.cpu_seconds()
    work()
    return meter.cpu_seconds() - before


def test_processor_time_is_that_of_the_process_and_of_children_that_have_ended() -> None:
    def by_a_child() -> None:
        child = multiprocessing.get_context("spawn").Process(target=busy, args=(0.5,))
        child.start()
        child.join()

    with Meter() as meter:
        assert took(meter, lambda: busy(0.3)) >= 0.3
        assert took(meter, by_a_child) >= 0.5
        assert took(meter, lambda: time.sleep(0)) < 0.2


def test_steps_are_told_apart_and_added_up() -> None:
    steps = Steps()
    for _ in range(2):
        with steps.step("reading"):
            busy(0.05)
    with steps.step("writing"):
        pass
    steps.add({"reading": 1.0, "handing over": 2.0})
    assert 1.1 <= steps.seconds["reading"] < 1.5
    assert steps.seconds["writing"] < 0.05
    taken = steps.taken()
    assert taken["handing over"] == 2.0
    assert steps.seconds == {}


def test_a_step_that_fails_is_counted() -> None:
    steps = Steps()
    try:
        with steps.step("reading"):
            busy(0.02)
            raise ValueError
    except ValueError:
        pass
    assert steps.seconds["reading"] >= 0.02
