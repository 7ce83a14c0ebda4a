"""What tells one article from another: its address, its id, and the digest of its content."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from urllib.parse import quote, urlsplit, urlunsplit

MAX_ID = 512
MAX_URL = 2048
"""Characters; longer addresses are refused by browsers and caches, too."""

_HOST = re.compile(r"[^\s/\\?#@<>\"'`{}|^%\x00-\x20]{1,253}")
_SAFE = "/:@!$&'()*+,;=~-._%"
_UNSAFE = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]")
_DEFAULT_PORT = {"http": 80, "https": 443}


def clean_url(text: str) -> str | None:
    """The absolute http or https address that ``text`` is: host in lower case, without user name, default port and
    fragment, unsafe characters percent-encoded. ``None`` for anything else, relative and over-long ones included."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORT or not _HOST.fullmatch(host):
        return None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORT[parts.scheme]:
        host = f"{host}:{port}"
    url = urlunsplit((parts.scheme, host, _encoded(parts.path) or "/", _encoded(parts.query), ""))
    return url if len(url) <= MAX_URL else None


def id_of_url(url: str, source: str | None = None) -> str:
    """The id of an article by its address: the same for http and https, with and without a closing slash. A relative
    address needs its ``source`` beside it."""
    return "u-" + _hash([source or "", re.sub(r"^https?://", "", url).rstrip("/")], 10)


def id_of_content(source: str | None, title: str, body: str) -> str:
    """The id of an article that has neither id nor address."""
    return "h-" + _hash([source or "", _collapsed(title), _collapsed(body)], 10)


def digest_of(title: str, body: str) -> str:
    """32 hexadecimal digits that are equal for equal content, however its white space stands."""
    return _hash([_collapsed(title), _collapsed(body)], 16)


def _encoded(text: str) -> str:
    return _UNSAFE.sub(lambda match: quote(match[0], safe=_SAFE), text)


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _hash(texts: Iterable[str], size: int) -> str:
    digest = blake2b(digest_size=size)
    for text in texts:
        data = text.encode("utf-8", "replace")
        digest.update(len(data).to_bytes(8, "little"))  # so that no two lists of texts are the same bytes
        digest.update(data)
    return digest.hexdigest()
