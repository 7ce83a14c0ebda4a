"""From a question to an answer; knows nothing of HTTP."""

from search.errors import ArticleNotFound, InvalidRequest, SearchError
from search.request import SearchRequest
from search.result import Hit, SearchResult, Snippet
from search.searcher import FoundArticle, Searcher, open_searcher
from search.suggest import Suggestion
from search.warming import warm_up

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
    "Suggestion",
    "open_searcher",
    "warm_up",
]
