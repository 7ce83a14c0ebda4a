"""A vocabulary finds exactly what the chains find, and remembers it within bounds."""

from __future__ import annotations

import gzip
import json
import random
import time
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import LANGUAGES, chain_for
from index.analysis import vocabulary as module
from index.analysis.characters import EXTEND, HANGUL, LETTER, UNSPACED, characters
from index.analysis.keys import key_of
from index.analysis.vocabulary import Forms, Vocabulary
from tests.index.analysis.oracle import Text, assert_same_words, text_of

LANGS = (
    "en",
    "fr",
    "it",
    "tr",
    "az",
    "fi",
    "sv",
    "he",
    "fa",
    "zh",
    "ja",
    "th",
    "ko",
    "my",
    "km",
    "hi",
    "uk",
    "und",
    "xx",
)
SCRIPTS = {
    "en": "The quick brown fox's 3.14 jumps; don’t e-mail U.S. «quotes» naïve café ＡＢＣ ﬁne 1,000.5 a_b __ x²",
    "fr": "L’État qu'il a dit : « jusqu’à l'été d’aujourd’hui » ſ'il LORSQU’ON d'l'eau l'\u0301a lʼîle ‘ceci’ l''a",
    "tr": "ISPARTA İzmir Iğdır ILIK ışık i̇ İ\u0307",
    "fi": "EU:n USA：ssa 12:30 a:b:c :a",
    "de": "Straße GROẞ Zitat:nein Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "ru": "Съёмка в Москве — 2026-й год; о\u0301стров й и\u0306",
    "uk": "об'їзд обʼїзд об’їзд її",
    "el": "ΛΌΓΟΣ λόγος Ελλάδα· ά\u0345",
    "hy": "հայերեն՛ և Եվ",
    "ka": "ქართული ᲥᲐᲠᲗᲣᲚᲘ",
    "he": "צה\"ל ג'ורג' שָׁלוֹם א״ב כ״ץ' ב\u05b0\u05b0\u05b0\u05b0\u05b0\"ג",
    "ar": "مُؤَسَّسَة ١٢٣٫٤ كتــاب ﷲ ﻻ ﺏ، ـ",
    "fa": "می‌خواهم کتاب‌ها\u200c \u200cب",
    "hi": "हिन्दी में क्षेत्र १२३ क़ क\u093c",
    "ta": "தமிழ் மொழி",
    "ml": "അവൻ അവന്\u200d",
    "si": "ශ්\u200dරී ලංකා",
    "th": "ภาษาไทย ๑๒๓ ก\u0e4d\u0e32 Aัb กกก\u200b\u200bข",
    "lo": "ພາສາລາວ ກ\u0ecd\u0eb2",
    "km": "ភាសា\u200bខ្មែរ ១២៣",
    "my": "မြန်မာဘာသာ က္ခ ကာါး ၁၂၃",
    "jv": "ꦗꦮ ꦏ꧀ꦏ ꦲꦏ꧀ꦱꦫ",
    "zh": "中国人民 2026年 ABC中文 𠀀𠀁 〇 ㊗ 葛󠄀城 豈",
    "ja": "日本語のテキスト カﾞｷﾞ がか゛ ー々〆 か\u3099",
    "ko": "한국어 LG전자 각 가\u11a8 ᄒᆞᆫ ㅋㅋㅋ ﾡ",
    "am": "ኢትዮጵያ፡ነው። ሐሀኀ",
    "bo": "བོད་སྐད་ཡིག",
    "en-like": "a\u200db \u200da 🙂👍🏽 👨\u200d👩\u200d👧 🇩🇪 1️⃣ \u00ad soft\u00adware \ufeffa",
}
WAITING_LINKERS = (
    " \u094d\u1a65\u1000",
    "\ua9c0\u102d\ua9a2",
    "\ua9c0\u102d" + "\ua9a2\ua9c0" * 60,
    "\u1000\u102b\u1039\u200d\u1000",
    "\u1039\u1000",
)


@cache
def kinds() -> list[list[int]]:
    """All code points that may stand in words, those of the same classes together."""
    classes = characters().classes
    together: defaultdict[int, list[int]] = defaultdict(list)
    for code in np.flatnonzero(classes).tolist():
        together[int(classes[code])].append(code)
    return list(together.values())


