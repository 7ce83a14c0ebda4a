"""CSV and TSV as spreadsheets and programs write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.readers import Limits
from tests.index.readers.archives import SENTENCE, load_bytes

ROWS = [
    ["Title", "Published at", "Body", "Section"],
    ["A “quoted” title", "2026-03-14", f"{SENTENCE}\n\nSecond paragraph; with, all|delimiters.", "Sport"],
    ['She said "no"', "2026-03-15", SENTENCE, ""],
]


def written(rows: list[list[str]], **options: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, **options).writerows(rows)  # type: ignore[arg-type]
    return buffer.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["a.csv", "a"])
def test_delimiter_and_header_are_found(tmp_path: Path, delimiter: str, end: str, name: str) -> None:
    content = written(ROWS, delimiter=delimiter, lineterminator=end)
    outcome = load_bytes(tmp_path, name, content)
    assert not outcome.rejects
    first, second = outcome.articles
    assert (first.title, first.published, first.section) == ("A “quoted” title", "2026-03-14", "Sport")
    assert first.body == f"{SENTENCE}\n\nSecond paragraph; with, all|delimiters."
    assert (second.title, second.section) == ('She said "no"', None)
    assert [article.locator.rpartition(":")[2] for article in outcome.articles] == ["2", "5"]


def test_a_tsv_may_have_commas_in_its_names(tmp_path: Path) -> None:
    outcome = load_bytes(tmp_path, "a.tsv", f"title\tbody\tnotes, title\nOne\t{SENTENCE}\tx\n")
    assert outcome.only.title == "One"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1250"])
def test_what_spreadsheets_save_is_understood(tmp_path: Path, encoding: str) -> None:
    rows = [f"Zażółć gęślą jaźń w mieście {number};Wczoraj wieczorem odbyło się święto łódek." for number in range(30)]
    content = "sep=;\r\nTytuł;Treść\r\n" + "\r\n".join(rows)
    outcome = load_bytes(tmp_path, "a.csv", content.encode(encoding))
    assert outcome.titles == [row.split(";")[0] for row in rows]


def test_old_mac_line_ends_are_understood(tmp_path: Path) -> None:
    assert load_bytes(tmp_path, "a.csv", f"title,body\rOne,{SENTENCE}\rTwo,{SENTENCE}\r").titles == ["One", "Two"]


def test_the_first_of_two_columns_of_one_name_counts(tmp_path: Path) -> None:
    assert load_bytes(tmp_path, "a.csv", f"title,body,title\nOne,{SENTENCE},other\n").only.title == "One"


def test_rows_that_are_short_long_or_blank_are_taken_as_they_are(tmp_path: Path) -> None:
    content = f"title,body\nOne\nTwo,{SENTENCE},more,and more\n,\n\nThree,{SENTENCE}\n"
    outcome = load_bytes(tmp_path, "a.csv", content)
    assert outcome.titles == ["One", "Two", "Three"]
    assert not outcome.rejects


def test_columns_without_names_are_told_by_what_they_hold(tmp_path: Path) -> None:
    rows = [
        f"{n},Title of the story number {n},2026-03-{n:02},en,https://news.example/{n},{SENTENCE}{SENTENCE}"
        for n in range(10, 20)
    ]
    outcome = load_bytes(tmp_path, "a.csv", "\n".join(rows))
    article = outcome.articles[0]
    assert len(outcome.articles) == 10
    assert (article.title, article.published, article.lang) == ("Title of the story number 10", "2026-03-10", "en")
    assert (article.url, article.body) == ("https://news.example/10", SENTENCE * 2)


def test_a_table_that_holds_no_articles_is_rejected_with_its_first_line(tmp_path: Path) -> None:
    outcome = load_bytes(tmp_path, "a.csv", "year,rain,sun\n2024,812,1604\n2025,790,1711\n")
    assert (
        outcome.reason
        == "no column is called title or body, and none looks like one; the first line is: year, rain, sun"
    )


def test_a_quote_that_is_never_closed_costs_the_line_it_stands_in(tmp_path: Path) -> None:
    good = [f"Number {n},{SENTENCE}" for n in range(40)]
    content = "\n".join(["title,body", *good[:20], f'"Bad,{SENTENCE}', *good[20:]])
    outcome = load_bytes(tmp_path, "a.csv", content, limits=Limits(record_bytes=1000))
    assert outcome.titles == [f"Number {n}" for n in range(40)]
    assert outcome.reason.endswith("a quote is opened and never closed")
    assert outcome.rejects[0].locator.endswith(":22")
    assert outcome.rejects[0].original == f'title,body\n"Bad,{SENTENCE}\n'


def test_a_rejected_record_can_be_loaded_again_once_mended(tmp_path: Path) -> None:
    outcome = load_bytes(tmp_path, "a.csv", f"id,title,body\n7,,\n8,Good,{SENTENCE}\n")
    assert outcome.titles == ["Good"]
    assert outcome.rejects[0].original == "id,title,body\n7,,\n"
    assert load_bytes(tmp_path, "b.csv", "id,title,body\n7,Mended,\n").only.id == "7"


def test_a_field_of_a_megabyte_is_read(tmp_path: Path) -> None:
    body = SENTENCE * 15_000
    assert load_bytes(tmp_path, "a.csv", f'title,body\nLong,"{body}"\n').only.body == body


CELLS = st.text(st.sampled_from('ab,;\t"\n é'), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(",;\t|"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str) -> None:
    table = [["title", "body", "id"], *([f"t{a}", f"b{b}", str(n)] for n, (a, b) in enumerate(rows))]
    outcome = load_bytes(tmp_path, "a.csv", written(table, delimiter=delimiter))
    assert not outcome.rejects
    assert [(article.title, article.body) for article in outcome.articles] == [
        (f"t{a}".strip(), f"b{b}".strip()) for a, b in rows
    ]
