"""Generations: a commit is whole or not there, the one before it can be served, and nothing is left behind."""

from __future__ import annotations

import errno
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xxhash

from index.columnar.atomic import Folder
from index.columnar.format import VERSION, FileFacts, FileReader, FileWriter
from index.columnar.manifest import (
    Manifest,
    SegmentEntry,
    commit,
    decode,
    encode,
    litter,
    manifest_name,
    manifests,
    newest,
    newest_named,
    open_newest,
    segment_name,
    tidy,
)
from index.errors import IndexDamaged, IndexNotFound, IndexVersionMismatch
from tests.index.columnar.storage import FailingFolder, RecordingFolder, crashes

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

EMPTY = Manifest(0, VERSION, "words-1", 0, (), None)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def write(folder: Folder, name: str, kind: str, number: int) -> FileFacts:
    with FileWriter(folder, f"{name}.{kind}", kind, name) as writer:
        writer.add("docs", np.full(100, number, dtype=np.uint32))
        return writer.close()


def segment(folder: Folder, number: int) -> SegmentEntry:
    name = segment_name(number)
    return SegmentEntry(name, 100, 0, (write(folder, name, "postings", number), write(folder, name, "s", number)), None)


def with_segment(folder: Folder, base: Manifest, *, keeping: int = 100) -> Manifest:
    """The generation after ``base``, not committed: one more segment, and the last few of the old ones."""
    number = base.next_segment
    segments = (*base.segments[-keeping:], segment(folder, number))
    return replace(base, next_segment=number + 1, segments=segments, checkpoint={"at": [number, None, "x"]})


def chain(folder: Folder, count: int, *, keeping: int = 100) -> Manifest:
    """Commits one after the other; the last."""
    manifest = EMPTY
    for _ in range(count):
        manifest = commit(folder, with_segment(folder, manifest, keeping=keeping))
    return manifest


def read_all(folder: Folder, manifest: Manifest) -> list[int]:
    """The numbers of the segments as their files tell them; every file is read."""
    numbers = []
    for entry in manifest.segments:
        for file in entry.files:
            values = FileReader(folder, file, file.name.split(".")[1], entry.name).section("docs").all()
            assert (values == int(entry.name[1:])).all()
        numbers.append(int(entry.name[1:]))
    return numbers


def flip(folder: Folder, name: str, at: int = -1) -> None:
    data = bytearray((folder.path / name).read_bytes())
    data[at] ^= 1
    (folder.path / name).write_bytes(data)


# Commits


def test_a_commit_is_the_newest_generation(folder: Folder) -> None:
    with pytest.raises(IndexNotFound, match="no index here; load an archive first"):
        newest(folder)
    manifest = EMPTY
    for generation in range(4):
        manifest = commit(folder, with_segment(folder, manifest))
        assert manifest.generation == generation
        assert newest(folder) == manifest
        assert read_all(folder, manifest) == list(range(generation + 1))


def test_two_generations_are_kept_and_what_they_need(folder: Folder) -> None:
    chain(folder, 5, keeping=1)
    assert [one.number for one in manifests(folder)] == [4, 3]
    kept = {file.name for one in manifests(folder) if one.manifest for file in one.manifest.all_files()}
    assert set(folder.names()) == {"manifest-3.json", "manifest-4.json", *kept}
    assert {name[:8] for name in kept} == {"s0000002", "s0000003", "s0000004"}


def test_one_generation_is_kept_where_that_is_asked_for(folder: Folder) -> None:
    manifest = chain(folder, 3)
    commit(folder, replace(manifest, segments=manifest.segments[1:]), keep=1)
    assert [one.number for one in manifests(folder)] == [3]
    assert not any(name.startswith("s0000000") for name in folder.names())


def test_a_file_of_deletions_is_kept_and_removed_with_its_generation(folder: Folder) -> None:
    base = chain(folder, 1)
    for kind in ("deletions-1", "deletions-2", "deletions-3"):
        facts = write(folder, "s0000000", kind, 0)
        base = commit(folder, replace(base, segments=(replace(base.segments[0], deleted=3, deletions=facts),)))
    assert {name for name in folder.names() if "deletions" in name} == {
        "s0000000.deletions-2",
        "s0000000.deletions-3",
    }


def test_the_generation_is_above_all_that_are_there(folder: Folder) -> None:
    base = chain(folder, 3)
    flip(folder, manifest_name(2))
    again = commit(folder, with_segment(folder, replace(base, generation=0)))
    assert again.generation == 3
    assert newest(folder) == again


