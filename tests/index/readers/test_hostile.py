"""Hostile archives cost little memory and time, write nothing, and their good neighbours still come out (promise 11).

Each case is loaded in a process of its own, between two good files, and its peak memory measured.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from index.readers import Limits
from tests.index.readers.archives import gzipped, load, load_bytes, record, tarred, titled, zipped
from tests.index.readers.test_containers import overlapping

ROOT = Path(__file__).resolve().parents[3]
MB = 1_000_000
MEASURE = """
import json, os, resource, sys, time
from index.article import RawArticle
from index.readers import open_inputs

def measure(folder):
    base, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    titles, reasons = [], []
    for outcome in open_inputs([folder]):
        if isinstance(outcome, RawArticle):
            titles = [*titles[:1], outcome.title[:40]]
        else:
            str(outcome).encode()
            reasons = [*reasons[:1], outcome.reason]
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) * 1024
    return titles, reasons, peak, time.perf_counter() - start

list(open_inputs([sys.argv[1]]))  # so that libraries and their tables are there
for line in sys.stdin:
    if os.fork() == 0:
        print(json.dumps(measure(line.strip())), flush=True)
        os._exit(0)
    if os.wait()[1]:
        print("died", flush=True)
"""


def repeated(part: bytes, size: int) -> Iterator[bytes]:
    block = part * (MB // len(part))
    for _ in range(size // len(block)):
        yield block


def packed(parts: Iterator[bytes], wbits: int = 31) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join([*(packer.compress(part) for part in parts), packer.flush()])


@cache
def gzip_of_100_mb() -> bytes:
    """A hundred kilobytes; such ones may be written one behind the other."""
    return packed(repeated(b"x", 100 * MB))


def zip_bomb(size: int = 100 * MB) -> bytes:
    """A zip with a member of 100 MB, which takes 0.1 MB in it, between two good ones."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("a.jsonl", titled("Inside first"))
        with archive.open("bomb.jsonl", "w") as member:
            for part in repeated(b"x", size):
                member.write(part)
        archive.writestr("z.jsonl", titled("Inside last"))
    return buffer.getvalue()


def gzip_in_gzip() -> bytes:
    return gzipped(gzipped(gzip_of_100_mb() * 20))


def many_small_bombs() -> bytes:
    bomb = packed(repeated(b"x", 5 * MB), -15)
    crc = 0
    for part in repeated(b"x", 5 * MB):
        crc = zlib.crc32(part, crc)
    buffer, entries = io.BytesIO(), []
    for number in range(100):
        name = f"{number:03}.txt".encode()
        entries.append((name, buffer.tell()))
        buffer.write(
            struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(bomb), 5 * MB, len(name), 0) + name + bomb
        )
    start = buffer.tell()
    for name, at in entries:
        fields = (b"PK\1\2", 20, 20, 0, 8, 0, 33, crc, len(bomb), 5 * MB, len(name), 0, 0, 0, 0, 0, at)
        buffer.write(struct.pack("<4s6H3L5H2L", *fields) + name)
    size = buffer.tell() - start
    return buffer.getvalue() + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 100, 100, size, start, 0)


