"""Forms found for a whole query at once, against all forms of an index looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import pytest

from benchmarks.texts import pools
from index.analysis import chain_for
from index.article import Article
from index.columnar.atomic import Folder
from index.columnar.engine import ColumnarEngine
from index.columnar.form_lookup import FormLookup
from index.columnar.lexicon_arrays import Blocks
from index.columnar.manifest import newest
from index.columnar.reader import ColumnarReader
from index.columnar.segment import open_segment
from index.engine import FOLD_WEIGHT, TERM_WEIGHT, AskedWord, FormLists
from index.errors import IndexDamaged
from tests.archive import article, build_index
from tests.soak import seeds

WORDS = {
    "en": "agree agreed agreement agre cafe café cafès cafes news new naive naïve résumé resume resumes",
    "de": "Haus Häuser Hauses Strasse Straße über uber überall Brücke Brucke Brücken",
    "fr": "été étés ete etes être état états œuvre oeuvre œuvres",
    "ro": "știri ştiri stiri știre țară ţară tara",
    "ru": "ещё еще мост моста мосту за\u0301мок замок замки",
    "zh": "老橋 老桥 港口 選舉 选举",
    "tlh": "qapla' qapla café cafe",
}


class Found(NamedTuple):
    """A row of a :class:`FormLists` in plain values."""

    asked: int
    segment: int
    form: str
    weight: float
    start: int
    titles: int
    bodies: int
    living_titles: int
    living_bodies: int


def rows_of(found: FormLists) -> list[Found]:
    columns = (found.titles, found.bodies, found.living_titles, found.living_bodies)
    assert len(found.at) == len(found) + 1
    assert found.forms() == [found.form(row) for row in range(len(found))]
    numbers = zip(*(column.tolist() for column in (found.asked, found.segment, found.start, *columns)), strict=True)
    weights = [round(weight, 6) for weight in found.weight.tolist()]
    return [
        Found(asked, segment, form, weight, *rest)
        for (asked, segment, *rest), form, weight in zip(numbers, found.forms(), weights, strict=True)
    ]


class Form(NamedTuple):
    text: str
    term: str
    fold: str
    start: int
    titles: int
    bodies: int


class Everything:
    """All forms of a reader by segment and language, with their lists."""

    def __init__(self, reader: ColumnarReader) -> None:
        self._reader = reader
        self.forms: dict[tuple[int, str], list[Form]] = {}
        for segment, live in enumerate(reader.live):
            for lang, forms in live.segment.lexicon.languages.items():
                rows = self.forms[segment, lang] = []
                chain = chain_for(lang)
                for number in range(len(forms)):
                    text, entry = forms.entry(number)
                    form = text.decode()
                    rows.append(Form(form, chain.term(form), chain.fold(form), *entry[1:]))

    def where(self, langs: Sequence[str], weight: Callable[[int, Form], float]) -> list[Found]:
        """The rows of those forms to which ``weight`` (of what is asked, and the form) gives one."""
        return [
            Found(asked, segment, form.text, round(given, 6), *form[3:], *self._living(segment, form))
            for segment in range(len(self._reader.live))
            for asked, lang in enumerate(langs)
            for form in self.forms.get((segment, lang), ())
            if (given := weight(asked, form))
        ]

    def _living(self, segment: int, form: Form) -> tuple[int, int]:
        live = self._reader.live[segment]
        docs = live.segment.postings.docs(form.start, form.start + form.titles + form.bodies)
        alive = live.alive[docs]
        return int(alive[: form.titles].sum()), int(alive[form.titles :].sum())


def word_of(lang: str, form: str, exact: bool = False) -> AskedWord:
    chain = chain_for(lang)
    return AskedWord(lang, form, chain.term(form), chain.fold(form), exact)


def words_found(every: Everything, asked: Sequence[AskedWord]) -> list[Found]:
    def weight(number: int, form: Form) -> float:
        word = asked[number]
        if form.text == word.form:
            return 1.0
        if word.exact:
            return 0.0
        return FOLD_WEIGHT if form.fold == word.fold else TERM_WEIGHT if form.term == word.term else 0.0

    return every.where([word.lang for word in asked], weight)


def prefixes_found(every: Everything, asked: Sequence[tuple[str, str]]) -> list[Found]:
    plain = [chain_for(lang).fold(prefix) == prefix for lang, prefix in asked]

    def weight(number: int, form: Form) -> float:
        prefix = asked[number][1]
        return float(form.text.startswith(prefix) or (plain[number] and form.fold.startswith(prefix)))

    return every.where([lang for lang, _ in asked], weight)


@pytest.fixture(scope="module", params=seeds(3, 30))
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ColumnarReader]:
    """An index of several segments, some of whose articles are deleted."""
    rng = Random(request.param)
    print(f"seed {request.param}")
    with ColumnarEngine.open(tmp_path_factory.mktemp("forms") / "ix", create=True) as engine:
        for _ in range(rng.randint(1, 5)):
            made = [some_article(rng) for _ in range(rng.randint(1, 60))]
            engine.add(made)
            engine.commit()
            if rng.random() < 0.6:
                engine.delete([one.id for one in rng.sample(made, len(made) // 3)])
                engine.commit()
        assert engine.check() == []
        yield engine.reader()


def some_article(rng: Random) -> Article:
    lang = rng.choice([*WORDS])
    words = [rng.choice(WORDS[lang].split()) for _ in range(rng.randint(1, 12))]
    extra = [f"w{rng.randint(0, 400)}" for _ in range(rng.randint(0, 8))]
    return article(" ".join(words[: rng.randint(0, 3)]), " ".join([*words, *extra, rng.randbytes(4).hex()]), lang)


def all_forms(every: Everything) -> list[tuple[str, str]]:
    return sorted({(lang, form) for (_, lang), rows in every.forms.items() for form, *_ in rows})


def test_words_are_found_with_their_accents_and_their_other_forms(reader: ColumnarReader) -> None:
    every = Everything(reader)
    asked = [word_of(lang, form, exact) for lang, form in all_forms(every) for exact in (False, True)]
    asked += [word_of(lang, chain_for(lang).term(form)) for lang, form in all_forms(every)]
    asked += [word_of(lang, chain_for(lang).fold(form)) for lang, form in all_forms(every)]
    assert rows_of(reader.find_words(asked)) == words_found(every, asked)


def test_a_word_that_is_nowhere_is_found_by_its_other_forms(reader: ColumnarReader) -> None:
    every = Everything(reader)
    langs = [*sorted({lang for lang, _ in all_forms(every)}), "xx"]
    plain = [word for words in WORDS.values() for word in words.split()]
    typed = sorted(
        {word for lang in langs for one in plain for word in (one, one.upper(), one + "s", one + "en", one[:-1])}
    )
    asked = [
        word_of(lang, words[0].form) for lang in langs for one in typed if (words := chain_for(lang).query_words(one))
    ]
    found = rows_of(reader.find_words(asked))
    assert found == words_found(every, asked)
    assert {row.weight for row in found} == {1.0, FOLD_WEIGHT, TERM_WEIGHT}


def test_prefixes_are_found_without_a_cap_and_with_accents(reader: ColumnarReader) -> None:
    every = Everything(reader)
    prefixes = {(lang, form[:size]) for lang, form in all_forms(every) for size in (0, 1, 2, 3, len(form))}
    prefixes |= {(lang, chain_for(lang).fold(prefix)) for lang, prefix in prefixes}
    asked = sorted({*prefixes, ("en", "zzz"), ("xx", "a"), ("en", "w1"), ("zh", "\U0010ffff")})
    assert rows_of(reader.find_prefixes(asked)) == prefixes_found(every, asked)


def test_nothing_is_found_where_nothing_is_asked_or_there(reader: ColumnarReader, tmp_path: Path) -> None:
    assert len(reader.find_words([])) == len(reader.find_prefixes([])) == 0
    assert len(reader.find_words([word_of("en", "nowhere")])) == 0
    with ColumnarEngine.open(tmp_path / "empty", create=True) as engine:
        assert len(engine.reader().find_words([word_of("en", "a")])) == 0
        assert len(engine.reader().find_prefixes([("en", "a")])) == 0


def test_living_counts_are_those_of_documents_that_are_not_deleted(reader: ColumnarReader) -> None:
    every = Everything(reader)
    found = reader.find_prefixes([(lang, "") for lang in sorted({lang for lang, _ in all_forms(every)})])
    assert int(found.living_titles.sum() + found.living_bodies.sum()) == sum(
        int(one.alive[one.docs].sum()) for one in reader.segments
    )
    whole = [number for number, one in enumerate(reader.segments) if one.living == one.count]
    rows = np.isin(found.segment, whole)
    np.testing.assert_array_equal(found.living_titles[rows], found.titles[rows])


def test_more_forms_of_a_word_than_room_was_taken_for(tmp_path: Path) -> None:
    letters = {"a": "aáä", "e": "eéè"}
    forms = ["".join(chosen) for chosen in product(*(letters.get(letter, letter) for letter in "abecedaba"))]
    long = ["é" * 128, "é" * 127 + "e", "e" * 128]
    with ColumnarEngine.open(tmp_path / "ix", create=True) as engine:
        engine.add([article("", " ".join(forms), "fr"), article("", " ".join(long), "fr")])
        engine.commit()
        reader = engine.reader()
        every = Everything(reader)
        for word in (*forms[:3], *long):
            asked = [word_of("fr", word)] * 2
            assert rows_of(reader.find_words(asked)) == words_found(every, asked)
            assert rows_of(reader.find_prefixes([("fr", word[:2])])) == prefixes_found(every, [("fr", word[:2])])


def test_folded_forms_are_made_where_the_lexicon_has_none() -> None:
    folder = Folder(Path(__file__).parent / "format_1")
    manifest = newest(folder)
    reader = ColumnarReader(manifest, [open_segment(folder, entry) for entry in manifest.segments])
    assert all("folded" not in one.segment.files["lexicon"].names() for one in reader.live)
    every = Everything(reader)
    asked = [(lang, form[:size]) for lang, form in all_forms(every) for size in (1, 2, 4)]
    asked += [(lang, chain_for(lang).fold(prefix)) for lang, prefix in asked]
    assert rows_of(reader.find_prefixes(asked)) == prefixes_found(every, asked)


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ColumnarReader]:
    """The titles of the real archives, in all their languages, over several segments."""
    rng = Random(5)
    made = [
        article(text.title, text.title, pool.lang)
        for pool in pools(shared / "data")
        for text in rng.sample(pool.texts, min(400, len(pool.texts)))
    ]
    rng.shuffle(made)
    path = build_index(tmp_path_factory.mktemp("real") / "ix", made, commits=3)
    with ColumnarEngine.open(path) as engine:
        engine.delete([one.id for one in made[::7]])
        engine.commit()
        yield engine.reader()


def test_words_of_real_titles_in_all_languages(real: ColumnarReader) -> None:
    rng = Random(6)
    every = Everything(real)
    assert len({lang for _, lang in every.forms}) > 40
    asked = [word_of(lang, form) for lang, form in rng.sample(all_forms(every), 400)]
    asked += [word_of(lang, word.form) for word in asked[:20] for lang in ("de", "en", "vi", "ar", "ru", "zh", "tr")]
    assert rows_of(real.find_words(asked)) == words_found(every, asked)


def test_prefixes_of_real_titles_in_all_languages(real: ColumnarReader) -> None:
    rng = Random(7)
    every = Everything(real)
    asked = [(lang, form[: rng.randint(1, 5)]) for lang, form in rng.sample(all_forms(every), 150)]
    asked += [(lang, chain_for(lang).fold(prefix)) for lang, prefix in asked]
    assert rows_of(real.find_prefixes(asked)) == prefixes_found(every, asked)


@pytest.mark.parametrize("seed", seeds(20, 1_000))
def test_blocks_of_any_bytes_are_damage_or_forms_and_nothing_else_is_read(reader: ColumnarReader, seed: int) -> None:
    """Blocks that were written so, by whom ever: their checksums are right."""
    rng = Random(seed)
    print(f"seed {seed}")
    number = rng.randrange(len(reader.live))
    lexicon = reader.live[number].segment.lexicon
    before, folded = lexicon.arrays, lexicon.folded
    every = sorted({form for _, form in all_forms(Everything(reader))})
    asked = [word_of(lang, form) for form in rng.sample(every, min(60, len(every))) for lang in WORDS]
    prefixes = [(word.lang, word.form[: rng.randint(0, 3)]) for word in asked]
    lookup = FormLookup(reader.live, reader.segments)
    try:
        forms = spoilt(before.forms, rng)
        vars(lexicon)["arrays"] = replace(before, forms=forms)
        vars(lexicon)["folded"] = spoilt(folded, rng)
        for find in (lambda: lookup.words(asked), lambda: lookup.prefixes(prefixes)):
            with suppress(IndexDamaged):
                assert len(find().at) > 0
    finally:
        vars(lexicon)["arrays"], vars(lexicon)["folded"] = before, folded


def spoilt(blocks: Blocks, rng: Random) -> Blocks:
    """Blocks some of whose bytes are others, with room behind them as in a file."""
    data = np.concatenate((blocks.data, np.zeros(64, np.uint8)))
    for _ in range(rng.randint(1, 30)):
        if len(blocks.data):
            data[rng.randrange(len(blocks.data))] = rng.choice([0, 1, 127, 128, 200, 255, rng.randrange(256)])
    return blocks._replace(data=data[: len(blocks.data)])
