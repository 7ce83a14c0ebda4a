"""Merging: the segment that a merge makes is, number by number, the one that is built at once of what lives."""

from __future__ import annotations

import math
import pickle
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from index.analysis.vocabulary import Vocabulary
from index.article import Article
from index.columnar import builder, merge
from index.columnar.atomic import Folder
from index.columnar.batch import Analyser
from index.columnar.engine import ColumnarEngine
from index.columnar.manifest import newest
from index.columnar.merge import FACTOR, SMALLEST, due
from index.columnar.segment import Segment
from index.columnar.writer import Writer
from tests.archive import article, handed_over
from tests.oracle.articles import random_article
from tests.soak import seeds

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

SAME_FILES = ("lexicon", "docs", "freqs", "positions", "columns")
"""Those that hold nothing but what the articles say; dictionaries of stored ones depend on how they came in."""


def many_words(rng: random.Random, lang: str) -> Article:
    """An article with forms that stand in it 254, 255, 256 times and far apart, and rare ones."""
    common = [rng.choice(["tide", "ebbe", "прилив"])] * rng.choice([1, 254, 255, 256, 300])
    rare = [f"w{rng.randint(0, 3_000)}" for _ in range(rng.randint(0, 60))]
    body = [*rare, "x", *["y"] * rng.choice([0, 253, 254, 255, 256, 700]), *common, "x"]
    return article(" ".join(rare[:3]), " ".join(body), lang)


def random_rows(rng: random.Random, count: int) -> list[Article]:
    rows = [
        random_article(rng) if rng.random() < 0.8 else many_words(rng, rng.choice(["en", "tlh"])) for _ in range(count)
    ]
    return list({row.digest: row for row in rows}.values())


def contents(segment: Segment) -> dict[str, object]:
    """Every number of a segment, and its stored articles."""
    found: dict[str, object] = {"articles": [segment.stored.article(doc) for doc in range(len(segment))]}
    for kind in SAME_FILES:
        file = segment.files[kind]
        for name in file.names():
            found[f"{kind} {name}"] = file.section(name).all().tolist()
    return found


def built(path: Path, rows: list[Article]) -> dict[str, object]:
    """The segment of these articles, made at once."""
    with ColumnarEngine.open(path, create=True) as engine:
        engine.add(rows)
        engine.commit()
        assert engine.check() == []
        (live,) = engine.reader().live
        return contents(live.segment)


@pytest.mark.parametrize("purged", [False, True])
@pytest.mark.parametrize("seed", seeds(8, 300))
def test_a_merged_segment_is_the_one_that_would_have_been_built(
    seed: int, purged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    rows = random_rows(rng, rng.choice([3, 40, 120]))
    share = rng.choice([0.0, 0.3, 0.9])
    gone = {row.id for row in rows[1:] if rng.random() < share}
    expected = built(tmp_path / "whole", [row for row in rows if row.id not in gone])
    monkeypatch.setattr(merge, "SLICE_FORMS", rng.choice([16, 64, 65_536]))
    monkeypatch.setattr(merge, "SLICE_POSTINGS", rng.choice([1, 100, 1_000_000]))
    monkeypatch.setattr(builder, "SLICE_TOKENS", rng.choice([1, 50, 4_000_000]))
    cuts = sorted(rng.sample(range(1, len(rows)), min(len(rows) - 1, rng.randint(0, 5))))
    with ColumnarEngine.open(tmp_path / "parts", create=True) as engine:
        for first, last in pairwise([0, *cuts, len(rows)]):
            engine.add(rows[first:last])
            engine.commit()
        if purged:
            assert engine.purge(gone) == len(gone)
        else:
            assert engine.delete(gone) == len(gone)
            engine.commit()
        engine.merge()
        assert engine.check() == []
        (live,) = engine.reader().live
        found = contents(live.segment)
    assert found.keys() == expected.keys()
    for name in expected:
        assert found[name] == expected[name], name


@pytest.mark.parametrize("seed", seeds(4, 100))
def test_articles_analysed_elsewhere_make_the_same_segment(seed: int, tmp_path: Path) -> None:
    """Batches of several analysers, each with a vocabulary of its own, handed over as other processes do it."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    rows = random_rows(rng, 60)
    kept: list[Article] = []
    analysers = [Analyser() for _ in range(3)]
    with ColumnarEngine.open(tmp_path / "index", create=True, memory=rng.choice([1, 50_000, 1 << 28])) as engine:
        for first in range(0, len(rows), 7):
            analyser = rng.choice(analysers)
            batch = handed_over(analyser.analyse(rows[first : first + 7]))
            chosen = np.array([rng.random() < 0.8 for _ in range(len(batch))], np.bool_)
            kept += [row for row, one in zip(rows[first : first + 7], chosen.tolist(), strict=True) if one]
            sent = pickle.loads(pickle.dumps(batch.only(chosen)))
            assert engine.add_batch(sent) == ["added"] * int(chosen.sum())
        engine.commit()
        engine.merge()
        assert engine.check() == []
        (live,) = engine.reader().live
        assert contents(live.segment) == built(tmp_path / "whole", kept)


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_a_vocabulary_that_is_full_is_made_anew(seed: int, tmp_path: Path) -> None:
    """A writer whose vocabulary takes only a few forms flushes a segment and forgets them."""
    print(f"seed {seed}")
    rows = random_rows(random.Random(seed), 60)
    folder = Folder(tmp_path / "index")
    with ColumnarEngine.open(folder, create=True) as engine:
        manifest = newest(folder)
        writer = Writer(folder, manifest, [], 1 << 28, Analyser(Vocabulary(most_forms=40)))
        for first in range(0, len(rows), 5):
            writer.add(writer.analyser.analyse(rows[first : first + 5]))
        writer.commit()
        engine.merge()
        assert engine.check() == []
        (live,) = engine.reader().live
        assert contents(live.segment) == built(tmp_path / "whole", rows)


@pytest.mark.parametrize("seed", seeds(20, 500))
def test_segments_stay_few_and_articles_are_rewritten_seldom(seed: int) -> None:
    """The policy on its own, over commits of any size with deletions."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    usual = rng.choice([1, 300, 5_000, 100_000])
    share = rng.choice([0.0, 0.05])
    segments: list[tuple[int, int]] = []
    added = rewritten = 0
    for _ in range(400):
        count = rng.randint(1, 2 * usual)
        added += count
        segments = [(size, live - int(live * share * rng.random())) for size, live in segments]
        segments.append((count, count))
        while chosen := due([size for size, _ in segments], [live for _, live in segments]):
            living = sum(segments[at][1] for at in chosen)
            rewritten += living
            segments = [one for at, one in enumerate(segments) if at not in chosen] + [(living, living)] * (living > 0)
        classes = 1 + max(0, math.ceil(math.log(max(1, added / SMALLEST), FACTOR)))
        assert len(segments) < FACTOR * (classes + 1)
    slow = SMALLEST / usual  # small segments are merged with what they were merged to before
    assert rewritten <= added * (classes + 2 + (slow if usual < SMALLEST else 0) + 40 * share)


def test_nothing_is_due_where_all_is_well_and_what_is_sparse_goes_alone() -> None:
    assert due([], []) == []
    assert due([100] * 7, [100] * 7) == []
    assert due([100] * 8, [100] * 8) == list(range(8))
    assert due([5_000, 100], [2_500, 100]) == []
    assert due([5_000, 100], [2_499, 100]) == [0]
    assert due([100, 50_000], [0, 50_000]) == [0]
