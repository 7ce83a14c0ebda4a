"""Finding the words of a text whose forms are wanted, and those only.

The rules are those of :mod:`index.analysis.word_kernels`, whose parts this is made of. A wanted form is its code
points ``form_codes[form_at[n]:form_at[n + 1]]``; slots (u8, open addressing, a power of two) hold hash bits << 32 |
n + 1; 0 is free; the form is compared. What is found are rows of four numbers: :data:`FORM`, :data:`POSITION` ...
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.analysis.characters import (
    ALNUM,
    ALONE,
    APOSTROPHE,
    BEGINS_ANEW,
    CLOSES,
    CODE_MASK,
    CONTROL,
    DOUBLED,
    DROPPED,
    HANGUL,
    PLAIN,
    REORDERED,
    UNSPACED,
)
from index.analysis.form_kernels import first_code, stands_alone
from index.analysis.pair_kernels import pair_of, place_of
from index.analysis.record_kernels import LONGEST_RAW
from index.analysis.word_kernels import IN_WORD, article_end, grapheme_end, is_linked, span_end
from index.compiled import inlined, kernel

FORM, POSITION, START, END = range(4)

UNSURE = -3
"""In place of a form: a word that takes one position where it has a form; which one it has only the chain knows."""
ODD = -4
"""In place of a form: a span left to the chain; the positions in it are not counted."""
_OTHER, _NONE = -1, -2

_CAPITAL_I, _DOTLESS_I = 0x49, 0x131


@inlined
def bytes_of_code(lead):  # type: ignore[no-untyped-def]
    """How many bytes of UTF-8 a code point has that begins with ``lead``."""
    return 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


@inlined
def finished(mixed, multiplier):  # type: ignore[no-untyped-def]
    mixed = (mixed ^ (mixed >> np.uint64(32))) * multiplier
    return mixed ^ (mixed >> np.uint64(29))


@kernel("i8(in u1[:], in i8[:], in i8[:], i8, i8, u8, u8, out u8[:], out i8[:], out u4[:], out u8[:,:])")
def enter_forms(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    set_number: int,
    count: int,
    seed: np.uint64,
    multiplier: np.uint64,
    slots: NDArray[np.uint64],
    form_at: NDArray[np.int64],
    form_codes: NDArray[np.uint32],
    members: NDArray[np.uint64],
) -> int:
    """Enters the forms ``data[starts[i]:stops[i]]`` (UTF-8) as members of a set behind the ``count`` that are known;
    the number of forms then. Room needed: one more offset than forms, a code point a byte, two slots a form."""
    mask = np.uint64(len(slots) - 1)
    word, bit = set_number >> 6, np.uint64(1) << np.uint64(set_number & 63)
    for one in range(len(starts)):
        begin = form_at[count]
        end = begin
        mixed = seed
        at, stop = starts[one], stops[one]
        while at < stop:
            width = bytes_of_code(np.int64(data[at]))
            if at + width > stop:  # no whole code point: never a form
                end = begin
                break
            code = np.uint32(first_code(data, at))
            form_codes[end] = code
            mixed = (mixed ^ np.uint64(code)) * multiplier
            end += 1
            at += width
        if end == begin:
            continue
        mixed = finished(mixed, multiplier)
        place = mixed & mask
        number = np.int64(-1)
        while slots[place] != 0:
            slot = slots[place]
            if slot >> np.uint64(32) == mixed >> np.uint64(32):
                known = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
                if form_at[known + 1] - form_at[known] == end - begin:
                    same = 0
                    while same < end - begin and form_codes[form_at[known] + same] == form_codes[begin + same]:
                        same += 1
                    if same == end - begin:
                        number = known
                        break
            place = (place + np.uint64(1)) & mask
        if number < 0:
            number = np.int64(count)
            slots[place] = (mixed >> np.uint64(32) << np.uint64(32)) | np.uint64(number + 1)
            form_at[number + 1] = end
            count += 1
        members[number, word] |= bit
    return count


@inlined
def code_in_form(code, letter, dotless):  # type: ignore[no-untyped-def]
    """What stands in a form for a plain ``code``; ``letter``: what ``plain`` has of it."""
    return np.uint32(_DOTLESS_I) if dotless and code == _CAPITAL_I else letter & np.uint32(CODE_MASK)


@inlined
def is_wanted(first_letters, code):  # type: ignore[no-untyped-def]
    """Whether a wanted form may begin with a code point: there is a bit for each 64th."""
    return (first_letters >> np.uint64(code & np.uint32(63))) & np.uint64(1) != 0


@inlined
def has_codes(codes, start, stop, plain, dotless, form_codes, at):  # type: ignore[no-untyped-def]
    """Whether the form of plain, dropped and doubled ``codes[start:stop]`` stands in ``form_codes`` from ``at`` on."""
    while start < stop:
        code = codes[start]
        letter = plain[code]
        start += 1
        if letter & np.uint32(DROPPED):
            continue
        for _ in range(2 if letter & np.uint32(DOUBLED) else 1):
            if form_codes[at] != code_in_form(code, letter, dotless):
                return False
            at += 1
    return True


@inlined
def form_number(codes, start, middle, second, stop, mixed, length, plain, dotless, slots, form_at, form_codes):  # type: ignore[no-untyped-def]
    """The number of the form that ``codes[start:middle]`` and plain ``codes[second:stop]`` make together, whose
    finished hash is ``mixed``, of so many code points; where it is not wanted, :data:`_OTHER`."""
    mask = np.uint64(len(slots) - 1)
    place = mixed & mask
    while slots[place] != 0:
        slot = slots[place]
        if slot >> np.uint64(32) == mixed >> np.uint64(32):
            number = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
            at = form_at[number]
            if (
                form_at[number + 1] - at == length
                and has_codes(codes, start, middle, plain, dotless, form_codes, at)
                and has_codes(codes, second, stop, plain, dotless, form_codes, at + middle - start)
            ):
                return number
        place = (place + np.uint64(1)) & mask
    return np.int64(_OTHER)


@kernel("i8(in u4[:], u8, u8, in u8[:], in i8[:], in u4[:])")
def number_of_form(
    form: NDArray[np.uint32],
    seed: np.uint64,
    multiplier: np.uint64,
    slots: NDArray[np.uint64],
    form_at: NDArray[np.int64],
    form_codes: NDArray[np.uint32],
) -> int:
    """The number of a form given as its code points; :data:`_OTHER` where it is not wanted."""
    mixed = seed
    for code in form:
        mixed = (mixed ^ np.uint64(code)) * multiplier
    mixed = finished(mixed, multiplier)
    mask = np.uint64(len(slots) - 1)
    place = mixed & mask
    while slots[place] != 0:
        slot = slots[place]
        if slot >> np.uint64(32) == mixed >> np.uint64(32):
            number = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
            at = form_at[number]
            if form_at[number + 1] - at == len(form):
                same = 0
                while same < len(form) and form_codes[at + same] == form[same]:
                    same += 1
                if same == len(form):
                    return int(number)
        place = (place + np.uint64(1)) & mask
    return _OTHER


@inlined
def stays_behind(codes, start, at, plain, pairs):  # type: ignore[no-untyped-def]
    """Whether the plain code point at a place is known to stay as it is, though it may become one with what stands
    before it: in order behind its neighbour, and as a pair with each one back to the letter."""
    before = at
    while before > start:
        before -= 1
        pair = pair_of(codes[before], codes[at])
        if not pairs[place_of(pair, pairs)] & np.uint64(1):
            return False
        if not plain[codes[before]] & np.uint32(REORDERED):
            return True
    return False


@inlined
def form_of_word(  # type: ignore[no-untyped-def]
    codes, start, stop, plain, pairs, dotless, seed, multiplier, first_letters, slots, form_at, form_codes
):
    """The number of a word's form; :data:`_OTHER`, :data:`_NONE` where the word has no form, or :data:`UNSURE`."""
    first = plain[codes[start]]
    if first & np.uint32(PLAIN) and first & np.uint32(ALNUM):
        second = plain[codes[start + 1]] if start + 1 < stop else np.uint32(PLAIN)
        # Where nothing joins it, the first letter begins the form, whatever becomes of the others.
        is_first = second & np.uint32(PLAIN) and not second & np.uint32(CLOSES | REORDERED)
        if is_first and not is_wanted(first_letters, code_in_form(codes[start], first, dotless)):
            return np.int64(_OTHER)
    mixed, length = seed, np.int64(0)
    before = np.uint32(PLAIN)
    any_alnum = False
    for at in range(start, stop):
        code = codes[at]
        letter = plain[code]
        if letter & np.uint32(DROPPED):
            continue
        copies = 2 if letter & np.uint32(DOUBLED) else 1
        if copies == 1 and not stands_alone(before, letter):
            if not letter & np.uint32(PLAIN):
                return np.int64(UNSURE)
            if not stays_behind(codes, start, at, plain, pairs):
                return np.int64(UNSURE)
        any_alnum |= letter & np.uint32(ALNUM) != 0
        for _ in range(copies):
            mixed = (mixed ^ np.uint64(code_in_form(code, letter, dotless))) * multiplier
            length += 1
        before = letter
    if not any_alnum:
        return np.int64(_NONE)
    mixed = finished(mixed, multiplier)
    return form_number(codes, start, stop, stop, stop, mixed, length, plain, dotless, slots, form_at, form_codes)


