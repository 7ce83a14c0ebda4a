"""Columns against lists of Python's: joined, taken from, written and read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis.keys import key_of
from index.columnar import columns
from index.columnar.columns import (
    NO_CODE,
    TEXT_COLUMNS,
    Coded,
    Columns,
    ColumnsReader,
    Lists,
    Texts,
    entries_of,
    write_columns,
)
from index.errors import IndexDamaged
from tests.index.columnar.files import reopened

letters = st.characters(exclude_categories=["Cs"])
values = st.one_of(st.sampled_from(["a", "b", "ä", "𝔸", "ﬁ"]), st.text(letters, min_size=1, max_size=3))
optional = st.one_of(st.none(), values)
column = st.lists(optional, max_size=12)
rows = st.lists(st.lists(values, max_size=4), max_size=12)


def texts_of(coded: Coded) -> list[str | None]:
    assert coded.values == sorted(set(coded.values))
    return [None if code == NO_CODE else coded.values[code] for code in coded.codes.tolist()]


def lists_of(lists: Lists) -> list[list[str | None]]:
    each = texts_of(lists.each)
    return [each[start:stop] for start, stop in zip(lists.at[:-1].tolist(), lists.at[1:].tolist(), strict=True)]


def chosen(data: st.DataObject, size: int) -> np.ndarray:
    if not size:
        return np.empty(0, np.int64)
    return np.array(data.draw(st.lists(st.integers(0, size - 1), max_size=15)), np.int64)


@given(st.lists(column, min_size=1, max_size=4), st.data())
@settings(max_examples=150, deadline=None)
def test_one_value_a_document(parts: list[list[str | None]], data: st.DataObject) -> None:
    every = [value for part in parts for value in part]
    joined = Coded.joined([Coded.of(part) for part in parts])
    assert texts_of(joined) == every
    assert set(joined.values) == {value for value in every if value}
    docs = chosen(data, len(every))
    fewer = Coded(joined.codes[docs], joined.values).used()
    assert texts_of(fewer) == [every[doc] for doc in docs]
    assert set(fewer.values) == {every[doc] for doc in docs} - {None}


@given(st.lists(rows, min_size=1, max_size=4), st.data())
@settings(max_examples=150, deadline=None)
def test_any_number_of_values_a_document(parts: list[list[list[str]]], data: st.DataObject) -> None:
    every = [row for part in parts for row in part]
    joined = Lists.joined([Lists.of(part) for part in parts])
    assert lists_of(joined) == every
    docs = chosen(data, len(every))
    fewer = joined.take(docs)
    assert lists_of(fewer) == [every[doc] for doc in docs]
    assert set(fewer.each.values) == {value for doc in docs for value in every[doc]}


@given(st.lists(st.lists(st.text(letters, max_size=5), max_size=8), min_size=1, max_size=4), st.data())
@settings(max_examples=150, deadline=None)
def test_strings(parts: list[list[str]], data: st.DataObject) -> None:
    every = [text for part in parts for text in part]
    joined = Texts.joined([Texts.of(text.encode() for text in part) for part in parts])
    assert joined.strings() == every
    docs = chosen(data, len(every))
    fewer = joined.take(docs)
    assert fewer.strings() == [every[doc] for doc in docs]
    assert [fewer.string(number) for number in range(len(docs))] == fewer.strings()


def columns_of(ids: Sequence[str], texts: Sequence[Sequence[str | None]], authors: Sequence[Sequence[str]]) -> Columns:
    """Columns with other numbers in each document."""
    count = len(ids)
    numbers = np.arange(count)
    first = [row[0] if row else None for row in texts]
    return Columns(
        published=numbers * 20_000 - 40_000,
        precision=(numbers % 7).astype(np.uint8),
        zone=(numbers - 5).astype(np.int16),
        section=Coded.of(first),
        lang=Coded.of(first[::-1]),
        source=Coded.of([None] * count),
        place=Coded.of([f"place {number}" for number in range(count)]),
        authors=Lists.of(authors),
        words=np.arange(2 * count, dtype=np.uint32),
        ids=Texts.of(one.encode() for one in ids),
        id_keys=np.array([key_of(one) for one in ids], np.uint64),
        digests=np.array([key_of(f"digest {number // 3}") for number in range(2 * count)], np.uint64),
        article_keys=numbers.astype(np.uint64),
    )


def same(found: Columns, expected: Columns) -> None:
    for name in ("published", "precision", "zone", "words", "id_keys", "digests", "article_keys"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert getattr(found, name).dtype == getattr(expected, name).dtype
    for name in TEXT_COLUMNS:
        assert texts_of(getattr(found, name)) == texts_of(getattr(expected, name))
    assert lists_of(found.authors) == lists_of(expected.authors)
    assert found.ids.strings() == expected.ids.strings()


def read_back(columns: Columns) -> ColumnsReader:
    files = reopened(["columns"], lambda files: write_columns(columns, files["columns"]))
    return ColumnsReader(files["columns"])


ids = st.lists(st.text(letters, min_size=1, max_size=4), min_size=1, max_size=12, unique=True)


@given(ids, rows, st.data())
@settings(max_examples=80, deadline=None)
def test_columns_are_read_joined_and_taken_as_they_were_written(
    names: list[str], values: list[list[str]], data: st.DataObject
) -> None:
    whole = columns_of(names, [values[at % len(values)] if values else [] for at in range(len(names))],
                       [values[-at % len(values)] if values else [] for at in range(len(names))])  # fmt: skip
    reader = read_back(whole)
    assert len(reader) == len(names)
    same(reader.columns(), whole)
    for at, name in enumerate(("section", "lang", "source")):
        assert [reader.values(name)[code - 1] if code else None for code in reader.entries[:, at].tolist()] == texts_of(
            getattr(whole, name)
        )
    assert reader.days[reader.entries[:, 3] - 1].tolist() == (whole.published // 86_400).tolist()
    for doc, name in enumerate(names):
        assert reader.id(doc) == name
        assert list(reader.doc_of(name, key_of(name))) == [doc]
    assert list(reader.doc_of("nobody at all", key_of("nobody at all"))) == []
    cut = data.draw(st.integers(0, len(names)))
    parts = [whole.take(np.arange(cut)), whole.take(np.arange(cut, len(names)))]
    same(Columns.joined([part for part in parts if len(part)]), whole)
    docs = chosen(data, len(names))
    taken = whole.take(docs)
    assert taken.ids.strings() == [names[doc] for doc in docs]
    assert taken.words.tolist() == [number for doc in docs.tolist() for number in (2 * doc, 2 * doc + 1)]


def test_documents_whose_ids_share_a_key_are_told_apart() -> None:
    whole = columns_of(["one", "two", "three", "two"], [[]] * 4, [[]] * 4)
    key = key_of("two")
    reader = read_back(Columns(**{**{name: getattr(whole, name) for name in Columns.__slots__},
                                  "id_keys": np.array([key, key, 7, key], np.uint64)}))  # fmt: skip
    assert sorted(reader.doc_of("two", key)) == [1, 3]
    assert list(reader.doc_of("one", key)) == [0]
    assert list(reader.doc_of("four", key)) == []


def test_a_code_that_stands_for_no_value_is_damage() -> None:
    whole = columns_of(["one", "two"], [["a"], ["b"]], [[], []])
    wrong = Coded(np.array([0, 2], np.uint32), ["a", "b"])
    broken = Columns(**{**{name: getattr(whole, name) for name in Columns.__slots__}, "section": wrong})
    with pytest.raises(IndexDamaged, match="section"):
        read_back(broken).coded("section")


@pytest.mark.parametrize("place", [(0, 0), (1, 1), (1, 3)])
def test_an_entry_whose_code_stands_for_no_value_is_damage(
    monkeypatch: pytest.MonkeyPatch, place: tuple[int, int]
) -> None:
    whole = columns_of(["one", "two"], [["a"], ["b"]], [[], []])
    entries, days = entries_of(whole)
    entries[place] = 3
    monkeypatch.setattr(columns, "entries_of", lambda *_: (entries, days))
    reader = read_back(whole)
    with pytest.raises(IndexDamaged, match="entries"):
        _ = reader.entries


def test_days_out_of_order_are_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = columns_of(["one", "two"], [["a"], ["b"]], [[], []])
    entries, _ = entries_of(whole)
    monkeypatch.setattr(columns, "entries_of", lambda *_: (entries, np.array([5, 5, 6], np.int32)))
    with pytest.raises(IndexDamaged, match="days"):
        _ = read_back(whole).days
