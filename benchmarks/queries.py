"""The named queries that every benchmark of searching asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One question, in no engine's language."""

    name: str
    words: tuple[str, ...]
    kind: Literal["all", "any", "phrase"] = "all"
    section: str | None = None
    first_day: str | None = None
    last_day: str | None = None


NAMED_QUERIES = (
    NamedQuery("one word", ("cocoa",)),
    NamedQuery("two words, all", ("oil", "prices")),
    NamedQuery("three words, any", ("wheat", "exports", "japan"), kind="any"),
    NamedQuery("phrase", ("interest", "rates"), kind="phrase"),
    NamedQuery("words, section and dates", ("bank",), section="acq", first_day="1987-03-01", last_day="1987-03-31"),
)
