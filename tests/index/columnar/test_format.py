"""The layout of files: what is written is read, and whatever else stands there is noticed."""

from __future__ import annotations

import errno
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from index.columnar.atomic import Folder
from index.columnar.format import BLOCK, MAGIC, TYPES, VERSION, FileFacts, FileReader, FileWriter, Section
from index.errors import IndexDamaged, IndexVersionMismatch
from tests.index.columnar.storage import FailingFolder

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

NAME = "s0000001.postings"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def write(
    folder: Folder,
    sections: dict[str, np.ndarray[Any, Any]],
    name: str = NAME,
    kind: str = "postings",
    segment: str = "s0000001",
) -> FileFacts:
    with FileWriter(folder, name, kind, segment) as writer:
        for section, values in sections.items():
            writer.add(section, values)
        return writer.close()


def opened(folder: Folder, facts: FileFacts | str = NAME) -> FileReader:
    return FileReader(folder, facts, "postings", "s0000001")


def contents(reader: FileReader) -> dict[str, bytes]:
    return {name: reader.section(name).all().tobytes() for name in reader.names()}


def small(folder: Folder) -> FileFacts:
    """A file with each kind of byte: header, sections, gaps, checksums, entries, end."""
    return write(
        folder,
        {
            "docs": np.arange(100, 127, dtype=np.uint32),
            "freqs": np.arange(5, dtype=np.uint8),
            "none": np.zeros(0, np.int64),
            "lengths": np.array([0.5, -1e300]),
        },
    )


def noticed(folder: Folder, facts: FileFacts | str, correct: dict[str, bytes]) -> str:
    """When damage shows: at ``open``, at ``use`` or with ``verify``; else ``never``. Never a wrong answer."""
    try:
        reader = opened(folder, facts)
    except IndexDamaged as damage:
        assert_names(damage)
        return "open"
    try:
        assert contents(reader) == correct
    except IndexDamaged as damage:
        assert_names(damage)
        return "use"
    problems = reader.verify()
    assert all(NAME in problem for problem in problems)
    return "verify" if problems else "never"


def assert_names(damage: IndexDamaged) -> None:
    """The error says which file, where in it, and what to do."""
    assert re.search(rf"{NAME}, byte \d+: .*index repair", str(damage)), str(damage)


# Round trips


@pytest.mark.parametrize("code", TYPES)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_a_section_of_every_type_comes_back(code: str, data: st.DataObject) -> None:
    sizes = st.sampled_from([0, 1, 7, 8, 63, 64, 65, 8191, 8192, 65_535, 65_536, 65_537, 200_000, 1_100_000])
    size, seed = data.draw(sizes), data.draw(st.integers(0, 1 << 32))
    pieces = sorted(data.draw(st.lists(st.integers(0, size), max_size=6)))
    width = TYPES[code].itemsize
    values = np.frombuffer(np.random.default_rng(seed).bytes(size * width), TYPES[code])
    with TemporaryDirectory() as path:
        folder = Folder(Path(path))
        with FileWriter(folder, NAME, "postings", "s0000001") as writer:
            writer.add("before", np.arange(seed % 200, dtype=np.uint8))
            writer.begin("values", f"<{code}")
            for start, stop in zip([0, *pieces], [*pieces, size], strict=True):
                writer.write(values[start:stop])
            facts = writer.close()
        section = opened(folder, facts).section("values", code)
        assert section.dtype == TYPES[code]
        assert len(section) == size
        assert section.nbytes == size * width
        for start, stop in zip([0, *pieces], [*pieces, size], strict=True):
            assert section.read(start, stop).tobytes() == values[start:stop].tobytes()
        assert section.all().tobytes() == values.tobytes()
        assert section.view().ctypes.data % 64 == 0 or size == 0
        assert not section.view().flags.writeable
        assert opened(folder, facts).verify() == []


