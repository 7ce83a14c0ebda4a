"""The peer: tantivy from Python, doing what a Kiosk search does.

One English schema: ``title`` and ``body`` by the tokenizer ``en_stem``, all fields stored, ``section``, ``source`` and
``published`` fast; one indexing thread, 500 MB of heap, one commit. An answer is the top twenty with their stored
fields, the exact total, three term facets and a histogram of months (each leaving out its own filter: one more
aggregation per filtered facet), and a snippet of each hit's body. Queries are built, not parsed.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tantivy

from benchmarks.queries import NamedQuery

HEAP = 500_000_000
_DATE = {"date_histogram": {"field": "published", "fixed_interval": "30d"}}


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for name in ("title", "body"):
        builder.add_text_field(name, stored=True, tokenizer_name="en_stem")
    for name in ("section", "source", "lang"):
        builder.add_text_field(name, stored=True, fast=True, tokenizer_name="raw")
    builder.add_text_field("place", stored=True, tokenizer_name="raw")
    builder.add_date_field("published", stored=True, indexed=True, fast=True)
    return builder.build()


def documents(archive: Path) -> Iterator[tantivy.Document]:
    """The articles of a gzipped JSON Lines file."""
    with gzip.open(archive, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            document = tantivy.Document(id=row["id"], title=row["title"] or "", body=row["body"] or "", lang="en")
            for name in ("section", "source", "place"):
                if row.get(name):
                    document.add_text(name, row[name])
            if row.get("date"):
                document.add_date("published", datetime.fromisoformat(row["date"]).replace(tzinfo=UTC))
            yield document


def load(archive: Path, folder: Path) -> tuple[int, float]:
    """Indexes ``archive`` into ``folder``: articles and seconds."""
    folder.mkdir(parents=True)
    started = time.perf_counter()
    index = tantivy.Index(schema(), path=str(folder))
    writer = index.writer(HEAP, 1)
    count = 0
    for document in documents(archive):
        writer.add_document(document)
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    return count, time.perf_counter() - started


class Peer:
    """Answers named queries over an index that :func:`load` made."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    def answer(self, query: NamedQuery) -> int:
        """Does all of one answer; returns the total."""
        text = self._text(query)
        filters = self._filters(query)
        whole = self._all([text, *filters.values()])
        result = self._searcher.search(whole, 20, count=True)
        unfiltered = {name: {"terms": {"field": name, "size": 10}} for name in ("section", "source", "lang")}
        aggregations: dict[str, Any] = {**unfiltered, "published": _DATE}
        for name in filters:
            others = self._all([text, *(query for other, query in filters.items() if other != name)])
            self._searcher.aggregate(others, {name: aggregations.pop(name)})
        self._searcher.aggregate(whole, aggregations)
        snippets = tantivy.SnippetGenerator.create(self._searcher, text, self._schema, "body")
        for _, address in result.hits:
            document = self._searcher.doc(address)
            document.to_dict()
            snippets.snippet_from_doc(document).highlighted()
        return int(result.count)

    def _text(self, query: NamedQuery) -> tantivy.Query:
        words = [_stem(word) for word in query.words]
        if query.kind == "phrase":
            fields = [tantivy.Query.phrase_query(self._schema, name, words) for name in ("title", "body")]
            return tantivy.Query.boolean_query([(tantivy.Occur.Should, field) for field in fields])
        occur = tantivy.Occur.Should if query.kind == "any" else tantivy.Occur.Must
        return tantivy.Query.boolean_query([(occur, self._word(word)) for word in words])

    def _word(self, word: str) -> tantivy.Query:
        fields = [tantivy.Query.term_query(self._schema, name, word) for name in ("title", "body")]
        title = tantivy.Query.boost_query(fields[0], 2.5)
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, title), (tantivy.Occur.Should, fields[1])])

    def _filters(self, query: NamedQuery) -> dict[str, tantivy.Query]:
        filters = {}
        if query.section:
            filters["section"] = tantivy.Query.term_query(self._schema, "section", query.section)
        if query.first_day and query.last_day:
            first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (query.first_day, query.last_day))
            filters["published"] = tantivy.Query.range_query(
                self._schema, "published", tantivy.FieldType.Date, first, last.replace(hour=23, minute=59, second=59)
            )
        return filters

    def _all(self, queries: list[tantivy.Query]) -> tantivy.Query:
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def _stem(word: str) -> str:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    analyser = builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english")).build()
    return str(analyser.analyze(word)[0])


if __name__ == "__main__":
    articles, seconds = load(Path(sys.argv[1]), Path(sys.argv[2]))
    print(json.dumps({"articles": articles, "seconds": seconds}))
