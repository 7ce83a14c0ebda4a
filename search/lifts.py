"""What lifts a hit beyond the sum of its words: that they stand near each other, and all of them in the title.

Only the first :attr:`search.ranking.Ranking.lifted` documents by that sum are looked at, which is a definition, not an
approximation: a document is lifted where its key is not behind that of the last of these. No lift makes a score less,
so that the lifted ones still stand before all others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from index.columnar.arrays import B1, F4, I4, I8, U4
from index.engine import SegmentArrays
from index.fields import TEXT_FIELDS, field_language
from search.list_kernels import leaves_held
from search.plan import Plan
from search.positions import nearness

MOST_WORDS = 32
"""A query of more words is not lifted."""


class Lift(NamedTuple):
    """What lifts some documents; arrays of one length."""

    near: F4
    """0 to 1: see :func:`search.positions.nearness`."""
    in_title: B1
    """Whether all words stand in the title."""

    @classmethod
    def none(cls, count: int) -> Lift:
        """Nothing lifts them."""
        return cls(np.zeros(count, np.float32), np.zeros(count, np.bool_))


class _Words(NamedTuple):
    """The lists of a query's plain words in one text field of one language, by segment."""

    words: int
    """Words that there are in that language."""
    segments: I4
    leaves: I4
    starts: I8
    lengths: I8


class Lifts:
    """Looks at documents for what lifts them. Not for several threads."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._words: dict[tuple[str, str], _Words] = {}
        ranking = plan.ranking
        plain = [leaf for leaf in plan.passes.wanted if leaf.scored]
        self.apply = len(plain) > 1 and bool(ranking.near or ranking.in_title) and ranking.lifted > 0
        """Whether any document may be lifted."""

    def factors(self, lift: Lift) -> F4:
        """What scores are multiplied by."""
        ranking = self._plan.ranking
        lifted = np.float32(ranking.near) * lift.near + np.float32(ranking.in_title) * lift.in_title
        return np.asarray(np.float32(1) + lifted, np.float32)

    def of(self, docs: I8) -> Lift:
        """What lifts these documents, numbered in the reader. Cost: about a microsecond for each document and word,
        and some tens for each segment and language that they are of."""
        lift = Lift.none(len(docs))
        segments = self._plan.reader.segments
        bases = np.array([segment.base for segment in segments], np.int64)
        number_of = np.searchsorted(bases, docs, "right") - 1
        for number in np.unique(number_of).tolist():
            segment = segments[number]
            places = np.flatnonzero(number_of == number)
            local = (docs[places] - segment.base).astype(np.uint32)
            codes = segment.global_codes("lang")[segment.entries[local, 1]]
            for code in np.unique(codes).tolist():
                here = codes == code
                lang = field_language(self._plan.reader.values("lang")[code - 1]) if code else "und"
                near, in_title = self._of(segment, number, local[here], lang)
                lift.near[places[here]], lift.in_title[places[here]] = near, in_title
        return lift

    def _of(self, segment: SegmentArrays, number: int, docs: U4, lang: str) -> Lift:
        """What lifts documents of one language in one segment."""
        found = Lift.none(len(docs))
        body, title = self._of_field(lang, "body"), self._of_field(lang, "title")
        if not 1 < body.words <= MOST_WORDS:
            return found
        here = body.segments == number
        near = nearness(segment, docs, body.leaves[here], body.starts[here], body.lengths[here], body.words)
        here = title.segments == number
        starts, lengths = title.starts[here], title.lengths[here]
        held = np.zeros(len(docs), np.uint32)
        segment.ensure_postings(starts, starts + lengths)
        leaves_held(segment.docs, docs, title.leaves[here], starts, lengths, held)
        return Lift(near, held == 2**title.words - 1)

    def _of_field(self, lang: str, name: str) -> _Words:
        if (lang, name) not in self._words:
            self._words[lang, name] = self._look_up(lang, name)
        return self._words[lang, name]

    def _look_up(self, lang: str, name: str) -> _Words:
        """The lists of the words that stand alone and are asked for in a text field."""
        found = self._plan.found
        alone = [leaf for leaf in self._plan.wanted(lang) if leaf.scored and len(leaf.readings[lang].words) == 1]
        of_unit = np.full(len(found.leaves) * len(found.langs) + 1, -1, np.int32)
        for number, leaf in enumerate(alone):
            if name in leaf.fields:
                of_unit[found.unit(leaf, lang)] = number
        leaves = of_unit[found.units]  # a unit of -1 reads the last entry
        rows = np.flatnonzero(leaves >= 0)
        in_body = name == TEXT_FIELDS[1]
        starts = found.rows.start[rows] + (found.rows.titles[rows] if in_body else 0)
        lengths = found.rows.bodies[rows] if in_body else found.rows.titles[rows]
        return _Words(len(alone), found.rows.segment[rows], leaves[rows], starts, lengths)
