"""Stock Whoosh's side of searching, over an index that :mod:`benchmarks.stock` made.

An answer is one search of the top twenty with exact total and four groupings, and one more search for each filter,
since each facet leaves out its own. Queries are built, not parsed; words are alternatives in ``title`` and ``body``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from whoosh.index import open_dir
from whoosh.query import And, DateRange, Every, FuzzyTerm, Or, Phrase, Prefix, Query, Term
from whoosh.sorting import FieldFacet

from benchmarks.queries import PER_PAGE, Question
from benchmarks.stock import schema

_FACETS = {"section": "section", "lang": "lang", "source": "source", "published": "month"}
"""The field that each filter's facet counts."""


@dataclass(frozen=True, slots=True)
class Built:
    """The queries of one question."""

    question: Question
    whole: Query
    groupings: tuple[tuple[Query, dict[str, Any]], ...]


class Stock:
    """Answers questions."""

    def __init__(self, folder: Path) -> None:
        self._searcher = open_dir(str(folder)).searcher()
        self._analyser = schema()["body"].analyzer

    @property
    def segments(self) -> int:
        return len(self._searcher.leaf_searchers())

    def forget(self) -> None:
        """Nothing is remembered."""

    def prepare(self, question: Question) -> Built:
        """Builds the queries."""
        text, filters = self._text(question), _filters(question)
        groupings = {name: FieldFacet(field) for name, field in _FACETS.items() if name not in filters}
        others = [
            (
                _all([text, *(query for other, query in filters.items() if other != name)]),
                {name: FieldFacet(_FACETS[name])},
            )
            for name in filters
        ]
        whole = _all([text, *filters.values()])
        return Built(question, whole, ((whole, groupings), *others))

    def answer(self, built: Built) -> int:
        """Page, total and facets; returns the total."""
        return len(self._found(built)[1])

    def planned(self, question: Question) -> int:
        """The same, with the building of the queries."""
        return self.answer(self.prepare(question))

    def whole(self, question: Question) -> int:
        """The same, with the stored fields of each hit and its passages."""
        page, results = self._found(self.prepare(question))
        for hit in page:
            hit.fields()
            if question.kind != "browse":
                hit.highlights("body")
        return len(results)

    def _found(self, built: Built) -> tuple[Sequence[Any], Any]:
        question = built.question
        last = question.page * PER_PAGE
        order = {"sortedby": "published", "reverse": True} if question.kind == "browse" else {}
        results = None
        for query, grouping in built.groupings:
            found = self._searcher.search(
                query, limit=last, groupedby=dict(grouping), **(order if results is None else {})
            )
            for name in grouping:
                found.groups(name)
            results = found if results is None else results
        assert results is not None
        return results[last - PER_PAGE : last], results

    def _text(self, question: Question) -> Query:
        match question.kind:
            case "browse":
                return Every()
            case "phrase":
                words = [self._stem(word) for word in question.words]
                return Or([Phrase("title", words), Phrase("body", words)])
            case "prefix":
                return Or([Prefix("title", question.words[0]), Prefix("body", question.words[0])])
            case "fuzzy":
                word, most = self._stem(question.words[0]), question.distance
                return Or([FuzzyTerm(name, word, maxdist=most) for name in ("title", "body")])
        words = [Or([Term("title", word), Term("body", word)]) for word in map(self._stem, question.words)]
        return Or(words) if question.kind == "any" else _all(words)

    def _stem(self, word: str) -> str:
        return next((token.text for token in self._analyser(word)), word)


def _filters(question: Question) -> dict[str, Query]:
    filters: dict[str, Query] = {}
    if question.section:
        filters["section"] = Term("section", question.section)
    if question.lang:
        filters["lang"] = Term("lang", question.lang)
    if question.first_day and question.last_day:
        first, last = (
            datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (question.first_day, question.last_day)
        )
        filters["published"] = DateRange("published", first, last.replace(hour=23, minute=59, second=59))
    return filters


def _all(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else And(list(queries))
