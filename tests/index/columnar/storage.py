"""Folders whose calls are recorded, for a power cut to be made of the record, or that fail, crash, or lie."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.columnar.atomic import Data, Folder, Output

T = TypeVar("T")

CRASHED = 86
"""Exit status of a process that :class:`FailingFolder` ended."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to storage. ``file`` is the number of the new file that it creates, writes, syncs or closes."""

    kind: str
    name: str = ""
    to: str = ""
    data: bytes = b""
    file: int = -1


class WatchedFolder(Folder):
    """Leads every call through :meth:`watch`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._files = 0

    def watch(self, call: Call, do: Callable[[], T]) -> T:
        """Makes the call."""
        return do()

    def make(self) -> None:
        self.watch(Call("make"), super().make)

    def create(self, name: str) -> Output:
        self._files += 1
        made = super().create
        file = self._files
        return self.watch(Call("create", name, file=file), lambda: _WatchedOutput(self, name, file, made(name)))

    def map(self, name: str) -> NDArray[np.uint8]:
        made = super().map
        return self.watch(Call("map", name), lambda: made(name))

    def read(self, name: str, limit: int = 1 << 30) -> bytes:
        made = super().read
        return self.watch(Call("read", name), lambda: made(name, limit))

    def size(self, name: str) -> int:
        made = super().size
        return self.watch(Call("size", name), lambda: made(name))

    def names(self) -> list[str]:
        return self.watch(Call("names"), super().names)

    def rename(self, old: str, new: str) -> None:
        made = super().rename
        self.watch(Call("rename", old, new), lambda: made(old, new))

    def remove(self, name: str) -> None:
        made = super().remove
        self.watch(Call("remove", name), lambda: made(name))

    def sync(self) -> None:
        self.watch(Call("sync folder"), super().sync)


class _WatchedOutput(Output):
    def __init__(self, folder: WatchedFolder, name: str, file: int, output: Output) -> None:
        super().__init__(-1)
        self._folder, self._name, self._file, self._output = folder, name, file, output

    def write(self, data: Data) -> None:
        call = Call("write", self._name, data=bytes(data), file=self._file)
        self._folder.watch(call, lambda: self._output.write(data))

    def sync(self) -> None:
        self._folder.watch(Call("sync", self._name, file=self._file), self._output.sync)

    def close(self) -> None:
        self._folder.watch(Call("close", self._name, file=self._file), self._output.close)


class RecordingFolder(WatchedFolder):
    """Keeps a record of all calls that change something, and can tell what a power cut at any of them might leave.

    What lies in the folder at the beginning is taken to be safe.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.calls: list[Call] = []
        self._before = {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}

    def watch(self, call: Call, do: Callable[[], T]) -> T:
        result = do()
        if call.kind not in ("make", "map", "read", "size", "names", "close"):
            self.calls.append(call)
        return result

    def mark(self, what: str) -> None:
        """Writes a remark into the record, such as that a commit was acknowledged."""
        self.calls.append(Call("mark", what))

    def power_cut(self, after: int, rng: random.Random, into: Path) -> None:
        """Fills the folder ``into`` with what may be left when the power goes after the first ``after`` calls.

        What was synced is there. Each file's bytes since may be there, lost, zero, cut at random or have bits flipped;
        each name created, changed or removed since may be as before or as after, each by itself.
        """
        disk = _Disk(self._before)
        for call in self.calls[:after]:
            disk.apply(call)
        for name, data in disk.left(rng).items():
            (into / name).write_bytes(data)


