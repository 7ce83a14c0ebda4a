"""The indexes that are searched: made once, kept in a folder, and used again while they are what would be made.

In ``FOLDER/<articles>``, of the corpus of :mod:`benchmarks.corpus` with declared languages:

- ``kiosk-parts``, ``tantivy-parts``: eight segments or more, of sizes that neither side merges: for tantivy four of
  21 % of the articles and four of 4 %; for Kiosk, which also ends a segment where its memory is full, commits of 57,000
  articles and then four of 14,250 (six and four of 400,000 articles, eleven in all of 1,600,000);
- ``kiosk-merged``, ``tantivy-merged``: one segment;
- ``whoosh``: stock Whoosh, for a small corpus only.

Beside each stands ``NAME.json``: what it was made by. An index without it, or with another, is made anew.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from benchmarks.corpus import write
from benchmarks.measured import measured
from benchmarks.texts import Pool

MERGED, PARTS = "merged", "parts"
LARGE_PART, SMALL_PART, PARTS_OF_A_SIZE = 0.21, 0.04, 4
MOST_IN_A_COMMIT = 57_000
TINY = 300
_INGEST = ("ingest.py", "--json", "--quiet", "--workers", "1")


class Indexes:
    """The indexes of one number of articles."""

    def __init__(self, folder: Path, count: int, found: Sequence[Pool]) -> None:
        self._folder = folder / str(count)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._count = count
        self._found = found
        self._corpus = self._folder / "corpus.jsonl"

    def kiosk(self, variant: str) -> Path:
        return self._ensured(f"kiosk-{variant}", _kiosk_format(self._folder), self._load_kiosk)

    def tantivy(self, variant: str) -> Path:
        return self._ensured(f"tantivy-{variant}", f"tantivy {version('tantivy')}", self._load_tantivy)

    def whoosh(self) -> Path:
        return self._ensured("whoosh", f"whoosh3 {version('whoosh3')}", self._load_whoosh)

    def forget_corpus(self) -> None:
        """Removes the corpus, which is only needed to make an index."""
        self._corpus.unlink(missing_ok=True)

    def _ensured(self, name: str, made_by: str, load: Callable[[Path], None]) -> Path:
        index, note = self._folder / name, self._folder / f"{name}.json"
        wanted = {"made by": made_by, "articles": self._count}
        if index.is_dir() and note.is_file() and json.loads(note.read_text()) == wanted:
            return index
        print(f"making {index}", file=sys.stderr, flush=True)
        note.unlink(missing_ok=True)
        shutil.rmtree(index, ignore_errors=True)
        load(index)
        note.write_text(json.dumps(wanted))
        return index

    def _articles(self) -> Path:
        if not self._corpus.is_file():
            part = self._corpus.with_suffix(".part")
            write(part, self._count, declared=True, found=self._found)
            part.rename(self._corpus)
        return self._corpus

    def _load_kiosk(self, index: Path) -> None:
        if index.name.endswith(MERGED):
            shutil.copytree(self.kiosk(PARTS), index)
            measured(["-m", "index", "merge", str(index)])
            return
        large = min(MOST_IN_A_COMMIT, self._count // 7)
        small = large // 4
        begun = 0
        for batch, count in ((large, self._count - PARTS_OF_A_SIZE * small), (small, PARTS_OF_A_SIZE * small)):
            archive = self._folder / "part.jsonl"
            _cut(self._articles(), archive, begun, count)
            measured([*_INGEST, "--batch", str(batch), "--index", str(index), str(archive)], statuses=(0, 1))
            archive.unlink()
            begun += count

    def _load_tantivy(self, index: Path) -> None:
        if index.name.endswith(MERGED):
            parts = [self._count // 8] * 8  # so many of one size are merged by the default policy
        else:
            large, small = round(self._count * LARGE_PART), round(self._count * SMALL_PART)
            parts = [*[large] * PARTS_OF_A_SIZE, *[small] * PARTS_OF_A_SIZE]
        measured(["-m", "benchmarks.peer", str(self._articles()), str(index), *map(str, parts)])

    def _load_whoosh(self, index: Path) -> None:
        measured(["-m", "benchmarks.stock", str(self._articles()), str(index)])


def _cut(archive: Path, out: Path, start: int, count: int) -> None:
    with archive.open("rb") as lines, out.open("wb") as file:
        file.writelines(islice(lines, start, start + count))


def _kiosk_format(folder: Path) -> str:
    """What the loader of now writes, told by an index of a few invented articles: the sections of each kind of file,
    and the fingerprint of its words."""
    from benchmarks.texts import invented

    corpus, index = folder / "tiny.jsonl", folder / "tiny"
    shutil.rmtree(index, ignore_errors=True)
    write(corpus, TINY, declared=True, found=invented())
    measured([*_INGEST, "--index", str(index), str(corpus)])
    corpus.unlink()
    try:
        return _sections(index)
    finally:
        shutil.rmtree(index)


def _sections(index: Path) -> str:
    from index.analysis import fingerprint
    from index.columnar.atomic import Folder
    from index.columnar.format import VERSION, FileReader
    from index.columnar.manifest import newest

    folder, found = Folder(index), {}
    for facts in newest(folder).segments[0].all_files():
        segment, _, kind = facts.name.partition(".")
        names = FileReader(folder, facts, kind, segment).names()
        found[kind] = sorted({name.rpartition(".")[0] if kind == "lexicon" else name for name in names})
    return json.dumps({"version": VERSION, "words": fingerprint(), "sections": found}, sort_keys=True)
