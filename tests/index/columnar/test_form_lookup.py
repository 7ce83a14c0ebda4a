"""Forms found for a whole query at once, against all forms of an index looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
import pytest

from index.analysis import chain_for
from index.columnar.engine import ColumnarEngine
from index.columnar.reader import ColumnarReader
from index.engine import FOLD_WEIGHT, TERM_WEIGHT, AskedWord, FormLists
from tests.archive import article
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


class Everything:
    """All forms of a reader by segment and language, with their lists."""

    def __init__(self, reader: ColumnarReader) -> None:
        self._reader = reader
        self.forms: dict[tuple[int, str], list[tuple[str, int, int, int]]] = {}
        for segment, live in enumerate(reader.live):
            for lang, forms in live.segment.lexicon.languages.items():
                rows = self.forms[segment, lang] = []
                for number in range(len(forms)):
                    text, entry = forms.entry(number)
                    rows.append((text.decode(), entry.start, entry.titles, entry.bodies))

    def where(self, langs: Sequence[str], weight: Callable[[int, str], float]) -> list[Found]:
        """The rows of those forms to which ``weight`` (of what is asked, and the form) gives one."""
        return [
            Found(asked, segment, form, round(weight(asked, form), 6), start, titles, bodies, *living)
            for segment in range(len(self._reader.live))
            for asked, lang in enumerate(langs)
            for form, start, titles, bodies in self.forms.get((segment, lang), ())
            if weight(asked, form)
            for living in [self._living(segment, start, titles, bodies)]
        ]

    def _living(self, segment: int, start: int, titles: int, bodies: int) -> tuple[int, int]:
        live = self._reader.live[segment]
        alive = live.alive[live.segment.postings.docs(start, start + titles + bodies)]
        return int(alive[:titles].sum()), int(alive[titles:].sum())


def word_of(lang: str, form: str, exact: bool = False) -> AskedWord:
    chain = chain_for(lang)
    return AskedWord(lang, form, chain.term(form), chain.fold(form), exact)


def words_found(every: Everything, asked: Sequence[AskedWord]) -> list[Found]:
    def weight(number: int, form: str) -> float:
        word = asked[number]
        chain = chain_for(word.lang)
        if form == word.form:
            return 1.0
        if word.exact:
            return 0.0
        if chain.fold(form) == word.fold:
            return FOLD_WEIGHT
        return TERM_WEIGHT if chain.term(form) == word.term else 0.0

    return every.where([word.lang for word in asked], weight)


def prefixes_found(every: Everything, asked: Sequence[tuple[str, str]]) -> list[Found]:
    def weight(number: int, form: str) -> float:
        lang, prefix = asked[number]
        chain = chain_for(lang)
        folded = chain.fold(prefix) == prefix and chain.fold(form).startswith(prefix)
        return 1.0 if form.startswith(prefix) or folded else 0.0

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


def some_article(rng: Random):
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
