"""CSV and TSV: delimiter and header found by what is in them, quoted line breaks understood, a bad record costs
itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from index.article import RawArticle, Reject
from index.readers.encoding import SAMPLE, as_utf8
from index.readers.fields_map import article_of, field_of
from index.readers.limits import Limits
from index.readers.member import Member
from index.readers.records import bounded
from index.readers.stream import ByteStream

DELIMITERS = ",;\t|"
_LOOKED_AT = 20
"""Records that an absent header is guessed from."""
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{4}")
_LANG = re.compile(r"[a-z]{2,3}")
_URL = re.compile(r"https?://\S+")


def read_csv(member: Member, limits: Limits) -> Iterator[RawArticle | Reject]:
    """The article of each record; the locator's number is the line that the record begins on."""
    yield from _read(member, limits, DELIMITERS)


def read_tsv(member: Member, limits: Limits) -> Iterator[RawArticle | Reject]:
    """As :func:`read_csv`, the delimiter being a tab."""
    yield from _read(member, limits, "\t")


def header_of(head: str, delimiters: str = DELIMITERS) -> tuple[str, list[str]] | None:
    """Delimiter and names of a text that begins with a line of names, one of title and body among them."""
    best: tuple[int, str, list[str]] | None = None
    for delimiter in delimiters:
        cells = _cells(head, delimiter)
        known = [field_of(cell) for cell in cells]
        if ("title" in known or "body" in known) and max(map(len, cells)) <= 80:
            score = sum(field is not None for field in known)
            if best is None or score > best[0]:
                best = score, delimiter, cells
    return best[1:] if best else None


def _read(member: Member, limits: Limits, delimiters: str) -> Iterator[RawArticle | Reject]:
    stream = as_utf8(member.stream, guessing=True)
    head = stream.peek(SAMPLE)
    old_mac = b"\n" not in head and b"\r" in head
    lines = _Lines(stream, limits, old_mac=old_mac)
    text = head.decode("utf-8", "replace")
    text = text.replace("\r", "\n") if old_mac else text
    if text[:4].lower() == "sep=":  # what Excel writes and wants to read
        delimiters = text[4:5] or delimiters
        next(lines, None)
        text = text.partition("\n")[2]
    found = header_of(text, delimiters)
    if found is not None:
        delimiter, header = found
    else:
        delimiter, header = _guessed(text, delimiters)
        if not header:
            first = ", ".join(_cells(text, delimiter))[:200]
            yield Reject(
                member.locator,
                f"no column is called title or body, and none looks like one; the first line is: {first}",
            )
            return
    yield from _records(member.locator, lines, delimiter, header, limits, skip=found is not None)


def _records(
    locator: str, lines: _Lines, delimiter: str, header: Sequence[str], limits: Limits, *, skip: bool
) -> Iterator[RawArticle | Reject]:
    # a limit of the whole process; its default, 128 kB, is less than a long article
    csv.field_size_limit(max(csv.field_size_limit(), limits.record_bytes))
    reader = csv.reader(lines, delimiter=delimiter)
    names_line = delimiter.join(header) + "\n"
    while True:
        lines.begin()
        try:
            row = next(reader, None)
        except (_Runaway, csv.Error) as error:
            reason = str(error) if isinstance(error, _Runaway) else f"broken record ({error})"
            original = bounded(names_line + lines.first, limits)
            at = f"{locator}:{lines.started}"
            if isinstance(error, _Runaway):
                lines.go_back()
            yield Reject(at, reason, original)
            continue
        if row is None:
            return
        if skip or not any(cell.strip() for cell in row):
            skip = False
            continue
        record = dict(reversed(list(zip(header, row, strict=False))))
        yield article_of(record, f"{locator}:{lines.started}", bounded(names_line + lines.record, limits))


class _Runaway(Exception):
    """A record that is over-long: most often a quote that is never closed."""


class _Lines(Iterator[str]):
    """Lines for :mod:`csv`, the ones of the running record kept so that they can be gone back to."""

    def __init__(self, stream: ByteStream, limits: Limits, *, old_mac: bool) -> None:
        self._lines = stream.lines(limits.record_bytes) if not old_mac else _mac_lines(stream, limits)
        self._limit = limits.record_bytes
        self._held: list[str] = []
        self._again: list[str] = []
        self._size = 0
        self._number = 0
        self.started = 1
        """The number of the line that the record begins on."""

    def begin(self) -> None:
        """A record begins."""
        self._held, self._size, self.started = [], 0, self._number + 1

    def go_back(self) -> None:
        """Gives all lines of the record again but its first."""
        self._again += self._held[:0:-1]
        self._number = self.started

    @property
    def first(self) -> str:
        return self._held[0] if self._held else ""

    @property
    def record(self) -> str:
        return "".join(self._held)

    def __next__(self) -> str:
        if self._again:
            line = self._again.pop()
        else:
            raw = next(self._lines)
            if raw is None:
                self._number += 1
                self._held.append("")
                raise _Runaway(f"a line of more than {self._limit / 1e6:,.0f} MB")
            line = raw.decode("utf-8", "replace").rstrip("\r").replace("\r", " ") + "\n"
        self._number += 1
        self._held.append(line)
        self._size += len(line)
        if self._size > self._limit:
            raise _Runaway(f"a record of more than {self._limit / 1e6:,.0f} MB: a quote is opened and never closed")
        return line


def _mac_lines(stream: ByteStream, limits: Limits) -> Iterator[bytes | None]:
    """Lines of a file that breaks them with carriage returns alone."""
    translated = ByteStream(lambda size: stream.read(size).replace(b"\r", b"\n"), stream.origin)
    return translated.lines(limits.record_bytes)


def _cells(head: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(head[:20_000]), delimiter=delimiter), [])
    except csv.Error:
        return []


def _guessed(head: str, delimiters: str) -> tuple[str, list[str]]:
    """Delimiter and made-up names where there is no header: by what the columns hold. No names where nothing fits."""
    for delimiter in delimiters:
        try:
            rows = [
                row
                for row, _ in zip(csv.reader(io.StringIO(head), delimiter=delimiter), range(_LOOKED_AT), strict=False)
            ]
        except csv.Error:
            continue
        rows = rows[:-1] if len(rows) > 1 and len(head) >= SAMPLE // 4 else rows
        widths = {len(row) for row in rows if row}
        if len(widths) == 1 and (width := widths.pop()) > 1:
            names = _names([[row[column].strip() for row in rows if row] for column in range(width)])
            if names:
                return delimiter, names
    return delimiters[0], []


def _names(columns: Sequence[Sequence[str]]) -> list[str]:
    names = [""] * len(columns)
    for at, cells in enumerate(columns):
        for name, pattern in (("published", _DATE), ("url", _URL), ("lang", _LANG)):
            if name not in names and not names[at] and all(pattern.match(cell) for cell in cells):
                names[at] = name
    lengths = {at: sum(map(len, cells)) / len(cells) for at, cells in enumerate(columns) if not names[at]}
    if not lengths or max(lengths.values()) < 60:
        return []
    body = max(lengths, key=lambda at: lengths[at])
    names[body] = "body"
    titles = [at for at, length in lengths.items() if at != body and 15 <= length <= 200]
    if titles:
        names[titles[0]] = "title"
    return [name or f"column {at + 1}" for at, name in enumerate(names)]
