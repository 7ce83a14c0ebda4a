"""Who waits long is told why, and nobody else."""

from __future__ import annotations

import threading

import pytest

from index import slow


def test_what_takes_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "SLOW", 0.0)
    told, heard = list[str](), threading.Event()
    with slow.told_if_slow(lambda why: (told.append(why), heard.set()), "compiling"):
        assert heard.wait(30)
    assert told == ["compiling"]


def test_what_is_done_at_once_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "SLOW", 3_600.0)
    told: list[str] = []
    with slow.told_if_slow(told.append, "compiling"):
        (timer,) = (one for one in threading.enumerate() if isinstance(one, threading.Timer))
    timer.join(30)  # it is let go, and not waited for
    assert not timer.is_alive()
    assert not told
