"""Rows of a look-up in order, against NumPy's sort."""

from __future__ import annotations

import random

import numpy as np
import pytest

from search.kernels.lists import order_rows


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
        keys, order = np.empty(rows, np.uint64), np.empty(rows, np.int64)
        order_rows(of_row, np.frombuffer(b"".join(texts), np.uint8), at, units, keys, order)
        assert order.tolist() == np.lexsort((keys, of_row)).tolist()
        assert keys.tolist() == [fowler_noll_vo(text) for text in texts]
