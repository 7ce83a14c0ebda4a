"""Keys of words: 64 bits that stand for a text where the text itself is not needed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest


def key_of(text: str) -> int:
    """The XXH3 (64 bits) of the text in UTF-8; 1 where that is 0, which stands for "the form itself"."""
    return xxh3_64_intdigest(text.encode()) or 1


def keys_of(texts: Iterable[str | None]) -> NDArray[np.uint64]:
    """The key of each text, 0 for each ``None``. Cost: a fifth of a microsecond each."""
    digest = xxh3_64_intdigest
    return np.array([0 if text is None else digest(text.encode()) or 1 for text in texts], np.uint64)
