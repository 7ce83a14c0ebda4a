"""What goes wrong is told in one shape to programs and on a designed page to people."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.page import get, text_of
from web import Config, create_app


def error(client: FlaskClient, path: str, status: int, method: str = "GET", **options: object) -> dict[str, object]:
    response = client.open(path, method=method, **options)
    assert response.status_code == status
    body = response.get_json()
    assert set(body["error"]) == {"code", "message", "param", "position", "hint"}
    assert body["error"]["message"]
    found: dict[str, object] = body["error"]
    return found


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/search", "/api/v1/articles/none"])
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert error(client, path, 404)["code"] == "not_found"


@pytest.mark.parametrize("path", ["/nothing", "/article/none", "/article", "/static/none.css", "/static/../web/api.py"])
def test_a_page_that_is_not_there_says_so(client: FlaskClient, path: str) -> None:
    page = get(client, path, 404)
    assert text_of(page.xpath("//h1")[0]) == "There is nothing here"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_told_which_are_allowed(client: FlaskClient, method: str) -> None:
    for path in ("/api/v1/search", "/healthz", "/", "/article/x"):
        response = client.open(path, method=method)
        assert response.status_code == 405
        assert {"GET", "HEAD"} <= set(response.headers["Allow"].split(", "))
    assert error(client, "/api/v1/search", 405, method)["code"] == "method_not_allowed"


def test_head_answers_without_a_body(client: FlaskClient) -> None:
    for path in ("/", "/?q=ferries", "/api/v1/search?q=ferries", "/healthz", "/static/kiosk.css", "/robots.txt"):
        with client.head(path) as response:
            assert (response.status_code, response.data) == (200, b"")


def test_what_is_too_long_is_refused_before_it_is_read(client: FlaskClient) -> None:
    assert error(client, "/api/v1/search?q=" + "a" * 8192, 414)["code"] == "uri_too_long"
    assert error(client, "/api/v1/articles/" + "a" * 9000, 414)["code"] == "uri_too_long"
    assert error(client, "/api/v1/search", 413, data=b"x" * 70_000)["code"] == "content_too_large"
    assert text_of(get(client, "/?q=" + "a" * 8192, 414).xpath("//h1")[0]) == "This is too long"


def test_a_refused_search_keeps_what_was_typed(client: FlaskClient) -> None:
    page = get(client, "/?q=ferries&from=yesterday", 400)
    assert page.xpath("//input[@name='q']/@value") == ["ferries"]
    assert page.xpath("//input[@name='from']/@value") == ["yesterday"]
    assert "yesterday" in text_of(page.xpath("//main")[0])
    assert page.xpath("//main//p[@lang='de']") == []
    german = get(client, "/?q=ferries&from=yesterday&ui=de", 400)
    assert "2026-02-05" in text_of(german.xpath("//main//p[@lang='de']")[0])


def test_a_fault_of_ours_shows_no_trace(index_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Config(index=index_path))

    def broken() -> str:
        raise RuntimeError("secret detail")

    app.add_url_rule("/api/broken", view_func=broken)
    app.add_url_rule("/broken", endpoint="broken_page", view_func=broken)
    client = app.test_client()
    with caplog.at_level(logging.CRITICAL):
        found = error(client, "/api/broken", 500)
        page = client.get("/broken")
    assert found["code"] == "internal_error"
    assert page.status_code == 500
    assert "secret" not in str(found) + page.get_data(as_text=True)
    assert "Content-Security-Policy" in page.headers


@pytest.fixture
def unready(tmp_path: Path) -> Flask:
    return create_app(Config(index=tmp_path / "none"))


def test_without_an_index_it_is_unavailable_and_says_where_to_look(unready: Flask) -> None:
    client = unready.test_client()
    assert client.get("/healthz").status_code == 200
    for path in ("/readyz", "/api/v1/search", "/api/v1/articles/x"):
        assert error(client, path, 503)["code"] == "service_unavailable"
    page = get(client, "/", 503)
    assert text_of(page.xpath("//h1")[0]) == "The archive can’t be read just now"


def test_an_index_that_comes_later_is_found(tmp_path: Path) -> None:
    from tests.archive import article, build_index

    client = create_app(Config(index=tmp_path / "index")).test_client()
    assert client.get("/readyz").status_code == 503
    build_index(tmp_path / "index", [article("Late", "Better late.")])
    assert client.get("/readyz").status_code == 200
    assert client.get("/api/v1/search?q=late").get_json()["total"] == 1
