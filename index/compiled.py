"""Kernels: functions over plain arrays that Numba compiles, when first called and then from a cache on disk.

::

    @kernel("i8(in u4[:], out u8[:], i8)")
    def fill(docs, found, count): ...

A signature names what comes back (``void``, or a type) and then each argument: a type, or an array of it that the
kernel reads (``in``) or writes (``out``). Arrays are C-contiguous; one that may be written is taken where one to read
is asked for. Types are ``b1 u1 u2 u4 u8 i1 i2 i4 i8 f4 f8``; ``[:,:]`` has two dimensions. Several results:
``(i8,i8)(...)``. What a kernel calls is marked ``@inlined`` and needs no signature; it becomes part of the kernel, and
may make no arrays. Where a kernel is to read many arrays, one of the same kind for each segment say, it takes a table
of their addresses, and what :func:`array_at` gives makes an array of each; :data:`prefetch` has memory fetched ahead.

Kernels let go of the interpreter's lock, check no bounds, and must not be given what they do not expect: who calls them
checks it.

Compiled code lies in ``$KIOSK_KERNEL_CACHE``, else in the user's folder for caches, one file for each kernel. Its name
hangs on all that the code is made of, and on nothing else: the kernel and what it calls, the constants that these name,
Numba, Python and the kind of processor. So a change of any of them compiles anew, and it does not matter where the
source files stand. Such a file is run as it is found, so that the folder must be the user's own; one that is damaged is
made anew, one that can't be written is done without.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial, update_wrapper
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from types import CodeType, FunctionType, ModuleType
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

CACHE_VARIABLE = "KIOSK_KERNEL_CACHE"
"""Environment variable that names the folder for compiled kernels."""
_OPTIONS = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
# Without _nrt=False each call counts its arrays as in use, by atomic additions: 40 ns for four of them; and what counts
# them is compiled when the first such kernel is loaded, in every process anew: 20 ms.
_MAKING_NONE = {**_OPTIONS, "_nrt": False}
_INLINED = {**_MAKING_NONE, "forceinline": True}
_MAKERS = frozenset({"arange", "copy", "empty", "empty_like", "full", "ones", "zeros", "zeros_like"})
"""What makes an array in a kernel; where one calls what is not here, Numba says so when it compiles."""

P = ParamSpec("P")
R = TypeVar("R")
_compiling = Lock()


def kernel(signature: str) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Marks a function as a kernel; it is compiled, or loaded from the cache, when first called."""
    return lambda function: Kernel(function, signature)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a function that kernels call."""
    return Kernel(function, None)


def array_at(kind: str) -> Callable[[int, int], NDArray[Any]]:
    """What kernels call for the array of a kind (``u4``) at an address: ``words(address, length)``, both ``i8``.

    It may be read only; who makes the table of addresses keeps the arrays alive, C-contiguous and where they are.
    """
    return _Instructions(f"array at an address: {kind}", partial(_array_here, kind), partial(_array_maker, kind))


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

    @property
    def options(self) -> Mapping[str, object]:
        """How Numba is to compile it."""
        return _OPTIONS if self.makes_arrays else _MAKING_NONE

    @property
    def makes_arrays(self) -> bool:
        """Whether it makes arrays, or what it calls does."""
        plain: Any = self.function
        attributes = (name for name in plain.__code__.co_names if name not in plain.__globals__)
        makes_some = not _MAKERS.isdisjoint(attributes)
        return makes_some or any(called.makes_arrays for _, called in _called(plain))

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
        if self.signature is None:
            return numba.njit(**_INLINED)(copy)
        if numba.config.DISABLE_JIT:
            return copy
        dispatcher = numba.njit(**self.options)(copy)
        dispatcher._cache = _CompiledFile(self)
        dispatcher.compile(_signature(numba, self.signature))
        dispatcher.disable_compile()
        return dispatcher


class _Instructions(Kernel[P, R]):
    """A function that kernels call, in whose place Numba puts instructions."""

    def __init__(self, name: str, plain: Callable[P, R], maker: partial[Any]) -> None:
        """``plain``: the same without Numba; ``maker``: gives what Numba calls an intrinsic."""
        super().__init__(plain, None)
        self.name = name
        self.maker = maker
        self._compiled = plain

    @property
    def makes_arrays(self) -> bool:
        return False

    def _dispatcher(self, numba: Any) -> Any:
        return self._compiled if numba.config.DISABLE_JIT else self.maker()


def _array_here(kind: str, address: int, length: int) -> NDArray[Any]:
    item = np.dtype(kind.replace("b1", "?"))
    if not length:
        return np.empty(0, item)
    memory: Any = (ctypes.c_char * (int(length) * item.itemsize)).from_address(int(address))
    found: NDArray[Any] = np.frombuffer(memory, item)
    found.flags.writeable = False
    return found


@cache
def _array_maker(kind: str) -> Any:
    """What Numba puts in the place of a call: an array that belongs to nobody."""
    from numba.core import cgutils, types
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array, populate_array

    item = _scalar(_numba(), kind)
    array = types.Array(item, 1, "C", readonly=True)

    def maker(context: Any, address: Any, length: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            stored = context.get_data_type(item)
            size = context.get_constant(types.intp, context.get_abi_sizeof(stored))
            made = make_array(array)(context, builder)
            populate_array(
                made,
                data=builder.inttoptr(arguments[0], stored.as_pointer()),
                shape=cgutils.pack_array(builder, [arguments[1]]),
                strides=cgutils.pack_array(builder, [size]),
                itemsize=size,
                meminfo=None,
            )
            return made._getvalue()

        return array(types.int64, types.int64), build

    return intrinsic(maker)


def _nothing_ahead(address: int) -> None:
    """Reads nothing ahead."""


@cache
def _prefetch_maker() -> Any:
    """What Numba puts in the place of :data:`prefetch`: to be read, and kept in all caches."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    def maker(context: Any, address: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [place, number, number, number])
            called = builder.module.declare_intrinsic("llvm.prefetch", [place], kind)
            builder.call(called, [builder.inttoptr(arguments[0], place), *(number(one) for one in (0, 3, 1))])
            return context.get_dummy_value()

        return types.none(types.int64), build

    return intrinsic(maker)


