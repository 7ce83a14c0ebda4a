"""What the tests of the index on disk share."""

from __future__ import annotations

import pytest

from index.columnar import atomic


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets calls that wait for the disk return at once, in tests that commit hundreds of times. A test cuts no power:
    what a power cut leaves is made from the record of the calls."""
    monkeypatch.setattr(atomic.os, "fsync", lambda descriptor: None)
