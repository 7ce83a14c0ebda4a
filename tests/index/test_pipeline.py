"""The bulk load against a naive model: every article is accounted for, whatever it is."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from index import open_engine
from index.analysis.vocabulary import Tokens
from index.article import Article, RawArticle, Reject
from index.columnar.batch import AnalysedBatch, Analyser, PackedArticles
from index.engine import Engine, Outcome
from index.normalize import Defaults
from index.pipeline import Listeners, LoadOptions, LoadSummary, Progress, Stop, load, load_inputs
from index.readers import Record

WORDS = "harbour quay ferry grain tug winter bridge council harvest river lamp market museum choir".split()


class Given:
    """Inputs made of what they are given; ``stop_after`` items a signal arrives."""

    total_bytes = None
    bytes_read = 0

    def __init__(self, items: list[RawArticle | Reject], stop_after: int | None = None) -> None:
        self._items = items
        self._stop_after = stop_after

    def records(self) -> Iterator[Record]:
        for number, item in enumerate(self._items):
            if number == self._stop_after:
                raise Stop
            yield Record.of(item)


class PoisonedAnalyser(Analyser):
    """An analyser that breaks on articles whose title says so."""

    def tokens(self, articles: Sequence[Article]) -> Tokens:
        self._look(articles, 0)
        return super().tokens(articles)

    def packed(self, articles: Sequence[Article]) -> PackedArticles:
        self._look(articles, 1)
        return super().packed(articles)

    def _look(self, articles: Sequence[Article], part: int) -> None:
        if any("poison" in article.title and len(article.body) % 2 == part for article in articles):
            raise ZeroDivisionError("poison")


class Poisoned:  # all of an engine that a load touches
    """An engine whose analyser is poisoned."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.analyser = PoisonedAnalyser(engine.analyser.vocabulary)

    def add_batch(self, batch: AnalysedBatch) -> list[Outcome]:
        return self._engine.add_batch(batch)

    def commit(self, checkpoint: Mapping[str, Any] | None = None) -> int:
        return self._engine.commit(checkpoint)

    def begin_commit(self, checkpoint: Mapping[str, Any] | None = None) -> Callable[[], int]:
        return self._engine.begin_commit(checkpoint)

    def checkpoint(self) -> Mapping[str, Any] | None:
        return self._engine.checkpoint()


def random_items(source: random.Random, count: int) -> list[RawArticle | Reject]:
    """Good, bad, repeated, copied and changed articles in any order."""
    items: list[RawArticle | Reject] = []
    for number in range(count):
        earlier = [item for item in items if isinstance(item, RawArticle) and item.title.strip()]
        text = " ".join(source.choices(WORDS, k=12)) + f" {number}"
        kind = source.choice(["new", "new", "new", "same", "copy", "changed", "empty", "reject", "poison", "retold"])
        if kind == "reject":
            items.append(Reject(f"r:{number}", "unreadable"))
        elif kind == "empty":
            items.append(RawArticle(f"e:{number}", "  ", "", id=f"empty{number}"))
        elif kind == "poison":
            items.append(RawArticle(f"p:{number}", f"poison {text}", text, id=f"poison{number}"))
        elif kind == "new" or not earlier:
            items.append(RawArticle(f"n:{number}", f"Title {text}", text, id=f"id{number}", lang="en", section="Port"))
        else:
            old = source.choice(earlier)
            title, body, given = old.title, old.body, old.id
            if kind == "copy":
                given = f"copy{number}"
            elif kind == "changed":
                body = text
            section = "Retold" if kind == "retold" else old.section
            items.append(RawArticle(f"{kind}:{number}", title, body, id=given, lang="en", section=section))
    return items


def without_versions(items: list[RawArticle | Reject]) -> list[RawArticle | Reject]:
    """``items`` without those that tell an article again in other words."""
    first: dict[str | None, tuple[str, str, str | None]] = {}
    return [
        item
        for item in items
        if isinstance(item, Reject)
        or first.setdefault(item.id, (item.title, item.body, item.section)) == (item.title, item.body, item.section)
    ]


