"""The kernels that find forms in the lexicon of a segment, for a whole query at once.

A *table* has a row for each language of the reader: :data:`FIRST_BLOCK` and so on say what its columns are; a language
that the segment does not have has no forms there. *Heads* are the first eight bytes of each block's first form, as
numbers that sort like them: a search over blocks reads little else.

Offsets and numbers of forms were checked before (:class:`index.columnar.lexicon.LexiconArrays`); what stands inside of
blocks is looked at here. A reading may go beyond the end of the blocks by the length of four numbers at most, where
every file has its footer.
"""

from __future__ import annotations

import numpy as np

from index.asked_words import HEAD, WAY_SIZE
from index.columnar.arrays import B1, F4, I4, I8, U1, U4, U8
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK, get_number
from index.compiled import array_at, inlined, kernel
from index.engine import FOLD_WEIGHT, TERM_WEIGHT

FIRST_BLOCK, FORMS, TERM, TERM_END, FOLD, FOLD_END, FOLDED_BLOCK = range(7)
"""Columns of a table: first block, number of forms, first and behind the last of its ``term_*`` and ``fold_*``, first
block of its folded forms."""
BLOCKS, AT, LISTS, HEADS, TERM_KEYS, TERM_FORMS, UNLIKE_TERM, FOLD_KEYS, FOLD_FORMS, UNLIKE_FOLD, SIEVE = range(
    0, 22, 2
)
"""Where the address of each array of a segment stands, and behind it its length: of the blocks the data, where each
begins, its lists and its head; keys, forms and unlike ones of terms, then of folds; the sieve."""
TERM_TEXT, FOLD_TEXT, EXACT = range(1, 4)
"""What a way holds behind its form: see :mod:`index.asked_words`."""
ASKED, SEGMENT, START, TITLES, BODIES = 0, 1, 3, 4, 5
"""Columns of rows found by others, of which living documents are counted."""
ITSELF, BY_FOLD, BY_TERM = range(3)
"""The way in which a form was found."""
WEIGHTS = np.array([1.0, FOLD_WEIGHT, TERM_WEIGHT], np.float32)
"""Of these ways."""
DAMAGED, NO_ROOM = -1, -2

bytes_at, numbers_at, keys_at, forms_at = array_at("u1"), array_at("i8"), array_at("u8"), array_at("u4")


@kernel("void(in u1[:], in i8[:], out u8[:])")
def read_heads(blocks: U1, block_at: I8, heads: U8) -> None:
    """The first eight bytes of the first form of each block, zeros behind its end."""
    for block in range(len(heads)):
        length, at = get_number(blocks, block_at[block] + 1)
        stop = block_at[block + 1]
        key = np.uint64(0)
        for k in range(8):
            key = key << np.uint64(8)
            if k < length and at + k < stop:
                key |= np.uint64(blocks[at + k])
        heads[block] = key


@inlined
def head_of(data, start, stop):  # type: ignore[no-untyped-def]
    """What the head of a block is that begins with this text."""
    key = np.uint64(0)
    for k in range(8):
        key = key << np.uint64(8)
        if start + k < stop:
            key |= np.uint64(data[start + k])
    return key


@inlined
def compare_first(blocks, at, block_stop, data, start, stop):  # type: ignore[no-untyped-def]
    """-1, 0 or 1 as the first form of the block at ``at`` stands before, is, or stands behind a text."""
    length, at = get_number(blocks, at + 1)
    length = max(min(length, block_stop - at), np.int64(0))
    size = stop - start
    for k in range(min(length, size)):
        if blocks[at + k] != data[start + k]:
            return -1 if blocks[at + k] < data[start + k] else 1
    return 0 if length == size else (-1 if length < size else 1)


@inlined
def block_before(blocks, block_at, heads, first, last, data, start, stop, most):  # type: ignore[no-untyped-def]
    """The last of the blocks ``first`` to ``last - 1`` whose first form compares to a text as ``most`` or less;
    ``first`` where none does."""
    key = head_of(data, start, stop)
    low, high = first, last
    while high - low > 1:
        middle = (low + high) >> 1
        if heads[middle] != key:
            before = heads[middle] < key
        else:
            before = compare_first(blocks, block_at[middle], block_at[middle + 1], data, start, stop) <= most
        if before:
            low = middle
        else:
            high = middle
    return low


