"""Proving that a stock Whoosh index is whole, segment by segment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from whoosh.codec.base import Segment
from whoosh.index import FileIndex
from whoosh.reading import IndexReader, SegmentReader

from index.fields import TEXT_FIELDS, decode_article, document_columns
from index.whoosh_engine.reader import WhooshColumns


def segment_readers(whoosh: FileIndex) -> Iterator[tuple[Segment, SegmentReader | Exception]]:
    """Each segment that the newest generation names, with its reader or with what kept it from opening."""
    toc = whoosh._read_toc()
    for segment in toc.segments:
        try:
            yield segment, SegmentReader(whoosh.storage, toc.schema, segment)
        except Exception as error:  # Whoosh meets damage with whatever its unpickling raises
            yield segment, error


def segment_problems(reader: IndexReader) -> list[str]:
    """What does not agree in one segment; nothing where all is well. Cost: reads all of it."""
    try:
        return [*_article_problems(reader), *_posting_problems(reader)]
    except Exception as error:  # as above
        return [f"can't be read ({type(error).__name__}: {error})"]


def readable_ids(reader: IndexReader) -> list[str]:
    """The ids of the articles of a damaged segment, none where even those can't be read."""
    try:
        ids = list(WhooshColumns(reader).values("id", b""))
        return [ids[doc].decode() for doc in reader.all_doc_ids()]
    except Exception:  # as above
        return []


def _article_problems(reader: IndexReader) -> Iterator[str]:
    columns = {name: list(WhooshColumns(reader).values(name, b"")) for name in ("article", "id", "digest", "lang")}
    for doc in reader.all_doc_ids():
        article = decode_article(columns["article"][doc])
        expected = document_columns(article)
        for name in ("id", "digest", "lang"):
            if columns[name][doc] != expected[name]:
                yield f"document {doc}: the {name} column says {columns[name][doc]!r}, the article {expected[name]!r}"
        if doc not in reader.postings("id", article.id).all_ids():
            yield f"document {doc}: its id {article.id!r} is not in the postings"


def _posting_problems(reader: IndexReader) -> Iterator[str]:
    """Postings are ascending, and in each document as many as its columns count words."""
    for name in TEXT_FIELDS:
        expected = list(WhooshColumns(reader).values(f"words_{name}", 0))
        counted: Counter[int] = Counter()
        for field in reader.indexed_field_names():
            if not field.startswith(f"{name}_"):
                continue
            for form in reader.lexicon(field):
                last = -1
                matcher = reader.postings(field, form)
                while matcher.is_active():
                    positions = matcher.value_as("positions")
                    if matcher.id() <= last or positions != sorted(positions):
                        yield f"{field}: the postings of {form!r} are out of order"
                    last = matcher.id()
                    counted[last] += len(positions)
                    matcher.next()
        for doc in reader.all_doc_ids():
            if counted[doc] != expected[doc]:
                yield f"document {doc}: {counted[doc]} postings in {name}, {expected[doc]} words"
