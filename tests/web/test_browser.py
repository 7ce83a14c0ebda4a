"""The pages in a real browser: accessible, readable on a phone, usable by keyboard and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import RunningServer

pytestmark = pytest.mark.browser

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = {
    "start": "/?ui=en",
    "results": "/?q=harbour+AND+(&section=Transport&from=2026-01&exclude_lang=de&ui=de&per_page=5",
    "results in Arabic": "/?q=ميناء+OR+harbour+OR+渡轮&ui=ar&per_page=5&sort=oldest",
    "nothing found": "/?q=moonshine+moonlight&lang=de&search_in=title&ui=ru",
    "article": "/article/letters%2F1987%20%E2%84%965%3F%23%25?q=harbour&ui=zh",
    "long words": "/?q=unbroken*+OR+yyyy*+OR+xxx*&ui=en",
    "error": "/?page=abc&ui=ar",
    "explained": "/?q=harbour+Lumo+AND+(ferr*+OR+feries~1)&explain=1&half_life=900&per_page=3&ui=de",
    "explained in Arabic": "/?q=ميناء+OR+harbour+OR+渡轮&explain=1&match=exact&qlang=ar&half_life=30&ui=ar",
}


TOO_SMALL = """() =>
    [...document.querySelectorAll('main a, main summary, header a, header button, header summary')]
        .filter(each => !each.closest('svg, .skip'))
        .map(each => [each.textContent.trim(), each.getBoundingClientRect()])
        .filter(([, box]) => box.height && (box.height < 23.5 || box.width < 23.5)).map(([text]) => text)"""
"""The names of links and buttons of fewer than 24 pixels (WCAG 2.5.8)."""


@pytest.fixture
def pages(browser: Browser) -> Iterator[list[Page]]:
    """Pages opened by a test, closed after it."""
    opened: list[Page] = []
    yield opened
    for page in opened:
        page.context.close()


def visit(browser: Browser, server: RunningServer, path: str, opened: list[Page], **options: object) -> Page:
    context = browser.new_context(**{"viewport": WIDE, **options})  # type: ignore[arg-type]
    page = context.new_page()
    opened.append(page)
    page.on("console", lambda message: complaints.append(message.text) if "Security Policy" in message.text else None)
    complaints: list[str] = []
    page.goto(server.address + path)
    assert complaints == []
    return page


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_meets_wcag_and_fits_a_phone(
    browser: Browser, server: RunningServer, pages: list[Page], screen: str
) -> None:
    page = visit(browser, server, SCREENS[screen], pages)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    axe = Axe()
    found = axe.run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="dark")
    found = axe.run(page, options={"runOnly": {"type": "rule", "values": ["color-contrast"]}})
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(TOO_SMALL) == [], "targets smaller than a finger"


@pytest.mark.parametrize(("language", "edge"), [("ar", "right"), ("de", "left")])
def test_the_name_stands_where_reading_begins(
    browser: Browser, server: RunningServer, pages: list[Page], language: str, edge: str
) -> None:
    for viewport in (PHONE, WIDE):
        page = visit(browser, server, f"/?q=harbour&ui={language}", pages, viewport=viewport)
        first = ".name svg" if edge == "left" else ".name span"
        places = [
            page.evaluate(f"document.querySelector({each!r}).getBoundingClientRect().{edge}")
            for each in (first, "main h1")
        ]
        assert places[0] == pytest.approx(places[1], abs=3)


def test_filters_are_folded_on_a_phone_and_open_beside_the_results(
    browser: Browser, server: RunningServer, pages: list[Page]
) -> None:
    for javascript in (True, False):
        phone = visit(browser, server, "/?q=harbour", pages, viewport=PHONE, java_script_enabled=javascript)
        assert not phone.get_by_role("link", name="Transport 25").first.is_visible()
        phone.locator("#filters summary").click()
        expect(phone.get_by_role("link", name="Transport 25").first).to_be_visible()
        wide = visit(browser, server, "/?q=harbour", pages, java_script_enabled=javascript)
        expect(wide.get_by_role("link", name="Transport 25").first).to_be_visible()


def test_a_search_works_without_javascript(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    page = visit(browser, server, "/?ui=en", pages, java_script_enabled=False)
    page.get_by_label("Search the archive").fill("ferries")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("25 articles for “ferries”")
    page.get_by_role("link", name="The harbour of Lumo counts its ferries, day 9", exact=True).click()
    expect(page.locator(".text mark")).to_have_count(1)
    page.get_by_role("link", name="Back to the results").click()
    expect(page.locator("h1")).to_have_text("25 articles for “ferries”")


def test_with_javascript_addresses_stay_short(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    page = visit(browser, server, "/?ui=en", pages)
    page.keyboard.press("/")
    page.keyboard.type("ferries")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?*q=ferries*")
    assert sorted(page.url.split("?")[1].split("&")) == ["q=ferries", "ui=en"]
    page.go_back()
    expect(page.locator("input[name=from]")).to_be_enabled()


def test_a_bar_narrows_to_its_day(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    page = visit(browser, server, "/?q=ferries&ui=en", pages)
    page.locator("svg.bars a").nth(2).click(position={"x": 5, "y": 30})
    expect(page.locator("h1")).to_have_text("1 article for “ferries”")
    assert "January 3, 2026" in page.locator(".chips").inner_text()


def test_time_runs_with_the_direction_of_the_page(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    places = {}
    for ui in ("en", "ar"):
        page = visit(browser, server, f"/?q=ferries&ui={ui}", pages)
        boxes = [page.locator("svg.bars a").nth(number).bounding_box() for number in (0, 24)]
        places[ui] = [box["x"] for box in boxes if box]
        search, name = page.locator(".box").bounding_box(), page.locator(".name").bounding_box()
        assert search is not None
        assert name is not None
        places[ui].append(search["x"] - name["x"])
    assert places["en"][0] < places["en"][1]
    assert places["ar"][0] > places["ar"][1]
    assert places["en"][2] > 0 > places["ar"][2]


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, server: RunningServer, pages: list[Page]
) -> None:
    page = visit(browser, server, "/?q=harbour&ui=en", pages)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => { const at = document.activeElement;
                const style = getComputedStyle(at.id === 'q' ? at.parentElement : at);
                const inside = at.closest('nav, .timeline, .hit')?.className ?? '';
                return [at === document.body ? 'end' : inside, style.outlineStyle,
                        at.getBoundingClientRect().width > 0] }"""
        )
        if state[0] == "end":
            break
        reached.add(state[0])
        assert state[1] != "none"
        assert state[2], "the focus is on something unseen"
    assert {"filters", "timeline", "sorts", "hit"} <= reached


def test_composing_a_word_does_not_search(browser: Browser, server: RunningServer, pages: list[Page]) -> None:
    page = visit(browser, server, "/?ui=zh", pages)
    prevented = page.evaluate(
        """() => { const box = document.getElementById('q');
            const enter = isComposing => !box.dispatchEvent(new KeyboardEvent('keydown',
                {key: 'Enter', isComposing, bubbles: true, cancelable: true}));
            return [enter(true), enter(false)] }"""
    )
    assert prevented == [True, False]
