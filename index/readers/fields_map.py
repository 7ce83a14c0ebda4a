"""Which name in a record means what: from an object with names as people use them to a :class:`RawArticle`.

The names are in ``fields_map.tsv``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from index.article import RawArticle, Reject, maker_of
from index.readers.markup import plain_text

INSIDE, RECORD, LIST = "(inside)", "(record)", "(list)"
_MANY = 1_000
"""Entries of a list that are looked at: no article has more paragraphs, or authors."""
_FEW_KEYS, _SHORT_KEYS = 64, 2_000
"""Keys of a record, and characters of them in all, whose meaning is remembered: an archive's records share theirs."""
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


def article_of(
    record: Mapping[str, Any], locator: str, original: str | bytes | None = None, *, sound: bool = False
) -> RawArticle | Reject:
    """The article that ``record`` holds. What it says besides is passed over; without title and body it is rejected.
    ``sound``: no string of it surely holds a surrogate, as where text was decoded that has no escapes."""
    found = _found(record)
    if not ("title" in found or "body" in found):
        inner = _inner(record)
        if inner is not None:
            found = {**found, **_found(inner)}
    title, body = _one(found.get("title"), sound), _all(found.get("body"), sound)
    if not (title or body):
        return RawArticle(locator, original=original).rejected(f"no title and no body: {_what_there_is(record)}")
    published = _one(found.get("published"), sound)
    return _raw_article(
        locator,
        plain_text(title),
        plain_text(body),
        _one(found.get("id"), sound) or None,
        _one(found.get("url"), sound) or None,
        published or None,
        "declared" if published else None,
        _one(found.get("lang"), sound) or None,
        _one(found.get("section"), sound) or None,
        _one(found.get("source"), sound) or None,
        tuple(_texts(found["authors"])) if "authors" in found else (),
        _one(found.get("place"), sound) or None,
        original,
    )


_raw_article = maker_of(RawArticle)


def _found(record: Mapping[str, Any]) -> dict[str, Any]:
    """The best filled value of each field; texts without white space around them."""
    keys = tuple(record)
    few = len(keys) <= _FEW_KEYS and len("".join(keys)) <= _SHORT_KEYS
    found = {}
    for field, names_of_it in _remembered_meaning(keys) if few else _meaning(keys):
        for name in names_of_it:
            value = record[name]
            if isinstance(value, str):
                says_something = value = value.strip()
            else:
                says_something = _one(value)
            if says_something:
                found[field] = value
                break
    return found


def _meaning(keys: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The fields that ``keys`` tell, each with those of them that tell it, the best first."""
    known = _fields()
    fields: dict[str, list[tuple[int, int]]] = {}
    for place, key in enumerate(keys):
        if meaning := known.get(squeeze(key)):
            field, rank = meaning
            fields.setdefault(field, []).append((rank, place))
    return tuple((field, tuple(keys[place] for _, place in sorted(ranked))) for field, ranked in fields.items())


@lru_cache(maxsize=1 << 8)
def _remembered_meaning(keys: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return _meaning(keys)


def _inner(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wrappers = names()[RECORD]
    for key, value in record.items():
        if isinstance(value, dict) and squeeze(key) in wrappers:
            return value
    return None


def _one(value: object, sound: bool = False) -> str:
    """The first text in ``value``, which :func:`_found` found; empty where there is none."""
    if isinstance(value, str):
        return value if sound else _without_surrogates(value)
    return "" if value is None else next(_texts(value), "")


def _all(value: object, sound: bool) -> str:
    """The texts in ``value``, a line each."""
    return _one(value, sound) if isinstance(value, str) else "\n".join(_texts(value))


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
