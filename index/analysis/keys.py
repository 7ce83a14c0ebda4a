"""Keys of words: 64 bits that stand for a text where the text itself is not needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest


def key_of(text: str) -> int:
    """The XXH3 (64 bits) of the text in UTF-8; 1 where that is 0, which stands for "the form itself"."""
    return xxh3_64_intdigest(text.encode()) or 1


def keys_beside(forms: Sequence[str], others: Sequence[str]) -> NDArray[np.uint64]:
    """The key of each of ``others``, 0 where it is the form beside it. Cost: a tenth of a microsecond each."""
    digest = xxh3_64_intdigest
    pairs = zip(forms, others, strict=True)
    return np.array([0 if form == other else digest(other.encode()) or 1 for form, other in pairs], np.uint64)
