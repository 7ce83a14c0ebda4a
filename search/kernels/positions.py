"""The kernel that finds where the words of a phrase stand in order, and what kernels read positions with.

They read postings as :mod:`index.columnar.postings` has them, in a segment's arrays:

===================  =====  ==========================================================================
``docs``             u4     document of each posting, ascending in each list
``freqs``            u1     how often it holds the form; 255: see ``many``
``many_at, many``    i8 u4  postings with 255 and more, ascending, and how often these do
``positions``        u1     positions as :mod:`index.columnar.postings_kernels` encodes them
``strides``          i8     where those of every 64th posting begin
===================  =====  ==========================================================================

A list is a range of postings. Whatever the bytes are, nothing is read outside of these arrays: what does not fit
together ends a kernel with :data:`DAMAGED`.
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import B1, F4, I8, U4, U8
from index.columnar.postings_kernels import MANY, STRIDE, get_position
from index.compiled import inlined, kernel, prefetch
from search.kernels.position_table import (
    ALIVE,
    DELETIONS,
    DOCS,
    EXCEPTIONS,
    EXCEPTIONS_AT,
    FREQ_WORDS,
    FREQS,
    POSITION_WORDS,
    POSITIONS,
    STRIDES,
    b1_at,
    has_checked,
    i8_at,
    u1_at,
    u4_at,
    u8_at,
)

DAMAGED, UNCHECKED = -1, -2
"""What a kernel returns for postings that can't be read, and for such as were not compared with their checksums yet."""
WINDOW = 1 << 14
"""Candidate documents at a time."""
SPAN = 1 << 18
"""Documents among which a union of lists is looked for at a time: a bit each."""

_WORDS = SPAN // 64
_BLOCK = 8
_ONES, _TOPS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)  # an escape is a byte of ones
_EVEN, _LANES = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0001000100010001)
FAR = 1 << 62
"""Behind all positions and documents."""
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_PLACE = np.zeros(64, np.int64)  # which bit a power of two is, by the top six bits of its product with the above
_PLACE[[(int(_DE_BRUIJN) << bit) % 2**64 >> 58 for bit in range(64)]] = range(64)


@inlined
def seek(values, low, stop, wanted):  # type: ignore[no-untyped-def]
    """The first place from ``low`` on whose value is ``wanted`` or more; ``stop`` where there is none."""
    step = np.int64(_BLOCK)
    while low + step <= stop and values[low + step - 1] < wanted:
        low += step
        step *= 2
    step = min(step, stop - low)  # of these values the first that is great enough is one, or the next behind them
    while step > _BLOCK:
        half = step >> 1
        low += half if values[low + half - 1] < wanted else 0
        step -= half
    before = np.int64(0)
    if step == _BLOCK:
        for k in range(_BLOCK):
            before += np.int64(values[low + k] < wanted)
    else:
        for k in range(step):
            before += np.int64(values[low + k] < wanted)
    return low + before


@inlined
def freq_of(freqs, many_at, many, posting):  # type: ignore[no-untyped-def]
    """How often the document of ``posting`` holds the form; -1 where that is not written down."""
    freq = np.int64(freqs[posting])
    if freq < MANY:
        return freq
    at = seek(many_at, np.int64(0), np.int64(len(many_at)), posting)
    if at < len(many_at) and at < len(many) and many_at[at] == posting:
        return np.int64(many[at])
    return np.int64(-1)


@inlined
def count_before(freqs, freq_words, many_at, many, first, posting):  # type: ignore[no-untyped-def]
    """How many positions the postings ``first`` to ``posting - 1`` of one stride have; -1 where that is not written
    down. Eight frequencies at a time: their bytes added in pairs, in lanes of two bytes."""
    count = np.int64(0)
    word, last = first >> 3, posting >> 3
    plain = last < len(freq_words)
    if plain:
        sums, escapes = np.uint64(0), np.uint64(0)
        while word <= last:
            eight = freq_words[word]
            if word == last:
                eight &= (np.uint64(1) << np.uint64(8 * (posting & 7))) - np.uint64(1)
            if word == first >> 3:
                eight &= ~((np.uint64(1) << np.uint64(8 * (first & 7))) - np.uint64(1))
            escapes |= (~eight - _ONES) & eight & _TOPS
            sums += (eight & _EVEN) + ((eight >> np.uint64(8)) & _EVEN)
            word += 1
        count = np.int64((sums * _LANES) >> np.uint64(48))
        plain = escapes == 0
    if not plain:
        count = np.int64(0)
        for k in range(first, posting):
            freq = freq_of(freqs, many_at, many, np.int64(k))
            if freq < 0:
                return np.int64(-1)
            count += freq
    return count


