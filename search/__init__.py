"""From a question to an answer; knows nothing of HTTP."""

from search.errors import ArticleNotFound, InvalidRequest, SearchError
from search.request import SearchRequest
from search.result import Hit, SearchResult, Snippet
from search.searcher import FoundArticle, Searcher, open_searcher

__all__ = [
    "ArticleNotFound",
    "FoundArticle",
    "Hit",
    "InvalidRequest",
    "SearchError",
    "SearchRequest",
    "SearchResult",
    "Searcher",
    "Snippet",
    "open_searcher",
]
