"""The kernels of language detection: letters counted by script, and the evidence of two sets of profiles added up.

Text comes as code points. The tables they use are made by :mod:`index.language.profiles` and say there what they hold.
"""

# mypy: disable-error-code="index"
from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from index.compiled import inlined, kernel, prefetch

SPACE = 32
HASH = 0x9E3779B97F4A7C15
"""Knuth's multiplicative constant for 64 bits: the golden ratio."""
UPPER = 1 << 24
"""Marks capitals in the table of normalised characters."""
CODE_POINT = UPPER - 1
ONCE = math.log1p(1)
CACHE_LINE = 64
LISTED = 21
"""Bits of a key's hash for which there is one bit: a quarter of a mebibyte, which the processor's cache holds."""
LEADS = 0xE00000E00000
"""Set in six bytes that are two characters of three (or of four, which are in no profile)."""


@kernel("void(in u4[:], in i8[:], in u1[:], out i8[:,:])")
def count_scripts(
    codes: NDArray[np.uint32], ends: NDArray[np.int64], scripts: NDArray[np.uint8], counts: NDArray[np.int64]
) -> None:
    """Adds to ``counts[i]`` how many letters of each script there are in text *i*, which ends at ``ends[i]``; 0 counts
    what is no letter."""
    start = 0
    for text in range(len(ends)):
        for at in range(start, ends[text]):
            code = codes[at]
            counts[text, scripts[code] if code < len(scripts) else 0] += 1
        start = ends[text]


@inlined
def keep_script(codes: NDArray[np.uint32], scripts: NDArray[np.uint8], script: int, kept: NDArray[np.uint32]) -> None:
    """The text with a space in place of each letter of another script."""
    for at in range(len(codes)):
        code = codes[at]
        found = scripts[code] if code < len(scripts) else 0
        other = code == 0 or (code >= 0xD800 and code <= 0xDFFF) or (found != script and found != 0)
        kept[at] = SPACE if other else code


@inlined
def home_of(key: int, keys: NDArray[np.uint64]) -> int:
    """The slot in which ``key`` is looked for first."""
    return (np.uint64(key) * np.uint64(HASH) >> np.uint64(32)) & np.uint64(len(keys) - 1)


@inlined
def slot_of(key: int, keys: NDArray[np.uint64]) -> int:
    """Where ``key`` stands in an open-addressing table of a power of two slots (0 marks a free one), or -1."""
    slot = home_of(key, keys)
    while keys[slot] != np.uint64(0):
        if keys[slot] == np.uint64(key):
            return np.int64(slot)
        slot = (slot + np.uint64(1)) & np.uint64(len(keys) - 1)
    return np.int64(-1)


@inlined
def is_listed(key, listed):  # type: ignore[no-untyped-def]
    """Whether ``key`` may be in the table that ``listed`` has :data:`LISTED` bits of."""
    bit = np.uint64(key) * np.uint64(HASH) >> np.uint64(64 - LISTED)
    return (listed[bit >> np.uint64(6)] >> (bit & np.uint64(63))) & np.uint64(1) != 0


