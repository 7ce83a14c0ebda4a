"""The sample archive holds what its README promises; the files are read here without the project's own readers."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import html as lxml_html

SECTIONS = {
    "Politics", "Economy", "Science", "Culture", "Sport",
    "Health", "Environment", "Technology", "Society", "World",
}  # fmt: skip
MONTHS = [f"2025-{month:02}" for month in range(5, 13)] + [f"2026-{month:02}" for month in range(1, 11)]
EVENTS = {
    "bridge": "Velmora|Велмор|فيلمورا|维尔莫拉",
    "marathon": "Kitonga|ኪቶንጋ",
    "meteorite": "Dunavk|Дунавк|杜纳夫卡|ドゥナフカ",
    "chess": "Sarvanyan|Сарванян|Սարվանյան|სარვანიან|ساروانیان",
    "train": "Aurelia",
    "film": "Haddouchi|حدّوشي|חדושי",
    "rice": "Nalpur|नालपुर|নালপুর|நால்பூர்|นาลปูร์",
    "psalter": "Agia Rema|Αγία.? Ρέμα|Агі[яї]-Рем|Агија Рема",
}
"""A name that every article on the event has, as its scripts write it."""

UNSPACED = {"CJK", "HIRAGANA", "THAI"}
_SENTENCE_END = re.compile(r"(?<=[.!?。！？।։።۔؟])[»”“\"』」]?\s*")
_CLOCK = re.compile(r"\d{1,2}:\d\d$")


@dataclass(frozen=True, slots=True)
class Sample:
    """An article of the archive, as far as the promises speak of it."""

    file: str
    title: str
    body: str
    lang: str | None = None
    published: str | None = None
    section: str | None = None
    source: str | None = None
    url: str | None = None

    @property
    def script(self) -> str:
        """The script of most letters of the body, by the first word of their names in Unicode."""
        names = (unicodedata.name(char, "?").split()[0] for char in self.body if char.isalpha())
        return Counter(names).most_common(1)[0][0]


def _of_json(file: str, record: dict[str, str], body: str, published: str, section: str, source: str | None) -> Sample:
    return Sample(
        file,
        record["title"],
        record[body],
        record.get("lang") or record.get("language"),
        record.get(published),
        record[section],
        source,
        record["url"],
    )


def _agency(samples: Path) -> Iterator[Sample]:
    for line in (samples / "agency.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        yield _of_json("agency.jsonl", record, "body", "published", "section", record["source"])


def _courier(samples: Path) -> Iterator[Sample]:
    with (samples / "courier.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Sample(
                "courier.csv",
                row["headline"],
                row["text"],
                row["language"] or None,
                row["date"],
                row["category"],
                row["publisher"],
                row["link"],
            )


def _html_page(file: str, text: str) -> Sample:
    page = lxml_html.fromstring(text)
    metas = {meta.get("property"): meta.get("content") for meta in page.iter("meta")}
    facts = json.loads(page.findtext(".//script") or "{}")
    [article] = [node for node in facts.get("@graph", [facts]) if node.get("@type") == "NewsArticle"] or [{}]
    [canonical] = page.xpath("//link[@rel='canonical']/@href") or [metas.get("og:url")]
    paragraphs = page.xpath("//h1/following::p[not(@class)][not(ancestor::footer)]")
    return Sample(
        file,
        page.findtext(".//h1") or "",
        "\n".join(paragraph.text_content() for paragraph in paragraphs),
        page.get("lang").partition("-")[0],
        article.get("datePublished") or metas.get("article:published_time"),
        article.get("articleSection") or metas.get("article:section"),
        metas.get("og:site_name"),
        canonical,
    )


def _pages(samples: Path) -> Iterator[Sample]:
    for path in sorted((samples / "pages").glob("*.html")):
        yield _html_page("pages/*.html", path.read_text("utf-8"))


def _wire(samples: Path) -> Iterator[Sample]:
    for path in sorted((samples / "wire").glob("*.txt")):
        lines = path.read_text("utf-8").splitlines()
        date = next(at for at, line in enumerate(lines) if _CLOCK.search(line))
        end = max(at for at, line in enumerate(lines) if _SENTENCE_END.search(line))
        body = "\n".join(line for line in lines[date + 4 : end + 1] if line)
        lang, day = path.name[:2], path.name[3:13]
        yield Sample("wire/*.txt", lines[date + 2], body, lang, day, lines[date - 1])


def _weekly(samples: Path) -> Iterator[Sample]:
    with zipfile.ZipFile(samples / "weekly.zip") as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8")
            if name.endswith(".json"):
                for record in json.loads(text):
                    source = record["publisher"]["name"]
                    yield _of_json("weekly.zip", record, "content", "datePublished", "category", source)
            elif name.endswith(".html"):
                yield _html_page("weekly.zip", text)
            else:
                title, _, body = text.partition("\n\n")
                yield Sample("weekly.zip", title, body)


@pytest.fixture(scope="module")
def articles(samples: Path) -> list[Sample]:
    return [article for read in (_agency, _courier, _pages, _wire, _weekly) for article in read(samples)]


def test_the_archive_is_large_and_many_tongued(articles: list[Sample]) -> None:
    assert len(articles) >= 110
    assert len({article.lang for article in articles if article.lang}) >= 35
    assert len({article.script for article in articles}) >= 14
    assert len({article.source for article in articles if article.source}) >= 25


def test_the_readme_counts_the_articles_of_each_file(articles: list[Sample], samples: Path) -> None:
    told = re.findall(r"^\| `([^`]+)` \| (\d+) ", (samples / "README.md").read_text("utf-8"), re.M)
    assert {file: int(count) for file, count in told} == Counter(article.file for article in articles)


def test_every_article_has_the_length_of_a_short_report(articles: list[Sample]) -> None:
    for article in articles:
        if article.script in UNSPACED:
            assert 120 <= len(re.sub(r"\s", "", article.body)) <= 400, article.title
        else:
            assert 60 <= len(article.body.split()) <= 200, article.title


def test_no_sentence_stands_twice(articles: list[Sample]) -> None:
    seen: dict[str, str] = {}
    for article in articles:
        for sentence in [article.title, *_SENTENCE_END.split(article.body)]:
            if len(sentence) > 12:
                assert sentence not in seen, f"{sentence!r}: {seen[sentence]} and {article.title}"
                seen[sentence] = article.title


def test_ten_sections_are_shared_and_some_pages_name_theirs_in_their_own_language(articles: list[Sample]) -> None:
    counts = Counter(article.section for article in articles if article.section)
    assert {section for section, count in counts.items() if count >= 5} == SECTIONS
    local = {article.file for article in articles if article.section and article.section not in SECTIONS}
    assert local == {"pages/*.html", "wire/*.txt"}


def test_every_month_of_a_year_and_a_half_has_news(articles: list[Sample]) -> None:
    dated = [article.published for article in articles if article.published]
    assert {date[:7] for date in dated if re.match(r"\d{4}-\d\d", date)} == set(MONTHS)


def test_dates_are_of_every_precision(articles: list[Sample]) -> None:
    dates = [article.published for article in articles]
    assert sum(date is None for date in dates) == 3  # two of the agency's, and the note in the zip
    shapes = Counter(re.sub(r"\d", "0", date) for date in dates if date)
    assert shapes["0000-00"] == 2
    assert shapes["0000-00-00"] >= 10
    assert shapes["0000-00-00T00:00:00+00:00"] >= 10
    assert shapes["0000-00-00T00:00:00Z"] >= 3
    assert shapes["0000-00-00 00:00"] >= 3


def test_addresses_are_ones_set_aside_for_examples_and_none_is_shared(articles: list[Sample]) -> None:
    urls = [article.url for article in articles if article.url]
    assert len(set(urls)) == len(urls)
    assert all(re.fullmatch(r"https://([a-z-]+\.)?example\.(org|com)/[\w./-]+", url, re.ASCII) for url in urls)


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_is_told_in_five_languages_or_more(event: str, articles: list[Sample]) -> None:
    told = [article for article in articles if re.search(EVENTS[event], article.title + article.body)]
    assert len({article.lang for article in told}) >= 5


def test_pages_of_one_language_share_their_menus_and_footers(samples: Path) -> None:
    frames = defaultdict(set)
    for path in sorted((samples / "wire").glob("*.txt")):
        lines = path.read_text("utf-8").splitlines()
        date = next(at for at, line in enumerate(lines) if _CLOCK.search(line))
        assert lines[date - 3] == lines[date - 2], path.name
        assert [lines[date + 1], lines[date + 3]] == ["", ""], path.name
        frames[path.name[:2]].add((*lines[: date - 4], *lines[-3:]))
    assert len(frames) >= 7
    assert all(len(frame) == 1 for frame in frames.values())


def test_the_csv_has_quoted_line_breaks_and_the_zip_fixed_dates(samples: Path) -> None:
    assert all("\n" in article.body for article in _courier(samples))
    with zipfile.ZipFile(io.BytesIO((samples / "weekly.zip").read_bytes())) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {Path(name).suffix for name in archive.namelist()} == {".json", ".html", ".txt"}
