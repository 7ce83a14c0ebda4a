"""The kernel that finds the words of a query in the lexicons of all segments of a reader."""

from __future__ import annotations

import numpy as np

from index.asked_words import HEAD, WAY_SIZE
from index.columnar.arrays import F4, I4, I8, U1, U4, U8
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK
from index.columnar.seek_kernels import (
    AT,
    BLOCKS,
    DAMAGED,
    FIRST_BLOCK,
    FOLD,
    FOLD_END,
    FOLD_FORMS,
    FOLD_KEYS,
    FORMS,
    HEADS,
    LISTS,
    NO_ROOM,
    SIEVE,
    TERM,
    TERM_END,
    TERM_FORMS,
    TERM_KEYS,
    UNLIKE_FOLD,
    UNLIKE_TERM,
    block_before,
    bytes_at,
    forms_at,
    keys_at,
    numbers_at,
    put_form,
    read_entry,
    seek_in_block,
)
from index.columnar.sieve_kernels import may_have, slots_of, spelling_key
from index.compiled import inlined, kernel, prefetch
from index.engine import FOLD_WEIGHT, TERM_WEIGHT

TERM_TEXT, FOLD_TEXT, EXACT = range(1, 4)
"""What a way holds behind its form: see :mod:`index.asked_words`."""
ITSELF, BY_FOLD, BY_TERM = range(3)
"""The way in which a form was found."""
_ALL_KEYS = np.float64(2**64)
WEIGHTS = np.array([1.0, FOLD_WEIGHT, TERM_WEIGHT], np.float32)
"""Of these ways."""


@inlined
def find_form(blocks, block_at, block_lists, row, block, data, start, stop):  # type: ignore[no-untyped-def]
    """A text among the forms of a language, in the block where it would be: its number (-1: not there, -2: damaged),
    where its lists begin, their lengths."""
    first, count = row[FIRST_BLOCK], row[FORMS]
    here = min(np.int64(BLOCK), count - (block - first) * BLOCK)
    place, same, _, before, titles, bodies = seek_in_block(
        blocks, block_at[block], block_at[block + 1], here, data, start, stop
    )
    number = (block - first) * BLOCK + place if same else np.int64(-1)
    return (number if place >= 0 else np.int64(-2)), block_lists[block] + before, titles, bodies


@inlined
def place_of(key, low, high):  # type: ignore[no-untyped-def]
    """About where a key stands from ``low`` to ``high``: keys are evenly spread."""
    return low + np.int64(np.float64(key) / _ALL_KEYS * np.float64(high - low - 1))


@inlined
def nearer_place_of(keys, low, high, key, place):  # type: ignore[no-untyped-def]
    """The same, by what stands at a place."""
    ahead = (np.float64(key) - np.float64(keys[place])) / _ALL_KEYS * np.float64(high - low)
    return min(max(place + np.int64(ahead), low), high - 1)


@inlined
def keys_between(keys, low, high, key, near):  # type: ignore[no-untyped-def]
    """The first place and behind the last from ``low`` to ``high`` with this key, looked for from ``near`` on by
    doubled steps, then halves."""
    first, last, step = near, near, np.int64(1)
    while first > low and keys[first] >= key:
        last, first = first, max(first - step, low)
        step *= 2
    while last < high and keys[last] < key:
        first, last = last, min(last + step, high)
        step *= 2
    while first < last:
        middle = (first + last) >> 1
        if keys[middle] < key:
            first = middle + 1
        else:
            last = middle
    while last < high and keys[last] == key:
        last += 1
    return first, last


@inlined
def is_set(bits, place):  # type: ignore[no-untyped-def]
    """Whether a bit is set, the first one being the highest of the first byte."""
    return (bits[place >> 3] >> np.uint8(7 - (place & 7))) & 1 == 1


