"""Generations: a commit is whole or not there, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.columnar.atomic import Folder
from index.columnar.format import VERSION, FileWriter
from index.columnar.manifest import Manifest, SegmentEntry, commit, newest, segment_name
from index.errors import IndexNotFound


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def segment(folder: Folder, number: int) -> SegmentEntry:
    name = segment_name(number)
    with FileWriter(folder, f"{name}.postings", "postings", name) as writer:
        writer.add("docs", np.arange(number, dtype=np.uint32))
        return SegmentEntry(name, number, 0, (writer.close(),), None)


def test_two_generations_are_kept(folder: Folder) -> None:
    manifest = Manifest(0, VERSION, "words-1", 0, (), None)
    with pytest.raises(IndexNotFound):
        newest(folder)
    for number in range(1, 5):
        manifest = replace(manifest, next_segment=number + 1, segments=(segment(folder, number),))
        manifest = commit(folder, manifest)
        assert newest(folder) == manifest
    assert sorted(folder.names()) == ["manifest-2.json", "manifest-3.json", "s0000003.postings", "s0000004.postings"]
