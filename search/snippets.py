"""Which passages of a text answer a query, and where in them its words stand.

A text is read once, by the chain of its language; forms are looked up in the needles' sets. Only the first
:data:`LOOKED_AT` code points are read: passages and marks come from there, in time linear in them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from index.analysis import Chain, Word
from search.cutting import Cutter, is_boundary
from search.needles import Needle
from search.result import Snippet
from search.sentences import begins_sentence

LOOKED_AT = 100_000
"""Code points of a text that are read."""
MAX_TRIES = 200_000
"""Steps of one phrase that are compared in one text; what would take more (a syllable repeated, say) stays unmarked."""
MAX_WEIGHED = 10_000
"""Places that are weighed against each other when passages are chosen: the first ones."""
ELLIPSIS = "…"

Span = tuple[int, int]


class _Find(NamedTuple):
    """One place where a needle stands."""

    start: int
    end: int
    needle: int
    words: tuple[Span, ...]


class Marker:
    """Marks what some needles say in texts of one language. Immutable; for as many texts as there are."""

    def __init__(self, chain: Chain, needles: Sequence[Needle]) -> None:
        self._chain = chain
        self._needles = tuple(needles)
        known: dict[int, frozenset[str]] = {id(forms): forms.texts() for one in needles for _, forms in one.steps}
        self._steps = [[(at, known[id(forms)]) for at, forms in one.steps] for one in needles]

    def mark(self, text: str) -> tuple[Span, ...]:
        """The stretches of ``text`` in which the needles' words stand: ascending, disjoint, whole words, or whole
        graphemes where words are not spaced. Each word of a phrase is a stretch of its own; neighbours within a run
        are one."""
        if not self._needles:
            return ()
        return _stretches(text, self._finds(_words(text, self._chain)))

    def passages(self, text: str, *, count: int, length: int = 220) -> tuple[Snippet, ...]:
        """The ``count`` passages of ``text`` that tell most about the needles, in the order of the text; its beginning
        where none of them stands in it.

        A passage has about ``length`` code points, half as many in wide scripts. It is cut at the end of a sentence
        where one is near, else at the end of a word, and then has an ellipsis there. Runs of white space become one
        space. Passages do not overlap; there are fewer where fewer have a needle in them.
        """
        if count <= 0 or not text:
            return ()
        length = max(20, length // 2 if _is_wide(text) else length)
        words = _words(text, self._chain)
        cutter = Cutter(text, words, length)
        finds = self._finds(words)
        chosen = _chosen(finds, self._needles, cutter, count) or [cutter.around(0, 0, 0, len(text))]
        stretches = _stretches(text, finds)
        return tuple(_snippet(text, start, end, stretches) for start, end in sorted(chosen) if start < end)

    def _finds(self, words: Iterable[Word]) -> list[_Find]:
        """Every place where a needle stands, in the order of the text."""
        places = _places(words, {forms for steps in self._steps for _, forms in steps})
        finds: list[_Find] = []
        for number, steps in enumerate(self._steps):
            at_steps = [places[forms] for _, forms in steps]
            if not all(at_steps):
                continue
            for at in _sequences([offset for offset, _ in steps], self._needles[number].slop, at_steps):
                spans = tuple(place[position] for place, position in zip(at_steps, at, strict=True))
                finds.append(_Find(spans[0][0], max(end for _, end in spans), number, spans))
        return sorted(finds)


# -- finding


def _words(text: str, chain: Chain) -> list[Word]:
    if len(text) <= LOOKED_AT:
        return chain.words(text)
    return [word for word in chain.words(text[:LOOKED_AT]) if word.end < LOOKED_AT]  # the last one may be cut


def _places(words: Iterable[Word], sets: Iterable[frozenset[str]]) -> dict[frozenset[str], dict[int, Span]]:
    """Of each set of forms: the positions where one of them stands, ascending, and what it covers there."""
    places: dict[frozenset[str], dict[int, Span]] = {forms: {} for forms in sets}
    wanted: dict[str, list[dict[int, Span]]] = {}
    for forms, place in places.items():
        for form in forms:
            wanted.setdefault(form, []).append(place)
    for word in words:
        for place in wanted.get(word.form, ()):
            place[word.position] = (word.start, word.end)
    return places


def _sequences(offsets: Sequence[int], slop: int, places: Sequence[dict[int, Span]]) -> Iterable[Sequence[int]]:
    """The positions of all steps, for each first one from which the others follow, nearest first."""
    if len(offsets) <= 1:
        yield from ([position] for place in places for position in place)
        return
    ordered = {id(place): list(place) for place in places} if slop else {}
    tries = MAX_TRIES
    for first in places[0]:
        at = [first]
        for step in range(1, len(offsets)):
            tries -= 1
            least = at[-1] + offsets[step] - offsets[step - 1]
            following = _next(ordered[id(places[step])], least) if slop else least
            if following not in places[step] or following - first > offsets[step] + slop:
                break
            at.append(following)
        else:
            yield at
        if tries < 0:
            return


def _next(ordered: list[int], least: int) -> int:
    place = bisect_left(ordered, least)
    return ordered[place] if place < len(ordered) else -1


def _stretches(text: str, finds: Iterable[_Find]) -> tuple[Span, ...]:
    return _merged(text, {span for find in finds for span in find.words})


def _merged(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans widened to whole graphemes, touching ones as one."""
    return tuple(_touching([_widened(text, start, end) for start, end in _touching(sorted(spans))]))


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


