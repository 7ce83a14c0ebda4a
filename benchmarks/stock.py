"""Stock Whoosh with langdetect: what the owner's stack does with none of our code.

``python -m benchmarks.stock FILE FOLDER`` loads a JSON Lines file into a new index and prints articles and seconds as
JSON. The language of an article that declares none is found by ``langdetect.detect`` on its title and body. ``title``
and ``body`` are text fields with Whoosh's stemming analyser and positions; all fields are stored; section, source,
language, date and month are sortable; one writer, 500 MB, one commit.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import langdetect
import orjson
from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import DATETIME, ID, TEXT, Schema
from whoosh.index import create_in

MEGABYTES = 500


def schema() -> Schema:
    text = {"analyzer": StemmingAnalyzer(), "phrase": True, "stored": True}
    key = {"stored": True, "sortable": True}
    return Schema(
        id=ID(stored=True, unique=True),
        title=TEXT(**text),
        body=TEXT(**text),
        lang=ID(**key),
        section=ID(**key),
        source=ID(**key),
        published=DATETIME(**key),
        month=ID(**key),
    )


def load(archive: Path, folder: Path) -> dict[str, Any]:
    """Indexes ``archive`` into ``folder``: articles and seconds."""
    folder.mkdir(parents=True)
    langdetect.DetectorFactory.seed = 0
    started = time.perf_counter()
    writer = create_in(str(folder), schema()).writer(limitmb=MEGABYTES)
    count = 0
    with archive.open("rb") as lines:
        for line in lines:
            writer.add_document(**_fields(orjson.loads(line)))
            count += 1
    writer.commit()
    return {"articles": count, "seconds": time.perf_counter() - started}


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    fields = {name: row[name] for name in ("id", "title", "body", "section", "source")}
    if "date" in row:
        fields["published"] = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
        fields["month"] = row["date"][:7]
    if "lang" in row:
        return {**fields, "lang": row["lang"]}
    try:
        fields["lang"] = langdetect.detect(f"{row['title']}\n{row['body']}")
    except langdetect.LangDetectException:  # no letters
        fields["lang"] = "und"
    return fields


if __name__ == "__main__":
    print(json.dumps(load(Path(sys.argv[1]), Path(sys.argv[2]))))
