"""What all tests share: where the real archives are, and the switch that turns skips into failures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

NO_SKIPS = "KIOSK_TEST_NO_SKIPS"
"""Set (to anything) by ``.ci/run``: a test that would be skipped fails instead, and hypothesis draws the same examples
each time, so that what landed once lands again. Elsewhere each run looks for new ones."""

settings.register_profile("gate", derandomize=True)
if os.environ.get(NO_SKIPS):
    settings.load_profile("gate")


def skip(reason: str) -> None:
    """Skips the running test, or fails it where no test may be skipped."""
    if os.environ.get(NO_SKIPS):
        pytest.fail(f"{reason} ({NO_SKIPS} forbids skipping)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real archives beside the checkout."""
    path = Path(__file__).resolve().parents[2] / "shared"
    if not (path / "data").is_dir():
        skip(f"no real archives: {path}/data is not there")
    return path


@pytest.fixture(scope="session")
def samples() -> Path:
    """The sample archive that comes with the project."""
    return Path(__file__).resolve().parents[1] / "samples"