def test_a_file_without_sections_is_a_file(folder: Folder) -> None:
    facts = write(folder, {})
    assert opened(folder, facts).names() == []
    assert opened(folder, facts).verify() == []


def test_sections_without_elements_are_sections(folder: Folder) -> None:
    facts = write(folder, {"a": np.zeros(0, np.uint8), "b": np.zeros(0, np.float64), "c": np.ones(1, np.uint8)})
    reader = opened(folder, facts)
    assert {name: len(reader.section(name)) for name in reader.names()} == {"a": 0, "b": 0, "c": 1}
    empty = reader.section("b")
    empty.ensure(np.zeros(3, np.int64), np.zeros(3, np.int64))
    empty.forget()
    assert empty.read(0, 0).dtype == np.float64


def test_arrays_that_are_not_contiguous_are_written_in_order(folder: Folder) -> None:
    square = np.arange(300 * 400, dtype=np.int32).reshape(300, 400)
    facts = write(folder, {"rows": square, "columns": square.T, "backwards": square[::-1, ::-2]})
    reader = opened(folder, facts)
    np.testing.assert_array_equal(reader.section("rows").all(), square.ravel())
    np.testing.assert_array_equal(reader.section("columns").all(), square.T.ravel())
    np.testing.assert_array_equal(reader.section("backwards").all(), square[::-1, ::-2].ravel())


def test_bytes_are_written_to_a_section_of_bytes(folder: Folder) -> None:
    with FileWriter(folder, NAME, "postings", "s0000001") as writer:
        writer.begin("text", "u1")
        for part in (b"one ", bytearray(b"two "), memoryview(b"three"), b""):
            writer.write(part)
        writer.close()
    assert opened(folder).section("text").all().tobytes() == b"one two three"


def test_a_reader_leaves_sections_alone_that_it_does_not_know(folder: Folder) -> None:
    facts = write(folder, {"new": np.arange(9, dtype=np.uint16), "docs": np.arange(5, dtype=np.uint32)})
    assert opened(folder, facts).section("docs", np.uint32).all().tolist() == [0, 1, 2, 3, 4]


