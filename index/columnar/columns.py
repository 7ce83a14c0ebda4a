"""The columns of a segment: values of each document, by number of document.

Sections of a ``columns`` file. A value of text is a code into a table of values in order of their UTF-8 bytes:
``NAME.data`` (u1) holds them one after the other, ``NAME.at`` (i8, values + 1) where each begins.

===========================  ======  ==============================================================================
``published``                i8      first second of the date since 1970-01-01 UTC; -2**63: undated
``precision``                u1      what is known of the date: 0 nothing, 1 year, 2 month, 3 day, 4 hour, 5 minute, 6 s
``zone``                     i2      minutes east of UTC; -32768: the date names no zone
``section lang source        u4      codes; 2**32 - 1: no value
place``
``authors`` ``authors.each`` i8, u4  (documents + 1) where each document's codes begin in ``authors.each``
``words``                    u4      (2 * documents) words of title and body
``id.data`` ``id.at``        u1, i8  (documents + 1) article ids, document by document
``id_keys``                  u8      :func:`index.analysis.keys.key_of` of the id
``id_order``                 u4      documents by ascending id key
``digests``                  u8      (2 * documents) the content digest, 16 bytes in big-endian order
``digest_order``             u4      documents by ascending first half of the digest
``article_keys``             u8      xxh3_64 of the stored article
``entries``                  u4      (8 * documents) what a search reads of a document, side by side: the codes of its
                                     section, lang and source, 1 more than above, and of its day, 1 more than its place
                                     in ``days`` (0: no value); the words of its title and body; the lower and the
                                     upper half of ``published``
``days``                     i4      the days of dated documents, since 1970-01-01, each once, ascending
===========================  ======  ==============================================================================

A reader asks for the sections that it knows, so that further columns need no new version of the format: ``entries``
and ``days`` are not in every file, and made of the others where they are missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import I2, I4, I8, U1, U4, U8
from index.columnar.column_kernels import entries_within
from index.columnar.format import FileFacts, FileReader, FileWriter
from index.engine import NO_DATE

KIND = "columns"
TEXT_COLUMNS = ("section", "lang", "source", "place")
ENTRY_COLUMNS = ("section", "lang", "source")
ENTRY = 8
"""Numbers in an entry: half a line of a processor's cache."""
NO_CODE = 2**32 - 1
NO_ZONE = -(2**15)
_DAY = 86_400


class Texts(NamedTuple):
    """Strings, UTF-8, one after the other."""

    data: U1
    at: I8
    """(strings + 1) where each begins."""

    @classmethod
    def of(cls, values: Iterable[bytes]) -> Texts:
        """These strings."""
        rows = list(values)
        at = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=at[1:])
        return cls(np.frombuffer(b"".join(rows), np.uint8), at)

    def strings(self) -> list[str]:
        """All of them."""
        data, at = self.data.tobytes(), self.at.tolist()
        return [data[start:stop].decode() for start, stop in pairwise(at)]

    def string(self, number: int) -> str:
        """One of them."""
        return self.data[self.at[number] : self.at[number + 1]].tobytes().decode()

    def take(self, numbers: I8) -> Texts:
        """Those with these numbers, in this order."""
        lengths = (self.at[1:] - self.at[:-1])[numbers]
        at = np.zeros(len(numbers) + 1, np.int64)
        np.cumsum(lengths, out=at[1:])
        source = np.repeat(self.at[numbers] - at[:-1], lengths) + np.arange(int(at[-1]))
        return Texts(self.data[source], at)

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """All strings of all parts."""
        shifts = np.cumsum([0, *(len(part.data) for part in parts)])
        at = [part.at[:-1] + shift for part, shift in zip(parts, shifts, strict=False)]
        return cls(np.concatenate([part.data for part in parts]), np.append(np.concatenate(at), shifts[-1]))


