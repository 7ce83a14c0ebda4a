"""How long the random tests run: as long as fits the ordinary run, or the long form that ``make soak`` asks for."""

from __future__ import annotations

import os

SOAK = "KIOSK_SOAK"
"""Set (to anything) in the environment: the long form."""


def seeds(ordinary: int, soak: int) -> range:
    """The seeds of a random test: the first few, or all of them."""
    return range(soak if os.environ.get(SOAK) else ordinary)