class _Disk:
    """What is safe and what only the running system knows."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._bytes = {-2 - at: bytearray(data) for at, data in enumerate(files.values())}
        self._synced = {file: len(data) for file, data in self._bytes.items()}
        self._names: dict[str, int] = {name: -2 - at for at, name in enumerate(files)}
        self._safe_names = dict(self._names)
        self._changes: list[dict[str, int | None]] = []

    def apply(self, call: Call) -> None:
        match call.kind:
            case "create":
                self._bytes[call.file] = bytearray()
                self._synced[call.file] = 0
                self._change({call.name: call.file})
            case "write":
                self._bytes[call.file] += call.data
            case "sync":
                self._synced[call.file] = len(self._bytes[call.file])
            case "rename":
                self._change({call.to: self._names[call.name], call.name: None})
            case "remove":
                self._change({call.name: None})
            case "sync folder":
                self._safe_names = dict(self._names)
                self._changes = []

    def _change(self, change: dict[str, int | None]) -> None:
        self._changes.append(change)
        _enter(self._names, change)

    def left(self, rng: random.Random) -> dict[str, bytes]:
        names = dict(self._safe_names)
        odds = rng.choice([0.0, 0.5, 0.5, 1.0])
        for change in self._changes:
            if rng.random() < odds:
                _enter(names, change)
        return {name: self._content(file, rng) for name, file in names.items()}

    def _content(self, file: int, rng: random.Random) -> bytes:
        data, safe = bytearray(self._bytes[file]), self._synced[file]
        loose = len(data) - safe
        if loose == 0:
            return bytes(data)
        match rng.choice(["whole", "lost", "zero", "cut", "flipped"]):
            case "lost":
                del data[safe:]
            case "zero":
                data[safe:] = bytes(loose)
            case "cut":
                del data[safe + rng.randrange(loose) :]
            case "flipped":
                for _ in range(rng.randint(1, 8)):
                    data[safe + rng.randrange(loose)] ^= 1 << rng.randrange(8)
        return bytes(data)


def _enter(names: dict[str, int], change: dict[str, int | None]) -> None:
    for name, file in change.items():
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


READING = frozenset({"map", "read", "size", "names"})
"""Kinds of calls that change nothing."""

NEVER = 1 << 62


class FailingFolder(WatchedFolder):
    """Fails at one call, counted from 0, or from there on; or ends the process there, as a crash would. ``but``: kinds
    of calls that are not counted.

    A write that fails or crashes has written half. A file that fails to close is closed.
    """

    def __init__(
        self,
        path: Path,
        at: int,
        *,
        error: int = errno.EIO,
        lasting: bool = False,
        crash: bool = False,
        but: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(path)
        self.at, self.error, self.lasting, self.crash, self.but = at, error, lasting, crash, but
        self.count = 0
        self.failed: Call | None = None

    def heal(self) -> None:
        """Fails no more."""
        self.at = NEVER

    def watch(self, call: Call, do: Callable[[], T]) -> T:
        if call.kind in self.but:
            return do()
        now = self.count
        self.count += 1
        if now != self.at and not (self.lasting and now > self.at):
            return do()
        self.failed = self.failed or call
        if call.kind == "write" and call.data:
            self._half(call, do)
        if self.crash:
            os._exit(CRASHED)
        if call.kind == "close":
            do()
        raise OSError(self.error, os.strerror(self.error), call.name)

    def _half(self, call: Call, do: Callable[[], object]) -> None:
        with open(self.path / call.name, "ab") as file:
            file.write(call.data[: len(call.data) // 2])


class AlteredFolder(Folder):
    """Gives other bytes than those of a file, or none at all, and leaves the disk alone."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.altered: dict[str, bytes | None] = {}

    def map(self, name: str) -> NDArray[np.uint8]:
        if name not in self.altered:
            return super().map(name)
        return np.frombuffer(self._other(name), np.uint8)

    def read(self, name: str, limit: int = 1 << 30) -> bytes:
        return self._other(name) if name in self.altered else super().read(name, limit)

    def size(self, name: str) -> int:
        return len(self._other(name)) if name in self.altered else super().size(name)

    def names(self) -> list[str]:
        return [name for name in super().names() if self.altered.get(name, b"") is not None]

    def _other(self, name: str) -> bytes:
        other = self.altered[name]
        if other is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return other


def crashes(work: Callable[[], object]) -> bool:
    """Whether ``work``, in a forked child, was ended by a :class:`FailingFolder`; an error in it is one here."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    assert status in (0, CRASHED), f"the child ended with {status}"
    return status == CRASHED
