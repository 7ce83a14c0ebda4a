"""Kernels: functions over plain arrays that Numba compiles, when first called and then from a cache on disk.

::

    @kernel("i8(in u4[:], out u8[:], i8)")
    def fill(docs, found, count): ...

A signature names what comes back (``void``, or a type) and then each argument: a type, or an array of it that the
kernel reads (``in``) or writes (``out``). Arrays are C-contiguous; one that may be written is taken where one to read
is asked for. Types are ``b1 u1 u2 u4 u8 i1 i2 i4 i8 f4 f8``; ``[:,:]`` has two dimensions. Several results:
``(i8,i8)(...)``. What a kernel calls is marked ``@inlined`` and needs no signature; it becomes part of the kernel, and
may make no arrays.

Kernels let go of the interpreter's lock, check no bounds, and must not be given what they do not expect: who calls them
checks it. Compiled code lies in :func:`cache_folder`, one folder per version of the kernels and of the constants that
they name, of Numba and of the kind of processor, so that a change of any of them compiles anew.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, update_wrapper
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

CACHE_VARIABLE = "KIOSK_KERNEL_CACHE"
"""Environment variable that names the folder for compiled kernels."""

P = ParamSpec("P")
R = TypeVar("R")
_compiling = Lock()


def kernel(signature: str) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Marks a function as a kernel; it is compiled, or loaded from the cache, when first called."""
    return lambda function: Kernel(function, signature)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a function that kernels call."""
    return Kernel(function, None)


class Kernel(Generic[P, R]):
    """A function that compiles itself when first called."""

    def __init__(self, function: Callable[P, R], signature: str | None) -> None:
        self.function = function
        self.signature = signature
        self._compiled: Callable[P, R] | None = None
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self._compiled is None:
            self.compile()
        assert self._compiled is not None
        return self._compiled(*args, **kwargs)

    def compile(self) -> None:
        """Compiles the kernel, or loads it from the cache: some milliseconds there, seconds else. Safe for threads."""
        with _compiling:
            if self._compiled is None:
                self._compiled = self._dispatcher(_numba())

    def _dispatcher(self, numba: Any) -> Any:
        plain: Any = self.function
        names = {**plain.__globals__}
        for name, value in _called(plain):
            names[name] = value._dispatcher(numba)
        copy = FunctionType(plain.__code__, names, plain.__name__, plain.__defaults__, plain.__closure__)
        copy.__module__, copy.__qualname__ = plain.__module__, plain.__qualname__
        options = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
        if self.signature is None:
            # Without _nrt=False each call counts its arrays as in use, by atomic additions: 40 ns for four of them.
            return numba.njit(forceinline=True, _nrt=False, **options)(copy)
        folder = cache_folder(*_made_of(self))
        numba.config.CACHE_DIR = str(folder) if folder else ""
        return numba.njit(_signature(numba, self.signature), cache=folder is not None, **options)(copy)


def cache_folder(sources: tuple[str, ...], constants: tuple[str, ...] = ()) -> Path | None:
    """Where kernels made of these source files and constants are kept; ``None`` where no such folder can be written:
    each process then compiles for itself.

    It stands in ``$KIOSK_KERNEL_CACHE``, else in the user's folder for caches. Compiled code is run as it is found, so
    the folder must be the user's own.
    """
    import llvmlite
    import numba

    made_of = blake2b(f"{numba.__version__} {llvmlite.__version__} {sys.version_info[:2]}".encode(), digest_size=8)
    made_of.update(f"{platform.machine()} {numba.config.CPU_NAME} {numba.config.CPU_FEATURES}".encode())
    for source in (__file__, *sources):
        made_of.update(Path(source).read_bytes())
    made_of.update("\n".join(constants).encode())
    for base in _cache_bases():
        folder = base / made_of.hexdigest()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return None


def _cache_bases() -> Iterator[Path]:
    if named := os.environ.get(CACHE_VARIABLE):
        yield Path(named)
        return
    if sys.platform == "win32":
        yield Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "kiosk" / "kernels"
        return
    try:
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kiosk" / "kernels"
    except RuntimeError:  # no home at all
        return


@cache
def _numba() -> Any:
    import numba

    # One target for all processors of a kind, so that a cache that moves to another machine still fits. Must be set
    # before anything is compiled; who has set a target means it.
    if not numba.config.CPU_NAME and platform.machine() in ("x86_64", "AMD64") and _has_avx2():
        numba.config.CPU_NAME, numba.config.CPU_FEATURES = "x86-64-v3", ""
    return numba


def _has_avx2() -> bool:
    from llvmlite import binding

    return bool(binding.get_host_cpu_features().get("avx2") and binding.get_host_cpu_features().get("bmi2"))


def _called(function: Any) -> Iterator[tuple[str, Kernel[..., Any]]]:
    """The marked functions that ``function`` names."""
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, Kernel):
            yield name, value


def _made_of(one: Kernel[..., Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The source files of a kernel and of all that it calls, and the constants named there, which become part of the
    compiled code though they may come from other files."""
    files, constants, todo, seen = set(), set(), [one], set()
    while todo:
        current = todo.pop()
        if id(current) not in seen:
            seen.add(id(current))
            function: Any = current.function
            files.add(function.__code__.co_filename)
            for name in function.__code__.co_names:
                value = function.__globals__.get(name)
                if isinstance(value, int | float | tuple | np.generic | np.ndarray):
                    constants.add(f"{function.__module__}.{name} = {_exactly(value)}")
            todo += [called for _, called in _called(function)]
    return tuple(sorted(files)), tuple(sorted(constants))


def _exactly(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {value.tobytes().hex()}"
    return repr(value)


_SIGNATURE = re.compile(r"\s*(void|[a-z]\d|\([^)]*\))\s*\((.*)\)\s*", re.DOTALL)
_ARGUMENT = re.compile(r"(?:(in|out)\s+)?([a-z]\d)(?:\[(:(?:,:)*)\])?")
_TYPES = {"b1": "boolean", "void": "void"} | {
    f"{letter}{size}": f"{kind}{8 * size}"
    for letter, kind, sizes in (("u", "uint", (1, 2, 4, 8)), ("i", "int", (1, 2, 4, 8)), ("f", "float", (4, 8)))
    for size in sizes
}


def _signature(numba: Any, text: str) -> Any:
    found = _SIGNATURE.fullmatch(text)
    if found is None:
        raise ValueError(f"no signature of a kernel: {text!r}")
    back, arguments = found.groups()
    types = [_argument(numba, one.strip()) for one in _split(arguments)]
    if back.startswith("("):
        return numba.types.Tuple([_scalar(numba, one.strip()) for one in back[1:-1].split(",")])(*types)
    return _scalar(numba, back)(*types)


def _split(arguments: str) -> list[str]:
    """At the commas outside of brackets."""
    return [part for part in re.split(r",(?![^\[]*\])", arguments) if part.strip()]


def _argument(numba: Any, text: str) -> Any:
    found = _ARGUMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"no argument of a kernel: {text!r}")
    way, kind, dimensions = found.groups()
    if dimensions is None:
        return _scalar(numba, kind)
    return numba.types.Array(_scalar(numba, kind), dimensions.count(":"), "C", readonly=way != "out")


def _scalar(numba: Any, kind: str) -> Any:
    if kind not in _TYPES:
        raise ValueError(f"no type of a kernel: {kind!r}; there are {' '.join(_TYPES)}")
    return getattr(numba.types, _TYPES[kind])
