"""What a file is: by its first bytes, then by its name, then by what reads like it.

``formats.tsv`` has the endings of names, ``magic.tsv`` the first bytes of what is no text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from index.readers.delimited import header_of
from index.readers.encoding import marked_encoding

FORMATS = ("jsonl", "json", "csv", "tsv", "html", "text")
"""The names that ``--format`` takes."""

_HTML = re.compile(r"<(!doctype html|html|head|body|title|meta|article|main|section|h1|h2|div|p|table)[\s>]", re.I)
_FOREWORD = re.compile(r"(\s*<(\?xml[^>]{0,200}|!--.{0,2000}?--)>)*\s*", re.S)
_XML = re.compile(r"<(\?xml|!doctype|[a-z][\w.-]*:?[\w.-]*)[\s>/]", re.I)
_TAGGED_LINE = re.compile(r"^<([A-Za-z_]+)>", re.M)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class UnknownFormat(Exception):
    """A file that no reader takes; the text of it says what it is."""


@cache
def _endings() -> Mapping[str, tuple[str, str]]:
    rows = [line.split("\t") for line in _lines("formats.tsv")]
    return {row[0]: (row[1], row[2] if len(row) > 2 else "") for row in rows}


@cache
def _magic() -> Mapping[bytes, str]:
    return {bytes.fromhex(first): what for first, what in (line.split("\t") for line in _lines("magic.tsv"))}


def _lines(name: str) -> list[str]:
    text = files("index.readers").joinpath(name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def format_of(name: str, head: bytes) -> str:
    """One of :data:`FORMATS` for the file ``name`` that begins with ``head``. Raises :class:`UnknownFormat`."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    by_name, what = _endings().get(ending, ("", ""))
    for magic, kind in _magic().items():
        if head.startswith(magic):
            raise UnknownFormat(f"{kind}, not an archive of articles")
    text = text_of_head(head)
    if not text.strip():
        raise UnknownFormat("empty")
    told = _json(text, by_name) or _html(text, by_name)
    if what and told is None:
        raise UnknownFormat(f"{what}, which is not read; --format reads it all the same")
    return told or by_name or _delimited(text) or "text"


def text_of_head(head: bytes) -> str:
    """The first bytes of a file as text. Raises :class:`UnknownFormat` where they are none."""
    encoding, mark = marked_encoding(head) or ("utf-8", 0)
    text = head[mark:].decode(encoding, "replace")
    if "\0" in text or len(_CONTROL.findall(text)) > 0.02 * len(text):
        raise UnknownFormat("binary, not an archive of articles")
    return text


def _json(text: str, by_name: str) -> str | None:
    """``jsonl`` or ``json`` for what is JSON in spite of its name; a name is believed only where the text may be
    either."""
    start = text.lstrip()
    if by_name in ("csv", "tsv", "html") or not re.match(r"\{\s*[\"}]|\[\s*[\[{\"\]]|\{\s*$", start):
        return None
    if start.startswith("["):
        return "json" if by_name != "jsonl" else "jsonl"
    lines = start.rstrip().split("\n", 2)
    if len(lines) > 1 and _is_object(lines[0]):
        return "jsonl"
    if by_name:
        return by_name if by_name.startswith("json") else "json"
    return "jsonl" if len(lines) > 1 and lines[1].lstrip().startswith("{") else "json"


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line, strict=False), dict)
    except (ValueError, RecursionError):
        return False


def _html(text: str, by_name: str) -> str | None:
    start = text.lstrip()[:4096]
    if not start.startswith("<") or by_name in ("csv", "tsv"):
        return None
    if by_name == "html" or _HTML.match(start, _FOREWORD.match(start).end()):  # type: ignore[union-attr]
        return "html"
    if len(_TAGGED_LINE.findall(start)) >= 3:
        names = ", ".join(f"<{name}>" for name in dict.fromkeys(_TAGGED_LINE.findall(start)[:4]))
        raise UnknownFormat(f"text with tags of its own ({names} ...), which is not read; convert it to JSON Lines")
    if _XML.match(start):
        raise UnknownFormat("XML, which is not read; convert it to JSON Lines or HTML")
    return None


def _delimited(text: str) -> str | None:
    found = header_of(text)
    if found is None or len(found[1]) < 2:
        return None
    return "tsv" if found[0] == "\t" else "csv"
