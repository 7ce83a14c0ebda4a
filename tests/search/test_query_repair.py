"""What does not parse is repaired and searched, and the repair is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.query import MAX_WARNINGS, parse

TABLE = Path(__file__).with_name("broken_queries.tsv")


def rows() -> list[list[str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(("query", "parsed", "warnings"), rows())
def test_a_broken_query_is_repaired_and_told(query: str, parsed: str, warnings: str) -> None:
    understood = parse(query)
    assert understood.parsed == parsed
    assert " ".join(f"{warning.code}@{warning.position}" for warning in understood.warnings) == warnings


@pytest.mark.parametrize(("query", "parsed", "warnings"), rows())
def test_a_repaired_query_needs_no_more_repair(query: str, parsed: str, warnings: str) -> None:
    again = parse(parsed)
    assert again.parsed == parsed
    assert again.tree == parse(query).tree
    assert not again.warnings


def test_every_warning_is_a_sentence() -> None:
    for query, _, _ in rows():
        for warning in parse(query).warnings:
            assert warning.message.endswith((".", "!"))
            assert warning.message[0].isupper() or not warning.message[0].isalpha() or ":" in warning.message


def test_positions_count_the_code_points_of_the_query_as_typed() -> None:
    typed = "\u202a\u202a𝔘 “a b” )"
    [warning] = parse(typed).warnings
    assert typed[warning.position or 0] == ")"


def test_an_operator_does_not_reach_past_what_was_left_out() -> None:
    assert parse("-date:soon trade").parsed == "trade"
    assert parse('war -"" trade').parsed == "war AND trade"
    assert parse("war NOT () trade").parsed == "war AND trade"


def test_plain_punctuation_between_words_is_no_fault() -> None:
    for query in ("war & peace", "Minsk – Astana", "a - b", "Minsk: talks", "a, b; c", "[a] {b}", "¿a?"):
        assert not parse(query).warnings


def test_warnings_are_not_more_than_a_person_reads() -> None:
    assert len(parse(")" * 500).warnings) == MAX_WARNINGS
