"""The kernel that looks at documents for what lifts them: see :mod:`search.lifts`."""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import B1, F4, I4, I8, U8
from index.columnar.postings_kernels import MANY, STRIDE, get_position
from index.compiled import kernel, prefetch
from search.kernels.best import sort_first
from search.kernels.position_table import (
    BASE,
    DOCS,
    ENTRIES,
    EXCEPTIONS,
    EXCEPTIONS_AT,
    FREQ_WORDS,
    FREQS,
    LANGS,
    POSITION_WORDS,
    POSITIONS,
    STRIDES,
    has_checked,
    i4_at,
    i8_at,
    u1_at,
    u4_at,
    u8_at,
)
from search.kernels.positions import DAMAGED, FAR, UNCHECKED, byte_of, seek, sort_places

MOST_WORDS = 32
"""A query of more words is not lifted."""
ENTRY, LANG = 8, 1
"""Numbers of an entry of a document, and which of them is the code of its language."""


@kernel(
    "(i8,i8)(in i8[:,:], in i8[:], in i4[:], in i4[:], in i8[:], in i8[:], in i8[:], i8, in b1[:], in b1[:], in i4[:],"
    " in b1[:], out i8[:], out i8[:], out f4[:], out b1[:])"
)
def measure_lifts(
    table: I8,
    wanted: I8,
    units: I4,
    segments: I4,
    row_starts: I8,
    titles: I8,
    bodies: I8,
    languages: int,
    alone: B1,
    in_fields: B1,
    language_of: I4,
    ensured: B1,
    places: I8,
    owners: I8,
    near: F4,
    in_title: B1,
) -> tuple[int, int]:
    """What lifts each document of ``wanted``, by its number in the reader, in any order.

    ``table``: of :class:`search.kernels.position_table.PositionTable`; ``units`` to ``bodies``: the rows of the
    look-up. ``alone`` (leaves * languages) says which units are the words of the query, ``in_fields`` (2 * leaves)
    whether they are asked for in titles and in bodies; ``language_of``: the place of each language of the index, -1 for
    none. A cell is ``segment * languages + language``; the lists of those that are ``ensured`` (cells, or none) need
    not be compared with their checksums. Scratch: ``places`` and ``owners``.

    Returns 0 and 0; or :data:`DAMAGED` and the segment; or :data:`UNCHECKED` and the cell whose lists were not compared
    with their checksums; or in place of the second 0 how long the scratch must be.
    """
    # The words of each language in the order of their leaves.
    numbers, words = np.full(len(alone), -1, np.int64), np.zeros(languages, np.int64)
    languages_of, leaves_of = np.empty(len(alone), np.int64), np.empty(len(alone), np.int64)
    unit = np.int64(0)
    for leaf in range(len(in_fields) // 2):
        for language in range(languages):
            languages_of[unit], leaves_of[unit] = language, leaf
            if alone[unit]:
                numbers[unit] = words[language]
                words[language] += 1
            unit += 1

    # The documents in ascending order, and the cell of each, -1 where nothing can lift it.
    count, cells = len(wanted), len(table) * languages
    docs, owner, cell_of = wanted.copy(), np.arange(count), np.empty(count, np.int64)
    sort_places(docs, owner, np.int64(0), np.int64(count))
    cell_rows = np.full(cells + 1, -1, np.int64)
    number = 0
    for d in range(count):
        while number + 1 < len(table) and table[number + 1, BASE] <= docs[d]:
            number += 1
        docs[d] -= table[number, BASE]
        entries = u4_at(table[number, ENTRIES], table[number, ENTRIES + 1])
        langs = i4_at(table[number, LANGS], table[number, LANGS + 1])
        language = int(language_of[langs[entries[docs[d] * ENTRY + LANG]]])
        lifted = language >= 0 and 1 < words[language] <= MOST_WORDS
        cell_of[d] = number * languages + language if lifted else -1
        if lifted:
            cell_rows[cell_of[d]] = 0
        near[owner[d]], in_title[owner[d]] = np.float32(0), False

    # The rows of the words in these cells, cell by cell.
    row_cells = np.empty(len(units), np.int64)
    for row in range(len(units)):
        row_cells[row] = cells
        if units[row] >= 0 and numbers[units[row]] >= 0:
            cell = segments[row] * languages + languages_of[units[row]]
            cell_rows[cell] += cell_rows[cell] >= 0
            row_cells[row] = cell
    total = np.int64(0)
    for cell in range(cells + 1):
        here = max(cell_rows[cell], 0)
        cell_rows[cell] = total if cell_rows[cell] >= 0 else -1
        total += here
    rows, filled = np.empty(total, np.int64), cell_rows.copy()
    for row in range(len(units)):
        cell = row_cells[row]
        if filled[cell] >= 0:
            rows[filled[cell]] = row
            filled[cell] += 1

    # Where in the titles and in the bodies of each row the next document is looked for, and where they end.
    at_title, title_stops = np.empty(total, np.int64), np.empty(total, np.int64)
    at_body, body_stops = np.empty(total, np.int64), np.empty(total, np.int64)
    owner_words, known = np.empty(total, np.int64), np.zeros(cells, np.bool_)
    most = np.int64(0)
    for d in range(count):
        if cell_of[d] >= 0:
            most += filled[cell_of[d]] - cell_rows[cell_of[d]]
    inside = np.zeros(MOST_WORDS, np.int64)
    held, held_words, held_from = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(count + 1, np.int64)
    found_lists = np.int64(0)
    for d in range(count):
        cell = cell_of[d]
        held_from[d + 1] = found_lists
        if cell < 0:
            continue
        number = cell // languages
        language = cell - number * languages
        segment = table[number]
        first, last = cell_rows[cell], filled[cell]
        doc = np.uint32(docs[d])
        postings = u4_at(segment[DOCS], segment[DOCS + 1])
        if not known[cell]:
            known[cell] = True
            for i in range(first, last):
                row = rows[i]
                leaf = leaves_of[units[row]]
                start, middle = row_starts[row], row_starts[row] + titles[row]
                stop = middle + bodies[row]
                if not (cell < len(ensured) and ensured[cell]) and not has_checked(segment, start, stop, True):
                    return UNCHECKED, int(cell)
                if start < 0 or titles[row] < 0 or bodies[row] < 0 or stop > len(postings):
                    return DAMAGED, int(number)
                at_title[i], title_stops[i] = start, middle if in_fields[2 * leaf] else start
                at_body[i], body_stops[i] = middle, stop if in_fields[2 * leaf + 1] else middle
                owner_words[i] = numbers[units[row]]

        # Which words stand in its title and in its body; of the latter the far reads are under way from now on.
        in_one, in_other = np.int64(0), np.int64(0)
        for i in range(first, last):
            at_title[i] = seek(postings, at_title[i], title_stops[i], doc)
            if at_title[i] < title_stops[i] and postings[at_title[i]] == doc:
                in_one |= np.int64(1) << owner_words[i]
            at = seek(postings, at_body[i], body_stops[i], doc)
            at_body[i] = at
            if at < body_stops[i] and postings[at] == doc:
                in_other |= np.int64(1) << owner_words[i]
                held[found_lists], held_words[found_lists] = at, owner_words[i]
                found_lists += 1
                prefetch(segment[STRIDES] + 8 * (at // STRIDE))
                prefetch(segment[FREQS] + at)
        in_title[owner[d]] = in_one == (np.int64(1) << words[language]) - 1
        if in_other & (in_other - 1) == 0:
            found_lists = held_from[d + 1]  # one word alone is near none
        held_from[d + 1] = found_lists
    for d in range(count):
        for one in range(held_from[d], held_from[d + 1]):
            segment = table[cell_of[d] // languages]
            prefetch(segment[POSITIONS] + i8_at(segment[STRIDES], segment[STRIDES + 1])[held[one] // STRIDE])

    for d in range(count):
        if held_from[d] == held_from[d + 1]:
            continue
        number = cell_of[d] // languages
        language = cell_of[d] - number * languages

        # The positions of the words in its body, in order.
        segment = table[number]
        freqs = u1_at(segment[FREQS], segment[FREQS + 1])
        freq_words = u8_at(segment[FREQ_WORDS], segment[FREQ_WORDS + 1])
        many_at = i8_at(segment[EXCEPTIONS_AT], segment[EXCEPTIONS_AT + 1])
        many = u4_at(segment[EXCEPTIONS], segment[EXCEPTIONS + 1])
        positions = u1_at(segment[POSITIONS], segment[POSITIONS + 1])
        position_words = u8_at(segment[POSITION_WORDS], segment[POSITION_WORDS + 1])
        strides = i8_at(segment[STRIDES], segment[STRIDES + 1])
        size, found = np.int64(len(positions)), np.int64(0)
        for one in range(held_from[d], held_from[d + 1]):
            i = held[one]
            at = byte_of(
                freqs, freq_words, many_at, many, positions, position_words, strides, i, np.int64(-1), np.int64(0)
            )
            freq, position = np.int64(freqs[i]), np.int64(0)
            if at < 0:
                return DAMAGED, int(number)
            if found + freq > len(places):
                return 0, int(found + freq)
            for _ in range(freq):
                if at >= size or (positions[at] == MANY and at + 5 > size):
                    return DAMAGED, int(number)
                distance, at = get_position(positions, at)
                position += distance
                places[found], owners[found] = position, held_words[one]
                found += 1
        sort_places(places, owners, np.int64(0), found)

        # The shortest stretch that holds each word that is here.
        inside[:] = 0
        present = np.int64(0)
        for k in range(found):
            present += inside[owners[k]] == 0
            inside[owners[k]] = 1
        inside[:] = 0
        low, inner, span = np.int64(0), np.int64(0), np.int64(FAR)
        for k in range(found):
            inner += inside[owners[k]] == 0
            inside[owners[k]] += 1
            while inner == present:
                span = min(span, places[k] - places[low] + 1)
                inside[owners[low]] -= 1
                inner -= inside[owners[low]] == 0
                low += 1
        if present > 1:
            together = np.float64(present - 1) / np.float64(max(span, present) - 1)
            near[owner[d]] = np.float32(together * np.float64(present - 1) / np.float64(words[language] - 1))
    return 0, 0


@kernel("void(in f4[:], in b1[:], f4, f4, out i8[:], out i8[:], out u8[:], out i8[:], out f4[:])")
def lift_best(
    near: F4,
    in_title: B1,
    near_weight: float,
    title_weight: float,
    firsts: I8,
    seconds: I8,
    ids: U8,
    docs: I8,
    scores: F4,
) -> None:
    """Lifts the scores of some documents, those that ``near`` is of, and puts them in order. Cost: some 20 ns each for
    a hundred."""
    lifted = len(near)
    for i in range(lifted):
        title = np.float32(1) if in_title[i] else np.float32(0)
        scores[i] = scores[i] * (np.float32(1) + (near_weight * near[i] + title_weight * title))
    bits = scores.view(np.uint32)
    for i in range(lifted):
        firsts[i] = np.int64(bits[i])
    sort_first(lifted, firsts, seconds, ids, docs, scores)