prefetch: Callable[[int], None] = _Instructions("prefetch", _nothing_ahead, partial(_prefetch_maker))
"""What kernels call with an address (``i8``) that they are about to read: the memory is fetched meanwhile. Any address
will do."""


class _CompiledFile:
    """The compiled code of a kernel on disk: what Numba asks for it before it compiles, and gives it thereafter.

    The file is a checksum and what Numba pickles of its results.
    """

    def __init__(self, kernel: Kernel[..., Any]) -> None:
        self._made_of = _made_of(kernel)
        self._options = kernel.options
        name = f"{kernel.function.__module__}.{kernel.function.__qualname__}"
        self._name = re.sub(r"[^\w.]", "", name)[-80:]

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The compiled kernel, or ``None`` where it is not there as it was written."""
        from numba.core.compiler import CompileResult
        from numba.core.runtime import rtsys

        if self._options.get("_nrt", True):
            # What code that is loaded calls; all that Numba knows how to compile, which it loads with a refresh of its
            # target, would take a tenth of a second.
            rtsys.initialize(target)
        path = self._path(target.codegen())
        try:
            data = path.read_bytes() if path is not None else b""
        except OSError:
            return None
        checksum, code = data[:_CHECKSUM], data[_CHECKSUM:]
        if checksum != _checksum(code):
            return None
        return CompileResult._rebuild(target, *pickle.loads(code))

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Writes the file at one stroke, where that can be done."""
        from numba.core.serialize import dumps

        path = self._path(compiled.codegen)
        if path is None or compiled.library.has_dynamic_globals:  # addresses in this process
            return
        code = dumps(compiled._reduce())
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, new = tempfile.mkstemp(dir=path.parent, suffix=".new")
            try:
                with open(descriptor, "wb") as file:
                    file.write(_checksum(code) + code)
                os.replace(new, path)
            except BaseException:
                os.unlink(new)
                raise

    def _path(self, codegen: Any) -> Path | None:
        import llvmlite
        import numba

        base = _cache_base()
        if base is None:
            return None
        tools = numba.__version__, llvmlite.__version__, sys.implementation.cache_tag, codegen.magic_tuple()
        content = repr((tools, self._options, _INLINED, self._made_of)).encode()
        return base / f"{self._name}-{blake2b(content, digest_size=12).hexdigest()}.kernel"


_CHECKSUM = 16


def _checksum(code: bytes) -> bytes:
    return blake2b(code, digest_size=_CHECKSUM).digest()


def cache_folder(sources: tuple[str, ...]) -> Path | None:
    """Where that which is made of these files is kept, beside the compiled kernels; ``None`` where no such folder can
    be written. Another folder for other content."""
    base = _cache_base()
    if base is None:
        return None
    made_of = blake2b(platform.machine().encode(), digest_size=8)
    for source in sources:
        made_of.update(Path(source).read_bytes())
    folder = base / made_of.hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def _cache_base() -> Path | None:
    """The folder that all this lies in, which may not be there yet."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "kiosk" / "kernels"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kiosk" / "kernels"
    except RuntimeError:  # no home at all
        return None


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


def _made_of(one: Kernel[..., Any]) -> object:
    """All that a kernel is compiled from: its own code and signature, those of what it calls, and the constants that
    these name."""
    parts: dict[str, list[object]] = {}
    todo = [one]
    while todo:
        current = todo.pop()
        if isinstance(current, _Instructions):
            made_by: Any = current.maker.func
            parts[current.name] = [_code(made_by.__wrapped__.__code__)]
            continue
        function: Any = current.function
        name = f"{function.__module__}.{function.__qualname__}"
        if name not in parts:
            parts[name] = [current.signature, _code(function.__code__), *_constants(function)]
            todo += [called for _, called in _called(function)]
    return sorted(parts.items())


def _code(code: CodeType) -> list[object]:
    """What a code object does, without where it stands."""
    names = code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars, code.co_argcount, code.co_flags
    inner = [_code(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return [code.co_code, code.co_exceptiontable, names, inner]


def _constants(function: Any) -> list[str]:
    """The values that a function names outside of itself; only such as can be told from one another."""
    where = f"{function.__module__}.{function.__qualname__}"
    if function.__defaults__ or function.__closure__:
        raise TypeError(f"{where}: a kernel has no defaults, and no variables of a function around it")
    found = []
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, np.generic | np.ndarray):
            found.append(f"{name} = {value.dtype} {value.shape} {value.tobytes().hex()}")
        elif isinstance(value, bool | int | float | str | bytes | tuple):
            found.append(f"{name} = {value!r}")
        elif not (value is None or isinstance(value, Kernel | ModuleType)):
            raise TypeError(f"{where}: {name} is neither a number nor text, tuple, array or kernel")
    return found


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
