"""The chains: for each language, how its text becomes words and its words terms."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

from index.analysis.chain import Chain, Word
from index.analysis.folding import Folding
from index.analysis.forms import form_of
from index.analysis.languages import LANGUAGES, Language
from index.analysis.stemming import Stemmer
from index.analysis.tables import lines, rows
from index.analysis.words import elided, graphemes, word_finder

_REMEMBERED_FORMS = 200_000
_REMEMBERED_LENGTH = 40

_new = tuple.__new__  # Word(...) by way of its generated __new__ takes twice the time


@lru_cache(maxsize=1_000)
def language_chain(lang: str) -> LanguageChain:
    """As :func:`chain_for`, with the rules that it follows laid open."""
    return LanguageChain(lang, LANGUAGES.get(lang))


def chain_for(lang: str) -> Chain:
    """The chain of a language (BCP 47 primary); one without stemmer and stop words where the language is unknown.

    The same object for the same language; safe for several threads.
    """
    return language_chain(lang)


class LanguageChain:
    """The analysis of one language, made of the tables of this package. See :class:`index.analysis.chain.Chain`."""

    def __init__(self, lang: str, language: Language | None) -> None:
        self._lang = lang
        self.folding = Folding(lang)
        self._stemmer = Stemmer(language.stemmer, lang) if language and language.stemmer else None
        self.stems = self._stemmer is not None or self.folding.respells
        """Whether a term is more than the folded form."""
        self.keeps_ascii = self.folding.keeps_ascii and (self._stemmer is None or self._stemmer.keeps_ascii)
        """Whether forms of ASCII alone are their own terms and folds."""
        self.stems_others = self._stemmer is not None and not self._stemmer.keeps_others
        """Whether it may stem forms without a Latin letter or an apostrophe."""
        self.dotless_i = lang in _marked("dotless-i")
        """Whether capital I is the capital of ı."""
        self.colon_joins = lang in _marked("colon-joins")
        """Whether a colon may stand inside a word."""
        self.articles = frozenset(_elisions().get(lang, ()))
        """What an apostrophe joins on to the next word, case-folded."""
        self.habits: Hashable = (self.dotless_i, self.colon_joins, self.articles)
        """What :meth:`words` and :meth:`query_words` hang on: the same for chains that find the same words."""
        self.finds_otherwise = bool(self.dotless_i or self.colon_joins or self.articles)
        """Whether it has a habit that most have not."""
        self.spelling: Hashable = (self.folding.habits, self._stemmer and self._stemmer.habits)
        """What :meth:`term` and :meth:`fold` hang on, likewise."""
        self._finder = word_finder(colon_joins=self.colon_joins)
        self._forms = _remembered_forms(self.dotless_i)

    def __repr__(self) -> str:
        return f"<chain of {self._lang}>"

    @property
    def lang(self) -> str:
        return self._lang

    @cached_property
    def stop_words(self) -> frozenset[str]:
        found = set()
        for line in lines(f"stopwords/{self._lang}.txt"):
            for entry in line.split():
                words = self.query_words(entry)
                if len(words) == 1:
                    found.add(self.fold(words[0].form))
        return frozenset(found)

    def words(self, text: str) -> list[Word]:
        return self._words(text, for_query=False)

    def query_words(self, text: str) -> list[Word]:
        return self._words(text, for_query=True)

    def words_of(self, text: str, start: int) -> list[Word]:
        """The words of the one word or run that stands in ``text`` from ``start`` on; what stands before it can only
        tie a grapheme together."""
        ((first, end, is_run),) = self._finder.spans(text[start:])
        if not is_run:
            words = self._words(text[start:], for_query=False)
            return [Word(form, position, start + at, start + stop) for form, position, at, stop in words]
        return _run_words(self._units(text, start + first, start + end), 0, for_query=False)

    def term(self, form: str) -> str:
        stem = self.folding.respelt(form)
        if self._stemmer is not None:
            stem = self._stemmer.stem(stem)
        return self.folding.fold(stem)

    def stem_of_thread(self) -> Callable[[str], str] | None:
        """What makes of a form what :meth:`term` folds, for this thread alone; empty, or ``None`` in its place, where
        that is the form itself."""
        if self._stemmer is None:
            return self.folding.respelt if self.folding.respells else None
        stem = self._stemmer.of_thread()
        if not self.folding.respells:
            return stem
        return lambda form: stem(respelt := self.folding.respelt(form)) or respelt

    def fold(self, form: str) -> str:
        return self.folding.fold(form)

    def terms(self, forms: Sequence[str]) -> Sequence[str]:
        stems = self.folding.respelt_all(forms)
        if self._stemmer is not None:
            stems = self._stemmer.stems(stems)
        return self.folding.fold_all(stems)

    def folds(self, forms: Sequence[str]) -> Sequence[str]:
        return self.folding.fold_all(forms)

    def _words(self, text: str, *, for_query: bool) -> list[Word]:
        found: list[Word] = []
        append, known, articles = found.append, self._forms.get, self.articles
        position = 0
        for start, end, is_run in self._finder.spans(text):
            if is_run:
                units = self._units(text, start, end)
                found.extend(_run_words(units, position, for_query=for_query))
                position += len(units)
                continue
            raw = text[start:end]
            form = known(raw)
            if form is None:
                form = self._form(raw)
            if articles and "'" in form:
                for word in self._elided(text, start, end, position):
                    append(word)
                    position += 1
            elif form:
                append(_new(Word, (form, position, start, end)))
                position += 1
        return found

    def _elided(self, text: str, start: int, end: int, position: int) -> Iterator[Word]:
        for first, last in elided(text, start, end, self.articles):
            if form := self._form(text[first:last]):
                yield Word(form, position, first, last)
                position += 1

    def _units(self, text: str, start: int, end: int) -> list[tuple[str, int, int]]:
        """The graphemes of a run that are letters or digits: form, start, end."""
        known = self._forms.get
        units = []
        for first, last in graphemes(text, start, end):
            raw = text[first:last]
            form = known(raw)
            if form is None:
                form = self._form(raw)
            if form:
                units.append((form, first, last))
        return units

    def _form(self, raw: str) -> str:
        form = self._forms.get(raw)
        if form is None:
            form = form_of(raw, dotless_i=self.dotless_i)
            if len(raw) <= _REMEMBERED_LENGTH:
                if len(self._forms) >= _REMEMBERED_FORMS:
                    self._forms.clear()  # hostile text must not fill the memory; ordinary text fills it again at once
                self._forms[raw] = form
        return form


def _run_words(units: list[tuple[str, int, int]], position: int, *, for_query: bool) -> list[Word]:
    """The words of a run: at each grapheme that one and the pair that begins with it; for a query only the pairs."""
    found: list[Word] = []
    append, nfc = found.append, unicodedata.normalize
    singles = not for_query or len(units) == 1
    for (form, start, end), (following, _, following_end) in pairwise(units):
        if singles:
            append(_new(Word, (form, position, start, end)))
        append(_new(Word, (nfc("NFC", form + following), position, start, following_end)))
        position += 1
    if singles and units:
        form, start, end = units[-1]
        append(_new(Word, (form, position, start, end)))
    return found


@lru_cache(maxsize=2)
def _remembered_forms(dotless_i: bool) -> dict[str, str]:
    """Forms by words as written, shared by all languages that have the same capitals: some 40 MB where it is full."""
    del dotless_i  # it is the key
    return {}


@lru_cache(maxsize=1)
def _elisions() -> dict[str, list[str]]:
    return {lang: articles.split() for langs, articles in rows("elisions.tsv") for lang in langs.split()}


@lru_cache(maxsize=8)
def _marked(habit: str) -> frozenset[str]:
    return frozenset(code for code, language in LANGUAGES.items() if habit in language.habits)