def random_letter(rng: random.Random) -> str:
    """Any letter, sign or space, those that rules speak of more often than others."""
    chance = rng.random()
    if chance < 0.45:
        return rng.choice("".join(SCRIPTS.values()))
    if chance < 0.85:
        return chr(rng.choice(rng.choice(kinds())))
    if chance < 0.95:
        code = rng.randrange(0x110000 - 0x800)
        return chr(code if code < 0xD800 else code + 0x800)
    return rng.choice(" \n'’.:\"\u200b\u200d")


def random_text(rng: random.Random) -> str:
    """Few letters over and over, two classes mixed, or anything."""
    length = rng.choice((0, 1, 3, 8, 20, 60, 200))
    chance = rng.random()
    if chance < 0.3:
        few = [random_letter(rng) for _ in range(rng.randrange(1, 6))]
        return "".join(rng.choices(few, k=length))
    if chance < 0.5:
        two = rng.sample(kinds(), 2)
        return "".join(chr(rng.choice(rng.choice(two))) for _ in range(length))
    return "".join(random_letter(rng) for _ in range(length))


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary()


def test_every_script_in_every_language(vocabulary: Vocabulary) -> None:
    for lang in (*SCRIPTS, *LANGS):
        assert_same_words(vocabulary, [(lang, text, text[::-1]) for text in SCRIPTS.values()])


def test_linkers_that_wait_before_a_run(vocabulary: Vocabulary) -> None:
    assert_same_words(vocabulary, [("my", text, f"a {text} {text}") for text in WAITING_LINKERS])


@pytest.mark.parametrize("turn", range(4))
def test_random_text_of_every_class(monkeypatch: pytest.MonkeyPatch, turn: int) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    monkeypatch.setattr(module, "_SLICE", rng.choice((1, 100, 1 << 14)))
    vocabulary = Vocabulary()
    for _ in range(20):
        texts = [(rng.choice(LANGS), random_text(rng), random_text(rng)) for _ in range(50)]
        assert_same_words(vocabulary, texts)
        if rng.random() < 0.1:
            vocabulary.clear()


@cache
def lasting() -> Vocabulary:
    """One that many examples share, so that it knows some words and not others."""
    return Vocabulary()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([*LANGUAGES, "und"]), st.text(max_size=40), st.text(max_size=80)), max_size=3)
)
def test_any_text_in_any_language(texts: list[Text]) -> None:
    assert_same_words(lasting(), texts)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(LANGS),
    st.lists(
        st.sampled_from([*"aIé'’ʼ.:_1\"אָابกำ中가각각မ္ာက\u200b\u200c\u200d\u00ad\u0301ſ", "l'", "qu’"]), max_size=60
    ),
)
def test_mixtures_of_what_rules_speak_of(lang: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    assert_same_words(lasting(), [(lang, text, f"{text} {text[::-1]}")])


def test_surrogates_without_their_half_are_no_words(vocabulary: Vocabulary) -> None:
    assert_same_words(vocabulary, [("en", "a\ud800b \udfff", "中\udc00国")])


def test_the_samples(vocabulary: Vocabulary, samples: Path) -> None:
    rows = [json.loads(line) for line in (samples / "agency.jsonl").read_text("utf-8").splitlines()]
    texts = [(lang, row["title"], row["body"]) for row in rows for lang in ("und", row["id"].rpartition("-")[2])]
    assert len(texts) > 20
    assert_same_words(vocabulary, texts)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["events", "sib200-dev", "xquad/ar", "xquad/zh", "xquad/de", "xquad/ru", "reuters"])
def test_real_archives(shared: Path, name: str) -> None:
    texts = []
    rows = rows_of(shared / "data" / f"{name}.jsonl.gz")
    for row in rows[:: 8 if name == "reuters" else 1]:
        lang = row.get("lang", name[-2:]).partition("_")[0][:2]
        texts.append((lang if lang in LANGUAGES else "und", row.get("name") or row.get("title") or "", body_of(row)))
    assert_same_words(Vocabulary(), texts)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "lang"), [("amh", "am"), ("eng", "en"), ("fra", "fr"), ("yor", "yo")])
