"""Phrases and nearness against looking at every position of every document."""

from __future__ import annotations

import os
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest

from index.analysis import chain_for
from index.columnar.arrays import B1, F4, I4, I8, U1, U4
from index.columnar.block_kernels import SHIFT, Checked
from index.columnar.engine import ColumnarEngine
from index.columnar.postings_kernels import MANY, STRIDE
from index.engine import AskedWord, EngineReader, FormLists, SegmentArrays
from index.errors import IndexDamaged
from search.kernels.position_table import PositionTable
from search.lifts import Words, lifts
from search.positions import Phrases, phrases
from tests.archive import article
from tests.soak import seeds

Places = Mapping[int, Sequence[int]]
"""Of each document that holds a form: where, ascending."""


@dataclass(frozen=True)
class Step:
    """One place of a phrase: the posting lists, of one field, of the forms that may stand there."""

    at: int
    starts: I8
    lengths: I8
    weights: F4


@dataclass(eq=False)
class PlainSegment:
    """What of a segment is needed here, made of the places of each form."""

    lists: Sequence[Places]
    alive: B1
    docs: U4 = field(init=False)
    freqs: U1 = field(init=False)
    many_at: I8 = field(init=False)
    many: U4 = field(init=False)
    positions: U1 = field(init=False)
    strides: I8 = field(init=False)

    def __post_init__(self) -> None:
        docs, freqs, many, data, marks = [], [], {}, bytearray(), []
        for one in self.lists:
            for doc, places in sorted(one.items()):
                if len(docs) % STRIDE == 0:
                    marks.append(len(data))
                if len(places) >= MANY:
                    many[len(docs)] = len(places)
                docs.append(doc)
                freqs.append(min(len(places), MANY))
                for before, place in zip([0, *places], places, strict=False):
                    distance = place - before
                    data += bytes([distance]) if distance < MANY else bytes([MANY]) + distance.to_bytes(4, "little")
        self.docs, self.freqs = np.array(docs, np.uint32), np.array(freqs, np.uint8)
        self.many_at, self.many = np.array([*many], np.int64), np.array([*many.values()], np.uint32)
        self.positions, self.strides = np.frombuffer(bytes(data), np.uint8), np.array([*marks, len(data)], np.int64)
        self.base, self.count, self.living = 0, len(self.alive), int(self.alive.sum())
        self.entries = np.zeros((self.count, 8), np.uint32)
        self.checked = [Checked(np.zeros((data.nbytes >> SHIFT) + 1, np.bool_), 0) for data in self.read()]
        ends = np.cumsum([0, *(len(one) for one in self.lists)])
        self.starts, self.lengths = ends[:-1].astype(np.int64), np.diff(ends).astype(np.int64)

    def step(self, at: int, forms: Mapping[int, float]) -> Step:
        """A step of these lists, each with its weight."""
        numbers = np.array([*forms], np.int64)
        return Step(at, self.starts[numbers], self.lengths[numbers], np.array([*forms.values()], np.float32))

    def read(self) -> tuple[U4, U1, U1, I8]:
        return self.docs, self.freqs, self.positions, self.strides

    @property
    def checked_postings(self) -> tuple[Checked, Checked]:
        return self.checked[0], self.checked[1]

    @property
    def checked_positions(self) -> tuple[Checked, Checked]:
        return self.checked[2], self.checked[3]

    def global_codes(self, name: str) -> I4:
        return np.arange(3, dtype=np.int32)

    def ensure_postings(self, starts: I8, stops: I8) -> None:
        assert ((starts >= 0) & (starts <= stops) & (stops <= len(self.docs))).all()
        self.checked[0].verified[:] = self.checked[1].verified[:] = True

    def ensure_positions(self, starts: I8, stops: I8) -> None:
        assert ((starts >= 0) & (starts <= stops) & (stops <= len(self.docs))).all()
        self.checked[2].verified[:] = self.checked[3].verified[:] = True

    def damaged(self, what: str) -> IndexDamaged:
        return IndexDamaged(what)


def table_of(*segments: PlainSegment | SegmentArrays) -> PositionTable:
    return PositionTable(segments, lambda: ["und"])  # type: ignore[arg-type]


