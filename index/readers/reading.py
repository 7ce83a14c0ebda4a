"""Records to articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from index.article import RawArticle, Reject
from index.readers.html import read_page
from index.readers.json_array import read_object
from index.readers.jsonl import read_line
from index.readers.limits import Limits
from index.readers.records import Record

_DEFAULT = Limits()
_READ: Mapping[str, Callable[[Record, Limits], list[RawArticle | Reject]]] = {
    "line": read_line,
    "object": read_object,
    "page": read_page,
}


def read_record(record: Record, limits: Limits = _DEFAULT) -> list[RawArticle | Reject]:
    """The articles and rejects in ``record``, at least one. It hangs on nothing but the two, and never raises: what
    breaks our code costs that record only. Cost: microseconds for JSON, some 50 ms for a page."""
    if isinstance(record.content, (RawArticle, Reject)):
        return [record.content]
    try:
        return _READ[record.kind](record, limits)
    except Exception as error:
        return [Reject(record.locator, f"could not be read ({type(error).__name__}: {error})")]
