"""Rows of a look-up in order, against NumPy's sort."""

from __future__ import annotations

import random

import numpy as np
import pytest

from search.kernels.lists import count_units


@pytest.mark.parametrize(
    ("rows", "units", "forms"), [(0, 1, 1), (1, 1, 1), (50, 3, 20), (3_000, 40, 500), (20_000, 2, 9_000)]
)
def test_rows_stand_by_unit_then_as_they_were_found(rows: int, units: int, forms: int) -> None:
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
        assert order.tolist() == np.argsort(of_row, kind="stable").tolist()
        # Rows in another order, as a merge of segments leaves them, give the same counts to the last bit.
        others, turned = draw.permutation(rows), np.empty_like(counts)
        texts = [texts[row] for row in others]
        at = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        data = np.frombuffer(b"".join(texts), np.uint8)
        count_units(of_row[others], data, at, one_each, one_each, np.full(units, 1e9), order, turned)
        assert turned.tolist() == counts.tolist()
        for unit in range(units):
            assert counts[0, unit].tolist() == pytest.approx([np.count_nonzero(of_row == unit)] * 2, rel=1e-3)