def asked_for(
    count: int, phrase_segments: Sequence[int], asked: Sequence[Sequence[Step]], slops: Sequence[int]
) -> Phrases:
    """Some phrases, as they are asked for in segments of ``count`` documents."""
    steps = [step for one in asked for step in one]
    lengths = np.concatenate([np.empty(0, np.int64), *(step.lengths for step in steps)])
    return Phrases(
        segments=np.array(phrase_segments, np.int64),
        phrase_steps=np.cumsum([0, *map(len, asked)], dtype=np.int64),
        slops=np.array(slops, np.int64),
        steps_at=np.array([step.at for step in steps], np.int64),
        step_lists=np.cumsum([0, *(len(step.starts) for step in steps)], dtype=np.int64),
        starts=np.concatenate([np.empty(0, np.int64), *(step.starts for step in steps)]),
        lengths=lengths,
        weights=np.concatenate([np.empty(0, np.float32), *(step.weights for step in steps)]),
        most=min(int(lengths.sum()), len(asked) * count),
    )


def phrase(segment: PlainSegment | SegmentArrays, steps: Sequence[Step], slop: int) -> tuple[U4, F4]:
    docs, counts, _ = phrases(table_of(segment), asked_for(segment.count, [0], [steps], [slop]))
    return docs, counts


def nearness(segment: PlainSegment, docs: U4, leaves: I4, starts: I8, lengths: I8, count: int) -> F4:
    """How near the words stand together whose forms have these lists, of bodies."""
    none, rows = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int32)
    weights, data = np.ones(len(starts), np.float32), np.empty(0, np.uint8)
    at = np.zeros(len(starts) + 1, np.int64)
    lists = FormLists(leaves, rows, weights, starts, none, lengths, none, lengths, data, at, frozenset())
    words = Words(("und",), lists, leaves, np.ones(count, np.bool_), np.tile([False, True], count))
    return lifts(table_of(segment), words, docs.astype(np.int64)).near


Asked = Sequence[tuple[int, Mapping[int, float]]]
"""Steps: where each stands, and the lists that may stand there with their weights."""


def standing(lists: Sequence[Places], alive: B1, steps: Asked, slop: int) -> dict[int, float]:
    """How often the steps stand in order in each document, the last at most ``slop`` farther than side by side."""
    found = {}
    for doc in np.flatnonzero(alive).tolist():
        places: list[dict[int, float]] = []
        for _, forms in steps:
            places.append({})
            for form, weight in forms.items():
                for place in lists[form].get(doc, ()):
                    places[-1][place] = max(weight, places[-1].get(place, 0.0))
        total = sum(occurrences(places, [at for at, _ in steps], slop))
        if total:
            found[doc] = total
    return found


def occurrences(places: Sequence[Mapping[int, float]], steps: Sequence[int], slop: int) -> Iterator[float]:
    """The weight of each occurrence: of each first place, the next places that go on with it."""
    ordered = [sorted(place) for place in places]
    for start in ordered[0]:
        at, weight = start, places[0][start]
        for step in range(1, len(steps)):
            least = at + steps[step] - steps[step - 1]
            following = bisect_left(ordered[step], least)
            if following == len(ordered[step]) or (not slop and ordered[step][following] != least):
                break
            at = ordered[step][following]
            weight = min(weight, places[step][at])
        else:
            if at - start <= steps[-1] - steps[0] + slop:
                yield weight


def random_places(rng: Random, most: int) -> list[int]:
    """Ascending places; some far, so that they are written with escapes, and seldom very many."""
    count = rng.choice((1, 1, 1, 2, 3, 5, 9, 30, rng.randint(250, 520) if rng.random() < 0.2 else 4))
    steps = (1, 1, 2, 3, 254, 255, 256, 70_000) if rng.random() < 0.3 else (1, 1, 1, 2, 3, 4)
    at, places = rng.randint(0, most) - 1, []
    for _ in range(count):
        at += rng.choice(steps)
        places.append(max(at, 0))
    return sorted(set(places))


def random_segment(rng: Random) -> PlainSegment:
    count = rng.choice((1, 2, 10, 60, 300))
    forms = rng.randint(2, 9)
    lists = []
    for _ in range(forms):
        share = rng.choice((0.0, 0.05, 0.3, 0.8, 1.0))
        holding = [doc for doc in range(count) if rng.random() < share]
        lists.append({doc: random_places(rng, 6) for doc in holding})
    return PlainSegment(lists, np.array([rng.random() < 0.9 for _ in range(count)]))


