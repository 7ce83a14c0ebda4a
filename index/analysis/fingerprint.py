"""What an index must have in common with the program that reads it: the analysis that its words came from."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from unicodedata import unidata_version

REVISION = 1
"""Raised whenever the code of this package comes to make other words, terms or folds of the same text."""

_PACKAGES = ("PyStemmer", "regex", "opencc")


@cache
def fingerprint() -> str:
    """Sixteen hex digits over the revision, the tables beside this file, and the versions of Unicode and of the
    packages that the chains rest on. Equal fingerprints: equal analysis."""
    digest = blake2b(f"{REVISION} {unidata_version}\n".encode(), digest_size=8)
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.t[sx][vt]")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
