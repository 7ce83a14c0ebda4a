"""The peer: tantivy 0.27 from Python, doing what a Kiosk load and a Kiosk search do.

``python -m benchmarks.peer FILE FOLDER`` loads a JSON Lines file (gzipped where its name ends in ``.gz``) into a new
index and prints one JSON object: articles, seconds (first byte read to all merged), CPU seconds, peak memory, segments,
bytes.

Schema: ``title`` and ``body`` by the tokenizer ``en_stem``, with positions; ``id``, ``section``, ``source``, ``lang``
and ``place`` as they are; ``published`` a date. All are stored; ``section``, ``source``, ``lang`` and ``published`` are
fast. Settings: one indexing thread (tantivy reads what it is given on that thread; the file is read and parsed on the
main one, by orjson), 500 MB of heap, one commit, then ``wait_merging_threads``. The binding can't ask for a merge: the
default policy merges from eight segments of one size on. 30,000 articles make one segment, 600,000 make several.

An answer is the top twenty with their stored fields, the exact total, three term facets and a histogram of months (each
leaving out its own filter: one more aggregation per filtered facet), and a snippet of each hit's body. Queries are
built, not parsed.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import orjson
import tantivy

from benchmarks.queries import NamedQuery

HEAP = 500_000_000
THREADS = 1
_DATE = {"date_histogram": {"field": "published", "fixed_interval": "30d"}}
_FIELDS = ("id", "title", "body", "lang", "section", "source", "place")


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
    """The articles of a JSON Lines file; one that declares no language is English."""
    with (gzip.open if archive.suffix == ".gz" else open)(archive, "rb") as lines:
        for line in lines:
            row = {"lang": "en", **orjson.loads(line)}
            document = tantivy.Document(**{name: row[name] for name in _FIELDS if row.get(name)})
            if row.get("date"):
                document.add_date("published", datetime.fromisoformat(row["date"]).replace(tzinfo=UTC))
            yield document


def load(archive: Path, folder: Path) -> dict[str, Any]:
    """Indexes ``archive`` into ``folder``: what that took."""
    folder.mkdir(parents=True)
    before = _cpu_seconds()
    started = time.perf_counter()
    index = tantivy.Index(schema(), path=str(folder))
    writer = index.writer(HEAP, THREADS)
    count = 0
    for document in documents(archive):
        writer.add_document(document)
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    seconds = time.perf_counter() - started
    index.reload()
    parts: Counter[str] = Counter()
    for file in folder.iterdir():
        parts[file.suffix.lstrip(".") or file.name] += file.stat().st_size
    return {
        "articles": count,
        "seconds": seconds,
        "cpu_seconds": _cpu_seconds() - before,
        "peak_memory_mb": getrusage(RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "segments": index.searcher().num_segments,
        "bytes": parts.total(),
        "bytes_by_part": dict(parts.most_common()),
    }


def _cpu_seconds() -> float:
    usage = getrusage(RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


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
    print(json.dumps(load(Path(sys.argv[1]), Path(sys.argv[2]))))
