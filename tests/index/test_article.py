"""Articles between processes."""

from __future__ import annotations

import copy
import pickle

from index.article import Article, RawArticle, Reject


def test_what_is_said_of_an_article_goes_from_process_to_process_whole() -> None:
    raw = RawArticle("a.jsonl:1", "Title", "Body", authors=("A", "B"), original="{}")
    article = Article("i", "Title", "Body", "en", "declared", 1.0, "0f", section="World", notes=("cut",))
    for value in (raw, article, Reject("a.jsonl:2", "empty")):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            there: object = pickle.loads(pickle.dumps(value, protocol))
            assert there == value
            assert repr(there) == repr(value)  # what does not count for equality, too
        assert copy.deepcopy(value) == value
        assert not hasattr(value, "__dict__")
