"""The two values that an article is: as an archive tells it, and as the index keeps it.

This module imports nothing of ours, so that every room can speak of articles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, make_dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Literal, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

DateSource = Literal["declared", "markup", "text", "file"]
"""Where a date came from: a field of the archive, markup of the page, its running text, or the file's own time."""

LanguageSource = Literal["declared", "detected", "none"]
"""What decided the language: the archive's word, a detector, or nothing (``und``)."""


class CheaplyPickled:
    """A value that is pickled as the call that makes it: half the time, between processes, of what frozen dataclasses
    with slots do by themselves."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[Any], tuple[Any, ...]]:
        kind: type[Any] = type(self)
        return kind, _values_of(kind)(self)  # type: ignore[arg-type]  # a type is hashable


@cache
def _values_of(kind: type[Any]) -> Callable[[object], tuple[Any, ...]]:
    """What gives the values of all fields of a ``kind``, two at least."""
    return attrgetter(*(one.name for one in fields(kind)))


def maker_of(kind: Callable[P, T]) -> Callable[P, T]:
    """What makes the same values as ``kind``, a frozen dataclass with slots that is :class:`CheaplyPickled`, in a
    quarter of the time where it is called without names.

    Each field of a frozen one is set by a call. So its twin is made, which is not frozen, and told that it is one of
    this kind, which it is like but for that.
    """
    named: Any = kind
    parts = [
        (one.name, object) if one.default is MISSING else (one.name, object, field(default=one.default))
        for one in fields(named)
    ]
    twin: Any = make_dataclass(named.__name__, parts, bases=(CheaplyPickled,), slots=True)

    def make(*args: P.args, **kwargs: P.kwargs) -> T:
        made = twin(*args, **kwargs)
        made.__class__ = kind
        value: T = made
        return value

    return make


@dataclass(frozen=True, slots=True)
class RawArticle(CheaplyPickled):
    """An article as read from an archive: strings as they stood, nothing normalised yet."""

    locator: str
    """Where it stood, for messages: ``news.zip!/2026/a.jsonl:12``."""
    title: str = ""
    body: str = ""
    """Running text; paragraphs are separated by line breaks. Never markup."""
    id: str | None = None
    url: str | None = None
    published: str | None = None
    """The date as written, in any form."""
    date_source: DateSource | None = None
    lang: str | None = None
    """The language as the archive declares it (``de``, ``deu``, ``German``, ``zh_Hant`` ...)."""
    section: str | None = None
    source: str | None = None
    authors: tuple[str, ...] = ()
    place: str | None = None
    original: str | bytes | None = None
    """The record as it stood (one JSON line, say), so that a rejected one can be mended and loaded again; bytes are
    UTF-8 that nobody needed as text."""

    def rejected(self, reason: str) -> Reject:
        """What becomes of it for this reason."""
        original = self.original
        return Reject(self.locator, reason, original.decode() if isinstance(original, bytes) else original)


@dataclass(frozen=True, slots=True)
class Reject(CheaplyPickled):
    """Something in an archive that did not become an article, and why."""

    locator: str
    reason: str
    """One sentence for a person: what is wrong and, where it helps, what to do."""
    original: str | None = None
    """The record as it stood, where it is text and not over-long."""


HEADLINE = 120
"""Characters of the body that stand in for a missing title."""


@dataclass(frozen=True, slots=True)
class Article(CheaplyPickled):
    """An article in normal form: what the index stores and a hit shows."""

    id: str
    title: str
    """Empty where it has none."""
    body: str
    """NFC text; paragraphs separated by a single ``\\n``; no other control characters."""
    lang: str
    """BCP 47 primary language (``de``, ``zh``, ``und``)."""
    lang_source: LanguageSource
    lang_confidence: float
    """0 to 1; 1 for a declared language, 0 for ``und``."""
    digest: str
    """Hex digest of normalised headline and body: equal for equal content."""
    url: str | None = None
    """Absolute http or https address, or ``None``."""
    published: str | None = None
    """ISO 8601, as precise as is known: see :mod:`index.dates`."""
    date_source: DateSource | None = None
    section: str | None = None
    source: str | None = None
    authors: tuple[str, ...] = ()
    place: str | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What was set right or left out while normalising, one sentence each; not stored."""

    @property
    def headline(self) -> str:
        """What stands above it: its title, or the beginning of the body where it has none."""
        return self.title or beginning(self.body)


def beginning(body: str) -> str:
    """The first line of a body, or so much of it as fits above an article."""
    return shortened(body.split("\n", 1)[0], HEADLINE)


def shortened(text: str, length: int) -> str:
    """At most ``length`` characters of ``text``, cut at a word's end where it has words, with an ellipsis."""
    if len(text) <= length:
        return text
    words = text[:length].rpartition(" ")[0].rstrip(" ,;:–—-")
    return (words if len(words) > length // 2 else text[: length - 1]) + "…"
