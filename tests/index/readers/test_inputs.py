"""Files, folders, archives and pipes become one stream of articles."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from index.article import RawArticle
from index.errors import InputError
from index.readers import FORMATS, open_inputs
from tests.index.readers.archives import SENTENCE, gzipped, jsonl, load, load_bytes, record, tarred, titled, zipped

ROOT = Path(__file__).resolve().parents[3]
PRINT_TITLES = """
import sys
from index.readers import open_inputs
inputs = open_inputs(["-"])
assert inputs.total_bytes is None
for outcome in inputs:
    print(outcome.locator, getattr(outcome, "title", None) or outcome.reason)
print(inputs.bytes_read)
"""


def through_a_pipe(content: bytes) -> list[str]:
    done = subprocess.run([sys.executable, "-c", PRINT_TITLES], input=content, capture_output=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
    *lines, count = done.stdout.decode().splitlines()
    assert int(count) == len(content)
    return lines


def test_a_folder_is_read_with_the_folders_below_by_name(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "two.jsonl").write_bytes(titled("Two"))
    (tmp_path / "a.jsonl").write_bytes(titled("One"))
    (tmp_path / "z.csv").write_text(f"title,body\nThree,{SENTENCE}\n")
    (tmp_path / ".hidden.jsonl").write_bytes(titled("Hidden"))
    outcome = load(tmp_path)
    assert outcome.titles == ["One", "Two", "Three"]
    assert not outcome.rejects
    assert outcome.articles[1].locator == f"{tmp_path}/b/c/two.jsonl:1"


def test_several_paths_are_read_in_the_order_given(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_bytes(titled(name))
    assert load(tmp_path / "b.jsonl", tmp_path / "a.jsonl").titles == ["b", "a"]


def test_a_missing_path_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(titled("One"))
    with pytest.raises(InputError, match=r"nowhere\.zip: there is no such file or folder; check the path"):
        open_inputs([tmp_path / "a.jsonl", tmp_path / "nowhere.zip"])


def test_an_unknown_format_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean jsonl"):
        open_inputs([tmp_path], format="json-l")
    with pytest.raises(InputError, match="one of jsonl, json, csv"):
        open_inputs([tmp_path], format="word")


def test_a_format_that_is_given_beats_name_and_content(tmp_path: Path) -> None:
    content = f"title|body\nIn pipes|{SENTENCE}\n"
    assert load_bytes(tmp_path, "a.log", content).reason.startswith("a log, which is not read; --format")
    assert load_bytes(tmp_path, "a.log", content, format="csv").only.title == "In pipes"


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_name_reads_something(tmp_path: Path, format: str) -> None:
    contents = {
        "jsonl": titled("A title"),
        "json": b"[" + titled("A title").strip() + b"]",
        "csv": f"title,body\nA title,{SENTENCE}\n".encode(),
        "tsv": f"title\tbody\nA title\t{SENTENCE}\n".encode(),
        "html": f"<html><head><title>A title</title></head><body><p>{SENTENCE * 3}</p></body></html>".encode(),
        "text": f"A title\n\n{SENTENCE}\n".encode(),
    }
    assert load_bytes(tmp_path, "no-ending", contents[format], format=format).only.title == "A title"
    assert load_bytes(tmp_path, "no-ending", contents[format]).only.title == "A title"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jsonl", b"", "empty"),
        ("blank.txt", b" \n\n\t\n", "empty"),
        ("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(100), "an image (JPEG), not an archive of articles"),
        ("paper.pdf", b"%PDF-1.7\n...", "a PDF, not an archive of articles"),
        ("packed.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40), "a 7z archive, not an archive of articles"),
        ("noise.txt", bytes(range(256)) * 4, "binary, not an archive of articles"),
        ("feed.xml", b"<?xml version='1.0'?><rss/>", "XML, which is not read; convert it to JSON Lines or HTML"),
        ("feed", b"<?xml version='1.0'?><rss/>", "XML, which is not read; convert it to JSON Lines or HTML"),
        (
            "tagged.txt",
            b"<DOC>\n<DOCNO>1</DOCNO>\n<TEXT>\nSome.\n",
            "text with tags of its own (<DOC>, <DOCNO>, <TEXT> ...)",
        ),
    ],
)
def test_what_holds_no_articles_is_rejected_in_words(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    outcome = load_bytes(tmp_path, name, content)
    assert outcome.reason.startswith(reason)
    assert outcome.rejects[0].locator == f"{tmp_path}/{name}"


def test_what_is_no_part_of_an_archive_is_passed_over_unless_it_is_named(tmp_path: Path) -> None:
    for name in ("README.md", "readme", "LICENSE.txt", "Thumbs.db", ".gitignore", "a.jsonl"):
        (tmp_path / name).write_bytes(titled("Kept"))
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.jsonl").write_bytes(titled("Hidden"))
    assert load(tmp_path).only.locator == f"{tmp_path}/a.jsonl:1"
    assert load(tmp_path / "README.md").only.title == "Kept"


def test_a_folder_without_files_is_rejected_in_words(tmp_path: Path) -> None:
    assert load(tmp_path).reason == "a folder with nothing in it to read"


def test_links_to_folders_and_pipes_below_a_folder_are_told_of_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.jsonl").write_bytes(titled("One"))
    outcome = load(tmp_path)
    assert outcome.titles == ["One"]
    assert [reject.reason for reject in outcome.rejects] == [
        "a link to a folder, which is not followed; name the folder itself",
        "not a regular file",
    ]


def test_bytes_are_counted_to_the_last(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzipped(titled(*map(str, range(500)))))
    (tmp_path / "b.zip").write_bytes(zipped({"a.jsonl": titled("One")}))
    (tmp_path / "c.txt").write_text("")
    inputs = open_inputs([tmp_path])
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert inputs.total_bytes == size
    seen = [inputs.bytes_read for _ in inputs]
    assert seen == sorted(seen)
    assert inputs.bytes_read == size


def test_inputs_are_gone_through_once(tmp_path: Path) -> None:
    inputs = open_inputs([tmp_path])
    list(inputs)
    with pytest.raises(RuntimeError, match="read once"):
        iter(inputs)


@pytest.mark.parametrize(
    "content", [titled("1", "2", "3"), gzipped(titled("1", "2")), zipped({"a.jsonl": titled("1", "2")})]
)
def test_a_load_left_in_the_middle_leaves_no_file_open(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        with open_inputs([path]) as inputs:
            assert isinstance(next(iter(inputs)), RawArticle)
        gc.collect()
    held = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if _is_open(number)]
    assert str(path) not in held


def _is_open(number: str) -> bool:
    return os.path.islink(f"/proc/self/fd/{number}")


def test_standard_input_takes_every_format_and_container() -> None:
    content = jsonl(record("First"), "{broken", record("Third"))
    expected = [
        "-:1 First",
        "-:2 broken JSON: Expecting property name enclosed in double quotes at character 2",
        "-:3 Third",
    ]
    assert through_a_pipe(content) == expected
    assert through_a_pipe(gzipped(content)) == expected
    assert through_a_pipe(zipped({"2026/a.jsonl": titled("In a zip")})) == ["-!/2026/a.jsonl:1 In a zip"]
    assert through_a_pipe(tarred({"a.jsonl": titled("In a tar")}, "w:xz")) == ["-!/a.jsonl:1 In a tar"]
    assert through_a_pipe(f"A title\n\n{SENTENCE}\n".encode()) == ["- A title"]
    assert through_a_pipe(b"") == ["- empty"]
