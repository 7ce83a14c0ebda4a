"""What a query is worth in each document: its posting lists in groups, with what scores them.

What is counted over the index comes as :class:`Statistics`, so that an answer may be continued with the counts that it
began with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np

from index.columnar.arrays import B1, F4, F8, I4, I8, U1, U4
from index.engine import EngineReader, LanguageStatistics
from index.fields import TEXT_FIELDS
from search.kernels import FREQUENCIES, POSTINGS, SHARES
from search.list_kernels import assemble, posting_entries
from search.lookup import Lookup
from search.needles import Needle
from search.passes import Pass, Passes, TextLeaf
from search.rank_kernels import rank_units
from search.ranking import Ranking

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
        return cls(searched.statistics, searched.all_articles, looked_up.counts(searched.articles), searched)

    def but_for(self, given: Given, looked_up: Lookup) -> Statistics:
        """These, where none are given."""
        counts = self.counts.copy()
        for leaf in looked_up.leaves:
            for lang in leaf.readings:
                if pair := given.counts.get(f"{leaf.key} {lang}"):
                    counts[looked_up.leaf_place(leaf), looked_up.place(lang)] = pair
        languages = {**self.languages, **given.languages}
        return Statistics(languages, given.articles, counts, Searched.of(self.searched.langs, languages))


class PassLists(NamedTuple):
    """The lists and groups of a pass in all segments, as :func:`search.kernels.search_segment` takes them."""

    starts: I8
    stops: I8
    weights: F4
    kinds: U1
    segment_languages: I8
    """(segments + 1) the languages of each segment, as places in ``language_groups``."""
    language_groups: I8
    group_lists: I8
    fields: U1
    bits: U4
    gates: U4
    scales: F4
    slopes: F4
    made_docs: U4
    made_values: F4


class _Ranks(NamedTuple):
    """The units of a pass in the order in which they are met, then its leaves that are no words; by rank."""

    rank_of: I4
    """(units,) the rank of each, -1 where it has none."""
    units: int
    """How many ranks are units."""
    blocks: I8
    """Which language a rank is of, counted from 0; the leaves that no language has come last, in one of their own."""
    bits: U4
    gates: U4
    scales: F4
    """(2 * ranks) by field; ``slopes`` and ``holds``, whether a text field is asked for, likewise."""
    slopes: F4
    holds: B1


class Plan:
    """A query over one reader, ready to run. Not for several threads."""

    def __init__(
        self,
        asked: Passes,
        searched: Searched,
        reader: EngineReader,
        ranking: Ranking,
        given: Given | None = None,
    ) -> None:
        """``given``: the statistics to score by, before those of the reader."""
        self.passes = asked
        self.langs = searched.langs
        self.reader = reader
        self.ranking = ranking
        self.found = Lookup(asked.texts, self.langs, reader)
        here = Statistics.of(searched, self.found)
        self.statistics = here if given is None else here.but_for(given, self.found)

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

    def lists(self, one: Pass, inner: Inner) -> PassLists:
        """The lists of a pass; ``inner``: those of its leaves that are no words."""
        ranks = self._ranked(one, tuple(inner))
        span = max(ranks.units + len(inner), 1)
        keys, starts, stops, weights = self._postings(ranks, span)
        segments = self.reader.segments
        bounds = np.searchsorted(keys, 2 * span * np.arange(len(segments) + 1)).tolist()
        for segment, (low, high) in zip(segments, pairwise(bounds), strict=True):
            if low < high:
                segment.ensure_postings(starts[low:high], stops[low:high])
        kinds = np.full(len(keys), POSTINGS, np.uint8)
        docs, values = _NOTHING
        made = self._made(ranks, span, tuple(inner.values()))
        if len(made.keys):
            keys = np.concatenate((keys, made.keys))
            by_key = np.argsort(keys, kind="stable")
            keys = keys[by_key]
            starts = np.concatenate((starts, made.starts))[by_key]
            stops = np.concatenate((stops, made.stops))[by_key]
            weights = np.concatenate((weights, np.ones(len(made.keys), np.float32)))[by_key]
            kinds = np.concatenate((kinds, made.kinds))[by_key]
            docs, values = made.docs, made.values
        return _assembled(keys, starts, stops, weights, kinds, ranks, len(self.reader.segments), span, docs, values)

    def _ranked(self, one: Pass, inner: tuple[int, ...]) -> _Ranks:
        """The units of a pass that are met: language by language, those that a document must have first, and of these
        the rarest. No document gets another score by the order, but for rounding: it hangs on the statistics alone."""
        found, ranking = self.found, self.ranking
        units = len(found.leaves) * len(self.langs)
        room = units + len(inner)
        rank_of = np.full(units, -1, np.int32)
        blocks, bits, gates = np.empty(room, np.int64), np.empty(room, np.uint32), np.zeros(room, np.uint32)
        scales, slopes = np.zeros(2 * room, np.float32), np.zeros(2 * room, np.float32)
        holds = np.zeros(2 * room, np.bool_)
        statistics = self.statistics
        ranks, _ = rank_units(
            statistics.counts.reshape(-1),
            len(found.leaves),
            len(self.langs),
            statistics.searched.articles,
            statistics.articles,
            statistics.searched.words,
            np.array([ranking.weights[name] * (ranking.k1 + 1) for name in TEXT_FIELDS]),
            ranking.k1 * ranking.b,
            ranking.shrink,
            np.array([one.bits.get(leaf.number, -1) for leaf in found.leaves], np.int32),
            np.array([leaf.scored for leaf in found.leaves], np.bool_),
            np.array([leaf.boost for leaf in found.leaves], np.float64),
            np.array([name in leaf.fields for leaf in found.leaves for name in TEXT_FIELDS], np.bool_),
            np.array([one.program_of[lang] for lang in self.langs], np.int32),
            np.array([leaf.number in asked for asked in one.leaves for leaf in found.leaves], np.bool_),
            np.array([program.required for program in one.programs], np.uint32),
            int(one.counting),
            rank_of,
            blocks,
            bits,
            gates,
            scales,
            slopes,
            holds,
        )
        for rank, number in enumerate(inner, ranks):
            blocks[rank] = len(self.langs)
            bits[rank] = one.bits[number] + 1 if one.counting else 1 << one.bits[number]
            gates[rank] = 0
        return _Ranks(rank_of, ranks, blocks, bits, gates, scales, slopes, holds)

    def _postings(self, ranks: _Ranks, span: int) -> tuple[I8, I8, I8, F4]:
        """The posting lists of a pass by segment, rank and field: their keys, where they start and stop, weights."""
        rows, found = self.found.rows, self.found
        most = 2 * len(rows.asked)
        keys, starts, stops = (np.empty(most, np.int64) for _ in range(3))
        weights = np.empty(most, np.float32)
        count = posting_entries(
            found.order,
            found.units,
            ranks.rank_of,
            ranks.holds,
            span,
            rows.segment,
            rows.weight,
            rows.start,
            rows.titles,
            rows.bodies,
            keys,
            starts,
            stops,
            weights,
        )
        by_key = np.argsort(keys[:count], kind="stable")
        return keys[by_key], starts[by_key], stops[by_key], weights[by_key]

    def _made(self, ranks: _Ranks, span: int, inner: Sequence[Sequence[tuple[U4, F4]]]) -> _MadeLists:
        """The lists of a pass that are not postings: phrases, conditions, inner passes."""
        keys: list[int] = []
        lengths: list[int] = []
        kinds: list[int] = []
        docs, values = [], []
        for segment, made in enumerate(self.found.made):
            ends = made.ends.tolist()
            for place, (unit, field) in enumerate(zip(made.units.tolist(), made.fields.tolist(), strict=True)):
                first, last = ends[place], ends[place + 1]
                rank = int(ranks.rank_of[unit])
                if rank >= 0 and first < last:
                    keys.append(2 * (segment * span + rank) + field)
                    lengths.append(last - first)
                    kinds.append(FREQUENCIES)
                    docs.append(made.docs[first:last])
                    values.append(made.values[first:last])
        for rank, of_segments in enumerate(inner, ranks.units):
            for segment, (here, shares) in enumerate(of_segments):
                keys.append(2 * (segment * span + rank))
                lengths.append(len(here))
                kinds.append(SHARES)
                docs.append(here)
                values.append(shares)
        if not keys:
            return _NO_LISTS
        stops = np.cumsum(lengths, dtype=np.int64)
        return _MadeLists(
            np.array(keys, np.int64),
            stops - np.array(lengths, np.int64),
            stops,
            np.array(kinds, np.uint8),
            np.concatenate(docs),
            np.concatenate(values),
        )


class _MadeLists(NamedTuple):
    """Lists that were made for the query, by segment, rank and field."""

    keys: I8
    starts: I8
    stops: I8
    kinds: U1
    docs: U4
    values: F4


_NOTHING = np.empty(0, np.uint32), np.empty(0, np.float32)
_NO_LISTS = _MadeLists(
    np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8), *_NOTHING
)


def _assembled(
    keys: I8,
    starts: I8,
    stops: I8,
    weights: F4,
    kinds: U1,
    ranks: _Ranks,
    segments: int,
    span: int,
    made_docs: U4,
    made_values: F4,
) -> PassLists:
    """Lists, in order of their keys, as groups."""
    count = len(keys)
    segment_languages = np.empty(segments + 1, np.int64)
    language_groups, group_lists = np.empty(count + 1, np.int64), np.empty(count + 1, np.int64)
    fields = np.empty(count, np.uint8)
    bits, gates = np.empty(count, np.uint32), np.empty(count, np.uint32)
    scales, slopes = np.empty(count, np.float32), np.empty(count, np.float32)
    assemble(
        keys,
        segments,
        span,
        ranks.blocks,
        ranks.bits,
        ranks.gates,
        ranks.scales,
        ranks.slopes,
        segment_languages,
        language_groups,
        group_lists,
        fields,
        bits,
        gates,
        scales,
        slopes,
    )
    return PassLists(
        starts,
        stops,
        weights,
        kinds,
        segment_languages,
        language_groups,
        group_lists,
        fields,
        bits,
        gates,
        scales,
        slopes,
        made_docs,
        made_values,
    )
