"""Which name in a record means what: from an object with names as people use them to a :class:`RawArticle`.

The names are in ``fields_map.tsv``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from index.article import RawArticle, Reject
from index.readers.markup import plain_text

INSIDE, RECORD, LIST = "(inside)", "(record)", "(list)"
_MANY = 1_000
"""Entries of a list that are looked at: no article has more paragraphs, or authors."""
_DEPTH = 4
"""Objects inside objects that are looked into for a value's text."""


def squeeze(name: str) -> str:
    """``name`` without case and punctuation: ``publishedat`` for ``published_at``."""
    return "".join(char for char in name[:80].casefold() if char.isalnum())


@cache
def names() -> Mapping[str, Mapping[str, int]]:
    """For each field the names that it goes by, squeezed, with their rank (the least is preferred)."""
    table: dict[str, dict[str, int]] = {}
    for line in files("index.readers").joinpath("fields_map.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            field, name = line.split("\t")
            table.setdefault(field, {})[squeeze(name)] = len(table.get(field, ()))
    return table


@cache
def _fields() -> Mapping[str, tuple[str, int]]:
    return {name: (field, rank) for field, ranks in names().items() if field[0] != "(" for name, rank in ranks.items()}


def field_of(name: str) -> str | None:
    """The field that ``name`` means: ``published`` for ``Published at``."""
    known = _fields().get(squeeze(name))
    return known[0] if known else None


def article_of(record: Mapping[str, Any], locator: str, original: str | None = None) -> RawArticle | Reject:
    """The article that ``record`` holds. What it says besides is passed over; without title and body it is rejected."""
    found = _found(record)
    if not ("title" in found or "body" in found):
        inner = _inner(record)
        if inner is not None:
            found = {**found, **_found(inner)}
    title, body = _one(found.get("title")), "\n".join(_texts(found.get("body")))
    if not (title or body):
        return Reject(locator, f"no title and no body: {_what_there_is(record)}", original)
    published = _one(found.get("published"))
    return RawArticle(
        locator=locator,
        title=plain_text(title),
        body=plain_text(body),
        id=_one(found.get("id")) or None,
        url=_one(found.get("url")) or None,
        published=published or None,
        date_source="declared" if published else None,
        lang=_one(found.get("lang")) or None,
        section=_one(found.get("section")) or None,
        source=_one(found.get("source")) or None,
        authors=tuple(_texts(found.get("authors"))),
        place=_one(found.get("place")) or None,
        original=original,
    )


def _found(record: Mapping[str, Any]) -> dict[str, Any]:
    """The best filled value of each field."""
    known = _fields()
    best: dict[str, tuple[int, Any]] = {}
    for key, value in record.items():
        if value is None or value == "" or not (meaning := known.get(squeeze(key))):
            continue
        field, rank = meaning
        if (field not in best or rank < best[field][0]) and next(_texts(value), ""):
            best[field] = rank, value
    return {field: value for field, (_, value) in best.items()}


def _inner(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wrappers = names()[RECORD]
    for key, value in record.items():
        if isinstance(value, dict) and squeeze(key) in wrappers:
            return value
    return None


def _one(value: object) -> str:
    return next(_texts(value), "")


def _texts(value: object, depth: int = _DEPTH) -> Iterator[str]:
    """The texts in ``value``: itself, those of a list, that of an object (under the names in the table)."""
    if isinstance(value, str):
        if text := value.strip():
            yield _without_surrogates(text)
    elif isinstance(value, bool) or depth == 0:
        return
    elif isinstance(value, (int, float)):
        yield _number(value)
    elif isinstance(value, list):
        for part in value[:_MANY]:
            yield from _texts(part, depth - 1)
    elif isinstance(value, dict):
        yield from _text_inside(value, depth)


def _text_inside(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    ranks = names()[INSIDE]
    for _, key in sorted((ranks[squeeze(key)], key) for key in value if squeeze(key) in ranks):
        texts = list(_texts(value[key], depth - 1))
        if texts:
            yield from texts
            return


def _number(value: int | float) -> str:
    """An id or an epoch date in digits; nothing where it is no number at all (NaN) or no text could hold it."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else ""
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else f"{value:.6f}" if abs(value) < 1e15 else ""


def _without_surrogates(text: str) -> str:
    """``text`` with surrogate pairs joined and lone ones, which no encoding can write, replaced by U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _what_there_is(keys: Iterable[str]) -> str:
    listed = [key[:40] for key, _ in zip(keys, range(8), strict=False)]
    return f"it has {', '.join(listed)}" if listed else "it is empty"
