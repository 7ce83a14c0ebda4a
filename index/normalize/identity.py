"""What tells one article from another: its address, its id, and the digest of its content."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from urllib.parse import quote, urlsplit, urlunsplit

MAX_ID = 512
MAX_URL = 2048
"""Characters; longer addresses are refused by browsers and caches, too."""

_STRETCH = 2_047
"""Bytes that are hashed at a time: from one more on the hash lets go of the interpreter's lock, and where other threads
wait for it, that takes ten times as long as the hash."""
_SCHEME = re.compile(r"\Ahttps?://")
_HOST = re.compile(r"[^\s/\\?#@<>\"'`{}|^%\x00-\x20]{1,253}")
_SAFE = "/:@!$&'()*+,;=~-._%"
_UNSAFE = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]")
_CLEAN = re.compile(r"https?://[a-z0-9._-]{1,253}/[!$-;=@-\[\]_a-z~]*(?:\?[!$-;=?-\[\]_a-z~]+)?")
"""Most addresses, which have nothing to clean: of what may stand in one, only the mark of a fragment is not here."""
_DEFAULT_PORT = {"http": 80, "https": 443}


def clean_url(text: str) -> str | None:
    """The absolute http or https address that ``text`` is: host in lower case, without user name, default port and
    fragment, unsafe characters percent-encoded. ``None`` for anything else, relative and over-long ones included."""
    if len(text) <= MAX_URL and _CLEAN.fullmatch(text):
        return text
    return _cleaned(text)


def _cleaned(text: str) -> str | None:
    address = text.strip().partition("#")[0]
    if len(address) > 2 * MAX_URL:  # urlsplit composes the host's marks, in time that grows with their square
        return None
    try:
        parts = urlsplit(address)
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
    return "u-" + _hash([source or "", _SCHEME.sub("", url, count=1).rstrip("/")], 10)


def id_of_content(source: str | None, title: str, body: str, *, clean: bool = False) -> str:
    """The id of an article that has neither id nor address. ``clean``: see :func:`digest_of`."""
    return "h-" + _hash([source or "", _collapsed(title, clean), _collapsed(body, clean)], 10)


def digest_of(title: str, body: str, *, clean: bool = False) -> str:
    """32 hexadecimal digits that are equal for equal content, however its white space stands. ``clean``: both are as
    :mod:`index.normalize.text` makes them, which saves looking for white space."""
    return _hash([_collapsed(title, clean), _collapsed(body, clean)], 16)


def _encoded(text: str) -> str:
    return _UNSAFE.sub(lambda match: quote(match[0], safe=_SAFE), text)


def _collapsed(text: str, clean: bool) -> str:
    """``text`` with each stretch of white space as one space, none at its ends."""
    return text.replace("\n", " ") if clean else " ".join(text.split())


def _hash(texts: Iterable[str], size: int) -> str:
    whole = b""
    for text in texts:
        data = text.encode("utf-8", "replace")
        whole += len(data).to_bytes(8, "little") + data  # so that no two lists of texts are the same bytes
    if len(whole) <= _STRETCH:
        return blake2b(whole, digest_size=size).hexdigest()
    digest = blake2b(digest_size=size)
    for start in range(0, len(whole), _STRETCH):
        digest.update(whole[start : start + _STRETCH])
    return digest.hexdigest()
