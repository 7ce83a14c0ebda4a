"""Stems by Snowball (PyStemmer), safe to share between threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import Protocol

from index.analysis.tables import rows

_NOT_LATIN = frozenset(("arabic", "armenian", "greek", "hindi", "nepali", "persian", "russian", "tamil", "yiddish"))
"""Algorithms whose rules name no letter of ASCII (Snowball's sources; Serbian's name letters of two scripts)."""
_TWO_SCRIPTS = frozenset(("serbian",))


class _Snowball(Protocol):
    def stemWord(self, word: str) -> str: ...
    def stemWords(self, words: Sequence[str]) -> list[str]: ...


class Stemmer:
    """One Snowball algorithm, and the few words of a language that it is wrong about (``stems.tsv``).

    Snowball's object is not for several threads, so each thread gets its own; without its cache, which makes it slower.
    """

    def __init__(self, algorithm: str, lang: str) -> None:
        self.algorithm = algorithm
        self._local = threading.local()
        self._words, self._endings = _exceptions().get(lang, ({}, {}))
        self.habits: Hashable = (algorithm, frozenset(self._words.items()), tuple(self._endings.items()))
        """The same for stemmers that do the same."""
        self.keeps_ascii = algorithm in _NOT_LATIN and not any(map(str.isascii, (*self._words, *self._endings)))
        """Whether no form of ASCII alone changes; ``keeps_others``: none without a Latin letter or an apostrophe."""
        self.keeps_others = algorithm not in _NOT_LATIN | _TWO_SCRIPTS

    def stem(self, form: str) -> str:
        """The stem of a form; the form itself where nothing would be left."""
        known = self._words.get(form)
        if known is not None:
            return known
        for ending, stem in self._endings.items():
            if form.endswith(ending):
                return form[: -len(ending)] + stem
        return self._snowball().stemWord(form) or form

    def of_thread(self) -> Callable[[str], str]:
        """:meth:`stem` for this thread alone, quicker; empty where nothing would be left."""
        stem: Callable[[str], str] = self.stem if self._words or self._endings else self._snowball().stemWord
        return stem

    def stems(self, forms: Sequence[str]) -> Sequence[str]:
        """:meth:`stem` of each form."""
        stems = self._snowball().stemWords(forms)
        if not all(stems):
            stems = [stem or form for stem, form in zip(stems, forms, strict=True)]
        if self._words or self._endings:
            exceptions, endings = self._words, tuple(self._endings)
            for place, form in enumerate(forms):
                if form in exceptions or form.endswith(endings):
                    stems[place] = self.stem(form)
        return stems

    def _snowball(self) -> _Snowball:
        snowball: _Snowball | None = getattr(self._local, "snowball", None)
        if snowball is None:
            import Stemmer as pystemmer

            snowball = self._local.snowball = pystemmer.Stemmer(self.algorithm, 0)
        return snowball


@lru_cache(maxsize=1)
def _exceptions() -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Per language: stems by whole word, and by ending."""
    table: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for lang, stem, forms in rows("stems.tsv"):
        words, endings = table.setdefault(lang, ({}, {}))
        for form in forms.split():
            (endings if form.startswith("-") else words)[form.lstrip("-")] = stem.lstrip("-")
    return table
