"""Cursors: where an answer is to be continued, as opaque text.

A cursor carries what the answer began with: the place where its last page ended, the statistics that its scores hang
on, its span of time and its moment. So a walk over all pages skips no article and repeats none, also while others are
added. It belongs to one question: with another it is an error.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, get_args

import numpy as np
import orjson

from index.engine import LanguageStatistics
from search.errors import InvalidRequest
from search.execution import Key
from search.paging import Place
from search.plan import Given, Plan
from search.request import Op, SearchRequest
from search.validate import DateBounds

_VERSION = 2
_MOST_BYTES = 500_000
"""Of a cursor's contents: what a query of 32 words finds in every language takes less."""
_WINDOW_BITS, _MEMORY_LEVEL = 13, 6
"""Of the compression: with zlib's own it makes room for much more, which costs some 40 us for a cursor of one kB."""
_ASKED = (
    *("q", "langs", "sections", "sources", "authors", "exclude_langs", "exclude_sections", "exclude_sources"),
    *("date_from", "date_to", "last", "search_in", "op", "match", "qlang", "sort", "half_life"),
)
"""The attributes of a request that another answer hangs on."""

_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, zlib.error)
"""What reading a text that is no cursor raises."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on, and with what."""

    place: Place
    op: Op
    """How words are joined: not as asked, where that found nothing."""
    known: frozenset[str] | None
    """The leaves that count where most must match, as for :func:`search.passes.passes`."""
    bounds: DateBounds
    now: int
    given: Given

    def encode(self, request: SearchRequest) -> str:
        """The cursor of an answer to ``request``, as text for a URL."""
        values = {
            "v": _VERSION,
            "for": _digest(request),
            "place": [self.place.lifted, *self.place.key, *self.place.threshold],
            "op": self.op,
            "known": None if self.known is None else sorted(self.known),
            "span": [self.bounds.first, self.bounds.last],
            "now": self.now,
            "articles": self.given.articles,
            "languages": {
                lang: [one.articles, one.title_words, one.body_words] for lang, one in self.given.languages.items()
            },
            "counts": {key: list(pair) for key, pair in self.given.counts.items()},
        }
        packing = zlib.compressobj(wbits=_WINDOW_BITS, memLevel=_MEMORY_LEVEL)
        packed = packing.compress(orjson.dumps(values)) + packing.flush()
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str, request: SearchRequest) -> Cursor:
        """The cursor that :meth:`encode` wrote. Raises :class:`search.errors.InvalidRequest` where it is none, or that
        of another question."""
        try:
            values = _unpacked(text)
            if values["v"] != _VERSION:
                raise ValueError("another version")
            found, digest = cls._of(values), str(values["for"])
        except _UNREADABLE as error:
            hint = "take next_cursor from the answer before, or begin anew without a cursor"
            raise InvalidRequest("cursor can't be read", "cursor", hint=hint) from error
        if digest != _digest(request):
            hint = "keep all other parameters as they were, or begin anew without a cursor"
            raise InvalidRequest("cursor belongs to another search", "cursor", hint=hint)
        return found

    @classmethod
    def _of(cls, values: Mapping[str, Any]) -> Cursor:
        lifted, *numbers = values["place"]
        if len(numbers) != 6 or not isinstance(lifted, bool):
            raise ValueError("no place")
        first, last = (None if one is None else _whole(one) for one in values["span"])
        if values["op"] not in get_args(Op):
            raise ValueError("no such joining")
        languages = {
            str(lang): LanguageStatistics(_whole(row[0], least=0), _number(row[1]), _number(row[2]))
            for lang, row in values["languages"].items()
        }
        counts = {str(key): (_number(pair[0]), _number(pair[1])) for key, pair in values["counts"].items()}
        return cls(
            Place(lifted, _key(numbers[:3]), _key(numbers[3:])),
            values["op"],
            None if values["known"] is None else frozenset(map(str, values["known"])),
            DateBounds(first, last),
            _whole(values["now"]),
            Given(_whole(values["articles"], least=1), languages, counts),
        )


def given_of(plan: Plan) -> Given:
    """What a cursor carries of a plan's statistics: those of the leaves that are met."""
    statistics, found = plan.statistics, plan.found
    met = np.asarray(statistics.counts.any(axis=2))
    counts, languages = {}, {}
    for leaf in found.leaves:
        for place in np.flatnonzero(met[found.leaf_place(leaf)]).tolist():
            lang = plan.langs[place]
            title, body = statistics.counts[found.leaf_place(leaf), place].tolist()
            counts[f"{leaf.key} {lang}"] = (title, body)
            languages[lang] = statistics.languages[lang]
    return Given(statistics.articles, languages, counts)


def _digest(request: SearchRequest) -> str:
    asked = repr([getattr(request, name) for name in _ASKED])
    return blake2b(asked.encode("utf-8", "backslashreplace"), digest_size=6).hexdigest()


def _unpacked(text: str) -> Any:
    packed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    unpacking = zlib.decompressobj()
    data = unpacking.decompress(packed, _MOST_BYTES)
    if not unpacking.eof:
        raise ValueError("too long, or cut")
    return orjson.loads(data)


def _key(numbers: list[Any]) -> Key:
    return Key(_whole(numbers[0]), _whole(numbers[1]), _whole(numbers[2], least=0, most=2**64 - 1))


def _whole(value: Any, *, least: int = -(2**63), most: int = 2**63 - 1) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("no such number")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value < 1e15:
        raise ValueError("no such number")
    return float(value)
