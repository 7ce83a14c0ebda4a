"""The folder: names that stay inside it, files that are mapped, and a lock that ends with its holder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.columnar.atomic import LOCK, Folder, release
from index.errors import IndexDamaged, IndexLocked


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def put(folder: Folder, name: str, data: bytes) -> None:
    with folder.create(name) as output:
        output.write(data)
        output.sync()


def test_what_is_written_is_mapped_and_can_not_be_changed(folder: Folder) -> None:
    put(folder, "a.b", b"one two")
    mapped = folder.map("a.b")
    assert mapped.tobytes() == folder.read("a.b") == b"one two"
    assert folder.size("a.b") == 7
    with pytest.raises(ValueError, match="read-only"):
        mapped[0] = 1


def test_an_empty_file_is_an_empty_array(folder: Folder) -> None:
    put(folder, "empty", b"")
    assert folder.map("empty").shape == (0,)
    assert folder.read("empty") == b""


def test_a_file_is_never_written_over(folder: Folder) -> None:
    put(folder, "a", b"1")
    with pytest.raises(FileExistsError):
        folder.create("a")
    assert folder.read("a") == b"1"


def test_a_mapped_file_outlives_its_name(folder: Folder) -> None:
    put(folder, "a", b"12345678")
    mapped = folder.map("a")
    folder.remove("a")
    assert folder.names() == []
    assert mapped.tobytes() == b"12345678"


def test_what_is_released_can_still_be_read(folder: Folder) -> None:
    data = np.arange(100_000, dtype=np.uint32)
    put(folder, "a", data.tobytes())
    mapped = folder.map("a").view(np.uint32)
    assert mapped.sum() == data.sum()
    for part in (mapped, mapped[3000:5000], mapped[:0], data):
        release(part)
    np.testing.assert_array_equal(mapped, data)


def resident(kind: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(kind):
            return int(line.split()[1]) * 1024
    return 0


def test_release_gives_memory_back(folder: Folder) -> None:
    size = 64 << 20
    put(folder, "a", bytes(size))
    mapped = folder.map("a")
    mapped.sum()
    before = resident("RssFile") + resident("RssShmem")
    release(mapped)
    assert before - resident("RssFile") - resident("RssShmem") > size * 0.9


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "a/b", "/etc/passwd", "a\0", "A", "a\\b", "ä", "-a", "a" * 101]
)
def test_no_name_leads_out_of_the_folder(folder: Folder, name: str) -> None:
    for call in (folder.create, folder.map, folder.read, folder.size, folder.remove):
        with pytest.raises(ValueError, match="no name"):
            call(name)
    with pytest.raises(ValueError, match="no name"):
        folder.rename(name, "b")


def test_only_plain_files_are_opened(folder: Folder, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
    for name in ("pipe", "link", "folder", "socket"):
        for call in (folder.map, folder.read):
            with pytest.raises(IndexDamaged, match=f"{name}: not a plain file"):
                call(name)


def test_a_file_beyond_the_limit_is_not_read(folder: Folder) -> None:
    put(folder, "a", bytes(100))
    assert len(folder.read("a", 100)) == 100
    with pytest.raises(IndexDamaged, match="longer than 99 bytes"):
        folder.read("a", 99)


def test_no_handle_is_left_open(folder: Folder) -> None:
    before = len(os.listdir("/proc/self/fd"))
    put(folder, "a", b"x")
    folder.map("a")
    folder.read("a")
    folder.sync()
    with folder.lock():
        pass
    with pytest.raises(FileExistsError):
        folder.create("a")
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    deep = Folder(tmp_path / "a" / "b" / "c")
    deep.make()
    deep.make()
    assert deep.names() == []


def test_the_lock_keeps_a_second_writer_out_and_says_so(folder: Folder) -> None:
    with folder.lock():
        with pytest.raises(IndexLocked, match=f"{folder.path}: another process .* wait"), Folder(folder.path).lock():
            pass
        with pytest.raises(IndexLocked), folder.lock(wait=0.05):
            pass
    with folder.lock():
        assert folder.names() == [LOCK]


def test_an_error_ends_the_lock(folder: Folder) -> None:
    with pytest.raises(ZeroDivisionError), folder.lock():
        raise ZeroDivisionError
    with folder.lock():
        pass


def test_a_lock_file_that_was_left_locks_nothing(folder: Folder) -> None:
    put(folder, LOCK, b"12345")
    with folder.lock():
        pass


def child(work: Callable[[], object]) -> int:
    """The process of a forked child that does ``work`` and ends with 0, or with 1 where it raises."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return process


def waiting_child() -> int:
    """The process of a forked child that does nothing, and has begun to."""
    read, write = os.pipe()

    def work() -> None:
        os.write(write, b"x")
        signal.pause()

    process = child(work)
    os.read(read, 1)
    os.close(read)
    os.close(write)
    return process


def killed_writer(folder: Folder, start: Callable[[], int]) -> int:
    """Kills a process that holds the lock and has called ``start``; what that gave."""
    read, write = os.pipe()

    def writer() -> None:
        with folder.lock():
            os.write(write, b"%d" % start())
            signal.pause()

    process = child(writer)
    started = int(os.read(read, 20))
    with pytest.raises(IndexLocked), folder.lock():
        pass
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(read)
    os.close(write)
    return started


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(waiting_child, id="fork"),
        pytest.param(lambda: subprocess.Popen(["sleep", "600"], close_fds=False).pid, id="program"),
    ],
)
def test_a_child_of_a_killed_writer_does_not_keep_the_lock(folder: Folder, start: Callable[[], int]) -> None:
    process = killed_writer(folder, start)
    with folder.lock():
        os.kill(process, signal.SIGKILL)  # which was alive


def test_a_forked_child_does_not_end_the_lock(folder: Folder) -> None:
    context = folder.lock()
    context.__enter__()
    process = child(lambda: context.__exit__(None, None, None))
    os.waitpid(process, 0)
    with pytest.raises(IndexLocked), folder.lock():
        pass
    context.__exit__(None, None, None)


def test_a_forked_child_is_kept_out_as_any_other(folder: Folder) -> None:
    def second() -> None:
        with pytest.raises(IndexLocked), folder.lock():
            pass

    with folder.lock():
        _, status = os.waitpid(child(second), 0)
    assert status == 0


def test_who_waits_gets_the_lock(folder: Folder) -> None:
    ready, told = os.pipe()

    def first() -> None:
        with folder.lock():
            os.write(told, b"x")
            os.close(told)

    process = child(first)
    os.read(ready, 1)
    with folder.lock(wait=30):
        pass
    os.waitpid(process, 0)
    os.close(ready)
    os.close(told)
