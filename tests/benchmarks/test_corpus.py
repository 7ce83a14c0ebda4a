from __future__ import annotations

from itertools import islice
from pathlib import Path

import orjson
import pytest

from benchmarks.corpus import BLOCK, articles, write
from benchmarks.recombining import MOST_SENTENCES, Recombiner
from benchmarks.texts import Pool, Text, invented

np = pytest.importorskip("numpy")
POOLS = [Pool(pool.lang, pool.texts[:100]) for pool in invented()]


def test_a_smaller_corpus_is_the_beginning_of_a_larger_one(tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    write(few, 300, declared=True, found=POOLS)
    write(many, BLOCK + 300, declared=True, found=POOLS)
    assert many.read_bytes().startswith(few.read_bytes())


def test_the_language_is_told_only_where_it_is_declared(tmp_path: Path) -> None:
    told, untold = tmp_path / "told", tmp_path / "untold"
    write(told, 300, declared=True, found=POOLS)
    write(untold, 300, declared=False, found=POOLS)
    with_lang, without = (list(map(orjson.loads, path.read_bytes().splitlines())) for path in (told, untold))
    assert {row.pop("lang") for row in with_lang} == {pool.lang for pool in POOLS}
    assert with_lang == without


def test_every_text_is_taken_once_before_new_ones_are_made_and_no_text_comes_twice() -> None:
    made = [one.text for one in islice(articles(found=POOLS), 3_000)]
    assert {text for pool in POOLS if pool.lang != "en" for text in pool.texts} <= set(made)
    assert len(set(made)) == len(made)
    assert all(text.title and text.body for text in made)


def test_another_seed_gives_other_articles() -> None:
    first, second = (list(islice(articles(seed, POOLS), 50)) for seed in (1, 2))
    assert first != second


def test_signs_that_mean_something_to_a_format_stay_what_they_are() -> None:
    pool = Pool("en", (Text("50% of %s", "Taken 100%. Given %d back: 5%%.\nThe rest stays."),) * 5)
    for text in Recombiner(pool).texts(np.random.default_rng(1), 20):
        assert text.title == "50% of %s"
        assert set(text.body.replace("\n", " ").replace(". ", ".|").split("|")) <= {
            "Taken 100%.",
            "Given %d back: 5%%.",
            "The rest stays.",
        }


def test_the_vocabulary_goes_on_growing() -> None:
    seen: set[str] = set()
    sizes = []
    for number, text in enumerate(Recombiner(POOLS[0]).texts(np.random.default_rng(1), 8_000), 1):
        assert text.body.count(".") <= MOST_SENTENCES
        seen.update(text.body.casefold().replace(".", "").split())
        if number in (2_000, 4_000, 8_000):
            sizes.append(len(seen))
    assert 1.2 < sizes[1] / sizes[0] < 1.8
    assert 1.2 < sizes[2] / sizes[1] < 1.8
