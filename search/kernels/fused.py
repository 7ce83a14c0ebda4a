"""The kernel of a search: one pass over the postings of a segment that matches, scores, filters, counts and ranks.

Documents are met in windows of :data:`WINDOW`, so that what is written for each stays in the processor's cache whatever
the size of the index. In each window

1. every posting list of the query adds its share of the score to the cell of its document, and sets the bit of its
   leaf there; a document met for the first time is noted as touched;
2. of each touched document (of every living one, where a document may match without holding any word) the program of
   its language decides by the bits whether it matches; one that does is held against the filters, counted for the
   facets, and offered to the best ones.

Lists come in *groups*: the lists of one leaf in one text field of one language, whose frequencies add up before they
saturate. The groups of a language stand together, those of its rarest required leaf first: a document without the
leaves of a group's ``gate`` can't match, and where few documents are left they are looked up in the lists instead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from index.columnar.arrays import F4, I4, I8, U1, U4, U8
from index.compiled import kernel, prefetch
from index.engine import NO_DATE
from search.kernels.best import BY_OLDEST, BY_RELEVANCE, COLLECTED, KEPT, READ, TOTAL, is_worse, keep, sort_heap
from search.kernels.positions import seek
from search.kernels.postings import TOO_MANY, first_from, frequency_at, published_at
from search.kernels.programs import holds, met, ones
from search.kernels.segment_table import (
    ALIVE,
    AUTHOR_VALUES,
    AUTHORS,
    AUTHORS_AT,
    BASE,
    COUNT,
    DAY_VALUES,
    DELETIONS,
    DOCS,
    ENTRIES,
    FREQS,
    ID_KEYS,
    LANG_VALUES,
    MANY,
    MANY_AT,
    SECTION_VALUES,
    SOURCE_VALUES,
    b1_at,
    i4_at,
    i8_at,
    u1_at,
    u4_at,
    u8_at,
)

WINDOW = 32_768
"""Documents of a window: with cells, frequencies and lists of what is touched, 0.7 MB a thread."""
BLOCK = 64
"""Postings of a list that are scored together, while the entries of the next ones are fetched."""
SPARSE = 4
"""How many times shorter than a list the documents left must be to be looked up one by one."""
AHEAD = 512
"""Postings of a list whose documents are fetched before they are met."""
FEW_LISTS = 8
"""Lists of a group up to which documents are looked up one by one."""

POSTINGS, FREQUENCIES, SHARES = range(3)
"""Kinds of groups: posting lists of the segment; lists made for this query, of frequencies; of shares of the score."""

FAILS_SECTION, FAILS_LANG, FAILS_SOURCE, FAILS_AUTHOR, FAILS_DATE = 1, 2, 4, 8, 16
"""What a document fails, in the order of :data:`search.request.FACETS`."""


class Scratch(NamedTuple):
    """What a thread writes into: all zero between passes, but for the lists of what is touched."""

    cells: U4
    """(2 * WINDOW) score, as the bits of an f4, and the leaves met: a document's two beside each other."""
    scores: F4
    """The same memory."""
    frequencies: F4
    touched: I4
    of_group: I4
    places: I8
    block_locals: U4
    """(BLOCK) of postings that are scored together, ``block_*``; of matches that may be among the best, ``good_*``."""
    block_places: I8
    block_lengths: F4
    block_shares: F4
    good_docs: U8
    good_firsts: I8
    good_seconds: I8

    @classmethod
    def new(cls) -> Scratch:
        """For one thread."""
        cells = np.zeros(2 * WINDOW, np.uint32)
        touched = np.empty(WINDOW + 1, np.int32)  # one is written before it is known whether it counts
        longs = [np.empty(BLOCK, np.int64) for _ in range(3)]
        return cls(
            cells,
            cells.view(np.float32),
            np.zeros(WINDOW, np.float32),
            touched,
            np.empty_like(touched),
            np.empty(FEW_LISTS, np.int64),
            np.empty(BLOCK, np.uint32),
            longs[0],
            np.empty(BLOCK, np.float32),
            np.empty(BLOCK, np.float32),
            np.empty(BLOCK, np.uint64),
            *longs[1:],
        )


