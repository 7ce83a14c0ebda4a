"""Where the time of one load goes: functions by cProfile, kernels by a clock of their own, steps as the load tells it.

The profile itself costs: Python functions that are called often look worse than they are. Kernels, which cProfile does
not see into, are told one by one.
"""

from __future__ import annotations

import cProfile
import io
import json
import pstats
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import ingest
from index.compiled import Kernel

LINES = 45


def profile_load(corpus: Path, index: Path) -> None:
    """Loads ``corpus`` in this process and prints the profile."""
    profile, said = cProfile.Profile(), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with kernel_seconds() as kernels, redirect_stdout(said):
        profile.enable()
        ingest.main(["--json", "--quiet", "--workers", "1", "--index", str(index), str(corpus)])
        profile.disable()
    said.seek(0)
    summary = json.loads(said.read().splitlines()[-1])
    for order in ("tottime", "cumulative"):
        pstats.Stats(profile).strip_dirs().sort_stats(order).print_stats(LINES)
    print(f"{summary['read']:,} articles in {summary['seconds']:.2f} s under the profile")
    for title, seconds in (("kernels", kernels), ("steps", summary.get("steps", {}))):
        for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
            print(f"{title:8} {name:40} {spent:8.3f} s {spent / summary['read'] * 1e6:8.1f} µs an article")


@contextmanager
def kernel_seconds() -> Iterator[dict[str, float]]:
    """Seconds spent in each kernel while the context is open, compiling or loading it included."""
    seconds: defaultdict[str, float] = defaultdict(float)
    untimed = Kernel.__call__

    def timed(kernel: Kernel[Any, Any], *args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return untimed(kernel, *args, **kwargs)
        finally:
            seconds[kernel.function.__name__] += time.perf_counter() - started

    Kernel.__call__ = timed  # type: ignore[assignment, method-assign]
    try:
        yield seconds
    finally:
        Kernel.__call__ = untimed  # type: ignore[method-assign]
