"""The one thing that a front end uses: questions in, answers out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from index.article import Article
from index.engine import Engine, IndexStats, open_engine
from index.errors import IndexDamaged
from index.freed_memory import share_one_stock
from search.answering import Answer, answered, wanted_of
from search.errors import ArticleNotFound, InvalidRequest
from search.filters import chosen_of
from search.hits import Markers, hits_of
from search.paging import whole_order
from search.query import ParsedQuery, parse
from search.ranking import Ranking
from search.request import SearchRequest
from search.result import Hit, SearchResult, Snippet
from search.similar import similar_articles
from search.spelling import FEW, correction
from search.suggest import MAX_SUGGESTIONS, Suggestion, suggestions
from search.validate import DateBounds, validate
from search.view import View

T = TypeVar("T")

_MOST_MISSPELT = 8
"""Words of a query up to which it is asked what was meant: in longer ones some word is rare as it should be."""
_MUCH_READ = 1_000_000
"""Postings from which on, and from four an article on, it is not asked either: what stands for so many are patterns
that found nothing beside other words, and each guess costs a search."""


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
        return self._current().reader.generation

    def readiness(self) -> Readiness:
        """Whether searches are answered as they should be. Raises :class:`index.errors.IndexDamaged` where they can't
        be answered at all."""
        reader = self._current().reader
        if reader.problem is not None:
            raise IndexDamaged(reader.problem)
        return Readiness(reader.generation, self._engine.fallback)

    def search(self, request: SearchRequest) -> SearchResult:
        """Answers ``request``. Raises :class:`search.errors.InvalidRequest`, and :class:`index.errors.IndexDamaged`
        where what it needs of the index is not what was written."""
        started = time.perf_counter()
        bounds = validate(request)
        return self._over_view(lambda view: self._search(request, bounds, view, started))

    def _search(self, request: SearchRequest, bounds: DateBounds, view: View, started: float) -> SearchResult:
        answer = answered(view, request, bounds, int(time.time()))
        question, page = answer.question, answer.page
        markers = Markers(question.plan.needles)
        explainer = answer.explainer(request)
        explain = None if explainer is None else explainer.explain
        docs, scores = page.hits.docs.tolist(), page.hits.scores.tolist()
        return SearchResult(
            q=request.q,
            parsed=question.parsed.parsed,
            languages=tuple(request.langs or view.languages),
            total=page.total,
            page=request.page,
            per_page=request.per_page,
            hits=hits_of(view.reader, docs, scores, markers, request.snippets, explain),
            facets=view.facets.top(page.counts, request.facets, chosen_of(request), request.facet_size),
            dates=view.calendar.facet(page.counts.days, request.date_interval) if "date" in request.facets else None,
            warnings=answer.warnings(request),
            suggestion=self._correction(view, request, answer),
            took_ms=(time.perf_counter() - started) * 1000,
            sort=question.sort(request),
            next_cursor=answer.next_cursor(request),
        )

    def _correction(self, view: View, request: SearchRequest, answer: Answer) -> str | None:
        """What may have been meant, where the words as typed find little."""
        found = answer.page.total if answer.is_as_asked(request) else 0
        if found >= FEW or request.page > 1 or request.cursor is not None:
            return None
        plan = answer.question.plan
        most_read = max(_MUCH_READ, 4 * plan.searched.all_articles)
        if len(plan.passes.texts) > _MOST_MISSPELT or plan.found.postings > most_read:
            return None

        def count(q: str) -> int:
            return view.question(replace(request, q=q), answer.bounds).total()

        return correction(view.reader, request, answer.question.parsed.tree, found, count)

    def suggest(self, q: str, langs: Sequence[str] = (), limit: int = 8) -> tuple[Suggestion, ...]:
        """The best ways to complete a query that is being typed, at most ``limit``; in the languages ``langs``, in all
        where none is named. Raises :class:`search.errors.InvalidRequest`."""
        if not 1 <= limit <= MAX_SUGGESTIONS:
            raise InvalidRequest(f"limit can't be {limit}", "limit", hint=f"a number from 1 to {MAX_SUGGESTIONS}")
        return self._over_view(lambda view: suggestions(view.reader, q, langs, limit))

    def ids(self, request: SearchRequest) -> list[str]:
        """The ids of every article that ``request`` finds, in its order, whatever the page: just what was asked for,
        never what most of the words find. Raises :class:`search.errors.InvalidRequest`."""
        bounds = validate(request)
        return self._over_view(lambda view: self._ids(request, bounds, view))

    def _ids(self, request: SearchRequest, bounds: DateBounds, view: View) -> list[str]:
        question = view.question(request, bounds)
        order = whole_order(question, wanted_of(question, request, int(time.time())))
        ids = view.reader.ids()
        return [ids[doc] for doc in order.docs.tolist()]

    def article(self, article_id: str, q: str = "") -> FoundArticle:
        """The article with this id, the words of ``q`` marked. Raises :class:`search.errors.ArticleNotFound`, and
        :class:`search.errors.InvalidRequest` where ``q`` goes beyond a limit."""
        parsed = parse(q)
        return self._over_view(lambda view: self._article(article_id, parsed, view))

    def _article(self, article_id: str, parsed: ParsedQuery, view: View) -> FoundArticle:
        article = view.reader.article(_doc_of(view, article_id))
        markers = Markers(view.planned(parsed, SearchRequest(), DateBounds()).plan.needles)
        mark = markers.of(article.lang, "body").mark
        return FoundArticle(
            article,
            markers.headline(article),
            tuple(Snippet(text, mark(text)) for text in article.body.split("\n") if text),
        )

    def similar(self, article_id: str, limit: int = 6) -> tuple[Hit, ...]:
        """The articles most like the one with this id, the most similar first; without snippets, nothing marked.
        Raises :class:`search.errors.ArticleNotFound`."""
        return self._over_view(lambda view: similar_articles(view, _doc_of(view, article_id), limit))

    def stats(self) -> IndexStats:
        """What the index holds."""
        return self._engine.stats()

    def close(self) -> None:
        """Lets go of the index."""
        self._opened[1].reader.close()
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _current(self) -> View:
        """The newest generation. One still in use by another thread goes when that search ends."""
        if self._engine.generation() != self._opened[0]:
            with self._reopening:
                if self._engine.generation() != self._opened[0]:
                    self._opened = self._open()
        return self._opened[1]

    def _over_view(self, work: Callable[[View], T]) -> T:
        """What ``work`` makes of the newest generation; where it meets damage there, of the one before."""
        view = self._current()
        try:
            return work(view)
        except IndexDamaged:
            with self._reopening:
                if self._opened[1] is view:
                    self._opened = self._open()
            return work(self._opened[1])

    def _open(self) -> tuple[int, View]:
        """The newest generation, and a view: where that one is damaged, of an older one."""
        newest = self._engine.generation()
        return newest, View(self._engine.reader(), self._ranking)


def _doc_of(view: View, article_id: str) -> int:
    doc = view.reader.doc_of(article_id)
    if doc is None:
        raise ArticleNotFound(f"no article has the id {article_id!r}")
    return doc


def open_searcher(url: str | Path) -> Searcher:
    """Opens the index at ``url`` for searching. Raises what :func:`index.open_engine` raises.

    Threads of the process that begin from now on share one stock of freed memory (:mod:`index.freed_memory`).
    """
    share_one_stock()
    return Searcher(open_engine(url))
