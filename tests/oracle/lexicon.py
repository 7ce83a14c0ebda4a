"""The forms of one language, grouped by what a typed word matches."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence

from index.analysis import Chain
from index.engine import FOLD_WEIGHT, TERM_WEIGHT

_LAST = "\U0010ffff"


class FormLexicon:
    """A lexicon in memory, made from all forms of one language.

    Making it costs one run of the chain per form; look-ups are dictionary reads.
    """

    def __init__(self, chain: Chain, frequencies: Mapping[str, int]) -> None:
        self._chain = chain
        self._frequencies = frequencies
        self._forms = sorted(frequencies)
        by_term: defaultdict[str, list[str]] = defaultdict(list)
        by_fold: defaultdict[str, list[str]] = defaultdict(list)
        for form in self._forms:
            by_term[chain.term(form)].append(form)
            by_fold[chain.fold(form)].append(form)
        self._by_term: Mapping[str, Sequence[str]] = by_term
        self._by_fold: Mapping[str, Sequence[str]] = by_fold
        self._folds = sorted(by_fold)

    def group(self, form: str) -> dict[str, float]:
        """The forms that a typed word matches, each with its weight."""
        weights = dict.fromkeys(self._by_term.get(self._chain.term(form), ()), TERM_WEIGHT)
        weights |= dict.fromkeys(self._by_fold.get(self._chain.fold(form), ()), FOLD_WEIGHT)
        if form in self._frequencies:
            weights[form] = 1.0
        return weights

    def with_prefix(self, prefix: str) -> list[str]:
        """All forms that begin with ``prefix``; where it has no accents, also those that do so once folded."""
        found = _slice(self._forms, prefix)
        if self._chain.fold(prefix) == prefix:
            also = {form for fold in _slice(self._folds, prefix) for form in self._by_fold[fold]}
            found = sorted(also.union(found))
        return found

    def forms(self) -> Sequence[str]:
        """All forms, sorted."""
        return self._forms

    def frequency(self, form: str) -> int:
        """How many texts hold ``form``, as counted when the lexicon was made."""
        return self._frequencies.get(form, 0)


def _slice(ordered: list[str], prefix: str) -> list[str]:
    return ordered[bisect_left(ordered, prefix) : bisect_left(ordered, prefix + _LAST)]
