"""Small archives for tests: articles with what a test cares about, and an index of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from index.analysis.foreign import ForeignForms
from index.analysis.vocabulary import Vocabulary
from index.article import Article, beginning
from index.columnar.batch import AnalysedBatch
from index.engine import open_engine
from index.normalize.identity import digest_of

_numbers = count(1)


def article(title: str = "", body: str = "", lang: str = "en", **facts: Any) -> Article:
    """An article in normal form; what is not given is made up, the id anew each time."""
    number = next(_numbers)
    digest = digest_of(title or beginning(body), body)
    values = {"id": f"a{number}", "lang_source": "declared", "lang_confidence": 1.0, "digest": digest, **facts}
    if values.get("published"):
        values.setdefault("date_source", "declared")
    return Article(title=title, body=body, lang=lang, **values)


def handed_over(batch: AnalysedBatch) -> AnalysedBatch:
    """The batch as a writer gets it from another process."""
    assert isinstance(batch.forms, Vocabulary)
    forms = ForeignForms()
    forms.extend(batch.forms.since(0))
    return replace(batch, forms=forms)


def build_index(path: Path, articles: Iterable[Article], *, commits: int = 1) -> Path:
    """An index of ``articles`` in the folder ``path``, written in so many commits."""
    rows = list(articles)
    size = max(1, -(-len(rows) // commits))
    with open_engine(path, create=True) as engine:
        for first in range(0, len(rows), size):
            engine.add(rows[first : first + size])
            engine.commit()
    return path