def test_a_generation_whose_files_are_not_there_is_not_committed(folder: Folder) -> None:
    manifest = with_segment(folder, chain(folder, 2))
    folder.remove("s0000001.s")
    with pytest.raises(IndexDamaged, match=r"s0000001\.s, byte 0: is missing"):
        commit(folder, manifest)


def test_a_manifest_is_json_that_a_person_can_read(folder: Folder) -> None:
    tree = json.loads((folder.path / manifest_name(chain(folder, 2).generation)).read_bytes())
    assert tree["segments"][1]["name"] == "s0000001"
    assert tree["checkpoint"] == {"at": [1, None, "x"]}


# Damage


def assert_serves_the_one_before(folder: Folder, older: Manifest) -> None:
    assert newest(folder) == older
    served, passed_over = open_newest(folder, lambda manifest: read_all(folder, manifest))
    assert served == [0, 1]
    assert [one.number for one in passed_over] == [2]
    assert re.search(r", byte \d+: .*index repair", str(passed_over[0].problem))


@pytest.fixture
def three(folder: Folder) -> Manifest:
    """A folder with three generations made, and the middle one of them."""
    older = chain(folder, 2)
    commit(folder, with_segment(folder, older))
    return older


def test_a_flipped_bit_in_any_byte_of_the_newest_manifest_is_noticed(folder: Folder, three: Manifest) -> None:
    file = folder.path / manifest_name(2)
    whole = file.read_bytes()
    for at in range(len(whole)):
        for bit in range(8):
            data = bytearray(whole)
            data[at] ^= 1 << bit
            file.write_bytes(data)
            assert newest(folder) == three, f"bit {bit} of byte {at}"
    assert_serves_the_one_before(folder, three)


def test_every_truncation_of_the_newest_manifest_is_noticed(folder: Folder, three: Manifest) -> None:
    file = folder.path / manifest_name(2)
    whole = file.read_bytes()
    for data in (*(whole[:length] for length in range(len(whole))), whole + b"\n", whole * 2, bytes(len(whole))):
        file.write_bytes(data)
        assert newest(folder) == three
    assert_serves_the_one_before(folder, three)


def test_a_manifest_under_another_number_is_noticed(folder: Folder, three: Manifest) -> None:
    (folder.path / manifest_name(2)).write_bytes(encode(three))
    assert_serves_the_one_before(folder, three)


def test_a_missing_file_of_the_newest_generation_is_noticed(folder: Folder, three: Manifest) -> None:
    folder.remove("s0000002.s")
    assert_serves_the_one_before(folder, three)


def test_a_file_of_the_newest_generation_cut_short_is_noticed(folder: Folder, three: Manifest) -> None:
    os.truncate(folder.path / "s0000002.s", 100)
    assert_serves_the_one_before(folder, three)


def test_a_damaged_file_of_the_newest_generation_is_noticed_when_it_is_opened(folder: Folder, three: Manifest) -> None:
    flip(folder, "s0000002.s")
    _, passed_over = open_newest(folder, lambda manifest: read_all(folder, manifest))
    assert [one.number for one in passed_over] == [2]
    assert "s0000002.s, byte" in str(passed_over[0].problem)


def test_damage_in_what_all_generations_need_is_an_error_that_names_it(folder: Folder, three: Manifest) -> None:
    flip(folder, "s0000000.s")
    with pytest.raises(IndexDamaged, match=r"s0000000\.s, byte"):
        open_newest(folder, lambda manifest: read_all(folder, manifest))
    folder.remove("s0000000.s")
    with pytest.raises(IndexDamaged, match=r"s0000000\.s, byte 0: is missing, and generation 2 needs it"):
        newest(folder)


def test_what_is_to_be_mended_is_the_newest_generation_that_can_be_read(folder: Folder, three: Manifest) -> None:
    folder.remove("s0000000.s")
    assert newest_named(folder).generation == 2
    flip(folder, manifest_name(2))
    assert newest_named(folder) == three
    flip(folder, manifest_name(1))
    with pytest.raises(IndexDamaged, match=r"manifest-2\.json"):
        newest_named(folder)


def test_where_no_manifest_is_whole_the_newest_is_named(folder: Folder, three: Manifest) -> None:
    for number in (1, 2):
        flip(folder, manifest_name(number))
    with pytest.raises(IndexDamaged, match=r"manifest-2\.json, byte 0"):
        newest(folder)


