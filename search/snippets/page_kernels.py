"""From the texts of a page of hits to what is shown of them, in one call.

All texts lie in one array of code points; text *t* is ``codes[begins[t]:stops[t]]``, and behind each stand line feeds
as :func:`index.analysis.finder_kernels.find_forms` needs them. What is not certain here (words that only their chain
can tell, a cut where no space is near) is left to :mod:`search.snippets.marking`, one text at a time, with the same
outcome.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.analysis.finder_kernels import END, START, find_forms
from index.analysis.record_kernels import LANES
from index.compiled import inlined, kernel
from search.snippets.kernels import choose, find_needles
from search.snippets.sign_tables import (
    ALNUM,
    BREAKS,
    CERTAIN,
    CLOSER,
    COMMA,
    CONSONANT,
    DECIMAL,
    DOUBTED,
    DOUBTFUL,
    GRAPHEME,
    JAMO_L,
    JAMO_T,
    JAMO_V,
    JOINS,
    LEADS,
    LINKS,
    LOWER,
    PREPENDED,
    REGIONAL,
    SEVERAL,
    SPACE,
    SYLLABLE_T,
    SYLLABLE_V,
    WIDE,
)

TEXT, FIRST, LAST, FLAGS, SPANS = range(5)
"""A row of what is shown: the number of its text, where it begins and ends there, and where its spans end."""
BEFORE, AFTER, SQUEEZED, WIDER, UNSURE = 1, 2, 4, 8, 16
"""Flags: an ellipsis before and after; white space becomes one space; spans must be widened to graphemes; a text that
is left to :mod:`search.snippets.marking`, in the place of all its rows."""

_DOUBT, _NONE = -2, -1
_ROWS = 1024
"""Words found in a text; one with more is left."""
_FINDS = 10_000
_SAMPLE = 600
_NEAR = 40
_ZWJ, _RETURN, _FEED, _STOP, _BLANK, _ELLIPSIS = 0x200D, 13, 10, 0x2E, 0x20, 0x2026
_BMP = 1 << 16
_LEAST = 20


@inlined
def is_joined(signs, first, second):  # type: ignore[no-untyped-def]
    """Whether no grapheme ends between two neighbours, or that can't be told from them alone."""
    if first < 128 and second < 128:
        return first == _RETURN and second == _FEED
    if first == _ZWJ:
        return True
    a, b = signs[first] & GRAPHEME, signs[second] & GRAPHEME
    if a == 0 and b == 0:
        return False
    if a == BREAKS or b == BREAKS:
        return False
    if b in (JOINS, LINKS) or a == PREPENDED:
        return True
    if a in (LINKS, LEADS):
        return b == CONSONANT
    if a == JAMO_L:
        return b in (JAMO_L, JAMO_V, SYLLABLE_V, SYLLABLE_T)
    if a in (SYLLABLE_V, JAMO_V):
        return b in (JAMO_V, JAMO_T)
    if a in (SYLLABLE_T, JAMO_T):
        return b == JAMO_T
    return a == REGIONAL and b == REGIONAL


@inlined
def is_end_of_grapheme(codes, begin, end, place, signs):  # type: ignore[no-untyped-def]
    """As :func:`search.snippets.cutting.is_boundary`."""
    return place <= begin or place >= end or not is_joined(signs, codes[place - 1], codes[place])


@inlined
def is_abbreviation(codes, first, length, folds, letters, letters_at):  # type: ignore[no-untyped-def]
    """Whether ``codes[first:first + length]``, whose folds are single code points, is an abbreviation."""
    if length + 1 >= len(letters_at):
        return False
    one, behind = letters_at[length], letters_at[length + 1]
    while one < behind:
        same = 0
        while same < length and np.uint32(folds[codes[first + same]]) == letters[one + same]:
            same += 1
        if same == length:
            return True
        one += length
    return False


@inlined
def ends_sentence(codes, begin, end, stop, following, signs, folds, letters, letters_at):  # type: ignore[no-untyped-def]
    """As in :mod:`search.snippets.sentences`: 1, or 0, or :data:`_DOUBT`."""
    if following < end and signs[codes[following]] & LOWER:
        return 0
    if codes[stop] != _STOP:
        return 1
    for at in range(stop, following):
        if codes[at] == _FEED:
            return 1
    low = max(begin, stop - 20)
    last = stop
    if last > low and codes[last - 1] == _FEED:
        last -= 1
    first = last
    decimal, several = True, False
    while first > low and signs[codes[first - 1]] & ALNUM:
        first -= 1
        code = codes[first]
        decimal &= signs[code] & DECIMAL != 0
        if code >= _BMP or folds[code] == DOUBTED:
            return _DOUBT
        several |= folds[code] == SEVERAL
    length = last - first
    if length == 0 or several:
        return 1
    if length == 1 or (decimal and length <= 2):
        return 0
    return 0 if is_abbreviation(codes, first, length, folds, letters, letters_at) else 1


