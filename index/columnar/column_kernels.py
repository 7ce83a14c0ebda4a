"""The kernels that pass over the columns of a segment."""

from __future__ import annotations

from index.columnar.arrays import B1, I8, U4
from index.compiled import kernel


@kernel("b1(in u4[:,:], in u4[:])")
def entries_within(entries: U4, limits: U4) -> bool:
    """Whether no code of ``entries``, the first four of each document, is above its column's limit."""
    beyond = False
    for doc in range(len(entries)):
        for place in range(4):
            beyond |= entries[doc, place] > limits[place]
    return not beyond


@kernel("void(in u4[:,:], in b1[:], i8, out i8[:])")
def count_codes(entries: U4, alive: B1, column: int, counts: I8) -> None:
    """Adds to ``counts`` how many living documents have each code in one column."""
    for doc in range(len(entries)):
        counts[entries[doc, column]] += alive[doc]


@kernel("void(in u4[:,:], in b1[:], out i8[:,:])")
def sum_languages(entries: U4, alive: B1, totals: I8) -> None:
    """Adds to ``totals`` (codes of languages, 3): living documents of each language, words of their titles, of their
    bodies."""
    for doc in range(len(entries)):
        if alive[doc]:
            lang = entries[doc, 1]
            totals[lang, 0] += 1
            totals[lang, 1] += entries[doc, 4]
            totals[lang, 2] += entries[doc, 5]
