"""JSON Lines: each line an article, a bad one costs itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article import RawArticle, Reject
from index.readers import Limits
from index.readers.jsonl import loads, parse_record, plainly_read
from tests.index.readers.archives import jsonl, load_bytes, record, titled

LIMITS = Limits()


def test_a_bad_line_costs_that_line_and_is_kept_as_it_stood(tmp_path: Path) -> None:
    bad = ['{"title": "cut off', "[1, 2]", '"text"', "null", "{}", '{"title": " ", "body": null}', "not JSON"]
    outcome = load_bytes(tmp_path, "a.jsonl", jsonl(record("First"), *bad, "", record("Last")))
    assert [article.locator.rpartition(":")[2] for article in outcome.articles] == ["1", str(len(bad) + 3)]
    assert [reject.original for reject in outcome.rejects] == bad
    assert [reject.reason for reject in outcome.rejects] == [
        "broken JSON: Unterminated string starting at at character 11",
        "a JSON array where an object is expected",
        "a JSON string where an object is expected",
        "a JSON null where an object is expected",
        "no title and no body: it is empty",
        "no title and no body: it has title, body",
        "broken JSON: Expecting value at character 1",
    ]


def test_the_original_of_an_article_is_its_line(tmp_path: Path) -> None:
    line = titled("Köln").decode()
    assert load_bytes(tmp_path, "a.jsonl", line).only.rejected("").original == line.strip()


def test_over_long_lines_are_passed_over_and_not_kept(tmp_path: Path) -> None:
    content = jsonl(record("First"), record("x" * 3000), record("Last"))
    outcome = load_bytes(tmp_path, "a.jsonl", content, limits=Limits(record_bytes=2000))
    assert outcome.titles == ["First", "Last"]
    assert outcome.rejects == [Reject(f"{tmp_path}/a.jsonl:2", "a line of more than 0 MB")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings_are_told_from_the_first_bytes(tmp_path: Path, encoding: str) -> None:
    titles = ["Москва слезам не верит", "北京", "plain"]
    outcome = load_bytes(tmp_path, "a.jsonl", titled(*titles).decode().encode(encoding))
    assert outcome.titles == titles


def test_a_file_in_one_old_encoding_throughout_is_decoded(tmp_path: Path) -> None:
    text = "Правительство обсудило бюджет на следующий год и приняло решение"
    lines = [record(f"{text} {number}") for number in range(20)]
    outcome = load_bytes(tmp_path, "a.jsonl", jsonl(*lines).decode().encode("cp1251"))
    assert outcome.titles[3] == f"{text} 3"
    assert len(outcome.articles) == 20


def test_a_line_in_another_encoding_than_the_file_is_rejected(tmp_path: Path) -> None:
    good = titled("Straße", "Łódź")
    outcome = load_bytes(tmp_path, "a.jsonl", good + '{"title": "Zürich"}\n'.encode("latin-1") + good)
    assert outcome.titles == ["Straße", "Łódź"] * 2
    assert outcome.reason.startswith("not UTF-8")
    assert outcome.rejects[0].original == '{"title": "Z�rich"}'


@pytest.mark.parametrize("name", ["a.json", "a.txt", "a", "a.log.jsonl"])
def test_json_lines_by_any_name_are_known_by_content(tmp_path: Path, name: str) -> None:
    assert load_bytes(tmp_path, name, titled("One", "Two")).titles == ["One", "Two"]


def test_windows_line_ends_are_understood(tmp_path: Path) -> None:
    assert load_bytes(tmp_path, "a.jsonl", titled("One", "Two").replace(b"\n", b"\r\n")).titles == ["One", "Two"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["title", "Body", "name", "x", "Author"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["title", "headline", "body", "content", "date", "authors", "id", "source", "fields"]), JSON
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_object_gives_an_article_or_a_reject_and_every_text_can_be_written(value: dict[str, Any]) -> None:
    outcome = parse_record(json.dumps(value), "a:1", LIMITS)
    assert isinstance(outcome, (RawArticle, Reject))
    for name in outcome.__slots__:
        str(getattr(outcome, name)).encode()
    if isinstance(outcome, RawArticle):
        assert outcome.title or outcome.body


@given(st.text(st.sampled_from('{}[]",:\\ntitlebody 1e9-\x00\ud800é'), max_size=60))
def test_any_line_gives_an_article_or_a_reject(line: str) -> None:
    assert isinstance(parse_record(line, "a:1", LIMITS), (RawArticle, Reject))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * 100_000, "JSON nested too deeply"),
        ('{"a":' * 100_000, "JSON nested too deeply"),
        ('{"title": ' + "9" * 5000 + "}", "broken JSON: "),
        ('{"title": [' + "[]," * 250_000, "more than 200,000 nested values in one record"),
    ],
)
def test_hostile_lines_are_rejected_in_words(line: str, reason: str) -> None:
    outcome = parse_record(line, "a:1", LIMITS)
    assert isinstance(outcome, Reject)
    assert outcome.reason.startswith(reason)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
).map(lambda value: json.dumps(value, ensure_ascii=False))
ODD = [
    "\ufeff{}",
    '{"a": 1, "b": 2, "a": 3}',
    "-0",
    "1e400",
    "NaN",
    "1" * 30,
    "1" * 5_000,
    '"\\ud800"',
    '"\x00\n"',
    " {}\xa0",
]


@settings(max_examples=400)
@given(JSON | st.sampled_from(ODD) | st.text('{}[]",:\\u01d8eE.-+ tn', max_size=20))
def test_a_record_is_parsed_as_the_standard_library_does(text: str) -> None:
    def outcome(parse: Callable[[], Any]) -> str:
        try:
            return repr(parse())
        except ValueError as error:
            return f"{type(error).__name__}: {error}"

    assert outcome(lambda: loads(text)) == outcome(lambda: json.loads(text, strict=False))


@settings(max_examples=400)
@given(JSON | st.sampled_from(ODD) | st.text('{}[]",:\\u01d8eE.-+ tn', max_size=20))
def test_what_is_read_plainly_is_what_the_standard_library_reads(text: str) -> None:
    for line in (text, f'{{"title": {text}}}', f'{{"authors": ["A", {text}]}}'):
        plain = plainly_read(line.encode("utf-8", "surrogatepass"))
        if plain is not None:
            assert repr(plain) == repr(json.loads(line, strict=False))
            assert "\ud800" not in repr(plain).encode("utf-8").decode()


def test_most_lines_are_read_plainly() -> None:
    record = {
        "id": 7,
        "title": "Köln",
        "body": 'Text "quoted".\nMore.',
        "authors": ["A", "B"],
        "url": None,
        "free": True,
    }
    for line in (json.dumps(record), json.dumps(record, ensure_ascii=False)):
        assert plainly_read(line.encode()) == record
    for other in (
        '{"a": 1.5}',
        '{"a": {"b": "c"}}',
        '{"a": 123456789012345678901234567890}',
        '["a"]',
        "{",
        '{"a": [1]}',
    ):
        assert plainly_read(other.encode()) is None
