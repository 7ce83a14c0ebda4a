"""Forms near a word or of a pattern, against rapidfuzz and fnmatch over all forms."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import translate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from index.columnar.form_automata import near
from index.columnar.form_outlines import Outlines
from index.columnar.form_scan import FormScans
from index.columnar.lexicon import FormTable, LexiconReader, LexiconWriter
from index.columnar.living_kernels import BODIES, TITLES
from index.engine import open_engine
from index.errors import IndexDamaged
from tests.archive import article, build_index
from tests.index.columnar.files import reopened

Lists = tuple[int, int]
"""How many titles and bodies hold a form."""


def lexicon_of(forms: Mapping[str, Lists]) -> LexiconReader:
    ordered = sorted((form.encode(), lists) for form, lists in forms.items())
    ends = np.cumsum([0, *(len(form) for form, _ in ordered)])
    data = np.frombuffer(b"".join(form for form, _ in ordered), np.uint8)
    titles, bodies = (np.array([lists[at] for _, lists in ordered], np.int64) for at in (0, 1))
    none = np.empty(0, np.uint64), np.empty(0, np.uint32)

    def write(writer: LexiconWriter) -> None:
        writer.begin("en")
        writer.add(FormTable(data, ends[:-1].copy(), ends[1:].copy(), titles, bodies), np.empty(0, np.int64))
        writer.end({"term": none, "fold": none})
        writer.close()

    return LexiconReader(reopened(["lexicon"], lambda files: write(LexiconWriter(files["lexicon"])))["lexicon"])


def scans_of(segments: Sequence[Mapping[str, Lists]]) -> FormScans:
    lexicons = [lexicon_of(segment).arrays for segment in segments]
    return FormScans(lambda: [Outlines.of(one) for one in lexicons], lambda rows: rows[:, TITLES : BODIES + 1])


def matching(forms: Iterable[str], pattern: str) -> dict[str, int]:
    fits = re.compile(translate(pattern.replace("[", "[[]"))).match
    return {form: 0 for form in forms if fits(form)}


def nearest(forms: Iterable[str], word: str, distance: int) -> dict[str, int]:
    found = {form: Levenshtein.distance(word, form, score_cutoff=distance) for form in forms}
    return {form: reach for form, reach in found.items() if reach <= distance}


class Segments:
    """Some lexicons, and what is found in them row by row."""

    def __init__(self, segments: Sequence[Mapping[str, Lists]]) -> None:
        self.segments = segments
        self.scans = scans_of(segments)
        self.counts: Counter[str] = Counter()
        for segment in segments:
            self.counts.update({form: sum(lists) for form, lists in segment.items()})

    def check(self, asked: str | tuple[str, int], most: int = 10**9) -> None:
        """Everything that a pattern, or a word and a distance, finds; of more than ``most`` forms those that it should
        take."""
        every = matching(self.counts, asked) if isinstance(asked, str) else nearest(self.counts, *asked)
        ranked = sorted(every, key=lambda form: (-self.counts[form], every[form], form.encode()))[:most]
        found = (
            self.scans.wildcards([("en", asked)], most)
            if isinstance(asked, str)
            else self.scans.fuzzy([("en", *asked)], most, 0)
        )
        expected = [
            (number, form, sum(sum(lists) for other, lists in segment.items() if other.encode() < form.encode()))
            + segment[form]
            for number, segment in enumerate(self.segments)
            for form in sorted(set(ranked) & set(segment), key=str.encode)
        ]
        columns = (found.segment, found.start, found.titles, found.bodies)
        numbers = zip(*(column.tolist() for column in columns), strict=True)
        rows = [(number, form, *rest) for form, (number, *rest) in zip(found.forms(), numbers, strict=True)]
        assert rows == expected, asked
        assert bool(found.cut) == (len(every) > most)


counted = st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, 127, 128, 20_000]))
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00\n*?")
texts = st.one_of(
    st.text("ab", min_size=1, max_size=6),
    st.text("abcdéß", min_size=1, max_size=5),
    st.text("аб中国🙂é", min_size=1, max_size=5),
    st.text(letters, min_size=1, max_size=6),
    st.builds(
        lambda start, end: start + end, st.sampled_from(["a" * 126, "é" * 126, "🙂" * 126]), st.text("ab", max_size=2)
    ),
)
lexicons = st.lists(st.dictionaries(texts, counted, max_size=60), min_size=1, max_size=3)
patterns = st.lists(
    st.one_of(texts, st.sampled_from(["*", "?", "??", "**", "a", "b*", "[", "]", "é"])), max_size=6
).map("".join)


@given(lexicons, texts, st.integers(1, 2), st.sampled_from([1, 3, 10**9]))
@settings(max_examples=120, deadline=None)
def test_forms_near_a_word_are_those_of_levenshtein(
    segments: list[dict[str, Lists]], word: str, distance: int, most: int
) -> None:
    lexicons = Segments(segments)
    for form in (word, *list(segments[0])[:3]):
        lexicons.check((form, distance), most)


@given(lexicons, patterns, st.sampled_from([1, 3, 10**9]))
@settings(max_examples=120, deadline=None)
def test_forms_of_a_pattern_are_those_that_match_it_whole(
    segments: list[dict[str, Lists]], pattern: str, most: int
) -> None:
    lexicons = Segments(segments)
    lexicons.check(pattern, most)
    for form in list(segments[0])[:3]:
        for asked in (f"{form[:1]}*{form[-1:]}", f"*{form[1:-1]}*", "?" * len(form)):
            lexicons.check(asked, most)


ALPHABETS = {
    "Latin": "abcdefghijklmnoprstuvzäé",
    "Cyrillic": "абвгдеиклмнопрстуя",
    "Arabic": "ابتجحدرسعفقكلمنهوي",
    "Devanagari": "कखगचतदनपबमरलसहािीुे",
    "Han": "一二三人大小中国日月山水火木金土",
    "Gothic": "𐌰𐌱𐌲𐌳𐌴𐌵𐌶𐌷",
}


@pytest.mark.parametrize("script", ALPHABETS)
def test_large_lexicons_of_every_script(script: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    alphabet = ALPHABETS[script]

    def word() -> str:
        return "".join(draw.choices(alphabet, k=min(20, 1 + int(draw.expovariate(0.25)))))

    stems = [word() for _ in range(300)]
    segments = [
        {
            draw.choice(stems) + word()[: draw.randint(0, 4)]: (draw.randint(0, 9), draw.randint(0, 300))
            for _ in range(4_000)
        }
        for _ in range(2)
    ]
    lexicons = Segments(segments)
    for form in draw.sample(sorted(segments[0]), 6):
        typed = form[:1] + draw.choice(alphabet) + form[2:]
        for distance in (1, 2):
            lexicons.check((typed, distance))
            lexicons.check((form, distance), most=draw.choice([2, 20]))
        lexicons.check(f"{form[:2]}*", most=50)
        lexicons.check(f"*{form[-2:]}")
        lexicons.check(f"*{form[1:3]}*{form[-1]}?", most=50)
    lexicons.check(("qq", 2))


def test_patterns_that_could_cost_much_do_not() -> None:
    lexicons = Segments([{("ab" * 64)[: length % 128 + 1] + str(length): (1, 1) for length in range(500)}])
    for pattern in ("?*" * 255 + "ab", "*a" * 256, "*" + "a" * 511, "a" * 512, "*ab" * 42 + "*", "?" * 128, "*?" * 64):
        lexicons.check(pattern)
    lexicons.check(("ab" * 64, 2))
    lexicons.check(("a" * 512, 2))


def test_real_forms_of_six_languages(shared: Path) -> None:
    every: dict[str, Counter[str]] = {"latin": Counter()}
    for path in sorted((shared / "data" / "names").glob("*.jsonl.gz")):
        rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()[:4_000]]
        every[path.name] = Counter(row["name"] for row in rows)
        every["latin"].update(row["latin"] for row in rows)
    assert len(every) > 4
    draw = random.Random(7)
    for counts in every.values():
        lexicons = Segments([{form: (0, count) for form, count in counts.items()}])
        for form in draw.sample(sorted(counts), 4):
            lexicons.check((form, 1))
            lexicons.check((form, 2), most=10)
            lexicons.check(f"{form[0]}*{form[-1]}", most=30)


def test_of_near_forms_those_with_the_same_beginning_may_be_asked_for() -> None:
    scans = scans_of([dict.fromkeys("ferry fery berry éerry ferries f erry fe fxrry".split(), (1, 1))])
    for fixed, found in ((0, "berry erry ferry fery fxrry éerry"), (1, "ferry fery fxrry"), (3, "ferry fery")):
        assert scans.fuzzy([("en", "ferry", 1)], 100, fixed).forms() == found.split()
    assert len(scans.fuzzy([("en", "fe", 2)], 100, 2).asked) == 2


def test_what_is_asked_twice_is_found_twice() -> None:
    scans = scans_of([{"ferry": (1, 2), "berry": (0, 1)}, {"ferry": (3, 4)}])
    asked = [("en", "ferry", 1), ("de", "ferry", 1), ("en", "berry", 2), ("en", "ferry", 1)]
    found = scans.fuzzy(asked, 1, 0)
    rows = list(zip(found.segment.tolist(), found.asked.tolist(), found.forms(), found.titles.tolist(), strict=True))
    assert rows == [
        *((0, 0, "ferry", 1), (0, 2, "ferry", 1), (0, 3, "ferry", 1)),
        *((1, 0, "ferry", 3), (1, 2, "ferry", 3), (1, 3, "ferry", 3)),
    ]
    assert found.cut == {0, 2, 3}


def test_equally_frequent_forms_with_the_same_beginning_are_taken_in_order() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    forms = {"internationally" + "".join(draw.choices("abc", k=6)): (0, draw.choice([1, 1, 1, 2])) for _ in range(300)}
    lexicons = Segments([forms, dict.fromkeys(draw.sample(sorted(forms), 100), (1, 0))])
    for most in (1, 10, 50, 200):
        lexicons.check("*", most)
        lexicons.check("int*", most)


@pytest.mark.parametrize("many", [1, 300, 2_000])
def test_shares_find_together_what_one_finds(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    words = ["".join(draw.choices("abcdé", k=draw.randint(1, 6))) for _ in range(400)]
    scans = scans_of([{word: (1, draw.randint(0, 9)) for word in draw.sample(words, 250)} for _ in range(3)])
    near_these = [(draw.choice(["en", "en", "de"]), word, draw.randint(1, 2)) for word in words[:12]]
    like_these = [("en", f"{word[0]}*") for word in words[:12]]

    def found() -> list[object]:
        lists = [scans.fuzzy(near_these, 5, 0), scans.wildcards(like_these, 5), scans.fuzzy([("de", "ab", 1)], 5, 0)]
        return [(one.forms(), one.asked.tolist(), one.segment.tolist(), one.start.tolist(), one.cut) for one in lists]

    alone = found()
    monkeypatch.setattr("index.columnar.form_scan._MANY", many)
    monkeypatch.setattr("index.columnar.form_scan.SHARES", 3)
    assert found() == alone


def test_distances_of_one_and_two_only() -> None:
    for distance in (0, 3):
        with pytest.raises(ValueError, match="distance"):
            near("word", distance)


def test_a_reader_finds_forms_over_segments_and_counts_living_documents(tmp_path: Path) -> None:
    bodies = ["ferry boat", "ferries boats", "ferry coat", "goat", "ferry"]
    rows = [article(f"Title {number}", body, id=f"id{number}") for number, body in enumerate(bodies)]
    rows.append(article("Fähre", "Boot und Fahre", "de"))
    build_index(tmp_path / "index", rows, commits=3)
    with open_engine(tmp_path / "index") as engine:
        engine.delete(["id0"])
        engine.commit()
        reader = engine.reader()
        found = reader.find_fuzzy([("en", "boat", 1), ("fr", "boat", 1), ("de", "boat", 2), ("en", "fery", 1)], 10)
        table = [
            (asked, segment, form, weight)
            for asked, segment, form, weight in zip(
                found.asked.tolist(), found.segment.tolist(), found.forms(), found.weight.tolist(), strict=True
            )
        ]
        assert sorted(table) == [
            (0, 0, "boat", 1.0),
            (0, 0, "boats", 1.0),
            (0, 1, "coat", 1.0),
            (0, 1, "goat", 1.0),
            (2, 2, "boot", 1.0),
            (3, 0, "ferry", 1.0),
            (3, 1, "ferry", 1.0),
            (3, 2, "ferry", 1.0),
        ]
        order = [(segment, asked) for asked, segment, _, _ in table]
        assert order == sorted(order)
        ferry = [row for row, form in enumerate(found.forms()) if form == "ferry"]
        assert found.bodies[ferry].tolist() == [1, 1, 1]
        assert found.living_bodies[ferry].tolist() == [0, 1, 1]
        assert found.cut == frozenset()
        for row, form in enumerate(found.forms()):
            segment = reader.segments[int(found.segment[row])]
            start, middle = int(found.start[row]), int(found.start[row] + found.titles[row])
            docs = segment.docs[start : middle + int(found.bodies[row])]
            assert all(form in reader.article(segment.base + doc).body.lower() for doc in docs.tolist())
        cut = reader.find_wildcards([("en", "?oat"), ("en", "ferr*"), ("xx", "*a*")], 1)
        assert (cut.forms(), cut.cut) == (["ferry"], frozenset()) or cut.cut == frozenset({0, 1})
        assert {form for row, form in enumerate(cut.forms()) if cut.asked[row] == 1} == {"ferry"}


def test_forms_that_do_not_follow_one_another_are_damage() -> None:
    arrays = lexicon_of({f"form{number:04}": (1, 1) for number in range(100)}).arrays
    sound = Outlines.of(arrays)
    for at, value in ((1, 200), (20, 250)):
        broken = arrays.forms.data.copy()
        broken[at] = value
        damaged = replace(arrays, forms=arrays.forms._replace(data=broken))
        with pytest.raises(IndexDamaged):
            Outlines.of(damaged)
        found = [Outlines(damaged, sound.letters, sound.lengths)]
        scans = FormScans(lambda found=found: found, lambda rows: rows[:, TITLES : BODIES + 1])  # type: ignore[misc]
        with pytest.raises(IndexDamaged):
            scans.wildcards([("en", "*")], 10)
