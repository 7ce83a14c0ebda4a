"""What the finder finds, and the units it tells, are those of the chain's own words."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import LANGUAGES, Word, chain_for
from index.analysis.finder import Codes, FormFinder, FormSet
from index.analysis.finder_kernels import find_forms
from index.analysis.forms import form_of

SEED = 903200360
LANGS = ["de", "fr", "it", "ca", "tr", "az", "fi", "sv", "vi", "yo", "he", "ar", "fa", "th", "km", "my"]
LANGS += ["zh", "ja", "ko", "hi", "bn", "ta", "ml", "und"]
PIECES = """
Haus haus wort l' l’ L' qu' aujourd'hui état d'Ⅳ J̌ a\u0300\u0323 e\u0301 ẹ\u0300 ẞ
ß ﬁ ŉ : c:a 1,000.5 1.5 ２３ _ __x a_b İ İstanbul IĞDIR ı ǰ Ⅸ 𝐀 ـ \u200c می\u200cروم ﷺ
א"ב צה"ל ס' \u05e9\u05c1\u05b8 ก\u0e49 ไทย ครับ \u0e4d\u0e32 กำ ក្រ មាន \u17d2 က ဥ
\u102e 한국 북한 가 각 ᄂ \u1161 語 国 中国 ー か\u3099 が ｶﾞ 𠀀 𠮷野 क्षि क े \u094d ক \u09cb \u09c7
\u09be ன் \u0bca \u0bc6 \u0bbe ണ\u0d4d 👩\u200d👩\u200d👧 🇩🇪
""".split()
PIECES += [
    *" \n.'-…",
    "。",
    ". ",
    "\u0600",
    "\u06dd",
    "\u0301",
    "\u200b",
    "\u200d",
    "\u00ad",
    "\u180e",
    "\x00",
    "a" * 41,
]


def assert_found(lang: str, text: str, sets: Sequence[set[str]]) -> None:
    """The finder finds the words of ``sets``, in the order of the chain, and tells of which sets each is."""
    finder = FormFinder(lang, [FormSet.of(sorted(forms)) for forms in sets])
    found = []
    for number, position, start, end in finder.find(Codes(text)).tolist():
        bits = finder.members[number].tolist()
        found.append((position, start, end, [bool(bits[one >> 6] >> (one & 63) & 1) for one in range(len(sets))]))
    words = [word for word in chain_for(lang).words(text) if any(word.form in forms for forms in sets)]
    expected = [(word.position, word.start, word.end, [word.form in forms for forms in sets]) for word in words]
    assert found == expected, f"{lang} {text!a}"


def chosen(words: Sequence[Word], chance: random.Random) -> list[set[str]]:
    """A few sets of the words' forms, and of one that no text has."""
    number = chance.choice([1, 2, 3, 70])
    return [{word.form for word in chance.sample(words, min(len(words), 3))} | {"nowhere"} for _ in range(number)]


def unit(words: Sequence[Word], place: int) -> tuple[int, int] | None:
    """The shortest word that ``place`` is inside of, by looking at all of them."""
    inside = [(word.end - word.start, word.start, word.end) for word in words if word.start < place < word.end]
    singles = {word.position: word for word in reversed(words)}
    shortest = [(end - start, start, end) for _, _, start, end in singles.values()]
    return min((one[1:] for one in inside if one in shortest), default=None)


def test_random_text_of_all_scripts() -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    for _ in range(2_000):
        lang = chance.choice(LANGS)
        text = "".join(
            chance.choice(PIECES) if chance.random() < 0.9 else chr(chance.choice([*range(0x20, 0x2E80), 0x1F600]))
            for _ in range(chance.randint(1, 25))
        )
        words = chain_for(lang).words(text)
        assert_found(lang, text, chosen(words, chance))
        finder, codes = FormFinder(lang, []), Codes(text)
        for place in range(len(text) + 1):
            told = finder.unit_around(codes, place)
            if told != unit(words, place):  # what has no form is no word, but is not cut either
                assert unit(words, place) is None
                assert told is not None
                assert not form_of(text[slice(*told)])


