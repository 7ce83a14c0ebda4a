"""How Python behaves while a load lasts, and behind it."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

import pytest

from index.interpreter import COLLECTING, SWITCHING_SECONDS, set_for_loading


def test_python_is_as_it_was_when_a_load_has_ended() -> None:
    before = sys.getswitchinterval(), gc.get_threshold()
    with suppress(ZeroDivisionError), set_for_loading():
        assert sys.getswitchinterval() == pytest.approx(SWITCHING_SECONDS)
        assert gc.get_threshold() == COLLECTING
        raise ZeroDivisionError
    assert (sys.getswitchinterval(), gc.get_threshold()) == before
