"""What can still be read of a segment some of whose files are damaged, article by article.

Only what is certain counts: that which lies in blocks that are as they were written, and that which a key in the other
file proves (of an id, :func:`index.analysis.keys.key_of`; of a stored article, its ``article_keys``). Words are not
read at all: they are made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray

from index.analysis.keys import key_of
from index.article import Article
from index.columnar import columns, stored
from index.columnar.atomic import Folder
from index.columnar.batch import stored_key
from index.columnar.format import FileReader
from index.columnar.manifest import SegmentEntry
from index.errors import KioskError
from index.fields import decode_article
from index.normalize.identity import digest_of, id_of_content, id_of_url


class _Read(NamedTuple):
    """Elements of a section, and whether they are certain."""

    values: NDArray[Any]
    certain: bool


class Remains:
    """The articles of one segment, whole or not."""

    def __init__(self, folder: Folder, entry: SegmentEntry) -> None:
        self._columns = _opened(folder, entry, columns.KIND)
        self._stored = _opened(folder, entry, stored.KIND)
        self._dictionaries: dict[int, _Read | None] = {}
        self._runs = _all(self._stored, "runs")
        self._run_dictionaries = _all(self._stored, "run_dictionaries")

    def id(self, doc: int) -> str | None:
        """The id of a document, where that is certain."""
        found = _text(self._columns, "id", doc)
        if found is None:
            return None
        try:
            text = found.values.tobytes().decode()
        except UnicodeDecodeError:
            return None
        return text if found.certain or self._is_key_of(doc, text) else None

    def article(self, doc: int) -> Article | None:
        """An article as it was acknowledged; ``None`` where that is not certain. Cost: some 50 us."""
        data = self._article(doc)
        if data is None:
            return None
        try:
            article = decode_article(data, "", "")
        except (ValueError, TypeError):
            return None
        article_id = self.id(doc)
        if article_id is None:
            article_id = next((one for one in _ids_made_of(article) if self._is_key_of(doc, one)), None)
        if article_id is None:
            return None
        return replace(article, id=article_id, digest=self._digest(doc, article))

    def _is_key_of(self, doc: int, text: str) -> bool:
        key = _read(self._columns, "id_keys", doc, doc + 1)
        return key is not None and int(key.values[0]) == key_of(text)

    def _digest(self, doc: int, article: Article) -> str:
        found = _read(self._columns, "digests", 2 * doc, 2 * doc + 2)
        if found is None or not found.certain:
            return digest_of(article.headline, article.body, clean=True)
        first, second = found.values.tolist()
        return f"{first:016x}{second:016x}"

    def _article(self, doc: int) -> bytes | None:
        """The stored article."""
        frame, dictionary = self._frame(doc), self._dictionary_of(doc)
        if frame is None or dictionary is None:
            return None
        try:
            unpacker = stored.decompressor(stored.loaded(dictionary.values.tobytes()))
            data = bytes(unpacker.decompress(frame.values.tobytes(), stored.MAX_ARTICLE))
        except (zstandard.ZstdError, MemoryError):
            return None
        if frame.certain and dictionary.certain:
            return data
        key = _read(self._columns, "article_keys", doc, doc + 1)
        return data if key is not None and int(key.values[0]) == stored_key(data) else None

    def _frame(self, doc: int) -> _Read | None:
        at = _read(self._stored, "at", doc, doc + 2)
        return None if at is None else _between(self._stored, "articles", at)

    def _dictionary_of(self, doc: int) -> _Read | None:
        if self._runs is None or self._run_dictionaries is None:
            return None
        run = int(np.searchsorted(self._runs.values, doc, "right")) - 1
        if not 0 <= run < len(self._run_dictionaries.values):
            return None
        number = int(self._run_dictionaries.values[run])
        if number not in self._dictionaries:
            self._dictionaries[number] = _dictionary(self._stored, number)
        found = self._dictionaries[number]
        certain = self._runs.certain and self._run_dictionaries.certain
        return None if found is None else _Read(found.values, found.certain and certain)


def _ids_made_of(article: Article) -> Iterator[str]:
    """The ids that the article has where its archive gave it none."""
    if article.url is not None:
        yield id_of_url(article.url)
        yield id_of_url(article.url, article.source)
    yield id_of_content(article.source, article.headline, article.body, clean=True)


def _dictionary(file: FileReader | None, number: int) -> _Read | None:
    at = _read(file, "dictionary_at", number, number + 2)
    return None if at is None else _between(file, "dictionaries", at)


def _text(file: FileReader | None, name: str, number: int) -> _Read | None:
    at = _read(file, f"{name}.at", number, number + 2)
    return None if at is None else _between(file, f"{name}.data", at)


def _between(file: FileReader | None, name: str, at: _Read) -> _Read | None:
    """What lies between two offsets."""
    found = _read(file, name, int(at.values[0]), int(at.values[1]))
    return None if found is None else _Read(found.values, found.certain and at.certain)


def _all(file: FileReader | None, name: str) -> _Read | None:
    try:
        return None if file is None else _read(file, name, 0, len(file.section(name)))
    except KioskError:
        return None


def _read(file: FileReader | None, name: str, start: int, stop: int) -> _Read | None:
    if file is None:
        return None
    try:
        section = file.section(name)
    except KioskError:
        return None
    try:
        return _Read(section.read(start, stop), True)
    except KioskError:
        inside = 0 <= start <= stop <= len(section)
        return _Read(section.view()[start:stop], False) if inside else None


def _opened(folder: Folder, entry: SegmentEntry, kind: str) -> FileReader | None:
    try:
        return FileReader.remains(folder, f"{entry.name}.{kind}", kind, entry.name)
    except (KioskError, OSError):
        return None