@inlined
def byte_after(positions, position_words, at, count):  # type: ignore[no-untyped-def]
    """Where ``count`` positions from byte ``at`` on end; -1 where that is not within the array. Eight bytes at a time,
    as far as none of them is an escape."""
    size, whole = np.int64(len(positions)), np.int64(len(position_words))
    if at < 0 or at > size:
        return np.int64(-1)
    while count > 0:
        word = at >> 3
        if word + 1 < whole and count >= 8:
            shift = np.uint64(8 * (at & 7))
            eight = position_words[word] >> shift
            if shift:
                eight |= position_words[word + 1] << (np.uint64(64) - shift)
            escape = (~eight - _ONES) & eight & _TOPS
            if escape == 0:
                at += 8
                count -= 8
            else:
                before = _PLACE[np.int64(((escape & (~escape + np.uint64(1))) * _DE_BRUIJN) >> np.uint64(58))] >> 3
                at += before + 5
                count -= before + 1
        elif at < size:
            at += 5 if positions[at] == MANY else 1
            count -= 1
        else:
            return np.int64(-1)
    return at if at <= size else np.int64(-1)


@inlined
def byte_of(  # type: ignore[no-untyped-def]
    freqs, freq_words, many_at, many, positions, position_words, strides, posting, known, known_byte
):
    """Where the positions of ``posting`` begin; -1 where they can't be reached. ``known``: a posting before it (or
    itself) whose positions begin at ``known_byte``, or -1."""
    mark = posting // STRIDE
    first, at = mark * STRIDE, strides[mark]
    if known >= first:
        first, at = known, known_byte
    count = count_before(freqs, freq_words, many_at, many, first, posting)
    return byte_after(positions, position_words, at, count) if count >= 0 else np.int64(-1)


@inlined
def sort_places(places, labels, low, high):  # type: ignore[no-untyped-def]
    """Sorts ``places[low:high]`` and their labels with them: by gaps, so that no order is slow."""
    gap = np.int64(1)
    while gap < (high - low) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(low + gap, high):
            place, label = places[k], labels[k]
            j = np.int64(k)
            while j >= low + gap and places[j - gap] > place:
                places[j], labels[j] = places[j - gap], labels[j - gap]
                j -= gap
            places[j], labels[j] = place, label
        gap //= 3