def test_the_file_is_what_the_specification_says(folder: Folder) -> None:
    """Read with nothing but the documented offsets."""
    docs, freqs = np.arange(40_000, dtype=np.uint32), np.arange(200, dtype=np.uint8)
    facts = write(folder, {"docs": docs, "freqs": freqs})
    data = folder.read(NAME)
    assert len(data) == facts.length
    assert data[:8] == bytes.fromhex("89 6B 69 6F 73 6B 0D 0A")
    version, zero = struct.unpack_from("<II", data, 8)
    assert (version, zero) == (1, 0)
    assert data[16:32] == b"postings".ljust(16, b"\0")
    assert data[32:56] == b"s0000001".ljust(24, b"\0")
    assert struct.unpack_from("<Q", data, 56)[0] == xxhash.xxh3_64_intdigest(data[:56])
    length, footer, blocks, sections = struct.unpack_from("<QQII", data, len(data) - 64)
    assert (length, blocks, sections) == (len(data), -(-footer // 65_536), 2)
    assert data[-40:-16] == bytes(24)
    assert struct.unpack_from("<Q", data, len(data) - 16)[0] == xxhash.xxh3_64_intdigest(data[footer:-16])
    assert data[-8:] == bytes.fromhex("0A 0D 6B 73 6F 69 6B 89")
    for block, checksum in enumerate(struct.unpack_from(f"<{blocks}Q", data, footer)):
        assert checksum == xxhash.xxh3_64_intdigest(data[block * 65_536 : min((block + 1) * 65_536, footer)])
    table = footer + -(-blocks * 8 // 64) * 64
    assert table + 2 * 64 + 64 == length
    for at, (name, values) in enumerate((("docs", docs), ("freqs", freqs))):
        its_name, code, offset, size = struct.unpack_from("<40s8sQQ", data, table + at * 64)
        assert its_name == name.encode().ljust(40, b"\0")
        assert code == f"u{values.itemsize}".encode().ljust(8, b"\0")
        assert offset % 64 == 0
        assert data[offset : offset + size] == values.tobytes()
    assert facts.digest == xxhash.xxh3_128_hexdigest(data[:64] + data[footer:])


# Damage


@pytest.mark.parametrize("known", [True, False], ids=["named by a manifest", "by itself"])
def test_a_flipped_bit_in_any_byte_is_noticed(folder: Folder, known: bool) -> None:
    facts = small(folder)
    file = folder.path / NAME
    whole, correct = file.read_bytes(), contents(opened(folder))
    assert noticed(folder, facts, correct) == "never"
    for at in range(len(whole)):
        bits = range(8) if known else [at % 8]
        for bit in bits:
            data = bytearray(whole)
            data[at] ^= 1 << bit
            file.write_bytes(data)
            assert noticed(folder, facts if known else NAME, correct) != "never", f"bit {bit} of byte {at}"


def test_damage_of_a_section_nobody_reads_is_noticed_by_verify_alone(folder: Folder) -> None:
    facts = write(folder, {"read": np.zeros(BLOCK, np.uint8), "unread": np.zeros(2 * BLOCK, np.uint8)})
    data = bytearray(folder.read(NAME))
    data[BLOCK * 5 // 2] ^= 1
    (folder.path / NAME).write_bytes(data)
    reader = opened(folder, facts)
    assert not reader.section("read").all().any()
    assert reader.problem is None
    (problem,) = reader.verify()
    assert f"{NAME}, byte {2 * BLOCK}: bytes {2 * BLOCK} to {3 * BLOCK} are not what was written (unread)" in problem
    assert reader.problem == problem
    with pytest.raises(IndexDamaged, match=rf"byte {2 * BLOCK}: .*\(unread\)"):
        reader.section("unread").all()


def test_damage_since_a_block_was_used_is_noticed_by_verify_and_from_then_on(folder: Folder) -> None:
    facts = write(folder, {"docs": np.arange(100_000, dtype=np.uint32)})
    reader = opened(folder, facts)
    assert reader.section("docs").all()[50_000] == 50_000
    with open(folder.path / NAME, "r+b") as file:
        file.seek(200_000)
        file.write(b"\xff")
    assert len(reader.verify()) == 1
    with pytest.raises(IndexDamaged, match="byte 196608"):
        reader.section("docs").all()
    assert reader.section("docs").read(0, 1000)[999] == 999


@pytest.mark.parametrize("known", [True, False], ids=["named by a manifest", "by itself"])
def test_every_truncation_and_every_surplus_is_noticed_at_open(folder: Folder, known: bool) -> None:
    facts = small(folder)
    whole = folder.read(NAME)
    changed = [whole[:length] for length in range(len(whole))]
    changed += [whole + more for more in (b"\0", b"\0" * 64, whole, whole[-64:], b"garbage" * 100)]
    for data in changed:
        (folder.path / NAME).write_bytes(data)
        with pytest.raises(IndexDamaged) as damage:
            opened(folder, facts if known else NAME)
        assert_names(damage.value)


def test_a_file_that_is_missing_is_damage(folder: Folder) -> None:
    facts = small(folder)
    folder.remove(NAME)
    with pytest.raises(IndexDamaged, match=f"{NAME}, byte 0: is missing"):
        opened(folder, facts)


@pytest.mark.parametrize(
    ("name", "kind", "segment"),
    [("s0000002.postings", "postings", "s0000002"), ("s0000001.columns", "columns", "s0000001")],
    ids=["of two segments", "of two kinds"],
)
@pytest.mark.parametrize("known", [True, False], ids=["named by a manifest", "by itself"])
def test_files_that_were_swapped_are_noticed(folder: Folder, name: str, kind: str, segment: str, known: bool) -> None:
    sections = {"docs": np.arange(10, dtype=np.uint32)}
    ours, others = write(folder, sections), write(folder, sections, name, kind, segment)
    folder.rename(NAME, "aside")
    folder.rename(name, NAME)
    folder.rename("aside", name)
    for facts, its_kind, its_segment in ((ours, "postings", "s0000001"), (others, kind, segment)):
        with pytest.raises(IndexDamaged, match=f"{facts.name}, byte 16: is the file for .*, not for {its_kind}"):
            FileReader(folder, replace(facts) if known else facts.name, its_kind, its_segment)


def test_another_file_of_the_same_name_and_length_is_noticed(folder: Folder) -> None:
    write(folder, {"docs": np.arange(10, dtype=np.uint32)}, name="older")
    facts = write(folder, {"docs": np.arange(1, 11, dtype=np.uint32)})
    folder.rename("older", NAME)
    with pytest.raises(IndexDamaged, match="another file than the manifest names"):
        opened(folder, facts)


def with_header(data: bytes, **changes: Any) -> bytes:
    """The file with another header, its checksum right."""
    header = bytearray(data[:56])
    if "magic" in changes:
        header[:8] = changes["magic"]
    if "version" in changes:
        header[8:12] = struct.pack("<I", changes["version"])
    return bytes(header) + struct.pack("<Q", xxhash.xxh3_64_intdigest(bytes(header))) + data[64:]


def test_what_is_no_file_of_an_index_is_told(folder: Folder) -> None:
    small(folder)
    data = folder.read(NAME)
    for other in (with_header(data, magic=b"\x89PNG\r\n\x1a\n"), bytes(len(data)), b"x" * 5000):
        (folder.path / NAME).write_bytes(other)
        with pytest.raises(IndexDamaged, match="is no file of an index"):
            opened(folder)


def test_other_versions_are_told_apart_from_damage(folder: Folder) -> None:
    small(folder)
    data = folder.read(NAME)
    for version, told in ((VERSION + 1, "a newer Kiosk .*use the newer"), (0, "an older Kiosk .*load the archives")):
        (folder.path / NAME).write_bytes(with_header(data, version=version))
        with pytest.raises(IndexVersionMismatch, match=f"{NAME}: made by {told}"):
            opened(folder)


# Files made to hurt: all checksums right


def forged(data: bytes, change: Callable[[bytearray], None]) -> bytes:
    """The file with another footer, its checksum right."""
    footer = bytearray(data[struct.unpack_from("<Q", data, len(data) - 56)[0] :])
    body = data[: len(data) - len(footer)]
    change(footer)
    footer[-16:-8] = struct.pack("<Q", xxhash.xxh3_64_intdigest(bytes(footer[:-16])))
    return body + bytes(footer)


def put(offset: int, kind: str, *values: Any) -> Callable[[bytearray], None]:
    return lambda footer: struct.pack_into(kind, footer, offset if offset >= 0 else len(footer) + offset, *values)


ENTRY = 64  # the first one stands behind the one block's checksum


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(put(-64, "<Q", 1 << 62), id="length"),
        pytest.param(put(-56, "<Q", 0), id="footer at the beginning"),
        pytest.param(put(-56, "<Q", 1 << 62), id="footer far away"),
        pytest.param(put(-56, "<Q", 65), id="footer askew"),
        pytest.param(put(-48, "<I", 0), id="no blocks"),
        pytest.param(put(-48, "<I", (1 << 32) - 1), id="many blocks"),
        pytest.param(put(-44, "<I", 0), id="no sections"),
        pytest.param(put(-44, "<I", (1 << 32) - 1), id="many sections"),
        pytest.param(put(ENTRY, "<4s", b"../a"), id="name that leads out"),
        pytest.param(put(ENTRY, "<4s", b"\xff\xfe\0a"), id="name that is no text"),
        pytest.param(put(ENTRY, "<40s", b"freqs"), id="name given twice"),
        pytest.param(put(ENTRY, "<40s", b""), id="no name"),
        pytest.param(put(ENTRY + 40, "<8s", b"O8"), id="type of objects"),
        pytest.param(put(ENTRY + 40, "<8s", b"V4"), id="unknown type"),
        pytest.param(put(ENTRY + 48, "<Q", 0), id="section over the header"),
        pytest.param(put(ENTRY + 48, "<Q", 65), id="section askew"),
        pytest.param(put(ENTRY + 48, "<Q", 1 << 63), id="section far away"),
        pytest.param(put(ENTRY + 56, "<Q", (1 << 64) - 4), id="section without end"),
        pytest.param(put(ENTRY + 56, "<Q", 256), id="section over the next"),
        pytest.param(put(ENTRY + 56, "<Q", 107), id="section of parts of numbers"),
    ],
)
def test_a_footer_that_lies_is_damage(folder: Folder, change: Callable[[bytearray], None]) -> None:
    small(folder)
    data = folder.read(NAME)
    assert forged(data, lambda footer: None) == data
    (folder.path / NAME).write_bytes(forged(data, change))
    with pytest.raises(IndexDamaged) as damage:
        opened(folder)
    assert_names(damage.value)


def test_a_section_of_another_type_or_none_is_damage(folder: Folder) -> None:
    facts = small(folder)
    with pytest.raises(IndexDamaged, match="'docs' holds uint32, not uint64"):
        opened(folder, facts).section("docs", np.uint64)
    with pytest.raises(IndexDamaged, match="no section 'positions'"):
        opened(folder, facts).section("positions")


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (0, 28), (5, 4), (27, 28), (-3, -1), (1 << 62, 1 << 63)])
def test_ranges_outside_of_a_section_are_damage(folder: Folder, start: int, stop: int) -> None:
    section = opened(folder, small(folder)).section("docs")
    starts, stops = np.array([0, start, 9]), np.array([1, min(stop, (1 << 63) - 1), 9])
    for whole in (False, True):
        with pytest.raises(IndexDamaged, match="has 27 elements"):
            section.read(start, stop)
        with pytest.raises(IndexDamaged, match=f"has 27 elements, but {start} to"):
            section.ensure(starts, stops)
        if not whole:
            section.all()


