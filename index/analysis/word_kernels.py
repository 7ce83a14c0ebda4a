"""Finding words in code points, and the table of words as written.

The rules are those of :mod:`index.analysis.words`; its patterns are the oracle. Text comes as UTF-32, many fields one
after the other. What is found comes as one number (u4) per word or grapheme: in the upper two bits what it is
(:data:`WORD` ...), below the offset of its record. A word as written has its record, with room for the number of its
form, when it is first met:

======================  ============================================================
``records[r]``          number of its form, :data:`NO_FORM` or :data:`UNKNOWN_FORM`
``records[r + 1]``      language << 16 | length
``records[r + 2 ...]``  its code points
======================  ============================================================

Slots (u8, open addressing, a power of two) hold hash bits << 32 | offset of the record + 1; 0 is free. The record is
compared, so that equal hashes do no harm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.analysis.characters import (
    ALONE,
    APOSTROPHE,
    CONJOINED,
    CONTROL,
    DIGIT,
    ENDS_IN_T,
    ENDS_IN_V,
    EXTEND,
    HANGUL,
    HEBREW,
    JAMO_L,
    JAMO_T,
    JAMO_V,
    JOINED,
    JOINER,
    LETTER,
    LIKE_ASCII,
    LINK_EXTEND,
    LINKER,
    MARK,
    MID_DIGIT,
    SYLLABLE,
    UNSPACED,
    ZERO_WIDTH_SPACE,
)
from index.compiled import inlined, kernel

WORD = 0
RUN_BEGINS = 1 << 30
"""The first grapheme of a run."""
RUN_GOES_ON = 2 << 30
ODD = 3 << 30
"""Left to the chain: the lower bits number the spans given in ``odd``."""
KIND = 3 << 30

NO_FORM = 0xFFFFFFFF
UNKNOWN_FORM = 0xFFFFFFFE

LONGEST_RAW = 40
"""Code points of a word as written that gets a record: longer ones are addresses and garbage, rarely met again."""
LANES = 8
"""Code points that are hashed and compared at a time."""
LARGEST_RECORD = 2 + LONGEST_RAW + LANES
MOST_RECORDS = 1 << 30
"""Numbers that all records may take together: so many have an offset below the kinds."""
MOST_ARTICLE = 8
"""Letters of an elided article (ASCII), one byte each in a u8."""

# The state that find_words keeps between calls: how far it came, and what is in the tables.
FIELD, AT, FOUND, ODDS, RECORDS_END, RAWS = range(6)
PROGRESS = slice(FIELD, ODDS + 1)
STATE = 6

IN_WORD = LETTER | DIGIT | JOINER
"""Classes of what spaced words begin with."""
_KINDS_OF_LETTER = LETTER | HEBREW | APOSTROPHE  # two apostrophes are letters
_IN_LETTERS = LETTER | EXTEND
_IN_DIGITS = DIGIT | EXTEND
_QUOTE, _DOUBLE_QUOTE = 0x27, 0x22
_HEBREW_REACH = 4  # marks between a Hebrew letter and the quote behind it

Codes = NDArray[np.uint32]


@inlined
def length_of(records, record):  # type: ignore[no-untyped-def]
    """Code points of a record's word."""
    return np.int64(records[record + 1] & np.uint32(0xFFFF))


@inlined
def hash_of(codes, start, length, seed, lanes):  # type: ignore[no-untyped-def]
    """Of code points, eight at a time: sums of products with the secret numbers ``lanes``, so that no text is made to
    collide. Reads up to seven code points behind them."""
    mixed = seed
    left = length
    while left > 0:
        block = np.uint64(0)
        for lane in range(LANES):
            code = np.uint64(codes[np.uint64(start + lane)])
            block += (code if lane < left else np.uint64(0)) * lanes[lane]
        mixed = (mixed ^ (mixed >> np.uint64(32))) * lanes[0] + block
        start += LANES
        left -= LANES
    mixed = (mixed ^ (mixed >> np.uint64(32))) * lanes[1]
    return mixed ^ (mixed >> np.uint64(29))


