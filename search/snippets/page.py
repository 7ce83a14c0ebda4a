"""What is shown of the texts of a page of hits: titles with marks, and passages, all of one language in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.analysis.finder import Codes
from index.analysis.record_kernels import LANES
from search.result import Snippet
from search.snippets.marking import ELLIPSIS, LOOKED_AT, PASSAGE, Marker, Span, single_spaced, widened
from search.snippets.needles import Needle, NeedleForms
from search.snippets.page_kernels import AFTER, BEFORE, SPANS, SQUEEZED, UNSURE, WIDER, show_texts
from search.snippets.sign_tables import sign_tables

_BETWEEN = "\n" * LANES
_USUAL_SPANS = 64
"""Spans of a text for which there is room; where more are shown it is left."""


class Shown(NamedTuple):
    """What is shown of one hit."""

    title: tuple[Span, ...]
    passages: tuple[Snippet, ...]


class PageMarker:
    """Marks what some needles say in titles and bodies of one language. Immutable; outcomes are those of
    :class:`search.snippets.marking.Marker`."""

    def __init__(
        self, lang: str, title: Sequence[Needle], body: Sequence[Needle], forms: NeedleForms | None = None
    ) -> None:
        """``forms``: as for :class:`search.snippets.marking.Marker`."""
        titles, bodies = ([one for one in some if one.is_able] for some in (title, body))
        forms = forms or NeedleForms(lang, [*titles, *bodies])
        self._finder = forms.finder
        fields = np.array(((0, len(titles)), (len(titles), len(titles) + len(bodies))), np.int64)
        self._needles = fields, *forms.arrays([*titles, *bodies])

    def shown(self, texts: Sequence[tuple[str, str]], count: int, alone: Callable[[int, str], Marker]) -> list[Shown]:
        """What is shown of titles and bodies, at most ``count`` passages of each; ``alone``: the marker of
        a ``title`` or ``body`` that is left here, by number. Cost: some ten microseconds, and five nanoseconds a
        character."""
        flat = [text if len(text) <= LOOKED_AT else "" for pair in texts for text in pair]
        stops = np.fromiter(accumulate(map(len, flat)), np.int64, len(flat))
        stops += np.arange(0, LANES * len(flat), LANES)
        begins = np.zeros(len(flat), np.int64)
        begins[1:] = stops[:-1] + LANES
        signs = sign_tables()
        rows = np.empty((len(flat) * max(1, count), 5), np.int64)
        spans = np.empty((_USUAL_SPANS * len(flat), 2), np.int64)
        found = show_texts(
            Codes(_BETWEEN.join(flat)).array,
            begins,
            stops,
            *self._finder.given,
            self._finder.members,
            *self._needles,
            signs.signs,
            signs.folds,
            signs.letters,
            signs.at,
            count,
            PASSAGE,
            rows,
            spans,
        )
        shown = _assembled(texts, rows[:found].tolist(), spans, count, alone)
        for hit, (title, body) in enumerate(texts):
            if len(title) > LOOKED_AT:
                shown[hit] = Shown(alone(hit, "title").mark(title), shown[hit].passages)
            if len(body) > LOOKED_AT:
                shown[hit] = Shown(shown[hit].title, alone(hit, "body").passages(body, count=count))
        return shown


def _assembled(
    texts: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[int]],
    spans: NDArray[np.int64],
    count: int,
    alone: Callable[[int, str], Marker],
) -> list[Shown]:
    """Of rows and spans as :func:`search.snippets.page_kernels.show_texts` writes them."""
    inside = list(map(tuple, spans[: rows[-1][SPANS] if rows else 0].tolist()))
    titles: list[tuple[Span, ...]] = [()] * len(texts)
    passages: list[tuple[Snippet, ...]] = [()] * len(texts)
    begin = 0
    for text, first, last, flags, end in rows:
        hit, is_body = text >> 1, text & 1
        whole, own = texts[hit][is_body], tuple(inside[begin:end])
        begin = end
        if flags & UNSURE:
            if is_body:
                passages[hit] = alone(hit, "body").passages(whole, count=count)
            else:
                titles[hit] = alone(hit, "title").mark(whole)
        elif is_body:
            passages[hit] += (_snippet(whole[first:last], flags, own),)
        else:
            titles[hit] = widened(whole, own) if flags & WIDER else own
    return list(map(Shown, titles, passages))


def _snippet(passage: str, flags: int, spans: tuple[Span, ...]) -> Snippet:
    if flags & SQUEEZED:
        passage = single_spaced(passage)
    if flags & (BEFORE | AFTER):
        passage = f"{ELLIPSIS if flags & BEFORE else ''}{passage}{ELLIPSIS if flags & AFTER else ''}"
    return Snippet(passage, widened(passage, spans) if flags & WIDER else spans)
