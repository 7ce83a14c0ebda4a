"""Single compressed streams (gzip, bzip2, xz), unpacked as they are read and never further than their size allows."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from typing import IO, cast

from index.readers.limits import Limits
from index.readers.stream import CHUNK, ByteStream, Unreadable

SUFFIXES = {"gzip": (".gz", ".tgz"), "bzip2": (".bz2", ".tbz2", ".tbz"), "xz": (".xz", ".txz")}
_MAGIC = {b"\x1f\x8b\x08": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}


class Allowance:
    """How far one input may unpack beyond the ratio. Shared by all its members, so that a thousand small bombs cost no
    more than one; a member whose ratio is honest draws nothing and passes even when nothing is left."""

    def __init__(self, limits: Limits) -> None:
        self._ratio = limits.ratio
        self._left: float = limits.ratio_floor_bytes

    def draw(self, produced: int, origin: float, drawn: float) -> float:
        """What a stream of ``produced`` bytes from ``origin`` packed ones has drawn in all, ``drawn`` of it before.

        Raises :class:`Unreadable` where more is asked for than is left.
        """
        excess = max(0.0, produced - self._ratio * origin)
        if excess <= drawn:
            return drawn
        self._left -= excess - drawn
        if self._left < 0:
            self._left = 0
            raise Unreadable(
                f"unpacks to more than {self._ratio} times its size: this looks like a compression bomb; "
                "unpack it yourself if it is not"
            )
        return excess


def compression_of(head: bytes) -> str | None:
    """The compression that a stream beginning with ``head`` has: ``gzip``, ``bzip2``, ``xz``."""
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def unpacked(stream: ByteStream, kind: str, limits: Limits, allowance: Allowance) -> ByteStream:
    """What the compressed ``stream`` holds. Reading raises :class:`Unreadable` where it is damaged, cut off or a
    bomb."""
    read = _opener(stream, kind, limits)
    produced, drawn = 0, 0.0

    def source(size: int) -> bytes:
        nonlocal produced, drawn
        try:
            part = read(size)
        except EOFError:
            raise Unreadable(f"the {kind} data is cut off; what came before was read") from None
        except lzma.LZMAError as error:
            raise Unreadable(f"damaged {kind} data, or it asks for too much memory ({error})") from None
        except (OSError, ValueError, zlib.error) as error:
            raise Unreadable(f"damaged {kind} data ({error}); what came before was read") from None
        produced += len(part)
        drawn = allowance.draw(produced, stream.origin(), drawn)
        if produced > limits.member_bytes:
            raise Unreadable(f"unpacks to more than {limits.member_bytes / 1e9:,.1f} GB; split it")
        return part

    return ByteStream(source, stream.origin)


def _opener(stream: ByteStream, kind: str, limits: Limits) -> Callable[[int], bytes]:
    # read1 and not read: where the data breaks off, read loses what it had gathered so far
    if kind == "gzip":
        return gzip.GzipFile(fileobj=cast(IO[bytes], stream), mode="rb").read1
    if kind == "bzip2":
        return bz2.BZ2File(cast(IO[bytes], stream), mode="rb").read1
    return _XzReader(stream, limits.xz_memory_bytes).read


class _XzReader:
    """xz with a bound on memory, which :class:`lzma.LZMAFile` has not."""

    def __init__(self, stream: ByteStream, memory: int) -> None:
        self._stream = stream
        self._memory = memory
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=memory)

    def read(self, size: int) -> bytes:
        while True:
            if self._decoder.eof and not self._next_stream():
                return b""
            packed = self._stream.read(CHUNK) if self._decoder.needs_input else b""
            if not packed and self._decoder.needs_input:
                raise EOFError
            if part := self._decoder.decompress(packed, size):
                return part

    def _next_stream(self) -> bool:
        """Goes on to a further xz stream that follows the one just ended; whether there is one."""
        rest = self._decoder.unused_data.lstrip(b"\0") or self._stream.read(CHUNK).lstrip(b"\0")
        if not rest:
            return False
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=self._memory)
        self._decoder.decompress(rest, 0)  # only takes it in
        return True
