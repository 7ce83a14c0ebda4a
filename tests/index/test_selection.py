"""Choosing articles, against a plain loop; and the commands that care for an index, run as people run them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index import open_engine
from index.article import Article, RawArticle
from index.dates import span_of
from index.engine import Engine
from index.normalize import Normalizer
from index.selection import Selection, select

ROOT = Path(__file__).resolve().parents[2]
DATES = [None, "2025", "2025-06", "2025-06-30", "2025-07-01T00:30+01:00", "2026-01-01", "2026-02-05T12:38"]


def articles(count: int) -> list[Article]:
    source = random.Random(5)
    raws = [
        RawArticle(
            "x",
            f"Title {number}",
            f"Body {number}",
            id=f"n{number}",
            url=f"https://example.org/{number}" if number % 2 else None,
            published=source.choice(DATES),
            lang=source.choice(["de", "en", "ru"]),
            section=source.choice([None, "Port", "Town"]),
            source=source.choice([None, "Bote", "Gazette"]),
        )
        for number in range(count)
    ]
    return [article for article in Normalizer().normalize(raws) if isinstance(article, Article)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(tmp_path_factory.mktemp("ix") / "ix", create=True) as engine:
        engine.add(articles(60))
        engine.commit()
        engine.delete(["n3", "n4"])
        engine.commit()
        yield engine


def loop(selection: Selection) -> list[str]:
    """What ``selection`` means, article by article."""
    found = []
    for article in articles(60):
        if article.id in ("n3", "n4"):
            continue
        kinds = (
            (selection.ids, article.id),
            (selection.urls, article.url),
            (selection.sources, article.source),
            (selection.sections, article.section),
            (selection.langs, article.lang),
        )
        if any(values and value not in values for values, value in kinds):
            continue
        first, last = selection.date_from, selection.date_to
        if (first or last) and article.published is None:
            continue
        moment = span_of(article.published).first if article.published else 0
        if first and moment < span_of(first).first:
            continue
        if last and moment > span_of(last).last:
            continue
        found.append(article.id)
    return found


@pytest.mark.parametrize(
    "selection",
    [
        Selection(ids=("n1", "n3", "n7", "nobody")),
        Selection(urls=("https://example.org/5", "HTTPS://EXAMPLE.org/7#x", "https://example.org/none")),
        Selection(sources=("Bote",)),
        Selection(sources=("Bote", "Gazette"), sections=("Port",), langs=("de", "ru")),
        Selection(langs=("xx",)),
        Selection(date_from="2025-06"),
        Selection(date_to="2025-06-30"),
        Selection(date_from="2025-06", date_to="2025-06"),
        Selection(date_to="2024", langs=("de",)),
    ],
)
def test_a_selection_means_what_a_loop_over_all_articles_finds(selection: Selection, engine: Engine) -> None:
    wanted = Selection(**{**{name: getattr(selection, name) for name in Selection.__slots__},
                          "urls": tuple(url.lower().partition("#")[0] for url in selection.urls)})  # fmt: skip
    reader = engine.reader()
    assert select(reader, selection) == loop(wanted)
    reader.close()


def test_nothing_given_selects_nothing(engine: Engine) -> None:
    reader = engine.reader()
    assert select(reader, Selection()) == []
    reader.close()


def care(*arguments: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "index", *map(str, arguments)]
    return subprocess.run(
        line, capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=60, check=False
    )


@pytest.fixture
def index(tmp_path: Path) -> Path:
    with open_engine(tmp_path / "ix", create=True) as engine:
        engine.add(articles(12))
        engine.commit()
    return tmp_path / "ix"


def test_check_and_stats_say_what_an_index_holds(index: Path) -> None:
    assert care("check", index).stdout == f"{index}: whole, 12 articles\n"
    assert json.loads(care("check", index, "--json").stdout) == {"whole": True, "problems": []}
    stats = json.loads(care("stats", index, "--json").stdout)
    assert stats["articles"] == 12
    assert sum(stats["languages"].values()) == 12
    assert care("stats", index).stdout.startswith("12 articles")


def test_what_a_query_finds_can_be_deleted(index: Path) -> None:
    search = [sys.executable, "-m", "search", "--index", str(index), "--ids"]
    found = subprocess.run([*search, '"body 7" OR "title 3"'], capture_output=True, text=True, cwd=ROOT, check=True)
    assert sorted(found.stdout.split()) == ["n3", "n7"]
    line = [sys.executable, "-m", "index", "delete", str(index), "--ids", "-", "--yes"]
    done = subprocess.run(line, input=found.stdout, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout == "articles deleted: 2\n"
    assert subprocess.run([*search, "body"], capture_output=True, text=True, cwd=ROOT).stdout.count("\n") == 10
    nothing = subprocess.run(line, input="", capture_output=True, text=True, cwd=ROOT, check=False)
    assert nothing.returncode == 2
    assert "list of ids is empty" in nothing.stderr


def test_a_damaged_index_is_told_with_status_1(index: Path) -> None:
    (stored,) = index.glob("*.stored")
    data = bytearray(stored.read_bytes())
    data[len(data) // 3] ^= 1
    stored.write_bytes(bytes(data))
    done = care("check", index)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    repaired = care("repair", index, "--json")
    assert repaired.returncode == 1
    assert json.loads(repaired.stdout)["problems"]
    assert care("check", index).returncode == 0


def test_repair_and_stats_say_that_the_newest_commit_is_lost(index: Path) -> None:
    (index / "manifest-99.json").write_bytes(b"")
    assert "manifest-99.json" in care("stats", index).stderr
    repaired = care("repair", index)
    assert repaired.returncode == 1
    assert "the newest commit added or deleted" in repaired.stderr
    assert care("stats", index).stderr == ""


def test_a_file_that_is_missing_in_both_generations_is_mended_too(index: Path) -> None:
    care("delete", index, "--id", "n1", "--yes")
    (lexicon,) = index.glob("*.lexicon")
    lexicon.unlink()
    assert care("stats", index).returncode == 1
    assert care("check", index).stdout.count("is missing") == 1
    assert care("repair", index).stderr.endswith("index: repaired; no article is lost\n")
    assert care("check", index).stdout == f"{index}: whole, 11 articles\n"


def test_delete_asks_for_yes_and_takes_out_what_was_named(index: Path) -> None:
    refused = care("delete", index, "--id", "n1")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    planned = care("delete", index, "--id", "n1", "--id", "nobody", "--dry-run", "--json")
    assert json.loads(planned.stdout) == {"selected": ["n1"], "deleted": 0}
    assert care("delete", index, "--id", "n1", "--yes").stdout == "articles deleted: 1\n"
    assert care("delete", index, "--id", "n1", "--yes").stdout == "articles deleted: 0\n"
    assert json.loads(care("stats", index, "--json").stdout)["articles"] == 11


def test_a_purge_that_was_not_finished_is_finished_by_the_same_command(index: Path) -> None:
    with open_engine(index) as engine:
        assert engine.add([replace(articles(1)[0], id="secret", title="Wyvernhollow", digest="0" * 32)]) == ["added"]
        engine.commit()
        engine.delete(["secret"])  # as far as it came
        engine.commit()
    left = b"".join(file.read_bytes() for file in index.iterdir())
    assert b"yvernhollow" in left
    purged = care("delete", index, "--id", "secret", "--purge", "--yes")
    assert purged.stdout.startswith("articles deleted: 0; nothing")
    left = b"".join(file.read_bytes() for file in index.iterdir())
    assert b"yvernhollow" not in left
    generation = json.loads(care("stats", index, "--json").stdout)["generation"]
    care("delete", index, "--id", "secret", "--purge", "--yes")
    assert json.loads(care("stats", index, "--json").stdout)["generation"] == generation, "there was nothing to do"


def test_ids_that_would_be_deleted_can_be_given_on(index: Path) -> None:
    planned = care("delete", index, "--source", "Bote", "--dry-run")
    assert planned.stdout.split()
    assert set(planned.stdout.split()) <= {f"n{number}" for number in range(12)}
    line = f"{sys.executable} -m index delete {index} --from 1900 --dry-run | true"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, cwd=ROOT, check=False)
    assert "Traceback" not in done.stderr


def test_deleting_by_hand_leaves_the_note_of_an_interrupted_load(index: Path) -> None:
    with open_engine(index) as engine:
        engine.delete(["n0"])
        engine.commit({"at": 1})
    care("delete", index, "--id", "n1", "--yes")
    with open_engine(index) as engine:
        assert engine.checkpoint() == {"at": 1}


def test_merge_keeps_all_that_is_alive(index: Path) -> None:
    care("delete", index, "--id", "n1", "--yes")
    assert care("merge", index).returncode == 0
    assert care("check", index).stdout == f"{index}: whole, 11 articles\n"


def test_what_cannot_be_done_is_said_with_status_2(index: Path, tmp_path: Path) -> None:
    for arguments, words in (
        (["check", tmp_path / "none"], "no index here"),
        (["delete", index, "--yes"], "say which articles"),
        (["delete", index, "--from", "soon"], "no ISO 8601 date"),
        (["explode", index], "invalid choice"),
    ):
        done = care(*arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