def test_real_articles(shared: Path, name: str, lang: str) -> None:
    rows = rows_of(shared / "data" / "masakhane" / f"{name}.jsonl.gz")
    assert_same_words(Vocabulary(), [(lang, row["title"], row["text"]) for row in rows[:200]])


@pytest.mark.shared
@pytest.mark.parametrize("lang", ["fr", "tr", "fi", "ja"])
def test_sentences_in_205_languages_taken_for_one(shared: Path, lang: str) -> None:
    rows = rows_of(shared / "data" / "sib200-dev.jsonl.gz")
    assert_same_words(Vocabulary(), [(lang, "", row["text"]) for row in rows[::7]])


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(map(json.loads, lines))


def body_of(row: dict[str, str]) -> str:
    return row.get("text") or row.get("body") or ""


@pytest.mark.parametrize(
    "piece", ["a", "a.", "l'", "é", "e\u0301", "\u0301", "1,", 'א"', "ก", "漢", "한", "ᄀ", "က္", "_", "x "]
)
def test_long_monotone_text_takes_linear_time(vocabulary: Vocabulary, piece: str) -> None:
    vocabulary.words([("fr", piece * 10, "")])
    start = time.perf_counter()
    vocabulary.words([("fr", piece * 100_000, piece * 100_000)])
    assert time.perf_counter() - start < 5
    assert_same_words(vocabulary, [("fr", piece * 2_000, piece * 2_001)])


def test_words_too_long_to_remember_leave_only_their_forms(vocabulary: Vocabulary) -> None:
    for number in range(3):
        long = f"{number}{'x' * 1_000_000}"
        assert_same_words(vocabulary, [("en", long, f"before {long} behind")])
        # The forms are cut short, and so are the same each time but for their first sign.
        assert len(vocabulary) == number + 3
    assert vocabulary.nbytes < 3_000_000


def test_a_vocabulary_grows_as_it_must(vocabulary: Vocabulary) -> None:
    rng = random.Random(5)
    texts = []
    for _ in range(40):
        latin = " ".join(f"w{rng.randrange(10**9)}é" for _ in range(1_000))
        han = "".join(chr(rng.randrange(0x4E00, 0x9F00)) for _ in range(2_000))
        texts.append((rng.choice(("en", "zh")), latin, han))
    before = vocabulary.nbytes
    first = vocabulary.words(texts[:2])
    assert_same_words(vocabulary, texts)
    again = vocabulary.words(texts[:2])
    assert (again.forms == first.forms).all()
    assert vocabulary.nbytes > 4 * before
    numbers = np.arange(len(vocabulary), dtype=np.uint32)
    assert len(set(text_of(vocabulary.table(numbers)))) == len(vocabulary)


def test_the_same_texts_give_the_same_numbers(vocabulary: Vocabulary) -> None:
    texts = [(lang, text, text * 2) for lang, text in SCRIPTS.items()]
    first, second = vocabulary.words(texts), Vocabulary().words(texts)
    for name in ("forms", "positions", "ends"):
        assert (getattr(first, name) == getattr(second, name)).all()
    assert set(first.forms.tolist()) <= set(range(len(vocabulary)))


def test_without_texts_or_words_there_are_no_tokens(vocabulary: Vocabulary) -> None:
    for texts in ([], [("en", "", "")], [("en", " … ", "\n")] * 3):
        tokens = vocabulary.words(texts)
        assert len(tokens.forms) == len(tokens.positions) == 0
        assert tokens.ends.tolist() == [0] * (2 * len(texts) + 1)
    assert len(vocabulary.table(np.empty(0, np.uint32))) == 0
    assert len(vocabulary) == 0


def key_or_none(form: str, other: str) -> int:
    return 0 if form == other else key_of(other)


def assert_right_keys(forms: Forms) -> None:
    for (lang, form), term, fold in zip(text_of(forms), forms.terms.tolist(), forms.folds.tolist(), strict=True):
        chain = chain_for(lang)
        assert term == key_or_none(form, chain.term(form)), (lang, form)
        assert fold == key_or_none(form, chain.fold(form)), (lang, form)


