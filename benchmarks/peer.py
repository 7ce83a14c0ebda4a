"""The peer: tantivy 0.27 from Python, doing what a Kiosk load does; :mod:`benchmarks.searching.peer` searches.

``python -m benchmarks.peer FILE FOLDER [N ...]`` loads a JSON Lines file (gzipped where its name ends in ``.gz``) into
a new index and prints one JSON object: articles, seconds (first byte read to all merged), CPU seconds, peak memory,
segments, bytes. With numbers, each is that of the articles of one commit, and the heap is large enough for each to be
one segment.

Schema: ``title`` and ``body`` by the tokenizer ``en_stem``, with positions; ``id``, ``section``, ``source``, ``lang``
and ``place`` as they are; ``published`` a date. All are stored; ``section``, ``source``, ``lang`` and ``published`` are
fast. Settings: one indexing thread (tantivy reads what it is given on that thread; the file is read and parsed on the
main one, by orjson), 500 MB of heap, one commit, then ``wait_merging_threads``. The binding can't ask for a merge: the
default policy merges from eight segments of one size on. 30,000 articles make one segment, 600,000 make several.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import orjson
import tantivy

HEAP = 500_000_000
HEAP_OF_PARTS = 2_500_000_000
THREADS = 1
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


def load(archive: Path, folder: Path, parts: Sequence[int] = ()) -> dict[str, Any]:
    """Indexes ``archive`` into ``folder``: what that took. ``parts``: articles of each commit."""
    folder.mkdir(parents=True)
    before = _cpu_seconds()
    started = time.perf_counter()
    index = tantivy.Index(schema(), path=str(folder))
    writer = index.writer(HEAP_OF_PARTS if parts else HEAP, THREADS)
    count = 0
    ends = set(accumulate(parts))
    for document in documents(archive):
        writer.add_document(document)
        count += 1
        if count in ends:
            writer.commit()
    writer.commit()
    writer.wait_merging_threads()
    seconds = time.perf_counter() - started
    index.reload()
    sizes: Counter[str] = Counter()
    for file in folder.iterdir():
        sizes[file.suffix.lstrip(".") or file.name] += file.stat().st_size
    return {
        "articles": count,
        "seconds": seconds,
        "cpu_seconds": _cpu_seconds() - before,
        "peak_memory_mb": getrusage(RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "segments": index.searcher().num_segments,
        "bytes": sizes.total(),
        "bytes_by_part": dict(sizes.most_common()),
    }


def _cpu_seconds() -> float:
    usage = getrusage(RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(load(Path(sys.argv[1]), Path(sys.argv[2]), tuple(map(int, sys.argv[3:])))))
