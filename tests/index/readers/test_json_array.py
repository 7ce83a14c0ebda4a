"""JSON that is no list of lines is cut into the same records that a parser of the whole would give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.readers import Limits
from index.readers.json_array import _Splitter
from index.readers.stream import ByteStream
from tests.index.readers.archives import load_bytes, record

RECORDS = [record("One"), record("Two", authors=[{"name": "A"}]), record("Three")]
TITLES = ["One", "Two", "Three"]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda records: records,
        lambda records: {"articles": records},
        lambda records: {"status": "ok", "totalResults": 3, "articles": records, "more": [1, 2]},
        lambda records: {"response": {"status": "ok", "results": records, "pages": 1}},
        lambda records: {"hits": {"total": 3, "hits": [{"_index": "n", "_source": each} for each in records]}},
        lambda records: {"title": "All the news", "home_page": "x", "items": records},
        lambda records: {"Nachrichten": records, "stand": "2026"},
        lambda records: {"tags": ["a", "b"], "data": records},
    ],
    ids=["array", "articles", "newsapi", "guardian", "elasticsearch", "json feed", "unknown name", "data"],
)
def test_arrays_are_found_in_what_people_wrap_them_in(tmp_path: Path, wrap: Any, indent: int | None) -> None:
    outcome = load_bytes(tmp_path, "a.json", json.dumps(wrap(RECORDS), indent=indent))
    assert not outcome.rejects
    assert outcome.titles == TITLES


def test_objects_one_after_another_are_records(tmp_path: Path) -> None:
    content = "\n".join(json.dumps(each, indent=2) for each in RECORDS)
    assert load_bytes(tmp_path, "a.json", content).titles == TITLES


def test_a_single_article_with_lists_of_its_own_is_one(tmp_path: Path) -> None:
    single = record("One", items=[{"title": "related"}], results=[{"title": "x", "body": "y"}], authors=[{"name": "A"}])
    assert (
        load_bytes(tmp_path, "a.json", json.dumps({"body": single.pop("body"), **single}, indent=1)).only.title == "One"
    )


def test_a_broken_element_costs_itself(tmp_path: Path) -> None:
    good = json.dumps(record("Good"))
    content = f'[{good}, {{"title": oops}}, {good}, {{}}, {good}]'
    outcome = load_bytes(tmp_path, "a.json", content)
    assert outcome.titles == ["Good"] * 3
    assert [(reject.locator.rpartition(":")[2], reject.original) for reject in outcome.rejects] == [
        ("2", '{"title": oops}'),
        ("4", "{}"),
    ]


def test_of_a_file_that_is_cut_off_the_whole_elements_are_read(tmp_path: Path) -> None:
    content = json.dumps(RECORDS)
    outcome = load_bytes(tmp_path, "a.json", content[: content.index("Three") + 2])
    assert outcome.titles == ["One", "Two"]
    assert outcome.reason.startswith("the JSON ends inside a record")


def test_an_over_long_element_is_passed_over(tmp_path: Path) -> None:
    content = json.dumps([record("One"), record("x" * 5000), record("Two")])
    outcome = load_bytes(tmp_path, "a.json", content, limits=Limits(record_bytes=2000))
    assert outcome.titles == ["One", "Two"]
    assert outcome.reason == "a JSON record of more than 0 MB"


def test_json_without_objects_is_told_of(tmp_path: Path) -> None:
    for content in ("[]", "[[1, 2], [3]]", '["a", "b"]', "[ ]  "):
        assert load_bytes(tmp_path, "a.json", content).reason == "no JSON object in it"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1251"])
def test_other_encodings_are_understood(tmp_path: Path, encoding: str) -> None:
    records = [record(f"Правительство обсудило бюджет на следующий год, часть {n}") for n in range(5)]
    content = json.dumps(records, ensure_ascii=False, indent=1).encode(encoding)
    assert load_bytes(tmp_path, "a.json", content).titles == [each["title"] for each in records]


VALUES = st.recursive(
    st.integers() | st.text(st.sampled_from('ab"\\{}[],:\n é字'), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('xyz{["\\', max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.lists(st.dictionaries(st.text('xy"[{', max_size=3), VALUES, max_size=3), max_size=5),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.integers(1, 40),
)
def test_the_records_are_those_of_a_parser_however_the_file_is_cut(
    records: list[dict[str, Any]], indent: int | None, ascii: bool, size: int
) -> None:
    content = json.dumps(records, indent=indent, ensure_ascii=ascii).encode()
    rest = iter([content[at : at + size] for at in range(0, len(content), size)])
    found = list(_Splitter(Limits()).records(ByteStream(lambda _: next(rest, b""))))
    assert [json.loads(each or b"") for each in found] == records
