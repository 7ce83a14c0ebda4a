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
from index.columnar.sieve_kernels import may_have, spelling_key
from index.compiled import inlined, kernel
from index.engine import FOLD_WEIGHT, TERM_WEIGHT

TERM_TEXT, FOLD_TEXT, EXACT = range(1, 4)
"""What a way holds behind its form: see :mod:`index.asked_words`."""
ITSELF, BY_FOLD, BY_TERM = range(3)
"""The way in which a form was found."""
WEIGHTS = np.array([1.0, FOLD_WEIGHT, TERM_WEIGHT], np.float32)
"""Of these ways."""


@inlined
def find_form(blocks, block_at, block_lists, heads, row, data, start, stop):  # type: ignore[no-untyped-def]
    """A text among the forms of a language: its number (-1: not there, -2: damaged), where its lists begin, their
    lengths."""
    first, count = row[FIRST_BLOCK], row[FORMS]
    last = first + (count + BLOCK - 1) // BLOCK
    block = block_before(blocks, block_at, heads, first, last, data, start, stop, 0)
    here = min(np.int64(BLOCK), count - (block - first) * BLOCK)
    place, same, _, before, titles, bodies = seek_in_block(
        blocks, block_at[block], block_at[block + 1], here, data, start, stop
    )
    number = (block - first) * BLOCK + place if same else np.int64(-1)
    return (number if place >= 0 else np.int64(-2)), block_lists[block] + before, titles, bodies


@inlined
def first_key(keys, low, high, key):  # type: ignore[no-untyped-def]
    """The first place from ``low`` to ``high`` with at least this key. Keys are evenly spread: a guess by proportion is
    near."""
    least, most, steps = np.float64(0.0), np.float64(18446744073709551615.0), 0
    while low < high:
        if steps < 6 and most > least:
            middle = low + np.int64((np.float64(key) - least) / (most - least) * np.float64(high - low))
            middle = min(max(middle, low), high - 1)
        else:
            middle = (low + high) >> 1
        steps += 1
        if keys[middle] < key:
            low, least = middle + 1, np.float64(keys[middle])
        else:
            high, most = middle, np.float64(keys[middle])
    return low


@inlined
def keys_between(keys, low, high, key):  # type: ignore[no-untyped-def]
    """The first place and behind the last from ``low`` to ``high`` with this key."""
    first = first_key(keys, low, high, key)
    last = first
    while last < high and keys[last] == key:
        last += 1
    return first, last


@inlined
def is_set(bits, place):  # type: ignore[no-untyped-def]
    """Whether a bit is set, the first one being the highest of the first byte."""
    return (bits[place >> 3] >> np.uint8(7 - (place & 7))) & 1 == 1


@inlined
def parts_of(packed, piece):  # type: ignore[no-untyped-def]
    """Where the parts of a piece of asked words stand: its keys among the numbers of 8 bytes; its ways, how many they
    are, its ends and its places among those of 4; the first byte of its texts, and how many these are."""
    words, ways = np.int64(packed[piece + 1]), np.int64(packed[piece + 2])
    texts = np.int64(packed[piece + 3])
    way_at = 2 * (piece + HEAD + texts)
    end_at = way_at + WAY_SIZE * ways
    place_at = end_at + texts
    return piece + HEAD, way_at, ways, end_at, place_at, 4 * (place_at + 2 * words), texts


