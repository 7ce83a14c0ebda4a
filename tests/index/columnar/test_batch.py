"""What a batch tells of articles in its columns."""

from __future__ import annotations

import pytest

from index.analysis import chain_for
from index.analysis.vocabulary import Vocabulary
from index.columnar.batch import Analyser
from index.columnar.columns import NO_ZONE
from index.dates import span_of
from index.engine import NO_DATE
from tests.archive import article, handed_over

DATES = [
    ("2026", 1, NO_ZONE),
    ("1484", 1, NO_ZONE),
    ("2026-02", 2, NO_ZONE),
    ("2026-02-05", 3, NO_ZONE),
    ("2026-02-05T12", 4, NO_ZONE),
    ("2026-02-05T12Z", 4, 0),
    ("2026-02-05T12+01:00", 4, 60),
    ("2026-02-05T12:38", 5, NO_ZONE),
    ("1901-12-31T23:59", 5, NO_ZONE),
    ("2026-02-05T12:38:59", 6, NO_ZONE),
    ("2026-02-05T12:38Z", 5, 0),
    ("2026-02-05T12:38:07Z", 6, 0),
    ("2026-02-05T12:38+05:45", 5, 345),
    ("2026-02-05T00:10-09:30", 5, -570),
    ("2026-02-05T12:38:07-00:30", 6, -30),
]


@pytest.mark.parametrize(("date", "precision", "zone"), DATES)
def test_a_date_keeps_its_moment_precision_and_zone(date: str, precision: int, zone: int) -> None:
    columns = Analyser().analyse([article("x", published=date)]).columns
    assert columns.published.tolist() == [span_of(date).first]
    assert (columns.precision.tolist(), columns.zone.tolist()) == ([precision], [zone])


def test_an_article_without_a_date_has_none() -> None:
    columns = Analyser().analyse([article("x")]).columns
    assert (columns.published.tolist(), columns.precision.tolist()) == ([NO_DATE], [0])


def test_tokens_are_the_words_of_title_and_body() -> None:
    rows = [article("Die Brücke", "Über die Brücke", "de"), article("", "", "en"), article("大桥", "x y x", "zh")]
    batch = Analyser().analyse(rows)
    assert batch.columns.words.tolist() == [
        len(chain_for(row.lang).words(text)) for row in rows for text in (row.title, row.body)
    ]
    assert isinstance(batch.forms, Vocabulary)
    forms = batch.forms.table(batch.tokens.forms)
    assert [
        forms.data[start:stop].tobytes().decode()
        for start, stop in zip(forms.offsets[:-1], forms.offsets[1:], strict=True)
    ] == [word.form for row in rows for text in (row.title, row.body) for word in chain_for(row.lang).words(text)]


def test_an_empty_batch_is_one() -> None:
    batch = Analyser().analyse([])
    assert len(batch) == len(handed_over(batch)) == 0
