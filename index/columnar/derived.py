"""What is made of a file of an index for searching it: kept in files beside the compiled kernels, mapped and not held.

A process that opens the index again finds it made, several share it, and the system may take its memory back at any
time. The name of a file hangs on the digest of what it was made of and on the code that made it; one that is damaged is
made anew, one that can't be written is held in memory, and so is what is small. Files that no process has opened for
:data:`UNUSED` go when another is written.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.columnar.format import FileReader
from index.compiled import cache_folder
from index.kept_arrays import read_arrays, write_arrays

LEAST = 1 << 20
"""Bytes from which on something is kept."""
UNUSED = 7 * 24 * 3600
"""Seconds."""
_SUFFIX = ".derived"
_MADE_BY = (
    "derived.py",
    "form_scan_kernels.py",
    "lexicon_arrays.py",
    "lexicon_kernels.py",
    "seek_kernels.py",
    "sieve_kernels.py",
    "../analysis/keys.py",
)

Arrays = dict[str, NDArray[Any]]
Lengths = Mapping[str, tuple[type[np.generic], int]]


def derived(file: FileReader, name: str, lengths: Lengths, make: Callable[[], Arrays]) -> Arrays:
    """What ``make`` makes of a file: arrays of these types and lengths, by name. Cost: where it is kept one pass over
    it."""
    size = sum(np.dtype(kind).itemsize * length for kind, length in lengths.values())
    folder = _folder() if size >= LEAST and file.digest is not None else None
    if folder is None:
        return make()
    path = folder / f"{file.digest}-{name}{_SUFFIX}"
    found = _read(path, lengths)
    if found is None:
        made = make()
        write_arrays(path, made)
        _forget_unused(folder.parent)
        return _read(path, lengths) or made
    with suppress(OSError):
        os.utime(path)
    return found


def _read(path: Path, lengths: Lengths) -> Arrays | None:
    arrays = read_arrays(path)
    if arrays is None or {name: (one.dtype, one.shape) for name, one in arrays.items()} != {
        name: (np.dtype(kind), (length,)) for name, (kind, length) in lengths.items()
    }:
        return None
    return arrays


@cache
def _folder() -> Path | None:
    here = Path(__file__).parent
    return cache_folder(tuple(str(here / name) for name in _MADE_BY))


def _forget_unused(base: Path) -> None:
    """Removes files that no one has opened for long, those of other versions of the code, too."""
    for path in base.glob(f"*/*{_SUFFIX}"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - UNUSED:
                path.unlink()
