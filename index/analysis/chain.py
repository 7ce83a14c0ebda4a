"""What an analysis chain promises: from text to words, from words to terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Word(NamedTuple):
    """One word as it stands in a text."""

    form: str
    """The word as written, case-folded, accents kept, NFC."""
    position: int
    """Its place in the text, counted in words from 0. A run without spaces between words (Han, Thai, Hangul ...)
    takes one position per grapheme: at position *i* stand the single grapheme and the bigram that begins there."""
    start: int
    """Offset of its first code point in the text given to :meth:`Chain.words`."""
    end: int
    """Offset behind its last code point."""


class Chain(Protocol):
    """The analysis of one language. Chains are immutable and may be shared between threads."""

    @property
    def lang(self) -> str:
        """BCP 47 primary language."""

    @property
    def stop_words(self) -> frozenset[str]:
        """Forms that carry no meaning of their own in this language, folded like :meth:`fold`."""

    def words(self, text: str) -> list[Word]:
        """All words of ``text`` for the index, in order of position, then of length. Cost: linear in the text."""

    def query_words(self, text: str) -> list[Word]:
        """The words of ``text`` for a query: of a run without spaces only what is needed to find it as a phrase
        (its bigrams, or its one grapheme). Positions are those of :meth:`words`."""

    def term(self, form: str) -> str:
        """What the chain makes of a form: stemmed where the language has a stemmer, then folded. Plain words match
        where terms are equal."""

    def fold(self, form: str) -> str:
        """The form with those accents and variants removed that readers of this language leave out when typing.
        Plain words also match where folded forms are equal."""

    def terms(self, forms: Sequence[str]) -> Sequence[str]:
        """:meth:`term` of each of many forms, none of which holds a line feed; cheaper than one by one."""

    def folds(self, forms: Sequence[str]) -> Sequence[str]:
        """:meth:`fold` of each of many forms, none of which holds a line feed; cheaper than one by one."""