# Many ranges at once


@given(seed=st.integers(0, 1 << 32), count=st.integers(0, 50), widest=st.sampled_from([1, 3000, 40_000, 200_000]))
@settings(max_examples=60, deadline=None)
def test_ensure_checks_the_blocks_of_its_ranges_and_no_others(seed: int, count: int, widest: int) -> None:
    rng = np.random.default_rng(seed)
    with TemporaryDirectory() as path:
        folder = Folder(Path(path))
        facts = write(folder, {"a": np.zeros(9999, np.uint8), "docs": np.zeros(200_000, np.uint32)})
        broken = int(rng.integers(0, 13))
        data = bytearray(folder.read(NAME))
        data[broken * BLOCK + 100] ^= 1  # of whatever lies there
        (folder.path / NAME).write_bytes(data)
        starts = rng.integers(0, 200_001, count)
        stops = np.minimum(starts + rng.integers(0, widest, count), 200_000)
        section = opened(folder, facts).section("docs")
        offset = section._offset
        first, last = (offset + 4 * starts) // BLOCK, (offset + 4 * stops - 1) // BLOCK
        needed = bool(((starts < stops) & (first <= broken) & (broken <= last)).any())
        for _ in range(2):
            if needed:
                with pytest.raises(IndexDamaged, match=f"byte {broken * BLOCK}:"):
                    section.ensure(starts, stops)
            else:
                section.ensure(starts, stops)


