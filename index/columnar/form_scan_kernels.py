"""The kernels that look for forms by a pattern or by nearness in the front-coded blocks of :mod:`.lexicon_kernels`.

Of each form its *outline* is known: which letters it has, a bit each (``letter & 31``), and how many. One letter put
in, left out or replaced changes each of these by one at most, so that outlines tell of nearly all forms that they are
too far away, eight at a time and without reading them. The blocks of those that are left are read, and an automaton
reads these forms letter by letter (code point by code point). Two kinds of automata:

- Nearness. A state is a row of the table of Levenshtein's distance, of which only the cells within two of the diagonal
  can hold 2 or less: five cells of two bits (3: more than 2). Which row follows hangs on the row and on which of the
  five letters of the word beside the diagonal are the one read (Schulz and Mihov, *Fast string correction with
  Levenshtein automata*, 2002): :func:`index.columnar.form_automata.row_moves` is that table.
- A pattern. A state is a set of places in the pattern, a bit each (Baeza-Yates and Gonnet, *A new approach to text
  searching*, 1992). Of each letter the pattern says at which places it leads one place on (``steps``); at some any
  letter may stand without leading on (``stays``).

Segments reach a kernel as a table of addresses (:data:`BLOCKS` and so on), and what is to be looked through as
*pieces*: the forms of one language in one segment.
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import I2, I4, I8, U1, U4, U8
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK, get_number
from index.compiled import array_at, inlined, kernel

CELLS = 5
"""Cells of a row of distances: two on each side of the diagonal."""
LONG = 255
"""Letters of a form that its outline tells at most."""
BLOCKS, SIZE, BLOCK_AT, COUNT, LISTS, HEADS, LETTERS, LENGTHS = range(8)
"""Columns of the table of segments: where the blocks are and how many bytes, where it is told at which byte each begins
and how many there are, the posting of each, its head, and the outlines of its forms: letters and lengths."""
SEGMENT, FIRST_BLOCK, FORMS, GROUP = range(4)
"""Columns of pieces: which segment, where the language begins there, how many forms it has; pieces of one group are
those of one language, looked through with one automaton."""
KEY, PLACE, LISTED, RANK = range(4)
"""Columns of matches: a hash of the bytes; how many these are and the number in its language (32 bits each); lengths of
the title and of the body list (32 bits each); distance (2) and the first bytes (62), in order."""
DAMAGED = -1
_HALF, _DISTANCE = np.uint64(32), np.uint64(62)
_LOW = np.uint64(0xFFFFFFFF)
_AHEAD = 64
"""Blocks whose outlines are looked over at a time."""
_PLAIN = 256
"""Letters whose row of a pattern is looked up and not searched for."""
_DIAGONAL = CELLS // 2
_FIRST_ROW = 0b1001001111
"""The row before the first letter: 3 3 0 1 2."""
u1_at, u4_at, u8_at, i8_at = array_at("u1"), array_at("u4"), array_at("u8"), array_at("i8")


@inlined
def letter_at(form, at, stop):  # type: ignore[no-untyped-def]
    """The code point at ``at``, and where the next begins; never behind ``stop``, whatever the bytes are."""
    lead = np.int64(form[np.uint64(at)])
    if lead < 0x80:
        return lead, at + 1
    more = np.int64(0)
    if lead >= 0xF0:
        lead, more = lead & 0x07, np.int64(3)
    elif lead >= 0xE0:
        lead, more = lead & 0x0F, np.int64(2)
    elif lead >= 0xC0:
        lead, more = lead & 0x1F, np.int64(1)
    behind = min(at + 1 + more, stop)
    for k in range(at + 1, behind):
        lead = (lead << 6) | np.int64(form[np.uint64(k)] & 0x3F)
    return lead, behind


@inlined
def number_at(data, at):  # type: ignore[no-untyped-def]
    """:func:`index.columnar.lexicon_kernels.get_number`, sooner done where the number has one byte."""
    value = np.int64(data[np.uint64(at)])
    if value < 128:
        return value, at + 1
    return get_number(data, at)


@inlined
def next_form(blocks, at, stop, place, length, form):  # type: ignore[no-untyped-def]
    """Reads on to the next form of a block, number ``place`` there, the one before being in ``form``, ``length`` bytes:
    its length (-1: damaged) and where its lists are told."""
    if at >= stop:
        return np.int64(-1), at
    shared = np.int64(blocks[np.uint64(at)]) if place else np.int64(0)
    rest, at = number_at(blocks, at + 1)
    if rest < 0 or rest > stop - at or shared > length or shared + rest > FORM_MOST:
        return np.int64(-1), at
    for k in range(rest):
        form[np.uint64(shared + k)] = blocks[np.uint64(at + k)]
    return shared + rest, at + rest


@inlined
def behind_numbers(blocks, at):  # type: ignore[no-untyped-def]
    """Where two variable-length integers end."""
    _, at = number_at(blocks, at)
    _, at = number_at(blocks, at)
    return at


@kernel("i8(in u1[:], in i8[:], in i8[:,:], out u4[:], out u1[:])")
def outline(blocks: U1, block_at: I8, languages: I8, letters: U4, lengths: U1) -> int:
    """The outline of each form of ``languages`` (languages, 2: first block, number of forms), :data:`BLOCK` places a
    block: bit ``letter & 31`` of its letters, and how many (at most :data:`LONG`). Returns 0, or :data:`DAMAGED`. Cost:
    some 30 nanoseconds a form."""
    form = np.empty(FORM_MOST, np.uint8)
    for lang in range(len(languages)):
        first, count = languages[lang]
        for number in range(count):
            block, place = first + number // BLOCK, number % BLOCK
            if place == 0:
                at, length = block_at[block], np.int64(0)
            length, at = next_form(blocks, at, block_at[block + 1], place, length, form)
            if length <= 0:
                return DAMAGED
            at = behind_numbers(blocks, at)
            k, held, size = np.int64(0), np.uint32(0), np.int64(0)
            while k < length:
                letter, k = letter_at(form, k, length)
                held |= np.uint32(1) << np.uint32(letter & 31)
                size += 1
            letters[block * BLOCK + place] = held
            lengths[block * BLOCK + place] = np.uint8(min(size, np.int64(LONG)))
    return 0


@inlined
def look_over(letters, lengths, first, count, needed, limits, fits):  # type: ignore[no-untyped-def]
    """Whether each of ``count`` forms from place ``first`` on may match by its outline. ``limits``: see
    :class:`index.columnar.form_automata.Automaton`."""
    # Numba makes 64 bits of differences, and signed places might be counted from the end: both would halve the speed.
    lacking_one, lacking_two = limits[0], limits[1]
    foreign, foreign_one, foreign_two = limits[2], limits[3], limits[4]
    least, span = np.uint8(limits[5]), np.uint8(limits[6])
    for k in range(count):
        place = np.uint64(first + k)
        held = letters[place]
        lacking = needed & ~held
        lacking &= np.uint32(lacking - lacking_one)
        lacking &= np.uint32(lacking - lacking_two)
        others = held & foreign
        others &= np.uint32(others - foreign_one)
        others &= np.uint32(others - foreign_two)
        fits[k] = np.uint8((lacking | others) == np.uint32(0)) & np.uint8(np.uint8(lengths[place] - least) <= span)


@inlined
def blocks_between(heads, first, last, low, high):  # type: ignore[no-untyped-def]
    """Of the blocks ``first`` to ``last - 1`` those that forms may stand in whose first eight bytes are ``low`` to
    ``high``: the first of them, and behind the last."""
    begin, above = first, last
    while begin < above:
        middle = (begin + above) >> 1
        if heads[middle] < low:
            begin = middle + 1
        else:
            above = middle
    end, above = begin, last
    while end < above:
        middle = (end + above) >> 1
        if heads[middle] <= high:
            end = middle + 1
        else:
            above = middle
    return max(begin - 1, first), end


@inlined
def row_of(letters, quick, letter):  # type: ignore[no-untyped-def]
    """The row of a pattern that is about this letter: 0 where it names it nowhere."""
    if letter < _PLAIN:
        return np.int64(quick[np.uint64(letter)])
    low, high = np.int64(0), np.int64(len(letters))
    while low < high:
        middle = (low + high) // 2
        if np.int64(letters[middle]) < letter:
            low = middle + 1
        else:
            high = middle
    return low + 1 if low < len(letters) and np.int64(letters[low]) == letter else np.int64(0)


@inlined
def reach_of(form, length, word, distance, fixed, moves):  # type: ignore[no-untyped-def]
    """How far a form is from a word, which has two letters that are none before its own and seven behind them; -1: more
    than ``distance``, or not with its first ``fixed`` letters."""
    word_length = np.int64(len(word)) - 2 * _DIAGONAL - CELLS
    row, depth, k = np.int64(_FIRST_ROW), np.int64(0), np.int64(0)
    while k < length:
        letter, k = letter_at(form, k, length)
        if depth > word_length + _DIAGONAL:
            return np.int64(-1)
        same = np.int64(0)
        for cell in range(CELLS):
            same |= np.int64(np.int64(word[np.uint64(depth + cell)]) == letter) << cell
        row = np.int64(moves[np.uint64(row), np.uint64(same)])
        if (row >> 10) > distance or (depth < fixed and np.int64(word[np.uint64(depth + _DIAGONAL)]) != letter):
            return np.int64(-1)
        row &= 1023
        depth += 1
    cell = word_length - depth + _DIAGONAL
    if cell < 0 or cell >= CELLS or depth < fixed:
        return np.int64(-1)
    reach = (row >> (2 * cell)) & 3
    return reach if reach <= distance else np.int64(-1)


@inlined
def is_like(form, length, letters, quick, steps, stays, last, states):  # type: ignore[no-untyped-def]
    """Whether a form is of a pattern, which has a row of ``steps`` (letters + 1, words of 64 places) for each of
    ``letters`` (ascending) behind that for all others; ``quick``: the rows of the first 256 code points."""
    width, k = steps.shape[1], np.int64(0)
    if width == 1:
        state, stay = np.uint64(1), stays[0]
        while k < length:
            letter, k = letter_at(form, k, length)
            state = ((state & steps[np.uint64(row_of(letters, quick, letter)), 0]) << np.uint64(1)) | (state & stay)
            if state == 0:
                return False
        return (state >> np.uint64(last)) & np.uint64(1) == 1
    for w in range(width):
        states[w] = np.uint64(w == 0)
    while k < length:
        letter, k = letter_at(form, k, length)
        row, carry, alive = row_of(letters, quick, letter), np.uint64(0), False
        for w in range(width):
            moved = states[w] & steps[row, w]
            states[w] = (moved << np.uint64(1)) | carry | (states[w] & stays[w])
            carry = moved >> np.uint64(63)
            alive |= states[w] != 0
        if not alive:
            return False
    return (states[last >> 6] >> np.uint64(last & 63)) & np.uint64(1) == 1


@kernel(
    "(i8,i8)(in i8[:,:], in i8[:,:], i8, i8, u4, in u4[:], u8, u8, i8, i8, in u4[:], in i2[:,:], in u4[:], in i2[:],"
    " in u8[:,:], in u8[:], i8, i8, out u8[:,:], out i8[:])"
)
def scan(
    segments: I8,
    pieces: I8,
    piece: int,
    most: int,
    needed: int,
    limits: U4,
    low: int,
    high: int,
    distance: int,
    fixed: int,
    word: U4,
    moves: I2,
    letters: U4,
    quick: I2,
    steps: U8,
    stays: U8,
    last: int,
    found: int,
    matches: U8,
    begins: I8,
) -> tuple[int, int]:
    """Finds the forms of ``pieces`` from ``piece`` on that an automaton accepts: where ``distance`` is above 0 by
    nearness to ``word``, else by a pattern that ends at place ``last``. Only forms whose first eight bytes are ``low``
    to ``high`` are looked at.

    Appends to the ``found`` matches that are there; ``begins[p]`` becomes where those of a piece begin, and of the
    next where they end. ``matches`` has room for all forms that there are. Returns the piece to go on with, and how
    many matches there are then (:data:`DAMAGED`): it stops behind a group of pieces with more than ``most``. Cost: half
    a nanosecond a form; some 200 for each block that may hold one.
    """
    form, states = np.empty(FORM_MOST, np.uint8), np.empty(steps.shape[1], np.uint64)
    in_block = np.empty(2 * _AHEAD + 2, np.uint64)  # eight of ``fits`` each
    fits = in_block.view(np.uint8)
    group_found = np.int64(found)
    while piece < len(pieces):
        segment, first, forms, group = pieces[piece]
        size, count = segments[segment, SIZE], segments[segment, COUNT]
        blocks = u1_at(segments[segment, BLOCKS], size)
        block_at = i8_at(segments[segment, BLOCK_AT], count + 1)
        heads = u8_at(segments[segment, HEADS], count)
        held = u4_at(segments[segment, LETTERS], count * BLOCK)
        lengths = u1_at(segments[segment, LENGTHS], count * BLOCK)
        last_block = first + (forms + BLOCK - 1) // BLOCK
        begin, end = blocks_between(heads, first, last_block, np.uint64(low), np.uint64(high))
        begins[piece] = found
        for block in range(begin, end):
            # -- by their outlines
            ahead = (block - begin) % _AHEAD
            if ahead == 0:
                here = min(forms - (block - first) * BLOCK, np.int64(_AHEAD * BLOCK))
                look_over(held, lengths, block * BLOCK, here, np.uint32(needed), limits, fits)
                fits[here : here + BLOCK] = 0
            if in_block[np.uint64(2 * ahead)] | in_block[np.uint64(2 * ahead + 1)] == 0:
                continue
            # -- by reading them
            at, stop, length = block_at[block], block_at[block + 1], np.int64(0)
            behind = np.int64(BLOCK)
            while fits[np.uint64(ahead * BLOCK + behind - 1)] == 0:
                behind -= 1
            for place in range(behind):
                length, at = next_form(blocks, at, stop, place, length, form)
                if length < 0:
                    return piece, DAMAGED
                reach = np.int64(-1)
                if fits[np.uint64(ahead * BLOCK + place)] != 0:
                    if distance > 0:
                        reach = reach_of(form, length, word, distance, fixed, moves)
                    elif is_like(form, length, letters, quick, steps, stays, last, states):
                        reach = np.int64(0)
                if reach >= 0:
                    titles, at = number_at(blocks, at)
                    bodies, at = number_at(blocks, at)
                    key, start = np.uint64(14695981039346656037), np.uint64(0)
                    for k in range(length):
                        key = (key ^ np.uint64(form[np.uint64(k)])) * np.uint64(1099511628211)
                    for k in range(8):
                        start = (start << np.uint64(8)) | (
                            np.uint64(form[np.uint64(k)]) if k < length else np.uint64(0)
                        )
                    number = (block - first) * BLOCK + place
                    matches[found, KEY] = key
                    matches[found, PLACE] = (np.uint64(length) << _HALF) | np.uint64(number)
                    matches[found, LISTED] = (np.uint64(titles) << _HALF) | np.uint64(bodies)
                    matches[found, RANK] = (np.uint64(reach) << _DISTANCE) | (start >> np.uint64(2))
                    found += 1
                else:
                    at = behind_numbers(blocks, at)
        piece += 1
        begins[piece] = found
        if piece == len(pieces) or pieces[piece, GROUP] != group:
            if found - group_found > most:
                break
            group_found = np.int64(found)
    return piece, found


@inlined
def smallest(values, count, rank):  # type: ignore[no-untyped-def]
    """The value that stands at place ``rank`` when the first ``count`` are in order; puts them in another order (Hoare,
    *Algorithm 65: Find*, 1961)."""
    low, high = np.int64(0), count - 1
    while low < high:
        pivot, i, j = values[(low + high) >> 1], low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return values[rank]


@kernel("(i8,i8,i8)(in u8[:,:], i8, out i4[:], out u1[:], out i8[:])")
def choose(matches: U8, most: int, group: I4, kept: U1, level: I8) -> tuple[int, int, int]:
    """Chooses the ``most`` frequent of the forms that ``matches`` are, deleted articles counted, too: of equally
    frequent ones the nearest, then the first in order. Forms of one key would be taken for one here: one of them more
    is taken, or less.

    ``group`` becomes which form each match is, numbered as they are first met, ``kept`` (forms,) whether it is chosen.
    Returns the number of forms (where that is not more than ``most``, all are kept), and of how many whose places
    become ``level`` how many are yet to be chosen by the rest of their letters: those have the same first ones.
    """
    count = len(matches)
    size = np.int64(4)
    while size < 2 * count:
        size *= 2
    table, mask = np.full(size, -1, np.int32), np.uint64(size - 1)
    totals, first = np.empty(count, np.uint64), np.empty(count, np.int64)
    forms = np.int64(0)
    for i in range(count):
        key = matches[i, KEY]
        slot = np.int64((key ^ (key >> np.uint64(32))) & mask)
        while table[slot] >= 0 and matches[first[table[slot]], KEY] != key:
            slot = np.int64(np.uint64(slot + 1) & mask)
        listed = (matches[i, LISTED] >> _HALF) + (matches[i, LISTED] & _LOW)
        if table[slot] < 0:
            table[slot], first[forms], totals[forms] = forms, i, listed
            group[i] = forms
            forms += 1
        else:
            group[i] = table[slot]
            totals[group[i]] += listed
    if forms <= most:
        kept[:forms] = 1
        return forms, 0, 0
    # -- the frequent ones
    order = totals[:forms].copy()
    least = smallest(order, forms, forms - most)
    wanted, equal = np.int64(most), np.int64(0)
    for i in range(forms):
        kept[i] = np.uint8(totals[i] > least)
        wanted -= np.int64(kept[i])
        if totals[i] == least:
            order[equal] = matches[first[i], RANK]
            equal += 1
    # -- of those that are just as frequent the nearest and first ones
    last = smallest(order, equal, wanted - 1)
    tied = np.int64(0)
    for i in range(forms):
        if totals[i] == least:
            rank = matches[first[i], RANK]
            if rank < last:
                kept[i] = np.uint8(1)
                wanted -= 1
            elif rank == last:
                level[tied] = i
                tied += 1
    for i in range(tied if tied == wanted else 0):
        kept[level[i]] = np.uint8(1)
    return forms, (np.int64(0) if tied == wanted else tied), wanted


@kernel("(i8,i8)(in i8[:,:], in i8[:,:], in u8[:,:], in i8[:], in i8[:,:], out i8[:,:], out u1[:], out i8[:])")
def read_rows(
    segments: I8, pieces: I8, matches: U8, begins: I8, asked: I8, rows: I8, data: U1, at: I8
) -> tuple[int, int]:
    """Makes rows as :mod:`index.columnar.living_kernels` takes them (asked, segment, way, start, titles, bodies) of the
    matches of pieces: of ``asked`` (pieces, 2), one after the other, what each is asked by and which it is. Their forms
    go to ``data``, where each begins to ``at`` (one more than rows). Returns how many, and their bytes
    (:data:`DAMAGED`).
    """
    form = np.empty(FORM_MOST, np.uint8)
    made, size = np.int64(0), np.int64(0)
    at[0] = 0
    for i in range(len(asked)):
        piece = asked[i, 1]
        segment, first = pieces[piece, SEGMENT], pieces[piece, FIRST_BLOCK]
        count = segments[segment, COUNT]
        blocks = u1_at(segments[segment, BLOCKS], segments[segment, SIZE])
        block_at = i8_at(segments[segment, BLOCK_AT], count + 1)
        lists = i8_at(segments[segment, LISTS], count + 1)
        read, place, length, byte, before = np.int64(-1), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for match in range(begins[piece], begins[piece + 1]):
            number = np.int64(matches[match, PLACE] & _LOW)
            block = first + number // BLOCK
            if block != read:
                read, place, length, byte, before = block, np.int64(0), np.int64(0), block_at[block], lists[block]
            titles, bodies = np.int64(0), np.int64(0)
            while place <= number % BLOCK:
                before += titles + bodies
                length, byte = next_form(blocks, byte, block_at[block + 1], place, length, form)
                if length < 0:
                    return made, DAMAGED
                titles, byte = number_at(blocks, byte)
                bodies, byte = number_at(blocks, byte)
                place += 1
            rows[made] = asked[i, 0], segment, 0, before, titles, bodies
            before += titles + bodies
            if length > len(data) - size:
                return made, DAMAGED
            for k in range(length):
                data[size + k] = form[k]
            size += length
            made += 1
            at[made] = size
    return made, size
