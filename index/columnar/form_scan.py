"""Forms near a word or of a pattern, found by walking through the lexicons of a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.columnar import lookup_kernels
from index.columnar.arrays import B1, I4, I8, U1, U8
from index.columnar.form_automata import Automaton, like, near
from index.columnar.form_outlines import NOTHING, OutlinedForms, Outlines
from index.columnar.form_scan_kernels import BODIES, DISTANCE, KEY, NUMBER, START, TITLES, add_up
from index.engine import FormLists


class FormScans:
    """See :class:`index.engine.EngineReader`. Safe for several threads."""

    def __init__(self, outlines: Sequence[Outlines], living: Callable[[I8], I8]) -> None:
        """``outlines``: of each segment; ``living``: :meth:`index.columnar.form_lookup.FormLookup.living`."""
        self._outlines = outlines
        self._living = living

    def fuzzy(self, asked: Sequence[tuple[str, str, int]], most: int, fixed: int) -> FormLists:
        """The forms near a form: language, form, letters that may differ (1 or 2)."""
        automata = {pair: near(*pair, fixed) for pair in {(form, distance) for _, form, distance in asked}}
        return self._lists([(lang, automata[form, distance]) for lang, form, distance in asked], most)

    def wildcards(self, asked: Sequence[tuple[str, str]], most: int) -> FormLists:
        """The forms that a pattern describes: language and pattern."""
        automata = {pattern: like(pattern) for _, pattern in asked}
        return self._lists([(lang, automata[pattern]) for lang, pattern in asked], most)

    def _lists(self, asked: Sequence[tuple[str, Automaton]], most: int) -> FormLists:
        cut = set()
        parts: list[
            tuple[int, int, I8, U1, I8]
        ] = []  # segment, asked, rows, forms, where each begins and the last ends
        known: dict[tuple[str, int], Frequent] = {}
        for number, (lang, automaton) in enumerate(asked):
            segments = [outlines.get(lang) for outlines in self._outlines]
            key = lang, id(automaton)
            found = known[key] if key in known else find_frequent(segments, automaton, most)
            known[key] = found
            if found.cut:
                cut.add(number)
            for segment in sorted(set(found.segment.tolist())):
                rows, forms = found.rows[found.segment == segment], segments[segment]
                if forms is not None:
                    parts.append((segment, number, rows, *forms.texts(rows[:, NUMBER].copy())))
        parts.sort(key=lambda part: part[:2])
        return self._joined(parts, frozenset(cut))

    def _joined(self, parts: Sequence[tuple[int, int, I8, U1, I8]], cut: frozenset[int]) -> FormLists:
        sizes = [len(rows) for _, _, rows, _, _ in parts]
        found = np.concatenate([NOTHING, *(rows for _, _, rows, _, _ in parts)])
        rows = np.zeros((len(found), 6), np.int64)
        rows[:, lookup_kernels.SEGMENT] = np.repeat(np.array([part[0] for part in parts], np.int64), sizes)
        rows[:, lookup_kernels.ASKED] = np.repeat(np.array([part[1] for part in parts], np.int64), sizes)
        rows[:, lookup_kernels.START : lookup_kernels.BODIES + 1] = found[:, START : BODIES + 1]
        living = self._living(rows)
        lengths = np.concatenate([np.zeros(1, np.int64), *(np.diff(at) for *_, at in parts)])
        return FormLists(
            asked=rows[:, lookup_kernels.ASKED].astype(np.int32),
            segment=rows[:, lookup_kernels.SEGMENT].astype(np.int32),
            weight=np.ones(len(rows), np.float32),
            start=found[:, START].copy(),
            titles=found[:, TITLES].copy(),
            bodies=found[:, BODIES].copy(),
            living_titles=living[:, 0].copy(),
            living_bodies=living[:, 1].copy(),
            data=np.concatenate([np.empty(0, np.uint8), *(data for _, _, _, data, _ in parts)]),
            at=np.cumsum(lengths),
            cut=cut,
        )


class Frequent(NamedTuple):
    """The forms of one language that an automaton accepts, over all segments: a row for each and each segment, in order
    of segments, then of forms."""

    segment: I4
    rows: I8
    """(rows, 6) as :func:`index.columnar.form_scan_kernels.scan` finds them."""
    cut: bool
    """Whether there are more than were taken."""


_NONE = Frequent(np.empty(0, np.int32), NOTHING, cut=False)


def find_frequent(segments: Sequence[OutlinedForms | None], automaton: Automaton, most: int) -> Frequent:
    """The ``most`` frequent forms over all segments that the automaton accepts; deleted articles are counted, too. Of
    equally frequent ones the nearest are taken, then the first in order."""
    parts = [forms.scan(automaton) if forms is not None else NOTHING for forms in segments]
    if not any(map(len, parts)):
        return _NONE
    segment = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part) for part in parts])
    rows = np.concatenate(parts)
    if len(rows) <= most:
        return Frequent(segment, rows, cut=False)
    group, totals = _totals(rows[:, KEY].astype(np.uint64), rows[:, TITLES] + rows[:, BODIES])
    if len(totals) <= most:
        return Frequent(segment, rows, cut=False)
    first = np.empty(len(totals), np.int64)
    first[group[::-1]] = np.arange(len(rows))[::-1]  # the last one stays
    ranked = _most_frequent(segments, segment[first], rows[first], totals, most)
    kept: B1 = np.zeros(len(totals), np.bool_)
    kept[ranked] = True
    here = kept[group]
    return Frequent(segment[here], rows[here], cut=True)


def _totals(keys: U8, counts: I8) -> tuple[I4, I8]:
    """Which group of equal keys each belongs to, and the sum of the counts of each group. Forms of one key would be
    taken for one here: one of them more is taken, or less."""
    table = np.full(1 << (2 * len(keys)).bit_length(), -1, np.int32)
    group, totals = np.empty(len(keys), np.int32), np.empty(len(keys), np.int64)
    return group, totals[: add_up(keys, counts, table, group, totals)]


def _most_frequent(
    segments: Sequence[OutlinedForms | None], segment: I4, rows: I8, totals: I8, most: int
) -> NDArray[np.intp]:
    """The places of the ``most`` frequent of forms that differ."""
    least = int(np.partition(totals, len(totals) - most)[len(totals) - most])
    above, level = np.flatnonzero(totals > least), np.flatnonzero(totals == least)
    wanted = most - len(above)
    if len(level) > wanted:
        distances = rows[level, DISTANCE]
        if len(set(segment[level].tolist())) == 1:  # in order
            level = level[np.argsort(distances, kind="stable")]
        else:
            texts = _texts(segments, segment[level], rows[level, NUMBER])
            ranks = sorted(zip(distances.tolist(), texts, level.tolist(), strict=True))
            level = np.array([place for _, _, place in ranks])
    return np.concatenate((above, level[:wanted]))


def _texts(segments: Sequence[OutlinedForms | None], segment: I4, numbers: I8) -> list[bytes]:
    """Forms of several segments."""
    found: list[bytes] = [b""] * len(numbers)
    for number, forms in enumerate(segments):
        places = np.flatnonzero(segment == number)
        if forms is not None and len(places):
            data, at = forms.texts(numbers[places])
            for place, start, stop in zip(places.tolist(), at[:-1].tolist(), at[1:].tolist(), strict=True):
                found[place] = data[start:stop].tobytes()
    return found