def test_ensured_ranges_are_not_checked_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = write(folder, {"docs": np.zeros(1_000_000, np.uint32)})
    reader = opened(folder, facts)
    starts = np.arange(0, 900_000, 1000)
    reader.section("docs").ensure(starts, starts + 700)
    monkeypatch.setattr(Section, "_check", None)
    reader.section("docs").ensure(starts, starts + 700)


def test_what_was_read_stays_readable_when_the_reader_is_closed(folder: Folder) -> None:
    reader = opened(folder, small(folder))
    docs = reader.section("docs").all()
    freqs = reader.section("freqs")
    reader.close()
    folder.remove(NAME)
    assert docs.tolist() == list(range(100, 127))
    assert freqs.all().tolist() == [0, 1, 2, 3, 4]
    assert reader.names() == []


# Writers


def test_a_writer_that_is_not_closed_leaves_nothing(folder: Folder) -> None:
    with FileWriter(folder, NAME, "postings", "s0000001") as writer:
        writer.add("docs", np.zeros(10**6, np.uint32))
    assert folder.names() == []
    with pytest.raises(ValueError, match="closed"):
        writer.close()


def test_a_second_file_of_one_name_is_refused_and_the_first_stays(folder: Folder) -> None:
    facts = small(folder)
    with pytest.raises(FileExistsError):
        FileWriter(folder, NAME, "postings", "s0000001")
    assert opened(folder, facts).verify() == []


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EMFILE])
@pytest.mark.parametrize("lasting", [False, True])
def test_an_error_of_the_disk_at_any_call_leaves_nothing(tmp_path: Path, error: int, lasting: bool) -> None:
    at, failed = 0, True
    while failed:
        folder = FailingFolder(tmp_path, at, error=error, lasting=lasting)
        raised = None
        try:
            write(folder, {"docs": np.zeros(10**6, np.uint32)})
        except OSError as one:
            raised = one.errno
        failed = folder.failed is not None
        assert raised == (error if failed else None)
        if failed and not lasting:
            assert Folder(tmp_path).names() == [], f"call {at}: {folder.failed.kind if folder.failed else ''}"
        for name in Folder(tmp_path).names():
            Folder(tmp_path).remove(name)
        at += 1
    assert at > 5


