"""Text of articles as HTML: escaped, with no tag but ``<mark>``, and no address that is not http or https."""

from __future__ import annotations

from urllib.parse import urlsplit

from markupsafe import Markup, escape

from search import Snippet


def marked(snippet: Snippet) -> Markup:
    """The snippet's text, escaped, with ``<mark>`` around its spans."""
    parts: list[Markup] = []
    at = 0
    for start, end in snippet.spans:
        parts += [escape(snippet.text[at:start]), Markup("<mark>"), escape(snippet.text[start:end]), Markup("</mark>")]
        at = end
    parts.append(escape(snippet.text[at:]))
    return Markup("").join(parts)


def isolated(text: str) -> Markup:
    """The text, escaped, so that its direction leaves that of what stands around it alone."""
    return Markup("<bdi>{}</bdi>").format(text)


def web_address(url: str | None) -> str | None:
    """``url`` where it is an absolute http or https address that a link may lead to, else ``None``."""
    if not url or any(char.isspace() or not char.isprintable() for char in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host else None


def site_of(url: str) -> str:
    """The name of the site that an address leads to, for people."""
    return (urlsplit(url).hostname or url).removeprefix("www.")
