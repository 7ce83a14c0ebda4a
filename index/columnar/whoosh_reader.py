"""A view of the index through Whoosh's own interface, for Whoosh's own searcher: one reader a segment.

Fields and values are those of :func:`index.fields.whoosh_schema`. Lengths of fields are exact, which
in an index of Whoosh's own they are not. No field is stored: the column ``article`` holds the whole article.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from whoosh.codec.base import Automata
from whoosh.columns import Column, ColumnReader, TranslatingColumnReader
from whoosh.fields import Schema
from whoosh.formats import Format
from whoosh.reading import EmptyReader, IndexReader, MultiReader, TermInfo, TermNotFound
from whoosh.scoring import BaseScorer

from index.columnar.arrays import I8
from index.columnar.segment import LiveSegment
from index.columnar.whoosh_columns import ValueReader, column_values
from index.columnar.whoosh_postings import PostingsMatcher
from index.columnar.whoosh_terms import FormTerms, IdTerms, NoTerms, Terms, TermsCursor
from index.fields import TEXT_FIELDS, field_language, split_text_field, whoosh_schema

if TYPE_CHECKING:
    from index.columnar.reader import ColumnarReader

Text = str | bytes
ELSEWHERE = -1
"""In place of a length: the document has no such field."""


def whoosh_reader(reader: ColumnarReader) -> IndexReader:
    """The same view as Whoosh reads it. Closing it does nothing: its files go when nobody uses them."""
    schema = whoosh_schema()
    leaves = [SegmentView(one, schema, reader.generation) for one in reader.live]
    if not leaves:
        return NoSegments(schema, reader.generation)
    return leaves[0] if len(leaves) == 1 else MultiReader(leaves, reader.generation)


class NoSegments(EmptyReader):  # type: ignore[misc]  # Whoosh is untyped here
    """An index without an article."""

    def __init__(self, schema: Schema, generation: int) -> None:
        super().__init__(schema)
        self._generation = generation

    def generation(self) -> int:
        return self._generation


class SegmentView(IndexReader):  # type: ignore[misc]
    """One segment. Documents have the numbers that they have in it. Safe for several threads."""

    def __init__(self, live: LiveSegment, schema: Schema, generation: int) -> None:
        self.schema = schema
        self._live = live
        self._segment = live.segment
        self._generation = generation
        self._terms: dict[str, Terms] = {}
        self._known_lengths: dict[str, I8] = {}
        self._values = column_values(live.segment)

    def generation(self) -> int:
        return self._generation

    # -- documents

    def doc_count_all(self) -> int:
        return len(self._segment)

    def doc_count(self) -> int:
        return self._live.entry.articles - self._live.entry.deleted

    def has_deletions(self) -> bool:
        return self._live.entry.deleted > 0

    def is_deleted(self, docnum: int) -> bool:
        return docnum < len(self._segment) and not self._live.alive[docnum]  # Whoosh asks beyond the last one

    def all_doc_ids(self) -> Iterator[int]:
        return iter(np.flatnonzero(self._live.alive).tolist())

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """Nothing: what is stored stands in the column ``article``."""
        if not 0 <= docnum < len(self._segment):
            raise KeyError(f"No document number {docnum}")
        return {}

    # -- terms

    def __contains__(self, term: tuple[str, Text]) -> bool:
        field, text = term
        return self._is_indexed(field) and self._of(field).count(self._text_to_bytes(field, text)) > 0

    def indexed_field_names(self) -> list[str]:
        return sorted(field for field in self.schema.names() if self._is_indexed(field) and any(self._of(field).walk()))

    def all_terms(self) -> Iterator[tuple[str, bytes]]:
        return ((field, term) for field in self.indexed_field_names() for term in self._of(field).walk())

    def terms_from(self, fieldname: str, prefix: Text) -> Iterator[tuple[str, bytes]]:
        """The terms of the field from ``prefix`` on, then those of the fields behind it."""
        first = self._checked(fieldname, prefix)
        yield from ((fieldname, term) for term in self._of(fieldname).walk(first))
        behind = (field for field in self.indexed_field_names() if field > fieldname)
        yield from ((field, term) for field in behind for term in self._of(field).walk())

    def expand_prefix(self, fieldname: str, prefix: Text) -> Iterator[bytes]:
        first = self._checked(fieldname, prefix)
        for term in self._of(fieldname).walk(first):
            if not term.startswith(first):
                return
            yield term

    def lexicon(self, fieldname: str) -> Iterator[bytes]:
        self._checked(fieldname, b"")
        return self._of(fieldname).walk()

    def term_info(self, fieldname: str, text: Text) -> TermInfo:
        info = self._of(fieldname).info(self._checked(fieldname, text))
        if info is None:
            raise TermNotFound(f"{fieldname}:{text!r}")
        return info

    def frequency(self, fieldname: str, text: Text) -> int:
        info = self._of(fieldname).info(self._checked(fieldname, text))
        return 0 if info is None else int(info.weight())

    def doc_frequency(self, fieldname: str, text: Text) -> int:
        return self._of(fieldname).count(self._checked(fieldname, text))

    def postings(self, fieldname: str, text: Text, scorer: BaseScorer | None = None) -> PostingsMatcher:
        """The living documents that hold the term; ``TermNotFound`` where no document does."""
        term = self._checked(fieldname, text)
        found = self._of(fieldname).postings(term)
        if found is None:
            raise TermNotFound(f"{fieldname}:{text!r}")
        return PostingsMatcher(found, (fieldname, term), self.schema[fieldname].format, scorer)

    def cursor(self, fieldname: str) -> TermsCursor:
        return TermsCursor(self._of(fieldname), self.schema[fieldname])

    def terms_within(self, fieldname: str, text: str, maxdist: int, prefix: int = 0) -> Iterator[str]:
        return iter(Automata().terms_within(self.cursor(fieldname), text, maxdist, prefix))

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        return False

    def vector(self, docnum: int, fieldname: str, format_: Format | None = None) -> NoReturn:
        raise NotImplementedError("this index keeps no term vectors: analyse the text of the column 'article' instead")

    # -- lengths

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """Words of the document's text in the field, exactly; ``default`` where it is in another language."""
        length = int(self._lengths(fieldname)[docnum])
        return default if length == ELSEWHERE else length

    def field_length(self, fieldname: str) -> int:
        return int(self._own_lengths(fieldname).sum())

    def min_field_length(self, fieldname: str) -> int:
        return int(min(self._own_lengths(fieldname), default=0))

    def max_field_length(self, fieldname: str) -> int:
        return int(max(self._own_lengths(fieldname), default=0))

    # -- columns

    def has_column(self, fieldname: str) -> bool:
        return bool(self.schema[fieldname].column_type)

    def column_reader(
        self, fieldname: str, column: Column | None = None, reverse: bool = False, translate: bool = True
    ) -> ColumnReader:
        """The values of a column. ``column``: none but the schema's own."""
        field = self.schema[fieldname]
        if not field.column_type or column not in (None, field.column_type):
            raise NotImplementedError(f"this index has no such column of {fieldname!r}: see index.fields")
        values = ValueReader(self._values[fieldname](), len(self._segment))
        if reverse:
            values.set_reverse()
        return TranslatingColumnReader(values, field.from_column_value) if translate else values

    # -- within

    def _is_indexed(self, field: str) -> bool:
        return field in self.schema and self.schema[field].format is not None

    def _checked(self, field: str, text: Text) -> bytes:
        """The bytes of a term; ``TermNotFound`` where the field has no terms."""
        if not self._is_indexed(field):
            raise TermNotFound(f"no field {field!r} with terms")
        return bytes(self._text_to_bytes(field, text))

    def _of(self, field: str) -> Terms:
        if field not in self._terms:
            self._terms[field] = self._find_terms(field)
        return self._terms[field]

    def _find_terms(self, field: str) -> Terms:
        if field == "id":
            return IdTerms(self._live)
        name, lang = split_text_field(field)
        forms = self._segment.lexicon.languages.get(lang)
        return NoTerms() if forms is None else FormTerms(self._live, forms, name)

    def _lengths(self, field: str) -> I8:
        """Of each document, :data:`ELSEWHERE` where its text is in another field; of all, where a field has none."""
        if field not in self._known_lengths:
            lengths = np.full(len(self._segment), ELSEWHERE, np.int64)
            name, lang = split_text_field(field)
            if self._is_indexed(field) and name in TEXT_FIELDS:
                own = self._field_languages == lang
                words = np.asarray(self._segment.columns.numbers("words"))
                lengths[own] = words[TEXT_FIELDS.index(name) :: 2][own]
            self._known_lengths[field] = lengths
        return self._known_lengths[field]

    def _own_lengths(self, field: str) -> I8:
        lengths = self._lengths(field)
        return np.asarray(lengths[lengths != ELSEWHERE])

    @cached_property
    def _field_languages(self) -> Any:
        """The field language of each document."""
        codes, values = self._segment.columns.coded("lang")
        known = np.array([*(field_language(value) for value in values), "und"])
        return known[np.minimum(codes, len(values))]
