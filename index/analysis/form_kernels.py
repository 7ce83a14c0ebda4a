"""The table of forms, and from words as written to forms.

Form *n* is ``data[offsets[n]:offsets[n + 1]]`` (UTF-8) in language ``langs[n]``. Slots are those of
:mod:`index.analysis.record_kernels`, with number + 1 in the lower bits; the form is compared. ``state[FORMS]`` counts
the forms. A kernel that runs out of room says so (:data:`GROW`) and goes on where it was when called again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.analysis.characters import ALNUM, BEGINS_ANEW, CLOSES, CODE_MASK, OPENS, PLAIN, REORDERED
from index.analysis.record_kernels import KIND, NO_FORM, home_shift, length_of
from index.analysis.word_kernels import ODD, RUN_BEGINS, WORD
from index.compiled import inlined, kernel

ROOM = 4096
"""Bytes that a single form may need: more than a bigram of the longest graphemes."""

FORMS, NEXT, MADE, PAIRS = range(4)
FIELD, AT, POSITION, LAST, TOKENS = range(4, 9)
STATE = 9

DONE, GROW, UNKNOWN_PAIR = range(3)

NO_PAIR = 0xFFFFFFFFFFFFFFFF
_CAPITAL_I, _DOTLESS_I = 0x49, 0x131
_SEPARATOR = 10  # a line feed stands in no word


@inlined
def hash_of_bytes(data, start, stop, seed, multiplier):  # type: ignore[no-untyped-def]
    mixed = seed
    for at in range(start, stop):
        mixed = (mixed ^ np.uint64(data[at])) * multiplier
    mixed = (mixed ^ (mixed >> np.uint64(32))) * multiplier
    return mixed ^ (mixed >> np.uint64(29))


@inlined
def entered(length, lang, seeds, multiplier, slots, offsets, langs, data, state):  # type: ignore[no-untyped-def]
    """The number of the form whose bytes stand behind the last one, entered if it is new."""
    count = state[FORMS]
    start = offsets[count]
    mixed = hash_of_bytes(data, start, start + length, seeds[lang], multiplier)
    tag = mixed >> np.uint64(32)
    mask = np.uint64(len(slots) - 1)
    place = mixed >> home_shift(slots)
    while slots[place] != 0:
        slot = slots[place]
        if slot >> np.uint64(32) == tag:
            number = np.int64(slot & np.uint64(0xFFFFFFFF)) - 1
            known = offsets[number]
            if langs[number] == lang and offsets[number + 1] - known == length:
                same = 0
                while same < length and data[known + same] == data[start + same]:
                    same += 1
                if same == length:
                    return number
        place = (place + np.uint64(1)) & mask
    slots[place] = (tag << np.uint64(32)) | np.uint64(count + 1)
    langs[count] = lang
    offsets[count + 1] = start + length
    state[FORMS] = count + 1
    return count


@inlined
def is_full(slots, offsets, data, length, state):  # type: ignore[no-untyped-def]
    """Whether one more form of ``length`` bytes does not fit."""
    count = state[FORMS]
    return 2 * (count + 1) > len(slots) or count + 2 > len(offsets) or offsets[count] + length > len(data)


@inlined
def encode(code, data, at):  # type: ignore[no-untyped-def]
    """Writes a code point in UTF-8; where it ends."""
    if code < 0x80:
        data[at] = code
        return at + 1
    if code < 0x800:
        data[at] = 0xC0 | (code >> 6)
        data[at + 1] = 0x80 | (code & 0x3F)
        return at + 2
    if code < 0x10000:
        data[at] = 0xE0 | (code >> 12)
        data[at + 1] = 0x80 | ((code >> 6) & 0x3F)
        data[at + 2] = 0x80 | (code & 0x3F)
        return at + 3
    data[at] = 0xF0 | (code >> 18)
    data[at + 1] = 0x80 | ((code >> 12) & 0x3F)
    data[at + 2] = 0x80 | ((code >> 6) & 0x3F)
    data[at + 3] = 0x80 | (code & 0x3F)
    return at + 4


@inlined
def first_code(data, at):  # type: ignore[no-untyped-def]
    """The code point that begins at ``at`` in UTF-8."""
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (np.int64(data[at + 1]) & 0x3F)
    if lead < 0xF0:
        return (lead & 0xF) << 12 | (np.int64(data[at + 1]) & 0x3F) << 6 | (np.int64(data[at + 2]) & 0x3F)
    return (
        (lead & 7) << 18
        | (np.int64(data[at + 1]) & 0x3F) << 12
        | (np.int64(data[at + 2]) & 0x3F) << 6
        | (np.int64(data[at + 3]) & 0x3F)
    )


@inlined
def stands_alone(before, letter):  # type: ignore[no-untyped-def]
    """Whether a letter stands in the form of a word for itself, behind the one ``before``; both as ``plain`` has
    them."""
    if not letter & np.uint32(PLAIN):
        return False
    if letter & np.uint32(CLOSES) and before & np.uint32(OPENS | CLOSES | REORDERED):
        return False
    return not (letter & np.uint32(REORDERED) and before & np.uint32(REORDERED))


@inlined
def is_plain(records, record, length, plain):  # type: ignore[no-untyped-def]
    """Whether the form of a word is made of those of its letters, each for itself."""
    before = np.uint32(PLAIN)
    for at in range(record + 2, record + 2 + length):
        letter = plain[records[at]]
        if not stands_alone(before, letter):
            return False
        before = letter
    return True


@kernel("(i8,i8)(in u4[:], i8, i8, in u4[:], out i8[:], out u4[:])")
def list_intricate(
    records: NDArray[np.uint32],
    record: int,
    end: int,
    plain: NDArray[np.uint32],
    listed: NDArray[np.int64],
    spelt: NDArray[np.uint32],
) -> tuple[int, int]:
    """Lists the records from ``record`` to ``end`` whose form only the chain knows, and writes their words, a line feed
    behind each. Returns how many there are, and how many code points were written (room: as many as the records have).
    """
    count, written = 0, 0
    while record < end:
        length = length_of(records, record)
        if not is_plain(records, record, length, plain):
            listed[count] = record
            count += 1
            for at in range(record + 2, record + 2 + length):
                spelt[written] = records[at]
                written += 1
            spelt[written] = _SEPARATOR
            written += 1
        record += 2 + length
    return count, written


@kernel(
    "i8(out u4[:], i8, in u4[:], in u1[:], in b1[:], in u8[:], u8, out u8[:], out i8[:], out u2[:], out u1[:],"
    "out i8[:])"
)
def enter_records(
    records: NDArray[np.uint32],
    end: int,
    plain: NDArray[np.uint32],
    made: NDArray[np.uint8],
    dotless: NDArray[np.bool_],
    seeds: NDArray[np.uint64],
    multiplier: np.uint64,
    slots: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    langs: NDArray[np.uint16],
    data: NDArray[np.uint8],
    state: NDArray[np.int64],
) -> int:
    """Enters the forms of the records from ``state[NEXT]`` to ``end``; ``made`` has those that the chain made, a line
    feed behind each, in the order of :func:`list_intricate`."""
    while state[NEXT] < end:
        if is_full(slots, offsets, data, ROOM, state):
            return GROW
        record = state[NEXT]
        length = length_of(records, record)
        lang = records[record + 1] >> np.uint32(16)
        start = offsets[state[FORMS]]
        at = start
        if is_plain(records, record, length, plain):
            any_alnum = False
            for place in range(record + 2, record + 2 + length):
                letter = plain[records[place]]
                any_alnum |= letter & np.uint32(ALNUM) != 0
                code = np.int64(letter & np.uint32(CODE_MASK))
                if dotless[lang] and records[place] == _CAPITAL_I:
                    code = np.int64(_DOTLESS_I)
                at = encode(code, data, at)
            if not any_alnum:
                at = start
        else:
            while made[state[MADE]] != _SEPARATOR:
                data[at] = made[state[MADE]]
                at += 1
                state[MADE] += 1
            state[MADE] += 1
        if at == start:
            records[record] = NO_FORM
        else:
            records[record] = entered(at - start, lang, seeds, multiplier, slots, offsets, langs, data, state)
        state[NEXT] = record + 2 + length
    return DONE


@kernel(
    "i8(in u1[:], in i8[:], in u2[:], in u8[:], u8, out u8[:], out i8[:], out u2[:], out u1[:], out u4[:], out i8[:])"
)
def enter_bytes(
    given: NDArray[np.uint8],
    given_offsets: NDArray[np.int64],
    given_langs: NDArray[np.uint16],
    seeds: NDArray[np.uint64],
    multiplier: np.uint64,
    slots: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    langs: NDArray[np.uint16],
    data: NDArray[np.uint8],
    numbers: NDArray[np.uint32],
    state: NDArray[np.int64],
) -> int:
    """Enters the forms ``given`` from ``state[NEXT]`` on and writes their ``numbers``."""
    while state[NEXT] < len(given_langs):
        one = state[NEXT]
        length = given_offsets[one + 1] - given_offsets[one]
        if is_full(slots, offsets, data, length, state):
            return GROW
        start = offsets[state[FORMS]]
        for at in range(length):
            data[start + at] = given[given_offsets[one] + at]
        numbers[one] = entered(length, given_langs[one], seeds, multiplier, slots, offsets, langs, data, state)
        state[NEXT] = one + 1
    return DONE


@inlined
def pair_place(pair, multiplier, pairs):  # type: ignore[no-untyped-def]
    """Where a pair of forms stands among the pairs, or the free place for it."""
    mixed = pair * multiplier
    mixed ^= mixed >> np.uint64(32)
    mask = len(pairs) - 1
    place = np.int64((mixed * multiplier) >> np.uint64(20)) & mask
    while pairs[place] != pair and pairs[place] != np.uint64(NO_PAIR):
        place = (place + 1) & mask
    return place


@kernel(
    "i8(in u4[:], in i8[:], in u4[:], in u4[:], in u4[:], in i8[:], in i8[:], in u4[:], in u8[:], u8, out u8[:],"
    "out i8[:], out u2[:], out u1[:], out u8[:], out u4[:], out u4[:], out u4[:], out i8[:], out i8[:])"
)
def make_tokens(
    found: NDArray[np.uint32],
    found_ends: NDArray[np.int64],
    records: NDArray[np.uint32],
    odd_forms: NDArray[np.uint32],
    odd_positions: NDArray[np.uint32],
    odd_starts: NDArray[np.int64],
    odd_widths: NDArray[np.int64],
    classes: NDArray[np.uint32],
    seeds: NDArray[np.uint64],
    multiplier: np.uint64,
    slots: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    langs: NDArray[np.uint16],
    data: NDArray[np.uint8],
    pairs: NDArray[np.uint64],
    pair_forms: NDArray[np.uint32],
    forms: NDArray[np.uint32],
    positions: NDArray[np.uint32],
    ends: NDArray[np.int64],
    state: NDArray[np.int64],
) -> int:
    """Turns what :func:`index.analysis.word_kernels.find_words` found into ``forms`` at ``positions``.

    Of a run each grapheme is a form, and each two neighbours are one. Returns :data:`UNKNOWN_PAIR` where only the chain
    knows the form of the pair that ends at ``found[state[AT]]``; it has to be entered before the next call.
    """
    field, at, position = state[FIELD], state[AT], state[POSITION]
    last, tokens = state[LAST], state[TOKENS]
    status = DONE
    while field < len(found_ends) and status == DONE:
        end = found_ends[field]
        while at < end:
            what = found[at]
            kind = np.int64(what) & KIND
            rest = np.int64(what) & ~KIND
            if kind == ODD:
                for one in range(odd_starts[rest], odd_starts[rest + 1]):
                    forms[tokens] = odd_forms[one]
                    positions[tokens] = position + odd_positions[one]
                    tokens += 1
                position += odd_widths[rest]
                at += 1
                continue
            form = np.int64(records[rest])
            if kind == WORD:
                if form != NO_FORM:
                    forms[tokens] = form
                    positions[tokens] = position
                    tokens += 1
                    position += 1
                at += 1
                continue
            if kind == RUN_BEGINS:
                last = -1
            if form == NO_FORM:
                at += 1
                continue
            if last >= 0:
                pair = np.uint64(last) << np.uint64(32) | np.uint64(form)
                place = pair_place(pair, multiplier, pairs)
                if pairs[place] != pair:
                    # Two forms that are normal stay so side by side where the second begins anew.
                    start, stop = offsets[form], offsets[form + 1]
                    begin, middle = offsets[last], offsets[last + 1]
                    length = middle - begin + stop - start
                    if 2 * (state[PAIRS] + 1) > len(pairs) or is_full(slots, offsets, data, length, state):
                        status = GROW
                        break
                    if not classes[first_code(data, start)] & BEGINS_ANEW:
                        status = UNKNOWN_PAIR
                        break
                    write = offsets[state[FORMS]]
                    for one in range(begin, middle):
                        data[write] = data[one]
                        write += 1
                    for one in range(start, stop):
                        data[write] = data[one]
                        write += 1
                    pairs[place] = pair
                    pair_forms[place] = entered(
                        length, langs[form], seeds, multiplier, slots, offsets, langs, data, state
                    )
                    state[PAIRS] += 1
                forms[tokens] = pair_forms[place]
                positions[tokens] = position - 1
                tokens += 1
            forms[tokens] = form
            positions[tokens] = position
            tokens += 1
            position += 1
            last = form
            at += 1
        if status == DONE:
            ends[field] = tokens
            field += 1
            position = 0
    state[FIELD], state[AT], state[POSITION], state[LAST], state[TOKENS] = field, at, position, last, tokens
    return status


@kernel("void(i8, i8, i8, u8, out u8[:], out u4[:])")
def enter_pair(
    first: int, second: int, form: int, multiplier: np.uint64, pairs: NDArray[np.uint64], pair_forms: NDArray[np.uint32]
) -> None:
    """Enters the form of a pair; there must be room."""
    pair = np.uint64(first) << np.uint64(32) | np.uint64(second)
    place = pair_place(pair, multiplier, pairs)
    pairs[place] = pair
    pair_forms[place] = form


@kernel("void(in u8[:], in u4[:], u8, out u8[:], out u4[:])")
def place_pairs(
    old: NDArray[np.uint64],
    old_forms: NDArray[np.uint32],
    multiplier: np.uint64,
    pairs: NDArray[np.uint64],
    pair_forms: NDArray[np.uint32],
) -> None:
    """Moves all pairs to a larger table."""
    for one in range(len(old)):
        if old[one] != np.uint64(NO_PAIR):
            place = pair_place(old[one], multiplier, pairs)
            pairs[place] = old[one]
            pair_forms[place] = old_forms[one]


@kernel("void(in u4[:], in i8[:], in u1[:], in i8[:], i8, out u1[:])")
def gather_forms(
    numbers: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    gap: int,
    gathered: NDArray[np.uint8],
) -> None:
    """Copies the forms ``numbers`` to their ``starts``; where ``gap`` is 1, each gets a line feed behind it."""
    for one in range(len(numbers)):
        write = starts[one]
        for at in range(offsets[numbers[one]], offsets[numbers[one] + 1]):
            gathered[write] = data[at]
            write += 1
        if gap:
            gathered[write] = _SEPARATOR