def expected(items: list[RawArticle | Reject]) -> tuple[dict[str, int], dict[str, tuple[str, str]]]:
    """The counts of a load into an empty index, and the articles that it leaves, told by the naive rules."""
    counts = dict.fromkeys(("read", "accepted", "updated", "duplicates", "rejected"), 0)
    held: dict[str, tuple[str, str, str | None]] = {}
    for item in items:
        counts["read"] += 1
        if isinstance(item, Reject) or not item.title.strip() or "poison" in item.title:
            counts["rejected"] += 1
            continue
        assert item.id is not None
        new = (item.title, item.body, item.section)
        others = [content[:2] for other, content in held.items() if other != item.id]
        if held.get(item.id) == new or new[:2] in others:
            counts["duplicates"] += 1
            continue
        counts["accepted"] += 1
        counts["updated"] += item.id in held
        held[item.id] = new
    return counts, {key: content[:2] for key, content in held.items()}


def counted(summary: LoadSummary) -> dict[str, int]:
    names = ("read", "accepted", "updated", "duplicates", "rejected")
    assert summary.read == summary.accepted + summary.duplicates + summary.rejected
    return {name: getattr(summary, name) for name in names}


def dump(engine: Engine) -> dict[str, tuple[str, str]]:
    """What the index holds: title and body by id."""
    reader = engine.reader()
    try:
        articles = [reader.article(doc) for doc, live in enumerate(reader.columns.live) if live]
    finally:
        reader.close()
    assert engine.check() == []
    return {article.id: (article.title, article.body) for article in articles}


@pytest.mark.parametrize("seed", range(6))
def test_counts_and_contents_equal_a_naive_model(seed: int, tmp_path: Path) -> None:
    print("seed", seed)
    source = random.Random(seed)
    items = random_items(source, 90)
    committed: list[int] = []
    rejects: list[Reject] = []
    listeners = Listeners(on_commit=committed.append, on_reject=rejects.append)
    with open_engine(tmp_path / "index", create=True) as engine:
        options = LoadOptions(batch=source.choice([1, 7, 30, 1000]))
        summary = load_inputs(Given(items), Poisoned(engine), options, listeners)
        counts, held = expected(items)
        assert counted(summary) == counts
        assert dump(engine) == held
    assert len(rejects) == counts["rejected"]
    assert sum(committed) <= counts["accepted"]
    assert sum(summary.languages.values()) == counts["accepted"]
    assert all("poison" not in key for key in held)


