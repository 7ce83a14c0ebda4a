"""From documents to hits: their order, and what each shows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from index.analysis import chain_for
from index.engine import NO_DATE, Columns, EngineReader
from index.fields import field_language
from search.matching import Matches
from search.needles import Needle
from search.plan import Answer
from search.result import Hit, Snippet
from search.snippets import Marker


def ordered(matches: Matches, sort: str, columns: Columns) -> list[tuple[int, float]]:
    """Documents and scores in the order of ``sort``. Undated articles stand last; equal ones by date, newest first,
    then by a hash of the id. Cost: sorts all matches."""
    published = columns.published[matches.docs]
    ids = columns.id_keys[matches.docs]
    if sort == "oldest":
        order = np.lexsort((ids, published, published == NO_DATE))
    else:
        newest = (ids, ~published)  # ~x = -x - 1 turns the order round without overflow
        order = np.lexsort((*newest, -matches.scores) if sort == "relevance" else newest)
    return list(zip(matches.docs[order].tolist(), matches.scores[order].tolist(), strict=True))


def hit_of(reader: EngineReader, doc: int, score: float, found: Answer, snippets: int) -> Hit:
    """The hit that a document is, with so many snippets of its body."""
    article = reader.article(doc)
    chain = chain_for(field_language(article.lang))
    needles = needles_for(found, article.lang)
    return Hit(
        id=article.id,
        title=Snippet(article.title, Marker(chain, needles["title"]).mark(article.title)),
        lang=article.lang,
        score=score,
        url=article.url,
        section=article.section,
        source=article.source,
        authors=article.authors,
        place=article.place,
        published=article.published,
        date_source=article.date_source,
        snippets=Marker(chain, needles["body"]).passages(article.body, count=snippets) if snippets else (),
    )


def needles_for(found: Answer, lang: str) -> Mapping[str, tuple[Needle, ...]]:
    """What to mark in the title and body of an article in ``lang``."""
    return next(part.needles for part in found.languages if part.lang == field_language(lang))
