"""Paths to articles: what a load is given, opened one file after the other and read by what each file is."""

from __future__ import annotations

import difflib
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from index.article import RawArticle, Reject
from index.errors import InputError
from index.readers.containers import Opener
from index.readers.delimited import read_csv, read_tsv
from index.readers.encoding import SAMPLE, decode
from index.readers.formats import FORMATS, UnknownFormat, format_of, text_of_head
from index.readers.html import read_html
from index.readers.json_array import read_json
from index.readers.jsonl import read_jsonl
from index.readers.limits import Limits
from index.readers.member import Member, passed_over, printable
from index.readers.page_window import PageWindow
from index.readers.stream import ByteStream, Unreadable
from index.readers.text_page import Page

Reader = Callable[[Member, Limits], Iterator[RawArticle | Reject]]
_READERS: Mapping[str, Reader] = {
    "jsonl": read_jsonl,
    "json": read_json,
    "csv": read_csv,
    "tsv": read_tsv,
    "html": read_html,
}
STDIN = "-"
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
    """Articles and rejects, read as they are asked for; can be gone through once. Closes what it opens.

    Memory is bounded by :class:`Limits`; nothing is unpacked to disk.
    """

    def __init__(self, paths: list[str], format: str | None, limits: Limits) -> None:
        self._paths = paths
        self._format = format
        self._limits = limits
        self._done = 0
        self._current: ByteStream | None = None
        self._current_size = 0
        self._outcomes: Iterator[RawArticle | Reject] | None = None
        self.total_bytes: int | None = _total_bytes(paths)
        """Bytes of all files; ``None`` where standard input or another pipe is among them."""

    @property
    def bytes_read(self) -> int:
        """Bytes of the files read so far, packed as they are."""
        running = int(self._current.origin()) if self._current is not None else 0
        return self._done + min(running, self._current_size or running)

    def __iter__(self) -> Iterator[RawArticle | Reject]:
        if self._outcomes is not None:
            raise RuntimeError("inputs are read once; open them again")
        self._outcomes = self._read()
        return self._outcomes

    def close(self) -> None:
        """Closes the file being read, if any. Leaving the iteration by itself does so too."""
        if self._outcomes is not None:
            self._outcomes.close()  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> Iterator[RawArticle | Reject]:
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
                yield from [found] if isinstance(found, Reject) else self._file(found, path, window)
            if nothing:
                yield Reject(printable(path), "a folder with nothing in it to read")
        yield from window.flush()

    def _stdin(self, window: PageWindow) -> Iterator[RawArticle | Reject]:
        source: Any = sys.stdin.buffer
        stream = self._current = ByteStream(getattr(source, "read1", source.read))
        yield from self._opened(Member(STDIN, "", STDIN, STDIN, stream), window)
        yield from window.flush()
        self._let_go()

    def _file(self, path: str, family: str, window: PageWindow) -> Iterator[RawArticle | Reject]:
        locator = printable(path)
        try:
            file = FileIO(path)
        except OSError as error:
            yield Reject(locator, f"can't be opened: {error.strerror}")
            return
        with file:
            status = os.fstat(file.fileno())
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode)):
                yield Reject(locator, "not a regular file")
                return
            regular = stat.S_ISREG(status.st_mode)
            stream = self._current = ByteStream(file.read)
            self._current_size = status.st_size
            folder = os.path.dirname(path)
            name = os.path.basename(locator)
            yield from self._opened(
                Member(locator, name, folder, family, stream, file=file if regular else None), window
            )
            self._let_go()

    def _let_go(self) -> None:
        self._done += self._current_size or (self._current.position if self._current else 0)
        self._current, self._current_size = None, 0

    def _opened(self, outer: Member, window: PageWindow) -> Iterator[RawArticle | Reject]:
        """What the files in ``outer`` hold."""
        in_a_row = 0
        for outcome in self._all(outer, window):
            yield outcome
            in_a_row = in_a_row + 1 if isinstance(outcome, Reject) else 0
            if in_a_row >= self._limits.rejects_in_a_row:
                reason = f"{in_a_row:,} records in a row hold no article: the rest is not read"
                yield Reject(outer.locator, reason)
                return

    def _all(self, outer: Member, window: PageWindow) -> Iterator[RawArticle | Reject]:
        nothing = True
        for found in Opener(self._limits).files(outer):
            nothing = False
            if isinstance(found, Reject):
                yield found
                continue
            try:
                yield from self._articles(found, window)
            except Unreadable as error:
                if not error.reported:
                    error.reported = True
                    yield Reject(found.locator, str(error))
        if nothing:
            yield Reject(outer.locator, "an archive with no files in it")

    def _articles(self, member: Member, window: PageWindow) -> Iterator[RawArticle | Reject]:
        head = member.stream.peek(SAMPLE)
        try:
            if not head.strip():
                raise UnknownFormat("empty")
            if self._format is not None:
                text_of_head(head)
            format = self._format or format_of(member.name, head)
        except UnknownFormat as error:
            yield Reject(member.locator, str(error))
            return
        if format != "text":
            outcome = None
            for outcome in _READERS[format](member, self._limits):
                yield outcome
            if outcome is None:
                yield Reject(member.locator, "no records in it")
            return
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
