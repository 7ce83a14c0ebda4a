"""Which passages of a text answer a query, and where in them its words stand.

Only the first :data:`LOOKED_AT` code points of a text are read: passages and marks come from there, in time linear in
them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain as chained

import numpy as np
from numpy.typing import NDArray

from index.analysis import Chain
from index.analysis.finder import Codes
from index.analysis.finder_kernels import END
from search.result import Snippet
from search.snippets.cutting import Cutter, is_boundary
from search.snippets.kernels import choose, find_needles
from search.snippets.needles import Needle, NeedleForms
from search.snippets.sentences import begins_sentence
from search.snippets.sign_tables import WIDE_LETTERS

LOOKED_AT = 100_000
"""Code points of a text that are read."""
MAX_WEIGHED = 10_000
"""Places that are weighed against each other when passages are chosen: the first ones."""
PASSAGE = 220
"""Code points of a passage, about."""
ELLIPSIS = "…"

Span = tuple[int, int]


class Marker:
    """Marks what some needles say in texts of one language. Immutable; for as many texts as there are."""

    def __init__(self, chain: Chain, needles: Sequence[Needle], forms: NeedleForms | None = None) -> None:
        """``forms``: those of these needles and maybe others, where they are at hand. Cost: some ten microseconds, and
        what :class:`search.snippets.needles.NeedleForms` costs where they are not."""
        able = [one for one in needles if one.is_able]
        forms = forms or NeedleForms(chain.lang, able)
        self._finder = forms.finder
        self._needles = forms.arrays(able)
        self._longest = max((len(one.steps) for one in able), default=0)

    def mark(self, text: str) -> tuple[Span, ...]:
        """The stretches of ``text`` in which the needles' words stand: ascending, disjoint, whole words, or whole
        graphemes where words are not spaced. Each word of a phrase is a stretch of its own; neighbours within a run
        are one."""
        if not self._longest:
            return ()
        _, spans = self._found(Codes(text[:LOOKED_AT]), len(text))
        return widened(text, spans) if spans else ()

    def passages(self, text: str, *, count: int, length: int = PASSAGE) -> tuple[Snippet, ...]:
        """The ``count`` passages of ``text`` that tell most about the needles, in the order of the text; its beginning
        where none of them stands in it.

        A passage has about ``length`` code points, half as many in wide scripts. It is cut at the end of a sentence
        where one is near, else at the end of a word, and then has an ellipsis there. Runs of white space become one
        space. Passages do not overlap; there are fewer where fewer have a needle in them.
        """
        if count <= 0 or not text:
            return ()
        length = max(20, length // 2 if is_wide(text) else length)
        codes = Codes(text[:LOOKED_AT])
        cutter = Cutter(text, length, lambda place: self._finder.unit_around(codes, place))
        spans: list[Span] = []
        chosen: list[Span] = []
        if self._longest:
            finds, spans = self._found(codes, len(text))
            chosen = self._chosen(finds, cutter, count)
        if not chosen:
            chosen = [cutter.around(0, 0, 0, len(text))]
        return tuple(_snippet(text, start, end, spans) for start, end in sorted(chosen) if start < end)

    def _found(self, codes: Codes, length: int) -> tuple[NDArray[np.int64], list[Span]]:
        """Where needles stand (start, end, needle), in the order of the text, and the stretches of their words."""
        words = self._finder.find(codes)
        if length > LOOKED_AT:
            words = np.ascontiguousarray(words[words[:, END] < LOOKED_AT])  # the last one may be cut
        count = len(words)
        if not count:
            return np.empty((0, 3), np.int64), []
        finds = np.empty((min(MAX_WEIGHED, count * len(self._needles.slops)), 3), np.int64)
        spans = np.empty((count, 2), np.int64)
        found, stretches = find_needles(
            words,
            self._finder.members,
            *self._needles[:4],
            np.empty(self._longest, np.int64),
            np.zeros(count, np.bool_),
            finds,
            spans,
        )
        return finds[:found], [(start, end) for start, end in spans[:stretches].tolist()]

    def _chosen(self, finds: NDArray[np.int64], cutter: Cutter, count: int) -> list[Span]:
        """The best stretches around finds, the best first, none overlapping another."""
        if not len(finds):
            return []
        gaps = [(0, len(cutter.text))]
        gains = self._needles.weights.copy()
        chosen: list[Span] = []
        while len(chosen) < count:
            number, first, last = choose(finds, np.array(gaps, np.int64), self._needles.weights, cutter.length, gains)
            if number < 0:
                break
            low, high = gaps[number]
            start, end = cutter.around(first, last, low, high)
            chosen.append((start, end))
            gaps[number : number + 1] = [(low, start), (end, high)]
        return chosen


def is_wide(text: str) -> bool:
    """Whether a good part of the text is in characters twice as wide as Latin ones."""
    sample = text[:600]
    return not sample.isascii() and sum(map(len, _wide().findall(sample))) * 3 > len(sample)


@cache
def _wide() -> re.Pattern[str]:
    return re.compile(WIDE_LETTERS)


@cache
def _several() -> re.Pattern[str]:
    return re.compile(r"\s{2,}")


def single_spaced(text: str) -> str:
    """The text with each run of white space made one space."""
    return " ".join(f"|{text}|".split())[1:-1]  # a fifth of the time that replacing by a pattern takes


def _snippet(text: str, start: int, end: int, spans: Sequence[Span]) -> Snippet:
    """The passage with its marks, and with an ellipsis at each end that is not one of a sentence."""
    before = "" if begins_sentence(text, start) else ELLIPSIS
    after = "" if begins_sentence(text, end) else ELLIPSIS
    passage = text[start:end]
    first = bisect_left(spans, start, key=lambda span: span[1])
    shift = len(before) - start
    inside = []
    for begin, stop in spans[first:]:
        if begin >= end:
            break
        if stop > start:
            inside.append((max(begin, start) + shift, min(stop, end) + shift))
    if " ".join(passage.split()) != passage:
        # Of several spaces or line breaks one space is shown: these are the others.
        surplus = [place for found in _several().finditer(passage) for place in range(found.start() + 1, found.end())]
        inside = [
            (a - bisect_left(surplus, a - len(before)), b - bisect_left(surplus, b - len(before))) for a, b in inside
        ]
        passage = single_spaced(passage)
    shown = before + passage + after
    return Snippet(shown, widened(shown, inside) if inside else ())


def widened(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans, which are disjoint, widened to whole graphemes, touching ones as one."""
    if text.isascii() or all(is_boundary(text, place) for place in chained.from_iterable(spans)):
        return tuple(spans)
    return tuple(_touching([_wider(text, start, end) for start, end in spans]))


def _touching(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans in order of their starts, with those that touch or overlap made one."""
    first = last = -1
    for start, end in spans:
        if start <= last:
            last = max(last, end)
            continue
        if last >= 0:
            yield first, last
        first, last = start, end
    if last >= 0:
        yield first, last


def _wider(text: str, start: int, end: int) -> Span:
    while not is_boundary(text, start):
        start -= 1
    while not is_boundary(text, end):
        end += 1
    return start, end
