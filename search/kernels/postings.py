"""What kernels read of posting lists and of the entries of documents."""

from __future__ import annotations

import numpy as np

from index.compiled import inlined

TOO_MANY = 255
"""A frequency that stands among the exceptions."""


@inlined
def first_from(docs, low, high, doc):  # type: ignore[no-untyped-def]
    """The first place from ``low`` on, before ``high``, whose document is not before ``doc``: by doubled steps, then
    halves."""
    if low >= high or np.int64(docs[low]) >= doc:
        return low
    step = np.int64(1)
    while low + step < high and np.int64(docs[low + step]) < doc:
        low += step
        step *= 2
    high = min(high, low + step)
    low += 1
    while low < high:
        middle = (low + high) // 2
        if np.int64(docs[middle]) < doc:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def frequency_at(freqs, many_at, many, posting):  # type: ignore[no-untyped-def]
    """How often the document of a posting holds its form."""
    if freqs[posting] != TOO_MANY:
        return np.float32(freqs[posting])
    low, high = np.int64(0), np.int64(len(many_at))
    while low < high:
        middle = (low + high) // 2
        if many_at[middle] < posting:
            low = middle + 1
        else:
            high = middle
    if low < len(many) and many_at[low] == posting:
        return np.float32(many[low])
    return np.float32(TOO_MANY)


@inlined
def published_at(entries, entry):  # type: ignore[no-untyped-def]
    """When a document was published, of the two halves in its entry."""
    lower, upper = entries[entry + np.uint64(6)], entries[entry + np.uint64(7)]
    return np.int64(np.uint64(lower) | (np.uint64(upper) << np.uint64(32)))