@inlined
def sentence_start(codes, begin, end, first, last, is_first, signs, folds, letters, letters_at):  # type: ignore[no-untyped-def]
    """The first or the last of :func:`search.snippets.sentences.sentence_starts`; :data:`_NONE`, :data:`_DOUBT`."""
    found = _NONE
    at = first
    while at < last:
        sign = signs[codes[at]]
        stop = at
        if codes[at] == _FEED:
            at += 1
        elif sign & CERTAIN:
            while at < last and signs[codes[at]] & CERTAIN:
                at += 1
            while at < last and signs[codes[at]] & CLOSER:
                at += 1
        elif sign & DOUBTFUL:
            while at < last and signs[codes[at]] & DOUBTFUL:
                at += 1
            while at < last and signs[codes[at]] & CLOSER:
                at += 1
            if at == last or not signs[codes[at]] & SPACE:
                at = stop + 1
                continue
        else:
            at += 1
            continue
        while at < last and signs[codes[at]] & SPACE:
            at += 1
        ends = 1
        if not sign & CERTAIN:
            ends = ends_sentence(codes, begin, end, stop, at, signs, folds, letters, letters_at)
        if ends == _DOUBT:
            return _DOUBT
        if ends:
            found = at
            if is_first:
                break
    return found


@inlined
def begins_sentence(codes, begin, end, place, signs, folds, letters, letters_at):  # type: ignore[no-untyped-def]
    """As :func:`search.snippets.sentences.begins_sentence`: 1, or 0, or :data:`_DOUBT`."""
    before, behind = place, place
    feed = False
    while before > begin and signs[codes[before - 1]] & SPACE:
        before -= 1
        feed |= codes[before] == _FEED
    while behind < end and signs[codes[behind]] & SPACE:
        feed |= codes[behind] == _FEED
        behind += 1
    if before == begin or behind == end:
        return 1
    if not feed and not signs[codes[before - 1]] & (CERTAIN | DOUBTFUL | CLOSER):
        return 0
    found = sentence_start(codes, begin, end, max(begin, before - 6), behind, False, signs, folds, letters, letters_at)
    if found == _DOUBT:
        return _DOUBT
    return 1 if found == behind else 0


@inlined
def first_place(codes, begin, end, start, low, spare, signs, folds, letters, letters_at):  # type: ignore[no-untyped-def]
    """Where a passage begins, at most ``spare`` before ``start``; :data:`_DOUBT`."""
    reach = start - spare
    if reach <= low:
        return low
    found = sentence_start(codes, begin, end, reach - 1, start, True, signs, folds, letters, letters_at)
    if found != _NONE:
        return found
    at = reach - 1
    while at < min(end, reach + _NEAR):
        if signs[codes[at]] & (SPACE | COMMA):
            return min(start, at + 1)
        at += 1
    return _DOUBT