@inlined
def are_equal(one, at, other, there, length):  # type: ignore[no-untyped-def]
    """Whether the same code points stand in both. Reads up to seven behind them."""
    left = length
    while left > 0:
        differing = np.uint32(0)
        for lane in range(LANES):
            bits = one[np.uint64(at + lane)] ^ other[np.uint64(there + lane)]
            differing |= bits if lane < left else np.uint32(0)
        if differing:
            return False
        at += LANES
        there += LANES
        left -= LANES
    return True


@inlined
def record_of(codes, start, stop, lang, seed, lanes, slots, records, state):  # type: ignore[no-untyped-def]
    """The offset of the record of ``codes[start:stop]``, made if there is none; -1 where there is no room for it."""
    length = stop - start
    mixed = hash_of(codes, start, length, seed, lanes)
    header = np.uint32((np.int64(lang) << 16) | length)
    tag = mixed >> np.uint64(32)
    mask = np.uint64(len(slots) - 1)
    place = mixed & mask
    while slots[place] != 0:
        slot = slots[place]
        if slot >> np.uint64(32) == tag:
            record = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
            if records[np.uint64(record + 1)] == header and are_equal(records, record + 2, codes, start, length):
                return record
        place = (place + np.uint64(1)) & mask
    record = state[RECORDS_END]
    if 2 * (state[RAWS] + 1) > len(slots) or record + 2 + length + LANES > len(records):
        return -1
    records[record] = UNKNOWN_FORM
    records[record + 1] = header
    for at in range(length):
        records[record + 2 + at] = codes[start + at]
    slots[place] = (tag << np.uint64(32)) | np.uint64(record + 1)
    state[RECORDS_END] = record + 2 + length
    state[RAWS] += 1
    return record


@inlined
def letters_end(codes, at, mid_letter, classes):  # type: ignore[no-untyped-def]
    """Where the spaced word of plain letters ends that begins at ``at``; -1 where it holds or meets anything else."""
    at += 1
    here = classes[codes[np.uint64(at)]]
    while here & _KINDS_OF_LETTER == LETTER:
        at += 1
        here = classes[codes[np.uint64(at)]]
    if here & (IN_WORD | EXTEND):
        return -1
    if here & mid_letter and classes[codes[np.uint64(at + 1)]] & _IN_LETTERS:
        return -1
    return at


@inlined
def word_end(codes, at, mid_letter, classes):  # type: ignore[no-untyped-def]
    """Where the spaced word that begins at ``at`` ends, and the classes of all that stands in it."""
    met = np.uint32(0)
    here = classes[codes[at]]
    hebrew, marks = False, 0
    while here & IN_WORD:
        middle = np.uint32(0)  # what may follow in the middle of a word, and what must then stand behind it
        behind = np.uint32(0)
        if here & LETTER:  # WB4, WB5
            while here & _IN_LETTERS:
                met |= here
                if here & LETTER:
                    hebrew, marks = here & HEBREW != 0, 0
                else:
                    marks += 1
                at += 1
                here = classes[codes[at]]
            if here & mid_letter:  # WB6, WB7
                middle, behind = here, np.uint32(LETTER)
            elif codes[at] == _DOUBLE_QUOTE and hebrew and marks <= _HEBREW_REACH:  # WB7b, WB7c
                middle, behind = here | np.uint32(EXTEND), np.uint32(HEBREW)
        elif here & DIGIT:  # WB8, WB11, WB12
            hebrew = False
            while here & _IN_DIGITS:
                met |= here
                at += 1
                here = classes[codes[at]]
            if here & MID_DIGIT:
                middle, behind = here, np.uint32(DIGIT)
        else:  # WB9, WB10, WB13a, WB13b
            hebrew = False
            met |= here
            at += 1
            here = classes[codes[at]]
            while here & EXTEND:
                at += 1
                here = classes[codes[at]]
        if behind:
            next_one = at + 1
            while classes[codes[next_one]] & EXTEND:
                next_one += 1
            if classes[codes[next_one]] & behind:
                met |= middle
                at = next_one
                here = classes[codes[at]]
    if hebrew and marks <= _HEBREW_REACH and codes[at] == _QUOTE:  # WB7a
        met |= here
        at += 1
        while classes[codes[at]] & EXTEND:
            at += 1
    return at, met