@kernel(
    "(i8,i8,i8)(in u8[:], in u4[:], in u1[:], in i4[:], in i8[:,:], in i8[:,:,:], in u8[:,:],"
    " out i4[:], out i4[:], out f4[:], out i8[:], out i8[:], out i8[:], out u1[:], out i8[:])"
)
def find_words(
    packed: U8,
    small: U4,
    texts: U1,
    row_of: I4,
    arrays: I8,
    tables: I8,
    bits: U8,
    asked: I4,
    segments: I4,
    weights: F4,
    starts: I8,
    titles: I8,
    bodies: I8,
    data: U1,
    data_at: I8,
) -> tuple[int, int, int]:
    """Finds what asked words match in all segments: a row for each of these, word and form.

    ``packed``, ``small``, ``texts``: the words (:mod:`index.asked_words`) as numbers of 8, of 4 and of 1 byte;
    ``row_of``: the row in a table of each language asked, -1 where none has it; ``arrays`` (segments, :data:`SIEVE`
    + 2): addresses and lengths; ``tables`` and ``bits`` of each segment. Returns rows, bytes of forms and the segment
    that it ended in, or :data:`DAMAGED` or :data:`NO_ROOM` as the first.

    Nearly all of the time goes by waiting for memory. So each step is done for all words before the next one, and what
    the next one reads is fetched ahead.
    """
    form = np.empty(FORM_MOST, np.uint8)
    none = np.int64(2**62)
    rows, size = np.int64(0), np.int64(0)
    data_at[0] = 0

    # The texts, ways and words of all pieces, numbered on.
    piece, all_words, all_ways, all_texts = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    while piece < len(packed):
        all_words += np.int64(packed[piece + 1])
        all_ways += np.int64(packed[piece + 2])
        all_texts += np.int64(packed[piece + 3])
        piece += np.int64(packed[piece])
    text_at, keys, spellings = (
        np.empty((all_texts, 2), np.int64),
        np.empty(all_texts, np.uint64),
        np.empty(all_texts, np.uint64),
    )
    ways, exact = np.empty((all_ways, 3), np.int64), np.empty(all_ways, np.bool_)
    way_of, lang_of = np.empty(all_words, np.int64), np.empty(all_words, np.int64)
    piece, all_words, all_ways, all_texts = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    while piece < len(packed):
        its_words, its_ways, its_texts = (
            np.int64(packed[piece + 1]),
            np.int64(packed[piece + 2]),
            np.int64(packed[piece + 3]),
        )
        way_at = 2 * (piece + HEAD + its_texts)
        end_at = way_at + WAY_SIZE * its_ways
        place_at = end_at + its_texts
        first_byte = 4 * (place_at + 2 * its_words)
        stop = first_byte
        for text in range(its_texts):
            start, stop = stop, first_byte + np.int64(small[end_at + text])
            text_at[all_texts + text, 0], text_at[all_texts + text, 1] = start, stop
            keys[all_texts + text] = packed[piece + HEAD + text]
            spellings[all_texts + text] = spelling_key(texts, start, stop)
        for way in range(its_ways):
            for k in range(3):
                ways[all_ways + way, k] = all_texts + np.int64(small[way_at + WAY_SIZE * way + k])
            exact[all_ways + way] = small[way_at + WAY_SIZE * way + EXACT] != 0
        for word in range(its_words):
            lang_of[all_words + word] = row_of[small[place_at + word]]
            way_of[all_words + word] = all_ways + np.int64(small[place_at + its_words + word])
        all_words += its_words
        all_ways += its_ways
        all_texts += its_texts
        piece += np.int64(packed[piece])
    as_form, as_group = np.empty(all_texts, np.uint64), np.empty(all_texts, np.uint64)
    may = np.empty(all_ways, np.uint64)
    for segment in range(len(arrays)):
        here = arrays[segment]
        sieve = keys_at(here[SIEVE], here[SIEVE + 1])
        for text in range(all_texts):
            prefetch(here[SIEVE] + 8 * slots_of(spellings[text], sieve)[0])
            prefetch(here[SIEVE] + 8 * slots_of(keys[text], sieve)[0])

    # Of the words that a segment may have: their number; of their form, term and fold the block where it would be and
    # about where its group begins (-1: nowhere), its number; where the lists of the form begin, and their lengths.
    met, met_blocks, met_groups = (
        np.empty(all_words, np.int64),
        np.empty((all_words, 3), np.int64),
        np.empty((all_words, 3), np.int64),
    )
    met_forms, met_lists = np.empty((all_words, 3), np.int64), np.empty((all_words, 3), np.int64)
    found_met, found_form, found_by = (
        np.empty(len(asked), np.int64),
        np.empty(len(asked), np.int64),
        np.empty(len(asked), np.int64),
    )
    for segment in range(len(arrays)):
        here, table = arrays[segment], tables[segment]
        blocks, block_at = bytes_at(here[BLOCKS], here[BLOCKS + 1]), numbers_at(here[AT], here[AT + 1])
        block_lists, heads = numbers_at(here[LISTS], here[LISTS + 1]), keys_at(here[HEADS], here[HEADS + 1])
        term_keys = keys_at(here[TERM_KEYS], here[TERM_KEYS + 1])
        term_forms = forms_at(here[TERM_FORMS], here[TERM_FORMS + 1])
        fold_keys = keys_at(here[FOLD_KEYS], here[FOLD_KEYS + 1])
        fold_forms = forms_at(here[FOLD_FORMS], here[FOLD_FORMS + 1])
        unlike_term = bytes_at(here[UNLIKE_TERM], here[UNLIKE_TERM + 1])
        unlike_fold = bytes_at(here[UNLIKE_FOLD], here[UNLIKE_FOLD + 1])
        sieve = keys_at(here[SIEVE], here[SIEVE + 1])

        # Step 1: the languages that may have each text as a form, and as the name of a group; those of each way.
        for text in range(all_texts):
            as_form[text], as_group[text] = may_have(spellings[text], sieve), may_have(keys[text], sieve)
        for way in range(all_ways):
            may[way] = as_form[ways[way, 0]]
            for k in range(1, 1 if exact[way] else 3):
                may[way] |= as_form[ways[way, k]] | as_group[ways[way, k]]

        # Step 2: the blocks of the words that it may have, and about where their groups are.
        count = np.int64(0)
        for word in range(all_words):
            way, lang = way_of[word], lang_of[word]
            if lang < 0 or may[way] & bits[segment, lang] == 0 or table[lang, FORMS] == 0:
                continue
            row, bit = table[lang], bits[segment, lang]
            first = row[FIRST_BLOCK]
            last = first + (row[FORMS] + BLOCK - 1) // BLOCK
            met[count] = word
            for k in range(1 if exact[way] else 3):
                text, block = ways[way, k], np.int64(-1)
                if text == ways[way, 0] and k > 0:
                    block = met_blocks[count, 0]
                elif as_form[text] & bit != 0:
                    block = block_before(
                        blocks, block_at, heads, first, last, texts, text_at[text, 0], text_at[text, 1], 0
                    )
                    prefetch(here[AT] + 8 * block)
                    prefetch(here[LISTS] + 8 * block)
                met_blocks[count, k], met_groups[count, k] = block, -1
                if k == TERM_TEXT and as_group[text] & bit != 0 and row[TERM] < row[TERM_END]:
                    met_groups[count, k] = place_of(keys[text], row[TERM], row[TERM_END])
                    prefetch(here[TERM_KEYS] + 8 * met_groups[count, k])
                if k == FOLD_TEXT and as_group[text] & bit != 0 and row[FOLD] < row[FOLD_END]:
                    met_groups[count, k] = place_of(keys[text], row[FOLD], row[FOLD_END])
                    prefetch(here[FOLD_KEYS] + 8 * met_groups[count, k])
            count += 1
        for one in range(count):
            way, row = way_of[met[one]], table[lang_of[met[one]]]
            for k in range(1 if exact[way] else 3):
                if met_blocks[one, k] >= 0:
                    prefetch(here[BLOCKS] + block_at[met_blocks[one, k]])
                    prefetch(here[BLOCKS] + block_at[met_blocks[one, k]] + 64)
                place, key = met_groups[one, k], keys[ways[way, k]]
                if k == TERM_TEXT and place >= 0:
                    place = nearer_place_of(term_keys, row[TERM], row[TERM_END], key, place)
                    prefetch(here[TERM_KEYS] + 8 * place)
                    prefetch(here[TERM_FORMS] + 4 * place)
                if k == FOLD_TEXT and place >= 0:
                    place = nearer_place_of(fold_keys, row[FOLD], row[FOLD_END], key, place)
                    prefetch(here[FOLD_KEYS] + 8 * place)
                    prefetch(here[FOLD_FORMS] + 4 * place)
                met_groups[one, k] = place

        # Step 3: which of their texts are forms.
        for one in range(count):
            way, row = way_of[met[one]], table[lang_of[met[one]]]
            for k in range(1 if exact[way] else 3):
                text, number = ways[way, k], none
                if text == ways[way, 0] and k > 0:
                    number = met_forms[one, 0]
                elif met_blocks[one, k] >= 0:
                    number, start, of_titles, of_bodies = find_form(
                        blocks,
                        block_at,
                        block_lists,
                        row,
                        met_blocks[one, k],
                        texts,
                        text_at[text, 0],
                        text_at[text, 1],
                    )
                    if number == -2 or (k == 0 and number >= 0 and text_at[text, 1] - text_at[text, 0] > FORM_MOST):
                        return DAMAGED, int(size), segment
                    number = number if number >= 0 else none
                    if k == 0:
                        met_lists[one, 0], met_lists[one, 1], met_lists[one, 2] = start, of_titles, of_bodies
                met_forms[one, k] = number
                if number != none and k > 0:
                    prefetch(
                        here[UNLIKE_TERM if k == TERM_TEXT else UNLIKE_FOLD]
                        + ((row[FIRST_BLOCK] * BLOCK + number) >> 3)
                    )

        # Step 4: all their forms: the form itself, those of its term and of its fold. Of a group, those unlike its name
        # stand under its key, and the name may be one itself.
        found = np.int64(0)
        for one in range(count):
            way, row, itself = way_of[met[one]], table[lang_of[met[one]]], met_forms[one, 0]
            first = row[FIRST_BLOCK] * BLOCK
            by_term, by_fold = none, none
            term, term_end, fold, fold_end = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
            if not exact[way]:
                own, place, key = met_forms[one, TERM_TEXT], met_groups[one, TERM_TEXT], keys[ways[way, TERM_TEXT]]
                if place >= 0:
                    term, term_end = keys_between(term_keys, row[TERM], row[TERM_END], key, place)
                if own != none and not is_set(unlike_term, first + own):
                    by_term = own
                own, place, key = met_forms[one, FOLD_TEXT], met_groups[one, FOLD_TEXT], keys[ways[way, FOLD_TEXT]]
                if place >= 0:
                    fold, fold_end = keys_between(fold_keys, row[FOLD], row[FOLD_END], key, place)
                if own != none and not is_set(unlike_fold, first + own):
                    by_fold = own
            # All of these in order of their numbers, each once.
            while True:
                number = min(itself, by_term, by_fold)
                if term < term_end:
                    number = min(number, np.int64(term_forms[term]))
                if fold < fold_end:
                    number = min(number, np.int64(fold_forms[fold]))
                if number == none:
                    break
                by = BY_TERM
                if by_term == number:
                    by_term = none
                if term < term_end and term_forms[term] == number:
                    term += 1
                if by_fold == number:
                    by, by_fold = BY_FOLD, none
                if fold < fold_end and fold_forms[fold] == number:
                    by = BY_FOLD
                    fold += 1
                if itself == number:
                    by, itself = ITSELF, none
                else:
                    block = row[FIRST_BLOCK] + number // BLOCK
                    prefetch(here[AT] + 8 * block)
                    prefetch(here[LISTS] + 8 * block)
                if rows + found >= len(asked):
                    return NO_ROOM, int(size), segment
                found_met[found], found_form[found], found_by[found] = one, number, by
                found += 1
        for k in range(found):
            if found_by[k] != ITSELF:
                block = table[lang_of[met[found_met[k]]], FIRST_BLOCK] + found_form[k] // BLOCK
                if block < len(block_at):
                    prefetch(here[BLOCKS] + block_at[block])

        # Step 5: what stands in the lexicon of each.
        for k in range(found):
            one = found_met[k]
            way, lang = way_of[met[one]], lang_of[met[one]]
            if found_by[k] == ITSELF:
                start = text_at[ways[way, 0], 0]
                length = text_at[ways[way, 0], 1] - start
                start_of, titles_of, bodies_of = met_lists[one, 0], met_lists[one, 1], met_lists[one, 2]
                for i in range(length):
                    form[i] = texts[start + i]
            else:
                length, start_of, titles_of, bodies_of = read_entry(
                    blocks, block_at, block_lists, table[lang, FIRST_BLOCK], found_form[k], form
                )
            if length < 0:
                return DAMAGED, int(size), segment
            if size + length > len(data):
                return NO_ROOM, int(size), segment
            asked[rows], segments[rows], weights[rows] = met[one], segment, WEIGHTS[found_by[k]]
            starts[rows], titles[rows], bodies[rows] = start_of, titles_of, bodies_of
            rows, size = put_form(form, length, rows, size, data, data_at)
    return int(rows), int(size), len(arrays)
