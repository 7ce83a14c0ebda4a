"""A byte stream gives every byte once, in order, whatever the sizes it is fed and asked by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.readers.stream import ByteStream, Unreadable

PARTS = st.lists(st.binary(max_size=12).map(lambda part: part.replace(b"\1", b"\n")), max_size=20)


def fed(parts: list[bytes], ending: Exception | None = None) -> ByteStream:
    rest = iter([part for part in parts if part])

    def source(_: int) -> bytes:
        for part in rest:
            return part
        if ending:
            raise ending
        return b""

    return ByteStream(source)


@given(PARTS, st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_reads_of_any_size_add_up_to_the_whole(parts: list[bytes], sizes: list[int]) -> None:
    stream, got = fed(parts), b""
    while True:
        size = sizes[len(got) % len(sizes)]
        ahead = stream.peek(size)
        part = stream.read(size)
        assert ahead.startswith(part)
        assert stream.position == len(got) + len(part)
        if not part:
            break
        got += part
    assert got == b"".join(parts)


@given(PARTS, st.integers(1, 8))
def test_lines_are_those_of_a_split_and_over_long_ones_are_told_of(parts: list[bytes], limit: int) -> None:
    whole = b"".join(parts)
    expected = whole.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert list(fed(parts).lines(limit)) == [line if len(line) <= limit else None for line in expected]


@given(PARTS, st.integers(0, 40))
def test_a_skip_passes_what_is_there(parts: list[bytes], size: int) -> None:
    whole = b"".join(parts)
    stream = fed(parts)
    assert stream.skip(size) == min(size, len(whole))
    assert stream.read_all(1000) == whole[size:]


def test_what_came_before_a_break_is_read_and_every_read_after_it_raises_the_same_error() -> None:
    error = Unreadable("cut off")
    stream = fed([b"one\ntw"], error)
    got = []
    with pytest.raises(Unreadable) as raised:
        got.extend(iter(stream.lines(100)))
    for read in (stream.read, lambda: stream.peek(3), lambda: stream.read_all(10), lambda: stream.read_exactly(2)):
        with pytest.raises(Unreadable) as again:
            read()
        assert again.value is raised.value is error


def test_more_than_the_limit_is_not_read_whole() -> None:
    with pytest.raises(Unreadable, match="larger than"):
        fed([b"x" * 50] * 3).read_all(100)
