"""The one thing that a front end uses: questions in, answers out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from index.analysis import chain_for
from index.article import Article
from index.engine import Engine, EngineReader, IndexStats, open_engine
from index.errors import IndexDamaged
from index.fields import field_language
from search.errors import ArticleNotFound
from search.facets import Filtered, date_facet, facet_counts, filtered
from search.hits import hit_of, needles_for, ordered
from search.plan import Answer, answer
from search.query import ParsedQuery, parse
from search.ranking import Ranking
from search.request import Op, SearchRequest
from search.result import QueryWarning, SearchResult, Snippet
from search.snippets import Marker
from search.validate import DateBounds, validate

_MOST_WORDS = QueryWarning("No article has all of these words; shown are those with most of them.", code="most_words")
_EXPANSIONS_CUT = QueryWarning(
    "A pattern stands for too many words; the most frequent ones were searched.", code="expansions_cut"
)


T = TypeVar("T")


class Readiness(NamedTuple):
    """What a searcher serves."""

    generation: int
    fallback: str | None
    """Why this is not the newest generation, where it is not: what is damaged."""


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """One whole article, the words of a query marked in it."""

    article: Article
    title: Snippet
    paragraphs: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """One query text answered over one reader, and what the filters leave of it."""

    parsed: ParsedQuery
    answer: Answer
    matches: Filtered


class Searcher:
    """Searches one index, always in its newest committed state. Safe for several threads."""

    def __init__(self, engine: Engine, ranking: Ranking | None = None) -> None:
        self._engine = engine
        self._ranking = ranking or Ranking()
        self._opened = self._open()
        self._reopening = Lock()

    @property
    def generation(self) -> int:
        """The generation that the next search sees."""
        return self._current().generation

    def readiness(self) -> Readiness:
        """Whether searches are answered as they should be. Raises :class:`index.errors.IndexDamaged` where they can't
        be answered at all."""
        reader = self._current()
        if reader.problem is not None:
            raise IndexDamaged(reader.problem)
        return Readiness(reader.generation, self._engine.fallback)

    def search(self, request: SearchRequest) -> SearchResult:
        """Answers ``request``. Raises :class:`search.errors.InvalidRequest`, and :class:`index.errors.IndexDamaged`
        where what it needs of the index is not what was written."""
        started = time.perf_counter()
        bounds = validate(request)
        return self._over_reader(lambda reader: self._search(request, bounds, reader, started))

    def _search(self, request: SearchRequest, bounds: DateBounds, reader: EngineReader, started: float) -> SearchResult:
        columns = reader.columns
        found, warnings = self._with_fallback(reader, request, bounds)
        sort = request.sort or ("relevance" if found.answer.ranked else "newest")
        order = ordered(found.matches.passing(), sort, columns)
        first = (request.page - 1) * request.per_page
        page = order[first : first + request.per_page]
        counted = [name for name in request.facets if name != "date"]
        return SearchResult(
            q=request.q,
            parsed=found.parsed.parsed,
            languages=tuple(request.langs or reader.languages()),
            total=len(order),
            page=request.page,
            per_page=request.per_page,
            hits=tuple(hit_of(reader, doc, score, found.answer, request.snippets) for doc, score in page),
            facets={name: facet_counts(found.matches, name, request, columns) for name in counted},
            dates=date_facet(found.matches, request, columns) if "date" in request.facets else None,
            warnings=warnings,
            took_ms=(time.perf_counter() - started) * 1000,
            sort=sort,
        )

    def ids(self, request: SearchRequest) -> list[str]:
        """The ids of every article that ``request`` finds, in its order, whatever the page: just what was asked for,
        never what most of the words find. Raises :class:`search.errors.InvalidRequest`."""
        bounds = validate(request)
        return self._over_reader(lambda reader: self._ids(request, bounds, reader))

    def _ids(self, request: SearchRequest, bounds: DateBounds, reader: EngineReader) -> list[str]:
        found = self._find(reader, request, request.op, bounds)
        sort = request.sort or ("relevance" if found.answer.ranked else "newest")
        ids = reader.ids()
        return [ids[doc] for doc, _ in ordered(found.matches.passing(), sort, reader.columns)]

    def article(self, article_id: str, q: str = "") -> FoundArticle:
        """The article with this id, the words of ``q`` marked. Raises :class:`search.errors.ArticleNotFound`, and
        :class:`search.errors.InvalidRequest` where ``q`` goes beyond a limit."""
        parsed = parse(q)
        return self._over_reader(lambda reader: self._article(article_id, parsed, reader))

    def _article(self, article_id: str, parsed: ParsedQuery, reader: EngineReader) -> FoundArticle:
        doc = reader.doc_of(article_id)
        if doc is None:
            raise ArticleNotFound(f"no article has the id {article_id!r}")
        article = reader.article(doc)
        found = answer(parsed.tree, reader, ranking=self._ranking, search_in=("title", "body"))
        needles = needles_for(found, article.lang)
        chain = chain_for(field_language(article.lang))
        mark = Marker(chain, needles["body"]).mark
        return FoundArticle(
            article,
            Snippet(article.title, Marker(chain, needles["title"]).mark(article.title)),
            tuple(Snippet(text, mark(text)) for text in article.body.split("\n") if text),
        )

    def stats(self) -> IndexStats:
        """What the index holds."""
        return self._engine.stats()

    def close(self) -> None:
        """Lets go of the index."""
        self._opened[1].close()
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _current(self) -> EngineReader:
        """A reader of the newest generation. One still in use by another thread goes when that search ends."""
        if self._engine.generation() != self._opened[0]:
            with self._reopening:
                if self._engine.generation() != self._opened[0]:
                    self._opened = self._open()
        return self._opened[1]

    def _over_reader(self, work: Callable[[EngineReader], T]) -> T:
        """What ``work`` makes of the newest generation; where it meets damage there, of the one before."""
        reader = self._current()
        try:
            return work(reader)
        except IndexDamaged:
            with self._reopening:
                if self._opened[1] is reader:
                    self._opened = self._open()
            return work(self._opened[1])

    def _open(self) -> tuple[int, EngineReader]:
        """A reader, and the newest generation: where that one is damaged, the reader is of an older one."""
        newest = self._engine.generation()
        return newest, self._engine.reader()

    def _with_fallback(
        self, reader: EngineReader, request: SearchRequest, bounds: DateBounds
    ) -> tuple[_Found, tuple[QueryWarning, ...]]:
        """What the request finds; where all its words find nothing, what most of them find."""
        found = self._find(reader, request, request.op, bounds)
        warnings = list(found.parsed.warnings)
        if request.op == "all" and not len(found.matches.passing()):
            looser = self._find(reader, request, "most", bounds, unlike=found)
            if looser is not found and len(looser.matches.passing()):
                found = looser
                warnings.append(_MOST_WORDS)
        if found.answer.cut:
            warnings.append(_EXPANSIONS_CUT)
        return found, tuple(warnings)

    def _find(
        self, reader: EngineReader, request: SearchRequest, op: Op, bounds: DateBounds, unlike: _Found | None = None
    ) -> _Found:
        """What the request finds with its words joined by ``op``; ``unlike`` itself where that comes to the same."""
        parsed = parse(request.q, op=op)
        if unlike is not None and parsed.tree == unlike.parsed.tree:
            return unlike
        found = answer(parsed.tree, reader, ranking=self._ranking, op=op, search_in=request.search_in)
        return _Found(parsed, found, filtered(found.matches(), request, bounds, reader.columns))


def open_searcher(url: str | Path) -> Searcher:
    """Opens the index at ``url`` for searching. Raises what :func:`index.open_engine` raises."""
    return Searcher(open_engine(url))
