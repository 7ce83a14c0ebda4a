"""Archives of every kind give the files they hold, by content first, and damage costs what lies behind it."""

from __future__ import annotations

import bz2
import lzma
import random
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from index.readers import Limits
from tests.index.readers.archives import SENTENCE, Load, gzipped, jsonl, load_bytes, record, tarred, titled, zipped


def xz(content: bytes) -> bytes:
    return lzma.compress(content, preset=0)


MEMBERS = {"2026/a.jsonl": titled("One", "Two"), "b.txt": f"Three\n\n{SENTENCE}\n".encode()}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("news.zip", zipped(MEMBERS)),
        ("stored.zip", zipped(MEMBERS, zipfile.ZIP_STORED)),
        ("news.tar", tarred(MEMBERS)),
        ("news.tar.gz", tarred(MEMBERS, "w:gz")),
        ("news.tgz", tarred(MEMBERS, "w:gz")),
        ("news.tar.bz2", tarred(MEMBERS, "w:bz2")),
        ("news.tar.xz", tarred(MEMBERS, "w:xz")),
        ("gnu.tar", tarred(MEMBERS, format=tarfile.GNU_FORMAT)),
        ("ustar.tar", tarred(MEMBERS, format=tarfile.USTAR_FORMAT)),
        ("named-wrongly.json", zipped(MEMBERS)),
        ("no-ending", tarred(MEMBERS, "w:gz")),
    ],
)
def test_an_archive_gives_its_members(tmp_path: Path, name: str, content: bytes) -> None:
    outcome = load_bytes(tmp_path, name, content)
    assert not outcome.rejects
    assert outcome.titles == ["One", "Two", "Three"]
    here = f"{tmp_path}/{name}!/"
    assert [article.locator for article in outcome.articles] == [
        f"{here}2026/a.jsonl:1",
        f"{here}2026/a.jsonl:2",
        f"{here}b.txt",
    ]


