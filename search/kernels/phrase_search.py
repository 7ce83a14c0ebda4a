"""The kernel that finds where the words of a phrase stand in order: see :mod:`search.positions`."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import B1, F4, I8, U4, U8
from index.columnar.postings_kernels import MANY, STRIDE, get_position
from index.compiled import kernel, prefetch
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
from search.kernels.positions import (
    DAMAGED,
    FAR,
    UNCHECKED,
    byte_of,
    freq_of,
    place_of,
    seek,
    sort_places,
)

WINDOW = 1 << 12
"""Candidate documents at a time."""
SPAN = 1 << 18
"""Documents among which a union of lists is looked for at a time: a bit each."""

_WORDS = SPAN // 64


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
                        doc = base + 64 * word + place_of(lowest)
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
