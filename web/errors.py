"""What goes wrong, told in HTTP: one JSON shape for programs, a designed page for people.

No other file knows statuses.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge, RequestURITooLarge

from index.errors import KioskError
from search import ArticleNotFound, InvalidRequest
from web.pages import error_page

MAX_QUERY_STRING = 8 * 1024
"""Bytes of a query string besides its cursor; also the limit of a path."""

MAX_CURSOR = 64 * 1024
"""Bytes. A cursor carries statistics of each word in each language: some 2,000 for eight words in 60 languages, 54,000
for 32 words in 280."""

MAX_BODY = 64 * 1024
"""Bytes; nothing here reads a body."""

_MACHINE_PATHS = ("/api/", "/healthz", "/readyz")

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "content_too_large", 414: "uri_too_long"}


def install(app: Flask) -> None:
    """Lets ``app`` answer every failure in the one shape, and refuse what is too long before anything reads it."""
    app.before_request(_refuse_oversized)
    app.register_error_handler(InvalidRequest, _invalid_request)
    app.register_error_handler(ArticleNotFound, _article_not_found)
    app.register_error_handler(KioskError, _index_unavailable)
    app.register_error_handler(HTTPException, _http_error)


def error_body(
    code: str, message: str, *, param: str | None = None, position: int | None = None, hint: str = ""
) -> dict[str, dict[str, object]]:
    """The one shape of an error."""
    return {"error": {"code": code, "message": message, "param": param, "position": position, "hint": hint}}


def _refuse_oversized() -> None:
    cursor = sum(len(part) for part in request.query_string.split(b"&") if part.startswith(b"cursor="))
    if cursor > MAX_CURSOR:
        raise InvalidRequest("cursor is too long", "cursor", hint="take next_cursor from the answer before")
    if len(request.query_string) - cursor > MAX_QUERY_STRING or len(request.path.encode()) > MAX_QUERY_STRING:
        raise RequestURITooLarge(f"The address is longer than {MAX_QUERY_STRING:,} bytes.")
    if (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge(f"The body is longer than {MAX_BODY:,} bytes; none is needed.")


def _invalid_request(error: InvalidRequest) -> Response:
    if _for_machine():
        body = error_body("invalid_request", error.message, param=error.param, position=error.position, hint=error.hint)
        return _json(body, HTTPStatus.BAD_REQUEST)
    return error_page(HTTPStatus.BAD_REQUEST, refusal=error)


def _article_not_found(error: ArticleNotFound) -> Response:
    if _for_machine():
        return _json(error_body("not_found", f"{error}", hint="ids are those of search results"), HTTPStatus.NOT_FOUND)
    return error_page(HTTPStatus.NOT_FOUND)


def _index_unavailable(error: KioskError) -> Response:
    current_app.logger.error("the index can't be used: %s", error)
    if _for_machine():
        message = "The index can't be used at the moment."
        body = error_body("service_unavailable", message, hint="the server's log says why; try again later")
        return _json(body, HTTPStatus.SERVICE_UNAVAILABLE)
    return error_page(HTTPStatus.SERVICE_UNAVAILABLE)


def _http_error(error: HTTPException) -> Response:
    """A failure that Flask or Werkzeug found; an exception of ours arrives as a 500, its trace in the log only."""
    status = HTTPStatus(error.code or 500)
    if status < 400:
        return Response(error.get_response(request.environ).get_data(), status)
    response = _json(_http_body(error, status), status) if _for_machine() else error_page(status)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _http_body(error: HTTPException, status: HTTPStatus) -> dict[str, dict[str, object]]:
    if isinstance(error, InternalServerError):
        return error_body("internal_error", "Something went wrong in the server.", hint="the server's log says what")
    code = _CODES.get(status, "service_unavailable" if status >= 500 else "invalid_request")
    own = isinstance(error, RequestURITooLarge | RequestEntityTooLarge)
    message = str(error.description) if own else f"{status.phrase}."
    hints = {
        404: "the search is at /api/v1/search",
        405: "only GET and HEAD are answered here",
        413: "send no body",
        414: "choose fewer values, or shorten the query",
    }
    return error_body(code, message, hint=hints.get(status, ""))


def _for_machine() -> bool:
    return request.path.startswith(_MACHINE_PATHS) or request.path == "/api"


def _json(body: dict[str, dict[str, object]], status: HTTPStatus) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response
