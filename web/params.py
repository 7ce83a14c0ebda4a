"""The query string of a search and the :class:`search.SearchRequest` it stands for, in both directions.

Only the spelling is judged here (a number, a list, a known name); what a value may be is the searcher's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

import regex

from search import InvalidRequest, SearchRequest
from search.request import MAX_PER_PAGE

Pairs = Iterable[tuple[str, str]]
"""Names and values of a query string, decoded, in order."""

_TEXTS = {
    "q": "q",
    "from": "date_from",
    "to": "date_to",
    "last": "last",
    "op": "op",
    "match": "match",
    "sort": "sort",
    "date_interval": "date_interval",
    "cursor": "cursor",
}
_VALUES = {
    "lang": "langs",
    "section": "sections",
    "source": "sources",
    "author": "authors",
    "exclude_lang": "exclude_langs",
    "exclude_section": "exclude_sections",
    "exclude_source": "exclude_sources",
}
_LISTS = {"search_in": "search_in", "facets": "facets"}
_NUMBERS = {name: name for name in ("page", "per_page", "facet_size", "snippets")}
_OTHERS = {name: name for name in ("qlang", "half_life", "explain")}

ATTRIBUTES = {**_TEXTS, **_VALUES, **_LISTS, **_NUMBERS, **_OTHERS}
"""The attribute of a request that each parameter stands for, in the order in which links name them."""

MOST_SIMILAR = 6
"""Similar articles that are told where no other number is asked for."""

_DEFAULTS = {field.name: field.default for field in fields(SearchRequest)}
_NUMBER = regex.compile(r"-?[0-9]{1,9}")
_DECIMAL = regex.compile(r"-?[0-9]{1,17}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?")
_SWITCH = {"1": True, "true": True, "0": False, "false": False}
_LANGUAGE = regex.compile(r"([a-z]{2,8})(-[a-z0-9]{1,8})*")


def from_params(pairs: Pairs, *, also: Sequence[str] = ()) -> SearchRequest:
    """The request that a query string asks for. An empty value is as good as none, but for ``facets``: no facets.

    ``also`` are further names that may stand there, read by others. Raises :class:`search.InvalidRequest`.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in ATTRIBUTES and name not in also:
            raise unknown_parameter(name, (*ATTRIBUTES, *also))
        given.setdefault(name, []).append(value)
    values: dict[str, Any] = {}
    for name, attribute in ATTRIBUTES.items():
        texts = given.get(name, [])
        if any(texts) or (name == "facets" and texts):
            values[attribute] = _read(name, texts)
    return SearchRequest(**values)


def to_params(request: SearchRequest) -> list[tuple[str, str]]:
    """The shortest query string, as pairs, that :func:`from_params` reads as ``request``."""
    pairs: list[tuple[str, str]] = []
    for name, attribute in ATTRIBUTES.items():
        value = getattr(request, attribute)
        if value == _DEFAULTS[attribute]:
            continue
        if name in _VALUES:
            pairs += [(name, each) for each in value]
        else:
            pairs.append((name, _written(value)))
    return pairs


@dataclass(frozen=True, slots=True)
class SuggestRequest:
    """A query that is being typed, and in which languages it may be completed in how many ways."""

    q: str = ""
    langs: tuple[str, ...] = ()
    limit: int = 8


def from_suggest_params(pairs: Pairs) -> SuggestRequest:
    """What a query string of ``/api/v1/suggest`` asks for. Raises :class:`search.InvalidRequest`."""
    given: dict[str, list[str]] = {"q": [], "lang": [], "limit": []}
    for name, value in pairs:
        if name not in given:
            raise unknown_parameter(name, tuple(given))
        given[name].append(value)
    langs = dict.fromkeys(_language("lang", text) for text in given["lang"] if text)
    limit = single("limit", given["limit"]).strip()
    q = single("q", given["q"])
    return SuggestRequest(q, tuple(langs), _number("limit", limit) if limit else SuggestRequest().limit)