class Coded(NamedTuple):
    """One value of text a document."""

    codes: U4
    values: list[str]
    """In order of their code points."""

    @classmethod
    def of(cls, texts: Sequence[str | None]) -> Coded:
        """The column of these values."""
        values = sorted({text for text in texts if text})
        code_of = {value: code for code, value in enumerate(values)}
        return cls(np.array([code_of[text] if text else NO_CODE for text in texts], np.uint32), values)

    @classmethod
    def joined(cls, parts: Sequence[Coded]) -> Coded:
        """The documents of all parts, one part after the other."""
        values = sorted({value for part in parts for value in part.values})
        code_of = {value: code for code, value in enumerate(values)}
        codes = [np.append(np.array([code_of[v] for v in p.values], np.uint32), np.uint32(NO_CODE)) for p in parts]
        # The code of no value reads the appended one.
        pairs = zip(codes, parts, strict=True)
        return cls(np.concatenate([new[np.minimum(part.codes, len(new) - 1)] for new, part in pairs]), values)

    def used(self) -> Coded:
        """Without values that no document has."""
        present = np.zeros(len(self.values) + 1, np.bool_)
        present[np.minimum(self.codes, len(self.values))] = True
        if present[:-1].all():
            return self
        renumbered = np.append(np.cumsum(present[:-1]) - 1, NO_CODE).astype(np.uint32)
        kept = [value for value, there in zip(self.values, present, strict=False) if there]
        return Coded(renumbered[np.minimum(self.codes, len(self.values))], kept)


