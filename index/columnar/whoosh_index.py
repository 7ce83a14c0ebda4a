"""The index as Whoosh knows one: opened from a folder, with Whoosh's readers, searchers and writers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn, Self

from whoosh.fields import Schema
from whoosh.index import Index
from whoosh.reading import IndexReader

from index.columnar.engine import ColumnarEngine
from index.columnar.whoosh_writer import ColumnarWriter, fixed_fields
from index.fields import whoosh_schema


class ColumnarIndex(Index):  # type: ignore[misc]  # Whoosh is untyped here
    """An index whose readers see the newest commit. Its fields are fixed: :mod:`index.fields`."""

    def __init__(self, engine: ColumnarEngine) -> None:
        self.schema: Schema = whoosh_schema()
        self._engine = engine

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Opens the index in a folder; raises what :func:`index.open_engine` raises."""
        return cls(ColumnarEngine.open(path, create=create))

    def reader(self, reuse: IndexReader | None = None) -> IndexReader:
        """A view of the newest commit. ``reuse`` is not needed: files stay open from one view to the next."""
        return self._engine.reader().whoosh

    def writer(self, **options: Any) -> ColumnarWriter:
        """The one writer; Whoosh's ``LockError`` where there is one already, anywhere."""
        return ColumnarWriter(self._engine.folder, **options)

    def latest_generation(self) -> int:
        return self._engine.generation()

    def is_empty(self) -> bool:
        return bool(self.doc_count_all() == 0)

    def optimize(self) -> None:
        """Rewrites the index as one segment without what is deleted."""
        self._engine.merge()

    def close(self) -> None:
        self._engine.close()

    def add_field(self, fieldname: str, fieldspec: object) -> NoReturn:
        fixed_fields()

    def remove_field(self, fieldname: str) -> NoReturn:
        fixed_fields()
