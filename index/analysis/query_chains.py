"""The chains of several languages at once, for the words of a query: what they do alike is done once."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import TypeAlias

import regex

from index.analysis.chains import LanguageChain, language_chain

Forms: TypeAlias = Sequence[tuple[str, int]]
"""Words as typed for a query: their forms and positions."""
_COLONS = (":", "\ufe55", "\uff1a")


class QueryChains:
    """What the chains of some languages make of words, the same as each of them. Immutable; safe for several
    threads."""

    def __init__(self, langs: tuple[str, ...]) -> None:
        self.langs = langs
        self.every = frozenset(langs)
        self.place: Mapping[str, int] = {lang: place for place, lang in enumerate(langs)}
        self.places = array("I", range(len(langs)))
        """The places of all languages."""
        chains = [language_chain(lang) for lang in langs]
        finders = {chain.habits: chain for chain in reversed(chains)}
        self._finders: list[LanguageChain] = sorted(finders.values(), key=lambda chain: chain.finds_otherwise)
        numbers = {chain.habits: number for number, chain in enumerate(self._finders)}
        self.finder_of: Sequence[int] = [numbers[chain.habits] for chain in chains]
        """Which of the ways of finding words that :meth:`words` tells apart each language has."""
        spellers = {chain.spelling: chain for chain in chains}
        self._spellers = list(spellers.values())
        groups = {spelling: number for number, spelling in enumerate(spellers)}
        speller_of = [groups[chain.spelling] for chain in chains]
        self._by_language = itemgetter(*speller_of) if len(speller_of) > 1 else lambda ways: list(ways)
        foldings = {chain.folding.habits: chain.folding for chain in self._spellers}
        self._foldings = list(foldings.values())
        folds = {habits: number for number, habits in enumerate(foldings)}
        self._fold_of = [folds[chain.folding.habits] for chain in self._spellers]
        self._unlike_ascii = [number for number, one in enumerate(self._foldings) if not one.keeps_ascii]
        numbered = list(enumerate(self._spellers))
        self._of_ascii = [number for number, one in numbered if not one.keeps_ascii]
        self._of_others = [number for number, one in numbered if one.stems_others or one.folding.respells]
        self._of_all = [number for number, one in numbered if one.stems]
        self._local = threading.local()

    def words(self, text: str) -> Sequence[Forms]:
        """The words of ``text`` by each way of finding them; the very same object where that is the same. Cost: some
        microseconds."""
        if not self._finders:
            return []
        first = self._found(self._finders[0], text)
        if self._finders[0].finds_otherwise:
            return [first, *(self._found(chain, text) for chain in self._finders[1:])]
        # A chain of plain habits leaves apostrophes in its forms, and nothing else than capitals and colons is read
        # otherwise by others.
        plain = text.lower() == text or (text.isascii() and "I" not in text)
        joined = any("'" in form for form, _ in first)
        colon = any(sign in text for sign in _COLONS)
        found = [first]
        for chain in self._finders[1:]:
            alike = (plain or not chain.dotless_i) and not (joined and chain.articles)
            alike = alike and not (colon and chain.colon_joins)
            words = first if alike else self._found(chain, text)
            found.append(first if words == first else words)
        return found

    def ways(self, form: str) -> tuple[Sequence[tuple[str, str]], Sequence[int]]:
        """Terms with folds that a form has, all different, and which of these each language makes of it. The first is
        the form itself, even where no language has that. Cost: half a microsecond for each stemmer of its script, and
        for each folding where the form is not ASCII."""
        folds, fold_of, foldings, stems = self._folds(form), self._fold_of, self._foldings, self._stems()
        ways = {(form, form): 0}
        if form.isascii():
            way_of, spellers = [0] * len(fold_of), self._of_ascii
        else:  # as if none stemmed it, then by those that may
            way_of = [ways.setdefault((fold, fold), len(ways)) for fold in map(folds.__getitem__, fold_of)]
            spellers = self._of_all if _latin().search(form) else self._of_others
        for number in spellers:
            stem, folding = stems[number], fold_of[number]
            term = fold = folds[folding]
            if stem is not None:
                stemmed = stem(form)
                if stemmed != form and stemmed:
                    term = foldings[folding].fold(stemmed)
            way_of[number] = 0 if term == fold == form else ways.setdefault((term, fold), len(ways))
        return list(ways), self._by_language(way_of)

    def folds(self, form: str) -> Sequence[str]:
        """What each language makes of a form without its accents."""
        folds = self._folds(form)
        return self._by_language([folds[number] for number in self._fold_of])

    def _folds(self, form: str) -> list[str]:
        """By each of the foldings."""
        if not form.isascii():
            return [folding.fold(form) for folding in self._foldings]
        folds = [form] * len(self._foldings)
        for number in self._unlike_ascii:
            folds[number] = self._foldings[number].fold(form)
        return folds

    @cached_property
    def stop_words(self) -> Mapping[str, Sequence[int]]:
        """By folded form the places of the languages in which it is a stop word."""
        found: dict[str, list[int]] = {}
        for place, lang in enumerate(self.langs):
            for word in language_chain(lang).stop_words:
                found.setdefault(word, []).append(place)
        return found

    def _stems(self) -> Sequence[Callable[[str], str] | None]:
        """Of each way of spelling what stems a form, where anything does, for this thread."""
        stems: Sequence[Callable[[str], str] | None] | None = getattr(self._local, "stems", None)
        if stems is None:
            stems = self._local.stems = [chain.stem_of_thread() for chain in self._spellers]
        return stems

    def _found(self, chain: LanguageChain, text: str) -> Forms:
        return [(form, position) for form, position, _, _ in chain.query_words(text)]


@lru_cache(maxsize=1)
def _latin() -> regex.Pattern[str]:
    """What any stemmer of a Latin script may look for: its letters, and apostrophes."""
    return regex.compile(r"[\p{Latin}'\u2019]")


@lru_cache(maxsize=64)
def query_chains(langs: tuple[str, ...]) -> QueryChains:
    """The chains of these languages; the same object for the same ones."""
    return QueryChains(langs)
