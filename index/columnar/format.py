"""The format of the index, version 1: what every file of an index folder holds, to the byte.

All numbers are little-endian; ``u4`` is an unsigned number of four bytes, ``i8`` a signed one of eight, ``f4`` a float.
Names are ASCII, padded with zero bytes. Bytes without a meaning are zero. Checksums are XXH3 with seed 0, 64 bits wide
where nothing else is said.

Folder
======

===============================  =======================================================================================
``manifest-<generation>.json``   which segments make the index of one generation; see :mod:`index.columnar.manifest`
``<segment>.<kind>``             one structure of one segment, in the layout below; never changed once it is written
``writer.lock``                  locked by the one writer; empty
===============================  =======================================================================================

A segment is ``s`` and a decimal number of at least seven digits. Names are never used twice: generations and segments
are numbered on.

File
====

::

    header | section | section | ... | footer

Each section, and the footer, begins at the next multiple of 64 after the end of what stands before it.

Header, 64 bytes, the same in every version of the format so that each can tell that it can't read another:

======  ======  ========================================================================================================
offset  type    meaning
======  ======  ========================================================================================================
0       8       ``89 6B 69 6F 73 6B 0D 0A``: no text, and broken by any transfer that takes it for text
8       u4      version of the format
12      u4      0
16      16      kind of file, as in its name
32      24      segment, as in its name
56      u8      checksum of bytes 0 to 56
======  ======  ========================================================================================================

A section is an array of one type, ``u1 u2 u4 u8 i1 i2 i4 i8 f4 f8``, without gaps.

Footer:

1. One checksum, u8, of each block: the bytes of the file from its beginning to the footer, header and gaps included, in
   pieces of 65,536; the last may be shorter. Zero bytes follow to the next multiple of 64.
2. One entry of 64 bytes for each section, in the order of the file: name (40), type (8), offset of its first byte (u8),
   length in bytes (u8). No two names are equal.
3. The end of the file, 64 bytes:

======  ======  ========================================================================================================
offset  type    meaning
======  ======  ========================================================================================================
0       u8      length of the file
8       u8      offset of the footer
16      u4      number of blocks
20      u4      number of sections
24      24      0
48      u8      checksum of the footer up to here
56      8       ``0A 0D 6B 73 6F 69 6B 89``
======  ======  ========================================================================================================

The *digest* of a file is the XXH3 checksum, 128 bits wide, of header and footer, in hexadecimal. Since the footer holds
the checksums of all else, it stands for every byte.

Checks
======

Opening a file compares its length and digest with the manifest's, the checksums of header and footer, kind, segment
and version, and that the sections lie as told, without a gap or an overlap. A block is compared with its checksum when
it is first used. ``verify`` compares all of it. So a flipped bit is noticed at open (header, footer), at first use (its
block), or by ``verify`` (a block of a section that nobody reads). A reader takes the sections it knows and leaves
others alone.

Limits
======

======================================  ==============================================================================
sections of a file                      4,096
length of a file                        2\\ :sup:`40` bytes
name of a section, a kind, a segment    40, 16, 24 bytes of ``a-z 0-9 . _ -``, the first a letter or digit
======================================  ==============================================================================

A writer that would go beyond one raises ``ValueError``; a file beyond one is damaged.

Sections of each kind of file
=============================

Each is described where its writer and its reader stand:

=======================================  =============================================================================
``lexicon``                              :mod:`index.columnar.lexicon`: forms, their postings, what groups them
``docs`` ``freqs`` ``positions``         :mod:`index.columnar.postings`: which documents hold a form, how often, where
``columns``                              :mod:`index.columnar.columns`: values of each document
``stored``                               :mod:`index.columnar.stored`: the articles
``deleted-<generation>``                 :func:`index.columnar.segment.write_deletions`: what a generation left out
=======================================  =============================================================================

Documents of a segment are numbered from 0, at most 2\\ :sup:`31` of them; forms hold at most 128 code points and no
zero byte; a document has at most 2\\ :sup:`32` positions in a field, an article at most 500,000 characters (what is
longer is rejected while it is normalised).

History
=======

1. The first. It has gained sections since that a reader does without: ``folded`` and ``folded_at`` of ``lexicon``,
   ``entries`` and ``days`` of ``columns``.
"""