@inlined
def seek_in_block(blocks, at, block_stop, count, data, start, stop):  # type: ignore[no-untyped-def]
    """Reads ``count`` forms from ``at`` on until one is a text or behind it.

    Returns: how many stand before that (-1: damaged), whether it is the text, whether it begins so, the postings before
    its lists, the lengths of these.
    """
    matched, before, size = np.int64(0), np.int64(0), stop - start
    for i in range(count):
        if at >= block_stop:
            return np.int64(-1), False, False, before, np.int64(0), np.int64(0)
        shared = np.int64(blocks[at])
        rest, at = get_number(blocks, at + 1)
        if rest < 0 or rest > block_stop - at:
            return np.int64(-1), False, False, before, np.int64(0), np.int64(0)
        text = at
        titles, at = get_number(blocks, at + rest)
        bodies, at = get_number(blocks, at)
        # The form before agreed with the text in ``matched`` bytes and stood before it: so does one that shares more.
        if i == 0 or shared <= matched:
            shared = shared if i else np.int64(0)
            k = np.int64(0)
            while k < rest and shared + k < size and blocks[text + k] == data[start + shared + k]:
                k += 1
            matched = shared + k
            if matched == size or (k < rest and blocks[text + k] > data[start + matched]):
                return np.int64(i), matched == size and k == rest, matched == size, before, titles, bodies
        before += titles + bodies
    return np.int64(count), False, False, before, np.int64(0), np.int64(0)


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
def is_set(bits, place):  # type: ignore[no-untyped-def]
    """Whether a bit is set, the first one being the highest of the first byte."""
    return (bits[place >> 3] >> np.uint8(7 - (place & 7))) & 1 == 1


@inlined
def read_on(blocks, at, block_stop, place, last, length, before, titles, bodies, form):  # type: ignore[no-untyped-def]
    """Reads the forms of a block from ``place`` to ``last``, the one before them being in ``form``, ``length`` bytes,
    its lists ``titles`` and ``bodies`` long and behind ``before`` postings.

    Returns the same of the last of them (a length of -1: damaged) and where the reading ended.
    """
    for i in range(place, last + 1):
        shared = np.int64(blocks[at]) if i else np.int64(0)
        rest, text = get_number(blocks, at + 1)
        if at >= block_stop or rest < 0 or rest > block_stop - text or shared > length or shared + rest > FORM_MOST:
            return np.int64(-1), before, titles, bodies, at
        length = shared + rest
        for k in range(rest):
            form[shared + k] = blocks[text + k]
        before += titles + bodies
        titles, at = get_number(blocks, text + rest)
        bodies, at = get_number(blocks, at)
    return length, before, titles, bodies, at


@inlined
def read_entry(blocks, block_at, block_lists, first, number, form):  # type: ignore[no-untyped-def]
    """The form with a number in a language whose first block is ``first``: its length (-1: damaged), where its lists
    begin, their lengths; its bytes to ``form``."""
    block, nothing = first + number // BLOCK, np.int64(0)
    length, before, titles, bodies, _ = read_on(
        blocks, block_at[block], block_at[block + 1], nothing, number % BLOCK, nothing, block_lists[block], nothing,
        nothing, form,
    )  # fmt: skip
    return length, before, titles, bodies


@inlined
def slots_of(key, sieve):  # type: ignore[no-untyped-def]
    """The two places of a key in a sieve, whose length is a power of two: in one cache line."""
    slot = np.int64((key ^ (key >> np.uint64(32))) & np.uint64(len(sieve) - 1))
    return slot, slot ^ np.int64(np.uint64(1) + (key >> np.uint64(40)) % np.uint64(7))


@inlined
def put_in_sieve(key, bit, sieve):  # type: ignore[no-untyped-def]
    """Notes that a language has a key."""
    one, other = slots_of(key, sieve)
    sieve[one] |= bit
    sieve[other] |= bit


