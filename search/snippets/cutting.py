"""Where a text may be cut, so that a passage of it reads well."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

import regex

from search.snippets.sentences import sentence_starts

COMMAS = "，、；：､"
"""Where texts without spaces may be cut inside a sentence."""


def is_boundary(text: str, place: int) -> bool:
    """Whether a grapheme may end at ``place``; judged by its two neighbours, in doubt not."""
    if place <= 0 or place >= len(text):
        return True
    pair = text[place - 1 : place + 1]
    if pair.isascii():
        return pair != "\r\n"
    return pair[0] != "\u200d" and not _is_grapheme(pair)


@lru_cache(maxsize=4096)
def _is_grapheme(pair: str) -> bool:
    return regex.fullmatch(r"\X", pair) is not None


@cache
def _space_or_comma() -> re.Pattern[str]:
    return re.compile(rf"\s|[{COMMAS}]")


class Cutter:
    """Cuts passages out of one text."""

    def __init__(self, text: str, length: int, unit_around: Callable[[int], tuple[int, int] | None]) -> None:
        """``unit_around``: the span of the word, or of the grapheme of a run, that a place is inside of."""
        self.text = text
        self.length = length
        self._unit_around = unit_around

    def around(self, start: int, end: int, low: int, high: int) -> tuple[int, int]:
        """A passage within ``low`` and ``high`` that holds ``start`` to ``end``, as far as it may be that long."""
        end = min(end, start + self.length)
        spare = self.length - (end - start)
        first = self._first(start, low, spare // 2)
        last = self._last(max(end, first), first + self.length, high)
        if last == high and first > low:  # the text ends here: more of what stands before
            first = self._first(first, low, self.length - (last - first))
        return self._trimmed(first, last)

    def _first(self, start: int, low: int, spare: int) -> int:
        """Where to begin, at most ``spare`` before ``start``."""
        reach = start - spare
        if reach <= low:
            return low
        sentences = sentence_starts(self.text, reach - 1, start)
        return sentences[0] if sentences else min(start, self._word_start(reach))

    def _last(self, end: int, wanted: int, high: int) -> int:
        """Where to stop, behind ``end``, about at ``wanted``."""
        if wanted + self.length // 10 >= high:
            return high
        near = max(end, wanted - self.length * 2 // 5)
        sentences = sentence_starts(self.text, near - 3 if near - 3 >= end else end, wanted + self.length // 10)
        return sentences[-1] if sentences else max(end, self._word_end(wanted, end))

    def _word_start(self, place: int) -> int:
        """The nearest place from ``place`` on that is not inside a word, behind a space or comma if one is near."""
        space = _space_or_comma().search(self.text, place - 1, place + 40)
        if space:
            return space.end()
        _, end = self._unit_around(place) or (place, place)
        return self._grapheme(place) if end == place or end - place > self.length // 4 else end

    def _word_end(self, place: int, least: int) -> int:
        """The nearest place up to ``place`` that is not inside a word, before a space or behind a comma if one is
        near."""
        for at in range(place, max(least, place - 40), -1):
            if self.text[at].isspace() or self.text[at - 1] in COMMAS:
                return at
        start, _ = self._unit_around(place) or (place, place)
        return self._grapheme(place) if start == place or place - start > self.length // 4 else start

    def _grapheme(self, place: int) -> int:
        while not is_boundary(self.text, place):
            place -= 1
        return place

    def _trimmed(self, first: int, last: int) -> tuple[int, int]:
        while first < last and self.text[first].isspace() and is_boundary(self.text, first + 1):
            first += 1
        while first < last and self.text[last - 1].isspace() and is_boundary(self.text, last - 1):
            last -= 1
        return first, last
