"""The languages of a vocabulary, numbered, with what the kernels need to know of each."""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis.chains import LanguageChain, language_chain
from index.analysis.characters import MID_COLON, MID_LETTER
from index.analysis.word_kernels import MOST_ARTICLE

MOST_LANGUAGES = 65_536


class LanguageTable:
    """Languages by number, in order of first sight; the arrays have one entry per language."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.chains: list[LanguageChain] = []
        self.seeds = np.empty(0, np.uint64)
        """Where the hashes of this language begin; secret, so that no text is made to collide."""
        self.mid_letters = np.empty(0, np.uint32)
        """Classes of what may stand between two letters of a word."""
        self.dotless = np.empty(0, np.bool_)
        self.article_starts = np.zeros(1, np.int64)
        """(languages + 1,) into ``articles``."""
        self.articles = np.empty(0, np.uint64)
        """Elided articles, each letter a byte."""
        self._numbers: dict[str, int] = {}

    def number(self, lang: str) -> int:
        """The number of a language, which is entered if it is new."""
        number = self._numbers.get(lang)
        return self._entered(lang) if number is None else number

    def _entered(self, lang: str) -> int:
        if len(self.names) == MOST_LANGUAGES:
            raise ValueError(f"more than {MOST_LANGUAGES} languages in one vocabulary; give words the field language")
        chain = language_chain(lang)
        articles = sorted(map(_packed, chain.articles))
        self.seeds = np.append(self.seeds, np.uint64(secrets.randbits(64)))
        self.mid_letters = np.append(self.mid_letters, np.uint32(MID_LETTER | MID_COLON * chain.colon_joins))
        self.dotless = np.append(self.dotless, chain.dotless_i)
        self.articles = np.append(self.articles, np.array(articles, np.uint64))
        self.article_starts = np.append(self.article_starts, len(self.articles))
        self.chains.append(chain)
        self.names.append(lang)
        self._numbers[lang] = len(self.names) - 1
        return len(self.names) - 1

    def dotless_of(self, numbers: NDArray[np.integer[Any]]) -> list[bool]:
        """Whether each of these languages has a dotless i."""
        found: list[bool] = self.dotless[numbers].tolist()
        return found


def _packed(article: str) -> int:
    if not article.isascii() or len(article) > MOST_ARTICLE:
        raise ValueError(f"elisions.tsv: {article!r} is not ASCII or longer than {MOST_ARTICLE} letters")
    return int.from_bytes(article.encode(), "big")
