"""Words and their places, against UAX #29 as another package has it, and on any text at all."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uniseg.wordbreak import words as uax29_words

from index.analysis import Word, chain_for
from index.analysis.forms import MAX_FORM, form_of
from index.analysis.words import word_finder

LANGS = ("de", "fr", "tr", "sv", "fa", "zh", "ko", "th", "he", "und", "xx")

# Spaced scripts with their marks and punctuation; Hangul and the unspaced scripts are cut finer than UAX #29 cuts them.
SPACED = st.text(
    st.one_of(
        st.sampled_from("aZ09_.,;'’\" -\n\u00ad\u200d\u200c\u0301éßıİ"),
        st.sampled_from("абйёАіґʼ«»—№"),
        st.sampled_from("אבגד״׳\"'ְּ"),
        st.sampled_from("ابتـَّ٣،٬٫"),
        st.sampled_from("कखिा्ंअ१।"),
        st.sampled_from("ሀሁአ፡።αωςά·հայև՛ქართ𐐨𐐀தமி்"),
    )
)
ANY_TEXT = st.text(max_size=80) | SPACED


@settings(max_examples=400, deadline=None)
@given(SPACED)
@example("א'0")
def test_spaced_scripts_break_as_uax_29_says(text: str) -> None:
    expected = [form_of(word) for word in uax29_words(text)]
    assert [word.form for word in chain_for("und").words(text)] == [form for form in expected if form]


@settings(max_examples=300, deadline=None)
@given(st.text("aZ0_.,:;'’‘·・é÷ªßıΆώжЁэҮ՛հცሀ፡ẞὦ‧․‿⁀ⓐ→№🄰🙂“”– \n\u200b", max_size=30), st.booleans())
def test_the_fast_pattern_of_simple_alphabets_agrees_with_the_full_one(text: str, colon_joins: bool) -> None:
    finder = word_finder(colon_joins=colon_joins)
    marked = "\n\u0301"  # a mark on nothing: no word, but it takes the full pattern
    assert list(finder.spans(text)) == list(finder.spans(text + marked))


@pytest.mark.parametrize("lang", LANGS)
@settings(max_examples=60, deadline=None)
@given(text=ANY_TEXT)
def test_every_word_is_a_piece_of_the_text_in_its_form(lang: str, text: str) -> None:
    chain = chain_for(lang)
    found = chain.words(text)
    dotless = lang == "tr"
    for word in found:
        assert 0 <= word.start < word.end <= len(text)
        assert word.form
        assert unicodedata.is_normalized("NFC", word.form)
        if len(text[word.start : word.end]) < MAX_FORM:
            assert form_of(text[word.start : word.end], dotless_i=dotless) == word.form
        assert form_of(word.form, dotless_i=dotless) == word.form
    assert [(word.position, word.end) for word in found] == sorted({(word.position, word.end) for word in found})
    assert sorted({word.position for word in found}) == list(range(len({word.position for word in found})))


@pytest.mark.parametrize("lang", LANGS)
@settings(max_examples=60, deadline=None)
@given(text=ANY_TEXT)
def test_query_words_are_words_of_the_text_and_cover_its_positions(lang: str, text: str) -> None:
    chain = chain_for(lang)
    found, asked = chain.words(text), chain.query_words(text)
    assert set(asked) <= set(found)
    assert bool(asked) == bool(found)
    if asked:
        assert asked[0].position == 0
        assert {word.end for word in asked} >= {found[-1].end}


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_TEXT, min_size=2, max_size=3))
def test_lines_are_analysed_each_for_itself(texts: list[str]) -> None:
    chain = chain_for("und")
    expected: list[tuple[str, int]] = []
    position = 0
    for text in texts:
        found = chain.words(text)
        expected += [(word.form, position + word.position) for word in found]
        position += found[-1].position + 1 if found else 0
    joined = chain.words("\n\n".join(texts))
    assert [(word.form, word.position) for word in joined] == expected


def test_runs_without_spaces_are_graphemes_and_pairs() -> None:
    assert chain_for("zh").words("去北京") == [
        Word("去", 0, 0, 1),
        Word("去北", 0, 0, 2),
        Word("北", 1, 1, 2),
        Word("北京", 1, 1, 3),
        Word("京", 2, 2, 3),
    ]
    assert chain_for("zh").query_words("去北京") == [Word("去北", 0, 0, 2), Word("北京", 1, 1, 3)]
    assert chain_for("zh").query_words("京") == [Word("京", 0, 0, 1)]
    assert [w.form for w in chain_for("th").query_words("น้ำดี")] == ["น้ำดี"]


def test_runs_end_at_letters_and_digits_of_other_scripts() -> None:
    assert [word.form for word in chain_for("ja").query_words("2026年にKioskで")] == ["2026", "年に", "kiosk", "で"]
    assert [word.form for word in chain_for("ko").query_words("LG전자 3월")] == ["lg", "전자", "3", "월"]


def test_hangul_pairs_do_not_cross_spaces() -> None:
    assert [word.form for word in chain_for("ko").query_words("새 정부")] == ["새", "정부"]


def test_a_zero_width_space_does_not_end_a_khmer_run() -> None:
    forms = [w.form for w in chain_for("km").query_words("ភាសា\u200bខ្មែរ")]
    assert forms == [w.form for w in chain_for("km").query_words("ភាសាខ្មែរ")]


@pytest.mark.parametrize(
    ("lang", "text", "forms"),
    [
        ("fr", "L’État qu'il a", ["l", "état", "qu", "il", "a"]),
        ("fr", "aujourd’hui presqu'île", ["aujourd'hui", "presqu", "île"]),
        ("it", "dell'acqua", ["dell", "acqua"]),
        ("ca", "l'illa", ["l", "illa"]),
        ("en", "l'état don’t", ["l'état", "don't"]),
        ("sv", "EU:s lag", ["eu:s", "lag"]),
        ("de", "Zitat:nein", ["zitat", "nein"]),
        ("tr", "ISPARTA İzmir", ["ısparta", "izmir"]),
        ("de", "ISPARTA İzmir", ["isparta", "izmir"]),
        ("fa", "می‌خواهم", ["می\u200cخواهم"]),
        ("en", "soft\u00adware ｗｉｄｅ ١٢٣ १२ 3.5", ["software", "wide", "123", "12", "3.5"]),
        ("hi", "हिन्दी में", ["हिन्दी", "में"]),
        ("el", "ΛΌΓΟΣ", ["λόγοσ"]),
        ("hy", "և", ["եւ"]),
        ("en", "... ’ _ ——", []),
    ],
)
def test_forms(lang: str, text: str, forms: list[str]) -> None:
    assert [word.form for word in chain_for(lang).words(text)] == forms


@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "é",
        "e\u0301",
        "1,",
        'א"',
        "ก",
        "漢",
        "\u0301",
        "’",
        "_",
        "é_",
        "é:",
        "l'",
        "한",
        "ᄀ",
        "\u200d",
        "🙂",
        "a\u0301.'",
    ],
)
def test_long_monotone_text_takes_linear_time_and_short_forms(piece: str) -> None:
    text = piece * 100_000
    for lang in ("fr", "sv"):
        start = time.perf_counter()
        found = chain_for(lang).words(text)
        assert time.perf_counter() - start < 5  # a second at most where it was measured; quadratic time takes minutes
        assert all(len(word.form) <= 2 * MAX_FORM for word in found)