from __future__ import annotations

import re
import struct
from array import array as typed_array
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray
from xxhash import xxh3_64_intdigest, xxh3_128

from index.columnar.atomic import Folder, Output, release
from index.columnar.block_kernels import ALL_CHECKED, SHIFT, Checked, first_unchecked
from index.errors import TO_MEND, IndexDamaged, IndexVersionMismatch

VERSION = 1
OLDEST = 1
"""The oldest version that is still read."""

ALIGNMENT = 64
BLOCK = 1 << 16
TYPES = {code: np.dtype(f"<{code}") for code in "u1 u2 u4 u8 i1 i2 i4 i8 f4 f8".split()}

MAGIC = b"\x89kiosk\r\n"
END_MAGIC = MAGIC[::-1]
MOST_SECTIONS = 4096
MOST_BYTES = 1 << 40

_HEADER = struct.Struct("<8sII16s24sQ")
_ENTRY = struct.Struct("<40s8sQQ")
_END = struct.Struct("<QQII24xQ8s")
_CHECKED_END = 48
_BUFFER = 16 * BLOCK
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a manifest knows of a file: ``length`` in bytes, ``digest`` as the module describes."""

    name: str
    length: int
    digest: str


class FileWriter:
    """Writes one file, its sections one after the other. Holds one mebibyte, and 8 bytes for each 64 KiB written.

    As a context, removes a file that was not closed.
    """

    def __init__(self, folder: Folder, name: str, kind: str, segment: str) -> None:
        header = _HEADER.pack(MAGIC, VERSION, 0, _padded(kind, 16), _padded(segment, 24), 0)
        self._header = header[:56] + xxh3_64_intdigest(header[:56]).to_bytes(8, "little")
        self._folder, self._name = folder, name
        self._sections: dict[str, tuple[np.dtype[Any], int, int]] = {}
        self._section: str | None = None
        self._type: np.dtype[Any] = TYPES["u1"]
        self._begun = 0
        self._checksums = typed_array("Q")
        self._buffer = memoryview(bytearray(_BUFFER))
        self._filled = 0
        self._flushed = 0
        self._open = True
        self._output: Output = folder.create(name)
        self._append(memoryview(self._header))

    def begin(self, section: str, dtype: DTypeLike) -> None:
        """Ends the section before and begins another, of one of :data:`TYPES`."""
        kind = np.dtype(dtype)
        if kind not in TYPES.values():
            raise ValueError(f"{self._name}: {section}: no type of a section: {kind}")
        if section in self._sections or section == self._section or len(self._sections) >= MOST_SECTIONS - 1:
            raise ValueError(f"{self._name}: {section}: a second section of this name, or too many")
        _padded(section, 40)
        self._finish()
        self._section, self._type, self._begun = section, kind, self._position

    def write(self, array: NDArray[Any] | bytes) -> None:
        """Appends numbers to the section begun last; bytes to one of ``u1``. An array of another type is an error."""
        if self._section is None:
            raise ValueError(f"{self._name}: no section begun")
        values = np.frombuffer(array, np.uint8) if isinstance(array, bytes | bytearray | memoryview) else array
        if values.dtype != self._type:
            raise ValueError(f"{self._name}: {self._section}: {values.dtype} written to a section of {self._type}")
        if values.flags.c_contiguous:
            self._append(values.reshape(-1).view(np.uint8).data)
            return
        for piece in np.nditer(values, ["external_loop", "buffered", "zerosize_ok"], order="C", buffersize=BLOCK):
            self._append(np.ascontiguousarray(piece).view(np.uint8).data)

    def add(self, section: str, array: NDArray[Any]) -> None:
        """A whole section at once, of the array's own type."""
        self.begin(section, array.dtype)
        self.write(array)

    def close(self) -> FileFacts:
        """Writes the footer and returns when the file's bytes would outlast a power cut; its name needs the folder's
        :meth:`~index.columnar.atomic.Folder.sync` besides. Where that fails the file is removed."""
        try:
            self._finish()
            at = self._position
            self._flush()
            footer = self._footer(at)
            self._output.write(footer)
            self._output.sync()
            self._output.close()
        except BaseException:
            self.abort()
            raise
        self._open = False
        digest = xxh3_128(self._header)
        digest.update(footer)
        return FileFacts(self._name, at + len(footer), digest.hexdigest())

    def abort(self) -> None:
        """Closes and removes the file; what hinders that is not told, since something else went wrong before. After
        :meth:`close` does nothing."""
        if not self._open:
            return
        self._open = False
        for step in (self._output.close, lambda: self._folder.remove(self._name)):
            try:
                step()
            except OSError:
                continue  # the next commit removes what no generation names

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.abort()

    @property
    def _position(self) -> int:
        return self._flushed + self._filled

    def _finish(self) -> None:
        """Ends the section begun last and fills up to where the next may begin."""
        if self._section is not None:
            self._sections[self._section] = (self._type, self._begun, self._position - self._begun)
            self._section = None
        self._append(memoryview(bytes(-self._position % ALIGNMENT)))

    def _append(self, data: memoryview) -> None:
        if not self._open:
            raise ValueError(f"{self._name}: closed")
        while data:
            count = min(len(data), _BUFFER - self._filled)
            self._buffer[self._filled : self._filled + count] = data[:count]
            self._filled += count
            data = data[count:]
            if self._filled == _BUFFER:
                self._flush()

    def _flush(self) -> None:
        """Writes the buffer, whose beginning is the beginning of a block; all but the last time it is full."""
        full = self._buffer[: self._filled]
        for start in range(0, self._filled, BLOCK):
            self._checksums.append(xxh3_64_intdigest(full[start : start + BLOCK]))
        if self._filled:
            self._output.write(full)
        self._flushed += self._filled
        self._filled = 0

    def _footer(self, at: int) -> bytes:
        checksums = np.array(self._checksums, "<u8").tobytes()
        entries = [
            _ENTRY.pack(_padded(name, 40), _code(kind), start, length)
            for name, (kind, start, length) in self._sections.items()
        ]
        body = checksums + bytes(-len(checksums) % ALIGNMENT) + b"".join(entries)
        length = at + len(body) + _END.size
        if length > MOST_BYTES:
            raise ValueError(f"{self._name}: longer than {MOST_BYTES} bytes")
        end = _END.pack(length, at, len(self._checksums), len(entries), 0, END_MAGIC)[:_CHECKED_END]
        return body + end + xxh3_64_intdigest(body + end).to_bytes(8, "little") + END_MAGIC


