"""What the machine's memory gives to one thread: the roof under which a search runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

from index.columnar.arrays import U4, U8
from index.compiled import kernel

BYTES = 1 << 29
"""Of an array that no cache holds."""
WINDOW_BYTES = 1 << 20
"""Of one that the second cache holds."""
ROUNDS = 5
POSTING_BYTES, ENTRY_BYTES = 5, 32
"""Document and frequency; what a search reads of a document, half a cache line."""


@kernel("u8(in u8[:])")
def _sum(array: U8) -> int:
    total = np.uint64(0)
    for value in array:
        total += value
    return total  # type: ignore[return-value]


@kernel("u8(in u4[:], in u4[:])")
def _gather(array: U4, places: U4) -> int:
    total = np.uint64(0)
    for place in places:
        total += np.uint64(array[place])
    return total  # type: ignore[return-value]


def bandwidth() -> dict[str, float]:
    """Gigabytes a second read in order and copied; nanoseconds of a read at random from memory and from the cache,
    many of them under way at once."""
    array = np.ones(BYTES // 8, np.uint64)
    target = np.empty_like(array)
    chance = np.random.default_rng(1)
    small = array.view(np.uint32)[: WINDOW_BYTES // 4]
    far, near = (chance.integers(0, size, 1 << 22).astype(np.uint32) for size in (len(array) * 2, len(small)))
    seconds = {
        "read_gb_s": _least(lambda: _sum(array)),
        "copy_gb_s": _least(lambda: np.copyto(target, array)),
        "random_ns": _least(lambda: _gather(array.view(np.uint32), far)),
        "cached_ns": _least(lambda: _gather(small, near)),
    }
    return {
        "read_gb_s": BYTES / seconds["read_gb_s"] / 1e9,
        "copy_gb_s": 2 * BYTES / seconds["copy_gb_s"] / 1e9,
        "random_ns": seconds["random_ns"] / len(far) * 1e9,
        "cached_ns": seconds["cached_ns"] / len(near) * 1e9,
    }


def beside_memory(found: Mapping[str, float], memory: Mapping[str, float]) -> dict[str, float]:
    """What a kernel read, beside the roof: the share of what reading as many bytes in order gives, and of the time the
    part that as many reads at random would take. A posting is :data:`POSTING_BYTES` and the entry of its document, a
    browsed document its entry."""
    entries = found["postings"] or found["matches"]
    size = found["postings"] * POSTING_BYTES + entries * ENTRY_BYTES
    rate = size / found["kernel_ms"] / 1e6
    return {
        **found,
        "bytes": size,
        "gb_s": rate,
        "of_reading_in_order": rate / memory["read_gb_s"],
        "ns_an_entry": found["kernel_ms"] * 1e6 / entries,
        "of_reading_at_random": memory["random_ns"] * entries / 1e6 / found["kernel_ms"],
    }


def _least(work: Callable[[], object]) -> float:
    work()
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return min(took)
