"""The kernels that look for forms by a pattern or by nearness in the front-coded blocks of :mod:`.lexicon_kernels`.

An automaton reads the letters (code points) of each form. Forms stand in order, so that those with a common beginning
follow each other: the automaton goes on from the state that it had behind the letters shared with the form before, and
where no way leads on from there, all forms with that beginning are passed over: eight at a time, by the outline of the
lexicon, which is how many bytes each form shares with the one before. Two kinds of automata:

- Nearness. A state is a row of the table of Levenshtein's distance, of which only the cells within two of the diagonal
  can hold 2 or less: five cells of two bits (3: more than 2). Which row follows hangs on the row and on which of the
  five letters of the word beside the diagonal are the one read (Schulz and Mihov, *Fast string correction with
  Levenshtein automata*, 2002): :func:`index.columnar.form_automata.row_moves` is that table.
- A pattern. A state is a set of places in the pattern, a bit each (Baeza-Yates and Gonnet, *A new approach to text
  searching*, 1992). Of each letter the pattern says at which places it leads one place on (``steps``); at some any
  letter may stand without leading on (``stays``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import I2, I4, I8, U1, U4, U8
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK, get_number
from index.compiled import inlined, kernel

CELLS = 5
"""Cells of a row of distances: two on each side of the diagonal."""
SHARED_MOST = 127
"""What an outline tells at most."""
NUMBER, START, TITLES, BODIES, DISTANCE, KEY = range(6)
"""Columns of what is found."""
_ALIVE = 1 << 30
"""A length that no form has: no beginning is known to lead nowhere."""
_HIGH, _ONES = np.uint64(0x8080808080808080), np.uint64(0x0101010101010101)
_PLAIN = 256
"""Letters whose row of a pattern is looked up and not searched for."""
_DIAGONAL = CELLS // 2


@inlined
def letter_at(form, at, stop):  # type: ignore[no-untyped-def]
    """The code point at ``at``, and where the next begins; never behind ``stop``, whatever the bytes are."""
    lead = np.int64(form[at])
    more = np.int64(0)
    if lead >= 0xF0:
        lead, more = lead & 0x07, np.int64(3)
    elif lead >= 0xE0:
        lead, more = lead & 0x0F, np.int64(2)
    elif lead >= 0xC0:
        lead, more = lead & 0x1F, np.int64(1)
    behind = min(at + 1 + more, stop)
    for k in range(at + 1, behind):
        lead = (lead << 6) | np.int64(form[k] & 0x3F)
    return lead, behind


@inlined
def next_below(shared, i, least):  # type: ignore[no-untyped-def]
    """The first byte from ``i`` on that is less than ``least`` (1 to 127) in ``shared``, which are eight bytes each and
    at most 127; there must be one."""
    word = i >> 3
    eight = shared[word] | ((np.uint64(1) << np.uint64(8 * (i & 7))) - np.uint64(1)) & ~_HIGH
    below = ~((eight | _HIGH) - np.uint64(least) * _ONES) & _HIGH
    while below == 0:
        word += 1
        below = ~((shared[word] | _HIGH) - np.uint64(least) * _ONES) & _HIGH
    place = word << 3
    while below & np.uint64(0xFF) == 0:
        below >>= np.uint64(8)
        place += 1
    return place


@inlined
def row_of(letters, quick, letter):  # type: ignore[no-untyped-def]
    """The row of a pattern that is about this letter: 0 where it names it nowhere."""
    if letter < _PLAIN:
        return np.int64(quick[letter])
    low, high = np.int64(0), np.int64(len(letters))
    while low < high:
        middle = (low + high) // 2
        if np.int64(letters[middle]) < letter:
            low = middle + 1
        else:
            high = middle
    return low + 1 if low < len(letters) and np.int64(letters[low]) == letter else np.int64(0)


@kernel("i8(in u1[:], in i8[:], i8, out u1[:], out u2[:], out u8[:])")
def outline(blocks: U1, block_at: I8, count: int, shared_with: U1, offsets: NDArray[np.uint16], signs: U8) -> int:
    """What :func:`scan` needs to know of ``count`` forms: of each how many bytes it shares with the one before (at most
    :data:`SHARED_MOST`), and where it begins in its block; of each block the letters of its forms, bit ``letter & 63``.

    Returns -1 where the blocks are not what was written, else 0. Cost: some three nanoseconds a byte.
    """
    form = np.empty(FORM_MOST, np.uint8)
    length = np.int64(0)
    for block in range(len(block_at) - 1):
        at, stop, held = block_at[block], block_at[block + 1], np.uint64(0)
        for place in range(min(BLOCK, int(count) - block * BLOCK)):
            if at >= stop or at - block_at[block] > 0xFFFF:
                return -1
            offsets[block * BLOCK + place] = np.uint16(at - block_at[block])
            shared = np.int64(blocks[at])
            rest, at = get_number(blocks, at + 1)
            total = shared + rest
            if rest > stop - at or total > FORM_MOST or shared > (length if place else 0) or total == 0:
                return -1
            same = shared
            if place == 0:
                while same < min(total, length) and blocks[at + same] == form[same]:
                    same += 1
            shared_with[block * BLOCK + place] = np.uint8(min(same, np.int64(SHARED_MOST)))
            for k in range(shared, total):
                form[k] = blocks[at + k - shared]
            k = shared
            while k > 0 and k < total and (form[k] & 0xC0) == 0x80:
                k -= 1
            while k < total:
                letter, k = letter_at(form, k, total)
                held |= np.uint64(1) << np.uint64(letter & 63)
            length = total
            _, at = get_number(blocks, at + rest)
            _, at = get_number(blocks, at)
        signs[block] = held
    return 0


@kernel(
    "i8(in u1[:], in i8[:], in i8[:], in u8[:], in u2[:], in u8[:], i8, u8, i8, i8, in u4[:], in i2[:,:], "
    "in u4[:], in i2[:], in u8[:,:], in u8[:], i8, out i8[:,:])"
)
def scan(
    blocks: U1,
    block_at: I8,
    block_lists: I8,
    shared_with: U8,
    offsets: NDArray[np.uint16],
    signs: U8,
    count: int,
    needed: int,
    distance: int,
    fixed: int,
    word: U4,
    moves: I2,
    letters: U4,
    quick: I2,
    steps: U8,
    stays: U8,
    last: int,
    found: I8,
) -> int:
    """Finds forms among the ``count`` of these blocks, whose :func:`outline` is given (``shared_with`` as numbers of
    eight bytes, with a 0 behind the last form): where ``distance`` is above 0 by nearness to ``word``, of which they
    must have the first ``fixed`` letters, else by a pattern that ends at place ``last``. No form is looked for in a
    block whose ``signs`` lack more than ``distance`` of those ``needed``.

    ``word`` has two letters that are none before its own, and seven behind them. A pattern has a row of ``steps``
    (letters + 1, words of 64 places) for each of ``letters`` (ascending) behind that for all others, ``quick`` are the
    rows of the first 256 code points; ``stays`` (words,).

    Returns how many were found. Of each, while there is room, ``found`` (room, 6) becomes: its number, the posting that
    its lists begin with, the lengths of its title and its body list, its distance (0 for a pattern), a hash of its
    bytes. Cost: some 40 nanoseconds a form that is not passed over, and a fifth of one for each that is.
    """
    width = np.int64(steps.shape[1])
    states = np.empty((FORM_MOST + 1, width), np.uint64)  # behind so many bytes of the form
    form = np.empty(FORM_MOST, np.uint8)
    valid = np.int64(0)  # bytes of ``form`` that are those of the form read last
    dead = np.int64(_ALIVE)  # bytes of it behind which no way leads on
    word_length = np.int64(len(word)) - 2 * _DIAGONAL - CELLS
    matches = np.int64(0)
    counted, counted_at, postings = np.int64(0), np.int64(0), np.int64(0)  # lists of the forms before one
    for w in range(width):
        states[0, w] = np.uint64(w == 0)
    if distance > 0:  # before the first letter: the row 3 3 0 1 2
        states[0, 0] = np.uint64(0b1001001111)
    i = np.int64(0)
    looked_into = np.int64(-1)
    while i < count:
        block = i // BLOCK
        # -- pass over a block without letters that must be there
        if block != looked_into:
            absent = needed & ~signs[block]
            for _ in range(distance):
                absent &= absent - np.uint64(1)
            if absent != 0:
                i = (block + 1) * BLOCK
                continue
            looked_into = block
        # -- the form: how much of it is known
        at = block_at[block] + np.int64(offsets[i])
        shared = np.int64(blocks[at])
        rest, at = get_number(blocks, at + 1)
        total = shared + rest
        if i % BLOCK == 0:
            most = min(rest, min(valid, dead))
            while shared < most and blocks[at + shared] == form[shared]:
                shared += 1
        if shared >= dead:
            i = next_below(shared_with, i + 1, dead) if dead <= SHARED_MOST else i + 1
            continue
        for k in range(shared, total):
            form[k] = blocks[at + rest - total + k]
        # -- read on from the letter that the first new byte belongs to
        k = shared
        while k > 0 and (k == total or (form[k] & 0xC0) == 0x80):
            k -= 1
        dead = np.int64(_ALIVE)
        while k < total and dead == _ALIVE:
            letter, behind = letter_at(form, k, total)
            alive = False
            if distance > 0:
                row, depth = np.int64(states[k, 0] & np.uint64(1023)), np.int64(states[k, 0] >> np.uint64(10))
                if depth <= word_length + _DIAGONAL:
                    same = np.int64(0)
                    for cell in range(CELLS):
                        same |= np.int64(np.int64(word[depth + cell]) == letter) << cell
                    row = np.int64(moves[row, same])
                    states[behind, 0] = np.uint64(row & 1023) | (np.uint64(depth + 1) << np.uint64(10))
                    alive = (row >> 10) <= distance and (depth >= fixed or word[depth + _DIAGONAL] == letter)
            else:
                at_letter = row_of(letters, quick, letter)
                carry = np.uint64(0)
                for w in range(width):
                    moved = states[k, w] & steps[at_letter, w]
                    following = (moved << np.uint64(1)) | carry | (states[k, w] & stays[w])
                    carry = moved >> np.uint64(63)
                    states[behind, w] = following
                    alive |= following != 0
            if not alive:
                dead = behind
            k = behind
        valid = min(total, dead)
        if dead != _ALIVE:
            i = next_below(shared_with, i + 1, dead) if dead <= SHARED_MOST else i + 1
            continue
        # -- does it match
        reach = np.int64(-1)
        if distance > 0:
            depth = np.int64(states[total, 0] >> np.uint64(10))
            cell = word_length - depth + _DIAGONAL
            if 0 <= cell < CELLS and depth >= fixed:
                reach = np.int64(states[total, 0] >> np.uint64(2 * cell)) & 3
                reach = reach if reach <= distance else np.int64(-1)
        elif (states[total, last >> 6] >> np.uint64(last & 63)) & np.uint64(1):
            reach = np.int64(0)
        # -- where its lists stand
        if reach >= 0 and matches < len(found):
            if counted < block * BLOCK or counted == 0:
                counted, counted_at, postings = block * BLOCK, block_at[block], block_lists[block]
            while counted < i:
                skipped, counted_at = get_number(blocks, counted_at + 1)
                titles, counted_at = get_number(blocks, counted_at + skipped)
                bodies, counted_at = get_number(blocks, counted_at)
                postings += titles + bodies
                counted += 1
            key = np.uint64(14695981039346656037)
            for k in range(total):
                key = (key ^ np.uint64(form[k])) * np.uint64(1099511628211)
            found[matches, NUMBER], found[matches, START] = i, postings
            found[matches, TITLES], at = get_number(blocks, at + rest)
            found[matches, BODIES], at = get_number(blocks, at)
            found[matches, DISTANCE], found[matches, KEY] = reach, np.int64(key)
        matches += reach >= 0
        i += 1
    return matches


@kernel("i8(in u1[:], in i8[:], in i8[:], out u1[:], out i8[:])")
def read_forms(blocks: U1, block_at: I8, numbers: I8, out: U1, at: I8) -> int:
    """Reads the forms with these numbers, one after the other, to ``out``; ``at`` (one more than forms) becomes where
    each begins. Stops before the longest form would not fit any more. Returns how many were read."""
    end = np.int64(0)
    at[0] = 0
    for i in range(len(numbers)):
        if end + FORM_MOST > len(out):
            return i
        byte, total = block_at[numbers[i] // BLOCK], np.int64(0)
        for place in range(numbers[i] % BLOCK + 1):
            shared = min(np.int64(blocks[byte]), total)
            rest, byte = get_number(blocks, byte + 1)
            total = min(shared + rest, np.int64(FORM_MOST))
            for k in range(shared, total):
                out[end + k] = blocks[byte + k - shared]
            if place < numbers[i] % BLOCK:
                _, byte = get_number(blocks, byte + rest)
                _, byte = get_number(blocks, byte)
        end += total
        at[i + 1] = end
    return len(numbers)


@kernel("i8(in u8[:], in i8[:], out i4[:], out i4[:], out i8[:])")
def add_up(keys: U8, counts: I8, table: I4, group: I4, totals: I8) -> int:
    """Adds up ``counts`` of equal ``keys``: ``group`` becomes which of the groups, numbered as they are first met, each
    belongs to, ``totals`` the sum of each. ``table`` has -1 in each of a power of two of places, twice as many as keys
    or more. Returns the number of groups."""
    groups = np.int64(0)
    mask = np.uint64(len(table) - 1)
    for i in range(len(keys)):
        slot = np.int64((keys[i] ^ (keys[i] >> np.uint64(32))) & mask)
        while table[slot] >= 0 and keys[table[slot]] != keys[i]:
            slot = np.int64(np.uint64(slot + 1) & mask)
        if table[slot] < 0:
            table[slot] = i
            group[i] = groups
            totals[groups] = counts[i]
            groups += 1
        else:
            group[i] = group[table[slot]]
            totals[group[i]] += counts[i]
    return groups
