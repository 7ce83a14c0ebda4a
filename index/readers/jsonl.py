"""JSON Lines: an object a line. A bad line costs that line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

from index.article import RawArticle, Reject, maker_of
from index.readers.encoding import SAMPLE, as_utf8, guess, is_utf8
from index.readers.fields_map import article_of
from index.readers.limits import Limits
from index.readers.member import Member
from index.readers.records import Record, bounded


def find_lines(member: Member, limits: Limits) -> Iterator[Record]:
    """Each line; empty ones are passed over."""
    stream = as_utf8(member.stream, guessing=False)
    encoding = line_encoding(stream.peek(SAMPLE))
    for number, line in enumerate(stream.lines(limits.record_bytes), 1):
        locator = f"{member.locator}:{number}"
        if line is None:
            reject = Reject(locator, f"a line of more than {limits.record_bytes / 1e6:,.0f} MB")
            yield Record.of(reject, member.source)
        elif line and not line.isspace():
            yield _record(locator, "line", line, member.source, encoding)


_record = maker_of(Record)


def read_line(record: Record, limits: Limits) -> list[RawArticle | Reject]:
    """The article of a line."""
    line, encoding = record.content, record.encoding
    assert isinstance(line, bytes)
    if encoding == "utf-8" and len(line) <= limits.original_bytes and (plain := plainly_read(line)) is not None:
        return [article_of(plain, record.locator, line, sound=True)]
    text = _decoded(line, encoding)
    if text is not None:
        return [parse_record(text, record.locator, limits)]
    original = bounded(line.decode("utf-8", "replace"), limits)
    name = "UTF-8" if encoding == "utf-8" else encoding
    return [Reject(record.locator, f"not {name}, which the rest of the file is; convert it to UTF-8", original)]


def parse_record(text: str, locator: str, limits: Limits) -> RawArticle | Reject:
    """The article in one JSON object. Never raises; cost in time and memory is linear in ``text``."""
    original = bounded(text, limits)
    if reason := _too_much(text, limits):
        return Reject(locator, reason, original)
    try:
        record = loads(text)
    except RecursionError:
        return Reject(locator, "JSON nested too deeply", original)
    except json.JSONDecodeError as error:
        return Reject(locator, f"broken JSON: {error.msg} at character {error.pos + 1}", original)
    except ValueError as error:
        return Reject(locator, f"broken JSON: {error}", original)
    if not isinstance(record, dict):
        return Reject(locator, f"a JSON {_KINDS.get(type(record), 'value')} where an object is expected", original)
    return article_of(record, locator, original, sound="\\u" not in text)


_DECODER = json.JSONDecoder(strict=False)


def loads(text: str) -> Any:
    """``json.loads(text, strict=False)``, which makes a decoder each time: with a short record, half of its cost."""
    return json.loads(text, strict=False) if text.startswith("\ufeff") else _DECODER.decode(text)


def plainly_read(line: bytes) -> dict[str, Any] | None:
    """The object in a line of UTF-8, by orjson, in half the time; ``None`` where that is not sure to be what
    :func:`loads` makes of it, and the line has no fault."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if type(found) is not dict:
        return None
    # Numbers are not all read alike, and what stands inside of objects is not looked at here.
    for value in found.values():
        kind = type(value)
        if kind not in _PLAIN and not (kind is list and all(type(one) is str for one in value)):
            return None
    return found


_PLAIN = frozenset({str, int, bool, type(None)})
_KINDS = {list: "array", str: "string", int: "number", float: "number", bool: "true or false", type(None): "null"}


def _too_much(text: str, limits: Limits) -> str | None:
    # depth needs no bound of ours: the parser stops at the interpreter's recursion limit and says so
    if len(text) > limits.record_values and text.count("[") + text.count("{") > limits.record_values:
        return f"more than {limits.record_values:,} nested values in one record"
    return None


def line_encoding(head: bytes) -> str:
    """The encoding of a file of JSON lines that begins with ``head``: UTF-8 if one line is that and not ASCII, or if
    there is too little to judge by; else the best guess."""
    lines = head.split(b"\n")
    foreign = [line for line in (lines[:-1] if len(head) >= SAMPLE else lines) if not line.isascii()]
    if len(foreign) < 2 or any(is_utf8(line, whole=True) for line in foreign):
        return "utf-8"
    return guess(b"\n".join(foreign)) or "utf-8"


def _decoded(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None