@inlined
def span_of(small, end_at, text_at, text):  # type: ignore[no-untyped-def]
    """Where a text of a piece begins and ends."""
    start = text_at
    if text > 0:
        start += np.int64(small[end_at + text - 1])
    return start, text_at + np.int64(small[end_at + text])


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
    """
    form = np.empty(FORM_MOST, np.uint8)
    none = np.int64(2**62)
    rows, size = np.int64(0), np.int64(0)
    data_at[0] = 0
    # How many ways and texts there are; the hashes of the texts.
    piece, all_ways, all_texts = np.int64(0), np.int64(0), np.int64(0)
    while piece < len(packed):
        all_ways += np.int64(packed[piece + 2])
        all_texts += np.int64(packed[piece + 3])
        piece += np.int64(packed[piece])
    spellings = np.empty(all_texts, np.uint64)
    as_form, as_group = np.empty(all_texts, np.uint64), np.empty(all_texts, np.uint64)
    may = np.empty(all_ways, np.uint64)
    piece, first_text = np.int64(0), np.int64(0)
    while piece < len(packed):
        _, _, _, end_at, _, text_at, count = parts_of(packed, piece)
        start = text_at
        for text in range(count):
            stop = text_at + np.int64(small[end_at + text])
            spellings[first_text + text] = spelling_key(texts, start, stop)
            start = stop
        first_text += count
        piece += np.int64(packed[piece])
    for segment in range(len(arrays)):
        here, table = arrays[segment], tables[segment]
        blocks, block_at = bytes_at(here[BLOCKS], here[BLOCKS + 1]), numbers_at(here[AT], here[AT + 1])
        block_lists, heads = numbers_at(here[LISTS], here[LISTS + 1]), keys_at(here[HEADS], here[HEADS + 1])
        term_keys, term_forms = (
            keys_at(here[TERM_KEYS], here[TERM_KEYS + 1]),
            forms_at(here[TERM_FORMS], here[TERM_FORMS + 1]),
        )
        fold_keys, fold_forms = (
            keys_at(here[FOLD_KEYS], here[FOLD_KEYS + 1]),
            forms_at(here[FOLD_FORMS], here[FOLD_FORMS + 1]),
        )
        unlike_term = bytes_at(here[UNLIKE_TERM], here[UNLIKE_TERM + 1])
        unlike_fold = bytes_at(here[UNLIKE_FOLD], here[UNLIKE_FOLD + 1])
        sieve = keys_at(here[SIEVE], here[SIEVE + 1])
        # The languages that may have each text as a form, and as the name of a group; those of each way.
        piece, first_text, first_way = np.int64(0), np.int64(0), np.int64(0)
        while piece < len(packed):
            key_at, way_at, ways, _, _, _, count = parts_of(packed, piece)
            for text in range(count):
                as_form[first_text + text] = may_have(spellings[first_text + text], sieve)
                as_group[first_text + text] = may_have(packed[key_at + text], sieve)
            for way in range(ways):
                one = way_at + WAY_SIZE * way
                may[first_way + way] = as_form[first_text + small[one]]
                if small[one + EXACT] == 0:
                    for k in (one + TERM_TEXT, one + FOLD_TEXT):
                        may[first_way + way] |= as_form[first_text + small[k]] | as_group[first_text + small[k]]
            first_text += count
            first_way += ways
            piece += np.int64(packed[piece])
        piece, number, first_way, first_text = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        while piece < len(packed):
            key_at, way_at, ways, end_at, place_at, text_at, count = parts_of(packed, piece)
            words = np.int64(packed[piece + 1])
            way_of_at, first_number = place_at + words, number
            number += words
            for word in range(words):
                its_way, lang = np.int64(small[way_of_at + word]), row_of[small[place_at + word]]
                if lang < 0 or may[first_way + its_way] & bits[segment, lang] == 0 or table[lang, FORMS] == 0:
                    continue
                row = table[lang]
                first = row[FIRST_BLOCK]
                its_way = way_at + WAY_SIZE * its_way
                exact = small[its_way + EXACT] != 0
                # The form itself.
                itself_text, bit = np.int64(small[its_way]), bits[segment, lang]
                text_start, text_stop = span_of(small, end_at, text_at, itself_text)
                itself_size = text_stop - text_start
                itself, start, of_titles, of_bodies = none, np.int64(0), np.int64(0), np.int64(0)
                if as_form[first_text + itself_text] & bit != 0:
                    itself, start, of_titles, of_bodies = find_form(
                        blocks, block_at, block_lists, heads, row, texts, text_start, text_stop
                    )
                    if itself == -2 or (itself >= 0 and itself_size > FORM_MOST):
                        return DAMAGED, int(size), segment
                    itself = itself if itself >= 0 else none
                by_term, by_fold = none, none
                term, term_end, fold, fold_end = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
                if not exact:
                    # The forms of its term and of its fold: those unlike it stand under its key, and it may be one
                    # itself.
                    for by in range(2):
                        other = np.int64(small[its_way + (TERM_TEXT if by else FOLD_TEXT)])
                        own = itself
                        if other != itself_text:
                            own = none
                            if as_form[first_text + other] & bit != 0:
                                other_start, other_stop = span_of(small, end_at, text_at, other)
                                own, _, _, _ = find_form(
                                    blocks, block_at, block_lists, heads, row, texts, other_start, other_stop
                                )
                                if own == -2:
                                    return DAMAGED, int(size), segment
                                own = own if own >= 0 else none
                        key, grouped = packed[key_at + other], as_group[first_text + other] & bit != 0
                        if by:
                            if grouped:
                                term, term_end = keys_between(term_keys, row[TERM], row[TERM_END], key)
                            if own != none and not is_set(unlike_term, first * BLOCK + own):
                                by_term = own
                        else:
                            if grouped:
                                fold, fold_end = keys_between(fold_keys, row[FOLD], row[FOLD_END], key)
                            if own != none and not is_set(unlike_fold, first * BLOCK + own):
                                by_fold = own
                # All of these in order of their numbers, each once.
                while True:
                    one = min(itself, by_term, by_fold)
                    if term < term_end:
                        one = min(one, np.int64(term_forms[term]))
                    if fold < fold_end:
                        one = min(one, np.int64(fold_forms[fold]))
                    if one == none:
                        break
                    found_by = BY_TERM
                    if by_term == one:
                        by_term = none
                    if term < term_end and term_forms[term] == one:
                        term += 1
                    if by_fold == one:
                        found_by, by_fold = BY_FOLD, none
                    if fold < fold_end and fold_forms[fold] == one:
                        found_by = BY_FOLD
                        fold += 1
                    if itself == one:
                        found_by, itself = ITSELF, none
                        length, start_of, titles_of, bodies_of = itself_size, start, of_titles, of_bodies
                        for k in range(itself_size):
                            form[k] = texts[text_start + k]
                    else:
                        length, start_of, titles_of, bodies_of = read_entry(
                            blocks, block_at, block_lists, first, one, form
                        )
                    if length < 0:
                        return DAMAGED, int(size), segment
                    if rows >= len(asked) or size + length > len(data):
                        return NO_ROOM, int(size), segment
                    asked[rows], segments[rows], weights[rows] = first_number + word, segment, WEIGHTS[found_by]
                    starts[rows], titles[rows], bodies[rows] = start_of, titles_of, bodies_of
                    rows, size = put_form(form, length, rows, size, data, data_at)
            first_way += ways
            first_text += count
            piece += np.int64(packed[piece])
    return int(rows), int(size), len(arrays)
