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
MOST_ARTICLE = 8
"""Letters of an elided article (ASCII), one byte each in a u8."""

# The state that find_words keeps between calls.
FIELD, AT, FOUND, ODDS, RECORDS_END, RAWS = range(6)
STATE = 6

_IN_WORD = LETTER | DIGIT | JOINER
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
def hash_of(codes, start, stop, seed, multiplier):  # type: ignore[no-untyped-def]
    """Of code points; ``multiplier`` is odd, it and ``seed`` are secret so that no text is made to collide."""
    mixed = seed
    for at in range(start, stop):
        mixed = (mixed ^ np.uint64(codes[at])) * multiplier
    mixed = (mixed ^ (mixed >> np.uint64(32))) * multiplier
    return mixed ^ (mixed >> np.uint64(29))


@inlined
def record_of(codes, start, stop, lang, seeds, multiplier, slots, records, state):  # type: ignore[no-untyped-def]
    """The offset of the record of ``codes[start:stop]``, made if there is none; -1 where the slots are too full."""
    mixed = hash_of(codes, start, stop, seeds[lang], multiplier)
    length = stop - start
    header = np.uint32((np.int64(lang) << 16) | length)
    tag = mixed >> np.uint64(32)
    mask = len(slots) - 1
    place = np.int64(mixed & np.uint64(mask))
    while slots[place] != 0:
        slot = slots[place]
        if slot >> np.uint64(32) == tag:
            record = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
            if records[record + 1] == header:
                same = 0
                while same < length and records[record + 2 + same] == codes[start + same]:
                    same += 1
                if same == length:
                    return record
        place = (place + 1) & mask
    if 2 * (state[RAWS] + 1) > len(slots):
        return -1
    record = state[RECORDS_END]
    records[record] = UNKNOWN_FORM
    records[record + 1] = header
    for at in range(length):
        records[record + 2 + at] = codes[start + at]
    slots[place] = (tag << np.uint64(32)) | np.uint64(record + 1)
    state[RECORDS_END] = record + 2 + length
    state[RAWS] += 1
    return record


@inlined
def word_end(codes, at, end, mid_letter, classes):  # type: ignore[no-untyped-def]
    """Where the spaced word that begins at ``at`` ends, and the classes of all that stands in it."""
    met = np.uint32(0)
    here = classes[codes[at]]
    hebrew, marks = False, 0
    while True:
        if here & LETTER:  # WB4, WB5
            while here & _IN_LETTERS:
                met |= here
                if here & LETTER:
                    hebrew, marks = here & HEBREW != 0, 0
                else:
                    marks += 1
                at += 1
                if at == end:
                    return at, met
                here = classes[codes[at]]
            quoted = codes[at] == _DOUBLE_QUOTE and hebrew and marks <= _HEBREW_REACH
            if here & mid_letter or quoted:  # WB6, WB7, WB7b, WB7c
                middle = here
                behind = at + 1
                while behind < end and classes[codes[behind]] & EXTEND:
                    behind += 1
                if behind < end and classes[codes[behind]] & (HEBREW if quoted else LETTER):
                    met |= middle
                    at = behind
                    here = classes[codes[at]]
        elif here & DIGIT:  # WB8, WB11, WB12
            hebrew = False
            while here & _IN_DIGITS:
                met |= here
                at += 1
                if at == end:
                    return at, met
                here = classes[codes[at]]
            if here & MID_DIGIT:
                middle = here
                behind = at + 1
                while behind < end and classes[codes[behind]] & EXTEND:
                    behind += 1
                if behind < end and classes[codes[behind]] & DIGIT:
                    met |= middle
                    at = behind
                    here = classes[codes[at]]
        else:  # WB9, WB10, WB13a, WB13b
            hebrew = False
            while True:
                met |= here
                at += 1
                if at == end:
                    return at, met
                here = classes[codes[at]]
                if not here & EXTEND:
                    break
        if not here & _IN_WORD:
            break
    if hebrew and marks <= _HEBREW_REACH and codes[at] == _QUOTE:  # WB7a
        met |= here
        at += 1
        while at < end and classes[codes[at]] & EXTEND:
            at += 1
    return at, met


@inlined
def links_on(linked, here):  # type: ignore[no-untyped-def]
    """Whether a linker still waits for a consonant behind a code point of the classes ``here``."""
    return here & LINKER != 0 or (linked and here & LINK_EXTEND != 0)


