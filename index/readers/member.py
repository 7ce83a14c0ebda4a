"""One file as the readers see it, wherever it stands: on disk, in a pipe, or inside an archive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from importlib.resources import files
from typing import BinaryIO

from index.readers.records import NO_SOURCE, Source
from index.readers.stream import ByteStream

LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Member:
    """A named stream of bytes. It must be read, or let go, before the next one is asked for."""

    locator: str
    """For messages: ``news.zip!/2026/a.jsonl``."""
    name: str
    """The file's own name, endings of compressions taken off: what its format is told from."""
    folder: str
    """The folder it stands in, on disk or inside an archive."""
    family: str
    """What pages are compared within: the folder or archive that was given to the load."""
    stream: ByteStream
    depth: int = 0
    """How many archives and compressions it stands in."""
    file: BinaryIO | None = None
    """The file on disk that ``stream`` reads, where there is one: a zip is read by its list of contents."""
    source: Source = NO_SOURCE
    """The file that was given to the load, this one or what it stands in."""


def printable(name: str) -> str:
    """A file's name as it can be shown and written: no control characters, no lone surrogates, 300 characters."""
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    return text if len(text) <= LONGEST_NAME else f"{text[:120]}…{text[-(LONGEST_NAME - 121) :]}"


def passed_over(path: str) -> bool:
    """Whether a file or folder found in a folder or an archive is no part of what is archived: hidden, a system's own,
    a README. The patterns are in ``passed_over.txt``; a file that a person names is read whatever its name."""
    return any(part not in ("", ".", "..") and _patterns().match(part) for part in path.split("/"))


@cache
def _patterns() -> re.Pattern[str]:
    lines = files("index.readers").joinpath("passed_over.txt").read_text("utf-8").splitlines()
    patterns = (translate(line) for line in lines if line and not line.startswith("#"))
    return re.compile("|".join(patterns), re.IGNORECASE)
