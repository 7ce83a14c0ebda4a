"""The kernels that find the best of all documents stretch by stretch, without looking at most of them."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import F4, I4, I8, U8
from index.compiled import array_at, kernel
from index.engine import NO_DATE
from search.kernels.best import BY_OLDEST, BY_RELEVANCE, KEPT, is_worse, keep, sort_heap

STRETCH = 256
"""Documents that follow one another in a segment."""
BASE, COUNT, DELETIONS, ALIVE, PUBLISHED, ID_KEYS = range(6)
"""Columns of a table of segments: number of the first document in the reader, how many documents, whether some are
deleted; the addresses of their arrays."""
WIDTH = ID_KEYS + 1
b1_at, i8_at, u8_at = array_at("b1"), array_at("i8"), array_at("u8")


@kernel("void(in i8[:], i8, out i8[:])")
def best_of_stretches(published: I8, oldest: int, firsts: I8) -> None:
    """The best of each stretch of documents by their dates: the newest, or the complement of the oldest; those without
    a date stand last either way. Cost: a nanosecond a document."""
    for stretch in range(len(firsts)):
        best = np.int64(NO_DATE)
        for doc in range(stretch * STRETCH, min((stretch + 1) * STRETCH, len(published))):
            first = published[doc]
            if oldest != 0 and first != NO_DATE:
                first = ~first
            best = max(best, first)
        firsts[stretch] = best


@kernel(
    """void(in i8[:,:], in i4[:], in i4[:], in i8[:], i8, i8, i8, i8, i8, u8,
    out i8[:], out i8[:], out u8[:], out i8[:], out f4[:], out i8[:])"""
)
def best_of_all(
    segments: I8,
    stretch_segments: I4,
    stretches: I4,
    stretch_bests: I8,
    sort: int,
    most: int,
    beyond: int,
    beyond_first: int,
    beyond_second: int,
    beyond_id: int,
    best_firsts: I8,
    best_seconds: I8,
    best_ids: U8,
    best_docs: I8,
    best_scores: F4,
    state: I8,
) -> None:
    """Finds the best of all living documents, as :func:`search.kernels.fused.search_segments` does where a query asks
    for nothing, and puts them in order: without words all are alike by relevance. Stretches are given in order of their
    best ones, so that what stands behind the first that is not good enough is not looked at. Cost: some microseconds; a
    nanosecond or two for each document that stands before ``beyond``."""
    kept = state[KEPT]
    for i in range(len(stretches)):
        if kept == most and stretch_bests[i] < (best_seconds[0] if sort == BY_RELEVANCE else best_firsts[0]):
            break
        segment = segments[stretch_segments[i]]
        count = segment[COUNT]
        alive = b1_at(segment[ALIVE], count)
        published, id_keys = i8_at(segment[PUBLISHED], count), u8_at(segment[ID_KEYS], count)
        start = np.int64(stretches[i]) * STRETCH
        for doc in range(start, min(start + STRETCH, count)):
            first, second = published[doc], np.int64(0)
            if sort == BY_OLDEST and first != NO_DATE:
                first = ~first
            elif sort == BY_RELEVANCE:
                first, second = np.int64(0), first
            if kept == most and (first < best_firsts[0] or (first == best_firsts[0] and second < best_seconds[0])):
                continue
            if segment[DELETIONS] != 0 and not alive[doc]:
                continue
            key = id_keys[doc]
            if beyond != 0 and not is_worse(first, second, key, beyond_first, beyond_second, beyond_id):
                continue
            kept = keep(
                best_firsts,
                best_seconds,
                best_ids,
                best_docs,
                best_scores,
                kept,
                most,
                first,
                second,
                key,
                segment[BASE] + doc,
                np.float32(0),
            )
    sort_heap(best_firsts, best_seconds, best_ids, best_docs, best_scores, kept)
    state[KEPT] = kept
