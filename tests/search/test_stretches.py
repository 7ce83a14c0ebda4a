"""The best of all documents by date, found stretch by stretch, against sorting them all."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from index.engine import NO_DATE
from search.execution import Best, Key
from search.kernels.best import BY_NEWEST, BY_OLDEST, BY_RELEVANCE, KEPT
from search.kernels.stretches import STRETCH, best_of_all
from search.stretches import Stretches

SIZES = (0, 1, STRETCH - 1, STRETCH, 5 * STRETCH + 3)


def segments(draw: np.random.Generator, days: int) -> list[SimpleNamespace]:
    made, base = [], 0
    for size in draw.permutation(SIZES).tolist():
        published = draw.integers(-days, days, size)
        if draw.random() < 0.5:
            published.sort()
        published[draw.random(size) < 0.1] = NO_DATE
        alive = draw.random(size) < draw.choice([0.0, 0.7, 1.0], p=[0.1, 0.4, 0.5])
        ids = draw.integers(0, 2**64, size, np.uint64)
        facts = {"base": base, "count": size, "living": int(alive.sum()), "alive": alive}
        made.append(SimpleNamespace(**facts, published=published, id_keys=ids))
        base += size
    return made


def keys(of: list[SimpleNamespace], sort: int) -> list[tuple[int, int, int, int]]:
    """Of each living document first, second, id and number, the best first."""
    found = []
    for one in of:
        for doc in np.flatnonzero(one.alive).tolist():
            date = int(one.published[doc])
            first = ~date if sort == BY_OLDEST and date != NO_DATE else date
            pair = (0, date) if sort == BY_RELEVANCE else (first, 0)
            found.append((*pair, int(one.id_keys[doc]), one.base + doc))
    return sorted(found, key=lambda row: (-row[0], -row[1], row[2]))


@pytest.mark.parametrize("sort", [BY_RELEVANCE, BY_NEWEST, BY_OLDEST])
@pytest.mark.parametrize("days", [3, 100_000])
def test_the_best_of_all_are_those_of_a_sort(sort: int, days: int) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = np.random.default_rng(seed)
    of = segments(draw, days)
    stretches, every = Stretches(cast(Any, SimpleNamespace(segments=of))), keys(of, sort)
    for most in (1, 20, 700, len(every)):
        for place in (None, 0, len(every) // 2):
            beyond = None if place is None or place >= len(every) else Key(*every[place][:3])
            best, state = Best.room(min(most, len(every))), np.zeros(4, np.int64)
            best_of_all(
                stretches.table,
                *stretches.ranked(sort),
                sort,
                len(best.firsts),
                beyond is not None,
                *(beyond or Key(0, 0, 0)),
                best.firsts,
                best.seconds,
                best.ids,
                best.docs,
                best.scores,
                state,
            )
            first = 0 if beyond is None or place is None else place + 1
            assert best.docs[: state[KEPT]].tolist() == [row[3] for row in every[first : first + most]]
