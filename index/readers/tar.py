"""Tar archives, read forward: from pipes and compressed streams as well as from files.

Headers are decoded by :mod:`tarfile`; the walk is ours, because tarfile holds each long name and extended header whole
in memory, however long it says it is, and keeps a list of all members.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from index.readers.limits import Limits
from index.readers.stream import ByteStream, Unreadable

_BLOCK = tarfile.BLOCKSIZE
_LINKS = {tarfile.SYMTYPE: "symbolic link", tarfile.LNKTYPE: "hard link"}


def is_tar(head: bytes) -> bool:
    """Whether a stream that begins with ``head`` (512 bytes) is a tar, with or without the POSIX magic."""
    if len(head) < _BLOCK or not head[0]:
        return False
    try:
        tarfile.TarInfo.frombuf(head[:_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def tar_entries(stream: ByteStream, limits: Limits) -> Iterator[tuple[str, ByteStream | str]]:
    """Each file of a tar as its name and its bytes, or as its name and why it is not read.

    A file's bytes end when the next one is asked for. Raises :class:`Unreadable` where the tar is damaged or cut off.
    """
    name, size = None, None
    while (header := _header(stream)) is not None:
        if header.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
            text = _text(stream, header, limits)
            name = text.rstrip(b"\0").decode("utf-8", "surrogateescape") if header.type == b"L" else name
            continue
        if header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE):
            records = _pax(_text(stream, header, limits))
            if header.type != tarfile.XGLTYPE:
                name, size = records.get("path", name), _size(records.get("size"), size)
            continue
        length = header.size if size is None else size
        yield from _entry(stream, header, name or header.name, length)
        name, size = None, None


def _header(stream: ByteStream) -> tarfile.TarInfo | None:
    """The next header; ``None`` at the end, which is a block of zeros or nothing at all."""
    block = stream.read_exactly(_BLOCK)
    if not block.strip(b"\0"):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError) as error:
        raise Unreadable(
            f"damaged tar: {error} at byte {stream.position - len(block)}; what came before was read"
        ) from None
    if header.size < 0:
        raise Unreadable(f"damaged tar: a size below zero at byte {stream.position - len(block)}")
    return header


def _entry(stream: ByteStream, header: tarfile.TarInfo, name: str, size: int) -> Iterator[tuple[str, ByteStream | str]]:
    if header.type in _LINKS:
        yield name, f"a {_LINKS[header.type]} in an archive is not followed"
        return  # a link has no bytes, whatever its header says
    if header.type == tarfile.GNUTYPE_SPARSE:
        raise Unreadable(f"{name!r} is a sparse file, which is not read; pack the archive without --sparse")
    end = stream.position + size + -size % _BLOCK
    if header.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE) and not name.endswith("/"):
        part = _part(stream, size)
        yield name, part
        if part.error is not None:
            raise part.error
    elif header.type != tarfile.DIRTYPE and not name.endswith("/"):
        yield name, "not a regular file"
    missing = end - stream.position - stream.skip(end - stream.position)
    if missing > -size % _BLOCK:
        raise Unreadable(f"the tar is cut off inside {name!r}; what came before was read")


def _part(stream: ByteStream, size: int) -> ByteStream:
    """The next ``size`` bytes of ``stream`` as a stream of their own."""
    end = stream.position + size

    def source(wanted: int) -> bytes:
        left = end - stream.position
        part = stream.read(min(wanted, left)) if left > 0 else b""
        if left > 0 and not part:
            raise Unreadable("the archive is cut off inside this file; what came before was read")
        return part

    return ByteStream(source, stream.origin)


def _text(stream: ByteStream, header: tarfile.TarInfo, limits: Limits) -> bytes:
    if header.size > limits.header_bytes:
        raise Unreadable(f"damaged or hostile tar: a header of {header.size / 1e6:,.0f} MB")
    text = stream.read_exactly(header.size + -header.size % _BLOCK)
    return text[: header.size]


def _pax(text: bytes) -> dict[str, str]:
    """The records ``length key=value\\n`` of an extended header; reading ends at the first that is none."""
    records: dict[str, str] = {}
    at = 0
    while at < len(text):
        digits, _, _ = text[at : at + 12].partition(b" ")
        if not digits.isdigit() or int(digits) <= len(digits) + 1:
            break
        key, _, value = text[at + len(digits) + 1 : at + int(digits)].rstrip(b"\n").partition(b"=")
        records[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        at += int(digits)
    return records


def _size(written: str | None, otherwise: int | None) -> int | None:
    return (
        int(written)
        if written is not None and written.isascii() and written.isdigit() and len(written) < 19
        else otherwise
    )
