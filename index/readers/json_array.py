"""JSON that is no line-wise list: an array of objects, an object around such an array, objects one after another.

The file is cut into records by a scan for brackets and quotes that keeps one record in memory; each record is then
parsed by itself, so that a broken one costs only itself as long as its brackets and quotes are paired.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from index.article import RawArticle, Reject
from index.readers.encoding import as_utf8
from index.readers.fields_map import LIST, article_of, names, squeeze
from index.readers.jsonl import parse_record
from index.readers.limits import Limits
from index.readers.member import Member
from index.readers.records import Record, bounded
from index.readers.stream import ByteStream, Unreadable

_MARKS = re.compile(rb'["\\{}\[\]]')
_QUOTE, _BACKSLASH, _BRACKET = b'"\\['
_WRAPPER_DEPTH = 4
"""``{"response": {"results": [`` and the like: how deep the array may stand."""
_LONGEST_KEY = 200
_KEY = re.compile(rb'"([^"\\]{1,80})"\s*:\s*$')
_TEXTS = re.compile(rb'"([^"\\]{1,80})"\s*:\s*"')
_MOST_CANDIDATES = 50
_MOST_MARKS = 1_000_000
"""Brackets, quotes and backslashes of one record; more are half a second of work for nothing."""
_SURELY = 8
"""Names of the body that rank before this one are no description of a list."""


def find_objects(member: Member, limits: Limits) -> Iterator[Record]:
    """Each record; the locator's number counts them from 1."""
    stream = as_utf8(member.stream, guessing=True)
    number = 0
    for number, record in enumerate(_Splitter(limits).records(stream), 1):
        locator = f"{member.locator}:{number}"
        if record is None:
            reject = Reject(locator, f"a JSON record of more than {limits.record_bytes / 1e6:,.0f} MB")
            yield Record.of(reject, member.source)
        else:
            yield Record(locator, "object", record, member.source)
    if not number:
        yield Record.of(Reject(member.locator, "no JSON object in it"), member.source)


def read_object(record: Record, limits: Limits) -> list[RawArticle | Reject]:
    """The articles in an object."""
    assert isinstance(record.content, bytes)
    try:
        text = record.content.decode("utf-8")
    except UnicodeDecodeError:
        return [Reject(record.locator, "not UTF-8", bounded(record.content.decode("utf-8", "replace"), limits))]
    return list(_articles(text, record.locator, limits))


def _articles(text: str, locator: str, limits: Limits) -> Iterator[RawArticle | Reject]:
    """The article in an object, or those in the longest list of objects that it holds."""
    outcome = parse_record(text, locator, limits)
    if isinstance(outcome, RawArticle) and outcome.body:
        yield outcome
        return
    inner = _listed(text) if len(text) <= limits.record_bytes and text.count("{") > 1 else []
    if not inner:
        yield outcome
    for number, record in enumerate(inner, 1):
        yield article_of(record, f"{locator}:{number}", bounded(json.dumps(record, ensure_ascii=False), limits))


def _listed(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return []
    best: list[dict[str, Any]] = []
    for inner in value.values() if isinstance(value, dict) else ():
        if isinstance(inner, list) and len(inner) > len(best) and all(isinstance(part, dict) for part in inner):
            best = inner
    # a list of people or topics has names too, but no text
    found = (article_of(part, "") for part in best)
    return best if any(isinstance(article, RawArticle) and article.body for article in found) else []


def _is_list_key(before: bytes) -> bool:
    key = _KEY.search(before)
    return key is not None and squeeze(key[1].decode("utf-8", "replace")) in names()[LIST]


class _Splitter:
    """Finds where records begin and end, in a stream fed part by part.

    A record is an object that stands alone, in an array that stands alone, or in an array under a key of the table that
    an object has which stands alone (a wrapper).
    """

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.record_bytes
        self._depth = 0
        self._record: int | None = None
        """The depth that the record being read opened, if one is."""
        self._list: int | None = None
        """The depth that the array of records opened, if one is open."""
        self._maybe: int | None = None
        """The same of an array that makes its object a wrapper if an object comes first in it."""
        self._arrays = 0
        """Arrays open inside the record."""
        self._kept: list[bytes] = []
        self._size = 0
        self._candidates = 0
        """Arrays that were looked at closely; hostile text could have a million."""
        self._marks = 0
        """Brackets and quotes since the last record ended."""
        self._in_string = False
        self._escaped = -1
        """Where in the part a byte stands that a backslash makes meaningless."""

    def records(self, stream: ByteStream) -> Iterator[bytes | None]:
        """Each record; ``None`` for one over the limit. Raises :class:`Unreadable` where the last one does not end."""
        while part := stream.read():
            yield from self._scan(part)
        if self._record is not None:
            raise Unreadable("the JSON ends inside a record: it is cut off, or a bracket or quote is never closed")

    def _scan(self, part: bytes) -> Iterator[bytes | None]:
        start = 0
        for match in _MARKS.finditer(part):
            at, mark = match.start(), part[match.start()]
            self._marks += 1
            if at == self._escaped:
                continue
            if self._in_string:
                self._escaped = at + 1 if mark == _BACKSLASH else self._escaped
                self._in_string = mark != _QUOTE
            elif mark == _QUOTE:
                self._in_string = True
            elif mark in b"{[":
                start = self._open(mark, part, start, at)
            elif mark in b"}]" and self._close(mark):
                self._keep(part[start : at + 1])
                yield self._taken()
                start = at + 1
        if self._marks > _MOST_MARKS:
            raise Unreadable(f"more than {_MOST_MARKS:,} brackets and quotes without the end of a JSON record")
        self._escaped = 0 if self._escaped == len(part) else -1
        self._keep(part[start:])

    def _open(self, mark: int, part: bytes, start: int, at: int) -> int:
        """Takes note of a bracket that opens; the place in ``part`` from where on bytes are not kept yet."""
        self._depth += 1
        if mark == _BRACKET:
            self._arrays += self._record is not None
            if self._record is None and (self._depth == 1 or self._lists_more(part, at)):
                self._list = self._depth
            elif self._record == 1 and self._depth <= _WRAPPER_DEPTH and self._arrays == 1:
                self._keep(part[start:at])
                self._maybe = self._depth if self._wraps() else None
                return at
            return start
        if self._maybe is not None and self._depth == self._maybe + 1:
            self._list, self._maybe, self._record = self._maybe, None, None
        if self._record is None and self._depth in (1, (self._list or 0) + 1):
            self._record, self._arrays, self._kept, self._size = self._depth, 0, [], 0
            return at
        return start

    def _close(self, mark: int) -> bool:
        """Takes note of a bracket that closes; whether the record ends with it."""
        self._depth = max(0, self._depth - 1)
        self._maybe = None
        if mark == _BRACKET + 2:
            self._arrays -= self._record is not None and self._arrays > 0
            self._list = None if self._list is not None and self._depth < self._list else self._list
            return False
        return self._record is not None and self._depth < self._record

    def _lists_more(self, part: bytes, at: int) -> bool:
        """Whether an array in a wrapper, beside the one that made it one, lists records too."""
        self._candidates += 1
        return self._candidates < _MOST_CANDIDATES and _is_list_key(part[max(0, at - _LONGEST_KEY) : at])

    def _wraps(self) -> bool:
        """Whether what is kept begins a wrapper: a key of the table, in an object that tells no body itself."""
        if self._candidates >= _MOST_CANDIDATES:
            return False
        tail = b""
        for part in reversed(self._kept):
            tail = part[-_LONGEST_KEY:] + tail
            if len(tail) >= _LONGEST_KEY:
                break
        if not _is_list_key(tail):
            return False
        self._candidates += 1
        told = (squeeze(key.decode("utf-8", "replace")) for key in _TEXTS.findall(b"".join(self._kept)))
        return not any(names()["body"].get(key, _SURELY) < _SURELY for key in told)

    def _keep(self, part: bytes) -> None:
        if self._record is None:
            return
        self._size += len(part)
        if self._size <= self._limit:
            self._kept.append(part)
        else:
            self._kept.clear()

    def _taken(self) -> bytes | None:
        record = b"".join(self._kept) if self._size <= self._limit else None
        self._record, self._kept, self._size, self._marks = None, [], 0, 0
        self._candidates = 0
        return record
