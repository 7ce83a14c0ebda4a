"""The kernels that pass over the columns of a segment."""

from __future__ import annotations

from index.columnar.arrays import B1, I8, U4
from index.compiled import kernel


@kernel("b1(in u4[:,:], in u4[:])")
def rows_within(rows: U4, limits: U4) -> bool:
    """Whether no code of ``rows`` (documents, 4) is above its column's limit."""
    beyond = False
    for doc in range(len(rows)):
        for place in range(4):
            beyond |= rows[doc, place] > limits[place]
    return not beyond


@kernel("void(in u4[:,:], in b1[:], i8, out i8[:])")
def count_codes(rows: U4, alive: B1, column: int, counts: I8) -> None:
    """Adds to ``counts`` how many living documents have each code in one column."""
    for doc in range(len(rows)):
        counts[rows[doc, column]] += alive[doc]


@kernel("void(in u4[:,:], in u4[:,:], in b1[:], out i8[:,:])")
def sum_languages(rows: U4, words: U4, alive: B1, totals: I8) -> None:
    """Adds to ``totals`` (codes of languages, 3): living documents of each language, words of their titles, of their
    bodies."""
    for doc in range(len(rows)):
        if alive[doc]:
            lang = rows[doc, 1]
            totals[lang, 0] += 1
            totals[lang, 1] += words[doc, 0]
            totals[lang, 2] += words[doc, 1]
