"""Kernels: what they compute, and where their compiled code comes from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.compiled import CACHE_VARIABLE, Kernel, array_at, inlined, kernel, prefetch

STEP = 3
TABLE = [1, 2]

SOURCE = """
import sys
import numpy as np
from index.compiled import inlined, kernel
from constants import FACTOR

assert "numba" not in sys.modules

@inlined
def scaled(value):
    return value * FACTOR

@kernel("i8(in i8[:])")
def total(values):
    result = 0
    for value in values:
        result += scaled(value)
    return result

assert "numba" not in sys.modules
if len(sys.argv) > 1:
    print(total(np.arange(5)))
"""


@inlined
def stepped(value: int) -> int:
    return value + STEP


@kernel("i8(in u4[:], out u8[:,:], f8, b1)")
def fill(values: np.ndarray, found: np.ndarray, factor: float, both: bool) -> int:
    for place in range(len(values)):
        found[0, place] = stepped(values[place]) * factor
        if both:
            found[1, place] = place
    return len(values)


@kernel("(i8,f8)(i8, f8)")
def halves(whole: int, fraction: float) -> tuple[int, float]:
    return whole // 2, fraction / 2


small_numbers = array_at("u4")
marks = array_at("b1")


@kernel("i8(in i8[:,:])")
def marked_total(table: np.ndarray) -> int:
    result = np.int64(0)
    for row in range(len(table)):
        prefetch(table[row, 0])
        numbers = small_numbers(table[row, 0], table[row, 2])
        chosen = marks(table[row, 1], table[row, 2])
        for place in range(len(numbers)):
            if chosen[place]:
                result += np.int64(numbers[place])
    return result


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "constants.py").write_text("FACTOR = 2\n")
    path = tmp_path / "program.py"
    path.write_text(SOURCE)
    return path


def start(program: Path, cache: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """A process of its own, with this folder for compiled code."""
    places = {CACHE_VARIABLE: str(cache), "PYTHONPATH": str(Path(__file__).resolve().parents[2]), **variables}
    command = [sys.executable, str(program), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env={**os.environ, **places}, stdout=pipe, stderr=pipe, text=True)


def printed(process: subprocess.Popen[str]) -> str:
    """What a process prints, when it has ended well."""
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return out.strip()


def run(program: Path, cache: Path, *arguments: str, **variables: str) -> str:
    return printed(start(program, cache, *arguments, **variables))


def compiled(cache: Path) -> dict[Path, int]:
    """All files below a folder, which are those of compiled code, with the time of their making."""
    files = {path: path.stat().st_mtime_ns for path in cache.rglob("*") if path.is_file()}
    assert all(path.suffix == ".kernel" for path in files), files
    return files


def test_a_kernel_gives_what_the_plain_function_gives() -> None:
    values = np.arange(7, dtype=np.uint32)
    results = []
    for both in (True, False):
        found, expected = np.zeros((2, 7), np.uint64), np.zeros((2, 7), np.uint64)
        results.append(fill(values, found, 1.5, both))
        assert isinstance(fill, Kernel)
        for place in range(7):
            expected[0, place] = int((int(values[place]) + STEP) * 1.5)
            expected[1, place] = place if both else 0
        assert (found == expected).all()
    assert results == [7, 7]


def test_a_kernel_may_have_several_results() -> None:
    assert isinstance(halves, Kernel)
    assert halves(9, 9.0) == halves.function(9, 9.0)


def test_a_kernel_reads_arrays_by_their_addresses() -> None:
    numbers = [np.arange(3, dtype=np.uint32), np.empty(0, np.uint32), np.array([7, 2**32 - 1], np.uint32)]
    chosen = [one % 2 == 1 for one in numbers]
    rows = [(one.ctypes.data, by.ctypes.data, len(one)) for one, by in zip(numbers, chosen, strict=True)]
    table = np.array(rows, np.int64)
    assert isinstance(marked_total, Kernel)
    assert marked_total(table) == marked_total.function(table) == 1 + 7 + 2**32 - 1


def test_arrays_that_may_not_be_written_can_be_read() -> None:
    values = np.arange(3, dtype=np.uint32)
    values.flags.writeable = False
    assert fill(values, np.zeros((2, 3), np.uint64), 1.0, True) == 3


def test_arrays_of_another_type_are_refused() -> None:
    with pytest.raises(TypeError):
        fill(np.arange(3), np.zeros((2, 3), np.uint64), 1.0, True)


def test_nothing_is_compiled_or_loaded_at_import(program: Path, tmp_path: Path) -> None:
    assert run(program, tmp_path / "cache") == ""
    assert not (tmp_path / "cache").exists()


def test_a_second_process_finds_compiled_code_again(program: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(program, cache, "go") == "20"
    first = compiled(cache)
    assert len(first) == 1
    assert run(program, cache, "go") == "20"
    assert compiled(cache) == first


@pytest.mark.parametrize(
    ("name", "old", "new", "result"),
    [
        ("program.py", "value * FACTOR", "value * FACTOR + 1", "25"),
        ("constants.py", "FACTOR = 2", "FACTOR = 5", "50"),
    ],
)
def test_a_changed_source_or_constant_compiles_anew(
    program: Path, tmp_path: Path, name: str, old: str, new: str, result: str
) -> None:
    cache = tmp_path / "cache"
    assert run(program, cache, "go") == "20"
    first = compiled(cache)
    changed = tmp_path / name
    changed.write_text(changed.read_text().replace(old, new))
    assert run(program, cache, "go") == result
    assert len(compiled(cache)) == 2
    assert first.items() <= compiled(cache).items()


def test_code_compiled_in_one_checkout_serves_another(program: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(program, cache, "go") == "20"
    first = compiled(cache)
    other = Path(shutil.copytree(tmp_path, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("cache")))
    (other / "program.py").write_text("# A line above moves all others down.\n" + SOURCE)
    assert run(other / "program.py", cache, "go") == "20"
    assert compiled(cache) == first


def test_processes_that_compile_at_the_same_time_do_not_disturb_one_another(program: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    processes = [start(program, cache, "go") for _ in range(3)]
    assert [printed(one) for one in processes] == ["20"] * 3
    assert len(compiled(cache)) == 1
    assert run(program, cache, "go") == "20"


def test_another_kind_of_processor_has_code_of_its_own(program: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(program, cache, "go") == "20"
    assert run(program, cache, "go", NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="") == "20"
    assert len(compiled(cache)) == 2


@pytest.mark.parametrize("damage", ["a bit", "the end", "everything"])
def test_damaged_code_is_not_run_but_compiled_anew(program: Path, tmp_path: Path, damage: str) -> None:
    cache = tmp_path / "cache"
    run(program, cache, "go")
    (path,) = compiled(cache)
    whole = path.read_bytes()
    middle = len(whole) // 2
    bit = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    path.write_bytes({"a bit": bit, "the end": whole[:-1], "everything": b""}[damage])
    assert run(program, cache, "go") == "20"
    (mended,) = compiled(cache)
    assert mended == path
    mended_at = compiled(cache)
    assert run(program, cache, "go") == "20"
    assert compiled(cache) == mended_at


def test_without_a_folder_to_write_each_process_compiles_for_itself(program: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    assert run(program, in_the_way, "go") == "20"
    assert in_the_way.read_text() == "no folder"


def test_code_that_hangs_on_what_can_not_be_told_apart_is_refused() -> None:
    @kernel("i8(i8)")
    def lists(value: int) -> int:
        return value + len(TABLE)

    @kernel("i8(i8)")
    def around(value: int) -> int:
        return value + step

    step = 2
    for one, named in ((lists, "TABLE"), (around, "around")):
        with pytest.raises(TypeError, match=named):
            one(1)


COUNTING = """
import sys
import numpy as np
from index.compiled import kernel

