"""How Python itself behaves while a load lasts."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCHING_SECONDS = 0.001
"""For which a thread that comes out of a kernel waits for the interpreter. With Python's five milliseconds one that
analyses, with a kernel each millisecond, stands still as long as another one reads and normalises; with a tenth of one
a load takes a tenth more processor time, as each switch costs what the other thread has in the caches."""
COLLECTING = 50_000, 20, 20
"""Objects after which those that hold each other are looked for, and rounds after which older ones are looked at, too.
Articles are made of objects that go by themselves: with Python's 700 the search took a twentieth of a load."""


@contextmanager
def set_for_loading() -> Iterator[None]:
    """Within, a thread that waits for the interpreter gets it soon, and garbage is seldom looked for."""
    switching, collecting = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(SWITCHING_SECONDS)
    collect_seldom()
    try:
        yield
    finally:
        sys.setswitchinterval(switching)
        gc.set_threshold(*collecting)


def collect_seldom() -> None:
    """From now on garbage is seldom looked for: see :data:`COLLECTING`."""
    gc.set_threshold(*COLLECTING)
