"""Writing to the index through Whoosh's own interface: whole articles, as :func:`index.fields.document` makes them."""

from __future__ import annotations

from typing import Any, NoReturn

from whoosh.index import LockError
from whoosh.reading import IndexReader
from whoosh.writing import IndexingError, IndexWriter

from index.columnar.atomic import Folder
from index.columnar.engine import ColumnarEngine
from index.errors import IndexLocked
from index.fields import decode_article, document, whoosh_schema


class ColumnarWriter(IndexWriter):  # type: ignore[misc]  # Whoosh is untyped here
    """Adds, updates, deletes, and commits or cancels; after that it is closed.

    An article is what it is by its id and content: adding one whose id is there replaces it, and one whose title and
    body another article has is passed over (:meth:`index.engine.Engine.add`). Whatever else Whoosh's writers can do is
    refused with an error that says what to do.
    """

    def __init__(self, folder: Folder) -> None:
        """Takes the lock of the index; raises Whoosh's ``LockError`` where another writer has it."""
        self.schema = whoosh_schema()
        self._engine = ColumnarEngine.open(folder)
        try:
            self._engine.delete(())
        except IndexLocked as error:
            raise LockError(str(error)) from error
        self._reader = self._engine.reader().whoosh
        self._staged: set[str] = set()
        self._closed = False

    def reader(self, **options: Any) -> IndexReader:
        """The index as it was when the writer was opened: nothing of what is staged."""
        self._open()
        return self._reader

    def add_document(self, **fields: Any) -> None:
        """Stages an article; ``IndexingError`` where ``fields`` is not what :func:`index.fields.document` makes."""
        self._open()
        try:
            article = decode_article(fields["article"], fields["id"], fields["digest"].decode())
            expected = document(article)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise IndexingError(f"no article ({error!r}): add_document(**index.fields.document(article))") from error
        for name in sorted({*expected, *fields}):
            if name not in expected or name not in fields or expected[name] != fields[name]:
                what = "is not the article's" if name in expected else "is not in the schema, or not for this article"
                raise IndexingError(f"the field {name!r} {what}: add_document(**index.fields.document(article))")
        if self._engine.add([article]) != ["duplicate"]:
            self._staged.add(article.id)

    def update_document(self, **fields: Any) -> None:
        """Stages an article in place of the one with its id."""
        self.add_document(**fields)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Stages the removal of the document with this number in :meth:`reader`; what was staged in its place stays."""
        self._open()
        if not delete:
            raise NotImplementedError("what is deleted can't be restored one by one: cancel, or add the article again")
        article_id = self._reader.column_reader("id")[docnum]
        if article_id not in self._staged:
            self._engine.delete([article_id])

    def commit(self, *, optimize: bool = False) -> None:
        """Makes what is staged visible and durable; ``optimize`` rewrites the index as one segment besides."""
        self._open()
        self._engine.commit()
        if optimize:
            self._engine.merge()
        self.cancel()

    def cancel(self) -> None:
        """Forgets what is staged, and lets go of the lock."""
        self._closed = True
        self._engine.close()

    def _open(self) -> None:
        if self._closed:
            raise IndexingError("this writer has committed or cancelled: get another of the index")

    # -- what this index does not have

    def add_field(self, fieldname: str, fieldtype: object, **options: Any) -> NoReturn:
        fixed_fields()

    def remove_field(self, fieldname: str, **options: Any) -> NoReturn:
        fixed_fields()

    def add_reader(self, reader: IndexReader) -> NoReturn:
        raise NotImplementedError("other indexes can't be taken over: load the archive that they were made from")

    def start_group(self) -> NoReturn:
        raise NotImplementedError("documents have no groups: each article stands for itself")

    def end_group(self) -> NoReturn:
        self.start_group()


def fixed_fields() -> NoReturn:
    """Says why fields are neither added nor removed."""
    raise NotImplementedError("the fields are fixed: change index/fields.py, then `python -m index rebuild`")
