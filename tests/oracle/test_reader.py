"""What the columnar index says of itself is what an index of stock Whoosh with the same articles says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from whoosh.codec.base import FieldCursor
from whoosh.reading import IndexReader

from index.columnar.engine import ColumnarEngine
from index.columnar.reader import ColumnarReader
from index.fields import text_field
from tests.archive import article
from tests.index.columnar.contents import forms_of, frequency_of, group_of
from tests.oracle.articles import WORDS
from tests.oracle.pair import Pair
from tests.oracle.reader import StockReader
from tests.soak import seeds

COLUMNS = "id article digest lang section source authors published words_title words_body".split()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.close()
    assert pair.columnar.check() == []


@pytest.mark.parametrize("seed", seeds(2, 200))
@pytest.mark.parametrize("merged", [False, True])
def test_both_readers_tell_the_same(merged: bool, seed: int, pair: Pair) -> None:
    print(f"seed {seed}")
    pair.fill(random.Random(seed), 4)
    if merged:
        pair.columnar.merge()
        pair.stock.merge()
    with pair.columnar.reader() as ours, pair.stock.reader() as stock:
        assert len(ours.segments) == (1 if merged else 4)
        same_columns(ours, stock)
        for lang in (*WORDS, "und", "fr"):
            same_words(ours, stock, lang)
        same_leaves(ours.whoosh, pair.stock.exact_reader())


def same_columns(ours: ColumnarReader, stock: StockReader) -> None:
    assert ours.ids() == stock.ids()
    assert ours.languages() == stock.languages()
    for name in ("live", "published", "id_keys"):
        np.testing.assert_array_equal(getattr(ours.columns, name), getattr(stock.columns, name))
    for name in ("title", "body"):
        np.testing.assert_array_equal(ours.columns.lengths(name), stock.columns.lengths(name))
    for name in ("section", "lang", "source"):
        assert texts(*ours.columns.codes(name)) == texts(*stock.columns.codes(name))
    (at, codes, values), (stock_at, stock_codes, stock_values) = ours.columns.authors, stock.columns.authors
    np.testing.assert_array_equal(at, stock_at)
    assert [values[code] for code in codes] == [stock_values[code] for code in stock_codes]
    for doc in np.flatnonzero(ours.columns.live).tolist():
        assert ours.article(doc) == stock.article(doc)
        assert ours.doc_of(ours.ids()[doc]) == stock.doc_of(ours.ids()[doc]) == doc


def texts(codes: np.ndarray, values: list[str]) -> list[str | None]:
    return [values[code] if code >= 0 else None for code in codes.tolist()]


def same_words(ours: ColumnarReader, stock: StockReader, lang: str) -> None:
    """Lexicon, groups, postings and positions of one language."""
    other = stock.lexicon(lang)
    assert forms_of(ours, lang) == list(other.forms())
    for form in (*other.forms(), "harvested", "brucke", "Hafen", "nowhere", ""):
        assert group_of(ours, lang, form) == other.group(form), form
        assert frequency_of(ours, lang, form) == other.frequency(form), form
        for length in (1, 3):
            assert forms_of(ours, lang, form[:length]) == other.with_prefix(form[:length]), form[:length]
        for name in ("title", "body"):
            field = text_field(name, lang)
            for mine_array, other_array in zip(ours.postings(field, form), stock.postings(field, form), strict=True):
                np.testing.assert_array_equal(mine_array, other_array)
            assert ours.positions(field, form) == stock.positions(field, form)


def same_leaves(ours: IndexReader, stock: IndexReader) -> None:
    """Every method of Whoosh's readers, segment by segment."""
    for reader in (ours, stock):
        assert reader.generation() > 0
    pairs = zip(ours.leaf_readers(), stock.leaf_readers(), strict=True)
    for (mine, base), (other, stock_base) in [*pairs, ((ours, 0), (stock, 0))]:
        assert base == stock_base
        assert mine.is_atomic() == other.is_atomic()
        for name in ("doc_count", "doc_count_all", "has_deletions"):
            assert getattr(mine, name)() == getattr(other, name)(), name
        assert list(mine.all_doc_ids()) == list(other.all_doc_ids())
        same_stored(mine, other)
        same_terms(mine, other)


def same_stored(mine: IndexReader, other: IndexReader) -> None:
    docs = range(mine.doc_count_all())
    assert [mine.is_deleted(doc) for doc in docs] == [other.is_deleted(doc) for doc in docs]
    assert [mine.stored_fields(doc) for doc in docs] == [other.stored_fields(doc) for doc in docs]
    for name in COLUMNS:
        assert mine.has_column(name)
        for translate in (False, True):
            pairs = zip(mine.column_reader(name, translate=translate), docs, strict=True)
            column = other.column_reader(name, translate=translate)
            assert [value for value, _ in pairs] == [column[doc] for doc in docs], name
    assert not mine.has_column("body_en")
    for lang in WORDS:
        for field in (text_field("title", lang), text_field("body", lang), "id"):
            lengths = [[one.doc_field_length(doc, field, 7) for doc in docs] for one in (mine, other)]
            assert lengths[0] == lengths[1], field
            if field != "id":
                for name in ("field_length", "min_field_length", "max_field_length"):
                    assert getattr(mine, name)(field) == getattr(other, name)(field), (name, field)


