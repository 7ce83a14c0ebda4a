"""The languages that we know by name, and what is particular to each: ``languages.tsv``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index.analysis.tables import rows


@dataclass(frozen=True, slots=True)
class Language:
    """One language: how it is called and written, and how its words are treated."""

    code: str
    """BCP 47 primary language."""
    english: str
    native: str
    scripts: tuple[str, ...]
    """ISO 15924 codes, the usual one first."""
    direction: Literal["ltr", "rtl"]
    """Of the usual script."""
    stemmer: str | None
    """The Snowball algorithm, where there is one."""
    habits: frozenset[str]
    """``dotless-i``: I is the capital of ı. ``colon-joins``: a colon may stand inside a word (EU:s)."""


class _Languages(Mapping[str, Language]):
    """The table, read when first asked for."""

    def __getitem__(self, code: str) -> Language:
        return _table()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_table())

    def __len__(self) -> int:
        return len(_table())


LANGUAGES: Mapping[str, Language] = _Languages()
"""All languages known by name, by code. Any other language is analysed too, without a stemmer."""


@lru_cache(maxsize=1)
def _table() -> dict[str, Language]:
    return {language.code: language for language in map(_language, rows("languages.tsv"))}


def _language(cells: list[str]) -> Language:
    code, english, native, scripts, direction, stemmer, habits = cells
    return Language(
        code=code,
        english=english,
        native=native,
        scripts=tuple(scripts.split()),
        direction="rtl" if direction == "rtl" else "ltr",
        stemmer=None if stemmer == "-" else stemmer,
        habits=frozenset(habits.split()) - {"-"},
    )
