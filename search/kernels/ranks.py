"""Kernels of the ranking: what words are worth, and in which order those of a query are met."""

from __future__ import annotations

import numpy as np

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


@inlined
def rank_units(  # type: ignore[no-untyped-def]
    counts, leaves, languages, articles, all_articles, average_words, field_weights, k1_b, shrink,
    bit_of, numbers, scored, boosts, in_fields, program_of, asked, required, counting,
    everywhere, order, rank_of, blocks, bits, gates, scales, slopes, holds,
):  # fmt: skip
    """Ranks the units of a pass that are met, language by language: those first that a document must have, then the
    rarest; a language that lacks one of these is left out.

    Takes what :func:`search.kernels.lists.plan_lists` takes. Scratch: ``everywhere`` (2 * leaves), zeros; ``order``
    (leaves). Becomes: ``rank_of`` (leaves * languages), -1 before, the rank of each unit; by rank the language (counted
    from 0 on), bit and gate; by rank and field what a saturated frequency is worth, what each word of the text adds
    where it saturates, and whether the field is asked for. Returns ranks and languages.
    """
    ranks, block = 0, 0
    for leaf in range(leaves):
        for language in range(languages):
            for field in range(2):
                everywhere[2 * leaf + field] += counts[(leaf * languages + language) * 2 + field]
    for language in range(languages):
        program = np.int64(program_of[language])
        if program < 0:
            continue
        # The leaves that are met, in their order.
        found, missing = 0, False
        for leaf in range(leaves):
            number = numbers[leaf]
            if number >= len(bit_of) or bit_of[number] < 0 or not asked[program, number]:
                continue
            at = (leaf * languages + language) * 2
            must = counting == 0 and (required[program] >> np.uint32(bit_of[numbers[leaf]])) & np.uint32(1) != 0
            total = counts[at] + counts[at + 1]
            if total <= 0:
                missing = missing or must
                continue
            place = found
            while place > 0:
                other = order[place - 1]
                there = (other * languages + language) * 2
                other_must = (
                    counting == 0 and (required[program] >> np.uint32(bit_of[numbers[other]])) & np.uint32(1) != 0
                )
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
            bit = np.uint32(bit_of[numbers[leaf]])
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
