"""Archives and compressions opened into the files they hold, one inside the other, nothing written anywhere.

What something is, its first bytes decide, not its name. Names inside an archive are labels for messages and never
become paths, so that ``../`` in one is harmless.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from posixpath import basename, dirname

from index.article import Reject
from index.readers.limits import Limits
from index.readers.member import Member, passed_over, printable
from index.readers.stream import ByteStream, Unreadable
from index.readers.tar import is_tar, tar_entries
from index.readers.unpack import SUFFIXES, Allowance, compression_of, unpacked
from index.readers.zip import is_zip, zip_entries

_HEAD = 512


class Opener:
    """Opens what one input holds; keeps what its limits count over all of it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._allowance = Allowance(limits)
        self._members = 0

    def files(self, member: Member) -> Iterator[Member | Reject]:
        """The plain files in ``member``, itself where it is no archive. Damage costs what lies behind it, in one
        reject."""
        try:
            yield from self._files(member)
        except Unreadable as error:
            if not error.reported:
                error.reported = True
                yield Reject(member.locator, str(error))

    def _files(self, member: Member) -> Iterator[Member | Reject]:
        head = member.stream.peek(_HEAD)
        compression = compression_of(head)
        if not (compression or is_zip(head) or is_tar(head)):
            yield member
        elif member.depth >= self._limits.container_depth:
            yield Reject(member.locator, f"more than {self._limits.container_depth} archives inside one another")
        elif compression:
            stream = unpacked(member.stream, compression, self._limits, self._allowance)
            name = _without_ending(member.name, SUFFIXES[compression])
            yield from self.files(replace(member, stream=stream, name=name, depth=member.depth + 1, file=None))
        else:
            yield from self._entries(member, is_zip(head))

    def _entries(self, member: Member, zipped: bool) -> Iterator[Member | Reject]:
        entries = self._zip(member) if zipped else tar_entries(member.stream, self._limits)
        for path, stream in entries:
            if passed_over(path):
                continue
            self._members += 1
            if self._members > self._limits.members:
                raise Unreadable(f"more than {self._limits.members:,} files in one archive; split it")
            locator = f"{member.locator}!/{printable(path).lstrip('/')}"
            if isinstance(stream, str):
                yield Reject(locator, stream)
                continue
            yield from self.files(
                Member(
                    locator=locator,
                    name=basename(printable(path)),
                    folder=f"{member.locator}!/{dirname(printable(path))}",
                    family=member.family if member.depth else member.locator,
                    stream=stream,
                    depth=member.depth + 1,
                    source=member.source,
                )
            )

    def _zip(self, member: Member) -> Iterator[tuple[str, ByteStream | str]]:
        if member.file is not None:
            return zip_entries(member.file, self._limits, self._allowance)
        try:
            packed = member.stream.read_all(self._limits.zip_in_memory_bytes)
        except Unreadable as error:
            if error.reported or len(member.stream.peek(1)) == 0:
                raise
            raise Unreadable(f"a zip {error}: give it as a file of its own") from None
        scale = member.stream.origin() / max(1, len(packed))
        return zip_entries(io.BytesIO(packed), self._limits, self._allowance, min(1.0, scale))


def _without_ending(name: str, endings: tuple[str, ...]) -> str:
    lowered = name.lower()
    ending = next((ending for ending in endings if lowered.endswith(ending)), "")
    return name[: len(name) - len(ending)] if ending else name
