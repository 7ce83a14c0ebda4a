"""Finding the forms that a query asks for, in all segments of a reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from index.analysis import chain_for
from index.analysis.keys import key_of
from index.columnar.arrays import I4, I8
from index.columnar.lexicon import Grouping, LanguageForms
from index.columnar.segment import LiveSegment
from index.columnar.segment_arrays import LiveArrays
from index.engine import FOLD_WEIGHT, TERM_WEIGHT, AskedWord, FormLists

Row = tuple[int, int, float, int, int, int, bytes]


class FormLookup:
    """See :class:`index.engine.EngineReader`. Safe for several threads."""

    def __init__(self, live: Sequence[LiveSegment], arrays: Sequence[LiveArrays]) -> None:
        self._live = live
        self._arrays = arrays

    def words(self, asked: Sequence[AskedWord]) -> FormLists:
        """The forms that typed words match."""
        rows = []
        for segment, live in enumerate(self._live):
            for number, word in enumerate(asked):
                forms = live.segment.lexicon.languages.get(word.lang)
                if forms is not None:
                    rows += [_row(forms, number, segment, *one) for one in sorted(_group(forms, word).items())]
        return self._lists(rows)

    def prefixes(self, asked: Sequence[tuple[str, str]]) -> FormLists:
        """All forms of a language that begin with a prefix."""
        rows = []
        for segment, live in enumerate(self._live):
            for number, (lang, prefix) in enumerate(asked):
                forms = live.segment.lexicon.languages.get(lang)
                if forms is not None:
                    rows += [_row(forms, number, segment, one, 1.0) for one in sorted(_with_prefix(forms, prefix))]
        return self._lists(rows)

    def _lists(self, rows: Sequence[Row]) -> FormLists:
        columns = tuple(zip(*rows, strict=True)) if rows else ((),) * 7
        starts, titles, bodies = (np.array(column, np.int64) for column in columns[3:6])
        segment = np.array(columns[1], np.int32)
        lengths = [len(one) for one in columns[6]]
        return FormLists(
            np.array(columns[0], np.int32),
            segment,
            np.array(columns[2], np.float32),
            starts,
            titles,
            bodies,
            self._living(segment, starts, titles),
            self._living(segment, starts + titles, bodies),
            np.frombuffer(b"".join(columns[6]), np.uint8),
            np.cumsum([0, *lengths], dtype=np.int64),
            frozenset(),
        )

    def _living(self, segment: I4, starts: I8, lengths: I8) -> I8:
        counts = lengths.copy()
        for row, number in enumerate(segment.tolist()):
            one = self._arrays[number]
            if one.living < one.count:
                docs = self._live[number].segment.postings.docs(int(starts[row]), int(starts[row] + lengths[row]))
                counts[row] = one.alive[docs].sum()
        return counts


def _row(forms: LanguageForms, asked: int, segment: int, number: int, weight: float) -> Row:
    text, entry = forms.entry(number)
    return asked, segment, weight, entry.start, entry.titles, entry.bodies, text


def _group(forms: LanguageForms, word: AskedWord) -> dict[int, float]:
    weights: dict[int, float] = {}
    if not word.exact:
        chain = chain_for(word.lang)
        weights |= dict.fromkeys(_members(forms, "term", word.term, chain.term(word.term)), TERM_WEIGHT)
        weights |= dict.fromkeys(_members(forms, "fold", word.fold, chain.fold(word.fold)), FOLD_WEIGHT)
    entry = forms.find(word.form.encode())
    return weights if entry is None else weights | {entry.number: 1.0}


def _members(forms: LanguageForms, grouping: Grouping, value: str, its_own: str) -> Iterator[int]:
    yield from forms.numbers(grouping, key_of(value)).tolist()
    entry = forms.find(value.encode()) if its_own == value else None
    if entry is not None:
        yield entry.number


def _with_prefix(forms: LanguageForms, prefix: str) -> set[int]:
    found = set(range(*forms.prefixed(prefix.encode())))
    chain = chain_for(forms.lang)
    if chain.fold(prefix) == prefix:
        for number in set(forms.keys("fold")[1].tolist()):
            if chain.fold(forms.entry(number)[0].decode()).startswith(prefix):
                found.add(number)
    return found
