"""One consistent view of the index, as :class:`index.engine.EngineReader` promises.

Documents of all segments are numbered on: segment after segment, in the order of the manifest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from index.analysis.keys import key_of
from index.article import Article
from index.columnar.arrays import B1, I4, I8, U4, U8
from index.columnar.columns import NO_CODE
from index.columnar.form_lookup import FormLookup
from index.columnar.form_scan import FormScans
from index.columnar.global_values import GlobalValues
from index.columnar.manifest import Manifest
from index.columnar.segment import LiveSegment
from index.columnar.segment_arrays import LiveArrays, language_statistics, living_counts
from index.dates import iso_day
from index.engine import NO_DATE, AskedWord, FormLists, IndexStats, LanguageStatistics
from index.fields import TEXT_FIELDS, split_text_field
from index.remembered import Remembered

if TYPE_CHECKING:
    from whoosh.reading import IndexReader


_PATTERN_BYTES = 24_000_000
"""What is remembered of the answers to patterns, for searches that find nothing and look again with their words joined
otherwise: that many bytes hold a third of a million forms."""


class ColumnarReader:
    """See :class:`index.engine.EngineReader`."""

    def __init__(self, manifest: Manifest, segments: Sequence[LiveSegment]) -> None:
        self.generation = manifest.generation
        self.live = tuple(segments)
        self.bases = tuple(np.cumsum([0, *(len(one.segment) for one in segments)]).tolist())
        self.columns = GlobalColumns(self.live)
        self._values = GlobalValues([one.segment.columns for one in segments])
        self.segments = tuple(
            LiveArrays(one, number, self.bases[number], self._values) for number, one in enumerate(segments)
        )
        self._forms = FormLookup(self.live, self.segments)
        self._patterns: Remembered[FormLists] = Remembered(_PATTERN_BYTES, lambda lists: lists.nbytes)
        live = self.live  # itself, or what is here would hold each other and keep files open until a collection
        self._scans = FormScans(lambda: [one.segment.outlines for one in live], self._forms.living)

    @property
    def problem(self) -> str | None:
        """The first damage that any use of the index's files has met."""
        return next((one.segment.problem for one in self.live if one.segment.problem is not None), None)

    @cached_property
    def whoosh(self) -> IndexReader:
        """The index through Whoosh's reader interface."""
        from index.columnar.whoosh_reader import whoosh_reader

        return whoosh_reader(self)

    def languages(self) -> list[str]:
        """The languages that live articles have, the most frequent first."""
        return list(self._counts("lang"))

    def find_words(self, asked: Sequence[AskedWord]) -> FormLists:
        """The forms that typed words match."""
        return self._forms.words(asked)

    def find_prefixes(self, asked: Sequence[tuple[str, str]]) -> FormLists:
        """All forms of a language that begin with a prefix. The last answers to patterns are remembered."""
        return self._patterns.get(("prefixes", tuple(asked)), lambda: self._forms.prefixes(asked))

    def forget_patterns(self) -> None:
        """Lets go of the answers to patterns that are remembered."""
        self._patterns.forget()

    def find_wildcards(self, asked: Sequence[tuple[str, str]], most: int) -> FormLists:
        """The most frequent forms of a language that a pattern describes."""
        key = ("wildcards", tuple(asked), most)
        return self._patterns.get(key, lambda: self._scans.wildcards(asked, most))

    def find_fuzzy(self, asked: Sequence[tuple[str, str, int]], most: int, *, fixed: int = 0) -> FormLists:
        """The most frequent forms of a language near a form."""
        key = ("fuzzy", tuple(asked), most, fixed)
        return self._patterns.get(key, lambda: self._scans.fuzzy(asked, most, fixed))

    def values(self, name: str) -> list[str]:
        """All values of ``section``, ``lang``, ``source`` or ``author``, sorted."""
        return self._values.values(name)

    def days(self) -> I4:
        """All days that dated documents have, sorted."""
        return self._values.days()

    def language_statistics(self) -> Mapping[str, LanguageStatistics]:
        """Of the living articles of each language whose text fields some take. Cost: one pass, the first time."""
        return self._statistics

    @cached_property
    def _statistics(self) -> Mapping[str, LanguageStatistics]:
        return language_statistics(self.segments, self._values.values("lang"))

    def postings(self, field: str, form: str) -> tuple[I8, NDArray[np.float32]]:
        """Live documents that hold ``form``, ascending, and how often each does."""
        docs, freqs = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for base, live, start, stop in self._lists(field, form):
            found = live.segment.postings.docs(start, stop)
            alive = live.alive[found]
            docs.append(found[alive].astype(np.int64) + base)
            freqs.append(live.segment.postings.freqs(start, stop)[alive].astype(np.float32))
        return np.concatenate(docs), np.concatenate(freqs)

    def positions(self, field: str, form: str) -> dict[int, list[int]]:
        """Where ``form`` stands in each live document that holds it."""
        places: dict[int, list[int]] = {}
        for base, live, start, stop in self._lists(field, form):
            docs = live.segment.postings.docs(start, stop)
            freqs, positions = live.segment.postings.positions(start, stop)
            ends = np.cumsum(freqs).tolist()
            flat = positions.tolist()
            alive = live.alive[docs].tolist()
            for doc, first, last, lives in zip(docs.tolist(), [0, *ends], ends, alive, strict=False):
                if lives:
                    places[doc + base] = flat[first:last]
        return places

    def article(self, doc: int) -> Article:
        """The article with this global document number."""
        at = bisect_right(self.bases, doc) - 1
        if not 0 <= at < len(self.live):
            raise IndexError(f"no document {doc}")
        return self.live[at].segment.article(doc - self.bases[at])

    def doc_of(self, article_id: str) -> int | None:
        """The live document with this id."""
        key = key_of(article_id)
        for base, live in zip(self.bases, self.live, strict=False):
            for doc in live.segment.columns.doc_of(article_id, key):
                if live.alive[doc]:
                    return int(base + doc)
        return None

    def ids(self) -> list[str]:
        """The article ids, document by document."""
        return [one for live in self.live for one in live.segment.columns.ids().strings()]

    def stats(self, bytes_on_disk: int, bytes_by_part: Mapping[str, int]) -> IndexStats:
        """What the index holds. Cost: one pass over the columns."""
        dates = self.columns.published[self.columns.live]
        dates = dates[dates != NO_DATE]
        return IndexStats(
            articles=int(self.columns.live.sum()),
            languages=self._counts("lang"),
            sections=self._counts("section"),
            sources=self._counts("source"),
            first_published=iso_day(int(dates.min())) if len(dates) else None,
            last_published=iso_day(int(dates.max())) if len(dates) else None,
            bytes_on_disk=bytes_on_disk,
            bytes_by_part=bytes_by_part,
            segments=len(self.live),
            generation=self.generation,
        )

    def close(self) -> None:
        """The files are let go when no one uses what was read of them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lists(self, field: str, form: str) -> Iterator[tuple[int, LiveSegment, int, int]]:
        """Where the postings of ``form`` stand: base, segment, first posting, and behind the last."""
        name, lang = split_text_field(field)
        wanted = form.encode()
        for base, live in zip(self.bases, self.live, strict=False):
            forms = live.segment.lexicon.languages.get(lang)
            entry = None if forms is None else forms.find(wanted)
            if entry is not None:
                middle = entry.start + entry.titles
                yield base, live, *((entry.start, middle) if name == "title" else (middle, middle + entry.bodies))

    def _counts(self, name: str) -> dict[str, int]:
        """How many living articles have each value, the most frequent first."""
        return living_counts(self.segments, name, self.values(name))


class GlobalColumns:
    """See :class:`index.engine.Columns`: the columns of all segments as one, each put together when first asked for."""

    def __init__(self, segments: Sequence[LiveSegment]) -> None:
        self._segments = segments
        self._codes: dict[str, tuple[I4, list[str]]] = {}

    @cached_property
    def live(self) -> B1:
        return np.concatenate([np.empty(0, np.bool_), *(one.alive for one in self._segments)])

    @cached_property
    def published(self) -> I8:
        return self._numbers("published", np.int64)

    @cached_property
    def id_keys(self) -> U8:
        return self._numbers("id_keys", np.uint64)

    def lengths(self, name: str) -> I4:
        """Words in the text field ``name`` of each document."""
        return self._lengths[name]

    @cached_property
    def _lengths(self) -> Mapping[str, I4]:
        words = self._numbers("words", np.int32)
        return {name: words[at::2].copy() for at, name in enumerate(TEXT_FIELDS)}

    def codes(self, name: str) -> tuple[I4, list[str]]:
        """Codes into a sorted list of values; -1 where a document has none."""
        if name not in self._codes:
            parts = [one.segment.columns.coded(name) for one in self._segments]
            values = sorted({value for part in parts for value in part.values})
            codes = [_global_codes(part.codes, part.values, values) for part in parts]
            self._codes[name] = np.concatenate([np.empty(0, np.int32), *codes]), values
        return self._codes[name]

    @cached_property
    def authors(self) -> tuple[I8, I4, list[str]]:
        """Offsets (documents + 1), codes, values: document *d* has ``codes[offsets[d]:offsets[d + 1]]``."""
        parts = [one.segment.columns.authors() for one in self._segments]
        values = sorted({value for part in parts for value in part.each.values})
        codes = [_global_codes(part.each.codes, part.each.values, values) for part in parts]
        offsets, total = [np.zeros(1, np.int64)], 0
        for part in parts:
            offsets.append(part.at[1:] + total)
            total += int(part.at[-1])
        return np.concatenate(offsets), np.concatenate([np.empty(0, np.int32), *codes]), values

    def _numbers(self, name: str, kind: type[np.generic]) -> NDArray[Any]:
        parts = [one.segment.columns.numbers(name) for one in self._segments]
        whole = parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, kind), *parts])
        return whole.astype(kind, copy=False)


def _global_codes(codes: U4, values: Sequence[str], every: Sequence[str]) -> I4:
    """Codes into ``values`` as codes into ``every``, which holds all of these; none becomes -1."""
    place = {value: code for code, value in enumerate(every)}
    table = np.array([*(place[value] for value in values), -1], np.int32)
    return table[np.where(codes == NO_CODE, len(values), codes)]
