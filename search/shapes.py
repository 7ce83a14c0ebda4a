"""How the leaves of a query must meet in a document: the logical tree of one language, and its program for the kernel.

A shape is a tree over *leaves*, numbers from 0. In a document each leaf is met or not; the program decides by that
alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Self, TypeAlias

import numpy as np

from index.columnar.arrays import I4, U4
from search.kernels.programs import ALL, ANY, NOT, PUSH, TRUE


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf is met."""

    number: int


@dataclass(frozen=True, slots=True)
class Always:
    """Every document."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts; all of them, where it is their number."""

    needed: int
    parts: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """Documents that do not have this; it adds nothing to a score."""

    part: Shape


@dataclass(frozen=True, slots=True)
class Lifted:
    """The first part; the second adds to the score where it is met too."""

    part: Shape
    lift: Shape


Shape: TypeAlias = Leaf | Always | AtLeast | Without | Lifted

NEVER = AtLeast(1, ())


def parts_of(shape: Shape) -> tuple[Shape, ...]:
    """The shapes right below."""
    match shape:
        case AtLeast(_, parts):
            return parts
        case Without(part):
            return (part,)
        case Lifted(part, lift):
            return part, lift
    return ()


def leaves_of(shape: Shape) -> Iterator[int]:
    """The leaves in order."""
    if isinstance(shape, Leaf):
        yield shape.number
    for part in parts_of(shape):
        yield from leaves_of(part)


@dataclass(frozen=True, slots=True)
class Program:
    """A shape as the kernel decides it: all of ``required``, none of ``forbidden``, ``least`` of ``some`` (bits of
    leaves), and what ``operations`` say besides."""

    required: int
    forbidden: int
    some: int
    least: int
    operations: tuple[int, ...]

    @property
    def is_always_true(self) -> bool:
        """Whether it asks for nothing."""
        return not (self.required or self.forbidden or self.least or self.operations)


@dataclass(frozen=True, slots=True, eq=False)
class Programs:
    """The programs of a pass as kernels take them; arrays of one entry a program, but for two."""

    of_place: I4
    """(languages + 1) the program of each language that the query is looked up in, and -1: no other one has any."""
    required: U4
    forbidden: U4
    some: U4
    least: I4
    at: I4
    """(programs + 1) where the operations of each begin."""
    operations: I4
    are_always_true: bool
    """Whether none asks for anything."""

    @classmethod
    def of(cls, programs: Sequence[Program], of_place: Sequence[int]) -> Self:
        """These programs."""
        leaves = np.array([(one.required, one.forbidden, one.some) for one in programs], np.uint32)
        required, forbidden, some = np.ascontiguousarray(leaves.reshape(-1, 3).T)
        return cls(
            np.array([*of_place, -1], np.int32),
            required,
            forbidden,
            some,
            np.array([one.least for one in programs], np.int32),
            np.array([0, *accumulate(len(one.operations) for one in programs)], np.int32),
            np.array([each for one in programs for each in one.operations], np.int32),
            all(one.is_always_true for one in programs),
        )


def program_of(shape: Shape) -> Program:
    """The program of a shape whose leaves are numbered below 32."""
    required = forbidden = some = least = 0
    rest: list[Shape] = []
    for part in _conditions(shape):
        match part:
            case Leaf(number):
                required |= 1 << number
            case Without(Leaf(number)):
                forbidden |= 1 << number
            case Always():
                pass
            case AtLeast(needed, parts) if not some and parts and all(isinstance(one, Leaf) for one in parts):
                some, least = sum({1 << one.number for one in parts if isinstance(one, Leaf)}), needed
            case _:
                rest.append(part)
    operations = [operation for part in rest for operation in _operations(part)]
    if len(rest) > 1:
        operations += [ALL, len(rest)]
    return Program(required, forbidden, some, least, tuple(operations))


def _conditions(shape: Shape) -> Iterator[Shape]:
    """The parts that must all be true."""
    match shape:
        case AtLeast(needed, parts) if needed == len(parts) and parts:
            for part in parts:
                yield from _conditions(part)
        case Lifted(part, _):
            yield from _conditions(part)
        case _:
            yield shape


def _operations(shape: Shape) -> Iterator[int]:
    """Pairs of operation and value, the parts of each before it."""
    match shape:
        case Leaf(number):
            yield from (PUSH, number)
        case Always():
            yield from (TRUE, 0)
        case Lifted(part, _):
            yield from _operations(part)
        case Without(part):
            yield from _operations(part)
            yield from (NOT, 0)
        case AtLeast(needed, parts):
            for part in parts:
                yield from _operations(part)
            yield from (ANY, len(parts) + 256 * needed)


def may_match_unmet(shape: Shape, free: frozenset[int]) -> bool:
    """Whether a document may match that meets no leaf but perhaps some of ``free``."""
    return _outcomes(shape, free)[0]


def _outcomes(shape: Shape, free: frozenset[int]) -> tuple[bool, bool]:
    """Whether the shape may be true of such a document, and whether it may be false."""
    match shape:
        case Leaf(number):
            return number in free, True
        case Always():
            return True, False
        case Without(part):
            return _outcomes(part, free)[::-1]
        case Lifted(part, _):
            return _outcomes(part, free)
        case AtLeast(needed, parts):
            found = [_outcomes(part, free) for part in parts]
            certainly = sum(not may_fail for _, may_fail in found)
            return sum(may_hold for may_hold, _ in found) >= needed, certainly < needed