def test_what_a_newer_kiosk_wrote_is_not_taken_for_damage(folder: Folder, three: Manifest) -> None:
    rewrite(folder, 2, lambda tree: tree.update(format=VERSION + 1, segments="of another make"))
    with pytest.raises(IndexVersionMismatch, match=r"manifest-2\.json: made by a newer Kiosk"):
        newest(folder)
    assert litter(folder) == []


# Litter


def test_what_a_crash_left_is_removed_and_nothing_else(folder: Folder, three: Manifest) -> None:
    needed = set(folder.names())
    foreign = {"notes.txt", "writer.lock", "s1.postings", "manifest-x.json", "manifest-01.json", "README", "s0000009"}
    ours = {"s0000003.postings", "s0000003.deletions-9", "manifest-3.json.new", "manifest-0.json", "s0000001.old"}
    for name in foreign | ours:
        (folder.path / name).write_bytes(b"")
    (folder.path / "Für uns.txt").write_bytes(b"")
    (folder.path / "sub").mkdir()
    assert set(litter(folder)) == ours
    assert tidy(folder) == []
    assert set(folder.names()) == needed | foreign | {"Für uns.txt", "sub"}


def test_segments_under_way_are_no_litter(folder: Folder) -> None:
    base = chain(folder, 1)
    write(folder, "s0000007", "postings", 7)
    manifest = commit(folder, with_segment(folder, base), under_way={"s0000007"})
    assert "s0000007.postings" in folder.names()
    commit(folder, with_segment(folder, manifest))
    assert "s0000007.postings" not in folder.names()


def test_nothing_is_removed_while_the_newest_generation_is_damaged(folder: Folder, three: Manifest) -> None:
    flip(folder, manifest_name(2))
    before = sorted(folder.names())
    assert tidy(folder) == []
    assert sorted(folder.names()) == before


def test_what_can_not_be_removed_is_told_and_removed_next_time(folder: Folder) -> None:
    class Held(Folder):
        def remove(self, name: str) -> None:
            raise PermissionError(errno.EACCES, "in use", name)

    base = chain(folder, 3, keeping=1)
    later = commit(Held(folder.path), with_segment(folder, base, keeping=1))
    assert tidy(Held(folder.path)) == ["manifest-1.json", "s0000000.postings", "s0000000.s"]
    commit(folder, with_segment(folder, later, keeping=1))
    assert not any("0000000" in name or name == "manifest-1.json" for name in folder.names())


# Crashes, power cuts, errors


def test_a_crash_at_any_call_leaves_the_old_generation_or_the_new(tmp_path: Path) -> None:
    at, crashed, seen = 0, True, set()
    while crashed:
        path = tmp_path / str(at)
        path.mkdir()
        folder = Folder(path)
        old = chain(folder, 3, keeping=1)
        failing = FailingFolder(path, at, crash=True)
        crashed = crashes(lambda folder=failing, old=old: commit(folder, with_segment(folder, old, keeping=1)))
        found = newest(folder)
        seen.add(found.generation)
        assert read_all(folder, found) == ([1, 2] if found.generation == 2 else [2, 3])
        assert tidy(folder) == []
        assert_nothing_left(folder)
        after = commit(folder, with_segment(folder, found))
        assert newest(folder) == after
        at += 1
    assert seen == {2, 3}
    assert at > 15


def assert_nothing_left(folder: Folder) -> None:
    """No file but those that the generations name."""
    whole = [one.manifest for one in manifests(folder) if one.manifest and one.problem is None]
    needed = {file.name for manifest in whole for file in manifest.all_files()}
    assert set(folder.names()) == needed | {manifest_name(manifest.generation) for manifest in whole}
    assert 1 <= len(whole) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_a_power_cut_leaves_what_was_acknowledged(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = tmp_path / "recorded"
    path.mkdir()
    recorded = RecordingFolder(path)
    manifest = EMPTY
    for _ in range(5):
        manifest = commit(recorded, with_segment(recorded, manifest, keeping=2), keep=rng.choice([1, 2]))
        recorded.mark(str(manifest.generation))
    for trial in range(150):
        after = rng.randint(1, len(recorded.calls))
        into = tmp_path / str(trial)
        into.mkdir()
        recorded.power_cut(after, rng, into)
        acknowledged = max([int(call.name) for call in recorded.calls[:after] if call.kind == "mark"], default=-1)
        assert_survived(Folder(into), acknowledged, f"seed {seed}, trial {trial}, after {after}")


def assert_survived(folder: Folder, acknowledged: int, trial: str) -> None:
    try:
        manifest, passed_over = open_newest(
            folder, lambda manifest: replace(manifest, checkpoint=read_all(folder, manifest))
        )
    except (IndexNotFound, IndexDamaged):
        assert acknowledged < 0, trial
        return
    assert manifest.generation in (acknowledged, acknowledged + 1), trial
    assert not passed_over, f"{trial}: a power cut looks like damage"
    tidy(folder)
    assert_nothing_left(folder)
    after = commit(folder, with_segment(folder, replace(newest(folder), next_segment=50)))
    assert newest(folder) == after, trial
    assert_nothing_left(folder)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EMFILE])