@kernel("i8(in u4[:], in u4[:], in u8[:], in i4[:], in f4[:,:], i8, i8, out f4[:])")
def add_ngrams(
    codes: NDArray[np.uint32],
    normal: NDArray[np.uint32],
    keys: NDArray[np.uint64],
    places: NDArray[np.int32],
    logs: NDArray[np.float32],
    left: int,
    right: int,
    sums: NDArray[np.float32],
) -> int:
    """Adds to ``sums`` the row of each 1-, 2- and 3-gram that langdetect would draw from, its columns from ``left`` up
    to ``right``; how many there were.

    N-grams begin anew at a space; a word of which two letters in a row are capitals gives none from there on, as in
    langdetect. Each step is done for all n-grams before the next one, so that memory is waited for by many at a time.
    """
    wanted, count = np.empty(3 * len(codes), np.uint64), 0
    before, last, last_upper, capitals = np.uint64(0), np.uint64(SPACE), False, False
    for code in codes:
        entry = normal[code] if code < len(normal) else np.uint32(code)
        letter, upper = np.uint64(entry & np.uint32(CODE_POINT)), (entry & np.uint32(UPPER)) != 0
        if last == np.uint64(SPACE):
            before, capitals = np.uint64(0), False
            if letter == np.uint64(SPACE):
                continue
        capitals = upper and (capitals or last_upper)
        if not capitals:
            if letter != np.uint64(SPACE):
                wanted[count] = letter
                count += 1
            wanted[count] = letter << np.uint64(21) | last
            count += 1
            if before != np.uint64(0):
                wanted[count] = letter << np.uint64(42) | last << np.uint64(21) | before
                count += 1
        before, last, last_upper = last, letter, upper
    met = np.uint64(0)
    for one in range(count):
        met |= keys[home_of(wanted[one], keys)]
    if met == np.uint64(0):
        return 0
    slots, found = np.empty(count, np.int32), 0
    for one in range(count):
        slot = slot_of(wanted[one], keys)
        slots[found] = slot
        found += slot >= 0
    for one in range(found):
        slots[one] = places[np.uint32(slots[one])]
    for one in range(found):
        row = np.uint32(slots[one])
        for place in range(right - left):
            column = np.uint64(left) + np.uint64(place)
            sums[column] += logs[row, column]
    return found


@kernel("f8(in u4[:], in u8[:], in u8[:], in i4[:], in u1[:,:], i8, i8, out f4[:])")
def add_features(
    codes: NDArray[np.uint32],
    listed: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    places: NDArray[np.int32],
    logs: NDArray[np.uint8],
    left: int,
    right: int,
    sums: NDArray[np.float32],
) -> float:
    """Adds to ``sums`` the rows of the features in the UTF-8 of ``codes``, each times log(1 + how often it was found),
    their columns from ``left`` up to ``right``.

    A feature is a run of 2 to 5 bytes, or two characters of 3 bytes; of those that end at a byte, the longest is found,
    as in py3langid; most runs are none, which ``listed`` tells of nearly all. Returns the sum of the weights. Steps as
    in :func:`add_ngrams`.
    """
    found, count = np.empty(4 * len(codes), np.int32), 0
    recent = np.uint64(0)
    for code in codes:
        # The UTF-8 of the character, first byte lowest.
        point = np.int64(code)
        if point < 0x80:
            units, length = point, 1
        elif point < 0x800:
            units, length = 0x80C0 | point >> 6 | (point & 63) << 8, 2
        elif point < 0x10000:
            units, length = 0x8080E0 | point >> 12 | (point >> 6 & 63) << 8 | (point & 63) << 16, 3
        else:
            units = 0x808080F0 | point >> 18 | (point >> 12 & 63) << 8 | (point >> 6 & 63) << 16 | (point & 63) << 24
            length = 4
        for _ in range(length):
            recent = recent << np.uint64(8) | np.uint64(units & 255)
            units >>= 8
            slot = np.int64(-1)
            if recent & np.uint64(LEADS) == np.uint64(LEADS):
                both = recent & np.uint64(0xFFFFFFFFFFFF)
                slot = slot_of(both, keys) if is_listed(both, listed) else np.int64(-1)
            mask = np.uint64(0xFFFFFFFFFF)
            # Without one byte more each time; what is shorter than that was looked for before.
            while slot < 0 and mask > np.uint64(255):
                if recent & mask > mask >> np.uint64(8) and is_listed(recent & mask, listed):
                    slot = slot_of(recent & mask, keys)
                mask >>= np.uint64(8)
            found[count] = slot
            count += slot >= 0
    first_row, width = logs.ctypes.data, logs.shape[1]
    for one in range(count):
        found[one] = places[np.uint32(found[one])]
        for column in range(left, right, CACHE_LINE):
            prefetch(first_row + np.int64(found[one]) * width + column)
    # An open-addressing table of the features met, and the slots of it in use.
    slots = np.int64(16)
    while slots < 2 * count:
        slots *= 2
    seen, often = np.full(slots, -1, np.int32), np.zeros(slots, np.int32)
    used, distinct = np.empty(count, np.int32), 0
    for one in range(count):
        feature = found[one]
        slot = np.int64(feature) & (slots - 1)
        while seen[slot] >= 0 and seen[slot] != feature:
            slot = (slot + 1) & (slots - 1)
        if seen[slot] < 0:
            seen[slot] = feature
            used[distinct] = slot
            distinct += 1
        often[slot] += 1
    total = 0.0
    for at in range(distinct):
        slot = np.int64(used[at])
        row, weight = np.uint32(seen[slot]), np.float32(ONCE)
        if often[slot] > 1:
            weight = np.float32(np.log1p(np.float64(often[slot])))
        total += np.float64(weight)
        for place in range(right - left):
            column = np.uint64(left) + np.uint64(place)
            sums[column] += weight * np.float32(logs[row, column])
    return total


