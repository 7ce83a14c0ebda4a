"""The peer's side of searching: tantivy over an index that :mod:`benchmarks.peer` made.

An answer is one search (top twenty, exact total) and one aggregation (three facets of terms, a histogram of 30 days),
with one more aggregation for each filter, since each facet leaves out its own. Queries are built, not parsed: for each
word ``title`` and ``body`` are alternatives, the title weighs 2.5; filters are queries of a constant score; a prefix is
a regular expression (a fuzzy query of distance 0 that may go on takes three times as long); fuzzy words count two
letters exchanged as one change. What is found is told by tantivy's own addresses, which costs it no look at the
documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from benchmarks.queries import MONTH, PER_PAGE, Question

_FACETS: dict[str, Any] = {
    **{name: {"terms": {"field": name, "size": 10}} for name in ("section", "source", "lang")},
    "published": {"date_histogram": {"field": "published", "fixed_interval": MONTH}},
}
TITLE_WEIGHT = 2.5


@dataclass(frozen=True, slots=True)
class Built:
    """The queries of one question."""

    question: Question
    text: Query
    whole: Query
    aggregations: tuple[tuple[Query, dict[str, Any]], ...]


class Peer:
    """Answers questions."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self._analyser = analyser()

    @property
    def segments(self) -> int:
        return int(self._searcher.num_segments)

    def forget(self) -> None:
        """Nothing is remembered."""

    def prepare(self, question: Question) -> Built:
        """Builds the queries."""
        text = self._text(question)
        filters = self._filters(question)
        whole = _all([text, *filters.values()])
        aggregations = {name: what for name, what in _FACETS.items() if name not in filters}
        others = [
            (_all([text, *(query for other, query in filters.items() if other != name)]), {name: _FACETS[name]})
            for name in filters
        ]
        return Built(question, text, whole, ((whole, aggregations), *others))

    def answer(self, built: Built) -> int:
        """Page, total and facets; returns the total."""
        return int(self._found(built).count)

    def planned(self, question: Question) -> int:
        """The same, with the building of the queries."""
        return self.answer(self.prepare(question))

    def whole(self, question: Question) -> int:
        """The same, with the stored fields of each hit and a snippet of its body."""
        built = self.prepare(question)
        result = self._found(built)
        snippets = tantivy.SnippetGenerator.create(self._searcher, built.text, self._schema, "body")
        for _, address in result.hits:
            document = self._searcher.doc(address)
            document.to_dict()
            snippets.snippet_from_doc(document).highlighted()
        return int(result.count)

    def _found(self, built: Built) -> Any:
        order = "published" if built.question.kind == "browse" else None
        offset = PER_PAGE * (built.question.page - 1)
        result = self._searcher.search(built.whole, PER_PAGE, count=True, offset=offset, order_by_field=order)
        for query, aggregations in built.aggregations:
            self._searcher.aggregate(query, aggregations)
        return result

    def _text(self, question: Question) -> Query:
        match question.kind:
            case "browse":
                return Query.all_query()
            case "prefix":
                pattern = f"{question.words[0]}.*"
                return self._either([Query.regex_query(self._schema, name, pattern) for name in ("title", "body")])
            case "fuzzy":
                word, most = self._stem(question.words[0]), question.distance
                return self._either(
                    [Query.fuzzy_term_query(self._schema, name, word, most) for name in ("title", "body")]
                )
            case "phrase":
                words = [self._stem(word) for word in question.words]
                return self._either([Query.phrase_query(self._schema, name, words) for name in ("title", "body")])
        occur = Occur.Should if question.kind == "any" else Occur.Must
        words = [self._stem(word) for word in question.words]
        return Query.boolean_query([(occur, self._word(word)) for word in words])

    def _word(self, word: str) -> Query:
        return self._either([Query.term_query(self._schema, name, word) for name in ("title", "body")])

    def _either(self, fields: Sequence[Query]) -> Query:
        title, body = fields
        return Query.boolean_query([(Occur.Should, Query.boost_query(title, TITLE_WEIGHT)), (Occur.Should, body)])

    def _filters(self, question: Question) -> dict[str, Query]:
        filters = {}
        for name, value in (("section", question.section), ("lang", question.lang)):
            if value:
                filters[name] = Query.const_score_query(Query.term_query(self._schema, name, value), 0.0)
        if question.first_day and question.last_day:
            first, last = (
                datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (question.first_day, question.last_day)
            )
            filters["published"] = Query.range_query(
                self._schema, "published", tantivy.FieldType.Date, first, last.replace(hour=23, minute=59, second=59)
            )
        return filters

    def _stem(self, word: str) -> str:
        return str(self._analyser.analyze(word)[0])


def analyser() -> tantivy.TextAnalyzer:
    """What the tokenizer ``en_stem`` does."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english")).build()


def _all(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])
