"""Real archives load as they are, and pages as well as a reader would say."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from index.dates import read_date
from index.readers import open_inputs
from tests.index.readers.archives import Load, load

pytestmark = pytest.mark.shared


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("reuters.jsonl.gz", 19_043),
        ("masakhane/swa.jsonl.gz", None),
        ("xquad", 1_440),
        ("events.jsonl.gz", 1_000),
        ("names/hebrew.jsonl.gz", None),
        ("sib200-dev.jsonl.gz", 20_295),
    ],
)
def test_every_record_of_an_archive_is_an_article(shared: Path, path: str, count: int | None) -> None:
    inputs = open_inputs([shared / "data" / path])
    found = sum(1 for outcome in inputs if hasattr(outcome, "title"))
    if count is None:
        with gzip.open(shared / "data" / path) as file:
            count = sum(1 for _ in file)
    assert found == count
    assert inputs.bytes_read == inputs.total_bytes


def first(shared: Path, path: str) -> Any:
    with open_inputs([shared / "data" / path]) as inputs:
        return next(iter(inputs))


def test_the_facts_of_each_archive_are_found(shared: Path) -> None:
    reuters = first(shared, "reuters.jsonl.gz")
    assert (reuters.id, reuters.title, reuters.date_source) == ("reuters-1", "BAHIA COCOA REVIEW", "declared")
    masakhane = first(shared, "masakhane/swa.jsonl.gz")
    assert masakhane.section
    assert masakhane.url
    xquad = first(shared, "xquad/de.jsonl.gz")
    assert (xquad.id, xquad.title) == ("de-000", "")
    assert "?" not in xquad.body
    event = first(shared, "events.jsonl.gz")
    assert event.title
    assert (event.id, event.lang) == (None, "ru")
    assert first(shared, "sib200-dev.jsonl.gz").lang == "ace_Arab"
    name = first(shared, "names/russian.jsonl.gz")
    assert (name.title, name.body) == ("джентилини", "gentilini")


def test_tagged_texts_are_rejected_in_words(shared: Path) -> None:
    outcome = load(shared / "data" / "ant-arabic.tar.gz")
    assert not outcome.articles
    assert {reject.reason.split(" (")[0] for reject in outcome.rejects} == {"text with tags of its own"}


def tokens(text: str) -> Counter[str]:
    return Counter(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]|\w+", text))


def overlap(found: str, true: str) -> float:
    """F1 of the words."""
    one, other = tokens(found), tokens(true)
    return 2 * sum((one & other).values()) / max(1, sum(one.values()) + sum(other.values()))


def day(written: str | None) -> str:
    return (read_date(written) or "")[:10] if written else ""


@pytest.fixture(scope="module")
def pages(shared: Path) -> Sequence[tuple[Load, list[dict[str, Any]]]]:
    """What was read of every page, and what it holds by the judgement of people."""
    with gzip.open(shared / "data" / "html-truth.jsonl.gz", "rt", encoding="utf-8") as file:
        truths = [json.loads(line) for line in file]
    return [(load(shared / "data" / truth["file"]), truth["versions"]) for truth in truths]


def test_the_text_of_newspaper_pages_is_found(pages: Sequence[tuple[Load, list[dict[str, Any]]]]) -> None:
    scores = [max(overlap(found.only.body, version["body"]) for version in versions) for found, versions in pages]
    assert len(scores) == 125
    assert sum(scores) / len(scores) >= 0.95
    assert sum(score >= 0.9 for score in scores) >= 110


def test_the_date_of_newspaper_pages_is_found(pages: Sequence[tuple[Load, list[dict[str, Any]]]]) -> None:
    right = [
        day(found.only.published) in {day(version["published"]) for version in versions} for found, versions in pages
    ]
    assert sum(right) >= 120


def test_the_title_of_newspaper_pages_is_found(pages: Sequence[tuple[Load, list[dict[str, Any]]]]) -> None:
    right = [
        " ".join(found.only.title.split()) in {" ".join((version["title"] or "").split()) for version in versions}
        for found, versions in pages
    ]
    # of the rest, five are judged by a version of another article, others by a shorter or longer form of the title
    assert sum(right) >= 106


def test_newspaper_pages_say_their_language_and_source(pages: Sequence[tuple[Load, list[dict[str, Any]]]]) -> None:
    assert sum(found.only.lang is not None for found, _ in pages) >= 120
    assert sum(found.only.source is not None for found, _ in pages) >= 100
    assert sum(found.only.section is not None for found, _ in pages) >= 70
