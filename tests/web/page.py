"""Pages as trees, and what may stand in one."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from lxml import html

ELEMENTS = frozenset(
    "html head meta title link script body a header div p nav b svg path span main footer form input label button "
    "details summary select option section h1 h2 h3 article time bdi ul li ol mark aside dl dt dd small code "
    "rect table thead tbody tfoot tr th td".split()
)
ATTRIBUTES = frozenset(
    "lang dir charset name content rel href type src defer class id tabindex aria-label aria-hidden aria-current "
    "aria-labelledby hreflang viewbox width height focusable d role action method value for placeholder maxlength "
    "autocomplete enterkeyhint spellcheck hidden open selected datetime preserveaspectratio x y scope colspan".split()
)
_SITE = re.compile(r"https?://[^\s/]+")


def tree(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def text_of(node: html.HtmlElement) -> str:
    """The text as a reader sees it, white space aside."""
    return " ".join(node.text_content().split())


def get(client: FlaskClient, path: str, status: int = 200, **options: object) -> html.HtmlElement:
    """The page at ``path``, checked to hold nothing that no template wrote."""
    response = client.get(path, **options)
    assert response.status_code == status, (path, response.status_code)
    assert response.content_type == "text/html; charset=utf-8"
    page = tree(response.get_data(as_text=True))
    assert_harmless(page)
    return page


def assert_harmless(page: html.HtmlElement) -> None:
    """No element, attribute or address that our templates do not have."""
    for node in page.iter():
        assert isinstance(node.tag, str), f"a comment or instruction: {node}"
        assert node.tag in ELEMENTS, node.tag
        assert set(map(str.lower, node.attrib)) <= ATTRIBUTES, dict(node.attrib)
        for name in ("href", "src", "action"):
            if name in node.attrib:
                assert_address(node.attrib[name], outward=node.get("class") == "original")
        if node.tag == "script":
            assert not (node.text or "").strip()
    assert len(page.xpath("//form")) == len(page.xpath("//main")) == 1
    assert len(page.xpath("//script")) == 2


def assert_address(address: str, *, outward: bool) -> None:
    if outward:
        assert _SITE.match(address), address
    else:
        assert address.startswith("#") or (address.startswith("/") and not address.startswith(("//", "/\\"))), address


def links(page: html.HtmlElement, where: str) -> dict[str, str]:
    """Addresses of the links inside the elements of an XPath, by their text."""
    return {text_of(link): link.get("href") for link in page.xpath(f"{where}//a[@href]")}


def params(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query, keep_blank_values=True)
