"""The kernels that keep the best documents of an answer: a heap with the worst of them at its root."""

from __future__ import annotations

import numpy as np

from index.compiled import inlined

BY_RELEVANCE, BY_NEWEST, BY_OLDEST = range(3)
"""Orders."""
KEPT, TOTAL, COLLECTED, READ, THRESHOLD = range(5)
"""Places in the state that passes over several segments hand on: how many of the best are kept, matches, collected
ones, postings read; the three parts of a key."""
STATE = THRESHOLD + 3
"""How many there are."""


@inlined
def is_worse(first_a, second_a, id_a, first_b, second_b, id_b):  # type: ignore[no-untyped-def]
    """Whether key a stands behind key b: less by the first part, then by the second, then with the greater id."""
    if first_a != first_b:
        return first_a < first_b
    if second_a != second_b:
        return second_a < second_b
    return id_a > id_b


@inlined
def keep(firsts, seconds, ids, docs, scores, size, most, first, second, key, doc, score):  # type: ignore[no-untyped-def]
    """Offers a document to the best ``most``, a heap with the worst at its root; the size of the heap then."""
    if size < most:
        at = size
        size += 1
        while at > 0:
            above = (at - 1) // 2
            if not is_worse(first, second, key, firsts[above], seconds[above], ids[above]):
                break
            firsts[at], seconds[at], ids[at] = firsts[above], seconds[above], ids[above]
            docs[at], scores[at] = docs[above], scores[above]
            at = above
    else:
        if not is_worse(firsts[0], seconds[0], ids[0], first, second, key):
            return size
        at = np.int64(0)
        while 2 * at + 1 < size:
            below = 2 * at + 1
            if below + 1 < size and is_worse(
                firsts[below + 1], seconds[below + 1], ids[below + 1], firsts[below], seconds[below], ids[below]
            ):
                below += 1
            if not is_worse(firsts[below], seconds[below], ids[below], first, second, key):
                break
            firsts[at], seconds[at], ids[at] = firsts[below], seconds[below], ids[below]
            docs[at], scores[at] = docs[below], scores[below]
            at = below
    firsts[at], seconds[at], ids[at], docs[at], scores[at] = first, second, key, doc, score
    return size


@inlined
def sort_heap(firsts, seconds, ids, docs, scores, size):  # type: ignore[no-untyped-def]
    """Puts a heap of :func:`keep` in order, the best first."""
    while size > 1:
        size -= 1
        # The worst one goes behind those that are left; the last of these takes its place in the heap.
        first, second, key, doc, score = firsts[size], seconds[size], ids[size], docs[size], scores[size]
        firsts[size], seconds[size], ids[size] = firsts[0], seconds[0], ids[0]
        docs[size], scores[size] = docs[0], scores[0]
        at = np.int64(0)
        while 2 * at + 1 < size:
            below = 2 * at + 1
            if below + 1 < size and is_worse(
                firsts[below + 1], seconds[below + 1], ids[below + 1], firsts[below], seconds[below], ids[below]
            ):
                below += 1
            if not is_worse(firsts[below], seconds[below], ids[below], first, second, key):
                break
            firsts[at], seconds[at], ids[at] = firsts[below], seconds[below], ids[below]
            docs[at], scores[at] = docs[below], scores[below]
            at = below
        firsts[at], seconds[at], ids[at], docs[at], scores[at] = first, second, key, doc, score


@inlined
def sort_first(count, firsts, seconds, ids, docs, scores):  # type: ignore[no-untyped-def]
    """Puts the first ``count`` documents, in any order, so that the best stand first."""
    size = np.int64(0)
    for i in range(count):
        size = keep(firsts, seconds, ids, docs, scores, size, count, firsts[i], seconds[i], ids[i], docs[i], scores[i])
    sort_heap(firsts, seconds, ids, docs, scores, size)