@inlined
def weigh(
    ngram_sums: NDArray[np.float32],
    ngram_codes: NDArray[np.int16],
    feature_sums: NDArray[np.float32],
    feature_codes: NDArray[np.int16],
    priors: NDArray[np.float32],
    typical: NDArray[np.float32],
    step: float,
    total: float,
    ngram_weight: float,
    heat: float,
    allowed: NDArray[np.uint8],
    scores: NDArray[np.float64],
    fits: NDArray[np.float64],
    extra: NDArray[np.float64],
) -> tuple[int, float, float]:
    """The likeliest language that is allowed, its probability, and how well its profile fits: -1, 0, 0 where none is.

    ``ngram_codes`` and ``feature_codes`` give the number of our language for each column, or -1. The features know all
    languages and say how much of the probability goes to those that the n-grams know too; among these, both have a
    say. ``heat`` times the square root of ``total``, the weights of the features,
    divides the logarithms, as those of neighbouring features are far from independent. The last three arrays are for
    its own use, an element for each language.
    """
    languages = len(allowed)
    scores[:], fits[:], extra[:] = -np.inf, -np.inf, -np.inf
    for column in range(len(feature_codes)):
        number = feature_codes[column]
        if number >= 0 and allowed[number]:
            score = np.float64(feature_sums[column]) * step + np.float64(priors[column])
            if score > scores[number]:
                scores[number] = score
                fits[number] = np.float64(feature_sums[column]) / max(total, 1e-9) - np.float64(typical[column])
    for column in range(len(ngram_codes)):
        number = ngram_codes[column]
        if number >= 0 and allowed[number]:
            extra[number] = max(extra[number], np.float64(ngram_sums[column]))
    # Among the languages that both know: the n-grams are added, the best keeps the height it had.
    best_extra, height, reached = -np.inf, -np.inf, -np.inf
    for number in range(languages):
        if extra[number] > -np.inf:
            best_extra, height = max(best_extra, extra[number]), max(height, scores[number])
    for number in range(languages):
        if extra[number] > -np.inf:
            scores[number] += ngram_weight * (extra[number] - best_extra)
            reached = max(reached, scores[number])
    best = np.int64(-1)
    for number in range(languages):
        if extra[number] > -np.inf and reached > -np.inf:
            scores[number] += height - reached
        if scores[number] > -np.inf and (best < 0 or scores[number] > scores[best]):
            best = np.int64(number)
    if best < 0:
        return best, 0.0, 0.0
    mass, width = 0.0, heat * np.sqrt(max(total, 1.0))
    for number in range(languages):
        if scores[number] > -np.inf:
            mass += np.exp((scores[number] - scores[best]) / width)
    return best, 1.0 / mass, fits[best]


