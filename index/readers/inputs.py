"""Paths to articles: what a load is given, opened one file after the other and read by what each file is."""

from __future__ import annotations

import difflib
import os
import re
import stat
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from index.article import RawArticle, Reject
from index.errors import InputError
from index.readers.containers import Opener
from index.readers.delimited import read_csv, read_tsv
from index.readers.encoding import SAMPLE, decode
from index.readers.formats import FORMATS, UnknownFormat, format_of, text_of_head
from index.readers.html import find_page
from index.readers.json_array import find_objects
from index.readers.jsonl import find_lines
from index.readers.limits import Limits
from index.readers.member import Member, passed_over, printable
from index.readers.page_window import PageWindow
from index.readers.reading import read_record
from index.readers.records import Record, RejectsInARow, Source
from index.readers.stream import ByteStream, Unreadable
from index.readers.text_page import Page

Finder = Callable[[Member, Limits], Iterator[Record]]
_FINDERS: Mapping[str, Finder] = {"jsonl": find_lines, "json": find_objects, "html": find_page}
Reader = Callable[[Member, Limits], Iterator[RawArticle | Reject]]
_READERS: Mapping[str, Reader] = {"csv": read_csv, "tsv": read_tsv}
"""Formats of which a record's end is known when it is read, as it is by the csv module of the standard library."""
STDIN = "-"
T = TypeVar("T")
_OTHER_LINE_BREAK = re.compile("\r\n?|[\u2028\u2029\x85\f\v]")


def open_inputs(paths: Iterable[str | Path], *, format: str | None = None, limits: Limits | None = None) -> Inputs:
    """The articles in ``paths``: files, folders, archives, or ``-`` for standard input. ``format``: one of
    :data:`FORMATS`, for files that can't be told.

    Raises :class:`index.errors.InputError`, before anything is read, for a path that does not exist or an unknown
    format.
    """
    if format is not None and format not in FORMATS:
        near = difflib.get_close_matches(format, FORMATS, 1)
        meant = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(FORMATS)}"
        raise InputError(f"{format!r} is no format that can be read; {meant}")
    names = [os.fspath(path) for path in paths]
    for name in names:
        if name != STDIN and not os.path.exists(name):
            raise InputError(f"{printable(name)}: there is no such file or folder; check the path")
        if name != STDIN and not os.access(name, os.R_OK):
            raise InputError(f"{printable(name)}: not readable; check its permissions")
    return Inputs(names, format, limits or Limits())


