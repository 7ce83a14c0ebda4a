"""Completion while typing and "did you mean": the endpoint, the page, and both in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.conftest import RunningServer
from tests.web.page import get, params, text_of
from tests.web.payloads import PAYLOADS


def ask(client: FlaskClient, query: str, status: int = 200) -> dict[str, Any]:
    response = client.get(f"/api/v1/suggest{query}")
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/json"
    body: dict[str, Any] = response.get_json()
    return body


def test_the_endpoint_completes(client: FlaskClient) -> None:
    body = ask(client, "?q=ferr&lang=en")
    assert list(body) == ["query", "took_ms", "suggestions"]
    assert body["query"] == {"q": "ferr"}
    assert body["suggestions"] == [{"text": "ferries", "lang": "en"}]
    assert ask(client, "?q=")["suggestions"] == ask(client, "")["suggestions"] == []
    assert ask(client, "?q=卢莫港")["suggestions"][0] == {"text": "卢莫港口的", "lang": "zh"}
    assert ask(client, "?q=ferr&lang=de")["suggestions"] == []
    assert len(ask(client, "?q=co&limit=1")["suggestions"]) == 1


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("?q=a&limit=0", "limit"),
        ("?q=a&limit=21", "limit"),
        ("?q=a&limit=many", "limit"),
        ("?q=a&q=b", "q"),
        ("?lang=1", "lang"),
        ("?q=a&page=2", "page"),
        ("?q=" + "a" * 513, "q"),
    ],
)
def test_a_wrong_value_names_its_parameter(client: FlaskClient, query: str, param: str) -> None:
    error = ask(client, query, 400)["error"]
    assert error["param"] == param
    assert error["hint"]


def test_hostile_text_is_only_text(client: FlaskClient) -> None:
    for payload in (*PAYLOADS, "\0", "%00", "\ud7ff", "(((", '"' * 400, "?*" * 256, "a:" * 200):
        for head in ("", "ferries ", "title:"):
            body = ask(client, "?q=" + quote((head + payload)[:512]))
            assert all(isinstance(each["text"], str) for each in body["suggestions"])
    assert ask(client, "?q=%ff%fe")["suggestions"] == []
    assert client.post("/api/v1/suggest").status_code == 405


def test_a_misspelt_query_is_put_right(client: FlaskClient) -> None:
    body = client.get("/api/v1/search?q=feries+lumoo&section=Transport").get_json()
    assert (body["total"], body["suggestion"]) == (0, "ferries lumo")
    assert client.get("/api/v1/search?q=ferries").get_json()["suggestion"] is None
    for ui, before in (("en", "Did you mean"), ("de", "Meinten Sie"), ("ar", "هل تقصد"), ("zh", "您是不是要找")):
        page = get(client, f"/?q=harbbour&section=Transport&search_in=title&ui={ui}")
        meant = page.xpath("//*[@class='meant']")
        assert len(meant) == 1
        assert text_of(meant[0]).startswith(before)
        address = meant[0].xpath(".//a/@href")[0]
        wanted = {"q": ["harbour"], "section": ["Transport"], "search_in": ["title"], "ui": [ui]}
        assert params(address) == wanted
        assert len(get(client, address).xpath("//main//article")) == 20
    assert not get(client, "/?q=ferries").xpath("//*[@class='meant']")


# -- in a browser


@pytest.fixture
def pages(browser: Browser) -> Iterator[list[Page]]:
    """Pages opened by a test, closed after it."""
    opened: list[Page] = []
    yield opened
    for page in opened:
        page.context.close()


def visit(browser: Browser, server: RunningServer, path: str, opened: list[Page], **options: object) -> Page:
    page = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}).new_page()  # type: ignore[arg-type]
    opened.append(page)
    page.on("console", lambda message: pytest.fail(message.text) if "Security Policy" in message.text else None)
    page.goto(server.address + path)
    return page


def box_of(page: Page) -> dict[str, str | None]:
    names = ("role", "aria-expanded", "aria-activedescendant", "aria-controls", "aria-autocomplete")
    return {name: page.locator("#q").get_attribute(name) for name in names}


def options(page: Page) -> list[str]:
    return page.locator("#suggestions").get_by_role("option").all_inner_texts()


@pytest.mark.browser
def test_suggestions_are_chosen_by_keyboard(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    page = visit(browser, server, "/?ui=en", pages)
    page.locator("#q").focus()
    assert box_of(page) == {
        "role": "combobox",
        "aria-expanded": "false",
        "aria-activedescendant": None,
        "aria-controls": "suggestions",
        "aria-autocomplete": "list",
    }
    page.keyboard.type("co")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    found = options(page)
    assert {"council", "counted", "counts"} >= set(found)
    assert len(found) > 1
    assert box_of(page)["aria-expanded"] == "true"
    page.keyboard.press("ArrowDown")
    assert box_of(page)["aria-activedescendant"] == "suggestion-0"
    expect(page.locator("#suggestions").get_by_role("option", selected=True)).to_have_text(found[0])
    page.keyboard.press("ArrowUp")
    assert box_of(page)["aria-activedescendant"] is None
    page.keyboard.press("ArrowUp")
    expect(page.locator("#suggestions").get_by_role("option", selected=True)).to_have_text(found[-1])
    assert page.locator("#q").input_value() == "co"
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert page.locator("#q").input_value() == "co"
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/?*q={found[0]}*")
    expect(page.locator("#q")).to_have_value(found[0])


@pytest.mark.browser
def test_a_suggestion_is_chosen_by_pointer_and_escape_empties_the_box(
    browser: Browser, server: RunningServer, pages: list[Page]
) -> None:
    page = visit(browser, server, "/?q=harbour&lang=en&ui=en", pages)
    page.locator("#q").fill("ferr")
    page.locator("#suggestions").get_by_role("option", name="ferries").click()
    page.wait_for_url("**/?*q=ferries*")
    assert "lang=en" in page.url
    page.locator("#q").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_have_value("")
    page.locator("#q").fill("ferr")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()


@pytest.mark.browser
def test_an_answer_that_comes_too_late_is_dropped(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    page = visit(browser, server, "/?ui=en", pages)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.url.endswith("q=coun"):
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/suggest*", hold)
    with page.expect_request("**/api/v1/suggest?q=coun"):
        page.locator("#q").fill("coun")
    page.locator("#q").fill("ferr")
    expect(page.locator("#suggestions").get_by_role("option")).to_have_text(["ferries"])
    held[0].fulfill(json={"suggestions": [{"text": "too late", "lang": "en"}]})
    page.locator("#q").fill("ferri")
    expect(page.locator("#suggestions").get_by_role("option")).to_have_text(["ferries"])
    page.unroute("**/api/v1/suggest*")
    page.route("**/api/v1/suggest*", lambda route: route.abort())
    page.locator("#q").fill("harb")
    expect(page.get_by_role("listbox")).to_be_hidden()


@pytest.mark.browser
def test_composing_a_word_asks_when_it_is_done(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    page = visit(browser, server, "/?ui=zh", pages)
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/suggest" in request.url else None)
    page.locator("#q").focus()
    page.evaluate(
        """() => { const box = document.getElementById('q');
            box.dispatchEvent(new CompositionEvent('compositionstart'));
            box.value = 'lu mo';
            box.dispatchEvent(new InputEvent('input', {isComposing: true}));
            for (const key of ['ArrowDown', 'Enter', 'Escape'])
                box.dispatchEvent(new KeyboardEvent('keydown', {key, isComposing: true, cancelable: true})) }"""
    )
    page.clock.run_for(1_000)
    assert asked == []
    page.evaluate(
        """() => { const box = document.getElementById('q');
            box.value = '卢莫港';
            box.dispatchEvent(new CompositionEvent('compositionend')) }"""
    )
    page.clock.run_for(1_000)
    expect(page.locator("#suggestions").get_by_role("option").first).to_have_text("卢莫港口的")
    assert len(asked) == 1


@pytest.mark.browser
@pytest.mark.parametrize(("ui", "typed"), [("en", "co"), ("ar", "مين"), ("zh", "卢莫港")])
def test_open_suggestions_meet_wcag(
    browser: Browser, server: RunningServer, pages: list[Page], ui: str, typed: str
) -> None:
    page = visit(browser, server, f"/?ui={ui}", pages, viewport={"width": 360, "height": 740})
    page.locator("#q").fill(typed)
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": rules}})
        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    heights = page.evaluate("[...document.querySelectorAll('[role=option]')].map(each => each.offsetHeight)")
    assert min(heights) >= 24


@pytest.mark.browser
def test_without_javascript_the_box_is_a_plain_one(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    page = visit(browser, server, "/?ui=en", pages, java_script_enabled=False)
    assert page.locator("#q").get_attribute("role") is None
    assert page.locator("#q").get_attribute("type") == "search"
    assert not page.locator("#suggestions").is_visible()
    page.locator("#q").fill("feries")
    page.keyboard.press("Enter")
    page.locator(".meant a").click()
    expect(page.locator("h1")).to_have_text("25 articles for “ferries”")
