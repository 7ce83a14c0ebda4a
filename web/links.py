"""Every address that a page links to, made from the request it stands for; always relative to the server's root."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from search import SearchRequest
from web.params import ATTRIBUTES, to_params

_FROM_THE_FIRST: dict[str, Any] = {"page": 1, "cursor": None}


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses around one search, the interface language kept."""

    request: SearchRequest
    ui: str | None = None
    """The interface language that the address names; ``None`` where the browser's own preference decided."""

    def search(self, **changes: Any) -> str:
        """This search with some attributes changed, from its first hit on unless ``page`` is given."""
        return self.to_search(replace(self.request, **{**_FROM_THE_FIRST, **changes}))

    def to_search(self, request: SearchRequest) -> str:
        """Another search."""
        return "/" + self._query(request)

    def new(self, **values: Any) -> str:
        """A search of nothing but these values."""
        return self.to_search(SearchRequest(**values))

    def without(self, param: str, value: str) -> str:
        """This search without one value of a filter."""
        attribute = ATTRIBUTES[param]
        return self.search(**{attribute: tuple(each for each in getattr(self.request, attribute) if each != value)})

    def with_value(self, param: str, value: str) -> str:
        """This search with one more value of a filter."""
        attribute = ATTRIBUTES[param]
        return self.search(**{attribute: (*getattr(self.request, attribute), value)})

    def article(self, article_id: str) -> str:
        """The page of an article, which remembers this search."""
        return article_path("/article/", article_id) + self._query(self.request)

    def api(self) -> str:
        """This search as JSON."""
        return "/api/v1/search" + _query(to_params(self.request))

    def api_article(self, article_id: str) -> str:
        """An article as JSON."""
        return article_path("/api/v1/articles/", article_id)

    def in_language(self, path: str, ui: str) -> str:
        """The page at ``path`` of this search in another interface language."""
        return quote(path, safe="/") + _query([*to_params(self.request), ("ui", ui)])

    def kept(self) -> list[tuple[str, str]]:
        """What the search form sends on unseen: all that has no field of its own in it."""
        visible = ("q", "from", "to", "op", "match", "search_in")
        pairs = [pair for pair in to_params(replace(self.request, **_FROM_THE_FIRST)) if pair[0] not in visible]
        return [*pairs, *self._ui()]

    def _query(self, request: SearchRequest) -> str:
        return _query([*to_params(request), *self._ui()])

    def _ui(self) -> list[tuple[str, str]]:
        return [("ui", self.ui)] if self.ui else []


def article_path(base: str, article_id: str) -> str:
    """``base`` and the id as one segment of the path: its slashes are encoded, so that no browser takes ``..`` out."""
    return base + quote(article_id, safe="")


def _query(pairs: list[tuple[str, str]]) -> str:
    return "?" + urlencode(pairs) if pairs else ""
