"""What kernels found, as readers give it."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import F4, I8, U1
from index.columnar.living_kernels import ASKED, BODIES, SEGMENT, START, TITLES
from index.engine import FormLists


def form_lists(rows: I8, living: I8, weight: F4, data: U1, at: I8, cut: frozenset[int] = frozenset()) -> FormLists:
    """The lists of these rows of :mod:`index.columnar.living_kernels`. ``living`` (rows, 2): their documents that are
    not deleted; a part of ``rows`` where none is."""
    titles, bodies = rows[:, TITLES].copy(), rows[:, BODIES].copy()
    all_live = np.may_share_memory(rows, living)
    return FormLists(
        asked=rows[:, ASKED].astype(np.int32),
        segment=rows[:, SEGMENT].astype(np.int32),
        weight=weight,
        start=rows[:, START].copy(),
        titles=titles,
        bodies=bodies,
        living_titles=titles if all_live else living[:, 0].copy(),
        living_bodies=bodies if all_live else living[:, 1].copy(),
        data=data,
        at=at,
        cut=cut,
    )