@inlined
def is_linked(codes, start, at, classes):  # type: ignore[no-untyped-def]
    """Whether a linker that stands between ``start`` and ``at`` waits for a consonant."""
    while at > start and classes[codes[at - 1]] & (LINKER | LINK_EXTEND):
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
    "i8(in u4[:], in i8[:], in u2[:], in u4[:], in u4[:], in i8[:], in u8[:], in u8[:], u8, out u8[:], out u4[:],"
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
    multiplier: np.uint64,
    slots: NDArray[np.uint64],
    records: NDArray[np.uint32],
    found: NDArray[np.uint32],
    found_ends: NDArray[np.int64],
    odd: NDArray[np.int64],
    state: NDArray[np.int64],
) -> int:
    """Finds the words of all fields; 1 where the slots must grow before it can go on, else 0.

    Field *i* is ``codes[ends[i - 1]:ends[i]]`` in language ``langs[i]``; in ``found`` its words end at
    ``found_ends[i]``. ``odd`` gets ``(start, end, language)`` of what is left to the chain.
    Room needed: ``found`` one per code point, ``odd`` two, ``records`` three behind ``state[RECORDS_END]``.
    """
    field, at = state[FIELD], state[AT]
    count, odds = state[FOUND], state[ODDS]
    while field < len(ends):
        field_start = ends[field - 1] if field else np.int64(0)
        end = ends[field]
        lang = langs[field]
        mid_letter = mid_letters[lang]
        elides = article_starts[lang] < article_starts[lang + 1]
        while at < end:
            here = classes[codes[at]]
            start, kept = at, count
            stop = start
            is_odd, is_full = False, False
            if here & _IN_WORD:
                stop, met = word_end(codes, start, end, mid_letter, classes)
                is_odd = stop - start > LONGEST_RAW
                if elides and met & APOSTROPHE and not is_odd:
                    # l'état: the article is a word of its own
                    first = start
                    while first < stop:
                        cut = article_end(codes, first, stop, lang, classes, article_starts, articles)
                        if cut == -2:
                            is_odd = True
                            break
                        last = cut if cut >= 0 else stop
                        record = record_of(codes, first, last, lang, seeds, multiplier, slots, records, state)
                        if record < 0:
                            is_full = True
                            break
                        found[count] = WORD | record
                        count += 1
                        first = last + 1
                elif not is_odd:
                    record = record_of(codes, start, stop, lang, seeds, multiplier, slots, records, state)
                    is_full = record < 0
                    found[count] = WORD | record
                    count += 1
            elif here & (UNSPACED | HANGUL):
                inside = np.uint32((UNSPACED | EXTEND | ZERO_WIDTH_SPACE) if here & UNSPACED else (HANGUL | EXTEND))
                all_of = here
                while stop < end and classes[codes[stop]] & inside:
                    all_of &= classes[codes[stop]]
                    stop += 1
                first = start
                kind = RUN_BEGINS
                linked = is_linked(codes, field_start, start, classes)
                while first < stop:
                    last = first + 1
                    if not all_of & ALONE:
                        last, linked = grapheme_end(codes, first, stop, linked, classes)
                        if last - first > LONGEST_RAW:
                            is_odd = True
                            break
                    record = record_of(codes, first, last, lang, seeds, multiplier, slots, records, state)
                    if record < 0:
                        is_full = True
                        break
                    found[count] = kind | record
                    count += 1
                    kind = RUN_GOES_ON
                    first = last
            else:
                at += 1
                continue
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
    state[FIELD], state[AT], state[FOUND], state[ODDS] = field, at, count, odds
    return 0


@kernel("void(in u4[:], i8, in u8[:], u8, out u8[:])")
def place_records(
    records: NDArray[np.uint32],
    end: int,
    seeds: NDArray[np.uint64],
    multiplier: np.uint64,
    slots: NDArray[np.uint64],
) -> None:
    """Fills empty slots with the records up to ``end``."""
    mask = len(slots) - 1
    record = 0
    while record < end:
        length = length_of(records, record)
        lang = records[record + 1] >> np.uint32(16)
        mixed = hash_of(records, record + 2, record + 2 + length, seeds[lang], multiplier)
        place = np.int64(mixed & np.uint64(mask))
        while slots[place] != 0:
            place = (place + 1) & mask
        slots[place] = (mixed >> np.uint64(32) << np.uint64(32)) | np.uint64(record + 1)
        record += 2 + length
