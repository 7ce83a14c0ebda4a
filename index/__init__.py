"""From an archive on disk to an index on disk."""

from index.article import Article, RawArticle, Reject
from index.engine import Engine, open_engine

__all__ = ["Article", "Engine", "RawArticle", "Reject", "open_engine"]
