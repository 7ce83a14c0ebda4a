"""The postings of a segment against lists of Python's: what is staged as tokens is read list by list."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.columnar.postings import KINDS, PostingsPart, PostingsReader, PostingsWriter
from index.columnar.postings_kernels import (
    copy_lists,
    encode_lists,
    find_keys,
    measure_lists,
    sum_lists,
)
from tests.index.columnar.files import reopened
from tests.soak import seeds

DOCS = 400
Posting = tuple[int, list[int]]
"""A document, and the positions at which it holds the form."""


def random_positions(rng: random.Random) -> list[int]:
    count = rng.choice([1, 1, 2, 3, 253, 254, 255, 256, 600])
    step = rng.choice([1, 1, 2, 253, 254, 255, 256, 257, 70_000, 2**30 if count < 4 else 1])
    first = rng.choice([0, 1, 254, 255, 256, 70_000])
    return [first + number * step for number in range(count)]


def random_lists(rng: random.Random) -> list[list[Posting]]:
    lists = []
    for _ in range(rng.randint(0, 5)):
        docs = sorted(rng.sample(range(DOCS), rng.choice([0, 1, 2, 3, 63, 64, 65, 130])))
        lists.append([(doc, random_positions(rng) if rng.random() < 0.3 else [doc]) for doc in docs])
    return lists


def part_of(lists: Sequence[list[Posting]]) -> tuple[PostingsPart, list[int]]:
    """The lists encoded, and how many postings each has."""
    tokens = [(doc, place) for one in lists for doc, places in one for place in places]
    ends = np.cumsum([0, *(sum(len(places) for _, places in one) for one in lists)])
    total = len(tokens)
    docs, freqs = np.empty(total, np.uint32), np.empty(total, np.uint8)
    many_at, many = np.empty(total // 255 + 1, np.int64), np.empty(total // 255 + 1, np.uint32)
    encoded, lengths = np.empty(5 * total, np.uint8), np.empty(len(lists), np.int64)
    made, exceptions, size = encode_lists(
        np.array([doc for doc, _ in tokens], np.uint32),
        np.array([place for _, place in tokens], np.uint32),
        ends,
        docs,
        freqs,
        many_at,
        many,
        encoded,
        lengths,
    )
    part = PostingsPart(docs[:made], freqs[:made], many_at[:exceptions], many[:exceptions], encoded[:size])
    return part, lengths.tolist()


def postings_of(groups: Sequence[Sequence[list[Posting]]]) -> PostingsReader:
    """Postings written one group of lists after the other."""

    def write(writer: PostingsWriter) -> None:
        for lists in groups:
            writer.add(part_of(lists)[0])
        writer.close()

    files = reopened(KINDS, lambda opened: write(PostingsWriter(*(opened[kind] for kind in KINDS))))
    return PostingsReader(*(files[kind] for kind in KINDS))


def check_range(reader: PostingsReader, every: list[Posting], start: int, stop: int) -> None:
    wanted = every[start:stop]
    flat = [place for _, places in wanted for place in places]
    assert reader.docs(start, stop).tolist() == [doc for doc, _ in wanted]
    assert reader.freqs(start, stop).tolist() == [len(places) for _, places in wanted]
    freqs, found = reader.positions(start, stop)
    assert freqs.tolist() == [len(places) for _, places in wanted]
    assert found.tolist() == flat


@pytest.mark.parametrize("seed", seeds(40, 1_000))
def test_every_range_of_postings_is_read_as_it_was_written(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    groups = [random_lists(rng) for _ in range(rng.randint(0, 3))]
    reader = postings_of(groups)
    every = [posting for lists in groups for one in lists for posting in one]
    assert len(reader) == len(every)
    start = 0
    for lists in groups:
        for one in lists:
            check_range(reader, every, start, start + len(one))
            start += len(one)
    for _ in range(5):
        first = rng.randint(0, len(every))
        check_range(reader, every, first, rng.randint(first, len(every)))


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 127, 128, 129, 1_000])
@pytest.mark.parametrize("freq", [1, 254, 255, 256])
def test_lists_of_every_length_and_frequency_at_the_edges(count: int, freq: int) -> None:
    places = list(range(freq))
    every = [(doc, places) for doc in range(count)]
    reader = postings_of([[every]])
    for start in {0, min(1, count), max(0, count - 65), max(0, count - 1), count}:
        check_range(reader, every, start, count)
        check_range(reader, every, start, min(count, start + 64))


@pytest.mark.parametrize("seed", seeds(40, 1_000))
def test_lists_are_copied_without_what_is_deleted(seed: int) -> None:
    """Two sources into one: list i of both into list i, the second's documents behind those of the first."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    first, second = random_lists(rng), random_lists(rng)
    share = rng.choice([0.0, 0.5, 0.9, 1.0])
    alive = [[rng.random() < share for _ in range(DOCS)] for _ in range(2)]
    size = max(len(first), len(second))
    renumbered, counted = [], 0
    for one in alive:
        renumbered.append(np.where(one, counted + np.cumsum(one) - 1, -1).astype(np.int32))
        counted += sum(one)
    expected = [
        [
            (int(numbers[doc]), places)
            for source, numbers in zip((first, second), renumbered, strict=True)
            for doc, places in (source[at] if at < len(source) else [])
            if numbers[doc] >= 0
        ]
        for at in range(size)
    ]
    assert merged_parts([part_of(first), part_of(second)], renumbered, size) == encoded(*part_of(expected))


