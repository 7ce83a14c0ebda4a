"""A reader's plain arrays against its articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from index.analysis import chain_for
from index.columnar import columns
from index.columnar.engine import ColumnarEngine
from index.columnar.lexicon_arrays import FoldedForms
from index.columnar.reader import ColumnarReader
from index.dates import span_of
from index.engine import NO_DATE
from index.errors import IndexDamaged
from index.fields import field_language
from tests.archive import article
from tests.index.columnar.contents import made
from tests.soak import seeds

DAY = 86_400


@pytest.fixture(scope="module", params=seeds(3, 30))
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ColumnarReader]:
    """An index of several segments, some of whose articles are deleted."""
    rng = Random(request.param)
    print(f"seed {request.param}")
    with ColumnarEngine.open(tmp_path_factory.mktemp("arrays") / "ix", create=True) as engine:
        for part in range(4):
            engine.add([made(rng, f"a{part}.{number}") for number in range(rng.randint(1, 40))])
            engine.add([article("qapla", "qapla batlh", "tlh"), article("", "café " * 300, "en")])
            engine.commit()
        engine.delete([f"a{part}.{number}" for part in range(1, 4) for number in range(0, 40, 3)])
        engine.commit()
        yield engine.reader()


def test_entries_say_what_the_articles_say(reader: ColumnarReader) -> None:
    days = reader.days().tolist()
    assert days == sorted(set(days))
    for one in reader.segments:
        codes = {name: one.global_codes(name) for name in ("section", "lang", "source", "day", "author")}
        assert all(codes[name][0] == 0 for name in ("section", "lang", "source", "day"))
        assert one.entries.shape == (one.count, 8)
        assert one.entries.flags.c_contiguous
        for doc in range(one.count):
            expected = reader.article(one.base + doc)
            for at, name in enumerate(("section", "lang", "source")):
                code = int(codes[name][one.entries[doc, at]])
                assert (reader.values(name)[code - 1] if code else None) == getattr(expected, name)
            code = int(codes["day"][one.entries[doc, 3]])
            assert one.entries[doc, 4:6].tolist() == one.words[doc].tolist()
            assert one.entries[doc, 6:].copy().view(np.int64)[0] == one.published[doc]
            first = span_of(expected.published).first if expected.published else None
            assert (days[code - 1] if code else None) == (None if first is None else first // DAY)
            assert one.published[doc] == (NO_DATE if first is None else first)
            authors = codes["author"][one.authors[one.authors_at[doc] : one.authors_at[doc + 1]]]
            assert [reader.values("author")[code - 1] for code in authors.tolist()] == list(expected.authors)
            chain = chain_for(field_language(expected.lang))
            assert one.words[doc].tolist() == [len(chain.words(expected.title)), len(chain.words(expected.body))]


def test_values_are_sorted_and_all_there(reader: ColumnarReader) -> None:
    for name in ("section", "lang", "source", "author"):
        values = reader.values(name)
        assert list(values) == sorted(set(values))
        for one in reader.segments:
            codes = one.global_codes(name)
            assert set(codes.tolist()) <= set(range(len(values) + 1))


def test_segments_follow_one_another(reader: ColumnarReader) -> None:
    base = 0
    for one in reader.segments:
        assert (one.base, one.count, one.living) == (base, len(one.alive), int(one.alive.sum()))
        base += one.count
    assert base == len(reader.ids())


def test_nothing_of_a_segment_can_be_changed(reader: ColumnarReader) -> None:
    for one in reader.segments:
        postings = ("docs", "freqs", "many_at", "many", "positions", "strides")
        for name in (*postings, "alive", "entries", "words", "published", "id_keys", "authors_at", "authors"):
            assert not getattr(one, name).flags.writeable, name
        assert not one.global_codes("lang").flags.writeable
    assert not reader.days().flags.writeable


def test_the_statistics_of_a_language_are_those_of_its_living_articles(reader: ColumnarReader) -> None:
    lengths = defaultdict(list)
    for one in reader.segments:
        for doc in np.flatnonzero(one.alive).tolist():
            found = reader.article(one.base + doc)
            chain = chain_for(field_language(found.lang))
            lengths[field_language(found.lang)].append((len(chain.words(found.title)), len(chain.words(found.body))))
    statistics = reader.language_statistics()
    assert statistics.keys() == lengths.keys()
    for lang, each in lengths.items():
        assert statistics[lang].articles == len(each)
        assert statistics[lang].title_words == pytest.approx(np.mean([title for title, _ in each]))
        assert statistics[lang].words("body") == pytest.approx(np.mean([body for _, body in each]))
    assert reader.language_statistics() is statistics


def test_ranges_beyond_the_postings_are_damage(reader: ColumnarReader) -> None:
    one = reader.segments[0]
    count = len(one.docs)
    none = np.empty(0, np.int64)
    for ensure in (one.ensure_postings, one.ensure_positions):
        ensure(none, none)
        ensure(np.array([0, 1, count]), np.array([count, 1, count]))
        for start, stop in ((0, count + 1), (-1, 0), (count, 0)):
            with pytest.raises(IndexDamaged):
                ensure(np.array([0, start]), np.array([1, stop]))


def test_a_check_notices_what_was_made_wrong_of_other_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made_entries, made_folds = columns.entries_of, FoldedForms.of

    def wrong_entries(whole: Any) -> Any:
        entries, days = made_entries(whole)
        return entries[::-1].copy(), days

    with ColumnarEngine.open(tmp_path / "ix", create=True) as engine:
        with monkeypatch.context() as patched:
            patched.setattr(columns, "entries_of", wrong_entries)
            patched.setattr(FoldedForms, "of", lambda lang, forms, numbers: made_folds(lang, forms[::-1], numbers))
            engine.add(
                [article("naïve résumé", "café", "en", source="a"), article("ж", "ж", "ru"), article("Öl", "ß", "de")]
            )
            engine.commit()
        problems = engine.check()
    assert any("entries" in problem for problem in problems)
    assert any("folded" in problem for problem in problems)
