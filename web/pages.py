"""The pages for people: search, article, errors. Complete without JavaScript; every state is an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import Blueprint, Response, current_app, g, make_response, render_template, request

from index.dates import iso_day, span_of
from search import InvalidRequest, SearchRequest
from web.choices import FACET_NAMES, FEW, chips, facet_panels, unfiltered
from web.interface import Interface, chosen
from web.library import Library
from web.links import Links
from web.notices import refusal_notice, warning_notice
from web.paging import paging
from web.params import ATTRIBUTES, from_params
from web.timeline import timeline

_NEWEST = SearchRequest(per_page=6, facets=(), snippets=1)
_BROWSE = ("", "*")
_KNOWN = frozenset(ATTRIBUTES) - {"facets", "cursor"}
"""The parameters of a page, which shows its own facets and has pages where programs have cursors."""

_ROBOTS = "User-agent: *\nDisallow: /api/\nDisallow: /?\n"


@dataclass(frozen=True, slots=True)
class DateField:
    """One end of the span of time in the search form."""

    name: str
    value: str
    as_text: bool
    """Whether it is shown as typed, since a browser's own field for days could not hold it."""


def blueprint(library: Library) -> Blueprint:
    """The pages over the index of ``library``."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def search() -> Response:
        wanted = page_request()
        links = Links(wanted, ui_param())
        if wanted == SearchRequest():
            return _start(library, links)
        return _results(library, wanted, links)

    @pages.get("/article/<article_id:article_id>")
    def article(article_id: str) -> Response:
        wanted = page_request()
        found = library.searcher.article(article_id, wanted.q)
        searched = wanted != SearchRequest()
        return _page(
            "article.html",
            Links(wanted, ui_param()),
            found=found,
            similar=library.searcher.similar(article_id),
            searched=searched,
            stats=library.stats(),
        )

    @pages.get("/robots.txt")
    def robots() -> Response:
        return Response(_ROBOTS, mimetype="text/plain")

    return pages


def error_page(status: HTTPStatus, refusal: InvalidRequest | None = None) -> Response:
    """The page of an error: what happened and where to go on. The index is not asked."""
    try:
        links = Links(page_request(), ui_param())
    except InvalidRequest:
        links = Links(SearchRequest(q=request.args.get("q", "")), ui_param())
    notice = refusal_notice(refusal, interface()) if refusal else None
    response = _page("error.html", links, status=status, notice=notice)
    response.status_code = status
    return response


def interface() -> Interface:
    """The interface language of the present request."""
    if "interface" not in g:
        g.interface = chosen(interfaces(), request.args.get("ui"), request.accept_languages)
    found: Interface = g.interface
    return found


def interfaces() -> Mapping[str, Interface]:
    """All interface languages by their codes."""
    found: Mapping[str, Interface] = current_app.extensions["kiosk_interfaces"]
    return found


def ui_param() -> str | None:
    """The interface language that the address names, where it is one."""
    code = request.args.get("ui")
    return code if code is not None and code in interfaces() else None


def page_request() -> SearchRequest:
    """The search that the address of the page names; what the page does not know is ignored.

    Raises :class:`search.InvalidRequest`.
    """
    return from_params(pair for pair in request.args.items(multi=True) if pair[0] in _KNOWN)


def date_field(name: str, text: str | None, *, first: bool) -> DateField:
    """The form's field for ``from`` or ``to``: a partial date as the first or last day that it means."""
    if text is None:
        return DateField(name, "", as_text=False)
    try:
        span = span_of(text)
    except ValueError:
        return DateField(name, text, as_text=True)
    if "T" in text:
        return DateField(name, text, as_text=True)
    return DateField(name, iso_day(span.first if first else span.last), as_text=False)


def _start(library: Library, links: Links) -> Response:
    stats = library.stats()
    return _page(
        "start.html",
        links,
        stats=stats,
        newest=library.searcher.search(_NEWEST).hits,
        sections=_most(stats.sections, 14),
        languages=_most(stats.languages, 40),
        sources=_most(stats.sources, 14),
    )


def _most(counts: Mapping[str, int], limit: int) -> list[tuple[str, int]]:
    """The most frequent values, ties in order of the values."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def _results(library: Library, wanted: SearchRequest, links: Links) -> Response:
    small = wanted.facet_size == SearchRequest().facet_size
    asked = replace(
        wanted,
        facets=(*FACET_NAMES, "date"),
        facet_size=FEW if small else wanted.facet_size,
        explain=wanted.explain and wanted.sort in (None, "relevance"),
    )
    result = library.searcher.search(asked)
    spoken = interface()
    filters = chips(wanted, links, spoken)
    without_filters = None
    if not result.total and filters:
        without_filters = library.searcher.search(replace(unfiltered(wanted), facets=(), per_page=1, snippets=0)).total
    return _page(
        "results.html",
        links,
        result=result,
        chips=filters,
        panels=facet_panels(result, Links(asked, links.ui), spoken),
        timeline=timeline(result.dates, links, spoken),
        paging=paging(result, links),
        notices=[warning_notice(warning, spoken) for warning in result.warnings],
        browsing=wanted.q.strip() in _BROWSE,
        ranked=bool(result.hits) and result.sort == "relevance",
        without_filters=without_filters,
        unfiltered=links.to_search(unfiltered(wanted)),
        stats=library.stats(),
    )


def _page(template: str, links: Links, **values: object) -> Response:
    wanted = links.request
    dates = (date_field("from", wanted.date_from, first=True), date_field("to", wanted.date_to, first=False))
    ui = interface()
    text = render_template(template, ui=ui, links=links, wanted=wanted, dates=dates, path=request.path, **values)
    response = make_response(text)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Language"] = ui.code
    response.vary.add("Accept-Language")
    return response
