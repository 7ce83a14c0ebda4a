"""What pages of one load share belongs to the site: it is in none of their articles."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import RawArticle
from index.readers import Limits
from tests.index.readers.archives import Load, load, tarred, zipped
from tests.index.readers.test_text_page import Layout

MENUS = ("Home", "Economy", "Sport", "Contact")
FOOTER = (
    "",
    "Harbour Wire has told the news of this coast for more than a hundred years, every day.",
    "Whoever wants to use our texts may do so, as long as the source is named in the first paragraph.",
)
WORDS = [
    "anchor",
    "beacon",
    "canal",
    "delta",
    "estuary",
    "fjord",
    "gulf",
    "harbour",
    "inlet",
    "jetty",
    "keel",
    "lagoon",
]


def page(number: int, **changes: object) -> Layout:
    word = WORDS[number % len(WORDS)] + str(number // len(WORDS) or "")
    body = (
        f"The council spoke about the {word} for the whole of Thursday evening.",
        f"In the end the {word} is to be painted, and that for the {number + 2}nd time.",
    )
    layout = Layout(menus=MENUS, headline=f"Council to paint the {word}", body=body, footer=FOOTER)
    return replace(layout, **changes)  # type: ignore[arg-type]


def in_folder(folder: Path, pages: list[Layout]) -> Load:
    folder.mkdir(exist_ok=True)
    for number, layout in enumerate(pages):
        (folder / f"{number:03}.txt").write_text(layout.text())
    return load(folder)


def expect(outcome: Load, pages: list[Layout]) -> None:
    assert not outcome.rejects
    assert len(outcome.articles) == len(pages)
    for article, layout in zip(outcome.articles, pages, strict=True):
        layout.expect(article, "2026-03-14T09:05")


@pytest.mark.parametrize("count", [3, 20, 120])
def test_a_footer_of_full_sentences_that_pages_share_is_in_none(tmp_path: Path, count: int) -> None:
    pages = [page(number) for number in range(count)]
    expect(in_folder(tmp_path / "pages", pages), pages)


def test_pages_in_an_archive_are_compared_too(tmp_path: Path) -> None:
    pages = [page(number) for number in range(20)]
    members = {f"2026/{number % 4}/{number}.txt": layout.text().encode() for number, layout in enumerate(pages)}
    for name, content in {"a.zip": zipped(members), "a.tar.gz": tarred(members, "w:gz")}.items():
        (tmp_path / name).write_bytes(content)
        expect(load(tmp_path / name), pages)


def test_pages_named_one_by_one_are_compared_too(tmp_path: Path) -> None:
    pages = [page(number) for number in range(5)]
    in_folder(tmp_path / "pages", pages)
    expect(load(*sorted((tmp_path / "pages").iterdir())), pages)


def test_what_a_folder_shares_is_found_beside_a_larger_one(tmp_path: Path) -> None:
    other = Layout(
        menus=("Start",), footer=("", "Another house writes another line at the end of all its pages, always.")
    )
    (tmp_path / "all").mkdir()
    in_folder(tmp_path / "all" / "a", [page(number) for number in range(4)])
    in_folder(
        tmp_path / "all" / "b",
        [replace(other, headline=f"Number {n}", body=(f"Text number {n} is not like others.",)) for n in range(30)],
    )
    outcome = load(tmp_path / "all")
    assert len(outcome.articles) == 34
    assert not any(
        "Harbour Wire has told" in article.body or "Another house" in article.body for article in outcome.articles
    )


def test_two_pages_are_too_few_to_tell(tmp_path: Path) -> None:
    outcome = in_folder(tmp_path / "pages", [page(0), page(1)])
    assert all("Harbour Wire" in article.body for article in outcome.articles)


def test_copies_of_one_page_still_are_articles(tmp_path: Path) -> None:
    pages = [page(0, footer=())] * 5
    expect(in_folder(tmp_path / "pages", pages), pages)


def test_versions_of_one_article_keep_what_they_share(tmp_path: Path) -> None:
    first = page(0, footer=())
    pages = [replace(first, body=(*first.body, f"This was the {n}th version of the story.")) for n in range(4, 9)]
    expect(in_folder(tmp_path / "pages", pages), pages)


def test_a_section_that_is_also_a_menu_entry_is_the_section(tmp_path: Path) -> None:
    pages = [page(number, section=("Economy", "Sport", "Culture")[number % 3]) for number in range(9)]
    expect(in_folder(tmp_path / "pages", pages), pages)


def test_the_last_menu_entry_is_no_section_where_other_pages_show_it_to_be_one_of_the_menus(tmp_path: Path) -> None:
    pages = [page(number, section="Sport" if number % 2 else None) for number in range(12)]
    expect(in_folder(tmp_path / "pages", pages), pages)


def test_a_section_that_all_pages_have_is_kept(tmp_path: Path) -> None:
    pages = [page(number) for number in range(6)]
    expect(in_folder(tmp_path / "pages", pages), pages)


def test_the_clock_of_the_day_among_the_menus_is_not_the_date(tmp_path: Path) -> None:
    pages = [
        page(number, menus=("Home", "15 March 2026, 18:00", "News", "Contact"), date=f"14 March 2026, 09:{number:02}")
        for number in range(5)
    ]
    outcome = in_folder(tmp_path / "pages", pages)
    assert [article.published for article in outcome.articles] == [f"2026-03-14T09:{n:02}" for n in range(5)]
    assert [article.title for article in outcome.articles] == [layout.headline for layout in pages]


def test_other_files_between_pages_are_read_in_the_same_load(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "001x.jsonl").write_text('{"title": "Between"}\n')
    outcome = in_folder(tmp_path / "pages", [page(number) for number in range(4)])
    assert sorted(outcome.titles) == sorted(["Between", *(page(n).headline for n in range(4))])


def test_pages_are_held_up_to_a_window_and_not_beyond(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for number in range(40):
            content = page(number).text().encode()
            header = tarfile.TarInfo(f"{number}.txt")
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    path = tmp_path / "a.tar"
    path.write_bytes(buffer.getvalue()[: 1024 * 2 * 15])  # cut off behind fourteen pages
    outcome = load(path, limits=Limits(page_window=10))
    assert len(outcome.articles) >= 10
    assert isinstance(outcome.articles[0], RawArticle)
    assert not any("Harbour Wire" in article.body for article in outcome.articles)