class FileReader:
    """Reads one file. Opening checks header, footer and length, and reads no block; for several threads at once."""

    def __init__(self, folder: Folder, facts: FileFacts | str, kind: str, segment: str) -> None:
        """Raises :class:`IndexDamaged`, :class:`IndexVersionMismatch`, or the system's ``OSError``. With a name in
        place of facts, nothing is known of its length and digest."""
        self._file = _MappedFile(folder, facts, kind, segment)
        self._sections = self._file.sections()

    @classmethod
    def remains(cls, folder: Folder, name: str, kind: str, segment: str) -> Self:
        """What is left of a file that may be damaged in header and footer, too: its sections, where the footer still
        tells how they lie. Blocks are compared with their checksums as ever."""
        file = cls.__new__(cls)
        file._file = _MappedFile(folder, name, kind, segment, damaged=True)
        file._sections = file._file.sections()
        return file

    @property
    def name(self) -> str:
        """The name of the file in its folder."""
        return self._file.name

    @property
    def length(self) -> int:
        """The length of the file in bytes."""
        return self._file.length

    @property
    def digest(self) -> str | None:
        """Its digest, where a manifest knows it: the same for the same content."""
        return None if self._file.facts is None else self._file.facts.digest

    @property
    def problem(self) -> str | None:
        """The first damage that any use of the file has met since it was opened."""
        return self._file.problem

    def names(self) -> list[str]:
        """The names of the sections in the order of the file."""
        return list(self._sections)

    def section(self, name: str, dtype: DTypeLike | None = None) -> Section:
        """A section; :class:`IndexDamaged` where there is none of that name, or of that type where one is given."""
        found = self._sections.get(name)
        if found is None:
            raise self._file.damage(0, f"has no section {name!r}")
        if dtype is not None and found.dtype != np.dtype(dtype):
            raise self._file.damage(0, f"section {name!r} holds {found.dtype}, not {np.dtype(dtype)}")
        return found

    def damaged(self, what: str) -> IndexDamaged:
        """The error to raise where the numbers in this file do not agree with one another."""
        return self._file.damage(0, what)

    def verify(self) -> list[str]:
        """What is wrong with any byte of the file, a sentence each. Reads all of it, holds little of it at a time."""
        return self._file.verify(self._sections)

    def forget(self) -> None:
        """Tells the system that none of the file is needed in memory at present."""
        release(self._file.data)

    def close(self) -> None:
        """Lets go of the sections. Those that someone holds stay readable; the file is mapped until all are gone."""
        self._sections = {}