class Inputs:
    """Articles and rejects, read as they are asked for, or :meth:`records`, to be read elsewhere; can be gone through
    once. Closes what it opens.

    Memory is bounded by :class:`Limits`; nothing is unpacked to disk.
    """

    def __init__(self, paths: list[str], format: str | None, limits: Limits) -> None:
        self._paths = paths
        self._format = format
        self._limits = limits
        self._done = 0
        self._current: ByteStream | None = None
        self._current_size = 0
        self._running: Generator[Any] | None = None
        self._sources = 0
        self._given_up = 0
        self.total_bytes: int | None = _total_bytes(paths)
        """Bytes of all files; ``None`` where standard input or another pipe is among them."""

    @property
    def bytes_read(self) -> int:
        """Bytes of the files read so far, packed as they are."""
        running = int(self._current.origin()) if self._current is not None else 0
        return self._done + min(running, self._current_size or running)

    def __iter__(self) -> Iterator[RawArticle | Reject]:
        return self._once(self._read())

    def records(self) -> Iterator[Record]:
        """What is found, in order, whatever is read of it. :func:`read_record` of each, told by :class:`RejectsInARow`,
        is what going through the inputs gives, but that going through them takes in no more of an input that it gave
        up, where text pages behind that place here still count among those that others are compared with."""
        return self._once(self._found())

    def _once(self, running: Generator[T]) -> Generator[T]:
        if self._running is not None:
            raise RuntimeError("inputs are read once; open them again")
        self._running = running
        return running

    def close(self) -> None:
        """Closes the file being read, if any. Leaving the iteration by itself does so too."""
        if self._running is not None:
            self._running.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> Generator[RawArticle | Reject]:
        rejects = RejectsInARow(self._limits.rejects_in_a_row)
        with closing(self._found()) as records:
            for record in records:
                yield from rejects.told(record, read_record(record, self._limits))
                if rejects.has_given_up(record):
                    self._given_up = record.source.number

    def _found(self) -> Generator[Record]:
        window = PageWindow(self._limits)
        for path in self._paths:
            if path == STDIN:
                yield from self._stdin(window)
                continue
            if not os.path.isdir(path):
                yield from self._file(path, os.path.dirname(path), window)
                continue
            nothing = True
            for found in _files_below(path):
                nothing = False
                yield from [Record.of(found)] if isinstance(found, Reject) else self._file(found, path, window)
            if nothing:
                yield Record.of(Reject(printable(path), "a folder with nothing in it to read"))
        yield from map(Record.of, window.flush())

    def _stdin(self, window: PageWindow) -> Iterator[Record]:
        source: Any = sys.stdin.buffer
        stream = self._current = ByteStream(getattr(source, "read1", source.read))
        yield from self._opened(Member(STDIN, "", STDIN, STDIN, stream, source=self._next_source(STDIN)), window)
        yield from map(Record.of, window.flush())
        self._let_go()

    def _file(self, path: str, family: str, window: PageWindow) -> Iterator[Record]:
        locator = printable(path)
        try:
            file = FileIO(path)
        except OSError as error:
            yield Record.of(Reject(locator, f"can't be opened: {error.strerror}"))
            return
        with file:
            status = os.fstat(file.fileno())
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
                yield Record.of(Reject(locator, "not a regular file"))
                return
            regular = stat.S_ISREG(status.st_mode)
            stream = self._current = ByteStream(file.read)
            self._current_size = status.st_size
            outer = Member(
                locator=locator,
                name=os.path.basename(locator),
                folder=os.path.dirname(path),
                family=family,
                stream=stream,
                file=file if regular else None,
                source=self._next_source(locator),
            )
            yield from self._opened(outer, window)
            self._let_go()

    def _next_source(self, locator: str) -> Source:
        self._sources += 1
        return Source(self._sources, locator)

    def _let_go(self) -> None:
        self._done += self._current_size or (self._current.position if self._current else 0)
        self._current, self._current_size = None, 0

    def _opened(self, outer: Member, window: PageWindow) -> Iterator[Record]:
        """What the files in ``outer`` hold, up to where it is given up."""
        for record in self._all(outer, window):
            yield record
            if self._given_up == outer.source.number:
                return

    def _all(self, outer: Member, window: PageWindow) -> Iterator[Record]:
        nothing = True
        for found in Opener(self._limits).files(outer):
            nothing = False
            if isinstance(found, Reject):
                yield Record.of(found, outer.source)
                continue
            try:
                yield from self._records_in(found, window)
            except Unreadable as error:
                if not error.reported:
                    error.reported = True
                    yield Record.of(Reject(found.locator, str(error)), outer.source)
        if nothing:
            yield Record.of(Reject(outer.locator, "an archive with no files in it"), outer.source)

    def _records_in(self, member: Member, window: PageWindow) -> Iterator[Record]:
        head = member.stream.peek(SAMPLE)
        try:
            if not head.strip():
                raise UnknownFormat("empty")
            if self._format is not None:
                text_of_head(head)
            format = self._format or format_of(member.name, head)
        except UnknownFormat as error:
            yield Record.of(Reject(member.locator, str(error)), member.source)
            return
        found = None
        for found in self._found_in(member, format, window):
            yield found
        if found is None and format != "text":  # pages may wait for others
            yield Record.of(Reject(member.locator, "no records in it"), member.source)

    def _found_in(self, member: Member, format: str, window: PageWindow) -> Iterator[Record]:
        if format in _FINDERS:
            yield from _FINDERS[format](member, self._limits)
            return
        read = _READERS[format](member, self._limits) if format != "text" else self._pages(member, window)
        for outcome in read:
            yield Record.of(outcome, member.source)

    def _pages(self, member: Member, window: PageWindow) -> Iterator[RawArticle | Reject]:
        """The articles of text pages that are decided now. They are read where they are found: once it is known which
        lines they share, for which their dates were read, the rest is less work than to send them elsewhere."""
        content = member.stream.read_all(self._limits.document_bytes)
        text = _OTHER_LINE_BREAK.sub("\n", decode(content))
        if text.count("\n") > self._limits.page_lines:
            yield Reject(member.locator, f"a text of more than {self._limits.page_lines:,} lines, which is no article")
            return
        yield from window.add(Page(member.locator, member.folder, text.split("\n")), member.family, len(content))


def _files_below(folder: str) -> Iterator[str | Reject]:
    """The files in ``folder`` and in the folders below, by name; hidden ones are passed over, links to folders not
    followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Reject(printable(folder), f"the folder can't be read: {error.strerror}")
        return
    for entry in entries:
        if passed_over(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(entry.path)
        elif entry.is_dir():
            yield Reject(printable(entry.path), "a link to a folder, which is not followed; name the folder itself")
        elif entry.is_file():
            yield entry.path
        else:
            yield Reject(printable(entry.path), "not a regular file")


def _total_bytes(paths: Iterable[str]) -> int | None:
    total = 0
    for path in paths:
        if path == STDIN:
            return None
        for file in _files_below(path) if os.path.isdir(path) else (path,):
            if isinstance(file, Reject):
                continue
            try:
                status = os.stat(file)
            except OSError:
                continue
            if stat.S_ISFIFO(status.st_mode):
                return None
            total += status.st_size
    return total