@inlined
def span_end(codes, at, mid_letter, classes):  # type: ignore[no-untyped-def]
    """Where the spaced word or the run ends that begins at ``at``; and the classes of all that stands in a word (none
    where it is of plain letters), or those that all of a run share."""
    here = classes[codes[np.uint64(at)]]
    if here & _KINDS_OF_LETTER == LETTER:
        stop = letters_end(codes, at, mid_letter, classes)
        if stop >= 0:
            return stop, np.uint32(0)
    if here & IN_WORD:
        return word_end(codes, at, mid_letter, classes)
    inside = np.uint32((UNSPACED | EXTEND | ZERO_WIDTH_SPACE) if here & UNSPACED else (HANGUL | EXTEND))
    all_of = here
    at += 1
    while classes[codes[np.uint64(at)]] & inside:
        all_of &= classes[codes[np.uint64(at)]]
        at += 1
    return at, all_of


@inlined
def links_on(linked, here):  # type: ignore[no-untyped-def]
    """Whether a linker still waits for a consonant behind a code point of the classes ``here``."""
    return here & LINKER != 0 or (linked and here & LINK_EXTEND != 0)


@inlined
def is_linked(codes, at, classes):  # type: ignore[no-untyped-def]
    """Whether a linker that stands before ``at`` waits for a consonant."""
    while at > 0 and classes[codes[at - 1]] & (LINKER | LINK_EXTEND):
        at -= 1
        if classes[codes[at]] & LINKER:
            return True
    return False


@inlined
def grapheme_end(codes, at, end, linked, classes):  # type: ignore[no-untyped-def]
    """Where the grapheme that begins at ``at`` ends, with all marks behind it; and whether a linker waits there."""
    before = classes[codes[at]]
    linked = links_on(linked, before)
    at += 1
    while at < end:
        here = classes[codes[at]]
        if (before | here) & CONTROL:  # GB4, GB5
            break
        joined = (
            here & JOINED  # GB9, GB9a
            or (before & JAMO_L and here & (JAMO_L | JAMO_V | SYLLABLE))  # GB6
            or (before & ENDS_IN_V and here & (JAMO_V | JAMO_T))  # GB7
            or (before & ENDS_IN_T and here & JAMO_T)  # GB8
            or (linked and here & CONJOINED)  # GB9c, as regex has it: no consonant need stand before the linker
        )
        if not joined:
            break
        linked = links_on(linked, here)
        before = here
        at += 1
    while at < end and classes[codes[at]] & MARK:
        linked = links_on(linked, classes[codes[at]])
        at += 1
    return at, linked


@inlined
def article_end(codes, start, stop, lang, classes, article_starts, articles):  # type: ignore[no-untyped-def]
    """Where the article ends that ``codes[start:stop]`` begins with and an apostrophe joins on; -1: there is none, -2:
    it has letters that only case-folding makes ASCII."""
    packed = np.uint64(0)
    at = start
    while at < stop:
        code = codes[at]
        here = classes[code]
        if here & APOSTROPHE:
            break
        if here & LIKE_ASCII:
            return -2
        if code >= 0x80 or at - start == MOST_ARTICLE:
            return -1
        if 0x41 <= code <= 0x5A:
            code |= np.uint32(0x20)
        packed = (packed << np.uint64(8)) | np.uint64(code)
        at += 1
    if at < stop:
        for known in range(article_starts[lang], article_starts[lang + 1]):
            if articles[known] == packed:
                return at
    return -1