class Section:
    """An array of a file. ``start`` and ``stop`` count its elements."""

    def __init__(self, file: _MappedFile, name: str, dtype: np.dtype[Any], offset: int, length: int) -> None:
        self.name = name
        self.dtype = dtype
        self._file = file
        self._offset = offset
        self._view: NDArray[Any] = file.data[offset : offset + length].view(dtype)
        self._blocks = slice(offset >> SHIFT, (offset + length + BLOCK - 1) >> SHIFT) if length else slice(0, 0)
        self._whole = length == 0

    def __len__(self) -> int:
        return len(self._view)

    @property
    def nbytes(self) -> int:
        """The length in bytes."""
        return self._view.nbytes

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """A read-only view of some elements, every bit of them as it was written. Half a microsecond, two where they
        stand in several blocks, and the first time 5 for each 64 KiB."""
        if not 0 <= start <= stop <= len(self._view):
            raise self._outside(start, stop)
        if not self._whole and start < stop:
            width = self.dtype.itemsize
            first = (self._offset + start * width) >> SHIFT
            last = (self._offset + stop * width - 1) >> SHIFT
            if first == last:
                if not self._file.verified[first]:
                    self._check(np.array([first], np.int64))
            else:
                self._check(first + np.flatnonzero(~self._file.verified[first : last + 1]))
        return self._view[start:stop]

    def all(self) -> NDArray[Any]:
        """All elements: ``read(0, len(self))``."""
        return self.read(0, len(self._view))

    def ensure(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        """Checks the blocks of many ranges, so that they may be taken from :meth:`view`. Empty ranges are allowed,
        ranges outside of the section are :class:`IndexDamaged`: they come from another part of the index. A
        microsecond, and a few for a thousand ranges, where all were checked before."""
        width = self.dtype.itemsize
        starts, stops = np.ascontiguousarray(starts), np.ascontiguousarray(stops)
        found = first_unchecked(starts, stops, len(self._view), self._offset, width, self._file.verified)
        if found == ALL_CHECKED:
            return
        if found < ALL_CHECKED:
            wrong = ALL_CHECKED - 1 - found
            raise self._outside(int(starts[wrong]), int(stops[wrong]))
        filled = stops > starts
        first = (self._offset + starts[filled] * width) >> SHIFT
        last = (self._offset + stops[filled] * width - 1) >> SHIFT
        self._check(self._unchecked(first, last))

    def view(self) -> NDArray[Any]:
        """All elements, unchecked: use what :meth:`ensure` was called for."""
        return self._view

    @property
    def checked(self) -> Checked:
        """What kernels need to see whether ranges were checked, for many sections at once."""
        return Checked(self._file.verified, self._offset)

    def forget(self) -> None:
        """Tells the system that the section is not needed in memory at present."""
        release(self._view)

    def distrust(self) -> None:
        """Looks at each block anew whether it was checked."""
        self._whole = False

    def _unchecked(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
        """The blocks from ``first`` to ``last`` of each range that were not checked yet. Passes over the section's."""
        base, size = self._blocks.start, self._blocks.stop - self._blocks.start + 1
        # Ranges open at their first block and close after their last: where more are open than closed, one is needed.
        opened = np.bincount(first - base, minlength=size) - np.bincount(last - base + 1, minlength=size)
        needed = np.cumsum(opened[:-1]) > 0
        return base + np.flatnonzero(needed & ~self._file.verified[self._blocks])

    def _check(self, blocks: NDArray[np.int64]) -> None:
        if len(blocks) == 0:
            return
        for block in blocks.tolist():
            if not self._file.check(block):
                raise self._file.damage(block << SHIFT, self._file.unlike(block, [self.name]))
        self._whole = bool(self._file.verified[self._blocks].all())

    def _outside(self, start: int, stop: int) -> IndexDamaged:
        where = f"section {self.name!r} has {len(self._view)} elements"
        return self._file.damage(self._offset, f"{where}, but {start} to {stop} are asked for by another part")


class _MappedFile:
    """A file in memory with the checksums of its blocks and which of them were compared."""

    def __init__(
        self, folder: Folder, facts: FileFacts | str, kind: str, segment: str, *, damaged: bool = False
    ) -> None:
        """``damaged``: takes header and footer as they are, if they make sense."""
        self.folder = folder
        self._damaged = damaged
        self.name = facts if isinstance(facts, str) else facts.name
        self.problem: str | None = None
        try:
            self.data = folder.map(self.name)
        except FileNotFoundError as error:
            raise self.damage(0, "is missing") from error
        self.length = len(self.data)
        self.facts = None if isinstance(facts, str) else facts
        self._check_length()
        self._check_header(kind, segment)
        self._check_footer()

    def _check_length(self) -> None:
        if self.facts and self.length != self.facts.length:
            raise self.damage(self.length, f"has {self.length} bytes, was written with {self.facts.length}")
        if self.length < _HEADER.size + _END.size:
            raise self.damage(self.length, "is cut short")
        if self.length > MOST_BYTES:
            raise self.damage(self.length, f"is longer than {MOST_BYTES} bytes")

    def _check_header(self, kind: str, segment: str) -> None:
        self._header = self.data[: _HEADER.size].tobytes()
        magic, version, _, its_kind, its_segment, checksum = _HEADER.unpack(self._header)
        if not self._damaged:
            if magic != MAGIC:
                raise self.damage(0, "is no file of an index")
            if xxh3_64_intdigest(self._header[:56]) != checksum:
                raise self.damage(0, "the header is not what was written")
            check_version(version, f"{self.folder.path / self.name}")
        if its_kind != _padded(kind, 16) or its_segment != _padded(segment, 24):
            its = f"{_shown(its_kind)} of {_shown(its_segment)}"
            raise self.damage(16, f"is the file for {its}, not for {kind} of {segment}")

    def _check_footer(self) -> None:
        end = self.data[self.length - _END.size :].tobytes()
        length, footer, blocks, sections, checksum, magic = _END.unpack(end)
        self.footer = int(footer)
        if not self._damaged and (magic != END_MAGIC or length != self.length):
            raise self.damage(
                self.length - _END.size, "does not end as it was written: cut short, or longer than it was"
            )
        table = self.footer + -(-8 * blocks // ALIGNMENT) * ALIGNMENT
        lies_well = (
            sections <= MOST_SECTIONS
            and self.footer % ALIGNMENT == 0
            and blocks == -(-self.footer // BLOCK)
            and table + sections * _ENTRY.size + _END.size == self.length
        )
        if not lies_well:
            raise self.damage(self.length - _END.size, "the footer is not what was written")
        self._footer = self.data[self.footer :].tobytes()
        right = xxh3_64_intdigest(memoryview(self._footer)[: _CHECKED_END - _END.size]) == checksum
        if not right and not self._damaged:
            raise self.damage(self.footer, "the footer is not what was written")
        if self.facts and self._digest() != self.facts.digest:
            raise self.damage(self.footer, "is another file than the manifest names: the digests differ")
        self._entries = self._footer[table - self.footer : -_END.size]
        self.checksums: NDArray[np.uint64] = np.frombuffer(self._footer, "<u8", blocks)
        self.verified = np.zeros(blocks, np.bool_)

    def sections(self) -> dict[str, Section]:
        """The sections by name, in the order of the file."""
        found: dict[str, Section] = {}
        position = _HEADER.size
        for at, (padded, code, offset, length) in enumerate(_ENTRY.iter_unpack(self._entries)):
            name = _shown(padded)
            kind = TYPES.get(_shown(code))
            lies_well = offset == position and length <= self.footer - offset
            if kind is None or not lies_well or length % kind.itemsize or name in found or not _NAME.fullmatch(name):
                raise self.damage(self.footer, f"entry {at} of the footer is no section: {name!r}")
            found[name] = Section(self, name, kind, offset, length)
            position = -(-(offset + length) // ALIGNMENT) * ALIGNMENT
        if position != self.footer:
            raise self.damage(self.footer, "the footer does not follow the last section")
        return found

    def check(self, block: int) -> bool:
        """Whether a block is what was written, read from the disk or from the system's memory."""
        start = block << SHIFT
        right = xxh3_64_intdigest(self.data[start : self.end_of(block)].data) == self.checksums[block]
        self.verified[block] = right
        return bool(right)

    def end_of(self, block: int) -> int:
        """The byte after the last of a block."""
        return min((block + 1) << SHIFT, self.footer)

    def unlike(self, block: int, sections: list[str]) -> str:
        """What is wrong with a block, which lies in these sections."""
        where = f"bytes {block << SHIFT} to {self.end_of(block)}"
        return f"{where} are not what was written ({', '.join(sections) or 'between sections'})"

    def verify(self, sections: dict[str, Section]) -> list[str]:
        """See :meth:`FileReader.verify`."""
        problems = []
        if self._digest(self.data) != self._digest():
            problems.append(str(self.damage(0, "header or footer changed since the file was opened")))
        for block in range(len(self.checksums)):
            if not self.check(block):
                hit = [name for name, one in sections.items() if one._blocks.start <= block < one._blocks.stop]
                problems.append(str(self.damage(block << SHIFT, self.unlike(block, hit))))
                for name in hit:
                    sections[name].distrust()
            if block % 1024 == 1023:
                release(self.data[(block - 1023) << SHIFT : (block + 1) << SHIFT])
        release(self.data)
        return problems

    def damage(self, offset: int, what: str) -> IndexDamaged:
        """The error for this file, of which it takes note."""
        error = damaged(self.folder, self.name, offset, what)
        self.problem = self.problem or str(error)
        return error

    def _digest(self, data: NDArray[np.uint8] | None = None) -> str:
        """Of header and footer as they were read at open, or as they stand in ``data``."""
        header: Any = self._header if data is None else data[: _HEADER.size]
        footer: Any = self._footer if data is None else data[self.footer :]
        digest = xxh3_128(header)
        digest.update(footer)
        return digest.hexdigest()


def damaged(folder: Folder, name: str, offset: int, what: str) -> IndexDamaged:
    """The error that names a file, the place in it and what to do."""
    where = f"{folder.path / name}, byte {offset}"
    return IndexDamaged(f"{where}: {what}{TO_MEND}")


def check_version(version: int, where: str) -> None:
    """Raises :class:`IndexVersionMismatch` for what this version of Kiosk can't read."""
    if version > VERSION:
        hint = "use the newer Kiosk, or load the archives into a new index"
        raise IndexVersionMismatch(
            f"{where}: made by a newer Kiosk (format {version}, this one reads {VERSION}); {hint}"
        )
    if version < OLDEST:
        hint = "load the archives into a new index"
        raise IndexVersionMismatch(
            f"{where}: made by an older Kiosk (format {version}, this one reads {OLDEST}); {hint}"
        )


def _padded(name: str, size: int) -> bytes:
    if not _NAME.fullmatch(name) or len(name) > size:
        raise ValueError(f"no name of at most {size} bytes for a part of an index: {name!r}")
    return name.encode("ascii").ljust(size, b"\0")


def _shown(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode("ascii", "replace")


def _code(kind: np.dtype[Any]) -> bytes:
    return f"{kind.kind}{kind.itemsize}".encode()
