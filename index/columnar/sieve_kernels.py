"""The kernels' sieve: which languages of a segment may have a text, told by two slots for each.

Each slot has a bit for each language. A text is in both slots of its hash, which lie in one cache line, with the bits
of the languages that have it; a language that has another text in each of them is looked up in vain.
"""

from __future__ import annotations

import numpy as np

from index.columnar.arrays import I8, U1, U8
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK
from index.columnar.seek_kernels import DAMAGED, FIRST_BLOCK, FOLD, FOLD_END, FORMS, TERM, TERM_END, read_on
from index.compiled import inlined, kernel


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
