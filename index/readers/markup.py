"""Fragments of HTML, as archives keep them in their fields, to plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree, html

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,11})(?:\s[^<>]{0,2000})?/?>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_MAX = 4_000_000
"""Characters of one fragment; the rest is cut off."""


@cache
def _elements() -> Mapping[str, str]:
    lines = files("index.readers").joinpath("markup.tsv").read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines if not line.startswith("#"))


def is_markup(text: str) -> bool:
    """Whether ``text`` is clearly HTML: a known element that is closed, or a known one that stands alone (``<br>``,
    ``<p>``).

    ``a < b``, ``<name>`` and ``if (x<y && y>z)`` are not.
    """
    if "<" not in text:
        return False
    known = _elements()
    for tag, _ in zip(_TAG.finditer(text), range(50), strict=False):
        name = tag[2].lower()
        if name in known and (tag[1] or name in ("br", "p", "hr", "img", "div", "li")):
            return True
    return False


def plain_text(text: str) -> str:
    """``text`` as it is, or, where it is clearly HTML, what a reader would see of it, a paragraph a line."""
    if not is_markup(text):
        return text
    tree = parse(text[:_MAX])
    return text_of(tree) if tree is not None else ""


def parse(text: str) -> Any | None:
    """The tree of an HTML page or fragment; ``None`` where there is none. Nothing is fetched, no entity is expanded.

    libxml2 cuts nesting at 256 elements and takes hostile text in linear time, both of which html.parser does not.
    """
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, recover=True
    )
    try:
        return html.document_fromstring(_CONTROL.sub(" ", text).encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def text_of(tree: Any) -> str:
    """What a reader would see of ``tree``: runs of spaces are one, each block stands on a line of its own."""
    lines = _SPACES.sub(" ", "".join(_pieces(tree))).replace(" \v", "\v").split("\v")
    return "\n".join(line for line in (line.strip() for line in lines) if line)


def _pieces(tree: Any) -> Iterator[str]:
    """The texts in document order, ``\\v`` (which the parser lets through nowhere) where a line ends."""
    known = _elements()
    dropped = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        effect = known.get(element.tag, "inline") if isinstance(element.tag, str) else "drop"
        if event == "start":
            dropped += effect == "drop"
            if not dropped:
                yield "\v" if effect == "block" else ""
                yield element.text or ""
            continue
        dropped -= effect == "drop"
        if not dropped:
            yield "\v" if effect == "block" else ""
            yield element.tail or ""
