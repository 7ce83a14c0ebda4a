"""Questions that the benchmarks of searching ask, in no engine's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PER_PAGE = 20
MONTH = "30d"
"""What stands for a month where an engine has no calendar."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. The answer is the ids of one page of hits, the exact total and four facets (section, language,
    source, date by month), each leaving out its own filter."""

    name: str
    words: tuple[str, ...] = ()
    kind: Literal["all", "any", "phrase", "prefix", "fuzzy", "browse"] = "all"
    section: str | None = None
    lang: str | None = None
    first_day: str | None = None
    last_day: str | None = None
    page: int = 1
    distance: int = 0
    """Letters that may differ, where ``kind`` is ``fuzzy``."""


NAMED_QUERIES = (
    Question("one word", ("cocoa",)),
    Question("two words, all", ("oil", "prices")),
    Question("three words, any", ("wheat", "exports", "japan"), kind="any"),
    Question("phrase", ("interest", "rates"), kind="phrase"),
    Question("words, section and dates", ("bank",), section="acq", first_day="1987-03-01", last_day="1987-03-31"),
)
