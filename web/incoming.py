"""A request whose query string may be any bytes."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property


class IncomingRequest(Request):
    """Flask's request; where its own ``args`` would fail on bytes that are no UTF-8, these stand as U+FFFD."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        text = self.query_string.decode(errors="replace")
        return ImmutableMultiDict(parse_qsl(text, keep_blank_values=True, errors="replace"))