def same_terms(mine: IndexReader, other: IndexReader) -> None:
    assert set(mine.indexed_field_names()) == set(other.indexed_field_names())
    assert list(mine.all_terms()) == list(other.all_terms())
    for field in sorted(other.indexed_field_names()):
        forms = list(other.lexicon(field))
        assert list(mine.lexicon(field)) == forms
        assert list(mine.field_terms(field)) == list(other.field_terms(field))
        if mine.is_atomic():  # the cursor over several segments fails in Whoosh itself
            same_cursor(mine.cursor(field), forms)
        for form in (*forms[:: max(1, len(forms) // 6)], b"", b"br", b"zzz", "мост".encode()):
            assert ((field, form) in mine) == ((field, form) in other), (field, form)
            assert list(mine.terms_from(field, form)) == list(other.terms_from(field, form))
            assert list(mine.expand_prefix(field, form[:2])) == list(other.expand_prefix(field, form[:2]))
            assert mine.doc_frequency(field, form) == other.doc_frequency(field, form)
            assert mine.frequency(field, form) == other.frequency(field, form)
            text = form.decode()
            for distance, prefix in ((1, 0), (2, 1)) if text else ():  # which Whoosh itself can't for no letter
                near = [set(one.terms_within(field, text, distance, prefix)) for one in (mine, other)]
                assert near[0] == near[1], (field, text, distance, prefix)
            if (field, form) in other:
                same_postings(mine, other, field, form)


def same_cursor(cursor: FieldCursor, forms: list[bytes]) -> None:
    texts = [form.decode() for form in forms]
    assert [cursor.text(), *iter(cursor.next, None)] == texts
    assert not cursor.is_valid()
    assert cursor.term_info() is None
    for wanted in ("", "br", "мост", "zzz", *texts[::7]):
        assert cursor.find(wanted) == cursor.text() == next((text for text in texts if text >= wanted), None)
        assert cursor.is_valid() == (cursor.text() is not None)
    assert cursor.first() == next(iter(texts), None)


def same_postings(mine: IndexReader, other: IndexReader, field: str, form: bytes) -> None:
    info, expected = mine.term_info(field, form), other.term_info(field, form)
    for name in ("weight", "doc_frequency", "max_weight", "min_id", "max_id"):
        assert getattr(info, name)() == getattr(expected, name)(), (name, field, form)
    here, there = mine.postings(field, form), other.postings(field, form)
    kinds = ("weight", "frequency", "positions", "position_boosts") if field != "id" else ("weight",)
    while there.is_active():
        assert here.is_active()
        assert here.id() == there.id()
        assert here.weight() == there.weight()
        for kind in kinds:
            assert here.value_as(kind) == there.value_as(kind)
        if field != "id":
            assert here.value() == there.value()
            assert [str(span) for span in here.spans()] == [str(span) for span in there.spans()]
        here.next()
        there.next()
    assert not here.is_active()
    assert list(mine.postings(field, form).all_ids()) == list(other.postings(field, form).all_ids())


@pytest.mark.parametrize("seed", seeds(4, 100))
def test_a_matcher_skips_as_it_steps(seed: int, tmp_path: Path) -> None:
    """Over hundreds of postings, some deleted: skipping, copying and starting again against a plain list."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    rows = [article("x", " ".join(["tide"] * rng.choice([0, 1, 2, 300])) + f" n{n}", id=f"a{n}") for n in range(500)]
    with ColumnarEngine.open(tmp_path / "index", create=True) as engine:
        engine.add(rows)
        engine.commit()
        engine.delete(row.id for row in rng.sample(rows, rng.choice([0, 150])))
        engine.commit()
        reader = engine.reader().whoosh
    held = {doc: rows[doc].body.split().count("tide") for doc in reader.all_doc_ids() if "tide" in rows[doc].body}
    matcher = reader.postings("body_en", "tide")
    expected = list(held)
    for _ in range(300):
        if not matcher.is_active():
            assert not expected
            matcher.reset()
            expected = list(held)
        assert matcher.id() == expected[0]
        if rng.random() < 0.5:
            assert matcher.weight() == held[expected[0]]
            assert matcher.value_as("positions") == list(range(held[expected[0]]))
        match rng.randint(0, 3):
            case 0:
                target = expected[0] + rng.choice([-5, 0, 1, 3, 40, 200])
                matcher.skip_to(target)
                expected = [doc for doc in expected if doc >= target]
            case 1:
                matcher = matcher.copy()
            case _:
                matcher.next()
                expected = expected[1:]


def test_an_empty_index_has_nothing_to_tell(tmp_path: Path) -> None:
    with ColumnarEngine.open(tmp_path / "index", create=True) as engine:
        reader = engine.reader()
        assert (reader.ids(), reader.languages(), reader.doc_of("x")) == ([], [], None)
        assert len(reader.columns.live) == len(reader.columns.lengths("body")) == 0
        assert reader.columns.codes("lang")[1] == []
        assert len(reader.find_prefixes([("en", "")])) == 0
        assert len(reader.postings("body_en", "x")[0]) == 0
        assert reader.whoosh.generation() == engine.generation()
        assert reader.whoosh.doc_count() == 0
        with pytest.raises(IndexError):
            reader.article(0)
