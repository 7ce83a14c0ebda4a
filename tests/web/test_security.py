"""Nothing that stands in an article, a query or a header becomes markup, script, a strange link or a header."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import run_wsgi_app

from tests.archive import article, build_index
from tests.web.page import assert_harmless, get, text_of, tree
from tests.web.payloads import PAYLOADS
from web import Config, create_app
from web.markup import web_address
from web.params import ATTRIBUTES
from web.security import CONTENT_SECURITY_POLICY, SECURITY_HEADERS

FREE_TEXT = ("section", "source", "author", "exclude_section", "exclude_source", "utm_source")
STRICT = [name for name in ATTRIBUTES if name not in (*FREE_TEXT, "q", "facets")] + ["ui"]
SEED = 20260205


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """An archive whose every field is a payload; written past the normaliser, which would take some of them out."""
    articles = [
        article(
            f"{payload} needle",
            f"needle {payload}\n{payload} {number}",
            id=f"{number}-{payload}",
            **dict.fromkeys(("url", "section", "source", "place"), payload),
            authors=(payload.replace("\x1f", ""), "needle"),
        )
        for number, payload in enumerate(PAYLOADS)
    ]
    path = build_index(tmp_path_factory.mktemp("hostile") / "index", articles)
    app = create_app(Config(path))
    yield app.test_client()
    app.extensions["kiosk_library"].close()


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 60


def test_articles_of_payloads_are_only_text_on_every_page(hostile: FlaskClient) -> None:
    seen = 0
    for page_number in (1, 2, 3, 4):
        page = get(hostile, f"/?q=needle+OR+aler*+OR+scri*&facet_size=100&explain=1&page={page_number}")
        for hit in page.xpath("//main//article"):
            seen += 1
            assert hit.xpath(".//mark"), "the word that was searched is marked"
            assert "needle" in [text_of(form) for form in hit.xpath(".//details//tbody//bdi")]
    assert seen == len(PAYLOADS)
    assert len(get(hostile, "/").xpath("//main//article")) == 6


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_a_payload_in_an_article_is_shown_as_it_stands(hostile: FlaskClient, number: int) -> None:
    payload = PAYLOADS[number]
    page = get(hostile, "/article/" + quote(f"{number}-{payload}", safe="") + "?q=needle")
    if payload.isprintable():
        assert " ".join(payload.split()) in text_of(page.xpath("//h1")[0])
    for link in page.xpath("//a[@class='original']"):
        assert link.get("href").startswith(("https://", "http://"))


def test_json_keeps_payloads_as_text_and_marks_escaped(hostile: FlaskClient) -> None:
    body = hostile.get("/api/v1/search?q=needle&per_page=100&explain=1").get_json()
    assert body["total"] == len(PAYLOADS)
    for hit in body["results"]:
        assert hit["section"] in PAYLOADS
        assert hit["url"] is None or hit["url"].startswith(("https://", "http://"))
        for text in (hit["title_highlighted"], *hit["snippets"]):
            fragment = html.document_fromstring(f"<div>{text}</div>").find(".//div")
            assert {node.tag for node in fragment.iterdescendants()} <= {"mark"}
            assert not any(node.attrib for node in fragment.iterdescendants())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_any_parameter_is_only_text(client: FlaskClient, payload: str) -> None:
    everything = urlencode([("q", payload), *((name, payload) for name in FREE_TEXT)])
    for path in (f"/?{everything}&per_page=1", f"/article/a1?{urlencode({'q': payload})}"):
        response = client.get(path)
        assert response.status_code in (200, 400, 404)
        assert_harmless(tree(response.get_data(as_text=True)))
        assert_guarded(response.headers)
    for name in STRICT:
        response = client.get("/?" + urlencode({"q": "none", name: payload}))
        assert response.status_code in (200, 400)
        assert_harmless(tree(response.get_data(as_text=True)))
    for path in ("/" + quote(payload), "/article/" + quote(payload, safe=""), "/static/" + quote(payload)):
        page = get(client, path, 404)
        assert text_of(page.xpath("//h1")[0]) == "There is nothing here"
    strict = [*STRICT[:-1], "facets", "fields", "format", "highlight", payload]
    for query in (everything.partition("&utm")[0], *(urlencode({"q": "none", name: payload}) for name in strict)):
        answer = client.get(f"/api/v1/search?{query}")
        assert answer.status_code in (200, 400)
        assert answer.content_type == "application/json"
        assert_guarded(answer.headers)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_a_header_of_the_request_changes_nothing(app: Flask, payload: str) -> None:
    plain = payload.encode().decode("latin-1")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "QUERY_STRING": "q=%2a",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "SERVER_PROTOCOL": "HTTP/1.1",
        **{f"HTTP_{name}": plain for name in ("ACCEPT_LANGUAGE", "HOST", "COOKIE", "REFERER", "USER_AGENT", "RANGE")},
        **{f"HTTP_{name}": plain for name in ("X_FORWARDED_HOST", "IF_NONE_MATCH", "ACCEPT", "ORIGIN")},
    }
    body, status, headers = run_wsgi_app(app, environ, buffered=True)
    text = b"".join(body).decode()
    assert status == "200 OK"
    assert "evil" not in text + str(headers)
    assert "Set-Cookie" not in headers
    assert_harmless(tree(text))
    assert_guarded(headers)


def assert_guarded(headers: object) -> None:
    for name, value in SECURITY_HEADERS:
        assert headers.getlist(name) == [value]  # type: ignore[attr-defined]
    assert not [name for name, _ in headers if name in ("X-Injected", "Set-Cookie", "Location")]  # type: ignore[attr-defined]
    assert "Access-Control-Allow-Origin" not in headers  # type: ignore[operator]


PATHS = ["/", "/?q=x", "/?page=0", "/none", "/article/none", "/api/v1/search", "/api/none", "/healthz", "/readyz"]


@pytest.mark.parametrize("path", [*PATHS, "/robots.txt", "/static/kiosk.css", "/static/favicon.svg", "/static/none"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "TRACE"])
def test_every_response_carries_the_security_headers(client: FlaskClient, path: str, method: str) -> None:
    with client.open(path, method=method) as response:
        assert response.status_code in (200, 400, 404, 405)
        assert_guarded(response.headers)


def test_the_policy_allows_nothing_but_our_own_files() -> None:
    policy = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert {policy[f"{kind}-src"] for kind in ("style", "script", "img", "connect")} == {"'self'"}
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_files_are_served_with_their_types_and_may_be_kept(client: FlaskClient) -> None:
    kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    page = get(client, "/")
    addresses = page.xpath("//link/@href | //script/@src")
    assert len(addresses) == 4
    for address in addresses:
        with client.get(address) as response:
            kind = address.split("?")[0].rsplit(".", 1)[1]
            assert response.content_type.split(";")[0] == kinds[kind]
            assert "max-age=31536000" in response.headers["Cache-Control"]


def test_no_template_holds_style_or_script_of_its_own() -> None:
    for path in (Path(__file__).resolve().parents[2] / "web" / "templates").iterdir():
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://bücher.example/straße", True),
        ("HTTPS://EXAMPLE.ORG", True),
        ("http://[::1]/", True),
        ("http://[::1", False),
        ("https:evil.example", False),
        ("https:///x", False),
        ("//evil.example", False),
        ("ftp://example.org", False),
        ("java\nscript:alert(1)", False),
        ("https://example.org/\u202egpj.exe", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(url: str | None, kept: bool) -> None:
    assert web_address(url) == (url if kept else None)


def odd_requests(count: int) -> Iterator[dict[str, str]]:
    """Requests that no browser sends: names and values of random bytes, in every place there is."""
    rng = random.Random(SEED)
    heads = ["/", "/article/", "/api/v1/search", "/api/v1/articles/", "/static/", "/healthz", "/api/v1/", ""]
    names = [*ATTRIBUTES, "ui", "fields", "highlight", "format", "zzz", ""]
    bits = ["%", "%0", "%zz", "%00", "%ff", "&", "=", ";", "+", '"', "(", ")", "*", "?", "~", "^", "[", "]", ":", "AND"]
    bits += ["OR", "NOT", "date:", "title:", "..", "2026", "-", "😀".encode().decode("latin-1"), "a", "1", " ", "\x00"]

    def junk(longest: int) -> str:
        if rng.random() < 0.5:
            return "".join(rng.choices(bits, k=rng.randint(0, longest)))
        return rng.randbytes(rng.randint(0, longest)).decode("latin-1")

    for _ in range(count):
        pairs = "&".join(f"{rng.choice([*names, junk(3)])}={junk(12)}" for _ in range(rng.randint(0, 4)))
        yield {
            "REQUEST_METHOD": rng.choice(["GET"] * 8 + ["HEAD", "POST", "OPTIONS", "BREW", ""]),
            "PATH_INFO": rng.choice(heads) + junk(rng.choice([0, 0, 6])),
            "QUERY_STRING": pairs,
            "CONTENT_LENGTH": rng.choice(["", "0", "-1", "x", "99999999999"]),
            "CONTENT_TYPE": rng.choice(["", junk(5)]),
            "HTTP_HOST": rng.choice(["localhost", "localhost", junk(8)]),
            "HTTP_ACCEPT_LANGUAGE": junk(6),
            "HTTP_COOKIE": junk(6),
            "HTTP_IF_NONE_MATCH": junk(4),
            "HTTP_IF_MODIFIED_SINCE": junk(4),
            "HTTP_RANGE": rng.choice(["", "bytes=5-1", junk(4)]),
        }


def test_no_odd_request_is_a_fault_of_ours(app: Flask) -> None:
    print("seed", SEED)
    fixed = {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http"}
    for odd in odd_requests(2_000):
        body, status, headers = run_wsgi_app(app, {**fixed, **odd}, buffered=True)
        assert int(status.split()[0]) < 500, odd
        assert_guarded(headers)
        text = b"".join(body).decode()
        if headers.get("Content-Type", "").startswith("text/html") and text:
            assert_harmless(tree(text))
