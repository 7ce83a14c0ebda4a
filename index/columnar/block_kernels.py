"""The kernel that tells which of many ranges of a section lie in blocks whose checksums were compared."""

from __future__ import annotations

from index.columnar.arrays import B1, I8
from index.compiled import kernel

ALL_CHECKED = -1
"""What the kernel returns where every block was compared."""


@kernel("i8(in i8[:], in i8[:], i8, i8, i8, i8, in b1[:])")
def first_unchecked(starts: I8, stops: I8, length: int, offset: int, width: int, shift: int, verified: B1) -> int:
    """The first of some ranges of elements that has a block which ``verified`` does not know; :data:`ALL_CHECKED`
    where none has; -2 - i where range i lies outside of the section.

    The section has ``length`` elements of ``width`` bytes from byte ``offset`` on; a block has ``1 << shift`` bytes.
    """
    found = ALL_CHECKED
    for i in range(len(starts)):
        start, stop = starts[i], stops[i]
        if start < 0 or start > stop or stop > length:
            return -2 - i
        if start < stop and found == ALL_CHECKED:
            for block in range((offset + start * width) >> shift, ((offset + stop * width - 1) >> shift) + 1):
                if not verified[block]:
                    found = i
    return found