def random_steps(rng: Random, forms: int) -> list[tuple[int, dict[int, float]]]:
    at, steps = rng.choice((0, 0, 3)), []
    for _ in range(rng.choice((1, 2, 2, 3, 5, 9))):
        names = rng.sample(range(forms), rng.randint(1, min(4, forms)))
        steps.append((at, {form: rng.choice((1.0, 0.9, 0.8)) for form in names}))
        at += rng.choice((0, 1, 1, 1, 2, 3))
    return steps


@pytest.mark.parametrize("seed", seeds(40, 600))
def test_phrases_are_what_brute_force_finds(seed: int) -> None:
    print(f"seed {seed}")
    rng = Random(seed)
    segment = random_segment(rng)
    for _ in range(12):
        steps = random_steps(rng, len(segment.lists))
        slop = rng.choice((0, 0, 1, 2, 7, 400))
        expected = standing(segment.lists, segment.alive, steps, slop)
        docs, counts = phrase(segment, [segment.step(*step) for step in steps], slop)
        assert docs.tolist() == [*expected], (steps, slop)
        assert counts.tolist() == pytest.approx([*expected.values()], rel=1e-6), (steps, slop)
        assert docs.dtype == np.uint32
        assert counts.dtype == np.float32


@pytest.mark.parametrize("seed", seeds(5, 50))
def test_many_phrases_at_once_are_each_alone(seed: int) -> None:
    print(f"seed {seed}")
    rng = Random(seed)
    segment = random_segment(rng)
    other = PlainSegment(segment.lists, np.array([rng.random() < 0.5 for _ in range(segment.count)]))
    asked = [random_steps(rng, len(segment.lists)) for _ in range(7)]
    asked.insert(3, [])
    slops = [rng.choice((0, 3)) for _ in asked]
    steps = [[segment.step(*step) for step in one] for one in asked]
    table, here = table_of(segment, other, segment), [rng.choice((0, 1, 2)) for _ in asked]
    docs, counts, ends = phrases(table, asked_for(300, here, steps, slops))
    for number, (one, slop) in enumerate(zip(asked, slops, strict=True)):
        alone = phrase(other if here[number] == 1 else segment, [segment.step(*step) for step in one], slop)
        found = slice(ends[number], ends[number + 1])
        assert docs[found].tolist() == alone[0].tolist()
        assert counts[found].tolist() == alone[1].tolist()


def test_more_documents_than_are_looked_at_at_a_time() -> None:
    """Windows of candidates, spans of a union, and more positions than there is room for at once."""
    rng = Random(7)
    count = 600_000
    often = {doc: [0, 5, 9] if doc % 7 == 0 else [1] for doc in range(0, count, 2)}
    lists = [often, {doc: [2] for doc in range(0, count, 3)}, {doc: [6, 300] for doc in range(1, count, 11)}]
    segment = PlainSegment(lists, np.array([rng.random() < 0.9 for _ in range(count)]))
    for steps, slop in product(
        ([(0, {0: 1.0}), (1, {1: 0.9, 2: 0.8})], [(0, {0: 1.0, 2: 0.9}), (1, {2: 0.8})]), (0, 4)
    ):
        expected = standing(lists, segment.alive, steps, slop)
        docs, counts = phrase(segment, [segment.step(*step) for step in steps], slop)
        assert docs.tolist() == [*expected]
        assert counts.tolist() == pytest.approx([*expected.values()])


def test_a_word_said_again_and_again() -> None:
    """A document longer than the scratch, and a phrase of one word 256 times."""
    lists = [{0: [*range(40_000)], 1: [*range(255)], 2: [*range(256)]}, {0: [*range(0, 40_000, 2)]}]
    segment = PlainSegment(lists, np.ones(3, np.bool_))
    docs, counts = phrase(segment, [segment.step(at, {0: 1.0}) for at in range(256)], 0)
    assert (docs.tolist(), counts.tolist()) == ([0, 2], [40_000 - 255, 1])
    docs, counts = phrase(segment, [segment.step(0, {1: 0.9, 0: 0.8}), segment.step(1, {1: 1.0})], 3)
    assert (docs.tolist(), counts.tolist()) == ([0], [pytest.approx(19_999 * 0.9 + 19_999 * 0.8, rel=1e-6)])


