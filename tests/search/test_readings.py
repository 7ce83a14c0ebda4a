"""What the languages read in a leaf is what their chains make of it, one by one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import regex
from whoosh.query import FuzzyTerm, Phrase, Prefix, Query, Term, Wildcard

from benchmarks.texts import pools
from index.analysis.chains import language_chain
from index.engine import AskedWord
from search.query import ExactTerm
from search.readings import readings
from search.spoken import Reading, Spoken
from tests.soak import seeds

LANGS = ("de", "en", "fi", "fr", "ja", "ko", "ru", "sr", "th", "tr", "ur", "zh", "xx", "und")
TEXTS = (
    *(
        "the",
        "die",
        "Bridge",
        "Istanbul",
        "l'été",
        "EU:n",
        "Brücken",
        "Страна",
        "東京タワー",
        "東",
        "안녕하세요",
        "x-ray",
        "-",
        "'",
    ),
    *("IRAN", "night-train", "de la", "ประเทศไทย", "ﬁre"),
)


def words_of(lang: str, text: str, exact: bool) -> Reading | None:
    chain = language_chain(lang)
    words = chain.query_words(text)
    asked = [AskedWord(lang, word.form, chain.term(word.form), chain.fold(word.form), exact) for word in words]
    return Reading(tuple(asked), tuple(word.position - words[0].position for word in words)) if words else None


def spelt(part: str, lang: str) -> str:
    words = language_chain(lang).query_words(part)
    return words[0].form if len(words) == 1 else part.casefold()


def read(leaf: Query, lang: str, exact: bool) -> Reading | None:
    """One leaf in one language, by the words of its chain."""
    if isinstance(leaf, Wildcard):
        pattern = "".join(one if one in "*?" else spelt(one, lang) for one in regex.split(r"([*?])", leaf.text))
        return Reading((AskedWord(lang, pattern, pattern, pattern, exact=True),), (0,), kind="wildcard")
    text = " ".join(leaf.words) if isinstance(leaf, Phrase) else leaf.text
    found = words_of(lang, text, exact or isinstance(leaf, ExactTerm))
    if found is None:
        return None
    if isinstance(leaf, Prefix):
        return found._replace(kind="prefix")
    if isinstance(leaf, FuzzyTerm) and len(found.words) == 1:
        return found._replace(kind="fuzzy", distance=leaf.maxdist)
    return found._replace(slop=leaf.slop - 1) if isinstance(leaf, Phrase) else found


def leaves_of(text: str) -> list[Query]:
    leaves = [Term("text", text), ExactTerm("text", text), Prefix("text", text), FuzzyTerm("text", text, maxdist=2)]
    return [*leaves, Wildcard("text", f"{text}*{text}?"), Phrase("text", [text, "a", text], slop=3)]


def assert_read(leaf: Query, langs: tuple[str, ...], match: str, qlang: str | None) -> None:
    found = readings(leaf, langs, match=match, qlang=qlang)
    expected = {lang: read(leaf, lang, match == "exact" or qlang not in (None, lang)) for lang in langs}
    assert dict(found.by_lang) == {lang: reading for lang, reading in expected.items() if reading is not None}
    assert len(found.by_lang) == len(dict(found.by_lang))
    text = " ".join(leaf.words) if isinstance(leaf, Phrase) else leaf.text
    if not isinstance(leaf, Wildcard):
        several = {lang for lang in langs if len(language_chain(lang).query_words(text)) > 1}
        assert found.several == several
    if type(leaf) is Term:
        for lang in langs:
            chain = language_chain(lang)
            stopped = all(chain.fold(word.form) in chain.stop_words for word in chain.query_words(text))
            assert (lang in found.idle) == stopped, (lang, leaf)
    else:
        assert not found.idle


@pytest.mark.parametrize("seed", seeds(3, 60))
def test_leaves_are_read_as_each_chain_reads_them(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    for text in (*TEXTS, *(" ".join(rng.sample(TEXTS, 2)) for _ in range(20))):
        langs = tuple(rng.sample(LANGS, rng.randint(1, len(LANGS))))
        for leaf in leaves_of(text):
            assert_read(leaf, langs, rng.choice(("forms", "forms", "exact")), rng.choice((None, "fr", "tr")))


def test_words_of_real_titles_are_read_as_each_chain_reads_them(shared: Path) -> None:
    rng = random.Random(8)
    for pool in pools(shared / "data"):
        for text in rng.sample(pool.texts, min(2, len(pool.texts))):
            for word in text.title.split()[:4]:
                assert_read(Term("text", word), LANGS, "forms", None)


def test_readings_of_some_languages_are_kept_as_they_are() -> None:
    read_before = readings(Phrase("text", ["東京タワー", "fire"], slop=4), LANGS).by_lang
    some = {lang: reading for lang, reading in read_before.items() if lang in ("fr", "ja", "xx")}
    assert dict(Spoken.of(some, LANGS)) == some
