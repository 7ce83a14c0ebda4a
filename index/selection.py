"""Which articles are meant: a choice by id, address, source, section, language and dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.dates import span_of
from index.engine import NO_DATE, EngineReader
from index.normalize.identity import clean_url


@dataclass(frozen=True, slots=True)
class Selection:
    """Values of one kind are alternatives; all kinds that are given must hold. Nothing given selects nothing."""

    ids: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    date_from: str | None = None
    """ISO 8601, as short as ``2026``; inclusive, like ``date_to``."""
    date_to: str | None = None


def select(reader: EngineReader, selection: Selection) -> list[str]:
    """The ids of the live articles that ``selection`` means, in order of document.

    Raises :class:`ValueError` for a date that is none. Cost: a pass over the columns; with addresses, over the articles
    that are left.
    """
    if selection == Selection():
        return []
    columns = reader.columns
    chosen = columns.live.copy()
    for name, values in (
        ("source", selection.sources),
        ("section", selection.sections),
        ("lang", selection.langs),
    ):
        if values:
            chosen &= _has_one_of(*columns.codes(name), values)
    chosen &= _within(columns.published, selection.date_from, selection.date_to)
    ids = reader.ids()
    docs = [int(doc) for doc in np.flatnonzero(chosen)]
    if selection.ids:
        wanted = set(selection.ids)
        docs = [doc for doc in docs if ids[doc] in wanted]
    if selection.urls:
        urls = {clean_url(url) or url for url in selection.urls}
        docs = [doc for doc in docs if reader.article(doc).url in urls]
    return [ids[doc] for doc in docs]


def _has_one_of(codes: NDArray[np.int32], values: Sequence[str], wanted: tuple[str, ...]) -> NDArray[np.bool_]:
    position = {value: code for code, value in enumerate(values)}
    return np.isin(codes, [position[value] for value in wanted if value in position])


def _within(published: NDArray[np.int64], first: str | None, last: str | None) -> NDArray[np.bool_]:
    """Dated, and in the range; all where there is no range."""
    inside = np.ones(len(published), np.bool_)
    if first is not None:
        inside &= (published >= span_of(first).first) & (published != NO_DATE)
    if last is not None:
        inside &= (published <= span_of(last).last) & (published != NO_DATE)
    return inside