@kernel("i8(i8)")
def thrice_one(value):
    made = np.zeros(3, np.int64)
    made[:] = value
    return made.sum()

@kernel("i8(in i8[:])")
def first(values):
    return values[0]

@kernel("i8(in i8[:])")
def thrice(values):
    return thrice_one(values[0])

if len(sys.argv) > 1:
    from numba.core.runtime import rtsys

    value = {"first": first, "thrice": thrice}[sys.argv[1]](np.arange(5) + 7)
    print(value, rtsys._init)
"""


def test_only_a_kernel_that_makes_arrays_loads_what_counts_them(tmp_path: Path) -> None:
    program = tmp_path / "counting.py"
    program.write_text(COUNTING)
    for name, value in (("first", "7"), ("thrice", "21")):
        assert run(program, tmp_path / "cache", name).split()[0] == value
    assert run(program, tmp_path / "cache", "first") == "7 False"
    assert run(program, tmp_path / "cache", "thrice") == "21 True"


@pytest.mark.parametrize(
    ("signature", "named"),
    [
        ("i8", "'i8'"),
        ("i8 in u4[:]", "'i8 in u4[:]'"),
        ("i8(in u4[)", "'in u4[' "),
        ("i8(inout u4[:])", "'inout u4[:]'"),
        ("i8(u5)", "'u5'"),
        ("q8(i8)", "'q8'"),
        ("(i8,x1)(i8)", "'x1'"),
    ],
)
def test_a_bad_signature_is_named(signature: str, named: str) -> None:
    @kernel(signature)
    def nothing(value: int) -> int:
        return value

    with pytest.raises(ValueError, match="of a kernel") as raised:
        nothing(1)
    assert named.strip() in str(raised.value)