def test_letters_with_marks_that_were_met_before() -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    letters = "aeHhJjTWYınoọẹèàIİsåSΩωιאשकনกລڪ\u0e32\u0eb2\u1100\u1161\u11a8가각"
    marks = [*map(chr, (0x300, 0x301, 0x302, 0x303, 0x307, 0x308, 0x30A, 0x30C, 0x323, 0x327, 0x328, 0x331, 0x338))]
    marks += "\u0345\u05bc\u05c1\u064e\u0651\u0654\u093c\u09be\u09d7\u0e4d\u0ecd\u1161\u11a8\u3099"
    for _ in range(3_000):
        lang = chance.choice(LANGS)
        words = [
            "".join(
                chance.choice(letters) + "".join(chance.choices(marks, k=chance.choice((0, 1, 1, 2, 3)))) for _ in "ab"
            )
            for _ in range(3)
        ]
        text = " ".join(words)
        sets = chosen(chain_for(lang).words(text), chance)
        for _ in range(2):  # what the first time has to be looked up is known to the second
            assert_found(lang, text, sets)


def test_letters_that_are_dropped_or_doubled_are_no_riddle() -> None:
    for lang, text, form in (("ar", "لـ بـنسبة لبنـــان ــ لـ", "لبنان"), ("de", "Groß groẞ Straße Gros", "gross")):
        finder, codes = FormFinder(lang, [FormSet.of([form])]), Codes(text)
        rows = np.empty((2 * len(text) + 2, 4), np.int64)
        count, doubt = find_forms(codes.array, len(text), *finder.given, rows)
        assert not doubt
        expected = [(word.position, word.start, word.end) for word in chain_for(lang).words(text) if word.form == form]
        assert expected
        assert [tuple(row) for row in rows[:count, 1:].tolist()] == expected


def test_marks_that_stay_are_known_when_met_again() -> None:
    """Yoruba is not slower than others: its letters with two marks are no code points of their own."""
    word = "ọ\u0300rọ\u0300"
    finder, codes = FormFinder("yo", [FormSet.of([word])]), Codes(f"{word.title()} s{word} {word}")
    for _ in range(2):
        assert [start for _, _, start, _ in finder.find(codes).tolist()] == [0, 13]
    rows = np.empty((2 * len(codes.text) + 2, 4), np.int64)
    count, doubt = find_forms(codes.array, len(codes.text), *finder.given, rows)
    assert count == 2
    assert not doubt


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.sampled_from(LANGS), st.randoms())
def test_any_text(text: str, lang: str, chance: random.Random) -> None:
    assert_found(lang, text, chosen(chain_for(lang).words(text), chance))


def test_more_finds_than_usual() -> None:
    assert_found("en", "a b " * 5_000, [{"a"}, {"a", "b"}])
    assert_found("zh", "的" * 5_000, [{"的"}, {"的的"}])
    assert_found("th", "ก\u0e49" * 2_000 + "\u00ad" + "\u0e49ก" * 2_000, [{"ก\u0e49"}])


def test_forms_may_be_many_and_may_repeat() -> None:
    forms = FormSet.of([f"w{number % 3_000}" for number in range(6_000)])
    finder = FormFinder("en", [forms, FormSet.of(())])
    assert len(finder.find(Codes("W1 w2999 w3000 W"))) == 2


def test_bytes_that_are_no_text_are_no_form() -> None:
    broken = FormSet.of(["ab\U00010000"])
    broken.stops[0] -= 1
    assert len(FormFinder("en", [broken]).find(Codes("ab ab\U00010000"))) == 0


@pytest.mark.shared
@pytest.mark.parametrize("name", ["events", "sib200-dev", "xquad/ar", "xquad/zh", "xquad/ru", "reuters"])
def test_real_archives(shared: Path, name: str) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    rows = texts_of(shared, name)
    for lang, text in rows[::20] if len(rows) > 5_000 else rows:
        assert_found(lang, text, chosen(chain_for(lang).words(text), chance))


def texts_of(shared: Path, name: str) -> list[tuple[str, str]]:
    """The running texts of an archive, each with its field language."""
    with gzip.open(shared / "data" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    langs = [row.get("lang", name[-2:]).partition("_")[0][:2] for row in rows]
    texts = [row.get("text") or row.get("body") or row.get("sentence") or "" for row in rows]
    return [(lang if lang in LANGUAGES else "und", text) for lang, text in zip(langs, texts, strict=True)]