class Lists(NamedTuple):
    """Any number of values of text a document."""

    at: I8
    """(documents + 1) where each document's begin in ``each``."""
    each: Coded

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]]) -> Lists:
        """The column of these lists."""
        at = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=at[1:])
        return cls(at, Coded.of([value for row in rows for value in row]))

    @classmethod
    def joined(cls, parts: Sequence[Lists]) -> Lists:
        """The documents of all parts, one part after the other."""
        shifts = np.cumsum([0, *(int(part.at[-1]) for part in parts)])
        at = [part.at[:-1] + shift for part, shift in zip(parts, shifts, strict=False)]
        return cls(np.append(np.concatenate(at), shifts[-1]), Coded.joined([part.each for part in parts]))

    def take(self, docs: I8) -> Lists:
        """Those of these documents."""
        lengths = (self.at[1:] - self.at[:-1])[docs]
        at = np.zeros(len(docs) + 1, np.int64)
        np.cumsum(lengths, out=at[1:])
        source = np.repeat(self.at[docs] - at[:-1], lengths) + np.arange(int(at[-1]))
        return Lists(at, Coded(self.each.codes[source], self.each.values).used())


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of some documents, in memory."""

    published: I8
    precision: U1
    zone: I2
    section: Coded
    lang: Coded
    source: Coded
    place: Coded
    authors: Lists
    words: U4
    """(2 * documents)"""
    ids: Texts
    id_keys: U8
    digests: U8
    """(2 * documents)"""
    article_keys: U8

    def __len__(self) -> int:
        return len(self.published)

    def take(self, docs: I8) -> Columns:
        """The columns of these documents, in this order."""
        parts: dict[str, Any] = {one.name: _taken(getattr(self, one.name), docs, len(self)) for one in fields(self)}
        return Columns(**parts)

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """The documents of all parts, one part after the other."""
        whole: dict[str, Any] = {one.name: _joined([getattr(part, one.name) for part in parts]) for one in fields(cls)}
        return cls(**whole)


def _taken(column: object, docs: I8, count: int) -> object:
    match column:
        case Coded(codes, values):
            return Coded(codes[docs], values).used()
        case Lists() | Texts():
            return column.take(docs)
        case np.ndarray():
            return column[docs] if len(column) == count else column.reshape(count, -1)[docs].reshape(-1)
    raise TypeError(type(column))


def _joined(parts: Sequence[object]) -> object:
    match parts[0]:
        case Coded() | Lists() | Texts() as first:
            return type(first).joined(parts)  # type: ignore[arg-type]
    return np.concatenate(parts)  # type: ignore[arg-type]


def write_columns(columns: Columns, file: FileWriter) -> FileFacts:
    """Writes a ``columns`` file."""
    for name in ("published", "precision", "zone", "words", "id_keys", "digests", "article_keys"):
        column: NDArray[np.generic] = getattr(columns, name)
        file.add(name, column)
    file.add("id_order", np.argsort(columns.id_keys, kind="stable").astype(np.uint32))
    file.add("digest_order", np.argsort(columns.digests[::2], kind="stable").astype(np.uint32))
    for name in TEXT_COLUMNS:
        _write_coded(file, name, name, getattr(columns, name))
    entries, days = entries_of(columns)
    file.add("entries", entries)
    file.add("days", days)
    file.add("authors", columns.authors.at)
    _write_coded(file, "authors", "authors.each", columns.authors.each)
    _write_texts(file, "id", columns.ids)
    return file.close()


def entries_of(columns: Columns) -> tuple[U4, I4]:
    """The sections ``entries``, as (documents, 8), and ``days``."""
    return _entries([getattr(columns, name).codes for name in ENTRY_COLUMNS], columns.published, columns.words)


def _entries(codes: Sequence[U4], published: I8, words: U4) -> tuple[U4, I4]:
    entries = np.zeros((len(published), ENTRY), np.uint32)
    for place, column in enumerate(codes):
        entries[:, place] = column + np.uint32(1)  # no value becomes 0
    dated = published != NO_DATE
    days, places = np.unique(np.floor_divide(published[dated], _DAY), return_inverse=True)
    entries[dated, len(codes)] = places + 1
    entries[:, 4:6] = words.reshape(-1, 2)
    entries[:, 6:8] = published.view(np.uint32).reshape(-1, 2)
    return entries, days.astype(np.int32)


def _write_coded(file: FileWriter, name: str, section: str, column: Coded) -> None:
    file.add(section, column.codes)
    _write_texts(file, name, Texts.of(value.encode() for value in column.values))


def _write_texts(file: FileWriter, name: str, texts: Texts) -> None:
    file.add(f"{name}.data", texts.data)
    file.add(f"{name}.at", texts.at)


class ColumnsReader:
    """The columns of a segment, mapped. Safe for several threads."""

    def __init__(self, file: FileReader) -> None:
        self._file = file
        self.count = len(file.section("published"))

    def __len__(self) -> int:
        return self.count

    def numbers(self, name: str) -> NDArray[np.generic]:
        """A column of numbers, whole."""
        return self._file.section(name).all()

    def coded(self, name: str) -> Coded:
        """A column of text: one of :data:`TEXT_COLUMNS`."""
        return self._coded(name, name)

    def authors(self) -> Lists:
        """The authors of each document."""
        at = np.asarray(self._file.section("authors").all())
        each = self._coded("authors", "authors.each")
        _check(self._file, at, len(each.codes), self.count)
        return Lists(at, each)

    def ids(self) -> Texts:
        """The article ids."""
        return self._texts("id", self.count)

    def id(self, doc: int) -> str:
        """One article id."""
        start, stop = self._file.section("id.at").read(doc, doc + 2).tolist()
        return self._file.section("id.data").read(start, stop).tobytes().decode()

    def doc_of(self, article_id: str, key: int) -> Iterable[int]:
        """The documents with this id, deleted ones included, the last one first. Cost: some microseconds."""
        keys, order = self._file.section("id_keys").all(), self._file.section("id_order").all()
        low = int(np.searchsorted(keys, np.uint64(key), sorter=order))
        while low < self.count and int(keys[order[low]]) == key:
            if self.id(int(order[low])) == article_id:
                yield int(order[low])
            low += 1

    def values(self, name: str) -> list[str]:
        """The values that the codes of ``section``, ``lang``, ``source`` or ``author`` stand for, sorted."""
        return self._known_values[name]

    @cached_property
    def _known_values(self) -> dict[str, list[str]]:
        values = {name: self._texts(name, None).strings() for name in ENTRY_COLUMNS}
        return values | {"author": self._texts("authors", None).strings()}

    @property
    def days(self) -> I4:
        """The days, since 1970-01-01, that dated documents have, ascending."""
        return self._entries[1]

    @property
    def entries(self) -> U4:
        """(documents, 8) section, lang, source and day of each, codes from 1 on, 0 for none; words of title and body;
        the two halves of when it was published."""
        return self._entries[0]

    @cached_property
    def _entries(self) -> tuple[U4, I4]:
        if "entries" not in self._file.names():
            codes = [self.coded(name).codes for name in ENTRY_COLUMNS]
            entries, days = _entries(codes, self.published, self.words.reshape(-1))
            entries.flags.writeable = days.flags.writeable = False
            return entries, days
        entries = np.asarray(self._file.section("entries", np.uint32).all())
        days = np.asarray(self._file.section("days", np.int32).all())
        if len(entries) != ENTRY * self.count or bool((days[1:] <= days[:-1]).any()):
            raise self._file.damaged(f"{len(entries)} numbers of {self.count} documents, or days out of order")
        entries = entries.reshape(-1, ENTRY)
        limits = [*(len(self.values(name)) for name in ENTRY_COLUMNS), len(days)]
        if not entries_within(entries, np.array(limits, np.uint32)):
            raise self._file.damaged("entries with a code that stands for no value")
        return entries, days

    @cached_property
    def words(self) -> U4:
        """(documents, 2) words of title and body."""
        words = np.asarray(self._file.section("words", np.uint32).all())
        if len(words) != 2 * self.count:
            raise self._file.damaged(f"{len(words)} lengths of {self.count} documents")
        return words.reshape(-1, 2)

    @cached_property
    def published(self) -> I8:
        """(documents,) first second of the date, or :data:`index.engine.NO_DATE`."""
        return np.asarray(self._file.section("published", np.int64).all())

    @cached_property
    def id_keys(self) -> U8:
        """(documents,) the key of each id."""
        keys = np.asarray(self._file.section("id_keys", np.uint64).all())
        if len(keys) != self.count:
            raise self._file.damaged(f"{len(keys)} keys of {self.count} documents")
        return keys

    @cached_property
    def author_lists(self) -> tuple[I8, U4]:
        """(documents + 1) where each document's authors begin, and their codes from 0 on."""
        at, each = self.authors()
        return at, each.codes

    def columns(self) -> Columns:
        """All of them, for merging."""
        numbers = {
            name: self.numbers(name)
            for name in ("published", "precision", "zone", "words", "id_keys", "digests", "article_keys")
        }
        texts = {name: self.coded(name) for name in TEXT_COLUMNS}
        return Columns(**numbers, **texts, authors=self.authors(), ids=self.ids())  # type: ignore[arg-type]

    def forget(self) -> None:
        """Gives back the memory of what was read."""
        for name in self._file.names():
            self._file.section(name).forget()

    def _coded(self, name: str, section: str) -> Coded:
        codes = np.asarray(self._file.section(section).all())
        values = self._texts(name, None).strings()
        if len(codes) and int(codes[codes != NO_CODE].max(initial=0)) >= max(1, len(values)):
            raise self._file.damaged(f"a code of {name} that stands for no value")
        return Coded(codes, values)

    def _texts(self, name: str, count: int | None) -> Texts:
        texts = Texts(
            np.asarray(self._file.section(f"{name}.data").all()), np.asarray(self._file.section(f"{name}.at").all())
        )
        _check(self._file, texts.at, len(texts.data), count)
        return texts


def _check(file: FileReader, at: I8, most: int, count: int | None) -> None:
    if not len(at) or (count is not None and len(at) != count + 1):
        raise file.damaged(f"{len(at)} offsets of {count} documents")
    if at[0] != 0 or at[-1] != most or bool((at[1:] < at[:-1]).any()):
        raise file.damaged("offsets that do not ascend within what they point into")
