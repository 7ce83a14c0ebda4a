"""Marks and passages in plain Python, over all words of the chain: what :mod:`search.snippets.marking` must come to as
well.

Where a text may be cut is not judged here: that is :mod:`search.snippets.cutting`'s.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from index.analysis import Chain, Word
from index.analysis.finder import Codes, FormFinder
from search.result import Snippet
from search.snippets.cutting import Cutter, is_boundary
from search.snippets.marking import ELLIPSIS, MAX_WEIGHED, is_wide
from search.snippets.needles import Needle
from search.snippets.sentences import begins_sentence

Span = tuple[int, int]


class Find(NamedTuple):
    """One place where a needle stands."""

    start: int
    end: int
    needle: int
    words: tuple[Span, ...]


def mark(text: str, chain: Chain, needles: Sequence[Needle]) -> tuple[Span, ...]:
    """As :meth:`search.snippets.marking.Marker.mark`."""
    return merged(text, {span for find in finds_of(chain.words(text), needles) for span in find.words})


def passages(text: str, chain: Chain, needles: Sequence[Needle], *, count: int, length: int) -> tuple[Snippet, ...]:
    """As :meth:`search.snippets.marking.Marker.passages`."""
    length = max(20, length // 2 if is_wide(text) else length)
    finder, codes = FormFinder(chain.lang, []), Codes(text)
    cutter = Cutter(text, length, lambda place: finder.unit_around(codes, place))
    finds = finds_of(chain.words(text), needles)
    spans = touching(sorted({span for find in finds for span in find.words}))
    places = chosen(finds, needles, cutter, count) or [cutter.around(0, 0, 0, len(text))]
    return tuple(snippet(text, start, end, spans) for start, end in sorted(places) if start < end)


def finds_of(words: Iterable[Word], needles: Sequence[Needle]) -> list[Find]:
    """Every place where a needle stands, in the order of the text."""
    sets = [[forms.texts() for _, forms in needle.steps] for needle in needles]
    places: dict[frozenset[str], dict[int, Span]] = {forms: {} for steps in sets for forms in steps}
    for word in words:
        for forms, place in places.items():
            if word.form in forms:
                place[word.position] = (word.start, word.end)
    finds = []
    for number, needle in enumerate(needles):
        steps = [places[forms] for forms in sets[number]]
        for at in sequences([offset for offset, _ in needle.steps], needle.slop, steps):
            spans = tuple(place[position] for place, position in zip(steps, at, strict=True))
            finds.append(Find(spans[0][0], max(end for _, end in spans), number, spans))
    return sorted(finds)


def sequences(offsets: Sequence[int], slop: int, places: Sequence[dict[int, Span]]) -> list[list[int]]:
    """The positions of all steps, for each first one from which the others follow, nearest first."""
    found = []
    for first in places[0]:
        at = [first]
        for step in range(1, len(offsets)):
            least = at[-1] + offsets[step] - offsets[step - 1]
            following = min((place for place in places[step] if place >= least), default=-1)
            if following < least or following - first > offsets[step] + slop or (not slop and following != least):
                break
            at.append(following)
        else:
            found.append(at)
    return found


def merged(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans widened to whole graphemes, touching ones as one."""
    return tuple(touching([widened(text, start, end) for start, end in touching(sorted(spans))]))


def touching(spans: Iterable[Span]) -> list[Span]:
    """Spans in order of their starts, with those that touch or overlap made one."""
    made: list[Span] = []
    for start, end in spans:
        if made and start <= made[-1][1]:
            made[-1] = made[-1][0], max(made[-1][1], end)
        else:
            made.append((start, end))
    return made


def widened(text: str, start: int, end: int) -> Span:
    while not is_boundary(text, start):
        start -= 1
    while not is_boundary(text, end):
        end += 1
    return start, end


def chosen(finds: Sequence[Find], needles: Sequence[Needle], cutter: Cutter, count: int) -> list[Span]:
    """The best stretches around finds, the best first, none overlapping another."""
    gaps = [(0, len(cutter.text), list(finds[:MAX_WEIGHED]))]
    gains = [needle.weight for needle in needles]
    chosen: list[Span] = []
    while len(chosen) < count:
        offers = [(*best(inside, gains, cutter.length), number) for number, (_, _, inside) in enumerate(gaps) if inside]
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


def best(finds: Sequence[Find], gains: Sequence[float], length: int) -> tuple[float, int, int]:
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


def snippet(text: str, start: int, end: int, stretches: Sequence[Span]) -> Snippet:
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
    return Snippet(shown, merged(shown, inside))