@pytest.mark.parametrize("lasting", [False, True])
def test_an_error_at_any_call_leaves_an_index_and_a_next_commit_that_works(
    tmp_path: Path, error: int, lasting: bool
) -> None:
    at, failing = 0, None
    while failing is None or failing.failed:
        path = tmp_path / str(at)
        path.mkdir()
        folder = Folder(path)
        old = chain(folder, 3, keeping=1)
        failing = FailingFolder(path, at, error=error, lasting=lasting)
        told = False
        try:
            with failing.lock():
                commit(failing, with_segment(failing, old, keeping=1))
        except OSError as raised:
            told = raised.errno == error
        found = newest(folder)
        assert read_all(folder, found) == ([1, 2] if found.generation == 2 else [2, 3])
        assert lasting or found.generation == (2 if told else 3)
        with folder.lock():
            assert tidy(folder) == []
            (path / "writer.lock").unlink()
            assert_nothing_left(folder)
            after = commit(folder, with_segment(folder, found))
        assert newest(folder) == after
        at += 1
    assert at > 15


# Readers while commits go on


def test_readers_meet_whole_generations_while_commits_go_on(folder: Folder) -> None:
    def write_on() -> None:
        manifest = newest(folder)
        for _ in range(150):
            manifest = commit(folder, with_segment(folder, manifest, keeping=1))

    manifest = chain(folder, 2, keeping=1)
    writer = os.fork()
    if writer == 0:
        status = 1
        try:
            write_on()
            status = 0
        finally:
            os._exit(status)
    seen = [manifest.generation]
    while os.waitpid(writer, os.WNOHANG) == (0, 0):
        now, passed_over = open_newest(folder, lambda manifest: (manifest.generation, read_all(folder, manifest))[0])
        assert not passed_over
        assert now >= seen[-1]
        seen.append(now)
    assert newest(folder).generation == manifest.generation + 150
    assert len(set(seen)) > 3


# Hostile manifests: all checksums right


def sealed(body: bytes) -> bytes:
    return b'{"checksum":"%s",\n' % xxhash.xxh3_128_hexdigest(body).encode() + body


def rewrite(folder: Folder, number: int, change: Callable[[dict[str, Any]], None]) -> None:
    tree = json.loads((folder.path / manifest_name(number)).read_bytes())
    del tree["checksum"]
    change(tree)
    (folder.path / manifest_name(number)).write_bytes(sealed(json.dumps(tree)[1:].encode()))