def nearness_of(lists: Sequence[Places], leaves: Sequence[Sequence[int]], doc: int) -> float:
    """By looking at every choice of one place of each leaf."""
    places = [{place for form in leaf for place in lists[form].get(doc, ())} for leaf in leaves]
    present = [one for one in places if one]
    if len(present) < 2:
        return 0.0
    span = max(len(present), min(max(chosen) - min(chosen) + 1 for chosen in product(*present)))
    return (len(present) - 1) / (span - 1) * (len(present) - 1) / (len(leaves) - 1)


@pytest.mark.parametrize("seed", seeds(30, 400))
def test_nearness_is_that_of_the_shortest_stretch(seed: int) -> None:
    print(f"seed {seed}")
    rng = Random(seed)
    count = rng.choice((3, 40, 200))
    lists = [
        {
            doc: sorted(rng.sample(range(rng.choice((9, 700))), rng.randint(1, 5)))
            for doc in range(count)
            if rng.random() < 0.7
        }
        for _ in range(6)
    ]
    segment = PlainSegment(lists, np.ones(count, np.bool_))
    leaves = [rng.sample(range(6), rng.randint(1, 2)) for _ in range(rng.randint(2, 4))]
    docs = rng.sample(range(count), min(count, 30))
    numbers = [form for leaf in leaves for form in leaf]
    owners = np.array([number for number, leaf in enumerate(leaves) for _ in leaf], np.int32)
    near = nearness(
        segment, np.array(docs, np.uint32), owners, segment.starts[numbers], segment.lengths[numbers], len(leaves)
    )
    assert near.tolist() == pytest.approx([nearness_of(lists, leaves, doc) for doc in docs], rel=1e-6)


@pytest.mark.parametrize("seed", seeds(10, 200))
def test_documents_of_several_segments_and_languages_are_looked_at_together(seed: int) -> None:
    """In titles and bodies, in any order; a word of another language is none."""
    print(f"seed {seed}")
    rng = Random(seed)
    langs, count, leaves = ("de", "en"), 30, rng.randint(2, 3)
    segments = [
        PlainSegment(
            [
                {d: sorted(rng.sample(range(300), rng.randint(1, 5))) for d in range(count) if rng.random() < 0.5}
                for _ in range(4 * leaves)
            ],
            np.ones(count, np.bool_),
        )
        for _ in range(3)
    ]
    rows = []
    for number, segment in enumerate(segments):
        segment.base = number * count
        segment.entries[:, 1] = [rng.randint(1, 2) for _ in range(count)]
        for unit in range(2 * leaves):  # a title's list and behind it a body's
            start, title, body = segment.starts[2 * unit], segment.lengths[2 * unit], segment.lengths[2 * unit + 1]
            rows.append((unit, number, start, title, body))
    rng.shuffle(rows)
    units, of_segment, starts, titles, bodies = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    units, of_segment = units.astype(np.int32), of_segment.astype(np.int32)
    weights, data, at = np.ones(len(rows), np.float32), np.empty(0, np.uint8), np.zeros(len(rows) + 1, np.int64)
    lists = FormLists(units, of_segment, weights, starts, titles, bodies, titles, bodies, data, at, frozenset())
    words = Words(langs, lists, units, np.ones(2 * leaves, np.bool_), np.ones(2 * leaves, np.bool_))
    table = PositionTable(segments, lambda: langs)  # type: ignore[arg-type]
    docs = rng.sample(range(3 * count), 60)
    found = lifts(table, words, np.array(docs, np.int64))
    for doc, near, in_title in zip(docs, found.near.tolist(), found.in_title.tolist(), strict=True):
        segment, local = segments[doc // count], doc % count
        own = [2 * leaf + int(segment.entries[local, 1]) - 1 for leaf in range(leaves)]
        assert near == pytest.approx(nearness_of(segment.lists, [[2 * unit + 1] for unit in own], local), rel=1e-6)
        assert in_title == all(local in segment.lists[2 * unit] for unit in own)


def test_one_word_and_no_word_are_near_nothing() -> None:
    segment = PlainSegment([{0: [3], 1: [4]}], np.ones(2, np.bool_))
    for owners, count in ((np.zeros(1, np.int32), 1), (np.zeros(1, np.int32), 2), (np.zeros(0, np.int32), 2)):
        here = slice(len(owners))
        docs = np.array([1, 0], np.uint32)
        assert nearness(segment, docs, owners, segment.starts[here], segment.lengths[here], count).tolist() == [0, 0]


@pytest.fixture(scope="module", params=seeds(2, 12))
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineReader]:
    """An index of three segments, some of whose articles are deleted."""
    print(f"seed {request.param}")
    rng = Random(request.param)
    words = {"en": "bank banks of the rates rate interest".split(), "zh": [*"大桥收成港口大学北京"]}
    with ColumnarEngine.open(tmp_path_factory.mktemp("positions") / "ix", create=True) as engine:
        for part in range(3):
            for number in range(40):
                lang = rng.choice([*words])
                texts = [("" if lang == "zh" else " ").join(rng.choices(words[lang], k=k)) for k in (6, 80)]
                engine.add([article(*texts, lang, id=f"{part}.{number}")])
            engine.commit()
        engine.delete([f"{part}.{number}" for part in range(3) for number in range(0, 40, 3)])
        engine.commit()
        yield engine.reader()


