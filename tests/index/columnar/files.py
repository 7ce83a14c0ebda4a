"""Files of one structure, written and opened again, for tests of that structure alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from index.columnar.atomic import Folder
from index.columnar.format import FileReader, FileWriter

SEGMENT = "s0000001"


def reopened(kinds: Sequence[str], write: Callable[[Mapping[str, FileWriter]], object]) -> dict[str, FileReader]:
    """What ``write`` writes to new files of these kinds and closes, opened again by kind, every byte verified. The
    files are gone from the disk by then: what is mapped stays readable."""
    with TemporaryDirectory() as path:
        folder = Folder(Path(path))
        write({kind: FileWriter(folder, f"{SEGMENT}.{kind}", kind, SEGMENT) for kind in kinds})
        files = {kind: FileReader(folder, f"{SEGMENT}.{kind}", kind, SEGMENT) for kind in kinds}
        for file in files.values():
            assert file.verify() == []
        return files
