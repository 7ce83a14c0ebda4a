"""Names of authors from lists and bylines."""

from __future__ import annotations

import pytest

from index.normalize.bylines import MAX_AUTHORS, authors_of


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (["Ada Brook"], ["Ada Brook"]),
        (["By Ada Brook, Tom van Rijn and Lea Öhm"], ["Ada Brook", "Tom van Rijn", "Lea Öhm"]),
        (["Ada Brook, Tom Rye, and Lea Oak"], ["Ada Brook", "Tom Rye", "Lea Oak"]),
        (["Brook, Ada"], ["Brook, Ada"]),
        (["Brook, Ada; Rye, Tom"], ["Brook, Ada", "Rye, Tom"]),
        (["Ada Brook, Science Editor at large"], ["Ada Brook, Science Editor at large"]),
        (["Ada Brook, 3 March"], ["Ada Brook, 3 March"]),
        (["Simon and Garfunkel"], ["Simon and Garfunkel"]),
        (["Ada Brook und Tom Rye"], ["Ada Brook", "Tom Rye"]),
        (["Brücke und Hafen Redaktion"], ["Brücke und Hafen Redaktion"]),
        (["(Image: Quay Pictures)", "Ada Brook"], ["Ada Brook"]),
        (["Ада Брук, Том Рай"], ["Ада Брук", "Том Рай"]),
        (["王小明、李华"], ["王小明", "李华"]),
        (["Brook, Ada", "Rye and Sons"], ["Brook, Ada", "Rye and Sons"]),
        (["Ada  Brook", "Ada Brook", "", "  ", "https://example.org/ada", "-"], ["Ada Brook"]),
        ([], []),
    ],
)
def test_a_byline_is_split_only_where_every_part_is_a_name(written: list[str], names: list[str]) -> None:
    assert list(authors_of(written)) == names


def test_no_article_has_more_than_fifty_authors() -> None:
    assert (
        len(authors_of([f"Author {chr(65 + number // 26)}{chr(65 + number % 26)}" for number in range(300)]))
        == MAX_AUTHORS
    )