@kernel(
    "(i8,b1)(in u4[:], i8, in u4[:], in u4[:], in u8[:], u4, b1, in i8[:], in u8[:], u8, u8, u8, in u8[:], in i8[:],"
    "in u4[:], out i8[:,:])"
)
def find_forms(
    codes: NDArray[np.uint32],
    end: int,
    classes: NDArray[np.uint32],
    plain: NDArray[np.uint32],
    pairs: NDArray[np.uint64],
    mid_letter: np.uint32,
    dotless: bool,
    article_starts: NDArray[np.int64],
    articles: NDArray[np.uint64],
    seed: np.uint64,
    multiplier: np.uint64,
    first_letters: np.uint64,
    slots: NDArray[np.uint64],
    form_at: NDArray[np.int64],
    form_codes: NDArray[np.uint32],
    rows: NDArray[np.int64],
) -> tuple[int, bool]:
    """Writes a row for each word of ``codes[:end]`` whose form is wanted, and for what is :data:`UNSURE` or
    :data:`ODD`. Returns how many, and whether any form is in doubt; -1 where there is no room for another two.

    ``pairs``: of :class:`index.analysis.pairs.KnownPairs`, which code points stay in a form behind which.

    A line feed must stand behind the text, and :data:`index.analysis.word_kernels.LANES` code points must be readable
    from there. Room that always suffices: two rows a code point, and two.
    """
    count, position = 0, 0
    doubt = False
    elides = article_starts[0] < article_starts[1]
    most = len(rows) - 2
    at = 0
    while at < end:
        here = classes[codes[np.uint64(at)]]
        if not here & (IN_WORD | UNSPACED | HANGUL):
            at += 1
            continue
        start = at
        stop, met = span_end(codes, start, mid_letter, classes)
        at = stop
        kept, begun = count, position
        is_odd = False
        if here & IN_WORD:
            first = start
            is_odd = stop - start > LONGEST_RAW
            while first < stop and not is_odd:
                if count > most:
                    return -1, False
                last = stop
                if elides and met & APOSTROPHE:  # l'état: the article is a word of its own
                    cut = article_end(codes, first, stop, 0, classes, article_starts, articles)
                    is_odd = cut == -2
                    last = cut if cut >= 0 else stop
                form = form_of_word(
                    codes, first, last, plain, pairs, dotless, seed, multiplier, first_letters,
                    slots, form_at, form_codes,
                )  # fmt: skip
                if form >= 0 or form == UNSURE:
                    rows[count, FORM], rows[count, POSITION] = form, position
                    rows[count, START], rows[count, END] = first, last
                    count += 1
                    doubt |= form == UNSURE
                if form != _NONE:
                    position += 1
                first = last + 1
        else:
            # Of a run each grapheme is a word, and each two neighbours are one.
            first = start
            linked = is_linked(codes, start, classes)
            before_start, before_end = -1, -1
            before_code = np.uint32(0)
            before_mixed = np.uint64(0)
            while first < stop:
                if count > most:
                    return -1, False
                last = first + 1
                if not met & ALONE:
                    last, linked = grapheme_end(codes, first, stop, linked, classes)
                    if last == first + 1 and classes[codes[first]] & CONTROL:
                        first = last
                        continue
                is_odd = last - first > LONGEST_RAW
                if is_odd:
                    break
                mixed = seed
                before = np.uint32(PLAIN)
                any_alnum = False
                for one in range(first, last):
                    code = codes[one]
                    letter = plain[code]
                    is_odd |= not stands_alone(before, letter)
                    any_alnum |= letter & np.uint32(ALNUM) != 0
                    mixed = (mixed ^ np.uint64(code_in_form(code, letter, dotless))) * multiplier
                    before = letter
                begins = code_in_form(codes[first], plain[codes[first]], dotless)
                # A pair that may change where its parts meet.
                is_odd |= before_start >= 0 and any_alnum and not classes[begins] & BEGINS_ANEW
                if is_odd:
                    break
                if not any_alnum:
                    first = last
                    continue
                if before_start >= 0 and is_wanted(first_letters, before_code):
                    both = before_mixed
                    for one in range(first, last):
                        code = codes[one]
                        both = (both ^ np.uint64(code_in_form(code, plain[code], dotless))) * multiplier
                    both = finished(both, multiplier)
                    form = form_number(
                        codes, before_start, before_end, first, last, both, before_end - before_start + last - first,
                        plain, dotless, slots, form_at, form_codes,
                    )  # fmt: skip
                    if form >= 0:
                        rows[count, FORM], rows[count, POSITION] = form, position - 1
                        rows[count, START], rows[count, END] = before_start, last
                        count += 1
                if is_wanted(first_letters, begins):
                    form = form_number(
                        codes, first, last, last, last, finished(mixed, multiplier), last - first,
                        plain, dotless, slots, form_at, form_codes,
                    )  # fmt: skip
                    if form >= 0:
                        rows[count, FORM], rows[count, POSITION] = form, position
                        rows[count, START], rows[count, END] = first, last
                        count += 1
                before_start, before_end, before_code, before_mixed = first, last, begins, mixed
                position += 1
                first = last
        if is_odd:
            count, position = kept, begun
            if count > most:
                return -1, False
            rows[count, FORM], rows[count, POSITION] = ODD, position
            rows[count, START], rows[count, END] = start, stop
            count += 1
            doubt = True
    return count, doubt