@inlined
def last_place(codes, begin, end, stop, wanted, high, length, signs, folds, letters, letters_at):  # type: ignore[no-untyped-def]
    """Where a passage ends, behind ``stop``, about at ``wanted``; :data:`_DOUBT`."""
    if wanted + length // 10 >= high:
        return high
    near = max(stop, wanted - length * 2 // 5)
    first = near - 3 if near - 3 >= stop else stop
    found = sentence_start(codes, begin, end, first, wanted + length // 10, False, signs, folds, letters, letters_at)
    if found != _NONE:
        return found
    at = wanted
    while at > max(stop, wanted - _NEAR):
        if signs[codes[at]] & SPACE or signs[codes[at - 1]] & COMMA:
            return max(stop, at)
        at -= 1
    return _DOUBT


@inlined
def passage_around(codes, begin, end, start, stop, low, high, length, signs, folds, letters, letters_at):  # type: ignore[no-untyped-def]
    """As :meth:`search.snippets.cutting.Cutter.around`; :data:`_DOUBT`."""
    stop = min(stop, start + length)
    spare = length - (stop - start)
    first = first_place(codes, begin, end, start, low, spare // 2, signs, folds, letters, letters_at)
    if first == _DOUBT:
        return _DOUBT, _DOUBT
    last = last_place(
        codes, begin, end, max(stop, first), first + length, high, length, signs, folds, letters, letters_at
    )
    if last == _DOUBT:
        return _DOUBT, _DOUBT
    if last == high and first > low:
        first = first_place(codes, begin, end, first, low, length - (last - first), signs, folds, letters, letters_at)
        if first == _DOUBT:
            return _DOUBT, _DOUBT
    while first < last and signs[codes[first]] & SPACE and is_end_of_grapheme(codes, begin, end, first + 1, signs):
        first += 1
    while first < last and signs[codes[last - 1]] & SPACE and is_end_of_grapheme(codes, begin, end, last - 1, signs):
        last -= 1
    return first, last


@inlined
def length_of(codes, begin, end, length, signs):  # type: ignore[no-untyped-def]
    """How long the passages of a text may be: half as long in wide scripts."""
    wide = 0
    sample = min(end, begin + _SAMPLE)
    for at in range(begin, sample):
        if signs[codes[at]] & WIDE:
            wide += 1
    return max(_LEAST, length // 2 if wide * 3 > sample - begin else length)


@inlined
def as_shown(codes, place, signs, squeezed):  # type: ignore[no-untyped-def]
    """The code point at a place as it is shown."""
    return np.uint32(_BLANK) if squeezed and signs[codes[place]] & SPACE else codes[place]


@inlined
def write_spans(codes, first, last, flags, signs, found, stretches, spans, count):  # type: ignore[no-untyped-def]
    """Writes the spans within a passage by their places in what is shown; how many there are then, and the flags."""
    before = 1 if flags & BEFORE else 0
    squeezed = flags & SQUEEZED != 0
    at, shown = first, before  # how far the passage was walked through, and where that is in what is shown
    for one in range(stretches):
        for side in range(2):
            if found[one, 1] <= first or found[one, 0] >= last:
                continue
            place = max(found[one, 0], first) if side == 0 else min(found[one, 1], last)
            if squeezed:
                while at < place:
                    is_surplus = at > first and signs[codes[at]] & SPACE and signs[codes[at - 1]] & SPACE
                    shown += 0 if is_surplus else 1
                    at += 1
            else:
                shown += place - at
                at = place
            spans[count, side] = shown
            left = np.uint32(_ELLIPSIS)
            right = np.uint32(_ELLIPSIS)
            if place > first:
                left = as_shown(codes, place - 1, signs, squeezed)
            elif not flags & BEFORE:
                continue
            if place < last:
                right = as_shown(codes, place, signs, squeezed)
            elif not flags & AFTER:
                continue
            if is_joined(signs, left, right):
                flags |= WIDER
        if found[one, 1] > first and found[one, 0] < last:
            count += 1
    return count, flags


@inlined
def is_squeezed(codes, first, last, signs):  # type: ignore[no-untyped-def]
    """Whether any white space in a passage is not a single space."""
    was_space = False
    for at in range(first, last):
        is_space = signs[codes[at]] & SPACE != 0
        if is_space and (was_space or codes[at] != _BLANK):
            return True
        was_space = is_space
    return False


@kernel(
    "i8(in u4[:], in i8[:], in i8[:], in u4[:], in u4[:], in u8[:], u4, b1, in i8[:], in u8[:], u8, u8, u8, in u8[:],"
    "in i8[:], in u4[:], in u8[:,:], in i8[:,:], in i8[:], in i8[:], in i8[:], in i8[:], in f8[:], in u2[:], in u2[:],"
    "in u4[:], in i8[:], i8, i8, out i8[:,:], out i8[:,:])"
)
def show_texts(
    codes: NDArray[np.uint32],
    begins: NDArray[np.int64],
    stops: NDArray[np.int64],
    classes: NDArray[np.uint32],
    plain: NDArray[np.uint32],
    pairs: NDArray[np.uint64],
    mid_letter: np.uint32,
    dotless: bool,
    article_starts: NDArray[np.int64],
    articles: NDArray[np.uint64],
    seed: np.uint64,
    multiplier: np.uint64,
    first_letters: np.uint64,
    slots: NDArray[np.uint64],
    form_at: NDArray[np.int64],
    form_codes: NDArray[np.uint32],
    members: NDArray[np.uint64],
    fields: NDArray[np.int64],
    step_at: NDArray[np.int64],
    offsets: NDArray[np.int64],
    sets: NDArray[np.int64],
    slops: NDArray[np.int64],
    weights: NDArray[np.float64],
    signs: NDArray[np.uint16],
    folds: NDArray[np.uint16],
    letters: NDArray[np.uint32],
    letters_at: NDArray[np.int64],
    count: int,
    wanted_length: int,
    rows: NDArray[np.int64],
    spans: NDArray[np.int64],
) -> int:
    """Writes what is shown of each text: of one with an even number all of it, of others at most ``count`` passages.

    ``fields``: (2, 2) which needles are looked for in even texts and in odd ones, from and to; ``step_at`` to ``slops``
    as for :func:`search.snippets.kernels.find_needles`. Returns the number of ``rows``, of which there must be room for
    ``max(1, count)`` a text; a text whose spans have no room in ``spans`` is left. Cost: some four nanoseconds a code
    point.
    """
    words = np.empty((_ROWS, 4), np.int64)
    finds = np.empty((_FINDS, 3), np.int64)
    found = np.empty((_ROWS, 2), np.int64)
    marked = np.empty(_ROWS, np.bool_)
    longest = 1
    for needle in range(len(slops)):
        longest = max(longest, step_at[needle + 1] - step_at[needle])
    taken = np.empty(longest, np.int64)
    gaps = np.empty((count + 1, 2), np.int64)
    chosen = np.empty((count + 1, 2), np.int64)
    row, written = 0, 0
    for text in range(len(begins)):
        begin, end = begins[text], stops[text]
        if text & 1 and (begin == end or count == 0):
            continue
        rows[row, TEXT], rows[row, FIRST], rows[row, LAST], rows[row, SPANS] = text, 0, 0, written
        # Which of its words are looked for, and where needles stand.
        low, high = fields[text & 1, 0], fields[text & 1, 1]
        places, stretches, unsure = 0, 0, False
        if low < high:
            here, unsure = find_forms(
                codes[begin : end + LANES], end - begin, classes, plain, pairs, mid_letter, dotless,
                article_starts, articles, seed, multiplier, first_letters, slots, form_at, form_codes, words,
            )  # fmt: skip
            unsure |= here < 0
            if here > 0 and not unsure:
                for one in range(here):
                    words[one, START] += begin
                    words[one, END] += begin
                    marked[one] = False
                places, stretches = find_needles(
                    words[:here],
                    members,
                    step_at[low : high + 1],
                    offsets,
                    sets,
                    slops[low:high],
                    taken,
                    marked[:here],
                    finds[: min(_FINDS, here * (high - low))],
                    found[:here],
                )
        # Which passages.
        length, passages = 0, 1
        chosen[0, 0], chosen[0, 1] = begin, end
        if text & 1 and not unsure:
            length = length_of(codes, begin, end, wanted_length, signs)
            passages = 0
            gaps[0, 0], gaps[0, 1] = begin, end
            gains = weights[low:high].copy()
            while passages < count and places and not unsure:
                gap, start, stop = choose(finds[:places], gaps[: passages + 1], weights[low:high], length, gains)
                if gap < 0:
                    break
                first, last = passage_around(
                    codes,
                    begin,
                    end,
                    start,
                    stop,
                    gaps[gap, 0],
                    gaps[gap, 1],
                    length,
                    signs,
                    folds,
                    letters,
                    letters_at,
                )
                if first == _DOUBT:
                    unsure = True
                    break
                at = passages
                while at > gap:  # room behind the gap, which falls in two
                    gaps[at + 1, 0], gaps[at + 1, 1] = gaps[at, 0], gaps[at, 1]
                    at -= 1
                gaps[gap + 1, 0], gaps[gap + 1, 1] = last, gaps[gap, 1]
                gaps[gap, 1] = first
                at = passages
                while at > 0 and (
                    chosen[at - 1, 0] > first or (chosen[at - 1, 0] == first and chosen[at - 1, 1] > last)
                ):
                    chosen[at, 0], chosen[at, 1] = chosen[at - 1, 0], chosen[at - 1, 1]
                    at -= 1
                chosen[at, 0], chosen[at, 1] = first, last
                passages += 1
            if passages == 0 and not unsure:
                first, last = passage_around(
                    codes, begin, end, begin, begin, begin, end, length, signs, folds, letters, letters_at
                )
                unsure = first == _DOUBT
                chosen[0, 0], chosen[0, 1] = first, last
                passages = 1
        # What of them is shown.
        kept, kept_spans = row, written
        for passage in range(passages):
            if unsure:
                break
            first, last = chosen[passage, 0], chosen[passage, 1]
            if written + stretches > len(spans):
                unsure = True
                break
            flags = 0
            if text & 1:
                if first >= last:
                    continue
                starts = begins_sentence(codes, begin, end, first, signs, folds, letters, letters_at)
                ends = begins_sentence(codes, begin, end, last, signs, folds, letters, letters_at)
                if starts == _DOUBT or ends == _DOUBT:
                    unsure = True
                    break
                flags = (0 if starts else BEFORE) | (0 if ends else AFTER)
                flags |= SQUEEZED if is_squeezed(codes, first, last, signs) else 0
            written, flags = write_spans(codes, first, last, flags, signs, found, stretches, spans, written)
            rows[row, TEXT], rows[row, FIRST], rows[row, LAST] = text, first - begin, last - begin
            rows[row, FLAGS], rows[row, SPANS] = flags, written
            row += 1
        if unsure:
            row, written = kept, kept_spans
            rows[row, TEXT], rows[row, FLAGS], rows[row, SPANS] = text, UNSURE, written
            row += 1
    return row
