"""An engine on a stock Whoosh index: plain and slow, and made of other code than the engine that it measures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from whoosh import index as whoosh_index
from whoosh.reading import IndexReader
from whoosh.writing import IndexWriter

from index.article import Article
from index.engine import Outcome
from index.fields import document, whoosh_schema
from tests.oracle.lengths import exact_reader
from tests.oracle.reader import StockReader


class _Staged(NamedTuple):
    article: Article
    document: dict[str, Any]


class StockEngine:
    """Of :class:`index.engine.Engine` what writes and what reads; a new index each time it is made."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True)
        self.whoosh = whoosh_index.create_in(str(path), whoosh_schema())
        self._writer: IndexWriter | None = None
        self._base: StockReader | None = None  # what is committed, while a writer is open
        self._staged: dict[str, _Staged] = {}
        self._removed: set[str] = set()

    def add(self, articles: Sequence[Article]) -> list[Outcome]:
        """Stages articles."""
        made = [(article, document(article)) for article in articles]
        return [self._add(article, values) for article, values in made]

    def _add(self, article: Article, values: dict[str, Any]) -> Outcome:
        base = self._begin()
        present = self._present(base, article.id)
        if present == article:
            return "duplicate"
        other_content = present is None or present.digest != article.digest
        if other_content and article.digest in self._digests(base):
            return "duplicate"
        self._staged.pop(article.id, None)  # so that it stands where it was staged last
        self._staged[article.id] = _Staged(article, values)
        return "added" if present is None else "updated"

    def delete(self, article_ids: Iterable[str]) -> int:
        """Stages the removal of articles by id; the number found."""
        base = self._begin()
        found = 0
        for article_id in article_ids:
            if self._present(base, article_id) is not None:
                found += 1
                self._staged.pop(article_id, None)
                self._removed.add(article_id)
        return found

    def commit(self, *, merge: bool = True) -> int:
        """Makes everything staged visible; the number of articles added or replaced. ``merge``: as Whoosh sees fit."""
        if self._writer is None or self._base is None:
            return 0
        for article_id in self._removed.union(self._staged):
            doc = self._base.doc_of(article_id)
            if doc is not None:
                self._writer.delete_document(doc)
        for staged in self._staged.values():
            self._writer.add_document(**staged.document)
        written = len(self._staged)
        self._writer.commit(merge=merge)
        self._end()
        return written

    def cancel(self) -> None:
        """Forgets everything staged since the last commit."""
        if self._writer is not None:
            self._writer.cancel()
        self._end()

    def merge(self) -> None:
        """Rewrites the index as one segment without deleted articles."""
        self.commit(merge=False)
        self._begin()
        assert self._writer is not None
        self._writer.commit(optimize=True)
        self._end()

    def article(self, article_id: str) -> Article | None:
        """The committed article with this id."""
        with self.reader() as reader:
            doc = reader.doc_of(article_id)
            return None if doc is None else reader.article(doc)

    def reader(self) -> StockReader:
        """A view of the newest committed generation."""
        return StockReader(self.whoosh.reader())

    def exact_reader(self) -> IndexReader:
        """The same through Whoosh's interface, with exact lengths of fields."""
        return exact_reader(self.whoosh)

    def close(self) -> None:
        """Cancels what is not committed."""
        self.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> StockReader:
        if self._base is None:
            self._writer = self.whoosh.writer()
            self._base = self.reader()
        return self._base

    def _end(self) -> None:
        if self._base is not None:
            self._base.close()
        self._base = self._writer = None
        self._staged = {}
        self._removed = set()

    def _present(self, base: StockReader, article_id: str) -> Article | None:
        """The article with this id as a commit now would leave it."""
        if article_id in self._staged:
            return self._staged[article_id].article
        if article_id in self._removed:
            return None
        doc = base.doc_of(article_id)
        return None if doc is None else base.article(doc)

    def _digests(self, base: StockReader) -> set[str]:
        """Of all articles as a commit now would leave them."""
        gone = self._removed.union(self._staged)
        ids, live = base.ids(), base.columns.live
        committed = {base.digest(doc) for doc, name in enumerate(ids) if live[doc] and name not in gone}
        return committed.union(staged.article.digest for staged in self._staged.values())