@pytest.mark.parametrize("seed", range(3))
def test_a_dry_run_counts_what_a_load_into_an_empty_index_counts(seed: int) -> None:
    print("seed", seed)
    items = [item for item in random_items(random.Random(seed), 200) if "poison" not in getattr(item, "title", "")]
    assert counted(load_inputs(Given(items), None)) == expected(items)[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_load_stopped_anywhere_and_started_again_gives_the_same_index(seed: int, tmp_path: Path) -> None:
    print("seed", seed)
    source = random.Random(seed)
    items = without_versions(random_items(source, 60))
    with open_engine(tmp_path / "whole", create=True) as engine:
        load_inputs(Given(items), Poisoned(engine))
        whole = dump(engine)
    for stop_after in sorted(source.sample(range(len(items)), 3)):
        with open_engine(tmp_path / "broken", create=True) as engine:
            summary = load_inputs(Given(items, stop_after), Poisoned(engine), LoadOptions(batch=10))
            assert summary.interrupted
            assert summary.read == stop_after
            assert summary.read == summary.accepted + summary.duplicates + summary.rejected
            assert dump(engine) == expected(items[:stop_after])[1]
    with open_engine(tmp_path / "broken") as engine:
        again = load_inputs(Given(items), Poisoned(engine))
        assert not again.interrupted
        assert dump(engine) == whole
        assert load_inputs(Given(items), Poisoned(engine)).accepted == 0


def test_a_load_killed_without_a_commit_is_done_again(tmp_path: Path) -> None:
    items: list[RawArticle | Reject] = [RawArticle(f"n:{number}", f"Title {number}", "Text.") for number in range(12)]

    class Killed(Exception):
        pass

    def kill(_: int) -> None:
        raise Killed

    with pytest.raises(Killed), open_engine(tmp_path / "index", create=True) as engine:
        load_inputs(Given(items), engine, LoadOptions(batch=5), Listeners(on_commit=kill))
    with open_engine(tmp_path / "index") as engine:
        assert len(dump(engine)) == 5
        summary = load_inputs(Given(items), engine)
        assert (summary.accepted, summary.duplicates, len(dump(engine))) == (7, 5, 12)


def test_a_reader_that_breaks_costs_what_follows_and_says_so(tmp_path: Path) -> None:
    class Broken(Given):
        def records(self) -> Iterator[Record]:
            yield Record.of(RawArticle("a:1", "Title", "Body"))
            raise RuntimeError("no such luck")

    rejects: list[Reject] = []
    with open_engine(tmp_path / "index", create=True) as engine:
        summary = load_inputs(Broken([]), engine, listeners=Listeners(on_reject=rejects.append))
    assert counted(summary) == {"read": 2, "accepted": 1, "updated": 0, "duplicates": 0, "rejected": 1}
    assert "no such luck" in rejects[0].reason


def test_files_are_loaded_with_defaults_notes_and_progress(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "title": "Quay to be widened", "text": "The quay.", "date": "9999-12-31"},
        {"id": "2", "title": "Ferry sails again", "text": "The ferry.", "category": "Port"},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n", encoding="utf-8")
    progress: list[Progress] = []
    notes: list[tuple[str, str]] = []
    listeners = Listeners(on_progress=progress.append, on_note=lambda *note: notes.append(note))
    with open_engine(tmp_path / "index", create=True) as engine:
        options = LoadOptions(Defaults(lang="en", section="News", source="Gazette"))
        summary = load([tmp_path / "a.jsonl"], engine, options, listeners)
        article = engine.article("1")
    assert counted(summary) == {"read": 3, "accepted": 2, "updated": 0, "duplicates": 0, "rejected": 1}
    assert summary.languages == {"en": 2}
    assert summary.sections == {"News": 1, "Port": 1}
    assert summary.noted == len(notes) == 1
    assert notes[0][0].endswith("a.jsonl:1")
    assert article is not None
    assert (article.source, article.published) == ("Gazette", None)
    size = (tmp_path / "a.jsonl").stat().st_size
    assert (progress[-1].read, progress[-1].bytes_read, progress[-1].total_bytes) == (3, size, size)


@pytest.mark.shared
def test_newswire_stories_of_1987_load_as_they_are(shared: Path, tmp_path: Path) -> None:
    with gzip.open(shared / "data" / "reuters.jsonl.gz", "rt", encoding="utf-8") as stories:
        lines = list(islice(stories, 400))
    (tmp_path / "a.jsonl").write_text("".join(lines), encoding="utf-8")
    notes: list[tuple[str, str]] = []
    with open_engine(tmp_path / "index", create=True) as engine:
        listeners = Listeners(on_note=lambda *note: notes.append(note))
        summary = load([tmp_path / "a.jsonl"], engine, LoadOptions(Defaults(lang="en")), listeners)
        reader = engine.reader()
        articles = [reader.article(doc) for doc in range(len(reader.ids()))]
        reader.close()
    assert (summary.read, summary.rejected) == (400, 0)
    assert not [note for note in notes if "title" not in note[1]]
    assert all(article.published and article.published.startswith("1987-") for article in articles)
    places = [article.place for article in articles if article.place]
    assert len(places) > 300
    assert not [place for place in places if any(character.isdigit() for character in place) or place.endswith("-")]
    told = max(articles, key=lambda article: len(article.body))
    assert max(map(len, told.body.split("\n"))) > 150, "hard-wrapped lines are joined"
