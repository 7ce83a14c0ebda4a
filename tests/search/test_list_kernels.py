"""Rows of a look-up in order, against NumPy's sort."""

from __future__ import annotations

import random

import numpy as np
import pytest

from search.list_kernels import order_rows


@pytest.mark.parametrize(
    ("rows", "units", "forms"), [(0, 1, 1), (1, 1, 1), (50, 3, 20), (3_000, 40, 500), (20_000, 2, 9_000)]
)
def test_rows_stand_by_unit_then_by_form_then_as_they_were_found(rows: int, units: int, forms: int) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = np.random.default_rng(seed)
    hashes = draw.integers(0, 2**64, forms, np.uint64)
    of_row = np.minimum(draw.geometric(0.3, rows), units).astype(np.int32) - np.int32(draw.integers(1, 3))
    for keys in (hashes[draw.integers(0, forms, rows)], draw.integers(0, 3, rows, np.int64).astype(np.uint64)):
        order = np.empty(rows, np.int64)
        order_rows(of_row, keys, units, order)
        assert order.tolist() == np.lexsort((keys, of_row)).tolist()
