"""A stock Whoosh index read with exact lengths of fields: Whoosh itself keeps one byte of each, or none."""

from __future__ import annotations

from functools import cached_property

from whoosh.index import FileIndex
from whoosh.reading import EmptyReader, IndexReader, MultiReader, SegmentReader

from index.fields import TEXT_FIELDS, field_language, split_text_field


class ExactSegmentReader(SegmentReader):
    """Takes lengths from the columns ``words_title`` and ``words_body``."""

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        name, lang = split_text_field(fieldname)
        if name not in TEXT_FIELDS or self._languages[docnum] != lang:
            return default
        return self._words[name][docnum]

    def field_length(self, fieldname: str) -> int:
        return sum(self._lengths(fieldname))

    def min_field_length(self, fieldname: str) -> int:
        return min(self._lengths(fieldname), default=0)

    def max_field_length(self, fieldname: str) -> int:
        return max(self._lengths(fieldname), default=0)

    def _lengths(self, field: str) -> list[int]:
        lengths = (self.doc_field_length(doc, field, -1) for doc in range(self.doc_count_all()))
        return [length for length in lengths if length >= 0]

    @cached_property
    def _languages(self) -> list[str]:
        return [field_language(lang.decode()) for lang in self.column_reader("lang", translate=False)]

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        return {name: list(self.column_reader(f"words_{name}", translate=False)) for name in TEXT_FIELDS}


def exact_reader(index: FileIndex) -> IndexReader:
    """A reader of the newest commit."""
    toc = index._read_toc()
    leaves = [ExactSegmentReader(index.storage, toc.schema, one, toc.generation) for one in toc.segments]
    if not leaves:
        return EmptyReader(toc.schema)
    return leaves[0] if len(leaves) == 1 else MultiReader(leaves, toc.generation)