def _widened(text: str, start: int, end: int) -> Span:
    while not is_boundary(text, start):
        start -= 1
    while not is_boundary(text, end):
        end += 1
    return start, end


# -- choosing


def _chosen(finds: Sequence[_Find], needles: Sequence[Needle], cutter: Cutter, count: int) -> list[Span]:
    """The best stretches around finds, the best first, none overlapping another."""
    gaps = [(0, len(cutter.text), list(finds[:MAX_WEIGHED]))]
    gains = [needle.weight for needle in needles]
    chosen: list[Span] = []
    while len(chosen) < count:
        offers = [
            (*_best(inside, gains, cutter.length), number) for number, (_, _, inside) in enumerate(gaps) if inside
        ]
        if not offers:
            break
        _, first, last, number = max(offers, key=lambda offer: offer[0])
        low, high, inside = gaps[number]
        window = inside[first : last + 1]
        start, end = cutter.around(window[0].start, max(find.end for find in window), low, high)
        chosen.append((start, end))
        for needle in {find.needle for find in window}:
            gains[needle] *= 0.3 if gains[needle] == needles[needle].weight else 1.0  # seen once, it tells little more
        gaps[number : number + 1] = [
            (low, start, [find for find in inside if find.end <= start]),
            (end, high, [find for find in inside if find.start >= end]),
        ]
    return chosen


def _best(finds: Sequence[_Find], gains: Sequence[float], length: int) -> tuple[float, int, int]:
    """The first and last of those finds that are worth most together in one passage, and what they are worth: different
    needles by their gain, more of them where they stand near each other, a little for repetitions."""
    room = length * 0.75
    seen = [0] * len(gains)
    distinct = repeated = 0.0
    best = (-1.0, 0, 0)
    last = -1
    for first, find in enumerate(finds):
        while last + 1 < len(finds) and (last < first or finds[last + 1].end <= find.start + room):
            last += 1
            gain = gains[finds[last].needle]
            distinct, repeated = (
                (distinct, repeated + gain) if seen[finds[last].needle] else (distinct + gain, repeated)
            )
            seen[finds[last].needle] += 1
        nearness = max(0.0, 1 - (finds[last].end - find.start) / length) if distinct > gains[find.needle] else 0.0
        worth = distinct * (1 + 0.3 * nearness) + 0.05 * min(repeated, 3 * distinct)
        if worth > best[0] * (1 + 1e-9):
            best = (worth, first, last)
        gain = gains[find.needle]
        seen[find.needle] -= 1
        distinct, repeated = (distinct, repeated - gain) if seen[find.needle] else (distinct - gain, repeated)
    return best


# -- showing


def _snippet(text: str, start: int, end: int, stretches: Sequence[Span]) -> Snippet:
    """The passage with its marks, and with an ellipsis at each end that is not one of a sentence."""
    before = "" if begins_sentence(text, start) else ELLIPSIS
    after = "" if begins_sentence(text, end) else ELLIPSIS
    passage = text[start:end]
    # Of several spaces or line breaks one space is shown: these are the others.
    surplus = [place for place in range(1, len(passage)) if passage[place - 1 : place + 1].isspace()]
    shown = before + " ".join(re.split(r"\s+", passage)) + after

    def moved(place: int) -> int:
        return len(before) + place - start - bisect_left(surplus, place - start)

    inside = [
        (moved(max(first, start)), moved(min(last, end))) for first, last in stretches if first < end and last > start
    ]
    return Snippet(shown, _merged(shown, inside))


def _is_wide(text: str) -> bool:
    """Whether a good part of the text is in characters twice as wide as Latin ones."""
    sample = text[:600]
    return sum(unicodedata.east_asian_width(char) in "WF" for char in sample) * 3 > len(sample)