@pytest.mark.parametrize("pack", [gzipped, bz2.compress, xz])
def test_a_compressed_file_is_read_as_what_it_holds(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    outcome = load_bytes(tmp_path, "a.jsonl.packed", pack(titled("One")))
    assert outcome.only.locator == f"{tmp_path}/a.jsonl.packed:1"
    several = pack(titled("One")) + pack(titled("Two"))
    assert load_bytes(tmp_path, "several", several).titles == ["One", "Two"]


def test_archives_in_archives_are_opened_to_a_small_depth(tmp_path: Path) -> None:
    content = titled("Deep")
    for number in range(4):
        content = zipped({f"{number}.zip" if number else "a.jsonl": content})
        assert load_bytes(tmp_path, "outer.zip", content).only.title == "Deep"
    outcome = load_bytes(tmp_path, "outer.zip", zipped([("deep.zip", content), ("good.jsonl", titled("Good"))]))
    assert outcome.titles == ["Good"]
    assert outcome.reason == "more than 4 archives inside one another"


def test_names_in_an_archive_are_labels_and_never_paths(tmp_path: Path) -> None:
    names = [
        "../../etc/passwd.jsonl",
        "/absolute.jsonl",
        "a\nb\x1b[31m.jsonl",
        "C:\\news\\a.jsonl",
        "x" * 2000 + ".jsonl",
    ]
    before = sorted(tmp_path.parent.rglob("*"))
    for pack in (zipped, tarred):
        outcome = load_bytes(tmp_path, "a", pack({name: titled("Kept") for name in names}))
        assert outcome.titles == ["Kept"] * 5
        assert f"{tmp_path}/a!/../../etc/passwd.jsonl:1" in [article.locator for article in outcome.articles]
        assert all(article.locator.isprintable() and len(article.locator) < 500 for article in outcome.articles)
    assert sorted(tmp_path.parent.rglob("*")) == sorted({*before, tmp_path / "a"})


def test_long_and_foreign_names_in_a_tar_are_read(tmp_path: Path) -> None:
    name = "новости/" + "длинное имя/" * 20 + "a.jsonl"
    for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        outcome = load_bytes(tmp_path, "a.tar", tarred({name: titled("Long")}, format=kind))
        assert outcome.only.locator.endswith("длинное имя/a.jsonl:1")


def test_links_and_devices_in_a_tar_are_passed_over_and_told_of(tmp_path: Path) -> None:
    headers: dict[str, bytes | tarfile.TarInfo] = {"first.jsonl": titled("First")}
    for name, kind in [
        ("sym", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE),
        ("dev", tarfile.CHRTYPE),
        ("pipe", tarfile.FIFOTYPE),
    ]:
        headers[name] = header = tarfile.TarInfo(name)
        header.type, header.linkname = kind, "/etc/passwd"
    headers["folder"] = folder = tarfile.TarInfo("folder")
    folder.type = tarfile.DIRTYPE
    outcome = load_bytes(tmp_path, "a.tar", tarred({**headers, "last.jsonl": titled("Last")}))
    assert outcome.titles == ["First", "Last"]
    assert [reject.reason for reject in outcome.rejects] == [
        "a symbolic link in an archive is not followed",
        "a hard link in an archive is not followed",
        "not a regular file",
        "not a regular file",
    ]


def test_links_encrypted_and_foreign_methods_in_a_zip_are_passed_over_and_told_of(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.jsonl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("lzma.jsonl", titled("Lzma"), zipfile.ZIP_LZMA)
        archive.writestr("good.jsonl", titled("Good"))
        archive.writestr("secret.jsonl", titled("Secret"))
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1  # the flag for encryption, in the list of contents
    outcome = load_bytes(tmp_path, "a.zip", bytes(content))
    assert outcome.titles == ["Good"]
    assert [reject.reason.split(";")[0] for reject in outcome.rejects] == [
        "a symbolic link in an archive is not followed",
        "compressed by a method that is not read (number 14)",
        "encrypted",
    ]


def test_hidden_files_in_archives_are_passed_over(tmp_path: Path) -> None:
    members = {"__MACOSX/._a.jsonl": b"\0\1", ".DS_Store": b"\0\1", "./a.jsonl": titled("One")}
    assert load_bytes(tmp_path, "a.zip", zipped(members)).only.title == "One"
    assert load_bytes(tmp_path, "a.tar", tarred(members)).only.title == "One"


def test_an_archive_without_files_is_told_of(tmp_path: Path) -> None:
    assert load_bytes(tmp_path, "a.zip", zipped({})).reason == "an archive with no files in it"
    assert load_bytes(tmp_path, "a.tar.gz", tarred({}, "w:gz")).reason in (
        "empty",
        "an archive with no files in it",
        "binary, not an archive of articles",
    )


@cache
def packed_numbers(pack: Callable[[bytes], bytes]) -> bytes:
    """Three thousand articles that hardly compress."""
    words = random.Random(5)
    return pack(jsonl(*(record(f"{number}", more=words.randbytes(300).hex()) for number in range(3000))))


@pytest.mark.parametrize("pack", [gzipped, bz2.compress, xz])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_of_a_compressed_file_that_is_cut_off_what_was_readable_is_read(
    tmp_path: Path, pack: Callable[[bytes], bytes], share: float
) -> None:
    packed = packed_numbers(pack)
    outcome = load_bytes(tmp_path, "a.jsonl.gz", packed[: int(len(packed) * share)])
    assert len(outcome.rejects) == 1
    assert "cut off" in outcome.reason
    assert outcome.titles == [str(number) for number in range(len(outcome.titles))]
    # bzip2 and xz unpack block by block
    assert len(outcome.titles) >= 3000 * (share - (0.05 if pack is gzipped else 0.65))


def test_damage_in_the_middle_of_a_gzip_costs_what_lies_behind_it(tmp_path: Path) -> None:
    words = random.Random(6)
    packed = bytearray(gzipped(jsonl(*(record(f"{n}", more=words.randbytes(300).hex()) for n in range(3000)))))
    packed[len(packed) // 2] ^= 0xFF
    outcome = load_bytes(tmp_path, "a.jsonl.gz", bytes(packed))
    assert 1300 < len(outcome.articles) <= 3000
    assert "damaged gzip data" in outcome.rejects[-1].reason
    assert len(outcome.rejects) < 5


def test_of_a_tar_that_is_cut_off_the_whole_members_are_read(tmp_path: Path) -> None:
    content = tarred({f"{number}.jsonl": titled(str(number)) for number in range(5)})
    outcome = load_bytes(tmp_path, "a.tar", content[: 1024 * 3 + 512 + 20])
    assert outcome.titles == ["0", "1", "2"]
    assert "cut off" in outcome.reason
    outcome = load_bytes(tmp_path, "b.tar.gz", gzipped(content)[:-40])
    assert outcome.titles[:3] == ["0", "1", "2"]
    assert "cut off" in outcome.reason


def test_of_a_tar_with_a_broken_header_the_members_before_it_are_read(tmp_path: Path) -> None:
    content = bytearray(tarred({f"{number}.jsonl": titled(str(number)) for number in range(3)}))
    content[2048 + 5] ^= 0xFF
    outcome = load_bytes(tmp_path, "a.tar", bytes(content))
    assert outcome.titles == ["0", "1"]
    assert outcome.reason.startswith("damaged tar: bad checksum at byte 2048")


def test_a_damaged_member_of_a_zip_costs_that_one_only(tmp_path: Path) -> None:
    content = bytearray(zipped({f"{n}.jsonl": titled(f"Number {n}") for n in range(3)}, zipfile.ZIP_STORED))
    at = content.index(b"Number 1")
    content[at] ^= 0x20
    outcome = load_bytes(tmp_path, "a.zip", bytes(content))
    assert {"Number 0", "Number 2"} <= set(outcome.titles)
    assert "damaged in the zip (Bad CRC-32" in outcome.reason


def test_a_zip_without_its_end_is_told_of(tmp_path: Path) -> None:
    assert "cut off" in load_bytes(tmp_path, "a.zip", zipped(MEMBERS)[:-30]).reason


def test_a_zip_that_lies_about_sizes_costs_that_member_only(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.jsonl", titled("A")), ("b.jsonl", titled("B"))]))
    at = content.index(b"PK\x01\x02")
    struct.pack_into("<L", content, at + 24, 3_000_000_000)  # unpacked size
    outcome = load_bytes(tmp_path, "a.zip", bytes(content))
    assert outcome.titles[-1] == "B"
    assert len(outcome.rejects) <= 1


def overlapping() -> bytes:
    """A zip whose list of contents names one file a thousand times."""
    content = zipped({"a.jsonl": titled("Once")})
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    tail = bytearray(content[end:])
    entries = content[start:end] * 1000
    struct.pack_into("<HHL", tail, 8, 1000, 1000, len(entries))
    return content[:start] + entries + bytes(tail)


def test_files_of_a_zip_that_overlap_are_not_read(tmp_path: Path) -> None:
    outcome = load_bytes(tmp_path, "a.zip", overlapping())
    assert not outcome.articles
    assert {reject.reason for reject in outcome.rejects} == {
        "overlaps with another file of the zip: the zip is damaged or hostile"
    }


def test_the_limit_on_members_ends_an_archive(tmp_path: Path) -> None:
    members = {f"{number}.jsonl": titled(str(number)) for number in range(10)}
    for pack in (zipped, tarred):
        outcome: Load = load_bytes(tmp_path, "a", pack(members), limits=Limits(members=7))
        assert len(outcome.articles) == 7
        assert outcome.reason == "more than 7 files in one archive; split it"
