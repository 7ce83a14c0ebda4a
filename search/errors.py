"""What a search can refuse, said so that a person knows what to change."""

from __future__ import annotations


class SearchError(Exception):
    """Any failure of a search."""


class InvalidRequest(SearchError):
    """A request that can't be answered as it stands.

    ``param`` names the parameter at fault as the endpoint spells it (``from``, ``per_page``), ``position`` the code
    point inside the query text, ``hint`` what to do instead.
    """

    def __init__(self, message: str, param: str | None = None, *, position: int | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.position = position
        self.hint = hint


class ArticleNotFound(SearchError):
    """No article has this id."""
