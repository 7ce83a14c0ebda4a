"""Records that are found in one process and read in another give what reading the inputs gives."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.article import RawArticle, Reject
from index.readers import Limits, Record, RejectsInARow, Source, open_inputs, read_record
from tests.index.readers.archives import SENTENCE, gzipped, jsonl, record, tarred, titled, zipped

ROOT = Path(__file__).resolve().parents[3]
PAGE = f"<html><head><title>A page</title></head><body><p>{SENTENCE * 3}</p></body></html>".encode()


def through_records(paths: list[Path], limits: Limits | None = None) -> list[RawArticle | Reject]:
    limits = limits or Limits()
    rejects = RejectsInARow(limits.rejects_in_a_row)

    def elsewhere(found: Record) -> list[RawArticle | Reject]:
        there: Record = pickle.loads(pickle.dumps(found, 5))
        outcomes = read_record(there, limits)
        assert outcomes
        assert there == found
        return outcomes

    with open_inputs(paths, limits=limits) as inputs:
        found = list(inputs.records())
    return [outcome for one in found for outcome in rejects.told(one, elsewhere(one))]


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    contents = {
        "a.jsonl": jsonl(record("First"), '{"title": "cut off', "", record("Last")),
        "b.json": b'{"articles": [' + titled("One").strip() + b', {"title": 3}, ' + titled("Two").strip() + b"]}",
        "c.csv": f"title,body\nThree,{SENTENCE}\n,\n".encode(),
        "d.html": PAGE,
        "e.html": b"<html></html>",
        "f.txt": f"A title\n\n{SENTENCE}\n".encode(),
        "g.jsonl": titled("Köln")[:-10].decode().encode("latin-1", "replace") + b"\n" + b"\xff\xfe{}\n" + titled("é"),
        "h.bin": bytes(range(256)),
        "i.json": b"[]",
        "j.jsonl.gz": gzipped(titled(*map(str, range(50))))[:-20],
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "k.zip").write_bytes(zipped(contents))
    (tmp_path / "l.tar.gz").write_bytes(gzipped(tarred(contents)))
    return tmp_path


def test_what_is_found_and_read_apart_is_what_is_read_at_once(archives: Path) -> None:
    at_once = list(open_inputs([archives]))
    assert through_records([archives]) == at_once
    assert {type(one) for one in at_once} == {RawArticle, Reject}


def test_an_input_without_articles_is_given_up_at_the_same_place(tmp_path: Path) -> None:
    limits = Limits(rejects_in_a_row=5)
    for name in ("a.jsonl", "b.jsonl"):
        lines = [record("Good"), *["{}"] * 4, record("Good"), *["{}"] * 20, record("Never told")]
        (tmp_path / name).write_bytes(jsonl(*lines))
    paths = [tmp_path, tmp_path / "a.jsonl", tmp_path / "a.jsonl"]
    at_once = list(open_inputs(paths, limits=limits))
    assert through_records(paths, limits) == at_once
    reasons = [one.reason for one in at_once if isinstance(one, Reject)]
    assert reasons.count("5 records in a row hold no article: the rest is not read") == 4
    assert len(at_once) == 4 * (2 + 4 + 5 + 1)


def test_the_records_of_an_input_can_be_told_to_be_given_up_before_they_are_read() -> None:
    rejects = RejectsInARow(2)
    sources = (Source(1, "a"), Source(2, "b"))
    found = [Record.of(Reject(f"a:{number}", "empty"), source) for source in sources for number in range(3)]
    seen = [(rejects.has_given_up(one), len(list(rejects.told(one, read_record(one))))) for one in found]
    assert seen == [(False, 1), (False, 2), (True, 0)] * 2


def test_a_record_that_breaks_the_code_costs_itself() -> None:
    broken = Record("a:1", "line", b"{}", encoding="no such encoding")
    assert read_record(broken) == [Reject("a:1", "could not be read (LookupError: unknown encoding: no such encoding)")]


def test_a_record_tells_its_size_and_what_a_reject_keeps_of_it() -> None:
    line = Record("a:1", "line", b'{"title": "\xe9"}', encoding="latin-1")
    assert (line.size, line.original) == (len('{"title": "é"}'), '{"title": "é"}')
    assert Record("a", "page", PAGE).original is None
    assert Record("a:1", "object", b"x" * 100_000).original is None
    assert Record.of(RawArticle("a", "Title", "Body", original="{}")).size == len("TitleBody")
    assert Record.of(RawArticle("a", original="{}")).original == "{}"


def test_pages_are_found_without_loading_what_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(PAGE)
    code = (
        "import sys; from index.readers import open_inputs; found = list(open_inputs([sys.argv[1]]).records());"
        "assert found[0].kind == 'page'; assert 'trafilatura' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)


def test_inputs_are_gone_through_once_and_closed_in_the_middle(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(titled("One", "Two"))
    inputs = open_inputs([tmp_path])
    found: Iterator[Record] = inputs.records()
    assert next(found).locator == f"{tmp_path}/a.jsonl:1"
    with pytest.raises(RuntimeError, match="read once"):
        iter(inputs)
    inputs.close()
    assert list(found) == []
