"""Bytes read once, from front to back, with a look ahead and lines of bounded length."""

from __future__ import annotations

from collections.abc import Callable, Iterator

CHUNK = 1 << 17


class Unreadable(Exception):
    """A stream that can't be read further. ``str`` of it is a sentence for a person."""

    reported = False
    """Whether a reject already tells of it: the layers above a broken one all meet the same error."""


class ByteStream:
    """Reads from ``source`` (called with a size, gives at least one byte until the end) strictly forward.

    ``origin`` tells how many bytes of the outermost file stand behind what has been read so far: what a compression
    ratio is judged by. Once ``source`` has raised, every further read raises the same error.
    """

    def __init__(self, source: Callable[[int], bytes], origin: Callable[[], float] | None = None) -> None:
        self._source = source
        self._buffer = b""
        self._start = 0
        self._ended = False
        self.error: Unreadable | None = None
        """Why it broke, if it did."""
        self.position = 0
        """Bytes taken so far."""
        self.origin: Callable[[], float] = origin or (lambda: self.position + len(self._buffer) - self._start)

    def _fill(self, size: int) -> None:
        have = len(self._buffer) - self._start
        if have >= size or self._ended or self.error is not None:
            return
        parts = [self._buffer[self._start :]]
        while have < size and not self._ended and self.error is None:
            try:
                part = self._source(CHUNK)
            except Unreadable as error:
                self.error = error
                break
            except OSError as error:
                self.error = Unreadable(f"can't be read: {error.strerror or error}")
                break
            self._ended = not part
            have += len(part)
            parts.append(part)
        self._buffer, self._start = b"".join(parts), 0

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes without taking them; fewer only at the end or where the stream breaks."""
        self._fill(size)
        if self._start == len(self._buffer) and self.error is not None:
            raise self.error
        return self._buffer[self._start : self._start + size]

    def read(self, size: int = CHUNK) -> bytes:
        """At most ``size`` bytes, at least one until the end. Raises :class:`Unreadable` where the stream breaks."""
        taken = self.peek(1) and self._buffer[self._start : self._start + size]
        self._start += len(taken)
        self.position += len(taken)
        return taken

    def read_exactly(self, size: int) -> bytes:
        """``size`` bytes, fewer only at the end."""
        taken = self.peek(size)
        if len(taken) < size and self.error is not None:
            raise self.error
        return self.read(size) if taken else b""

    def read_all(self, limit: int) -> bytes:
        """The rest. Raises :class:`Unreadable` where that is more than ``limit`` bytes."""
        taken = self.peek(limit + 1)
        if self.error is not None:
            raise self.error
        if len(taken) > limit:
            raise Unreadable(f"larger than {limit / 1e6:,.0f} MB, the most that is read of a file of this kind")
        return self.read(limit) if taken else b""

    def skip(self, size: int) -> int:
        """Passes over ``size`` bytes, keeping none; the number passed, smaller only at the end."""
        left = size
        while left > 0:
            part = self.read(min(left, CHUNK))
            if not part:
                break
            left -= len(part)
        return size - left

    def lines(self, limit: int) -> Iterator[bytes | None]:
        """Each line without its line break; ``None`` for one of more than ``limit`` bytes, of which nothing is kept."""
        parts: list[bytes] = []
        length = 0
        while chunk := self.read():
            first, *rest = chunk.split(b"\n")
            length += len(first)
            if length <= limit:
                parts.append(first)
            else:
                parts.clear()
            if not rest:
                continue
            yield None if length > limit else b"".join(parts)
            for line in rest[:-1]:
                yield line if len(line) <= limit else None
            parts, length = [rest[-1]], len(rest[-1])
        if length > limit:
            yield None
        elif length:
            yield b"".join(parts)
