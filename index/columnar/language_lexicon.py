"""The forms of one language over several segments, grouped by what a typed word matches."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from threading import Lock

from index.analysis import Chain
from index.analysis.keys import key_of
from index.columnar.lexicon import Grouping, LanguageForms
from index.engine import FOLD_WEIGHT, TERM_WEIGHT


class SegmentedLexicon:
    """A :class:`index.engine.Lexicon`. Groups are looked up where they stand; only :meth:`forms` reads them all."""

    def __init__(self, chain: Chain, segments: Sequence[LanguageForms]) -> None:
        self._chain = chain
        self._segments = segments
        self._groups: dict[str, dict[str, float]] = {}
        self._lock = Lock()

    def group(self, form: str) -> dict[str, float]:
        """The forms that a typed word matches, each with its weight. Cost: some ten microseconds a segment."""
        with self._lock:
            known = self._groups.get(form)
            if known is None:
                if len(self._groups) > 10_000:
                    self._groups.clear()
                known = self._groups[form] = self._group(form)
            return dict(known)

    def _group(self, form: str) -> dict[str, float]:
        term, fold = self._chain.term(form), self._chain.fold(form)
        weights = dict.fromkeys(self._members("term", term, self._chain.term(term) == term), TERM_WEIGHT)
        weights |= dict.fromkeys(self._members("fold", fold, self._chain.fold(fold) == fold), FOLD_WEIGHT)
        if any(segment.find(form.encode()) for segment in self._segments):
            weights[form] = 1.0
        return weights

    def _members(self, grouping: Grouping, value: str, itself: bool) -> list[str]:
        """The forms whose term (or fold) is ``value``; ``itself``: ``value`` would be one."""
        found: dict[str, None] = {}
        for segment in self._segments:
            for number in segment.numbers(grouping, key_of(value)).tolist():
                found[segment.entry(number)[0].decode()] = None
            if itself and segment.find(value.encode()):
                found[value] = None
        return list(found)

    def with_prefix(self, prefix: str) -> list[str]:
        """All forms that begin with ``prefix``; where it has no accents, also those that do so once folded."""
        found = set()
        for segment in self._segments:
            found.update(segment.forms(*segment.prefixed(prefix.encode())))
        forms = {form.decode() for form in found}
        if self._chain.fold(prefix) == prefix:
            forms |= {form for fold, form in self._folded if fold.startswith(prefix)}
        return sorted(forms)

    def forms(self) -> Sequence[str]:
        """All forms, sorted. Cost: reads all of them, the first time."""
        return self._forms

    @cached_property
    def _forms(self) -> list[str]:
        found = set()
        for segment in self._segments:
            found.update(segment.forms(0, len(segment)))
        return sorted(form.decode() for form in found)

    @cached_property
    def _folded(self) -> list[tuple[str, str]]:
        """The forms that are not their own fold, each behind its fold."""
        found: dict[str, None] = {}
        for segment in self._segments:
            _, forms = segment.keys("fold")
            for number in sorted(set(forms.tolist())):
                found[segment.entry(number)[0].decode()] = None
        return [(self._chain.fold(form), form) for form in found]

    def frequency(self, form: str) -> int:
        """How many texts hold ``form``, title and body counted apart, deleted articles among them."""
        entries = (segment.find(form.encode()) for segment in self._segments)
        return sum(entry.titles + entry.bodies for entry in entries if entry is not None)
