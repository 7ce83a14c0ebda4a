"""The one thing that a front end uses: questions in, answers out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from whoosh.query import Every
from whoosh.searching import Searcher as WhooshSearcher

from index.analysis import chain_for
from index.article import Article
from index.engine import NO_DATE, Columns, Engine, EngineReader, IndexStats, open_engine
from index.fields import field_language
from search.errors import ArticleNotFound
from search.facets import Filtered, date_facet, facet_counts, filtered
from search.leaves import Docs, Scores, evaluate
from search.plan import Plan, plan
from search.query import ParsedQuery, parse
from search.ranking import Ranking
from search.request import Op, SearchRequest, TextField
from search.result import Hit, QueryWarning, SearchResult, Snippet
from search.snippets import Needle, mark, passages
from search.validate import validate


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """One whole article, the words of a query marked in it."""

    article: Article
    title: Snippet
    paragraphs: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    """One query text answered over one reader, before filters and order."""

    parsed: ParsedQuery
    plan: Plan
    docs: Docs
    scores: Scores


class Searcher:
    """Searches one index, always in its newest committed state. Safe for several threads."""

    def __init__(self, engine: Engine, ranking: Ranking | None = None) -> None:
        self._engine = engine
        self._ranking = ranking or Ranking()
        self._reader: EngineReader = engine.reader()
        self._reopening = Lock()

    @property
    def generation(self) -> int:
        """The generation that the next search sees."""
        return self._current().generation

    def search(self, request: SearchRequest) -> SearchResult:
        """Answers ``request``. Raises :class:`search.errors.InvalidRequest`."""
        started = time.perf_counter()
        bounds = validate(request)
        reader = self._current()
        answer = self._answer(reader, request.q, request.op, request.search_in)
        matches = filtered(answer.docs, request, bounds, reader.columns)
        warnings = list(answer.parsed.warnings)
        if request.op == "all" and not matches.passing().any():
            looser = self._answer(reader, request.q, "most", request.search_in)
            looser_matches = filtered(looser.docs, request, bounds, reader.columns)
            if looser_matches.passing().any():
                answer, matches = looser, looser_matches
                warnings.append(QueryWarning("No article has all of these words; shown are those with most of them.", code="most_words"))
        if answer.plan.cut:
            warnings.append(QueryWarning("A pattern stands for too many words; the most frequent were searched.", code="expansions_cut"))
        sort = request.sort or ("relevance" if answer.plan.ranked else "newest")
        page = _page(answer, matches, sort, request, reader.columns)
        hits = tuple(_hit(reader, int(doc), float(score), answer.plan, request.snippets) for doc, score in page)
        facets = {name: facet_counts(matches, name, request, reader.columns) for name in request.facets if name != "date"}
        return SearchResult(
            q=request.q,
            parsed=answer.parsed.parsed,
            languages=tuple(request.langs or reader.languages()),
            total=int(matches.passing().sum()),
            page=request.page,
            per_page=request.per_page,
            hits=hits,
            facets=facets,
            dates=date_facet(matches, request, reader.columns) if "date" in request.facets else None,
            warnings=tuple(warnings),
            took_ms=(time.perf_counter() - started) * 1000,
            sort=sort,
        )

    def article(self, article_id: str, q: str = "") -> FoundArticle:
        """The article with this id, the words of ``q`` marked. Raises :class:`search.errors.ArticleNotFound`."""
        reader = self._current()
        doc = reader.doc_of(article_id)
        if doc is None:
            raise ArticleNotFound(f"no article has the id {article_id!r}")
        article = reader.article(doc)
        tree = parse(q).tree
        found = None if isinstance(tree, Every) else plan(tree, reader, ranking=self._ranking, search_in=("title", "body"))
        needles = _needles(found, article.lang)
        chain = chain_for(field_language(article.lang))
        return FoundArticle(
            article,
            Snippet(article.title, mark(article.title, chain, needles["title"])),
            tuple(Snippet(text, mark(text, chain, needles["body"])) for text in article.body.split("\n") if text),
        )

    def stats(self) -> IndexStats:
        """What the index holds."""
        return self._engine.stats()

    def close(self) -> None:
        """Lets go of the index."""
        self._reader.close()
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _current(self) -> EngineReader:
        """A reader of the newest generation. One still in use by another thread goes when that search ends."""
        if self._engine.generation() != self._reader.generation:
            with self._reopening:
                if self._engine.generation() != self._reader.generation:
                    self._reader = self._engine.reader()
        return self._reader

    def _answer(self, reader: EngineReader, q: str, op: Op, search_in: tuple[TextField, ...]) -> _Answer:
        parsed = parse(q, op=op)
        planned = plan(parsed.tree, reader, ranking=self._ranking, op=op, search_in=search_in)
        whoosh = WhooshSearcher(reader.whoosh)
        found = [evaluate(part.query, whoosh) for part in planned.languages]
        docs = np.concatenate([docs for docs, _ in found]) if found else np.empty(0, np.int64)
        scores = np.concatenate([scores for _, scores in found]) if found else np.empty(0, np.float32)
        return _Answer(parsed, planned, docs, scores)


def open_searcher(url: str | Path) -> Searcher:
    """Opens the index at ``url`` for searching. Raises what :func:`index.open_engine` raises."""
    return Searcher(open_engine(url))


def _page(
    answer: _Answer, matches: Filtered, sort: str, request: SearchRequest, columns: Columns
) -> list[tuple[np.int64, np.float32]]:
    """The documents of the page asked for and their scores, in order."""
    passing = matches.passing()
    docs, scores = answer.docs[passing], answer.scores[passing]
    order = _order(docs, scores, sort, columns)
    first = (request.page - 1) * request.per_page
    chosen = order[first : first + request.per_page]
    return list(zip(docs[chosen], scores[chosen], strict=True))


def _order(docs: Docs, scores: Scores, sort: str, columns: Columns) -> NDArray[np.int64]:
    """The order of hits: undated articles last, equal ones by date, newest first, then by id."""
    published = columns.published[docs]
    ids = columns.id_ranks[docs]
    if sort == "oldest":
        return np.lexsort((ids, published, published == NO_DATE))
    newest = (ids, ~published)  # ~x = -x - 1 turns the order round without overflow
    return np.lexsort((*newest, -scores)) if sort == "relevance" else np.lexsort(newest)


def _hit(reader: EngineReader, doc: int, score: float, planned: Plan, snippets: int) -> Hit:
    article = reader.article(doc)
    chain = chain_for(field_language(article.lang))
    needles = _needles(planned, article.lang)
    return Hit(
        id=article.id,
        title=Snippet(article.title, mark(article.title, chain, needles["title"])),
        lang=article.lang,
        score=score,
        url=article.url,
        section=article.section,
        source=article.source,
        authors=article.authors,
        place=article.place,
        published=article.published,
        date_source=article.date_source,
        snippets=passages(article.body, chain, needles["body"], count=snippets) if snippets else (),
    )


def _needles(planned: Plan | None, lang: str) -> Mapping[str, tuple[Needle, ...]]:
    for part in planned.languages if planned else ():
        if part.lang == field_language(lang):
            return part.needles
    return {"title": (), "body": ()}