@kernel("(i8,i8,b1)(in u4[:], i8, i8, in u4[:], u4)")
def span_around(
    codes: NDArray[np.uint32], end: int, place: int, classes: NDArray[np.uint32], mid_letter: np.uint32
) -> tuple[int, int, bool]:
    """The spaced word, or the grapheme of a run, that ``place`` is inside of: where it begins and ends (-1 where there
    is none), and whether it is a word. Reads what stands between ``place`` and the last sign before it that is in no
    word. To be read behind ``end``: as for :func:`find_forms`."""
    at = place
    # No word and no run holds a sign without classes, but for the double quote of Hebrew.
    while at > 0 and (classes[codes[at - 1]] != 0 or codes[at - 1] == 0x22):
        at -= 1
    while at < place:
        here = classes[codes[at]]
        if not here & (IN_WORD | UNSPACED | HANGUL):
            at += 1
            continue
        stop, met = span_end(codes, at, mid_letter, classes)
        if stop > place:
            if here & IN_WORD:
                return at, stop, True
            linked = is_linked(codes, at, classes)
            while at < place:
                last = at + 1
                if not met & ALONE:
                    last, linked = grapheme_end(codes, at, stop, linked, classes)
                if last > place:
                    return at, last, False
                at = last
            return -1, -1, False
        at = stop
    return -1, -1, False