def merged_parts(
    parts: list[tuple[PostingsPart, list[int]]], renumbered: list[np.ndarray], size: int
) -> list[list[int]]:
    lengths, sizes = np.zeros(size, np.int64), np.zeros(size, np.int64)
    sources = [
        (part, np.array(counts, np.int64), numbers, np.arange(len(counts), dtype=np.int64))
        for (part, counts), numbers in zip(parts, renumbered, strict=True)
    ]
    for part, counts, numbers, targets in sources:
        read, _ = measure_lists(*part, counts, numbers, targets, lengths, sizes)
        assert read == len(part.positions)
    next_posting, next_byte = (np.array([0, *accumulate(found.tolist())], np.int64) for found in (lengths, sizes))
    total = int(next_posting[-1])
    docs, freqs, out = np.empty(total, np.uint32), np.empty(total, np.uint8), np.empty(int(next_byte[-1]), np.uint8)
    many: list[tuple[int, int]] = []
    for part, counts, numbers, targets in sources:
        at, values = np.empty(len(part.many), np.int64), np.empty(len(part.many), np.uint32)
        made = copy_lists(*part, counts, numbers, targets, next_posting, next_byte, docs, freqs, out, at, values)
        many += zip(at[:made].tolist(), values[:made].tolist(), strict=True)
    ordered = sorted(many)
    part = PostingsPart(
        docs,
        freqs,
        np.array([at for at, _ in ordered], np.int64),
        np.array([value for _, value in ordered], np.uint32),
        out,
    )
    return encoded(part, lengths.tolist())


def encoded(part: PostingsPart, lengths: list[int]) -> list[list[int]]:
    return [*(array.tolist() for array in part), lengths]


@pytest.mark.parametrize("seed", seeds(40, 1_000))
def test_lists_are_proved_and_their_words_counted(seed: int) -> None:
    print(f"seed {seed}")
    lists = random_lists(random.Random(seed))
    part, lengths = part_of(lists)
    words = np.zeros(2 * DOCS, np.int64)
    assert sum_lists(*part, np.array(lengths, np.int64), 0, DOCS, words) == len(part.positions)
    expected = np.zeros(2 * DOCS, np.int64)
    for number, one in enumerate(lists):
        for doc, places in one:
            expected[2 * doc + number % 2] += len(places)
    np.testing.assert_array_equal(words, expected)
    longest = max(range(len(lists)), key=lambda number: len(lists[number]), default=0)
    if lists and len(lists[longest]) > 1:
        start = sum(lengths[:longest])
        docs = part.docs.copy()
        docs[[start, start + 1]] = docs[[start + 1, start]]
        swapped = part._replace(docs=docs)
        assert sum_lists(*swapped, np.array(lengths, np.int64), 0, DOCS, words) == -1 - longest
        beyond = sum_lists(*part, np.array(lengths, np.int64), 0, lists[longest][-1][0], words)
        assert beyond < 0


wide = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 6), st.integers(2**64 - 6, 2**64 - 1))


@given(st.lists(wide, max_size=200), st.lists(wide, max_size=20), st.sampled_from([1, 2]))
@settings(max_examples=200, deadline=None)
def test_keys_are_found_wherever_they_lie(keys: list[int], others: list[int], width: int) -> None:
    order = sorted(range(len(keys)), key=lambda number: keys[number])
    ordered = [keys[number] for number in order]
    spread = np.zeros(width * len(keys), np.uint64)
    spread[::width] = np.array(keys, np.uint64)
    wanted = [*keys, *others]
    found = np.empty(len(wanted), np.int64)
    find_keys(spread, np.array(order, np.uint32), np.array(wanted, np.uint64), width, found)
    assert found.tolist() == [ordered.index(key) if key in keys else -1 for key in wanted]
