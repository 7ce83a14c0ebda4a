"""What a query is worth in each document: its posting lists in groups, with what scores them.

What is counted over the index comes as :class:`Statistics`, so that an answer may be continued with the counts that it
began with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from index.columnar.arrays import F4, F8, U4
from index.engine import EngineReader, LanguageStatistics
from index.fields import TEXT_FIELDS
from search.kernels.fused import SHARES
from search.kernels.position_table import PositionTable
from search.lookup import Lookup
from search.made import Made
from search.passes import Passes, TextLeaf
from search.ranking import Ranking
from search.snippets.needles import Needle

Inner = Mapping[int, Sequence[tuple[U4, F4]]]
"""By the number of a leaf that is no word: in each segment the documents that meet it, ascending, and their shares."""


@dataclass(frozen=True, slots=True)
class Given:
    """The statistics that an answer began with."""

    articles: int
    languages: Mapping[str, LanguageStatistics]
    """Those in which leaves are met."""
    counts: Mapping[str, tuple[float, float]]
    """By key of a leaf and language, how many articles hold it in their title and in their body."""


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """The languages that a query is looked up in."""

    langs: tuple[str, ...]
    statistics: Mapping[str, LanguageStatistics]
    articles: F8
    """(languages,)"""
    words: F8
    """(2 * languages) average words of title and body."""
    all_articles: int

    @classmethod
    def of(cls, langs: Sequence[str], statistics: Mapping[str, LanguageStatistics]) -> Self:
        """Some languages of an index."""
        articles = np.array([statistics[lang].articles for lang in langs], np.float64)
        words = np.array([statistics[lang].words(name) for lang in langs for name in TEXT_FIELDS], np.float64)
        return cls(tuple(langs), statistics, articles, words, int(articles.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What scores hang on besides the documents themselves."""

    languages: Mapping[str, LanguageStatistics]
    articles: int
    """Of all languages."""
    counts: F8
    """(leaves, languages, 2) about how many articles hold a leaf in their title and in their body."""
    searched: Searched

    @classmethod
    def of(cls, searched: Searched, looked_up: Lookup) -> Statistics:
        """Those of a reader."""
        looked_up.count(searched.articles)
        return cls(searched.statistics, searched.all_articles, looked_up.counts, searched)

    def but_for(self, given: Given, looked_up: Lookup) -> Statistics:
        """These, where none are given."""
        counts = self.counts.copy()
        for leaf in looked_up.leaves:
            for lang in leaf.readings:
                if pair := given.counts.get(f"{leaf.key} {lang}"):
                    counts[looked_up.leaf_place(leaf), looked_up.place(lang)] = pair
        languages = {**self.languages, **given.languages}
        return Statistics(languages, given.articles, counts, Searched.of(self.searched.langs, languages))


class Plan:
    """A query over one reader, ready to run. Not for several threads."""

    def __init__(
        self,
        asked: Passes,
        searched: Searched,
        reader: EngineReader,
        positions: PositionTable,
        ranking: Ranking,
        given: Given | None = None,
        before: Lookup | None = None,
    ) -> None:
        """``given``: the statistics to score by, before those of the reader; ``before``: what was looked up before, as
        for :class:`search.lookup.Lookup`."""
        self.passes = asked
        self.searched = searched
        self.langs = searched.langs
        self.reader = reader
        self.ranking = ranking
        self.positions = positions
        self.found = Lookup(asked.texts, self.langs, reader, positions, before)
        self._given = given

    @cached_property
    def statistics(self) -> Statistics:
        """What scores hang on."""
        here = Statistics.of(self.searched, self.found)
        return here if self._given is None else here.but_for(self._given, self.found)

    @property
    def goes_on(self) -> bool:
        """Whether its scores hang on statistics that an answer began with."""
        return self._given is not None

    @property
    def lifted(self) -> int:
        """How many of the best documents are looked at for what lifts them: none where nothing lifts any."""
        ranking = self.ranking
        return ranking.lifted if self.passes.several and (ranking.near or ranking.in_title) else 0

    @cached_property
    def _everywhere(self) -> list[list[float]]:
        """By leaf and field, how many articles of any language hold it."""
        everywhere: list[list[float]] = self.statistics.counts.sum(axis=1).tolist()
        return everywhere

    def idf(self, leaf: TextLeaf, lang: str, name: str) -> float:
        """The worth of a leaf in a text field of one language."""
        place, field = self.found.leaf_place(leaf), TEXT_FIELDS.index(name)
        n = float(self.statistics.counts[place, self.found.place(lang), field])
        articles = self.statistics.languages[lang].articles
        return self.ranking.idf(n, articles, self._everywhere[place][field], self.statistics.articles)

    def needles(self, lang: str) -> dict[str, tuple[Needle, ...]]:
        """What to mark in the title and in the body of articles of ``lang``: the words that were looked for."""
        found: dict[str, list[Needle]] = {name: [] for name in TEXT_FIELDS}
        for leaf in self.wanted(lang):
            reading = leaf.readings[lang]
            steps = tuple(zip(reading.steps, self.found.forms(self.found.unit(leaf, lang)), strict=True))
            counts = self.statistics.counts[self.found.leaf_place(leaf), self.found.place(lang)]
            for field, name in enumerate(TEXT_FIELDS):
                if name in leaf.fields and counts[field]:
                    found[name].append(Needle(steps, reading.slop, self.idf(leaf, lang, name)))
        return {name: tuple(needles) for name, needles in found.items()}

    def wanted(self, lang: str) -> list[TextLeaf]:
        """The leaves that a match in ``lang`` should hold."""
        left_out = self.passes.left_out.get(lang, frozenset())
        return [leaf for leaf in self.passes.wanted if lang in leaf.readings and leaf.number not in left_out]

    # -- lists

    def ensure_lists(self) -> None:
        """Verifies the postings of all that was looked up."""
        rows, units = self.found.rows, self.found.units
        for number, segment in enumerate(self.reader.segments):
            here = (rows.segment == number) & (units >= 0)
            starts = rows.start[here]
            segment.ensure_postings(starts, starts + rows.titles[here] + rows.bodies[here])

    def made(self, inner: Inner) -> Made:
        """The lists of a pass that are not postings: phrases, conditions, inner passes."""
        made = self.found.made
        if not inner:
            return made
        units, places, lengths = [made.units], [made.places], [made.stops - made.starts]
        docs, values = [made.docs], [made.values]
        numbers = np.arange(len(self.reader.segments), dtype=np.int64)
        for place, of_segments in enumerate(inner.values()):
            units.append(np.full(len(numbers), -1 - place, np.int64))
            places.append(2 * numbers)
            lengths.append(np.array([len(here) for here, _ in of_segments], np.int64))
            docs += [here for here, _ in of_segments]
            values += [shares for _, shares in of_segments]
        length = np.concatenate(lengths)
        stops = np.cumsum(length, dtype=np.int64)
        kinds = np.full(len(stops), SHARES, np.uint8)
        kinds[: len(made.units)] = made.kinds
        return Made(
            np.concatenate(units),
            np.concatenate(places),
            stops - length,
            stops,
            kinds,
            np.concatenate(docs),
            np.concatenate(values),
        )
