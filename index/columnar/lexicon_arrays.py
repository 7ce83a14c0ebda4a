"""A lexicon as plain arrays, for the kernels that look up a whole query at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from index.analysis import chain_for
from index.columnar.arrays import I8, U1, U4, U8
from index.columnar.derived import derived
from index.columnar.form_order import form_order
from index.columnar.format import FileReader
from index.columnar.lexicon_kernels import BLOCK, encode_blocks
from index.columnar.seek_kernels import read_heads
from index.columnar.sieve_kernels import fill_sieve
from index.errors import IndexDamaged


class LanguageRange(NamedTuple):
    """Where a language stands in a lexicon: a row of the table of :mod:`index.columnar.seek_kernels`."""

    first_block: int
    forms: int
    term: int
    term_end: int
    fold: int
    fold_end: int
    folded_block: int


class Blocks(NamedTuple):
    """Front-coded forms."""

    data: U1
    at: I8
    """(blocks + 1) where each begins in ``data``."""
    heads: U8
    """(blocks,) what :func:`index.columnar.seek_kernels.read_heads` makes of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """What groups the forms of all languages: by their terms, or by their folds."""

    keys: U8
    """Ascending in each language: of the forms that are unlike their group's name."""
    forms: U4
    """Which forms these are."""
    unlike: U1
    """A bit for each place for a form in the blocks: whether the form there is one of these."""