def test_a_table_gives_the_forms_asked_for_with_the_keys_of_terms_and_folds(vocabulary: Vocabulary) -> None:
    tokens = vocabulary.words([(lang, text, text) for lang in LANGS for text in SCRIPTS.values()])
    rng = np.random.default_rng(3)
    numbers = rng.choice(tokens.forms, 5_000)
    forms = vocabulary.table(numbers)
    everything = text_of(vocabulary.table(np.arange(len(vocabulary), dtype=np.uint32)))
    assert text_of(forms) == [everything[number] for number in numbers]
    assert_right_keys(forms)


def test_forms_of_another_vocabulary_are_adopted(vocabulary: Vocabulary) -> None:
    other = Vocabulary()
    other.words([(lang, text, "") for lang in ("zh", "en", "fr") for text in SCRIPTS.values()])
    vocabulary.words([("fr", SCRIPTS["fr"], SCRIPTS["en"])])
    before = len(vocabulary)
    forms = other.table(np.arange(len(other), dtype=np.uint32)[::-1].copy())
    numbers = vocabulary.adopt(forms)
    table = vocabulary.table(numbers)
    assert text_of(table) == text_of(forms)
    assert_right_keys(table)
    assert (np.unique(numbers) < len(vocabulary)).all()
    assert before < len(vocabulary) == len(set(text_of(vocabulary.table(np.arange(len(vocabulary))))))
    assert (vocabulary.adopt(forms) == numbers).all()
    assert_same_words(vocabulary, [(lang, text, text) for lang in ("fr", "zh") for text in SCRIPTS.values()])


def test_many_forms_are_adopted_at_once(vocabulary: Vocabulary) -> None:
    other = Vocabulary()
    other.words([("en", " ".join(map(str, range(30_000))), "")])
    forms = other.table(np.arange(len(other)))
    assert (vocabulary.adopt(forms) == np.arange(30_000)).all()


def test_a_full_vocabulary_says_so_and_forgets_when_cleared() -> None:
    vocabulary = Vocabulary(most_forms=100)
    vocabulary.words([("en", "one two three", "")])
    assert not vocabulary.full
    vocabulary.words([("en", " ".join(map(str, range(98))), "")])
    assert vocabulary.full
    assert len(vocabulary) == 101
    vocabulary.clear()
    assert not vocabulary.full
    assert len(vocabulary) == 0
    assert vocabulary.words([("en", "two", "")]).forms.tolist() == [0]


@pytest.mark.parametrize(
    "texts",
    [
        # many ways to write one form, long forms
        [("en", "".join("aA"[number >> bit & 1] for bit in range(9)), "") for number in range(512)],
        [("en", chr(0x4E00 + number), ("é" * 120 + f"{number} ") * 2) for number in range(60)],
    ],
)
def test_memory_is_bounded_by_more_than_the_number_of_forms(texts: list[Text]) -> None:
    vocabulary = Vocabulary(most_forms=100)
    for first in range(0, len(texts), 8):
        vocabulary.words(texts[first : first + 8])
    assert vocabulary.full


def test_no_sign_of_the_rules_stands_in_planes_left_out() -> None:
    classes = characters().classes
    beyond = "".join(map(chr, range(0x40000, 0x110000)))
    members = (
        r"[\p{Ideographic}\p{LB=SA}\p{L}\p{M}\p{WB=Extend}\p{WB=Format}\p{WB=Numeric}\p{WB=ALetter}\p{WB=ExtendNumLet}]"
    )
    assert {ord(letter) for letter in regex.findall(members, beyond)} <= set(np.flatnonzero(classes).tolist())


def test_no_sign_stands_in_a_run_whose_rules_for_graphemes_are_left_out() -> None:
    classes = characters().classes
    in_runs = "".join(map(chr, np.flatnonzero(classes & (UNSPACED | HANGUL | EXTEND)).tolist()))
    left_out = r"[\p{GCB=Prepend}\p{GCB=Regional_Indicator}\p{Extended_Pictographic}]"
    assert regex.findall(left_out, in_runs, regex.VERSION1) == []


def test_classes_that_the_kernel_takes_for_exclusive_are() -> None:
    classes = characters().classes
    assert not (classes & LETTER != 0)[classes & (UNSPACED | HANGUL | EXTEND) != 0].any()
