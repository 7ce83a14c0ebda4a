"""Finding words in code points.

The rules are those of :mod:`index.analysis.words`; its patterns are the oracle. Text comes as UTF-32, many fields one
after the other. What is found comes as one number (u4) per word or grapheme: in the upper two bits what it is
(:data:`WORD` ...), below the offset of its record (:mod:`index.analysis.record_kernels`).
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
from index.analysis.record_kernels import (
    FIELD,
    LONGEST_RAW,
    ODDS,
    PIECE,
    PIECES,
    UNREAD,
    look_up,
)
from index.compiled import inlined, kernel

WORD = 0
RUN_BEGINS = 1 << 30
"""The first grapheme of a run."""
RUN_GOES_ON = 2 << 30
ODD = 3 << 30
"""Left to the chain: the lower bits number the spans given in ``odd``."""

MOST_ARTICLE = 8
"""Letters of an elided article (ASCII), one byte each in a u8."""

IN_WORD = LETTER | DIGIT | JOINER
"""Classes of what spaced words begin with."""
_KINDS_OF_LETTER = LETTER | HEBREW | APOSTROPHE  # two apostrophes are letters
_IN_LETTERS = LETTER | EXTEND
_IN_DIGITS = DIGIT | EXTEND
_QUOTE, _DOUBLE_QUOTE = 0x27, 0x22
_HEBREW_REACH = 4  # marks between a Hebrew letter and the quote behind it

Codes = NDArray[np.uint32]


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


@inlined
def words_between(codes, at, end, lang, mid_letter, elides, classes, article_starts, articles, pieces, odd, odds):  # type: ignore[no-untyped-def]
    """Writes the words and graphemes of ``codes[at:end]``, a field, to ``pieces``, two numbers each: where it begins,
    and its kind with its length or its number in ``odd``. Returns how many there are, and how many stand in ``odd``."""
    count = 0
    while at < end:
        here = classes[codes[np.uint64(at)]]
        if not here & (IN_WORD | UNSPACED | HANGUL):
            at += 1
            continue
        start, kept, is_odd = at, count, False
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
                    pieces[2 * count] = first
                    pieces[2 * count + 1] = WORD | (last - first)
                    count += 1
                    first = last + 1
            else:
                pieces[2 * count] = start
                pieces[2 * count + 1] = WORD | (stop - start)
                count += 1
        else:
            first, kind = start, RUN_BEGINS
            linked = is_linked(codes, start, classes)
            while first < stop:
                last = first + 1
                if not met & ALONE:
                    last, linked = grapheme_end(codes, first, stop, linked, classes)
                    if last - first > LONGEST_RAW:
                        is_odd = True
                        break
                pieces[2 * count] = first
                pieces[2 * count + 1] = kind | (last - first)
                count += 1
                kind = RUN_GOES_ON
                first = last
        if is_odd:
            odd[3 * odds], odd[3 * odds + 1], odd[3 * odds + 2] = start, stop, lang
            pieces[2 * kept + 1] = ODD | odds
            count = kept + 1
            odds += 1
        at = stop
    return count, odds


@kernel(
    "i8(in u4[:], in i8[:], in u2[:], in u4[:], in u4[:], in i8[:], in u8[:], in u8[:], in u8[:], out u8[:], out u4[:],"
    "out i8[:], out u8[:], out u4[:], out i8[:], out i8[:], out i8[:])"
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
    pieces: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    found: NDArray[np.uint32],
    found_ends: NDArray[np.int64],
    odd: NDArray[np.int64],
    state: NDArray[np.int64],
) -> int:
    """Finds the words of all fields; 1 where slots or records must grow before it can go on, else 0.

    Field *i* in language ``langs[i]`` ends at ``ends[i]``, where a line feed stands; :data:`LANES` code points more
    must be readable behind the last. In ``found`` its words end at ``found_ends[i]``. ``odd`` gets ``(start, end,
    language)`` of what is left to the chain. Room needed: ``found`` one per code point, ``odd`` two, ``pieces`` two per
    code point of the longest field, ``hashes`` :data:`AHEAD`. All must stand as they are between calls.
    """
    field, piece, count = state[FIELD], state[PIECE], state[PIECES]
    while field < len(ends):
        lang = langs[field]
        first_found = found_ends[field - 1] if field else np.int64(0)
        if piece == UNREAD:
            start = ends[field - 1] + 1 if field else np.int64(0)
            elides = article_starts[lang] < article_starts[lang + 1]
            count, state[ODDS] = words_between(
                codes,
                start,
                ends[field],
                lang,
                mid_letters[lang],
                elides,
                classes,
                article_starts,
                articles,
                pieces,
                odd,
                state[ODDS],
            )
        piece = look_up(
            codes,
            pieces,
            max(piece, 0),
            count,
            lang,
            seeds[lang],
            lanes,
            slots,
            records,
            hashes,
            found,
            first_found,
            state,
        )
        if piece < count:
            state[FIELD], state[PIECE], state[PIECES] = field, piece, count
            return 1
        found_ends[field] = first_found + count
        field += 1
        piece = np.int64(UNREAD)
    state[FIELD], state[PIECE], state[PIECES] = field, piece, count
    return 0