@inlined
def confidence_in(probability, fit, weight, rare):  # type: ignore[no-untyped-def]
    """How probable it is that a language is right: 0 to 1.

    A text in a language without a profile is taken for its neighbour, often with great probability, but fits badly; a
    short text may fit badly by chance. The weights come from a logistic regression on half of SIB-200's sentences and
    their beginnings, where a sentence in a language without a profile counted a fiftieth.
    """
    odds = math.log(max(probability, 1e-6) / max(1 - probability, 1e-3))
    fitting, amount = min(max(fit, -60.0), 20.0) / 10, math.sqrt(weight) / 10
    bias = 0.4 if rare else 1.0
    return 1 / (1 + math.exp(-(bias + 1.088 * odds - 0.548 * fitting - 0.359 * amount + 1.953 * fitting * amount)))


@kernel(
    "void(in u4[:], in i8[:], in u1[:], in u1[:], in u4[:], in u8[:], in i4[:], in f4[:,:], in i2[:], in u8[:],"
    "in u8[:], in i4[:], in u1[:,:], in i2[:], in f4[:], in f4[:], f8, f8, f8, in u1[:,:], in i8[:,:], in b1[:],"
    "out i8[:], out f8[:,:])"
)
def judge(
    codes: NDArray[np.uint32],
    ends: NDArray[np.int64],
    asked: NDArray[np.uint8],
    scripts: NDArray[np.uint8],
    normal: NDArray[np.uint32],
    ngram_keys: NDArray[np.uint64],
    ngram_places: NDArray[np.int32],
    ngram_logs: NDArray[np.float32],
    ngram_codes: NDArray[np.int16],
    features_listed: NDArray[np.uint64],
    feature_keys: NDArray[np.uint64],
    feature_places: NDArray[np.int32],
    feature_logs: NDArray[np.uint8],
    feature_codes: NDArray[np.int16],
    priors: NDArray[np.float32],
    typical: NDArray[np.float32],
    step: float,
    ngram_weight: float,
    heat: float,
    allowed: NDArray[np.uint8],
    spans: NDArray[np.int64],
    rare: NDArray[np.bool_],
    best: NDArray[np.int64],
    found: NDArray[np.float64],
) -> None:
    """For each text that is ``asked`` for by the number of a script, not 0: what :func:`weigh` makes of its letters of
    that script, whose languages stand in the columns ``spans`` (first and last of the n-grams, then of the features).
    Text *i* ends at ``ends[i]``; its language goes to ``best[i]``, -1 where nothing speaks for any; probability, fit
    and confidence to ``found[i]``."""
    ngram_sums = np.empty(ngram_logs.shape[1], np.float32)
    feature_sums = np.empty(feature_logs.shape[1], np.float32)
    languages = allowed.shape[1]
    scores, fits, extra = np.empty(languages), np.empty(languages), np.empty(languages)
    start = 0
    for text in range(len(ends)):
        script, first = asked[text], start
        start = ends[text]
        if script == 0:
            continue
        kept = np.empty(start - first, np.uint32)
        keep_script(codes[first:start], scripts, script, kept)
        ngram_sums[:], feature_sums[:] = 0, 0
        add_ngrams(kept, normal, ngram_keys, ngram_places, ngram_logs, spans[script, 0], spans[script, 1], ngram_sums)
        total = add_features(
            kept,
            features_listed,
            feature_keys,
            feature_places,
            feature_logs,
            spans[script, 2],
            spans[script, 3],
            feature_sums,
        )
        best[text], found[text, 0], found[text, 1] = weigh(
            ngram_sums,
            ngram_codes,
            feature_sums,
            feature_codes,
            priors,
            typical,
            step,
            total,
            ngram_weight,
            heat,
            allowed[script],
            scores,
            fits,
            extra,
        )
        if best[text] >= 0 and total > 0:
            found[text, 2] = confidence_in(found[text, 0], found[text, 1], total, rare[best[text]])
        else:
            best[text] = np.int64(-1)
