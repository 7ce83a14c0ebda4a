"""The folder of an index: the only code that touches its files.

Every call can be made to fail, to crash or to be recorded by a subclass, which is how the promises about crashes, power
cuts and full disks are tested. What is written is safe from a power cut only after :meth:`Output.sync` (the bytes)
*and* :meth:`Folder.sync` (the name).
"""

from __future__ import annotations

import errno
import mmap
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexLocked

LOCK = "writer.lock"
"""The file that a writer locks. It stays when the writer is gone: its existence means nothing."""

Data: TypeAlias = bytes | bytearray | memoryview

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_OURS_ALONE = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
_READ = os.O_RDONLY | _OURS_ALONE
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OURS_ALONE
# A name in a hostile folder may be a pipe, on which opening would wait for ever, or a link to elsewhere.
_CAREFULLY = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


class Output:
    """A new file, written from its beginning to its end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: Data) -> None:
        """Appends all of ``data``."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        """Returns when the bytes written so far would outlast a power cut."""
        _sync(self._descriptor)

    def close(self) -> None:
        """Closes the file; a second time does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Folder:
    """The files of one index. Names are plain: small letters, digits, ``.``, ``_`` and ``-``; anything else is a
    ``ValueError``. What the system refuses is its ``OSError``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = str(path)

    def make(self) -> None:
        """Creates the folder, and those above it, where it is not there."""
        new = [path for path in (self.path, *self.path.parents) if not path.exists()]
        self.path.mkdir(parents=True, exist_ok=True)
        for path in new:
            _sync_folder(path.parent)

    def create(self, name: str) -> Output:
        """A new file; ``FileExistsError`` where one of that name stands."""
        return Output(os.open(self._path(name), _CREATE, 0o666))

    def map(self, name: str) -> NDArray[np.uint8]:
        """The whole file as a read-only array that reads from the disk what is touched. The file stays mapped while the
        array or a view of it lives."""
        descriptor = self._open(name)
        try:
            size = os.fstat(descriptor).st_size
            if size == 0:  # which can't be mapped
                return np.frombuffer(b"", np.uint8)
            return np.frombuffer(mmap.mmap(descriptor, size, access=mmap.ACCESS_READ), np.uint8)
        finally:
            os.close(descriptor)

    def read(self, name: str, limit: int = 1 << 30) -> bytes:
        """The bytes of a whole file; :class:`IndexDamaged` where it has more than ``limit``."""
        with open(self._open(name), "rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise IndexDamaged(f"{self.path / name}: longer than {limit} bytes, which no file of this kind is")
        return data

    def size(self, name: str) -> int:
        """The length of a file in bytes."""
        return os.stat(self._path(name), follow_symlinks=False).st_size

    def names(self) -> list[str]:
        """The names of all that lies in the folder, ours or not, in no order."""
        return os.listdir(self.path)

    def changed(self) -> int:
        """When a name in the folder last came, went or became another: nanoseconds since 1970, by the clock of the
        file system."""
        return os.stat(self._name).st_mtime_ns

    def rename(self, old: str, new: str) -> None:
        """Gives a file another name at one stroke; what had that name is gone."""
        os.replace(self._path(old), self._path(new))

    def remove(self, name: str) -> None:
        """Removes a file. Where the system does not let go of a mapped file, that is an ``OSError``."""
        os.unlink(self._path(name))

    def sync(self) -> None:
        """Returns when the names of the folder, as they are now, would outlast a power cut."""
        _sync_folder(self.path)

    def lock(self, *, wait: float = 0.0) -> AbstractContextManager[None]:
        """Keeps all other writers out, of this process too, while the context lasts; :class:`IndexLocked` where another
        one does not go within ``wait`` seconds.

        The system ends the lock with the process, however it ends. Neither a forked child nor a program that is started
        holds it, and a child that leaves the context does not end it.
        """
        return self._locked(wait)

    @contextmanager
    def _locked(self, wait: float) -> Iterator[None]:
        from filelock import FileLock, Timeout  # readers can do without its 30 ms

        lock = FileLock(self._path(LOCK), thread_local=False, fallback_to_soft=False, preserve_lock_file=True)
        try:
            lock.acquire(timeout=wait, poll_interval=0.02)
        except Timeout:
            raise IndexLocked(
                f"{self.path}: another process is writing to this index; wait until it has finished, or stop it"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _open(self, name: str) -> int:
        try:
            descriptor = os.open(self._path(name), _READ | _CAREFULLY)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, a socket
                raise IndexDamaged(f"{self.path / name}: not a plain file") from error
            raise
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise IndexDamaged(f"{self.path / name}: not a plain file")
        return descriptor

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no name for a file of an index: {name!r}")
        return self.path / name


def release(mapped: NDArray[Any]) -> None:
    """Tells the system that the memory of a mapped array, or of a view of one, is not needed at present.

    The array stays valid: what is touched again is read again. Does nothing for other arrays.
    """
    memory = _memory(mapped)
    if memory is None or not hasattr(mmap, "MADV_DONTNEED") or mapped.nbytes == 0:
        return
    start = mapped.ctypes.data - np.frombuffer(memory, np.uint8).ctypes.data
    ahead = start % mmap.PAGESIZE
    memory.madvise(mmap.MADV_DONTNEED, start - ahead, mapped.nbytes + ahead)


def _memory(array: Any) -> mmap.mmap | None:
    while array is not None and not isinstance(array, mmap.mmap):
        array = array.obj if isinstance(array, memoryview) else getattr(array, "base", None)
    return array


def _sync_folder(path: Path) -> None:
    if sys.platform == "win32":  # which has no such call: its file systems keep names in their journal
        return
    descriptor = os.open(path, _READ | os.O_DIRECTORY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    if sys.platform == "darwin":  # where fsync leaves the bytes in the drive's own memory
        import fcntl

        with suppress(OSError):  # of a file system that has no such call
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)
