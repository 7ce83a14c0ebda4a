"""Several chains at once make of words what each of them makes."""

from __future__ import annotations

import random
from itertools import chain
from pathlib import Path

import pytest

from benchmarks.texts import pools
from index.analysis.chains import language_chain
from index.analysis.languages import LANGUAGES
from index.analysis.query_chains import QueryChains, query_chains
from tests.soak import seeds

PIECES = (
    *(
        "I",
        "İ",
        "ı",
        "i\u0307",
        "Ｉ",
        "ＩＳＴ",
        "Istanbul",
        "İstanbul",
        "l'été",
        "d’accord",
        "qu'il",
        "dell'arte",
        "o'brien",
    ),
    *(
        "EU:s",
        "EU：n",
        "a\ufe55b",
        "Straße",
        "STRASSE",
        "naïve",
        "Ǖ",
        "ŀl",
        "Çağdaş",
        "ÇAĞDAŞ",
        "ромаң",
        "Србија",
        "ђак",
    ),
    *(
        "ş",
        "ţară",
        "țară",
        "هٔ",
        "ي",
        "ى",
        "مُحَمَّد",
        "हिन्दी",
        "選舉",
        "选举",
        "東京タワー",
        "안녕하세요",
        "ประเทศไทย",
        "x²",
        "Ⅻ",
    ),
    *(
        "running",
        "houses",
        "bridges",
        "Häuser",
        "niños",
        "ᾳ",
        "ﬁn",
        "ﷺ",
        "\u200c",
        "\u0301",
        "'",
        "’",
        ":",
        ".",
        "-",
        " ",
        " ",
    ),
)
EVERY = tuple(LANGUAGES)


def assert_alike(chains: QueryChains, text: str) -> None:
    by_finder = chains.words(text)
    for lang, finder in zip(chains.langs, chains.finder_of, strict=True):
        words = [(word.form, word.position) for word in language_chain(lang).query_words(text)]
        assert list(by_finder[finder]) == words, (lang, text)
    for form in {form for words in by_finder for form, _ in words}:
        ways, way_of = chains.ways(form)
        assert len(set(ways)) == len(ways)
        for lang, way in zip(chains.langs, way_of, strict=True):
            one = language_chain(lang)
            assert ways[way] == (one.term(form), one.fold(form)), (lang, form)


@pytest.mark.parametrize("seed", seeds(4, 100))
def test_they_make_of_odd_words_what_each_makes(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    every = query_chains((*EVERY, "xx", "und"))
    some = query_chains(tuple(rng.sample(EVERY, 5)))
    turkish = query_chains(("tr", "az", "fr", "fi"))
    for _ in range(60):
        text = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 5)))
        for chains in (every, some, turkish):
            assert_alike(chains, text)


def test_they_make_of_each_odd_word_what_each_makes() -> None:
    for text in chain(PIECES, map(str.upper, PIECES), map(str.title, PIECES)):
        assert_alike(query_chains(EVERY), text)


def test_capitals_are_the_only_letters_that_other_capitals_change() -> None:
    """A text without capitals is not looked at again for the languages with a dotless i."""
    plain, turkish = language_chain("en"), language_chain("tr")
    for code in range(0x20000):
        letter = chr(code)
        if letter.lower() == letter and not 0xD800 <= code < 0xE000:
            text = f"x{letter}x"
            assert [word.form for word in turkish.query_words(text)] == [word.form for word in plain.query_words(text)]


def test_they_make_of_words_of_real_titles_what_each_makes(shared: Path) -> None:
    rng = random.Random(7)
    chains = query_chains(EVERY)
    for pool in pools(shared / "data"):
        for text in rng.sample(pool.texts, min(2, len(pool.texts))):
            assert_alike(chains, text.title)


def test_stop_words_are_told_by_their_folds() -> None:
    chains = query_chains(("en", "de", "xx"))
    for word in ("the", "die", "bridge"):
        stopped = {chains.langs[place] for place in chains.stop_words.get(word, ())}
        assert stopped == {lang for lang in chains.langs if word in language_chain(lang).stop_words}
