"""The index through Whoosh's own index and writer: what they do, and what they refuse and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from whoosh import fields as whoosh_fields
from whoosh.index import LockError
from whoosh.query import And, Not, Phrase, Prefix, Term
from whoosh.reading import TermNotFound
from whoosh.writing import IndexingError

from index import open_engine
from index.article import Article
from index.columnar.whoosh_index import ColumnarIndex
from index.fields import document
from tests.archive import article, build_index


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ColumnarIndex]:
    index = ColumnarIndex.open(tmp_path / "index", create=True)
    yield index
    index.close()
    with open_engine(tmp_path / "index") as engine:
        assert engine.check() == []


def fill(index: ColumnarIndex, *articles: Article) -> None:
    with index.writer() as writer:
        for one in articles:
            writer.add_document(**document(one))


def titles(index: ColumnarIndex) -> set[str]:
    """Of all articles that are there."""
    with index.searcher() as searcher:
        articles = searcher.reader().column_reader("article")
        return {orjson.loads(articles[doc])["title"] for doc in searcher.docs_for_query(Prefix("title_en", ""))}


def test_what_is_written_is_found_by_whooshs_searcher(index: ColumnarIndex) -> None:
    assert index.is_empty()
    fill(index, article("the old bridge", "over the river"), article("the ferry", "over the old river"))
    assert not index.is_empty()
    assert (index.doc_count(), index.doc_count_all()) == (2, 2)
    with index.searcher() as searcher:
        found = searcher.search(And([Term("body_en", "river"), Phrase("title_en", ["old", "bridge"])]))
        assert [hit["article"] for hit in found] == [searcher.reader().column_reader("article")[0]]
        assert searcher.up_to_date()
        fill(index, article("third"))
        assert not searcher.up_to_date()
        assert len(searcher.refresh().search(Prefix("title_en", "t"), limit=None)) == 3


def test_the_writer_of_one_index_keeps_all_others_out(index: ColumnarIndex) -> None:
    with index.writer() as writer:
        with pytest.raises(LockError, match="another process is writing"):
            index.writer()
        writer.add_document(**document(article("one")))
    index.writer().cancel()


def test_what_is_cancelled_or_fails_is_not_there(index: ColumnarIndex) -> None:
    writer = index.writer()
    writer.add_document(**document(article("one")))
    writer.cancel()
    with suppress(ZeroDivisionError), index.writer() as writer:
        writer.add_document(**document(article("two")))
        raise ZeroDivisionError
    assert index.is_empty()
    with pytest.raises(IndexingError, match="get another"):
        writer.add_document(**document(article("three")))


def test_articles_are_updated_and_deleted_by_number_term_and_query(index: ColumnarIndex) -> None:
    rows = [article(f"title n{number}", f"body {'odd' if number % 2 else 'even'}") for number in range(8)]
    fill(index, *rows)
    with index.writer() as writer:
        writer.update_document(**document(replace(rows[0], title="title anew", digest="0" * 32)))
        writer.delete_document(1)
        assert writer.delete_by_term("title_en", "n2") == 1
        assert writer.delete_by_query(And([Term("body_en", "odd"), Not(Term("title_en", "n7"))])) == 3
    assert titles(index) == {"title anew", "title n4", "title n6", "title n7"}
    index.delete_by_term("id", rows[4].id)
    index.delete_by_query(Term("title_en", "anew"))
    index.optimize()
    assert (index.doc_count(), index.doc_count_all()) == (2, 2)


def test_a_deletion_by_query_spares_what_was_staged_since(index: ColumnarIndex) -> None:
    first = article("old words")
    fill(index, first)
    with index.writer() as writer:
        writer.update_document(**document(replace(first, title="new words", digest="0" * 32)))
        assert writer.delete_by_term("title_en", "old") == 1
    assert titles(index) == {"new words"}


def test_a_commit_can_merge_all_segments(index: ColumnarIndex) -> None:
    for number in range(3):
        fill(index, article(f"title {number}"))
    assert not index.reader().is_atomic()
    writer = index.writer()
    writer.add_document(**document(article("last")))
    writer.commit(optimize=True)
    with pytest.raises(IndexingError, match="get another"):
        writer.commit()
    assert index.reader().is_atomic()
    assert index.doc_count() == 4


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"section": b"other"}, "section"),
        ({"title_en": []}, "title_en"),
        ({"title_de": []}, "title_de"),
        ({"unheard": "of"}, "unheard"),
        ({"id": None}, "no article"),
        ({"article": b"{}"}, "no article"),
        ({"digest": None}, "no article"),
    ],
)
def test_a_document_that_is_not_of_an_article_is_refused(
    change: dict[str, object], named: str, index: ColumnarIndex
) -> None:
    with index.writer() as writer:
        with pytest.raises(IndexingError, match=rf"{named}.*document\(article\)"):
            writer.add_document(**{**document(article("one", "two")), **change})
        writer.add_document(**document(article("three")))
    assert titles(index) == {"three"}


def test_what_whooshs_writers_can_do_besides_is_refused_with_what_to_do(index: ColumnarIndex) -> None:
    fill(index, article("one"))
    with index.writer() as writer:
        for refused, words in (
            (lambda: writer.add_field("mood", whoosh_fields.ID()), r"index/fields\.py"),
            (lambda: writer.remove_field("section"), "rebuild"),
            (lambda: index.add_field("mood", whoosh_fields.ID()), "rebuild"),
            (lambda: index.remove_field("section"), "rebuild"),
            (lambda: writer.add_reader(writer.reader()), "load the archive"),
            (writer.start_group, "no groups"),
            (writer.end_group, "no groups"),
            (lambda: writer.delete_document(0, delete=False), "add the article again"),
        ):
            with pytest.raises(NotImplementedError, match=words):
                refused()
    assert titles(index) == {"one"}


def test_a_reader_says_what_it_does_not_have(tmp_path: Path) -> None:
    with open_engine(build_index(tmp_path / "index", [article("one")])) as engine:
        reader = engine.reader().whoosh
        assert not reader.has_vector(0, "body_en")
        with pytest.raises(NotImplementedError, match="column 'article'"):
            reader.vector(0, "body_en")
        with pytest.raises(NotImplementedError, match=r"index\.fields"):
            reader.column_reader("body_en")
        for field in ("section", "nothing"):
            with pytest.raises(TermNotFound, match=field):
                reader.postings(field, "one")
        with pytest.raises(TermNotFound, match="two"):
            reader.postings("title_en", "two")
        assert reader.stored_fields(0) == {}
        with pytest.raises(KeyError):
            reader.stored_fields(1)


def test_closing_a_view_leaves_others_open(tmp_path: Path) -> None:
    build_index(tmp_path / "index", [article("one"), article("two")], commits=2)
    index = ColumnarIndex.open(tmp_path / "index")
    first, second = index.searcher(), index.searcher()
    first.close()
    assert len(second.search(Term("title_en", "two"))) == 1
