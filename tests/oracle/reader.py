"""A stock Whoosh index read as :class:`index.engine.EngineReader` promises, document by document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from threading import RLock
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from whoosh.reading import IndexReader, TermNotFound

from index.analysis import chain_for
from index.analysis.keys import key_of
from index.article import Article
from index.engine import NO_DATE
from index.fields import SEPARATOR, TEXT_FIELDS, decode_article, text_field
from tests.oracle.lexicon import FormLexicon


class StockColumns:
    """See :class:`index.engine.Columns`. Each column is read once, when first asked for."""

    def __init__(self, whoosh: IndexReader) -> None:
        self._whoosh = whoosh
        self._codes: dict[str, tuple[NDArray[np.int32], list[str]]] = {}

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        count = self._whoosh.doc_count_all()
        return np.fromiter((not self._whoosh.is_deleted(doc) for doc in range(count)), np.bool_, count)

    @cached_property
    def published(self) -> NDArray[np.int64]:
        return np.fromiter(self.values("published", NO_DATE), np.int64, len(self.live))

    @cached_property
    def id_keys(self) -> NDArray[np.uint64]:
        return np.array([key_of(value.decode()) for value in self.values("id", b"")], np.uint64)

    def lengths(self, name: str) -> NDArray[np.int32]:
        """Words in the text field ``name`` of each document."""
        if name not in self._lengths:
            self._lengths[name] = np.fromiter(self.values(f"words_{name}", 0), np.int32, len(self.live))
        return self._lengths[name]

    @cached_property
    def _lengths(self) -> dict[str, NDArray[np.int32]]:
        return {}

    def codes(self, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """Codes into a sorted list of values; -1 where a document has none."""
        if name not in self._codes:
            texts = [value.decode() for value in self.values(name, b"")]
            values = sorted(set(texts) - {""})
            code_of = {value: code for code, value in enumerate(values)}
            self._codes[name] = np.fromiter((code_of.get(text, -1) for text in texts), np.int32, len(texts)), values
        return self._codes[name]

    @cached_property
    def authors(self) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
        """Offsets (documents + 1), codes, values: document *d* has ``codes[offsets[d]:offsets[d + 1]]``."""
        lists = [text.decode().split(SEPARATOR) if text else [] for text in self.values("authors", b"")]
        values = sorted({name for names in lists for name in names})
        code_of = {value: code for code, value in enumerate(values)}
        offsets = np.zeros(len(lists) + 1, np.int64)
        np.cumsum([len(names) for names in lists], out=offsets[1:])
        codes = np.fromiter((code_of[name] for names in lists for name in names), np.int32, int(offsets[-1]))
        return offsets, codes, values

    def values(self, name: str, default: Any) -> Iterator[Any]:
        """The raw values of a column, document by document."""
        for leaf, _ in self._whoosh.leaf_readers():
            count = leaf.doc_count_all()
            if leaf.has_column(name):
                column = leaf.column_reader(name, translate=False)
                yield from (column[doc] for doc in range(count))
            else:
                yield from (default for _ in range(count))


class StockReader:
    """See :class:`index.engine.EngineReader`."""

    def __init__(self, whoosh: IndexReader) -> None:
        self.whoosh = whoosh
        self.generation = int(whoosh.generation() or 0)
        self.columns = StockColumns(whoosh)
        self._lexicons: dict[str, FormLexicon] = {}
        self._lock = RLock()  # Whoosh's files have one reading position each

    def languages(self) -> list[str]:
        """The languages that live articles have, the most frequent first."""
        return [lang for lang, _ in self._count("lang").most_common()]

    def lexicon(self, lang: str) -> FormLexicon:
        """The forms of one language. Cost: one pass over its vocabulary, the first time."""
        with self._lock:
            if lang not in self._lexicons:
                frequencies: Counter[str] = Counter()
                for name in TEXT_FIELDS:
                    if (field := text_field(name, lang)) in self.whoosh.schema:
                        for form, info in self.whoosh.iter_field(field):
                            frequencies[form.decode()] += info.doc_frequency()
                self._lexicons[lang] = FormLexicon(chain_for(lang), frequencies)
            return self._lexicons[lang]

    def postings(self, field: str, form: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Live documents that hold ``form``, ascending, and how often each does."""
        with self._lock:
            try:
                matcher = self.whoosh.postings(field, form)
            except TermNotFound:
                return np.empty(0, np.int64), np.empty(0, np.float32)
            docs, counts = [], []
            while matcher.is_active():
                docs.append(matcher.id())
                counts.append(matcher.weight())
                matcher.next()
        found = np.array(docs, np.int64)
        alive = self.columns.live[found]
        return found[alive], np.array(counts, np.float32)[alive]

    def positions(self, field: str, form: str) -> dict[int, list[int]]:
        """Where ``form`` stands in each live document that holds it."""
        found: dict[int, list[int]] = {}
        with self._lock:
            try:
                matcher = self.whoosh.postings(field, form)
            except TermNotFound:
                return found
            while matcher.is_active():
                if self.columns.live[matcher.id()]:
                    found[matcher.id()] = matcher.value_as("positions")
                matcher.next()
        return found

    def article(self, doc: int) -> Article:
        """The article with this global document number."""
        with self._lock:
            for leaf, offset in reversed(self.whoosh.leaf_readers()):
                if doc >= offset:
                    data = leaf.column_reader("article", translate=False)[doc - offset]
                    return decode_article(data, self.ids()[doc], self.digest(doc))
        raise IndexError(f"no document {doc}")

    def doc_of(self, article_id: str) -> int | None:
        """The live document with this id."""
        docs, _ = self.postings("id", article_id)
        return int(docs[-1]) if len(docs) else None

    def ids(self) -> list[str]:
        """The article ids, document by document."""
        return [value.decode() for value in self.columns.values("id", b"")]

    def digest(self, doc: int) -> str:
        """The content digest of one article."""
        return str(self._digests[doc])

    @cached_property
    def _digests(self) -> list[str]:
        return [value.decode() for value in self.columns.values("digest", b"")]

    def close(self) -> None:
        """Lets go of the files."""
        self.whoosh.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _count(self, name: str) -> Counter[str]:
        codes, values = self.columns.codes(name)
        codes = codes[self.columns.live]
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        return Counter({value: int(count) for value, count in zip(values, counts, strict=True) if count})