@kernel(
    """void(
        in i8[:,:], i8, i8, i8, i8, i8, i8, i8, i8, i8, i8, f8, i8, i8, i8, i8, i8, u8,
        in i8[:], in i8[:], in f4[:], in u1[:], out i8[:], in i8[:], in i8[:], in i8[:],
        in u1[:], in u4[:], in u4[:], in f4[:], f4, in f4[:], in u4[:], in f4[:],
        in i4[:], in i4[:], in u4[:], in u4[:], in u4[:], in i4[:], in i4[:], in i4[:], in u1[:], in u4[:], out u4[:],
        out i8[:], out i8[:], out u8[:], out i8[:], out f4[:], out u4[:], out f4[:], out i8[:],
        out u4[:], out f4[:], out f4[:], out i4[:], out i4[:],
        out i8[:], out u4[:], out i8[:], out f4[:], out f4[:], out u8[:], out i8[:], out i8[:]
    )"""
)
def search_segments(
    segments: I8,
    # Whether every living document is judged, leaves are only counted, values of columns are leaves too.
    full: int,
    counting: int,
    virtual: int,
    # Whether there are filters; one of the date, its bounds (seconds, inclusive); one of authors.
    failing: int,
    dated: int,
    first_second: int,
    last_second: int,
    by_author: int,
    # Facets to count, as bits of FAILS_*; the order; in how many seconds the lift of new articles halves (0: no lift).
    facets: int,
    sort: int,
    half_life: float,
    now: int,
    # How many of the best are kept (0: all matches are collected), and whether only what stands behind a key.
    most: int,
    beyond: int,
    beyond_first: int,
    beyond_second: int,
    beyond_id: int,
    # Lists: postings from start to stop, and what a frequency of each counts.
    list_starts: I8,
    list_stops: I8,
    list_weights: F4,
    list_kinds: U1,
    cursors: I8,
    # Groups of lists, where those of each language begin, and which languages are those of each segment.
    segment_languages: I8,
    language_groups: I8,
    group_lists: I8,
    group_fields: U1,
    group_bits: U4,
    group_gates: U4,
    group_scales: F4,
    # What is added to a frequency where it saturates: the same for all, and for each word of the text.
    fixed: float,
    group_slopes: F4,
    made_docs: U4,
    made_values: F4,
    # The place of each language among those searched, by number of its value (-1: it is not among them), which program
    # each has (-1: its documents don't match); the programs.
    place_of: I4,
    program_of: I4,
    required: U4,
    forbidden: U4,
    some: U4,
    least: I4,
    program_at: I4,
    operations: I4,
    # Of each value of the index: what it fails, which leaves it meets, how many matches have it.
    value_fails: U1,
    value_leaves: U4,
    value_counts: U4,
    # The best ones: parts of their keys, ids, documents, scores.
    best_firsts: I8,
    best_seconds: I8,
    best_ids: U8,
    best_docs: I8,
    best_scores: F4,
    # All matches, where they are collected.
    collected_docs: U4,
    collected_scores: F4,
    state: I8,
    # Scratch.
    cells: U4,
    scores: F4,
    frequencies: F4,
    touched: I4,
    of_group: I4,
    places: I8,
    block_locals: U4,
    block_places: I8,
    block_lengths: F4,
    block_shares: F4,
    good_docs: U8,
    good_firsts: I8,
    good_seconds: I8,
) -> None:
    """Searches all segments, each a row of :class:`search.kernels.segment_table.SegmentTable`, and puts the best ones
    in order.

    Shapes: ``segment_languages`` (segments + 1), ``language_groups`` (languages + 1), ``group_lists`` (groups + 1),
    ``program_at`` (programs + 1), ``value_*`` one entry a value of the index
    (:class:`search.kernels.segment_table.ValueNumbers`); what they fail and which leaves they meet is only read where
    ``failing`` and ``virtual`` say so; an author is wanted who fails nothing. Cost: some nanoseconds a posting and a
    match.
    """
    zero = np.float32(0)
    # Places are unsigned: an index that may be negative costs a comparison each time.
    one, two, four, eight = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(8)
    lists = group_lists[language_groups[segment_languages[len(segments)]]]
    for one_list in range(lists):
        cursors[one_list] = list_starts[one_list]
    kept, total, collected, read = state[KEPT], state[TOTAL], state[COLLECTED], state[READ]
    for number in range(len(segments)):
        first_language, last_language = segment_languages[number], segment_languages[number + 1]
        if full == 0 and first_language == last_language:
            continue
        segment = segments[number]
        base, count, deletions = segment[BASE], segment[COUNT], segment[DELETIONS]
        docs, freqs = u4_at(segment[DOCS], segment[DOCS + 1]), u1_at(segment[FREQS], segment[FREQS + 1])
        many_at, many = i8_at(segment[MANY_AT], segment[MANY_AT + 1]), u4_at(segment[MANY], segment[MANY + 1])
        entries, alive = u4_at(segment[ENTRIES], segment[ENTRIES + 1]), b1_at(segment[ALIVE], segment[ALIVE + 1])
        id_keys = u8_at(segment[ID_KEYS], segment[ID_KEYS + 1])
        authors_at = i8_at(segment[AUTHORS_AT], segment[AUTHORS_AT + 1])
        authors = u4_at(segment[AUTHORS], segment[AUTHORS + 1])
        section_values = i4_at(segment[SECTION_VALUES], segment[SECTION_VALUES + 1])
        lang_values = i4_at(segment[LANG_VALUES], segment[LANG_VALUES + 1])
        source_values = i4_at(segment[SOURCE_VALUES], segment[SOURCE_VALUES + 1])
        author_values = i4_at(segment[AUTHOR_VALUES], segment[AUTHOR_VALUES + 1])
        day_values = i4_at(segment[DAY_VALUES], segment[DAY_VALUES + 1])
        # Where lists begin, and the entries of documents of short ones, are far reads, all of them under way at once.
        first_group, last_group = language_groups[first_language], language_groups[last_language]
        for one_list in range(group_lists[first_group], group_lists[last_group]):
            if list_kinds[one_list] == POSTINGS:
                prefetch(segment[DOCS] + 4 * list_starts[one_list])
                prefetch(segment[FREQS] + list_starts[one_list])
        for group in range(first_group, last_group):
            if group_gates[group] != 0 or list_kinds[group_lists[group]] != POSTINGS:
                continue
            for one_list in range(group_lists[group], group_lists[group + 1]):
                for at_doc in range(list_starts[one_list], min(list_stops[one_list], list_starts[one_list] + AHEAD)):
                    prefetch(segment[ENTRIES] + 32 * np.int64(docs[at_doc]))
        for window in range(0, count, WINDOW):
            width = np.uint64(min(WINDOW, count - window))
            last_local = width - one
            first_doc = np.uint64(window)
            met_docs = np.int64(0)
            # Step 1: every list adds its shares.
            for language in range(first_language, last_language):
                begun = met_docs
                for group in range(language_groups[language], language_groups[language + 1]):
                    gate, bit, kind = group_gates[group], group_bits[group], list_kinds[group_lists[group]]
                    if gate != 0 and met_docs == begun:
                        break
                    scale, slope = group_scales[group], group_slopes[group]
                    length_at = four + np.uint64(group_fields[group])
                    low, high = group_lists[group], group_lists[group + 1]
                    if kind != POSTINGS:
                        for one_list in range(low, high):
                            at = np.uint64(first_from(made_docs, cursors[one_list], list_stops[one_list], window))
                            stop = np.uint64(list_stops[one_list])
                            while at < stop:
                                local = np.uint64(made_docs[at]) - first_doc
                                if local >= width:
                                    break
                                cell = local * two
                                seen = cells[cell + one]
                                value = made_values[at]
                                at += one
                                if seen & gate != gate:
                                    continue
                                if kind == FREQUENCIES:
                                    length = np.float32(entries[(first_doc + local) * eight + length_at])
                                    value = scale * value / (value + fixed + slope * length)
                                if seen == 0:
                                    touched[met_docs] = local
                                    met_docs += 1
                                scores[cell] += value
                                cells[cell + one] = met(seen, bit, counting)
                            cursors[one_list] = np.int64(at)
                        continue
                    if gate != 0 and high - low <= FEW_LISTS:
                        ahead = np.int64(0)
                        for one_list in range(low, high):
                            ahead += list_stops[one_list] - cursors[one_list]
                        if ahead > (met_docs - begun) * SPARSE * ((count - window) // WINDOW + 1):
                            # Few documents are left: each is looked up in the lists, from where the one before stood.
                            before_doc = np.int64(-1)
                            for i in range(begun, met_docs):
                                local = np.uint64(touched[i])
                                cell = local * two
                                seen = cells[cell + one]
                                if seen & gate != gate:
                                    continue
                                left_doc = np.int64(first_doc + local)
                                frequency = zero
                                for one_list in range(low, high):
                                    place = places[one_list - low] if left_doc > before_doc else cursors[one_list]
                                    if before_doc < 0:
                                        place = cursors[one_list]
                                    place = seek(docs, place, list_stops[one_list], np.uint32(left_doc))
                                    places[one_list - low] = place
                                    if place < list_stops[one_list] and np.int64(docs[place]) == left_doc:
                                        frequency += list_weights[one_list] * frequency_at(freqs, many_at, many, place)
                                before_doc = left_doc
                                read += high - low
                                if frequency > zero:
                                    length = np.float32(entries[(first_doc + local) * eight + length_at])
                                    scores[cell] += scale * frequency / (frequency + fixed + slope * length)
                                    cells[cell + one] = met(seen, bit, counting)
                            continue
                    # The frequencies of all lists but the longest add up first, then those of the longest come to them,
                    # and what is left is of documents that this one does not hold.
                    longest = low
                    for one_list in range(low + 1, high):
                        if list_stops[one_list] - list_starts[one_list] > list_stops[longest] - list_starts[longest]:
                            longest = one_list
                    in_group = np.int64(0)
                    for one_list in range(low, high):
                        if one_list == longest:
                            continue
                        weight = list_weights[one_list]
                        at = np.uint64(first_from(docs, cursors[one_list], list_stops[one_list], window))
                        begin, stop = at, np.uint64(list_stops[one_list])
                        while at < stop:
                            local = np.uint64(docs[at]) - first_doc
                            if local >= width:
                                break
                            if gate == 0 or cells[local * two + one] & gate == gate:
                                before = frequencies[local]
                                frequencies[local] = before + weight * frequency_at(freqs, many_at, many, at)
                                if before == zero:
                                    of_group[in_group] = local
                                    in_group += 1
                            at += one
                        cursors[one_list] = np.int64(at)
                        read += np.int64(at - begin)
                    weight, alone = list_weights[longest], high - low == 1
                    at = first_from(docs, cursors[longest], list_stops[longest], window)
                    stop = first_from(docs, at, list_stops[longest], window + WINDOW)
                    cursors[longest] = stop
                    read += stop - at
                    while at < stop and gate != 0:
                        # Those that pass, without a branch that nobody can foretell.
                        size = np.int64(0)
                        while at < stop and size < BLOCK:
                            local = min(np.uint64(docs[at]) - first_doc, last_local)
                            block_locals[size], block_places[size] = np.uint32(local), at
                            size += np.int64(cells[local * two + one] & gate == gate)
                            at += 1
                        for i in range(size):
                            local = np.uint64(block_locals[i])
                            cell = local * two
                            frequency = weight * frequency_at(freqs, many_at, many, block_places[i])
                            frequency += frequencies[local]
                            frequencies[local] = zero
                            length = np.float32(entries[(first_doc + local) * eight + length_at])
                            scores[cell] += scale * frequency / (frequency + fixed + slope * length)
                            cells[cell + one] = met(cells[cell + one], bit, counting)
                    while at < stop:
                        # Block by block: far reads, many of them under way at once; then sums; then cells.
                        size = min(np.int64(BLOCK), stop - at)
                        for i in range(min(size, stop - at - BLOCK)):
                            prefetch(segment[ENTRIES] + 32 * np.int64(docs[at + BLOCK + i]))
                        for i in range(size):
                            local = min(np.uint64(docs[at + i]) - first_doc, last_local)
                            block_locals[i] = np.uint32(local)
                            block_lengths[i] = np.float32(entries[(first_doc + local) * eight + length_at])
                            block_shares[i] = np.float32(freqs[at + i])
                        for i in range(size):
                            if block_shares[i] == np.float32(TOO_MANY):
                                block_shares[i] = frequency_at(freqs, many_at, many, at + i)
                        for i in range(0 if alone else size):
                            local = np.uint64(block_locals[i])
                            block_shares[i] = frequencies[local] + weight * block_shares[i]
                            frequencies[local] = zero
                        factor = weight if alone else np.float32(1)
                        for i in range(size):
                            frequency = factor * block_shares[i]
                            block_shares[i] = scale * frequency / (frequency + fixed + slope * block_lengths[i])
                        for i in range(size):
                            local = np.uint64(block_locals[i])
                            cell = local * two
                            seen = cells[cell + one]
                            touched[met_docs] = np.int32(local)
                            met_docs += np.int64(seen == 0)
                            scores[cell] += block_shares[i]
                            cells[cell + one] = met(seen, bit, counting)
                        at += size
                    for i in range(in_group):
                        local = np.uint64(of_group[i])
                        frequency = frequencies[local]
                        if frequency == zero:
                            continue
                        frequencies[local] = zero
                        cell = local * two
                        length = np.float32(entries[(first_doc + local) * eight + length_at])
                        seen = cells[cell + one]
                        if seen == 0:
                            touched[met_docs] = local
                            met_docs += 1
                        scores[cell] += scale * frequency / (frequency + fixed + slope * length)
                        cells[cell + one] = met(seen, bit, counting)
            # Step 2: every document that may match is judged.
            judged = int(width) if full != 0 else int(met_docs)
            for block in range(0, judged, BLOCK):
                good = np.int64(0)
                for i in range(block, min(block + BLOCK, judged)):
                    local = np.uint64(i) if full != 0 else np.uint64(touched[i])
                    cell = local * two
                    score, score_bits, seen = scores[cell], cells[cell], cells[cell + one]
                    cells[cell] = 0
                    cells[cell + one] = 0
                    doc = first_doc + local
                    if deletions != 0 and not alive[doc]:
                        continue
                    entry = doc * eight
                    lang = np.uint64(lang_values[entries[entry + one]])
                    if place_of[lang] < 0 or program_of[np.uint64(place_of[lang])] < 0:
                        continue
                    program = np.uint64(program_of[np.uint64(place_of[lang])])
                    if counting != 0:
                        if np.int64(seen & np.uint32(0xFFFF)) < least[program]:
                            continue
                    else:
                        if virtual != 0:
                            seen |= value_leaves[lang] | value_leaves[section_values[entries[entry]]]
                            seen |= value_leaves[source_values[entries[entry + two]]]
                        if required[program] & ~seen != 0 or forbidden[program] & seen != 0:
                            continue
                        if least[program] != 0 and ones(seen & some[program]) < least[program]:
                            continue
                        if program_at[program] < program_at[program + one] and not holds(
                            operations, program_at[program], program_at[program + one], seen
                        ):
                            continue
                    section = np.uint64(section_values[entries[entry]])
                    source = np.uint64(source_values[entries[entry + two]])
                    fails = np.int64(0)
                    if failing != 0:
                        fails = np.int64(value_fails[section] | value_fails[lang] | value_fails[source])
                        if dated != 0:
                            second = published_at(entries, entry)
                            if second == NO_DATE or second < first_second or second > last_second:
                                fails |= FAILS_DATE
                        if by_author != 0:
                            wanted = False
                            for at_author in range(authors_at[doc], authors_at[doc + one]):
                                wanted = wanted or value_fails[author_values[authors[at_author]]] == 0
                            if not wanted:
                                fails |= FAILS_AUTHOR
                        if fails & (fails - 1) != 0:
                            continue
                    counted = facets if fails == 0 else facets & fails
                    if counted & FAILS_SECTION:
                        value_counts[section] += 1
                    if counted & FAILS_LANG:
                        value_counts[lang] += 1
                    if counted & FAILS_SOURCE:
                        value_counts[source] += 1
                    if counted & FAILS_DATE:
                        value_counts[np.uint64(day_values[entries[entry + two + one]])] += 1
                    if counted & FAILS_AUTHOR:
                        for at_author in range(authors_at[doc], authors_at[doc + one]):
                            value_counts[author_values[authors[at_author]]] += 1
                    if fails != 0:
                        continue
                    total += 1
                    if half_life > 0 and published_at(entries, entry) != NO_DATE:
                        age = max(np.int64(0), now - published_at(entries, entry))
                        score *= np.float32(1 + 2.0 ** (-age / half_life))
                        scores[cell] = score
                        score_bits = cells[cell]
                        cells[cell] = 0
                    if most > 0:
                        first, second = np.int64(score_bits), published_at(entries, entry)
                        if sort != BY_RELEVANCE:
                            first, second = second, np.int64(0)
                            if sort == BY_OLDEST and first != NO_DATE:
                                first = ~first
                        if kept == most and first < best_firsts[0]:
                            continue
                        prefetch(segment[ID_KEYS] + 8 * np.int64(doc))
                        good_docs[good], good_firsts[good], good_seconds[good] = np.int64(doc), first, second
                        block_shares[good] = score
                        good += 1
                    elif collected < len(collected_docs):
                        collected_docs[collected] = np.uint32(base + np.int64(doc))
                        collected_scores[collected] = score
                        collected += 1
                # Those that may be among the best are compared when their ids are there.
                for i in range(good):
                    first, second, key = good_firsts[i], good_seconds[i], id_keys[np.uint64(good_docs[i])]
                    if kept == most and first < best_firsts[0]:
                        continue
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
                        base + good_docs[i],
                        block_shares[i],
                    )
    sort_heap(best_firsts, best_seconds, best_ids, best_docs, best_scores, kept)
    state[KEPT], state[TOTAL], state[COLLECTED], state[READ] = kept, total, collected, read
