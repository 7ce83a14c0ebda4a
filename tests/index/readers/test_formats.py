"""What a file is, its content decides; its name only where the content may be either."""

from __future__ import annotations

import pytest

from index.readers.formats import FORMATS, UnknownFormat, format_of

SENTENCE = "The ferry was held back for an hour because of the wind."


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.jsonl", '{"title": "x"}\n', "jsonl"),
        ("a.ndjson", '{"title": "x"}\n', "jsonl"),
        ("a.json", '{"title": "x"}\n{"title": "y"}\n', "jsonl"),
        ("a.json", '{"title": "x"}', "json"),
        ("a.json", '[{"title": "x"}]', "json"),
        ("a.txt", '[\n  {"title": "x"}]', "json"),
        ("a.txt", '{"title": "x"}\n{"title": "y"}\n', "jsonl"),
        ("a.jsonl", "{broken\n", "jsonl"),
        ("a.json", '{\n  "title": "x"\n}', "json"),
        ("", '{"title": "x"}\n{broken\n', "jsonl"),
        ("a.txt", f"[Agency] {SENTENCE}", "text"),
        ("a.txt", f"{{A title in braces}}\n\n{SENTENCE}", "text"),
        ("a.csv", "x,y\n1,2\n", "csv"),
        ("a.CSV", "title,body\n", "csv"),
        ("a.tsv", "x\ty\n", "tsv"),
        ("", "title,body\nx,y\n", "csv"),
        ("", "Title\tText\nx\ty\n", "tsv"),
        ("a.dat", "id;headline;content\n", "csv"),
        ("", "Title\n\nbody", "text"),
        ("a.html", "no tags at all", "html"),
        ("a.htm", "<p>x", "html"),
        ("a.txt", "<!DOCTYPE html><html>", "html"),
        ("", "\n <html lang=de>", "html"),
        ("", "<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'><html xmlns='y'>", "html"),
        ("page", "<!-- saved --><html>", "html"),
        ("", SENTENCE, "text"),
        ("a.unknown", SENTENCE, "text"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_known(name: str, content: str, format: str, encoding: str) -> None:
    assert format in FORMATS
    assert format_of(name, content.encode(encoding)) == format


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", "\ufeff \n", "empty"),
        ("a.md", "# Title", "Markdown, which is not read; --format reads it all the same"),
        ("a.css", "p {}", "a style sheet"),
        ("a.txt", "a\0b\0c" * 9, "binary"),
        ("a.xml", "<newsItem xmlns='x'><p>y</p></newsItem>", "XML"),
        ("", "<rss version='2.0'>", "XML"),
        ("a.txt", "<DOC>\n<TITLE>x</TITLE>\n<TEXT>\n<P>\n", "text with tags of its own (<DOC>, <TITLE>, <TEXT>"),
    ],
)
def test_what_no_reader_takes_is_said(name: str, content: str, words: str) -> None:
    with pytest.raises(UnknownFormat) as raised:
        format_of(name, content.encode())
    assert str(raised.value).startswith(words)
