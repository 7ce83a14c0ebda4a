"""Which values a filter or a condition of the query names, as tables that the kernel reads by code.

Tables are over the values of the whole index: a code is the place of a value and one, 0 is none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import translate
from functools import cached_property, lru_cache

import numpy as np
from whoosh.query import Prefix, Query, Term, TermRange, Wildcard

from index.analysis import chain_for
from index.columnar.arrays import B1, I4, U4
from index.dates import span_of
from index.engine import NO_DATE, EngineReader, SegmentArrays
from index.fields import field_language
from search.facets import Chosen, Counts
from search.kernels.segment_table import SegmentTable, ValueNumbers
from search.request import SearchRequest
from search.stretches import Stretches

_COLUMNS = ("section", "lang", "source")
"""Of :attr:`index.engine.SegmentArrays.entries`, the first ones."""


class Values:
    """The values of one column, found by the words that name them. Immutable. Cost: some microseconds a value, once."""

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values
        self._place = {value: place for place, value in enumerate(values)}
        self._by_text: defaultdict[str, list[int]] = defaultdict(list)
        self._by_word: defaultdict[str, set[int]] = defaultdict(set)
        for place, value in enumerate(values):
            self._by_text[value.casefold()].append(place)
            for word in _words(value):
                self._by_word[word].add(place)

    def named(self, leaf: Query) -> list[int]:
        """The places of the values that a condition names: by all of their text, case aside, or by words of it:
        ``author:schmidt`` finds "Anna Schmidt"."""
        text = leaf.text.casefold()
        if isinstance(leaf, (Prefix, Wildcard)):
            glob = (text if isinstance(leaf, Wildcard) else f"{text}*").replace("[", "[[]")
            fits = re.compile(translate(glob)).match
            found = {place for word, places in self._by_word.items() if fits(word) for place in places}
            return sorted(found.union(*(places for value, places in self._by_text.items() if fits(value))))
        assert isinstance(leaf, Term)
        if leaf.fieldname == "lang":
            return self._by_text.get(text.replace("_", "-").split("-")[0], [])
        sets = [self._by_word.get(word, set()) for word in _words(leaf.text)]
        return sorted(set(self._by_text.get(text, ())) | (set.intersection(*sets) if sets else set()))

    def table(self, places: Iterable[int]) -> B1:
        """(values + 1) true for the values at these places."""
        table = np.zeros(len(self.values) + 1, np.bool_)
        table[np.fromiter(places, np.int64) + 1] = True
        return table

    def places(self, texts: Iterable[str]) -> list[int]:
        """The places of these very values, of those that are there."""
        return [self._place[text] for text in texts if text in self._place]


def dated_within(segment: SegmentArrays, leaf: Query) -> U4:
    """The documents of a segment that a condition on the date names; undated ones never are."""
    assert isinstance(leaf, TermRange)
    published = segment.published
    mask = published != NO_DATE
    if leaf.start:
        mask &= published >= span_of(leaf.start).first
    if leaf.end:
        mask &= published <= span_of(leaf.end).last
    return np.flatnonzero(mask).astype(np.uint32)


def having(segment: SegmentArrays, name: str, wanted: B1) -> U4:
    """The documents of a segment whose ``section``, ``lang`` or ``source`` is wanted; ``wanted`` by code of the index,
    none included."""
    codes = segment.entries[:, _COLUMNS.index(name)]
    return np.flatnonzero(wanted[segment.global_codes(name)][codes]).astype(np.uint32)


def written_by(segment: SegmentArrays, wanted: B1) -> U4:
    """The documents of a segment one of whose authors is wanted; ``wanted`` by code of the index."""
    here = wanted[segment.global_codes("author")]
    owners = np.searchsorted(segment.authors_at, np.flatnonzero(here[segment.authors]), "right") - 1
    return np.unique(owners).astype(np.uint32)


class Conditions:
    """The values of one reader, each column's made when first asked for. Safe for several threads: what two make at
    once is the same."""

    def __init__(self, reader: EngineReader) -> None:
        self._reader = reader
        self._made: dict[str, Values] = {}
        self._counts: Counts | None = None
        self._places: dict[tuple[str, ...], I4] = {}

    def counts(self, count: Callable[[], Counts]) -> Counts:
        """How many of all documents have each value; ``count`` is called once."""
        if self._counts is None:
            self._counts = count()
        return self._counts

    @cached_property
    def table(self) -> SegmentTable:
        """The segments as kernels read them in every search."""
        return SegmentTable(self._reader)

    @cached_property
    def stretches(self) -> Stretches:
        """Where the newest and the oldest documents stand."""
        return Stretches(self._reader)

    @property
    def numbers(self) -> ValueNumbers:
        """How the values of all columns are numbered."""
        return self.table.numbers

    def language_places(self, langs: tuple[str, ...]) -> I4:
        """By number of a value, whose text fields of ``langs`` articles of that language take, as a place there; -1
        for none, and for what is no language."""
        if langs not in self._places:
            places = np.full(self.numbers.of["lang"].stop, -1, np.int32)
            of_lang = {lang: place for place, lang in enumerate(langs)}
            fields = map(field_language, self._reader.values("lang"))
            places[self.numbers.of["lang"]][1:] = [of_lang.get(lang, -1) for lang in fields]
            self._places[langs] = places
        return self._places[langs]

    def values(self, name: str) -> Values:
        """Those of ``section``, ``lang``, ``source`` or ``author``."""
        if name not in self._made:
            self._made[name] = Values(self._reader.values(name))
        return self._made[name]


def fails(conditions: Conditions, request: SearchRequest) -> dict[str, B1]:
    """By facet (values + 1) which values the filters of a request turn away; only facets that it filters by."""
    tables = {}
    for name, chosen, excluded in _filtered(request):
        values = conditions.values(name)
        failing = ~values.table(values.places(chosen)) if chosen else np.zeros(len(values.values) + 1, np.bool_)
        tables[name] = failing | values.table(values.places(excluded)) if excluded else failing
    return tables


def _filtered(request: SearchRequest) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """The facets that a request filters by, the values that it asks for and those that it excludes."""
    every = (
        ("section", request.sections, request.exclude_sections),
        ("lang", request.langs, request.exclude_langs),
        ("source", request.sources, request.exclude_sources),
        ("author", request.authors, ()),
    )
    return (one for one in every if one[1] or one[2])


def chosen_of(request: SearchRequest) -> Chosen:
    """The values of each facet that a request asks for."""
    chosen = {
        "section": request.sections,
        "lang": request.langs,
        "source": request.sources,
        "author": request.authors,
    }
    return chosen.__getitem__


@lru_cache(maxsize=50_000)
def _words(text: str) -> frozenset[str]:
    chain = chain_for("und")
    return frozenset(chain.fold(word.form) for word in chain.query_words(text))
