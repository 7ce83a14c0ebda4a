"""Zip archives, read by their list of contents, each entry streamed."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from index.readers.limits import Limits
from index.readers.stream import ByteStream, Unreadable
from index.readers.unpack import Allowance

_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LONGEST_COMMENT = 0xFFFF
_LOCAL_HEADER = 30
_READ = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Other methods are left out: zipfile unpacks bzip2 and LZMA without a bound on what one read gives or takes in
memory."""
_DAMAGE = (
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    OverflowError,
)


def is_zip(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a zip."""
    return head.startswith((b"PK\x03\x04", _END))


def zip_entries(
    file: BinaryIO, limits: Limits, allowance: Allowance, scale: float = 1.0
) -> Iterator[tuple[str, ByteStream | str]]:
    """Each file of a zip as its name and its bytes, or as its name and why it is not read.

    ``scale``: bytes of the outermost file behind one byte of this zip. Raises :class:`Unreadable` for one that can't be
    opened.
    """
    _check_directory(file, limits)
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise Unreadable(f"damaged zip ({error})") from None
    with archive:
        overlapping = _overlapping(archive.infolist())
        for info in archive.infolist():
            if info.is_dir():
                continue
            name = info.filename
            if reason := _refusal(info, overlapping):
                yield name, reason
                continue
            yield name, _entry(archive, info, limits, allowance, scale)


def _entry(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits, allowance: Allowance, scale: float
) -> ByteStream:
    origin = info.compress_size * scale
    opened: zipfile.ZipExtFile | None = None
    produced, drawn = 0, 0.0

    def source(size: int) -> bytes:
        nonlocal opened, produced, drawn
        try:
            if opened is None:
                opened = archive.open(info)  # type: ignore[assignment]
            part = opened.read1(size)  # type: ignore[union-attr]
        except _DAMAGE as error:
            raise Unreadable(f"damaged in the zip ({error}); what came before was read") from None
        produced += len(part)
        drawn = allowance.draw(produced, origin, drawn)
        if produced > limits.member_bytes:
            raise Unreadable(f"unpacks to more than {limits.member_bytes / 1e9:,.1f} GB; split it")
        return part

    return ByteStream(source, lambda: origin)


def _refusal(info: zipfile.ZipInfo, overlapping: set[int]) -> str | None:
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a symbolic link in an archive is not followed"
    if info.flag_bits & 0x1:
        return "encrypted; unpack it with its password first"
    if info.compress_type not in _READ:
        return f"compressed by a method that is not read (number {info.compress_type}); pack it again with deflate"
    if info.header_offset in overlapping:
        return "overlaps with another file of the zip: the zip is damaged or hostile"
    return None


def _overlapping(entries: list[zipfile.ZipInfo]) -> set[int]:
    """Offsets of entries that use bytes of one before them, which honest zips never have."""
    bad: set[int] = set()
    end = 0
    for info in sorted(entries, key=lambda entry: entry.header_offset):
        if info.header_offset < end:
            bad.add(info.header_offset)
        end = max(end, info.header_offset + _LOCAL_HEADER + info.compress_size)
    return bad


def _check_directory(file: BinaryIO, limits: Limits) -> None:
    """Refuses a list of contents that is missing or over-long, before zipfile takes all of it into memory."""
    end = file.seek(0, 2)
    tail_at = max(0, end - _LONGEST_COMMENT - 22)
    file.seek(tail_at)
    tail = file.read(end - tail_at)
    at = tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        raise Unreadable("the zip is cut off: its list of contents, which stands at the end, is missing")
    size = int(struct.unpack_from("<L", tail, at + 12)[0])
    locator = tail[max(0, at - 20) : at]
    if locator.startswith(_LOCATOR_64):
        file.seek(min(int(struct.unpack_from("<Q", locator, 8)[0]), end))
        record = file.read(56)
        if record.startswith(_END_64) and len(record) == 56:
            size = max(size if size != 0xFFFFFFFF else 0, int(struct.unpack_from("<Q", record, 40)[0]))
    if size > min(end, limits.zip_directory_bytes):
        raise Unreadable(
            f"the zip's list of contents says it has {size / 1e6:,.0f} MB: damaged, or too many files; use tar"
        )
