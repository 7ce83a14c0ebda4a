"""Why a hit stands where it stands: what each word gave to its score, in which form and field."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from index.columnar.arrays import I8
from index.engine import FOLD_WEIGHT, TERM_WEIGHT, SegmentArrays
from index.fields import TEXT_FIELDS
from search.execution import Execution, Wanted
from search.kernels.lists import places_of
from search.lifts import Lifts
from search.passes import Pass, TextLeaf
from search.plan import Plan
from search.result import Explanation, Share, Way

_WAYS: dict[float, Way] = {1.0: "exact", FOLD_WEIGHT: "accents", TERM_WEIGHT: "form"}
_PATTERN_WAYS: dict[str, Way] = {"prefix": "pattern", "wildcard": "pattern", "fuzzy": "fuzzy"}


class Explainer:
    """Explains hits of one answer. Not for several threads."""

    def __init__(self, plan: Plan, execution: Execution, wanted: Wanted, *, lifted: bool) -> None:
        """``lifted``: whether the answer is ordered by relevance, so that its first hits may be lifted."""
        self._plan = plan
        self._execution = execution
        self._wanted = wanted
        self._lifts = Lifts(plan) if lifted else None
        self._lists: dict[tuple[int, int, int], tuple[I8, I8, I8]] = {}

    def explain(self, doc: int, lang: str, score: float) -> Explanation:
        """Why the document, of a language whose text fields it takes, has this score. Cost: some microseconds for each
        word, and some tens of nanoseconds for each form that was looked for in the language."""
        number = int(np.searchsorted([one.base for one in self._plan.reader.segments], doc, "right")) - 1
        segment = self._plan.reader.segments[number]
        local = doc - segment.base
        shares = [
            share
            for leaf in self._counted(self._plan.passes.top, number, local, lang)
            for share in self._shares(leaf, segment, number, local, lang)
        ]
        recent = self._execution.recency(segment, local, self._wanted)
        by_words = sum(share.share for share in shares) * recent
        lift = self._lifts.of(np.array([doc])) if self._lifts is not None and self._lifts.apply else None
        lifted = lift is not None and by_words > 0 and score / by_words > 1 + 1e-5
        return Explanation(
            tuple(sorted(shares, key=lambda share: -share.share)),
            near=float(lift.near[0]) if lift is not None and lifted else 0.0,
            in_title=bool(lift.in_title[0]) if lift is not None and lifted else False,
            lift=score / by_words if lifted else 1.0,
            recent=recent,
        )

    def _counted(self, one: Pass, number: int, doc: int, lang: str) -> Iterator[TextLeaf]:
        """The leaves whose words count for a document: not those of parts that it does not match."""
        asked = one.asked[one.programs.of_place[self._plan.found.place(lang)]]
        for leaf in one.texts:
            if asked[leaf.number] and leaf.scored:
                yield leaf
        for part in one.inner:
            if asked[part.number] and self._execution.is_met(one, part.number, number, doc):
                yield from self._counted(part.found_by, number, doc, lang)

    def _shares(self, leaf: TextLeaf, segment: SegmentArrays, number: int, doc: int, lang: str) -> Iterator[Share]:
        """What a leaf gives, form by form."""
        if lang not in leaf.readings:
            return
        ranking, reading = self._plan.ranking, leaf.readings[lang]
        average = self._plan.statistics.languages[lang]
        for field, name in enumerate(TEXT_FIELDS):
            if name not in leaf.fields:
                continue
            found = list(self._found(leaf, segment, number, doc, lang, field))
            frequency = sum(weight * count for _, weight, count in found)
            if not frequency:
                continue
            length = int(segment.words[doc, field])
            saturated = frequency / (frequency + ranking.fixed + ranking.slope(average.words(name)) * length)
            worth = ranking.weights[name] * leaf.boost * self._plan.idf(leaf, lang, name) * (ranking.k1 + 1)
            for form, weight, count in found:
                way = "phrase" if len(reading.words) > 1 else _PATTERN_WAYS.get(reading.kind) or _WAYS[weight]
                yield Share(form, name, way, count, worth * saturated * weight * count / frequency)

    def _found(
        self, leaf: TextLeaf, segment: SegmentArrays, number: int, doc: int, lang: str, field: int
    ) -> Iterator[tuple[str, float, int]]:
        """The forms of a leaf that a text holds: form, weight, how often. A phrase as one, by its weighted count."""
        found, unit = self._plan.found, self._plan.found.unit(leaf, lang)
        if len(leaf.readings[lang].words) > 1:
            count = found.phrase_count(unit, field, number, doc)
            if count:
                yield " ".join(word.form for word in leaf.readings[lang].words), count, 1
            return
        rows, starts, stops = self._lists_of(unit, number, field)
        places = np.empty(len(rows), np.int64)
        places_of(segment.docs, starts, stops, doc, places)
        for one in np.flatnonzero(places >= 0).tolist():
            row = int(rows[one])
            yield found.form(row), round(float(found.rows.weight[row]), 6), _frequency(segment, int(places[one]))

    def _lists_of(self, unit: int, number: int, field: int) -> tuple[I8, I8, I8]:
        """The lists of a unit of one word in a text field of a segment: their rows, and where they begin and end."""
        key = (unit, number, field)
        if key not in self._lists:
            rows = self._plan.found.rows
            chosen = np.flatnonzero((self._plan.found.units == unit) & (rows.segment == number))
            starts = rows.start[chosen] + (rows.titles[chosen] if field else 0)
            self._lists[key] = chosen, starts, starts + (rows.bodies[chosen] if field else rows.titles[chosen])
        return self._lists[key]


def _frequency(segment: SegmentArrays, posting: int) -> int:
    at = int(np.searchsorted(segment.many_at, posting))
    if at < len(segment.many_at) and segment.many_at[at] == posting:
        return int(segment.many[at])
    return int(segment.freqs[posting])
