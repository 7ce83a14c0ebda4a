"""Stored articles against a list: packed with a dictionary or none, copied without what is deleted, read one by one."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from index.columnar.stored import ArticlePacker, Packed, StoredReader, StoredWriter, stretches, trained
from index.errors import IndexDamaged
from tests.index.columnar.files import reopened
from tests.soak import seeds

WORDS = "harbour quay ferry grain tug winter bridge council harvest river lamp market museum choir".split()


def articles(rng: random.Random, count: int) -> list[bytes]:
    """Some short, some empty, a few long."""
    sizes = rng.choices([0, 1, 10, 60, 3_000], [1, 4, 40, 40, 1], k=count)
    return [
        " ".join([str(number), *rng.choices(WORDS, k=size)]).encode() if size else b""
        for number, size in enumerate(sizes)
    ]


def stored(write: Callable[[StoredWriter], object]) -> StoredReader:
    def whole(writer: StoredWriter) -> None:
        write(writer)
        writer.close()

    return StoredReader(reopened(["stored"], lambda files: whole(StoredWriter(files["stored"])))["stored"])


def add_living(writer: StoredWriter, packed: Packed, alive: np.ndarray) -> None:
    """As a builder adds a batch: stretch by stretch."""
    for start, stop in stretches(alive):
        at = packed.at[start : stop + 1]
        writer.add(packed.data[int(at[0]) : int(at[-1])], at, packed.dictionary)


def read(reader: StoredReader) -> list[bytes]:
    return [reader.article(doc) for doc in range(len(reader))]


@pytest.mark.parametrize("seed", seeds(12, 300))
def test_articles_are_read_as_they_were_packed_and_again_when_copied(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    packer, held = ArticlePacker(), []
    share = rng.choice([0.0, 0.5, 0.95, 1.0])

    def write(writer: StoredWriter) -> None:
        nonlocal packer
        for _ in range(rng.randint(1, 6)):
            rows = articles(rng, rng.choice([0, 1, 63, 64, 65, 250, 600]))
            alive = np.array([rng.random() < share for _ in rows], np.bool_)
            add_living(writer, packer.pack(rows), alive)
            held.extend(row for row, lives in zip(rows, alive.tolist(), strict=True) if lives)
            if rng.random() < 0.3:
                packer = ArticlePacker()

    reader = stored(write)
    assert read(reader) == held
    alive = np.array([rng.random() < rng.choice([0.2, 0.9]) for _ in held], np.bool_)

    def copy(writer: StoredWriter) -> None:
        for one, kept in ((reader, alive), (reader, np.ones(len(held), np.bool_))):
            for data, at, dictionary in one.runs(kept):
                writer.add(data, at, dictionary)

    living = [row for row, lives in zip(held, alive.tolist(), strict=True) if lives]
    assert read(stored(copy)) == living + held


def test_long_runs_are_copied_in_pieces() -> None:
    rows = [f"{number}".encode() for number in range(10_000)]
    reader = stored(lambda writer: add_living(writer, ArticlePacker().pack(rows), np.ones(len(rows), np.bool_)))
    alive = np.ones(len(rows), np.bool_)
    alive[[0, 4_096, 5_000, 9_999]] = False
    pieces = list(reader.runs(alive))
    assert max(len(at) for _, at, _ in pieces) <= 4_097

    def copy(writer: StoredWriter) -> None:
        for piece in pieces:
            writer.add(*piece)

    assert read(stored(copy)) == [row for row, lives in zip(rows, alive.tolist(), strict=True) if lives]


def test_dictionaries_are_kept_once_and_known_to_be_there() -> None:
    rng = random.Random(1)
    rows = [" ".join(rng.choices(WORDS, k=60)).encode() for _ in range(400)]
    dictionary = trained(rows)
    assert dictionary
    assert not trained(rows[:20]), "too few make none that pays"
    plain, packer = ArticlePacker(), ArticlePacker()
    packer.pack(rows)
    first, second = plain.pack(rows[:5]), packer.pack(rows[5:10])
    assert not first.dictionary
    assert second.dictionary

    def write(writer: StoredWriter) -> None:
        for packed in (first, second, first, second, second):
            writer.add(packed.data, packed.at, packed.dictionary)

    reader = stored(write)
    assert reader.has_dictionaries
    assert read(reader) == [*rows[:10], *rows[:10], *rows[5:10]]
    assert [len(at) - 1 for _, at, _ in reader.runs(np.ones(25, np.bool_))] == [5, 5, 5, 10]
    assert not stored(lambda writer: writer.add(first.data, first.at, first.dictionary)).has_dictionaries


def test_a_dictionary_makes_short_articles_smaller() -> None:
    rng = random.Random(2)
    rows = [
        ("the same beginning of every article " * 3 + " ".join(rng.choices(WORDS, k=20))).encode() for _ in range(400)
    ]
    packer = ArticlePacker()
    before = packer.pack(rows[:60])
    packer.pack(rows[60:])
    behind = packer.pack(rows[:60])
    assert len(behind.data) < 0.7 * len(before.data)


def test_an_article_that_does_not_unpack_is_damage() -> None:
    packed = ArticlePacker().pack([b"one", b"two"])
    broken = packed.data[:-1] + bytes([packed.data[-1] ^ 1]) + b"?"
    reader = stored(lambda writer: writer.add(broken[4:], packed.at - packed.at[0], b""))
    with pytest.raises(IndexDamaged, match="article 0 can't be unpacked"):
        reader.article(0)
