from __future__ import annotations

import sys

import pytest

from benchmarks.measured import CommandFailed, measured
from benchmarks.targets import TARGETS, judged

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
CHILD = "import time; held = b'x' * 60_000_000; time.sleep(0.8)"
PARENT = (
    f"import subprocess, sys; held = b'x' * 60_000_000; subprocess.run([sys.executable, '-c', {CHILD!r}]); print(1)"
)


@linux
def test_memory_is_that_of_a_process_and_its_children_together() -> None:
    done = measured(["-c", PARENT])
    assert done.output == "1\n"
    assert 120 < done.peak_memory_mb < 200


@linux
def test_processor_time_of_children_counts() -> None:
    busy = "sum(range(10_000_000))"
    alone = measured(["-c", busy]).cpu_seconds
    twice = measured(["-c", f"import subprocess, sys; {busy}; subprocess.run([sys.executable, '-c', {busy!r}])"])
    assert twice.cpu_seconds > 1.4 * alone


@linux
def test_a_command_that_fails_says_what_it_said() -> None:
    with pytest.raises(CommandFailed, match="no such luck"):
        measured(["-c", "raise SystemExit('no such luck')"])


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    row = {"rate": 10.0, "bytes": 5, "peak_memory_mb": 900.0}
    names = ("kiosk", "kiosk, declared", "kiosk, two workers", "tantivy")
    report = {"sides": {name: {"median": row} for name in names}, "large": {}, "opening": {}}
    reached = {one["target"]: one["reached"] for one in judged(report)}
    assert len(reached) == len(TARGETS)
    assert reached["rate with detection, to tantivy's"] is True
    assert reached["rate without detection, to tantivy's"] is False
    assert reached["bytes on disk, to tantivy's"] is True
    assert reached["opening 600,000 and one posting list"] is None
