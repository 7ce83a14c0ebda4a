"""Articles between processes."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from index.article import Article, RawArticle, Reject, maker_of


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


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (RawArticle, ("a.jsonl:1", "Title", "Body", "7")),
        (Article, ("7", "Title", "Body", "de", "declared", 1.0, "00", "https://a.example/")),
    ],
)
def test_a_maker_makes_the_same_values(kind: Any, values: tuple[object, ...]) -> None:
    plain, made = kind(*values), maker_of(kind)(*values)
    assert type(made) is kind
    assert made == plain
    assert repr(made) == repr(plain)
    assert pickle.loads(pickle.dumps(made)) == plain
    assert made != maker_of(kind)(*values[:-1], "other")
    with pytest.raises(FrozenInstanceError):
        made.title = "another"
