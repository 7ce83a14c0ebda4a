"""What the benchmark of searching asks, and how it compares."""

from __future__ import annotations

import random

import numpy as np
import pytest

from benchmarks.queries import Question
from benchmarks.searching.classes import BROWSE, Drawing, questions, titles_of
from benchmarks.searching.grammar import random_query
from benchmarks.searching.kiosk import text_of
from benchmarks.searching.replay import recorded, replayed
from benchmarks.texts import invented
from index.columnar.arrays import I8
from index.compiled import kernel
from search.kernels.best import READ, STATE


def test_classes_ask_distinct_questions_and_the_same_ones_each_time() -> None:
    pools = invented()
    asked = questions(pools, 12, seed=3)
    assert asked == questions(pools, 12, seed=3)
    for name, some in asked.items():
        assert len(some) == 12
        assert {question.name for question in some} == {name}
        assert name == BROWSE or len(set(some)) == 12


def test_more_questions_than_titles_give_are_refused() -> None:
    few = [titles for titles in titles_of(invented()) if titles.lang == "en"]
    some = few[0]
    with pytest.raises(ValueError, match="one word"):
        Drawing([type(some)(some.lang, 1.0, some.titles[:1], {})], 1).drawn("one word", 50)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question("a", ("oil", "prices")), "oil prices"),
        (Question("a", ("oil", "prices"), kind="phrase"), '"oil prices"'),
        (Question("a", ("pric",), kind="prefix"), "pric*"),
        (Question("a", ("pirces",), kind="fuzzy", distance=2), "pirces~2"),
        (Question("a", kind="browse"), ""),
    ],
)
def test_a_question_is_written_in_the_query_language(question: Question, text: str) -> None:
    assert text_of(question) == text


def test_random_queries_stay_within_the_length_of_a_query() -> None:
    print("seed 5")
    chance = random.Random(5)
    assert all(0 < len(random_query(chance, ["oil", "дом"])) <= 500 for _ in range(500))


@kernel("(i8,i8)(in i8[:], out i8[:])")
def add(values: I8, state: I8) -> tuple[int, int]:
    for value in values:
        state[READ] += value
    return 0, 0


def test_a_recorded_call_runs_again_with_what_it_was_given() -> None:
    state = np.zeros(STATE, np.int64)
    calls = recorded(lambda: add(np.arange(5), state), name="add")
    assert state[READ] == 10
    assert calls[0].postings == 10
    replayed(calls, 2)
    assert state[READ] == 10
