"""Reading the tables that lie beside the code: tab-separated text, ``#`` begins a comment line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from importlib.resources import files


def rows(name: str, *, package: str = "index.analysis") -> Iterator[list[str]]:
    """The rows of a table that lies in a package, each a list of its cells; ``\\u`` escapes are read."""
    for line in lines(name, package=package):
        yield [_unescaped(cell) for cell in line.split("\t")]


def lines(name: str, *, package: str = "index.analysis") -> Iterator[str]:
    """The lines of a text file of a package without comments and blank lines; none where there is no such file."""
    path = files(package).joinpath(name)
    if not path.is_file():
        return
    for line in path.read_text("utf-8").split("\n"):
        if line.strip() and not line.startswith("#"):
            yield line


def _unescaped(cell: str) -> str:
    if "\\" not in cell:
        return cell
    return codecs.decode(cell.encode("ascii", "backslashreplace"), "unicode_escape")
