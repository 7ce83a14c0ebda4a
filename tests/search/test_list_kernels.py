"""Rows of a look-up in order, against NumPy's sort."""

from __future__ import annotations

import random

import numpy as np
import pytest

from search.kernels.lists import count_units


def fowler_noll_vo(text: bytes) -> int:
    key = 14695981039346656037
    for byte in text:
        key = (key ^ byte) * 1099511628211 % 2**64
    return key


@pytest.mark.parametrize(
    ("rows", "units", "forms"), [(0, 1, 1), (1, 1, 1), (50, 3, 20), (3_000, 40, 500), (20_000, 2, 9_000)]
)
def test_rows_stand_by_unit_then_by_form_then_as_they_were_found(rows: int, units: int, forms: int) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = np.random.default_rng(seed)
    spellings = [f"{number:x}".encode() for number in draw.integers(0, 2**40, forms)]
    of_row = np.minimum(draw.geometric(0.3, rows), units).astype(np.int32) - np.int32(draw.integers(1, 3))
    for distinct in (forms, min(forms, 3)):
        texts = [spellings[number] for number in draw.integers(0, distinct, rows)]
        at = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        data, one_each = np.frombuffer(b"".join(texts), np.uint8), np.ones(rows, np.int64)
        order, counts = np.empty(rows, np.int64), np.empty((1, units, 2))
        count_units(of_row, data, at, one_each, one_each, np.full(units, 1e9), order, counts)
        keys = np.array([fowler_noll_vo(text) for text in texts], np.uint64)
        assert order.tolist() == np.lexsort((keys, of_row)).tolist()
        for unit in range(units):
            assert counts[0, unit].tolist() == pytest.approx([np.count_nonzero(of_row == unit)] * 2, rel=1e-3)
