"""A consistent copy of an index, made while it is searched and written to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.columnar.atomic import Folder, release
from index.columnar.format import FileReader
from index.columnar.manifest import Manifest, commit, newest
from index.errors import IndexDamaged, InputError

_PIECE = 1 << 22


def snapshot(source: Folder, target: Path) -> Manifest:
    """Copies the newest generation of ``source`` into the folder ``target``, which must be empty or not there yet.

    Every byte of the copy is compared with its checksum; the copy becomes an index at the very end. Commits, merges and
    deletions of the source go on meanwhile. Raises :class:`IndexDamaged` where the source is.
    """
    folder = Folder(target)
    try:
        folder.make()
        if folder.names():
            raise InputError(f"{target}: the folder is not empty; name a new one")
    except OSError as error:
        raise InputError(f"{target}: no index can be made here ({error.strerror})") from error
    with folder.lock():
        manifest, files = _held(source)
        for name, data in files.items():
            with folder.create(name) as output:
                for start in range(0, len(data), _PIECE):
                    output.write(data[start : start + _PIECE].data)
                    release(data[start : start + _PIECE])
                output.sync()
        for entry in manifest.segments:
            for facts in entry.all_files():
                kind = facts.name.removeprefix(f"{entry.name}.").partition("-")[0]
                copy = FileReader(folder, facts, kind, entry.name)
                if problems := copy.verify():
                    raise IndexDamaged(problems[0])
                copy.close()
        return commit(folder, replace(manifest, checkpoint=None))


def _held(source: Folder) -> tuple[Manifest, dict[str, NDArray[np.uint8]]]:
    """The newest generation with its files mapped: they stay readable when a commit removes them."""
    while True:
        manifest = newest(source)
        try:
            return manifest, {facts.name: source.map(facts.name) for facts in manifest.all_files()}
        except FileNotFoundError:
            if newest(source).generation == manifest.generation:
                raise IndexDamaged(f"{source.path}: files of generation {manifest.generation} are missing") from None
