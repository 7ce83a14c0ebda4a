"""Forms near a word or of a pattern, found by looking through the lexicons of a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from itertools import groupby, pairwise
from typing import NamedTuple, Self

import numpy as np

from index.columnar.arrays import I4, I8, U1, U8
from index.columnar.form_automata import Automaton, like, near, row_moves
from index.columnar.form_outlines import Outlines
from index.columnar.form_scan_kernels import DAMAGED, PLACE, choose, read_rows, scan
from index.columnar.found_rows import form_lists
from index.engine import FormLists
from index.side_by_side import SHARES, side_by_side

_MANY = 500_000
"""Forms that are worth a share of their own: some milliseconds."""
_HALF = np.uint64(32)
"""Where the bytes of a form stand in the place of a match."""


class FormScans:
    """See :class:`index.engine.EngineReader`. Safe for several threads."""

    def __init__(self, outlines: Callable[[], Sequence[Outlines]], living: Callable[[I8], I8]) -> None:
        """``outlines``: of each segment, asked for once; ``living``:
        :meth:`index.columnar.form_lookup.FormLookup.living`."""
        self._make = outlines
        self._living = living

    @cached_property
    def _outlines(self) -> Sequence[Outlines]:
        return self._make()

    @cached_property
    def _segments(self) -> I8:
        """The table of segments of :mod:`index.columnar.form_scan_kernels`."""
        return np.array([one.addresses for one in self._outlines], np.int64).reshape(-1, 8)

    def fuzzy(self, asked: Sequence[tuple[str, str, int]], most: int, fixed: int) -> FormLists:
        """The forms near a form: language, form, letters that may differ (1 or 2)."""
        automata = {pair: near(*pair, fixed) for pair in {(form, distance) for _, form, distance in asked}}
        return self._lists([(lang, automata[form, distance]) for lang, form, distance in asked], most)

    def wildcards(self, asked: Sequence[tuple[str, str]], most: int) -> FormLists:
        """The forms that a pattern describes: language and pattern."""
        automata = {pattern: like(pattern) for _, pattern in asked}
        return self._lists([(lang, automata[pattern]) for lang, pattern in asked], most)

    def _lists(self, asked: Sequence[tuple[str, Automaton]], most: int) -> FormLists:
        groups = _groups(asked)
        pieces, of_group = self._pieces(groups)
        found = self._found(pieces, [automaton for _, automaton in groups], most)
        wanted = [
            (segment, number, piece)
            for number, (lang, automaton) in enumerate(asked)
            for segment, piece in of_group[groups[lang, automaton]]
        ]
        wanted.sort()
        order = np.array([(number, piece) for _, number, piece in wanted], np.int64).reshape(-1, 2)
        cut = frozenset(number for number, pair in enumerate(asked) if groups[pair] in found.cut)
        return self._read(pieces, found, order, cut)

    def _pieces(self, groups: dict[tuple[str, Automaton], int]) -> tuple[I8, list[list[tuple[int, int]]]]:
        """The pieces of these groups, and of each group segment and number of its own."""
        rows: list[tuple[int, int, int, int]] = []
        of_group: list[list[tuple[int, int]]] = [[] for _ in groups]
        for (lang, _), group in groups.items():
            for segment, outlines in enumerate(self._outlines):
                here = outlines.arrays.ranges.get(lang)
                if here is not None:
                    of_group[group].append((segment, len(rows)))
                    rows.append((segment, here.first_block, here.forms, group))
        return np.array(rows, np.int64).reshape(-1, 4), of_group

    def _found(self, pieces: I8, automata: Sequence[Automaton], most: int) -> _Found:
        """What the automaton of each group accepts, of each the ``most`` frequent forms; many forms in shares."""
        shares = [pieces[first:last] for first, last in pairwise(_bounds(pieces))]
        return _Found.of(side_by_side([partial(self._found_in, share, automata, most) for share in shares]))

    def _found_in(self, pieces: I8, automata: Sequence[Automaton], most: int) -> _Found:
        """The same of the pieces of some groups."""
        # Room for all there are, but memory only for what is found.
        found = _Found(np.empty((int(pieces[:, 2].sum()), 4), np.uint64), np.zeros(len(pieces) + 1, np.int64), set())
        piece = matches = 0
        bounds = np.searchsorted(pieces[:, 3], np.arange(len(automata) + 1)).tolist()
        for automaton, together in groupby(range(len(automata)), key=lambda group: automata[group]):
            last = bounds[max(together) + 1]
            while piece < last:
                before = piece
                piece, matches = self._scanned(pieces[:last], piece, most, automaton, found, matches)
                first = bounds[int(pieces[piece - 1, 3])]
                if found.begins[piece] - found.begins[first] > most:
                    matches = self._cut(pieces, found, first, piece, most)
                assert piece > before
        return found

    def _scanned(
        self, pieces: I8, piece: int, most: int, automaton: Automaton, found: _Found, matches: int
    ) -> tuple[int, int]:
        piece, matches = scan(
            self._segments,
            pieces,
            piece,
            most,
            automaton.needed,
            automaton.limits,
            automaton.low,
            automaton.high,
            automaton.distance,
            automaton.fixed,
            automaton.word,
            row_moves(),
            automaton.letters,
            automaton.quick,
            automaton.steps,
            automaton.stays,
            automaton.last,
            matches,
            found.matches,
            found.begins,
        )
        if matches == DAMAGED:
            raise self._outlines[int(pieces[piece, 0])].arrays.damaged()
        return piece, matches

    def _cut(self, pieces: I8, found: _Found, first: int, last: int, most: int) -> int:
        """Leaves of the matches of the pieces ``first`` to ``last - 1``, which are the last ones, those of the ``most``
        frequent forms. Returns how many matches there are then."""
        begin, end = found.begins[[first, last]].tolist()
        here = found.matches[begin:end]
        group, kept = np.empty(len(here), np.int32), np.zeros(len(here), np.uint8)
        level = np.empty(len(here), np.int64)
        forms, tied, wanted = choose(here, most, group, kept, level)
        if forms <= most:
            return int(end)
        found.cut.add(int(pieces[first, 3]))
        if tied:
            each = np.searchsorted(found.begins[first : last + 1], np.arange(begin, end), "right") + (first - 1)
            kept[self._first_of(pieces[each], here, group, level[:tied], wanted)] = 1
        chosen = kept[group].astype(np.bool_)
        counts = np.concatenate((np.zeros(1, np.int64), np.cumsum(chosen)))
        found.begins[first : last + 1] = begin + counts[found.begins[first : last + 1] - begin]
        left = int(found.begins[last])
        found.matches[begin:left] = here[chosen]
        return left

    def _first_of(self, pieces: I8, matches: U8, group: I4, level: I8, wanted: int) -> I8:
        """The first ``wanted`` in order of the forms ``level``, whose first letters are the same; ``pieces``: that of
        each match."""
        places = np.full(int(group.max()) + 1, -1, np.int64)
        places[group[::-1]] = np.arange(len(group))[::-1]  # the first match of each form stays
        which = places[level]
        begins, order = np.arange(len(which) + 1), np.repeat(np.arange(len(which))[:, None], 2, axis=1)
        _, data, at = self._rows(pieces[which], matches[which], begins, order)
        text = data.tobytes()
        texts = [text[start:stop] for start, stop in zip(at[:-1].tolist(), at[1:].tolist(), strict=True)]
        return level[sorted(range(len(level)), key=texts.__getitem__)[:wanted]]

    def _rows(self, pieces: I8, matches: U8, begins: I8, order: I8) -> tuple[I8, U1, I8]:
        """What :func:`index.columnar.form_scan_kernels.read_rows` makes of the matches of pieces in this order."""
        sizes = np.zeros(int(begins[-1]) + 1, np.int64)
        np.cumsum(matches[: len(sizes) - 1, PLACE] >> _HALF, out=sizes[1:])
        here = order[:, 1]
        count = int((begins[here + 1] - begins[here]).sum())
        data = np.empty(int((sizes[begins[here + 1]] - sizes[begins[here]]).sum()), np.uint8)
        rows, at = np.empty((count, 6), np.int64), np.empty(count + 1, np.int64)
        if read_rows(self._segments, pieces, matches, begins, order, rows, data, at)[1] == DAMAGED:
            raise self._outlines[0].arrays.damaged()
        return rows, data, at

    def _read(self, pieces: I8, found: _Found, order: I8, cut: frozenset[int]) -> FormLists:
        rows, data, at = self._rows(pieces, found.matches, found.begins, order)
        return form_lists(rows, self._living(rows), np.ones(len(rows), np.float32), data, at, cut)


class _Found(NamedTuple):
    """What was found in pieces."""

    matches: U8
    """(room, 4) as :func:`index.columnar.form_scan_kernels.scan` finds them."""
    begins: I8
    """(pieces + 1) where those of each begin."""
    cut: set[int]
    """Groups with more forms than were taken."""

    @classmethod
    def of(cls, parts: Sequence[Self]) -> Self:
        """What was found in some pieces and in those behind them."""
        if len(parts) == 1:
            return parts[0]
        ends = np.cumsum([part.begins[-1] for part in parts])
        begins = [part.begins[1:] + end - part.begins[-1] for part, end in zip(parts, ends, strict=True)]
        return cls(
            np.concatenate([part.matches[: part.begins[-1]] for part in parts]),
            np.concatenate([np.zeros(1, np.int64), *begins]),
            set().union(*(part.cut for part in parts)),
        )


def _bounds(pieces: I8) -> list[int]:
    """Where the shares of pieces begin that are looked through side by side, groups left whole, and where the last one
    ends."""
    forms = np.cumsum(pieces[:, 2])
    shares = min(2 * SHARES, max(1, int(forms[-1]) // _MANY if len(forms) else 1))  # languages differ in cost
    at = np.searchsorted(forms, forms[-1] * np.arange(1, shares) // shares) if shares > 1 else np.zeros(0, np.int64)
    begins = np.searchsorted(pieces[:, 3], pieces[at, 3])
    return [0, *sorted({*begins.tolist()} - {0}), len(pieces)]


def _groups(asked: Sequence[tuple[str, Automaton]]) -> dict[tuple[str, Automaton], int]:
    """Numbers what is asked, each once, that of one automaton together."""
    automata = {automaton: number for number, automaton in enumerate(dict.fromkeys(each for _, each in asked))}
    pairs = sorted(dict.fromkeys(asked), key=lambda pair: automata[pair[1]])
    return {pair: number for number, pair in enumerate(pairs)}