def lying_header(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    header = tarfile.TarInfo("a.jsonl")
    header.size, header.type = size, kind
    return header.tobuf(tarfile.GNU_FORMAT)


def lying_pax(size: str) -> bytes:
    return tarred({"a.jsonl": _pax_header(size)}, format=tarfile.PAX_FORMAT) + titled("x").ljust(1024, b"\0")


def _pax_header(size: str) -> tarfile.TarInfo:
    header = tarfile.TarInfo("a.jsonl")
    header.pax_headers = {"size": size, "path": "x" * 5000}
    return header


def xz_of_much_memory() -> bytes:
    filters = [
        {"id": lzma.FILTER_LZMA2, "dict_size": 1536 * MB, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3, "nice_len": 8}
    ]
    small = bytearray(lzma.compress(titled("x"), filters=[{**filters[0], "dict_size": 1 << 20}]))
    # the dictionary's size stands behind the filter's id in the block header; its checksum is made anew
    at = small.index(b"\x21\x01", 12) + 2
    small[at] = 38  # 2 GB
    length = (small[12] + 1) * 4
    small[12 + length - 4 : 12 + length] = struct.pack("<L", zlib.crc32(bytes(small[12 : 12 + length - 4])))
    return bytes(small)


def directory_of_a_zip_that_lies(size: int) -> bytes:
    content = bytearray(zipped({"a.jsonl": titled("x")}))
    struct.pack_into("<L", content, content.rindex(b"PK\5\6") + 12, size)
    return bytes(content)


def zip_of_many_names(count: int) -> bytes:
    """A zip whose list of contents names so many files, all of them at one place."""
    start = zipped({"a.jsonl": titled("Once")})
    start = start[: start.index(b"PK\1\2")]
    names = (f"{number:07}".encode() for number in range(count))
    fields = (b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
    entries = b"".join(struct.pack("<4s6H3L5H2L", *fields) + name for name in names)
    return start + entries + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(entries), len(start), 0)


def nested(depth: int) -> bytes:
    content = titled("Deep")
    for _ in range(depth):
        content = gzipped(content)
    return content


def schema_bomb() -> str:
    return "<script type='application/ld+json'>" + '{"@graph":[' * 60_000 + "</script><p>x</p>"


def entity_bomb() -> str:
    entities = "".join(f"<!ENTITY e{n} '&e{n - 1};&e{n - 1};&e{n - 1};&e{n - 1};'>" for n in range(1, 40))
    return f"<?xml version='1.0'?><!DOCTYPE html [<!ENTITY e0 'boom'>{entities}]><html><body><p>&e39;</p></body></html>"


def outside_entity() -> str:
    entity = "<!ENTITY x SYSTEM 'file:///etc/passwd'>"
    return f"<!DOCTYPE html [{entity}]><html><body><p>&x; and more text here.</p></body></html>"


CASES: dict[str, tuple[str, Callable[[], bytes | str | Iterator[bytes]]]] = {
    "a line of 400 MB": ("b.jsonl", lambda: repeated(b'{"title": "xxxxxxx', 400 * MB)),
    "a gzip of a line of 4 GB": ("b.jsonl.gz", lambda: gzip_of_100_mb() * 40),
    "a zip bomb": ("b.zip", zip_bomb),
    "gzip in gzip in gzip": ("b.jsonl.gz", gzip_in_gzip),
    "bzip2 of one letter": ("b.jsonl.bz2", lambda: bz2.compress(b"x" * 20 * MB) * 100),
    "xz of one letter": ("b.jsonl.xz", lambda: lzma.compress(b"x" * 20 * MB, preset=0) * 50),
    "xz that asks for two gigabytes": ("b.xz", xz_of_much_memory),
    "a hundred bombs of 5 MB": ("b.zip", many_small_bombs),
    "files of a zip that overlap": ("b.zip", overlapping),
    "a zip whose directory lies": ("b.zip", lambda: directory_of_a_zip_that_lies(4_000_000_000)),
    "a zip of 500,000 names": ("b.zip", lambda: zip_of_many_names(500_000)),
    "a zip of 300,000 names": ("b.zip", lambda: zip_of_many_names(300_000)),
    "archives nested fifty deep": ("b.gz", lambda: nested(50)),
    "a tar that says a terabyte": ("b.tar", lambda: lying_header(10**12) + titled("x").ljust(512, b"\0")),
    "a long name of a gigabyte": (
        "b.tar.gz",
        lambda: gzipped(lying_header(10**9, b"L")) + gzip_of_100_mb() * 10,
    ),
    "an extended header of a gigabyte": ("b.tar", lambda: lying_header(10**9, b"x") + bytes(4096)),
    "an extended header with a size below zero": ("b.tar", lambda: lying_pax("-512")),
    "an extended header with a huge size": ("b.tar", lambda: lying_pax("9" * 18)),
    "an array nested a million deep": ("b.json", lambda: "[" * 8 * MB),
    "an object nested a million deep": ("b.json", lambda: '{"title":' * MB),
    "an array that never ends": ("b.json", lambda: '[{"title": "' + "x" * 60 * MB),
    "arrays of lists of articles": ("b.json", lambda: "{" + '"articles":[],' * 500_000),
    "brackets after brackets": ("b.json", lambda: '{"articles":[{}],' + '"articles":[[' * 300_000),
    "a record of a million arrays": ("b.jsonl", lambda: '{"title": [' + "[]," * 2 * MB + "1]}\n"),
    "a record of a million short texts": ("b.jsonl", lambda: '{"x": [' + '"ab",' * 1_500_000 + '1], "title": "x"}\n'),
    "a number of a million digits": ("b.jsonl", lambda: '{"title": ' + "1" * MB + "}\n" + '{"id": 1e999999}\n'),
    "a million broken lines": ("b.jsonl", lambda: "{\n" * MB),
    "a quote that is never closed": ("b.csv", lambda: 'title,body\n"' + ("x" * 999 + "\n") * 20_000),
    "a million quotes": ("b.csv", lambda: "title,body\n" + '"' * 8 * MB),
    "a million columns": ("b.csv", lambda: "title,body" + "," * 4 * MB + "\nx,y\n"),
    "tags that never end": ("b.html", lambda: "<a " * 2_600_000),
    "elements nested a million deep": ("b.html", lambda: "<div>" * 390_000),
    "headings without end": ("b.html", lambda: "<h1>x</h1>" * 190_000),
    "tables in tables": ("b.html", lambda: "<table><tr><td>" * 130_000),
    "a page that is one text": ("b.html", lambda: "<html><body><article>" + "word " * 1_590_000),
    "schema.org nested without end": ("b.html", schema_bomb),
    "an entity bomb": ("b.html", entity_bomb),
    "a million line breaks": ("b.txt", lambda: "\n" * 7 * MB),
    "a million short lines": ("b.txt", lambda: "ab\n" * 2_500_000),
    "one line of text": ("b.txt", lambda: "x" * 7 * MB),
    "dates without end": ("b.txt", lambda: "".join(f"{n % 28} Foo 2026, 12:{n % 60:02}\n" for n in range(40_000))),
}


TAKEN = {
    "an entity bomb",
    "a page that is one text",
    "a million columns",
    "a record of a million short texts",
    "schema.org nested without end",
}
"""Cases that may pass for an article, an odd one."""


@pytest.fixture(scope="module")
def measure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Loads a folder in a process of its own, forked from one that has everything loaded; what it printed."""
    folder = tmp_path_factory.mktemp("good")
    (folder / "a.jsonl").write_bytes(titled("x"))
    (folder / "a.html").write_text("<html><body><p>Some words that stand on a page of the web.</p></body></html>")
    (folder / "a.txt").write_text("Title\n14 March 2026, 12:05\n\nA title\n\nAnd a sentence that is long enough.\n")
    command = [sys.executable, "-c", MEASURE, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        asked, answered = server.stdin, server.stdout
        assert asked
        assert answered

        def ask(path: Path) -> str:
            print(path, file=asked, flush=True)
            return answered.readline()

        yield ask


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_costs_little_and_its_neighbours_come_out(
    tmp_path: Path, measure: Callable[[Path], str], case: str
) -> None:
    name, make = CASES[case]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(titled("First"))
    (folder / "z.jsonl").write_bytes(titled("Last"))
    with (folder / name).open("wb") as file:
        content = make()
        for part in [content] if isinstance(content, (bytes, str)) else content:
            file.write(part.encode() if isinstance(part, str) else part)
    answer = measure(folder)
    (folder / name).unlink()  # some are large
    print(case, answer)
    titles, reasons, peak, seconds = json.loads(answer)
    assert titles[0] == "First"
    assert titles[-1] == "Last"
    assert reasons or case in TAKEN
    assert peak < 256 * MB
    assert seconds < 30  # five on a machine that does nothing else
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.jsonl", "in", "z.jsonl"]


def test_good_members_beside_a_bomb_come_out(tmp_path: Path) -> None:
    outcome = load_bytes(tmp_path, "a.zip", zip_bomb(), limits=Limits(ratio_floor_bytes=2 * MB))
    assert outcome.titles == ["Inside first", "Inside last"]
    assert "compression bomb" in outcome.rejects[0].reason


def test_an_honest_archive_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    content = titled(*(f"The same story over and over again, number {n}" for n in range(20_000)))
    assert len(content) / len(gzipped(content)) > 10
    limits = Limits(ratio_floor_bytes=0)
    assert len(load_bytes(tmp_path, "a.jsonl.gz", gzipped(content), limits=limits).articles) == 20_000


def test_entities_are_not_expanded_and_files_not_fetched(tmp_path: Path) -> None:
    for content in (entity_bomb(), outside_entity()):
        outcome = load_bytes(tmp_path, "a.html", content)
        text = "".join(article.title + article.body for article in outcome.articles)
        assert len(text) < 2000
        assert "root:" not in text


SEED = 20260314


def test_mutated_archives_give_articles_and_rejects_and_nothing_else(tmp_path: Path) -> None:
    random_one = random.Random(SEED)
    print("seed", SEED)
    lines = [record(f"Number {n}", date="2026-03-14", authors=["A"]) for n in range(5)]
    members = {
        "a.jsonl": titled("One", "Two"),
        "b.json": json.dumps(lines, indent=1).encode(),
        "c.csv": b'title,body\n"One","Two\nThree"\n',
        "d.txt": b"Menu\n14 March 2026, 12:05\n\nA title\n\nAnd a sentence that is long enough to be one.\n",
    }
    originals = [
        zipped(members),
        tarred(members),
        tarred(members, "w:gz"),
        tarred(members, "w:xz"),
        gzipped(members["b.json"]),
        *members.values(),
    ]
    for number in range(400):
        content = bytearray(originals[number % len(originals)])
        for _ in range(random_one.randint(1, 6)):
            at = random_one.randrange(len(content))
            match random_one.randrange(4):
                case 0:
                    content[at] ^= 1 << random_one.randrange(8)
                case 1:
                    content[at : at + random_one.randint(1, 40)] = b""
                case 2:
                    content[at:at] = random_one.randbytes(random_one.randint(1, 40))
                case _:
                    content[at : at + 4] = random_one.choice(
                        [b"\xff\xff\xff\xff", b"\0\0\0\0", b"7777", b"\x7f\xff\xff\xff"]
                    )
            content = content or bytearray(b"x")
        path = tmp_path / "mutated"
        path.write_bytes(content)
        outcome = load(path)
        assert outcome.articles or outcome.rejects
        assert len(outcome.rejects) < 60


@pytest.mark.parametrize("share", range(0, 100, 7))
def test_archives_cut_anywhere_give_what_is_whole_and_say_so(tmp_path: Path, share: int) -> None:
    content = gzip.compress(tarred({f"{n}.jsonl": titled(str(n)) for n in range(20)}), 0)
    outcome = load_bytes(tmp_path, "a.tar.gz", content[: len(content) * share // 100])
    assert outcome.titles == [str(n) for n in range(len(outcome.titles))]
    # behind the last file stands nothing but padding
    assert len(outcome.rejects) == (len(outcome.titles) < 20)
    assert abs(len(outcome.titles) - 20 * share / 100) < 12
