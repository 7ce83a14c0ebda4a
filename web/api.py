"""The endpoint for programs: ``/api/v1/search``, ``/api/v1/suggest``, ``/api/v1/articles/{id}``, what is similar to
one, and what watches over a server.

An answer names its ``next_cursor`` where more matches follow. The same query string with ``cursor`` set to it goes on
behind the last hit, so that a program walks over every match, each once, while articles are added, too.

Answers must be asked for anew (``no-cache``): an index changes whenever a load commits.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from flask import Blueprint, Response, jsonify, request

from index.article import Article
from search import ArticleNotFound, Hit, InvalidRequest, SearchResult, Snippet, Suggestion
from search.result import DateFacet, Explanation
from web.library import Library
from web.markup import marked, web_address
from web.params import (
    Pairs,
    from_params,
    from_similar_params,
    from_suggest_params,
    listed,
    single,
    switch,
    unknown_parameter,
)

HIT_FIELDS = (
    "id",
    "url",
    "title",
    "title_highlighted",
    "lang",
    "section",
    "source",
    "authors",
    "place",
    "published",
    "date_source",
    "score",
    "snippets",
)
"""What a hit holds, in order; behind them ``explanation``, where ``explain`` asks for it."""

_OWN_PARAMS = ("fields", "highlight", "format")


@dataclass(frozen=True, slots=True)
class Projection:
    """What an answer shows of each hit. Without ``highlight``, snippets are plain text, neither escaped nor marked."""

    fields: tuple[str, ...] = HIT_FIELDS
    highlight: bool = True


_WITHOUT_SNIPPETS = Projection(tuple(name for name in HIT_FIELDS if name not in ("title_highlighted", "snippets")))


def blueprint(library: Library) -> Blueprint:
    """The routes of the endpoint over the index of ``library``."""
    api = Blueprint("api", __name__)

    @api.after_request
    def revalidate(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    @api.get("/api/v1/search")
    def search() -> Response:
        pairs = list(request.args.items(multi=True))
        wanted = from_params(pairs, also=_OWN_PARAMS)
        projection = read_projection(pairs)
        if "snippets" not in projection.fields:
            wanted = replace(wanted, snippets=0)
        return jsonify(result_body(library.searcher.search(wanted), projection))

    @api.get("/api/v1/suggest")
    def suggest() -> Response:
        started = time.perf_counter()
        wanted = from_suggest_params(list(request.args.items(multi=True)))
        found = library.searcher.suggest(wanted.q, wanted.langs, wanted.limit)
        return jsonify(suggest_body(wanted.q, found, (time.perf_counter() - started) * 1000))

    @api.get("/api/v1/articles/<article_id:article_id>/similar")
    def similar(article_id: str) -> Response:
        try:
            found = library.searcher.similar(article_id, from_similar_params(list(request.args.items(multi=True))))
        except ArticleNotFound as missing:
            try:  # an id may itself end so
                return article(f"{article_id}/similar")
            except ArticleNotFound:
                raise missing from None
        return jsonify({"results": [_hit(hit, _WITHOUT_SNIPPETS) for hit in found]})

    @api.get("/api/v1/articles/<article_id:article_id>")
    def article(article_id: str) -> Response:
        for name in request.args:
            raise unknown_parameter(name, ())
        return jsonify(article_body(library.searcher.article(article_id).article))

    @api.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "ok"})

    @api.get("/readyz")
    def readyz() -> Response:
        readiness = library.searcher.readiness()
        status = "ready" if readiness.fallback is None else "degraded"
        problem = readiness.fallback and library.without_paths(readiness.fallback)
        return jsonify({"status": status, "generation": readiness.generation, "problem": problem})

    return api


def read_projection(pairs: Pairs) -> Projection:
    """What ``fields``, ``highlight`` and ``format`` ask for. Raises :class:`search.InvalidRequest`."""
    given: Mapping[str, list[str]] = {name: [] for name in _OWN_PARAMS}
    for name, value in pairs:
        if name in given:
            given[name].append(value)
    kind = single("format", given["format"])
    if kind not in ("", "json"):
        raise InvalidRequest(f"format can't be {kind[:60]!r}", "format", hint="json")
    highlight = switch("highlight", given["highlight"], default=True)
    fields = listed(given["fields"])
    for field in fields:
        if field not in HIT_FIELDS:
            near = unknown_parameter(field, HIT_FIELDS)
            raise InvalidRequest(f"a hit has no field {near.param!r}", "fields", hint=near.hint)
    shown = tuple(name for name in HIT_FIELDS if name in ("id", *fields)) if fields else HIT_FIELDS
    return Projection(shown, highlight)


def result_body(result: SearchResult, projection: Projection) -> dict[str, object]:
    """The answer to a search as it goes out."""
    facets: dict[str, object] = {
        name: [{"value": each.value, "count": each.count, "selected": each.selected} for each in counts]
        for name, counts in result.facets.items()
    }
    if result.dates is not None:
        facets["date"] = _date_facet(result.dates)
    return {
        "query": {"q": result.q, "parsed": result.parsed, "languages": list(result.languages)},
        "total": result.total,
        "page": result.page,
        "per_page": result.per_page,
        "next_cursor": result.next_cursor,
        "took_ms": round(result.took_ms, 2),
        "warnings": [
            {"code": each.code, "message": each.message, "position": each.position} for each in result.warnings
        ],
        "suggestion": result.suggestion,
        "results": [_hit(hit, projection) for hit in result.hits],
        "facets": facets,
    }


def suggest_body(q: str, found: Sequence[Suggestion], took_ms: float) -> dict[str, object]:
    """The ways to complete a query as they go out."""
    return {
        "query": {"q": q},
        "took_ms": round(took_ms, 2),
        "suggestions": [{"text": each.text, "lang": each.lang} for each in found],
    }


def article_body(article: Article) -> dict[str, object]:
    """A whole article as it goes out."""
    return {
        "id": article.id,
        "url": web_address(article.url),
        "title": article.headline,
        "body": article.body,
        "lang": article.lang,
        "lang_source": article.lang_source,
        "lang_confidence": round(article.lang_confidence, 4),
        "section": article.section,
        "source": article.source,
        "authors": list(article.authors),
        "place": article.place,
        "published": article.published,
        "date_source": article.date_source,
    }


def _hit(hit: Hit, projection: Projection) -> dict[str, object]:
    whole: dict[str, object] = {
        "id": hit.id,
        "url": web_address(hit.url),
        "title": hit.title.text,
        "title_highlighted": str(marked(hit.title)),
        "lang": hit.lang,
        "section": hit.section,
        "source": hit.source,
        "authors": list(hit.authors),
        "place": hit.place,
        "published": hit.published,
        "date_source": hit.date_source,
        "score": round(hit.score, 4),
        "snippets": [_shown(snippet, projection) for snippet in hit.snippets],
    }
    shown = {name: whole[name] for name in projection.fields if projection.highlight or name != "title_highlighted"}
    if hit.explanation is not None:
        shown["explanation"] = _explanation(hit.explanation, hit.score)
    return shown


def _explanation(why: Explanation, score: float) -> dict[str, object]:
    return {
        "score": round(score, 4),
        "words": [asdict(each) | {"share": round(each.share, 4)} for each in why.shares],
        "near": round(why.near, 4),
        "in_title": why.in_title,
        "lift": round(why.lift, 4),
        "recent": round(why.recent, 4),
    }


def _shown(snippet: Snippet, projection: Projection) -> str:
    return str(marked(snippet)) if projection.highlight else snippet.text


def _date_facet(facet: DateFacet) -> dict[str, object]:
    buckets: list[dict[str, object]] = []
    for bucket in facet.buckets:
        if bucket.start is None:
            buckets.append({"from": None, "count": bucket.count})
        else:
            buckets.append({"from": bucket.start, "to": bucket.end, "count": bucket.count})
    return {"interval": facet.interval, "buckets": buckets}