@kernel(
    "i8(in u4[:], in i8[:], in u2[:], in u4[:], in u4[:], in i8[:], in u8[:], in u8[:], in u8[:], out u8[:], out u4[:],"
    "out u4[:], out i8[:], out i8[:], out i8[:])"
)
def find_words(
    codes: Codes,
    ends: NDArray[np.int64],
    langs: NDArray[np.uint16],
    classes: NDArray[np.uint32],
    mid_letters: NDArray[np.uint32],
    article_starts: NDArray[np.int64],
    articles: NDArray[np.uint64],
    seeds: NDArray[np.uint64],
    lanes: NDArray[np.uint64],
    slots: NDArray[np.uint64],
    records: NDArray[np.uint32],
    found: NDArray[np.uint32],
    found_ends: NDArray[np.int64],
    odd: NDArray[np.int64],
    state: NDArray[np.int64],
) -> int:
    """Finds the words of all fields; 1 where slots or records must grow before it can go on, else 0.

    Field *i* in language ``langs[i]`` ends at ``ends[i]``, where a line feed stands; :data:`LANES` code points more
    must be readable behind the last. In ``found`` its words end at ``found_ends[i]``. ``odd`` gets ``(start, end,
    language)`` of what is left to the chain. Room needed: ``found`` one per code point, ``odd`` two.
    """
    field, at = state[FIELD], state[AT]
    count, odds = state[FOUND], state[ODDS]
    while field < len(ends):
        end = ends[field]
        lang = langs[field]
        seed = seeds[lang]
        mid_letter = mid_letters[lang]
        elides = article_starts[lang] < article_starts[lang + 1]
        while at < end:
            here = classes[codes[np.uint64(at)]]
            if not here & (IN_WORD | UNSPACED | HANGUL):
                at += 1
                continue
            start, kept = at, count
            is_odd, is_full = False, False
            stop, met = span_end(codes, start, mid_letter, classes)
            if here & IN_WORD:
                if stop - start > LONGEST_RAW:
                    is_odd = True
                elif elides and met & APOSTROPHE:
                    # l'état: the article is a word of its own
                    first = start
                    while first < stop:
                        cut = article_end(codes, first, stop, lang, classes, article_starts, articles)
                        if cut == -2:
                            is_odd = True
                            break
                        last = cut if cut >= 0 else stop
                        record = record_of(codes, first, last, lang, seed, lanes, slots, records, state)
                        if record < 0:
                            is_full = True
                            break
                        found[count] = WORD | record
                        count += 1
                        first = last + 1
                else:
                    record = record_of(codes, start, stop, lang, seed, lanes, slots, records, state)
                    is_full = record < 0
                    found[np.uint64(count)] = WORD | record
                    count += 1
            else:
                first = start
                kind = RUN_BEGINS
                linked = is_linked(codes, start, classes)
                while first < stop:
                    last = first + 1
                    if not met & ALONE:
                        last, linked = grapheme_end(codes, first, stop, linked, classes)
                        if last - first > LONGEST_RAW:
                            is_odd = True
                            break
                    record = record_of(codes, first, last, lang, seed, lanes, slots, records, state)
                    if record < 0:
                        is_full = True
                        break
                    found[np.uint64(count)] = kind | record
                    count += 1
                    kind = RUN_GOES_ON
                    first = last
            if is_full:
                state[FIELD], state[AT], state[FOUND], state[ODDS] = field, start, kept, odds
                return 1
            if is_odd:
                odd[3 * odds], odd[3 * odds + 1], odd[3 * odds + 2] = start, stop, lang
                found[kept] = np.uint32(ODD) | np.uint32(odds)
                count = kept + 1
                odds += 1
            at = stop
        found_ends[field] = count
        field += 1
        at = end + 1
    state[FIELD], state[AT], state[FOUND], state[ODDS] = field, at, count, odds
    return 0


@kernel("void(in u4[:], i8, in u8[:], in u8[:], out u8[:])")
def place_records(
    records: NDArray[np.uint32],
    end: int,
    seeds: NDArray[np.uint64],
    lanes: NDArray[np.uint64],
    slots: NDArray[np.uint64],
) -> None:
    """Fills empty slots with the records up to ``end``, behind which :data:`LANES` code points must be readable."""
    mask = np.uint64(len(slots) - 1)
    record = 0
    while record < end:
        length = length_of(records, record)
        lang = records[record + 1] >> np.uint32(16)
        mixed = hash_of(records, record + 2, length, seeds[lang], lanes)
        place = mixed & mask
        while slots[place] != 0:
            place = (place + np.uint64(1)) & mask
        slots[place] = (mixed >> np.uint64(32) << np.uint64(32)) | np.uint64(record + 1)
        record += 2 + length