@inlined
def may_have(key, sieve):  # type: ignore[no-untyped-def]
    """The languages that may have a key: some, of other keys, have both of its bits."""
    one, other = slots_of(key, sieve)
    return sieve[one] & sieve[other]


@inlined
def spelling_key(data, start, stop):  # type: ignore[no-untyped-def]
    """A hash of some bytes: FNV-1a of 64 bits (Fowler, Noll and Vo)."""
    key = np.uint64(14695981039346656037)
    for k in range(start, stop):
        key = (key ^ np.uint64(data[k])) * np.uint64(1099511628211)
    return key


@kernel("i8(in u1[:], in i8[:], in i8[:,:], in u8[:], in u8[:], in u8[:], out u8[:])")
def fill_sieve(blocks: U1, block_at: I8, table: I8, bits: U8, term_keys: U8, fold_keys: U8, sieve: U8) -> int:
    """Notes in a sieve (of a power of two, 8 at least) which languages may have a form, or a form of a term or fold:
    the bit of each language (``bits``, by row of the table) in both slots of its forms' spellings and of its keys.
    Returns 0, or :data:`DAMAGED`. Cost: some 30 ns a form."""
    form = np.empty(FORM_MOST, np.uint8)
    for row in range(len(table)):
        bit = bits[row]
        for block in range(table[row, FIRST_BLOCK], table[row, FIRST_BLOCK] + (table[row, FORMS] + BLOCK - 1) // BLOCK):
            length, at = np.int64(0), block_at[block]
            left = table[row, FORMS] - (block - table[row, FIRST_BLOCK]) * BLOCK
            for place in range(min(np.int64(BLOCK), left)):
                nothing = np.int64(0)
                length, _, _, _, at = read_on(
                    blocks, at, block_at[block + 1], place, place, length, nothing, nothing, nothing, form
                )
                if length < 0:
                    return DAMAGED
                put_in_sieve(spelling_key(form, 0, length), bit, sieve)
        for at in range(table[row, TERM], table[row, TERM_END]):
            put_in_sieve(term_keys[at], bit, sieve)
        for at in range(table[row, FOLD], table[row, FOLD_END]):
            put_in_sieve(fold_keys[at], bit, sieve)
    return 0


@inlined
def put_form(form, length, rows, size, data, data_at):  # type: ignore[no-untyped-def]
    """Appends the form of one more row: rows and bytes then."""
    for k in range(length):
        data[size + k] = form[k]
    data_at[rows + 1] = size + length
    return rows + 1, size + length


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


@inlined
def keys_between(keys, low, high, key):  # type: ignore[no-untyped-def]
    """The first place and behind the last from ``low`` to ``high`` with this key."""
    first = first_key(keys, low, high, key)
    last = first
    while last < high and keys[last] == key:
        last += 1
    return first, last


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


@inlined
def begins_so(head, data, start, stop):  # type: ignore[no-untyped-def]
    """Whether a form with this head may begin with a text."""
    bits = 8 * min(stop - start, np.int64(8))
    return bits == 0 or (head ^ head_of(data, start, stop)) >> np.uint64(64 - bits) == 0


@inlined
def number_at(blocks, block_at, heads, first, block, count, data, start, stop):  # type: ignore[no-untyped-def]
    """How many of ``count`` forms, the first of them in block ``first``, stand before a text, looked for from ``block``
    on (-1: damaged), whether the form there may begin so, and its block."""
    last = first + (count + BLOCK - 1) // BLOCK
    block = block_before(blocks, block_at, heads, block, last, data, start, stop, -1)
    here = min(np.int64(BLOCK), count - (block - first) * BLOCK)
    place, _, begins, _, _, _ = seek_in_block(blocks, block_at[block], block_at[block + 1], here, data, start, stop)
    if place < 0:
        return np.int64(-1), False, block
    if place == here:
        begins = block + 1 < last and begins_so(heads[block + 1], data, start, stop)
    return (block - first) * BLOCK + place, begins, block


@inlined
def prefix_range(blocks, block_at, heads, first, count, texts, text_at, low, high):  # type: ignore[no-untyped-def]
    """Where those of ``count`` forms, the first of them in block ``first``, stand that begin with the text ``low`` and
    so before the text ``high`` (-1: there is none such): the first, and behind the last (-1: damaged)."""
    begin, begins, block = number_at(
        blocks, block_at, heads, first, first, count, texts, text_at[low], text_at[low + 1]
    )
    if begin < 0 or not begins:
        return begin, begin
    if high < 0:
        return begin, count
    end, _, _ = number_at(blocks, block_at, heads, first, block, count, texts, text_at[high], text_at[high + 1])
    return begin, (end if end >= begin else np.int64(-1))


@kernel("i8(in i8[:,:], in i8[:,:], in i8[:,:,:], in i4[:,:], in u1[:], in i8[:], out i8[:,:,:])")
def prefix_ranges(arrays: I8, folded: I8, tables: I8, asked: I4, texts: U1, text_at: I8, ranges: I8) -> int:
    """Where the forms with each prefix stand: ``ranges`` (segments, asked, 4) becomes the first and behind the last of
    the forms, and of the folded forms.

    ``folded`` (segments, 2 * 3): addresses and lengths; ``asked`` (asked, 4): row in the table, the prefix, the text
    behind all that begin with it (-1: there is none), whether to look among folded forms. Returns a segment that is
    damaged, or -1.
    """
    for segment in range(len(arrays)):
        here, there = arrays[segment], folded[segment]
        blocks, block_at = bytes_at(here[BLOCKS], here[BLOCKS + 1]), numbers_at(here[AT], here[AT + 1])
        heads = keys_at(here[HEADS], here[HEADS + 1])
        folds, fold_at, fold_heads = (
            bytes_at(there[0], there[1]),
            numbers_at(there[2], there[3]),
            keys_at(there[4], there[5]),
        )
        for number in range(len(asked)):
            lang = asked[number, 0]
            ranges[segment, number, :] = 0
            if lang < 0 or tables[segment, lang, FORMS] == 0:
                continue
            row, low, high = tables[segment, lang], asked[number, 1], asked[number, 2]
            begin, end = prefix_range(blocks, block_at, heads, row[FIRST_BLOCK], row[FORMS], texts, text_at, low, high)
            fold, fold_end = np.int64(0), np.int64(0)
            if asked[number, 3] != 0 and row[FOLD_END] > row[FOLD]:
                fold, fold_end = prefix_range(
                    folds, fold_at, fold_heads, row[FOLDED_BLOCK], row[FOLD_END] - row[FOLD], texts, text_at, low, high
                )
            if min(begin, end, fold, fold_end) < 0:
                return segment
            ranges[segment, number, 0], ranges[segment, number, 1] = begin, end
            ranges[segment, number, 2], ranges[segment, number, 3] = fold, fold_end
    return -1


@kernel(
    "(i8,i8,i8)(in i8[:,:], in i8[:,:], in i8[:,:,:], in i4[:,:], in i8[:,:,:],"
    " out i4[:], out i4[:], out f4[:], out i8[:], out i8[:], out i8[:], out u1[:], out i8[:])"
)
def read_prefixes(
    arrays: I8,
    folded: I8,
    tables: I8,
    asked: I4,
    ranges: I8,
    asked_of: I4,
    segments: I4,
    weights: F4,
    starts: I8,
    titles: I8,
    bodies: I8,
    data: U1,
    data_at: I8,
) -> tuple[int, int, int]:
    """Reads the forms that :func:`prefix_ranges` found, as :func:`find_words` gives rows."""
    form, scratch = np.empty(FORM_MOST, np.uint8), np.empty(FORM_MOST, np.uint8)
    nothing = np.int64(0)
    rows, size = nothing, nothing
    data_at[0] = 0
    for segment in range(len(arrays)):
        here, there, table = arrays[segment], folded[segment], tables[segment]
        blocks, block_at = bytes_at(here[BLOCKS], here[BLOCKS + 1]), numbers_at(here[AT], here[AT + 1])
        block_lists = numbers_at(here[LISTS], here[LISTS + 1])
        folds, fold_at = bytes_at(there[0], there[1]), numbers_at(there[2], there[3])
        for number in range(len(asked)):
            first, last, low, high = ranges[segment, number]
            if first == last and low == high:
                continue
            lang = asked[number, 0]
            first_block, count = table[lang, FIRST_BLOCK], table[lang, FORMS]
            # Which forms are meant besides those that stand together: by their folds, put in order.
            also = np.empty(high - low, np.int64)
            others = nothing
            at, length, place = nothing, nothing, low
            while place < high:
                block = table[lang, FOLDED_BLOCK] + place // BLOCK
                begin = place % BLOCK
                if begin == 0 or place == low:
                    at, length, begin = fold_at[block], nothing, nothing
                length, _, one, _, at = read_on(
                    folds, at, fold_at[block + 1], begin, place % BLOCK, length, nothing, nothing, nothing, scratch
                )
                if length < 0 or one >= count:
                    return DAMAGED, int(size), segment
                if one < first or one >= last:
                    also[others] = one
                    others += 1
                place += 1
            also = also[:others]
            also.sort()
            # All of them in order; the forms of one block are read on from one another.
            other, inside, block, place, behind = nothing, first, np.int64(-1), nothing, nothing
            length, before, of_titles, of_bodies = nothing, nothing, nothing, nothing
            while other < others or inside < last:
                if inside < last and (other >= others or inside < also[other]):
                    one = inside
                    inside += 1
                else:
                    one = also[other]
                    other += 1
                if first_block + one // BLOCK != block or one % BLOCK < place:
                    block, place = first_block + one // BLOCK, nothing
                    behind, before = block_at[block], block_lists[block]
                    length, of_titles, of_bodies = nothing, nothing, nothing
                length, before, of_titles, of_bodies, behind = read_on(
                    blocks, behind, block_at[block + 1], place, one % BLOCK, length, before, of_titles, of_bodies, form
                )
                if length < 0:
                    return DAMAGED, int(size), segment
                place = one % BLOCK + 1
                if rows >= len(asked_of) or size + length > len(data):
                    return NO_ROOM, int(size), segment
                asked_of[rows], segments[rows], weights[rows] = number, segment, 1.0
                starts[rows], titles[rows], bodies[rows] = before, of_titles, of_bodies
                rows, size = put_form(form, length, rows, size, data, data_at)
    return int(rows), int(size), len(arrays)


@inlined
def living_of(docs, start, stop, alive, dead):  # type: ignore[no-untyped-def]
    """How many documents of a list are not deleted; -1: damaged."""
    length, count = stop - start, len(alive)
    if 16 * len(dead) < length:  # each deleted document looked for in the list
        living, low = length, start
        for i in range(len(dead)):
            high = stop
            while low < high:
                middle = (low + high) >> 1
                if docs[middle] < dead[i]:
                    low = middle + 1
                else:
                    high = middle
            if low >= stop:
                break
            if docs[low] == dead[i]:
                living -= 1
        return living
    living = np.int64(0)
    for i in range(start, stop):
        if np.int64(docs[i]) >= count:
            return np.int64(-1)
        living += np.int64(alive[docs[i]])
    return living


@kernel("i8(in u4[:], in b1[:], in u4[:], in i8[:,:], out i8[:,:])")
def count_living(docs: U4, alive: B1, dead: U4, found: I8, living: I8) -> int:
    """How many documents of the title and the body list of each row are not deleted, to ``living`` (rows, 2).

    ``dead``: the deleted documents, ascending. The lists lie within ``docs``. Returns 0, or :data:`DAMAGED`.
    """
    for i in range(len(found)):
        start = found[i, START]
        middle = start + found[i, TITLES]
        living[i, 0] = living_of(docs, start, middle, alive, dead)
        living[i, 1] = living_of(docs, middle, middle + found[i, BODIES], alive, dead)
        if living[i, 0] < 0 or living[i, 1] < 0:
            return DAMAGED
    return 0