def from_similar_params(pairs: Pairs) -> int:
    """How many articles a query string of ``/api/v1/articles/{id}/similar`` asks for. Raises
    :class:`search.InvalidRequest`."""
    for name, _ in pairs:
        if name != "limit":
            raise unknown_parameter(name, ("limit",))
    text = single("limit", [value for _, value in pairs]).strip()
    limit = _number("limit", text) if text else MOST_SIMILAR
    if not 1 <= limit <= MAX_PER_PAGE:
        raise InvalidRequest(f"limit can't be {_shortened(text)!r}", "limit", hint=f"1 to {MAX_PER_PAGE}")
    return limit


def single(name: str, texts: Sequence[str]) -> str:
    """The one value of a parameter that may stand once. Raises :class:`search.InvalidRequest`."""
    values = {text for text in texts if text}
    if len(values) > 1:
        raise InvalidRequest(f"{name} is given more than once", name, hint=f"give {name} once")
    return values.pop() if values else ""


def listed(texts: Sequence[str]) -> tuple[str, ...]:
    """The values of a parameter that may be repeated, hold several separated by commas, or both; each once."""
    parts = (part.strip() for text in texts for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def switch(name: str, texts: Sequence[str], default: bool) -> bool:
    """Whether a parameter that may stand once turns something on. Raises :class:`search.InvalidRequest`."""
    text = single(name, texts).strip().lower()
    if text and text not in _SWITCH:
        raise InvalidRequest(f"{name} can't be {_shortened(text)!r}", name, hint="1 or 0")
    return _SWITCH.get(text, default)


def unknown_parameter(name: str, known: Sequence[str]) -> InvalidRequest:
    """What to say of a parameter that is not there: its name and the nearest that is."""
    shown = name if len(name) <= 60 else name[:60] + "…"
    near = get_close_matches(name[:60].lower(), known, 1, 0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known) or 'none here'}"
    return InvalidRequest(f"there is no parameter {shown!r}", shown, hint=hint)


def _read(name: str, texts: Sequence[str]) -> object:
    if name in _LISTS:
        return listed(texts)
    if name in _VALUES:
        values = dict.fromkeys(text for text in texts if text)
        return tuple(dict.fromkeys(map(_language, [name] * len(values), values))) if "lang" in name else tuple(values)
    if name == "explain":
        return switch(name, texts, default=False)
    text = single(name, texts)
    if name == "q":
        return text
    text = text.strip()
    if not text:
        return _DEFAULTS[ATTRIBUTES[name]]
    return _READERS[name](name, text) if name in _READERS else text


def _written(value: object) -> str:
    """A value as :func:`_read` reads it."""
    match value:
        case bool():
            return str(int(value))
        case float():
            return repr(value).removesuffix(".0")
        case tuple():
            return ",".join(value)
    return str(value)


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise InvalidRequest(f"{name} can't be {_shortened(text)!r}", name, hint="a whole number, such as 2")
    return int(text)


def _language(name: str, text: str) -> str:
    """The primary language of a tag, since articles know no more of theirs: ``de`` for ``de-AT``."""
    found = _LANGUAGE.fullmatch(text.strip().lower().replace("_", "-"))
    if not found:
        raise InvalidRequest(f"{name} can't be {_shortened(text)!r}", name, hint="a BCP 47 code such as de, ru or zh")
    return str(found[1])


def _decimal(name: str, text: str) -> float:
    if not _DECIMAL.fullmatch(text.lower()):
        raise InvalidRequest(f"{name} can't be {_shortened(text)!r}", name, hint="a number, such as 30 or 0.5")
    return float(text)


_READERS: Mapping[str, Callable[[str, str], object]] = {
    **dict.fromkeys(_NUMBERS, _number),
    "qlang": _language,
    "half_life": _decimal,
}


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"