def hostile() -> Iterator[tuple[str, Callable[[dict[str, Any]], Any]]]:
    """What may stand in a manifest that was made by hand."""
    paths = [
        "../s0000000.s",
        "/etc/passwd",
        "s0000000/../../x",
        "s0000000.s\0",
        "S0000000.s",
        "s0000001.s",
        "",
        "a" * 999,
    ]
    yield from (
        (f"file {name[:20]!r}", lambda t, n=name: t["segments"][0]["files"][0].update(name=n)) for name in paths
    )
    wrong = [-1, 1 << 48, 1 << 64, 0.5, "1", None, True, [], {}]
    for key in ("generation", "format", "next_segment", "purged"):
        yield from ((f"{key} {value!r}", lambda t, k=key, v=value: t.update({k: v})) for value in wrong)
    for value in wrong:
        yield f"length {value!r}", lambda t, v=value: t["segments"][0]["files"][0].update(length=v)
        yield f"articles {value!r}", lambda t, v=value: t["segments"][0].update(articles=v)
        yield f"segments {value!r}", lambda t, v=value: t.update(segments=v) if v != [] else t.pop("segments")
        yield f"segment {value!r}", lambda t, v=value: t["segments"].append(v)
        yield f"file {value!r}", lambda t, v=value: t["segments"][0]["files"].append(v)
    for name in ("../s0000000", "s1", "s0000000\n", "x", "s00000001" * 99, "s0000005", "s0000000", 7, None):
        yield f"segment name {name!r}", lambda t, n=name: t["segments"][1].update(name=n)
    for digest in ("", "0" * 31, "G" * 32, "A" * 32, 5, None):
        yield f"digest {digest!r}", lambda t, d=digest: t["segments"][0]["files"][0].update(digest=d)
    yield "more deleted than there are", lambda t: t["segments"][0].update(deleted=101)
    yield "one file twice", lambda t: t["segments"][0]["files"].append(t["segments"][0]["files"][0])
    yield "deletions of another", lambda t: t["segments"][0].update(deletions=t["segments"][1]["files"][0])
    yield "deletions that are a list", lambda t: t["segments"][0].update(deletions=[1])
    yield "many segments", lambda t: t.update(segments=[t["segments"][0]] * 10_001)
    yield "many files", lambda t: t["segments"][0].update(files=t["segments"][0]["files"] * 50)
    yield "fingerprint of a megabyte", lambda t: t.update(fingerprint="a" * (1 << 20))
    yield "checkpoint that is no object", lambda t: t.update(checkpoint=[1])
    for merged in (None, "s0000000", [1], ["s0000000", "x"], ["s0000000"] * 10_001):
        yield f"merged {str(merged)[:30]}", lambda t, m=merged: t["segments"][0].update(merged=m)
    for key in ("segments", "fingerprint", "generation"):
        yield f"no {key}", lambda t, k=key: t.pop(k)


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in hostile()])
def test_a_manifest_that_lies_is_damage(folder: Folder, change: Callable[[dict[str, Any]], Any]) -> None:
    chain(folder, 2)
    rewrite(folder, 1, lambda tree: None)
    assert newest(folder).generation == 1
    rewrite(folder, 1, change)
    found = manifests(folder)
    assert [one.number for one in found] == [1, 0]
    assert re.search(r"manifest-1\.json(, byte 0)?: ", str(found[0].problem)), found[0]
    assert isinstance(found[0].problem, IndexDamaged)
    assert newest(folder).generation == 0


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'"checkpoint":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="lists in lists"),
        pytest.param(b'"a":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, id="objects in objects"),
        pytest.param(b'"generation":' + b"9" * 100_000 + b"}", id="a number of 100,000 digits"),
        pytest.param(b'"generation":1e999}', id="a number beyond floats"),
        pytest.param(b'"generation":NaN}', id="no number"),
        pytest.param(b'"fingerprint":"\\ud800"}', id="half a character"),
        pytest.param(b'"fingerprint":"\xff"}', id="no UTF-8"),
        pytest.param(b'"a":1', id="no end"),
        pytest.param(b"}{}", id="two objects"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_json_made_to_hurt_is_damage(folder: Folder, body: bytes) -> None:
    chain(folder, 2)
    (folder.path / manifest_name(1)).write_bytes(sealed(body))
    assert isinstance(manifests(folder)[0].problem, IndexDamaged)
    assert newest(folder).generation == 0


def test_a_manifest_without_end_is_not_read(folder: Folder) -> None:
    chain(folder, 2)
    with open(folder.path / manifest_name(1), "r+b") as file:
        file.truncate(1 << 40)
    assert "longer than" in str(manifests(folder)[0].problem)
    assert newest(folder).generation == 0


def test_names_of_manifests_that_are_no_files_are_damage(folder: Folder) -> None:
    chain(folder, 2)
    (folder.path / manifest_name(7)).mkdir()
    (folder.path / manifest_name(8)).symlink_to("/dev/zero")
    os.mkfifo(folder.path / manifest_name(9))
    assert newest(folder).generation == 1
    assert [one.number for one in manifests(folder) if one.problem] == [9, 8, 7]


def test_what_is_beyond_a_limit_is_not_written(folder: Folder) -> None:
    base = chain(folder, 1)
    before = sorted(folder.names())
    for beyond in (
        replace(base, next_segment=1 << 48),
        replace(base, segments=base.segments * 2),
        replace(base, segments=(replace(base.segments[0], deleted=-1),)),
        replace(base, fingerprint="é"),
    ):
        with pytest.raises(ValueError, match=r"manifest|twice|segments 0"):
            commit(folder, beyond)
    assert sorted(folder.names()) == before


def test_a_manifest_comes_back_from_its_bytes(folder: Folder) -> None:
    manifest = with_segment(folder, chain(folder, 3))
    facts = write(folder, "s0000001", "deletions-3", 1)
    entry = replace(manifest.segments[1], deletions=facts, merged=("s0000007", "s0000009"))
    checkpoint = {"ü": {"a": [1.5, None, "x"]}}
    manifest = replace(manifest, segments=(manifest.segments[0], entry), checkpoint=checkpoint, purged=2)
    assert decode(encode(manifest), "here") == manifest