@dataclass(frozen=True, slots=True, eq=False)
class LexiconArrays:
    """The forms of a segment. Everything that a kernel follows has been compared with its checksum, and points to what
    is there; what stands inside of the blocks a kernel looks at itself."""

    file: FileReader
    ranges: Mapping[str, LanguageRange]
    forms: Blocks
    lists: I8
    """(blocks + 1) the posting that each block's first list begins with."""
    terms: Groups
    folds: Groups

    @classmethod
    def of(cls, file: FileReader, ranges: Mapping[str, LanguageRange]) -> LexiconArrays:
        """The arrays of a ``lexicon`` file. Cost: reads all of it but the folded forms."""
        forms = blocks_of(file, "blocks", "block_at")
        lists: I8 = np.asarray(file.section("block_lists", np.int64).all())
        if len(lists) != len(forms.at) or lists[0] < 0 or bool((lists[1:] < lists[:-1]).any()):
            raise file.damaged("postings of blocks that do not ascend")
        last = max((-(-one.forms // BLOCK) + one.first_block for one in ranges.values()), default=0)
        if last > len(forms.heads):
            raise file.damaged(f"{last} blocks of its languages, {len(forms.heads)} in all")
        terms = _groups(file, "term", [(one.first_block, one.forms, one.term, one.term_end) for one in ranges.values()])
        folds = _groups(file, "fold", [(one.first_block, one.forms, one.fold, one.fold_end) for one in ranges.values()])
        return cls(file, ranges, forms, lists, terms, folds)

    def sieve(self) -> U8:
        """Which languages may have a text: see :mod:`index.columnar.sieve_kernels`. Of 63 languages a
        word is looked up in those few that way that have it. Cost: some 30 ns a form where it is not kept yet, and 4 to
        8 bytes, which are mapped where they are many."""
        size = 1 << max(sum(one.forms for one in self.ranges.values()) // 2, 512).bit_length()
        return derived(self.file, "sieve", {"sieve": (np.uint64, size)}, lambda: {"sieve": self._sieve(size)})["sieve"]

    def _sieve(self, size: int) -> U8:
        room = np.zeros(size + 7, np.uint64)
        first = -(room.ctypes.data // room.itemsize) % 8  # where a cache line begins
        sieve = room[first : size + first]
        table = np.array([*self.ranges.values()], np.int64).reshape(-1, 7)
        bits = np.array([*self.language_bits.values()], np.uint64)
        forms = self.forms
        if fill_sieve(forms.data, forms.at, table, bits, self.terms.keys, self.folds.keys, sieve):
            raise self.damaged()
        return sieve

    @property
    def language_bits(self) -> Mapping[str, int]:
        """The bit of each language in the sieve; where there are more than 64, some share one."""
        return {lang: 1 << (place & 63) for place, lang in enumerate(self.ranges)}

    def damaged(self) -> IndexDamaged:
        """The error for blocks that do not end where they should."""
        return self.file.damaged("forms that do not end where they should")


def blocks_of(file: FileReader, data: str, at: str) -> Blocks:
    """The blocks in the sections of these names, all of them verified."""
    blocks: U1 = np.asarray(file.section(data, np.uint8).all())
    block_at: I8 = np.asarray(file.section(at, np.int64).all())
    ascending = len(block_at) and block_at[0] == 0 and not bool((block_at[1:] < block_at[:-1]).any())
    if not ascending or int(block_at[-1]) != len(blocks):
        raise file.damaged("blocks that do not ascend within the file")
    lengths = {"heads": (np.uint64, len(block_at) - 1)}
    made = derived(file, f"{data}-heads", lengths, lambda: {"heads": _heads(blocks, block_at)})
    return Blocks(blocks, block_at, made["heads"])


def _heads(blocks: U1, block_at: I8) -> U8:
    heads = np.empty(len(block_at) - 1, np.uint64)
    read_heads(blocks, block_at, heads)
    return heads


def _groups(file: FileReader, name: str, ranges: Sequence[tuple[int, int, int, int]]) -> Groups:
    """``ranges``: first block, number of forms, first and last entry of each language."""
    keys: U8 = np.asarray(file.section(f"{name}_keys", np.uint64).all())
    forms: U4 = np.asarray(file.section(f"{name}_forms", np.uint32).all())
    blocks = max((first_block + -(-count // BLOCK) for first_block, count, _, _ in ranges), default=0)
    unlike = np.zeros(BLOCK * blocks, np.bool_)
    for first_block, count, first, last in ranges:
        if not 0 <= first <= last <= min(len(keys), len(forms)):
            raise file.damaged(f"keys of {name}s that are not there")
        here = forms[first:last]
        if len(here) and int(here.max()) >= count:
            raise file.damaged(f"a {name} of a form that is not there")
        unlike[here.astype(np.int64) + BLOCK * first_block] = True
    return Groups(keys, forms, np.packbits(unlike))


class FoldedForms(NamedTuple):
    """Forms that are unlike their folds, in order of these: front-coded, in place of the lists of titles the number of
    the form, in place of the lists of bodies none."""

    data: U1
    at: I8
    """(blocks + 1) where each block begins in ``data``."""

    @classmethod
    def of(cls, lang: str, forms: Sequence[str], numbers: U4) -> FoldedForms:
        """These forms of a language, with these numbers, which ascend. Cost: a microsecond a form."""
        folds = [fold.encode() for fold in chain_for(lang).folds(forms)]
        ends = np.zeros(len(folds) + 1, np.int64)
        np.cumsum([len(fold) for fold in folds], out=ends[1:])
        data = np.frombuffer(b"".join(folds), np.uint8)
        order = form_order(data, ends[:-1], ends[1:]).order
        out = np.empty(len(data) + 16 * len(folds), np.uint8)
        count = -(-len(folds) // BLOCK)
        at, lists = np.zeros(count + 1, np.int64), np.empty(count, np.int64)
        none = np.zeros(len(folds), np.int64)
        starts, stops = ends[:-1][order], ends[1:][order]
        at[-1] = encode_blocks(data, starts, stops, numbers[order].astype(np.int64), none, out, at[:-1], lists)
        return cls(out[: at[-1]], at)

    @classmethod
    def joined(cls, parts: Sequence[FoldedForms]) -> FoldedForms:
        """Those of several languages, one after the other."""
        shifts = np.cumsum([0, *(len(part.data) for part in parts)], dtype=np.int64)
        at = [part.at[:-1] + shift for part, shift in zip(parts, shifts, strict=False)]
        return cls(
            np.concatenate([np.empty(0, np.uint8), *(part.data for part in parts)]), np.concatenate([*at, shifts[-1:]])
        )

    def blocks(self) -> Blocks:
        """As a kernel takes them."""
        # A kernel may read somewhat beyond the last block: in a file there is the footer.
        data = np.concatenate((self.data, np.zeros(64, np.uint8)))[: len(self.data)]
        return Blocks(data, self.at, _heads(data, self.at))