@kernel(
    "(i8,i8)(in i8[:,:], i8, in i8[:], in i8[:], in i8[:], in i8[:], in i8[:], in i8[:], in i8[:], in f4[:],"
    " out u8[:], out u4[:], out b1[:], out i8[:], out i8[:], out i8[:],"
    " out i8[:], out i8[:], out i8[:], out f4[:], out f4[:], out u4[:], out f4[:], out i8[:])"
)
def find_phrases(
    table: I8,
    checking: int,
    phrase_segments: I8,
    phrase_steps: I8,
    slops: I8,
    steps_at: I8,
    step_lists: I8,
    starts: I8,
    lengths: I8,
    list_weights: F4,
    bits: U8,
    candidates: U4,
    hit: B1,
    rooms: I8,
    lows: I8,
    highs: I8,
    begins: I8,
    places: I8,
    nearest: I8,
    weights: F4,
    nearest_weights: F4,
    out_docs: U4,
    out_counts: F4,
    out_ends: I8,
) -> tuple[int, int]:
    """Finds the living documents that hold each of some phrases, and how often: see :mod:`search.positions`.

    ``table``: of :class:`search.kernels.position_table.PositionTable`. Phrase p is looked for in the segment
    ``phrase_segments[p]`` and has the steps ``phrase_steps[p]`` to ``phrase_steps[p + 1] - 1``, step s stands at
    ``steps_at[s]`` and has the lists ``step_lists[s]`` to ``step_lists[s + 1] - 1``. Scratch: ``bits`` (:data:`SPAN` /
    64); ``candidates`` to ``highs`` (:data:`WINDOW`); ``begins`` to ``nearest_weights`` as long as the positions of one
    document need. ``out_docs`` and ``out_counts`` hold what the rarest steps of the phrases have together;
    ``out_ends[p]`` becomes where the documents of phrase p begin in them, a last entry where all end. Returns how many
    there are, and 0; or :data:`DAMAGED` and the segment; or :data:`UNCHECKED`, where that is to be looked at
    (``checking``) and some list was not compared with its checksums; or in place of the 0 how long the scratch must be
    for a document that has more positions.
    """
    written = np.int64(0)
    filtering, reading = starts.copy(), starts.copy()  # where each list is, of the two times that it is gone through
    totals, order = np.zeros(len(steps_at), np.int64), np.zeros(len(steps_at), np.int64)
    for phrase in range(len(phrase_segments)):
        segment = table[phrase_segments[phrase]]
        for one in range(step_lists[phrase_steps[phrase]], step_lists[phrase_steps[phrase + 1]]):
            stop = starts[one] + lengths[one]
            if checking and not has_checked(segment, starts[one], stop, True):
                return UNCHECKED, 0
            if starts[one] < 0 or lengths[one] < 0 or stop > segment[DOCS + 1]:
                return DAMAGED, phrase_segments[phrase]
            # Far reads, all of them under way at once.
            prefetch(segment[DOCS] + 4 * starts[one])
            prefetch(segment[FREQS] + starts[one])
            prefetch(segment[STRIDES] + 8 * (starts[one] // STRIDE))
    for phrase in range(len(phrase_segments)):
        segment = table[phrase_segments[phrase]]
        deletions = segment[DELETIONS] != 0
        docs, alive = u4_at(segment[DOCS], segment[DOCS + 1]), b1_at(segment[ALIVE], segment[ALIVE + 1])
        freqs = u1_at(segment[FREQS], segment[FREQS + 1])
        freq_words = u8_at(segment[FREQ_WORDS], segment[FREQ_WORDS + 1])
        many_at = i8_at(segment[EXCEPTIONS_AT], segment[EXCEPTIONS_AT + 1])
        many = u4_at(segment[EXCEPTIONS], segment[EXCEPTIONS + 1])
        positions = u1_at(segment[POSITIONS], segment[POSITIONS + 1])
        position_words = u8_at(segment[POSITION_WORDS], segment[POSITION_WORDS + 1])
        strides = i8_at(segment[STRIDES], segment[STRIDES + 1])
        size = np.int64(len(positions))
        first_step, last_step = phrase_steps[phrase], phrase_steps[phrase + 1]
        steps = last_step - first_step
        slop = slops[phrase]
        out_ends[phrase] = written

        # The steps, the rarest first.
        rarest = np.int64(FAR)
        for s in range(first_step, last_step):
            total = np.int64(0)
            for one in range(step_lists[s], step_lists[s + 1]):
                total += lengths[one]
            totals[s] = total
            rarest = min(rarest, total)
            j = np.int64(s)
            while j > first_step and totals[order[j - 1]] > total:
                order[j] = order[j - 1]
                j -= 1
            order[j] = s
        if steps == 0 or rarest == 0:
            continue
        rare = order[first_step]
        rare_lists, rare_stop = step_lists[rare], step_lists[rare + 1]
        base, words, word, last_doc = np.int64(0), np.int64(0), np.int64(0), np.int64(-1)
        merging = rarest * (rare_stop - rare_lists) < len(alive) >> 6  # else by bits, one for each document there is

        while True:
            # The next documents of the rarest step that are alive.
            count = np.int64(0)
            if rare_stop - rare_lists == 1:
                i, stop = filtering[rare_lists], starts[rare_lists] + lengths[rare_lists]
                while i < stop and count < WINDOW:
                    doc = np.int64(docs[i])
                    if doc <= last_doc or doc >= len(alive):
                        return DAMAGED, phrase_segments[phrase]
                    last_doc = doc
                    candidates[count] = np.uint32(doc)
                    count += not deletions or alive[doc]
                    i += 1
                filtering[rare_lists] = i
                if count == 0:
                    break
            elif merging:
                while count < WINDOW:
                    doc = np.int64(FAR)
                    for one in range(rare_lists, rare_stop):
                        if filtering[one] < starts[one] + lengths[one]:
                            doc = min(doc, np.int64(docs[filtering[one]]))
                    if doc == FAR:
                        break
                    if doc <= last_doc or doc >= len(alive):
                        return DAMAGED, phrase_segments[phrase]
                    for one in range(rare_lists, rare_stop):
                        i = filtering[one]
                        filtering[one] += i < starts[one] + lengths[one] and np.int64(docs[i]) == doc
                    last_doc = doc
                    candidates[count] = np.uint32(doc)
                    count += not deletions or alive[doc]
                if count == 0:
                    break
            else:
                if word == words:  # the next span of documents
                    base = np.int64(FAR)
                    for one in range(rare_lists, rare_stop):
                        if filtering[one] < starts[one] + lengths[one]:
                            base = min(base, np.int64(docs[filtering[one]]))
                    if base == FAR:
                        break
                    words = min(np.int64(_WORDS), ((np.int64(len(alive)) - base) >> 6) + 1)
                    bits[:words] = np.uint64(0)
                    for one in range(rare_lists, rare_stop):
                        i, stop = filtering[one], starts[one] + lengths[one]
                        while i < stop and np.int64(docs[i]) < base + SPAN:
                            place = np.int64(docs[i]) - base
                            if place < 0 or base + place >= len(alive):
                                return DAMAGED, phrase_segments[phrase]
                            bits[place >> 6] |= np.uint64(1) << np.uint64(place & 63)
                            i += 1
                        filtering[one] = i
                    word = np.int64(0)
                while word < words and count <= WINDOW - 64:
                    left = bits[word]
                    while left != 0:
                        lowest = left & (~left + np.uint64(1))
                        doc = base + 64 * word + _PLACE[np.int64((lowest * _DE_BRUIJN) >> np.uint64(58))]
                        candidates[count] = np.uint32(doc)
                        count += not deletions or alive[doc]
                        left ^= lowest
                    word += 1

            # Those that hold the other steps too; a step that says the same as the one before it says nothing new.
            for s in range(first_step + 1, last_step):
                step, before = order[s], order[s - 1]
                shift = step_lists[step] - step_lists[before]
                same = step_lists[step + 1] - step_lists[before + 1] == shift
                if same:
                    for one in range(step_lists[before], step_lists[before + 1]):
                        same &= starts[one] == starts[one + shift]
                if same or count == 0:
                    continue
                hit[:count] = False
                for one in range(step_lists[step], step_lists[step + 1]):
                    i, stop, c = filtering[one], starts[one] + lengths[one], np.int64(0)
                    while c < count:
                        i = seek(docs, i, stop, candidates[c])
                        if i == stop:
                            break
                        if docs[i] == candidates[c]:
                            hit[c] = True
                            prefetch(segment[FREQS] + i)
                            prefetch(segment[STRIDES] + 8 * (i // STRIDE))
                            c += 1
                            i += 1
                        else:
                            c = seek(candidates, c + 1, count, docs[i])
                    filtering[one] = i
                kept = np.int64(0)
                for c in range(count):
                    candidates[kept] = candidates[c]
                    kept += hit[c]
                count = kept
            if count == 0:
                continue

            # How many positions the first step to be read has in each: the rarest, or where others may lie between
            # the words, the first of the phrase.
            lead = first_step if slop else rare
            rooms[:count] = 0
            for one in range(step_lists[lead], step_lists[lead + 1]):
                i, stop, c = reading[one], starts[one] + lengths[one], np.int64(0)
                while c < count:
                    i = seek(docs, i, stop, candidates[c])
                    if i == stop:
                        break
                    if docs[i] == candidates[c]:
                        freq = freq_of(freqs, many_at, many, i)
                        if freq < 0 or freq > size:
                            return DAMAGED, phrase_segments[phrase]
                        rooms[c] += freq
                        prefetch(segment[STRIDES] + 8 * (i // STRIDE))
                        c += 1
                        i += 1
                    else:
                        c = seek(candidates, c + 1, count, docs[i])

            done = np.int64(0)
            while done < count:
                # As many of these documents as there is room for their positions.
                room, until = np.int64(0), done
                while until < count and room + rooms[until] <= len(begins):
                    lows[until] = highs[until] = room
                    room += rooms[until]
                    until += 1
                if until == done:
                    return 0, rooms[done]

                # The positions of the first step, where the phrase begins if it does.
                shift = steps_at[lead] - steps_at[first_step]
                for one in range(step_lists[lead], step_lists[lead + 1]):
                    i, stop, c = reading[one], starts[one] + lengths[one], done
                    known, byte = np.int64(-1), np.int64(0)
                    while c < until:
                        i = seek(docs, i, stop, candidates[c])
                        if i == stop:
                            break
                        if docs[i] == candidates[c]:
                            byte = byte_of(
                                freqs, freq_words, many_at, many, positions, position_words, strides, i, known, byte
                            )
                            known = i
                            freq = freq_of(freqs, many_at, many, i)
                            to = highs[c]
                            if byte < 0 or to + freq > lows[c] + rooms[c]:
                                return DAMAGED, phrase_segments[phrase]
                            at, position = byte, -shift
                            for _ in range(freq):
                                if at >= size or (positions[at] == MANY and at + 5 > size):
                                    return DAMAGED, phrase_segments[phrase]
                                distance, at = get_position(positions, at)
                                position += distance
                                begins[to] = position
                                weights[to] = list_weights[one]
                                to += 1
                            highs[c] = to
                            c += 1
                            i += 1
                        else:
                            c = seek(candidates, c + 1, until, docs[i])
                    reading[one] = i
                several = step_lists[lead + 1] - step_lists[lead] > 1
                for c in range(done, until):
                    low, high, kept = lows[c], highs[c], lows[c]
                    if several:
                        sort_places(begins, weights, low, high)
                    for p in range(low, high):
                        if kept > low and begins[p] == begins[kept - 1]:
                            weights[kept - 1] = max(weights[kept - 1], weights[p])
                        elif begins[p] >= 0:
                            begins[kept] = places[kept] = begins[p]
                            weights[kept] = weights[p]
                            kept += 1
                    highs[c] = kept

                # The other steps: of each begun phrase, the first position that goes on with it.
                left, reached = until, steps_at[first_step]
                for s in range(first_step, last_step):
                    step = np.int64(s) if slop else order[s]
                    if step == lead or left == done:
                        continue
                    ahead = steps_at[step] - (reached if slop else steps_at[first_step])
                    reached = steps_at[step]
                    for c in range(done, left):
                        for p in range(lows[c], highs[c]):
                            places[p] = ahead + (places[p] if slop else begins[p])
                            nearest[p] = FAR
                    for one in range(step_lists[step], step_lists[step + 1]):
                        i, stop, c = reading[one], starts[one] + lengths[one], done
                        known, byte = np.int64(-1), np.int64(0)
                        weight = list_weights[one]
                        while c < left:
                            i = seek(docs, i, stop, candidates[c])
                            if i == stop:
                                break
                            if docs[i] == candidates[c]:
                                byte = byte_of(
                                    freqs, freq_words, many_at, many, positions, position_words, strides, i, known, byte
                                )
                                known = i
                                freq = freq_of(freqs, many_at, many, i)
                                if byte < 0 or freq < 0:
                                    return DAMAGED, phrase_segments[phrase]
                                at, position, p, high = byte, np.int64(0), lows[c], highs[c]
                                for _ in range(freq):
                                    if at >= size or (positions[at] == MANY and at + 5 > size):
                                        return DAMAGED, phrase_segments[phrase]
                                    distance, at = get_position(positions, at)
                                    position += distance
                                    while p < high and places[p] <= position:
                                        if position < nearest[p]:
                                            nearest[p], nearest_weights[p] = position, weight
                                        elif position == nearest[p]:
                                            nearest_weights[p] = max(nearest_weights[p], weight)
                                        p += 1
                                    if p == high:
                                        break
                                c += 1
                                i += 1
                            else:
                                c = seek(candidates, c + 1, left, docs[i])
                        reading[one] = i
                    most = steps_at[step] - steps_at[first_step] + slop
                    stay = done
                    for c in range(done, left):
                        low, kept = lows[c], lows[c]
                        for p in range(low, highs[c]):
                            if nearest[p] - begins[p] <= most:
                                begins[kept], places[kept] = begins[p], nearest[p]
                                weights[kept] = min(weights[p], nearest_weights[p])
                                kept += 1
                        if kept > low:
                            candidates[stay], lows[stay], highs[stay] = candidates[c], low, kept
                            stay += 1
                    left = stay

                for c in range(done, left):
                    total_weight = np.float64(0)
                    for p in range(lows[c], highs[c]):
                        total_weight += np.float64(weights[p])
                    if highs[c] > lows[c]:
                        if written == len(out_docs):
                            return DAMAGED, phrase_segments[phrase]
                        out_docs[written] = candidates[c]
                        out_counts[written] = np.float32(total_weight)
                        written += 1
                done = until
    out_ends[len(phrase_segments)] = written
    return written, 0