@pytest.mark.parametrize("value", [np.zeros(1, ">u4"), np.zeros(1, bool), np.zeros(1, object), np.zeros(1, "V4")])
def test_types_that_no_section_has_are_refused(folder: Folder, value: np.ndarray[Any, Any]) -> None:
    with pytest.raises(ValueError, match="no type"), FileWriter(folder, NAME, "postings", "s0000001") as writer:
        writer.add("docs", value)


def test_numbers_of_another_type_are_refused(folder: Folder) -> None:
    with FileWriter(folder, NAME, "postings", "s0000001") as writer:
        with pytest.raises(ValueError, match="no section"):
            writer.write(b"a")
        writer.begin("docs", np.uint32)
        with pytest.raises(ValueError, match="int64 written to a section of uint32"):
            writer.write(np.zeros(1, np.int64))
        with pytest.raises(ValueError, match="second section"):
            writer.begin("docs", np.uint32)


@pytest.mark.parametrize("name", ["", "a" * 41, "../a", "a b", "ä", "A"])
def test_names_beyond_the_limits_are_refused(folder: Folder, name: str) -> None:
    with pytest.raises(ValueError, match="no name"), FileWriter(folder, NAME, "postings", "s0000001") as writer:
        writer.begin(name, np.uint8)
    with pytest.raises(ValueError, match="no name"):
        FileWriter(folder, NAME, name, "s0000001")
    assert folder.names() == []


def test_more_sections_than_the_limit_are_refused(folder: Folder) -> None:
    nothing = np.zeros(0, np.uint8)
    with pytest.raises(ValueError, match="too many"):
        write(folder, {f"s{at}": nothing for at in range(4097)})
    facts = write(folder, {f"s{at}": nothing for at in range(4096)})
    assert len(opened(folder, facts).names()) == 4096


def test_magic_is_no_text() -> None:
    with pytest.raises(UnicodeDecodeError):
        MAGIC.decode()
