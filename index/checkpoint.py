"""How far a load is, as each commit notes it, so that an interrupted load goes on where it stopped."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from index.normalize import Defaults, Observed

MOST_REJECTED = 100_000
"""Tasks with rejects that a checkpoint remembers; a load with more begins anew, and finds duplicates."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What of a load is safe in the index."""

    load: str
    """Which load: :func:`load_key`."""
    tasks: int
    """Tasks that are done with, from the first on."""
    rejected: tuple[int, ...] = ()
    """Of these the ones that hold rejects: they are read again, so that the rejects are told again."""
    learned: Observed = field(default_factory=dict)
    """What the dates of these tasks show."""
    articles: int = 0
    """Articles read in these tasks, accepted or duplicates."""

    def encode(self) -> Mapping[str, Any] | None:
        """As JSON's values; ``None`` where it has grown too large to be kept."""
        return asdict(self) if len(self.rejected) <= MOST_REJECTED else None

    @classmethod
    def decode(cls, value: Mapping[str, Any] | None, load: str | None) -> Self | None:
        """The checkpoint that ``value`` is, if it is one of this ``load``."""
        if load is None or not isinstance(value, Mapping) or value.get("load") != load:
            return None
        try:
            return cls(
                load,
                int(value["tasks"]),
                tuple(map(int, value["rejected"])),
                {str(name): (int(day), int(month)) for name, (day, month) in value["learned"].items()},
                int(value["articles"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def load_key(paths: Iterable[str], format: str | None, defaults: Defaults, task_limits: tuple[int, int]) -> str | None:
    """What tells whether another load reads the very same files in the same way; ``None`` where that can't be told, as
    of standard input.

    ``task_limits``: the records and the bytes of a task, which say what a checkpoint's numbers mean. Files are the same
    while their names, lengths and times are. Cost: one look at each file.
    """
    digest = blake2b(repr((format, asdict(defaults), task_limits)).encode(), digest_size=16)
    try:
        for path in paths:
            if path == "-" or not Path(path).exists():
                return None
            for name in _files(path):
                status = os.stat(name)
                digest.update(repr((os.path.abspath(name), status.st_size, status.st_mtime_ns)).encode())
    except OSError:
        return None
    return digest.hexdigest()


def _files(path: str) -> Iterable[str]:
    if not os.path.isdir(path):
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(names))
