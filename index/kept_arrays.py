"""Arrays in a file, mapped by every process that needs them.

Layout, little-endian: ``KIOSKARR``, the xxh3_128 of all that follows (16 bytes), the length of the header (u8), the
header (JSON: name -> [dtype, shape, start]), padding to 64 bytes, then the arrays, each at ``start``, a multiple of 64
from the end of the padded header.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import xxhash
from numpy.typing import NDArray

from index.compiled import cache_folder

MAGIC = b"KIOSKARR"
DIGEST = 16
ALIGNMENT = 64
_START = len(MAGIC) + DIGEST + 8


def kept_or_made(
    name: str, sources: tuple[str, ...], names: Iterable[str], make: Callable[[], dict[str, NDArray[Any]]]
) -> dict[str, NDArray[Any]]:
    """The arrays ``names`` that are made of the files ``sources`` and kept beside the compiled kernels, in a file
    ``name``: mapped from there; made and put there where they are not there, not whole, or of other names."""
    folder = cache_folder(sources)
    if folder is None:
        return make()
    found = read_arrays(folder / name)
    if found is None or found.keys() != set(names):
        made = make()
        write_arrays(folder / name, made)
        found = read_arrays(folder / name) or made  # these, where there is no room
    return found


def read_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """The arrays of a file, mapped, not writable; ``None`` where there is no such file or it is not whole.

    Cost: one pass over the file, for its digest.
    """
    try:
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if data[: len(MAGIC)] != MAGIC or xxhash.xxh3_128_digest(data[len(MAGIC) + DIGEST :]) != data[8 : 8 + DIGEST]:
            return None
        length = int.from_bytes(data[_START - 8 : _START], "little")
        base = _aligned(_START + length)
        return {
            name: np.frombuffer(data, dtype, int(np.prod(shape)), base + start).reshape(shape)
            for name, (dtype, shape, start) in orjson.loads(data[_START : _START + length]).items()
        }
    except (OSError, ValueError):  # not there, empty, not ours to read
        return None


def write_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Writes a file for :func:`read_arrays`, whole or not at all; nothing where the folder does not take it."""
    header, start = {}, 0
    for name, array in arrays.items():
        header[name] = [array.dtype.str, array.shape, start]
        start += _aligned(array.nbytes)
    described = orjson.dumps(header)
    base = _aligned(_START + len(described))
    first = len(described).to_bytes(8, "little") + described
    parts: list[bytes | memoryview] = [first.ljust(base - len(MAGIC) - DIGEST, b"\0")]
    for array in arrays.values():
        parts += [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, bytes(-array.nbytes % ALIGNMENT)]
    digest = xxhash.xxh3_128()
    for part in parts:
        digest.update(part)
    with contextlib.suppress(OSError):
        handle, temporary = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines([MAGIC, digest.digest(), *parts])
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
