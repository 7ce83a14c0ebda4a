"""In which script each of many texts is mostly written."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.language.kernels import count_scripts
from index.language.profiles import known_profiles
from index.language.scripts import Script, script_rules

KANA_SHARE = 0.05
"""Japanese has far more kana among its characters than this; Chinese that quotes Japanese has fewer."""


class Share(NamedTuple):
    """What a script has of a text."""

    script: Script
    letters: int
    share: float
    """Of all letters, those of some scripts counted for several."""


def scripts_of(codes: NDArray[np.uint32], ends: NDArray[np.int64]) -> list[Share | None]:
    """The script that most of the letters of each text are in; ``None`` where there are none of a script that we have a
    rule for, or more others. Kana and Han count together. Text *i* ends at ``ends[i]`` in ``codes``."""
    rules, weights, han, kana = _columns()
    counts = np.zeros((len(ends), len(rules) + 2), np.int64)
    count_scripts(codes, ends, known_profiles().scripts, counts)
    others = counts[:, -1]
    weighed = counts[:, [rule.number for rule in rules]] * weights
    totals = weighed.sum(axis=1) + others
    japanese = weighed[:, kana] > KANA_SHARE * (weighed[:, han] + weighed[:, kana])
    weighed[japanese, kana] += weighed[japanese, han]
    weighed[japanese, han] = 0
    best = weighed.argmax(axis=1)
    most = weighed[np.arange(len(ends)), best]
    known = (most > 0) & (most >= others)
    return [
        Share(rules[column], letters // rules[column].weight, letters / total) if is_known else None
        for column, letters, total, is_known in zip(
            best.tolist(), most.tolist(), totals.tolist(), known.tolist(), strict=True
        )
    ]


@lru_cache(maxsize=1)
def _columns() -> tuple[tuple[Script, ...], NDArray[np.int64], int, int]:
    """The scripts, the last by name first, so that the first of equals is that; their weights; the places of Han and
    kana."""
    rules = tuple(sorted(script_rules(), key=lambda rule: rule.name, reverse=True))
    names = [rule.name for rule in rules]
    return rules, np.array([rule.weight for rule in rules], np.int64), names.index("Hani"), names.index("Kana")
