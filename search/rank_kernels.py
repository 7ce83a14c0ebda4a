"""Kernels of the ranking: what words are worth, and in which order those of a query are met."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import B1, F4, F8, I4, I8, U4
from index.compiled import inlined, kernel


@inlined
def idf(n, count, n_all, count_all, shrink):  # type: ignore[no-untyped-def]
    """The formula of :mod:`search.ranking`."""
    rate = (n + shrink * n_all / count_all) / (count + shrink)
    floor = 0.5 / count_all
    return np.log(1.0 + (1.0 - rate + floor) / (rate + floor))


@kernel("f8(f8, f8, f8, f8, f8)")
def worth(n: float, count: float, n_all: float, count_all: float, shrink: float) -> float:
    """The idf of a word in ``n`` of ``count`` articles of its language and ``n_all`` of ``count_all`` in all."""
    return float(idf(n, count, n_all, count_all, shrink))


@kernel(
    """(i8,i8)(in f8[:], i8, i8, in f8[:], f8, in f8[:], in f8[:], f8, f8, in i4[:], in b1[:], in f8[:], in b1[:],
    in i4[:], in b1[:], in u4[:], i8, out i4[:], out i8[:], out u4[:], out u4[:], out f4[:], out f4[:], out b1[:])"""
)
def rank_units(
    counts: F8,
    leaves: int,
    languages: int,
    articles: F8,
    all_articles: float,
    average_words: F8,
    field_weights: F8,
    k1_b: float,
    shrink: float,
    bit_of: I4,
    scored: B1,
    boosts: F8,
    in_fields: B1,
    program_of: I4,
    asked: B1,
    required: U4,
    counting: int,
    rank_of: I4,
    blocks: I8,
    bits: U4,
    gates: U4,
    scales: F4,
    slopes: F4,
    holds: B1,
) -> tuple[int, int]:
    """Ranks the units of a pass that are met, language by language: those first that a document must have, then the
    rarest; a language that lacks one of these is left out.

    ``counts`` (leaves * languages * 2) articles that hold each unit in title and body; ``articles`` (languages),
    ``average_words`` (languages * 2); ``field_weights`` (2), each times k1 + 1; ``bit_of`` (leaves) the bit of each
    leaf, -1 for those of other passes; ``in_fields`` (leaves * 2); ``program_of`` (languages), -1 for none; ``asked``
    (programs * leaves); ``required`` (programs).

    Becomes: ``rank_of`` (leaves * languages) the rank of each unit, -1 where it has none; by rank the language (counted
    from 0 on), bit and gate; by rank and field what a saturated frequency is worth, what each word of the text adds
    where it saturates, and whether the field is asked for. Returns ranks and languages.
    """
    ranks, block = 0, 0
    everywhere = np.zeros(2 * leaves)
    for leaf in range(leaves):
        for language in range(languages):
            for field in range(2):
                everywhere[2 * leaf + field] += counts[(leaf * languages + language) * 2 + field]
    order = np.empty(leaves, np.int64)
    for language in range(languages):
        program = np.int64(program_of[language])
        if program < 0:
            continue
        # The leaves that are met, in their order.
        found, missing = 0, False
        for leaf in range(leaves):
            if bit_of[leaf] < 0 or not asked[program * leaves + leaf]:
                continue
            at = (leaf * languages + language) * 2
            must = counting == 0 and (required[program] >> np.uint32(bit_of[leaf])) & np.uint32(1) != 0
            total = counts[at] + counts[at + 1]
            if total <= 0:
                missing = missing or must
                continue
            place = found
            while place > 0:
                other = order[place - 1]
                there = (other * languages + language) * 2
                other_must = counting == 0 and (required[program] >> np.uint32(bit_of[other])) & np.uint32(1) != 0
                other_total = counts[there] + counts[there + 1]
                if other_must != must:
                    if other_must:
                        break
                elif other_total <= total:
                    break
                order[place] = other
                place -= 1
            order[place] = leaf
            found += 1
        if missing or found == 0:
            continue
        gate = np.uint32(0)
        for place in range(found):
            leaf = order[place]
            bit = np.uint32(bit_of[leaf])
            rank_of[leaf * languages + language] = ranks
            blocks[ranks] = block
            gates[ranks] = gate
            if counting != 0:
                bits[ranks] = bit + np.uint32(1)
            else:
                bits[ranks] = np.uint32(1) << bit
                gate |= required[program] & (np.uint32(1) << bit)
            for field in range(2):
                wanted = in_fields[2 * leaf + field]
                holds[2 * ranks + field] = wanted
                slopes[2 * ranks + field], scales[2 * ranks + field] = 0, 0
                if average_words[2 * language + field] > 0:
                    slopes[2 * ranks + field] = k1_b / average_words[2 * language + field]
                if wanted and scored[leaf]:
                    n = counts[(leaf * languages + language) * 2 + field]
                    value = idf(n, articles[language], everywhere[2 * leaf + field], all_articles, shrink)
                    scales[2 * ranks + field] = field_weights[field] * boosts[leaf] * value
            ranks += 1
        block += 1
    return ranks, block