@pytest.mark.parametrize(
    ("lang", "text"), [("en", "bank rate"), ("en", "the the"), ("zh", "大学大桥"), ("zh", "大" * 41)]
)
@pytest.mark.parametrize("slop", [0, 3])
def test_phrases_of_an_index_are_those_of_its_texts(reader: EngineReader, lang: str, text: str, slop: int) -> None:
    chain = chain_for(lang)
    words = chain.query_words(text)
    asked = [AskedWord(lang, word.form, chain.term(word.form), chain.fold(word.form)) for word in words]
    found = reader.find_words(asked)
    for number, segment in enumerate(reader.segments):
        rows = [np.flatnonzero((found.segment == number) & (found.asked == at)) for at in range(len(words))]
        steps = [
            Step(word.position, found.start[row] + found.titles[row], found.bodies[row], found.weight[row])
            for word, row in zip(words, rows, strict=True)
        ]
        expected = {}
        for doc in np.flatnonzero(segment.alive).tolist():
            text_words = chain.words(reader.article(segment.base + doc).body)
            places = []
            for row in rows:
                weights = {found.form(int(one)): float(found.weight[one]) for one in row}
                places.append({one.position: weights[one.form] for one in text_words if one.form in weights})
            if reader.article(segment.base + doc).lang == lang:
                total = sum(occurrences(places, [word.position for word in words], slop))
                if total:
                    expected[doc] = total
        docs, counts = phrase(segment, steps, slop)
        assert docs.tolist() == [*expected]
        assert counts.tolist() == pytest.approx([*expected.values()], rel=1e-6)


def damage_everywhere(rounds: int) -> None:
    """Random bytes, offsets and documents in the place of those that were written; compiled or not, nothing may be
    read outside of the arrays. (Run as a program of its own, where Numba compiles nothing and NumPy checks all.)"""
    rng = Random(rounds)
    for _ in range(rounds):
        segment = random_segment(rng)
        for name in rng.sample(("docs", "freqs", "many_at", "many", "positions", "strides"), 2):
            whole = getattr(segment, name).copy()
            setattr(segment, name, whole)
            for at in rng.sample(range(len(whole)), min(len(whole), 4)):
                whole[at] = rng.choice((0, 1, 254, 255, rng.randrange(256)))
                if name == "strides":
                    whole[at] = rng.choice((-5, 2**40, rng.randrange(2000)))
        forms = len(segment.lists)
        steps = [segment.step(*step) for step in random_steps(rng, forms)]
        for slop in (0, 5):
            try:
                phrase(segment, steps, slop)
                docs = np.arange(len(segment.alive), dtype=np.uint32)
                owners = np.arange(forms, dtype=np.int32)
                nearness(segment, docs, owners, segment.starts, segment.lengths, forms)
            except IndexDamaged:
                continue


def test_damage_is_told_and_nothing_is_read_outside() -> None:
    code = "import warnings; warnings.simplefilter('ignore', RuntimeWarning)\n"  # unsigned numbers run over on purpose
    code += "from tests.search.test_positions import damage_everywhere; damage_everywhere(60)"
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    damage_everywhere(60)
