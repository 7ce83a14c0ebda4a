"""The kernel that tells which of many ranges of a section lie in blocks whose checksums were compared."""

from __future__ import annotations

from typing import NamedTuple

from index.columnar.arrays import B1, I8
from index.compiled import inlined, kernel

SHIFT = 16
"""A block has ``1 << SHIFT`` bytes."""
ALL_CHECKED = -1
"""What the kernel returns where every block was compared."""


class Checked(NamedTuple):
    """Which blocks of a section were compared with their checksums."""

    verified: B1
    """Of each block of its file; that changes as blocks are compared."""
    offset: int
    """The byte of the file at which the section begins."""


@inlined
def is_checked(start, stop, offset, width, verified):  # type: ignore[no-untyped-def]
    """Whether all blocks of a range of elements of ``width`` bytes were compared; an empty one has none."""
    if start < stop:
        for block in range((offset + start * width) >> SHIFT, ((offset + stop * width - 1) >> SHIFT) + 1):
            if not verified[block]:
                return False
    return True


@kernel("i8(in i8[:], in i8[:], i8, i8, i8, in b1[:])")
def first_unchecked(starts: I8, stops: I8, length: int, offset: int, width: int, verified: B1) -> int:
    """The first of some ranges of elements that has a block which ``verified`` does not know; :data:`ALL_CHECKED`
    where none has; -2 - i where range i lies outside of the section.

    The section has ``length`` elements of ``width`` bytes from byte ``offset`` on.
    """
    found = ALL_CHECKED
    for i in range(len(starts)):
        start, stop = starts[i], stops[i]
        if start < 0 or start > stop or stop > length:
            return -2 - i
        if found == ALL_CHECKED and not is_checked(start, stop, offset, width, verified):
            found = i
    return found
