"""Chains: terms, folds, stop words, and their sharing between threads."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.analysis import LANGUAGES, chain_for
from index.analysis.forms import form_of
from index.analysis.letter_map import LetterMap
from index.analysis.tables import rows
from tests.index.analysis.matching import equal

FOLDING_LANGS = sorted({lang for langs, *_ in rows("folding.tsv") for lang in langs.split()} - {"*"})


def test_every_language_has_a_chain_of_its_own_that_is_kept() -> None:
    for code in (*LANGUAGES, "und", "tlh"):
        chain = chain_for(code)
        assert chain.lang == code
        assert chain is chain_for(code)
        assert chain.term("kiosk")


@pytest.mark.parametrize("lang", FOLDING_LANGS)
@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=12) | st.text("àéîõüñåøßđłşţıİjйёґ'ъьäöœھهیكٱةؤ'אָ״न्दँड़ሐኃ國裏台lL·", max_size=8))
def test_folding_is_idempotent_and_leaves_something(lang: str, text: str) -> None:
    chain = chain_for(lang)
    form = form_of(text)
    folded = chain.fold(form)
    assert chain.fold(folded) == folded
    assert bool(folded) == bool(form)
    assert unicodedata.is_normalized("NFC", folded)
    assert bool(chain.term(form)) == bool(form)


@pytest.mark.parametrize("lang", sorted({*FOLDING_LANGS, "en", "de", "el", "zh", "und"}))
def test_terms_and_folds_of_many_forms_are_those_of_each(lang: str) -> None:
    chain = chain_for(lang)
    letters = [chr(code) for code in range(0x20, 0x3400)] + list("國裏台臺薴ﬀ𠀀󠄀")
    exceptions = [form.lstrip("-") for _, _, forms in rows("stems.tsv") for form in forms.split()]
    words = "Häuser straße αύριο съёмка његош đường सम्बन्ध المدرسة کتاب‌ها aabenraa казахстану gobiernos".split()
    forms = [form for text in (*letters, *words, *exceptions) if (form := form_of(text))]
    forms += [one + other for one, other in zip(forms, forms[7:], strict=False)]
    assert list(chain.terms(forms)) == [chain.term(form) for form in forms]
    assert list(chain.folds(forms)) == [chain.fold(form) for form in forms]
    assert list(chain.terms([])) == list(chain.folds([])) == []


def test_a_letter_must_not_become_what_becomes_another() -> None:
    with pytest.raises(ValueError, match="'b' becomes 'cd', which does not stay so"):
        LetterMap(lambda letter: {"b": "cd", "d": "e"}.get(letter, letter)).apply("abba")


@pytest.mark.parametrize("lang", FOLDING_LANGS)
def test_letters_that_a_language_keeps_are_kept(lang: str) -> None:
    for langs, kind, letters in rows("folding.tsv"):
        if kind == "keep" and lang in langs.split():
            for letter in letters.split():
                assert chain_for(lang).fold(letter) == letter


@pytest.mark.parametrize(
    ("lang", "form", "folded"),
    [
        ("de", "müßte", "müsste"),
        ("de", "müsste", "musste"),
        ("sv", "ö", "ö"),
        ("es", "señal", "señal"),
        ("es", "acción", "accion"),
        ("ru", "съёмка", "съемка"),
        ("ru", "йод", "йод"),
        ("uk", "об'їзд", "обїзд"),
        ("sr", "његош", "njegos"),
        ("zh", "臺灣", "台湾"),
        ("ja", "國", "國"),
        ("he", "שָׁלוֹם", "שלום"),
        ("ar", "مُؤَسَّسَة", "مؤسسه"),
        ("fa", "می\u200cخواهم", "میخواهم"),
        ("hi", "सम्बन्ध", "संबंध"),
        ("vi", "đường", "duong"),
        ("und", "\u0301", "\u0301"),
    ],
)
def test_folds(lang: str, form: str, folded: str) -> None:
    expected = chain_for(lang).fold(folded)
    assert chain_for(lang).fold(form) == expected
    if lang != "de":
        assert expected == folded


@pytest.mark.parametrize(
    ("lang", "words", "not_words"),
    [
        ("de", "die der und nicht daß", "regierung berlin"),
        ("en", "the don't and of", "us president"),
        ("fr", "l qu le à", "état président"),
        ("ru", "и в не её", "президент"),
        ("zh", "的 了 我们", "中国"),
        ("fa", "و در که", "ایران"),
    ],
)
def test_stop_words_are_the_functional_words_of_the_language(lang: str, words: str, not_words: str) -> None:
    chain = chain_for(lang)
    if lang == "en":
        words = words.replace("don't ", "")
    for text in words.split():
        assert chain.fold(chain.query_words(text)[0].form) in chain.stop_words
    for text in not_words.split():
        assert chain.fold(chain.query_words(text)[0].form) not in chain.stop_words


def test_thirty_languages_and_more_have_stop_words() -> None:
    counts = {code: len(chain_for(code).stop_words) for code in LANGUAGES}
    assert sum(count >= 30 for count in counts.values()) >= 60
    assert max(counts.values()) <= 170
    assert chain_for("tlh").stop_words == frozenset()


def test_a_stop_word_of_one_language_is_none_of_another() -> None:
    assert "die" in chain_for("de").stop_words
    assert "die" not in chain_for("en").stop_words


def test_threads_share_a_chain_and_agree() -> None:
    forms = [w.form for w in chain_for("de").words("Häuser Wahlen Befugnisse Gouverneure Straßen übernahmen " * 20)]
    expected = [chain_for("de").term(form) for form in forms]
    with ThreadPoolExecutor(8) as pool:
        for terms in pool.map(lambda _: [chain_for("de").term(form) for form in forms], range(40)):
            assert terms == expected


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(LANGUAGES)), st.text(max_size=20))
def test_no_text_breaks_a_chain(lang: str, text: str) -> None:
    chain = chain_for(lang)
    for word in chain.words(text):
        assert chain.term(word.form)
        assert equal(chain, word.form, word.form)


def test_importing_the_analysis_reads_and_loads_nothing_heavy() -> None:
    code = "import sys, index.analysis; print([m for m in ('opencc', 'Stemmer', 'langdetect') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_language_table_is_whole() -> None:
    assert len(LANGUAGES) > 200
    for code, language in LANGUAGES.items():
        assert language.code == code
        assert language.english
        assert language.native
        assert language.scripts
    assert LANGUAGES["ar"].direction == "rtl"
    assert LANGUAGES["de"].stemmer == "german"
    assert LANGUAGES["sr"].scripts == ("Cyrl", "Latn")


def test_every_algorithm_named_is_one_that_pystemmer_has() -> None:
    import Stemmer

    named = {language.stemmer for language in LANGUAGES.values()} - {None}
    assert named <= set(Stemmer.algorithms())
    # the rest: two older forms of algorithms that are used
    assert set(Stemmer.algorithms()) - named == {"porter", "dutch_porter"}
