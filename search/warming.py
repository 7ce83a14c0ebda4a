"""What the first searches of a process would wait for, done before anyone asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from index.errors import KioskError
from search.errors import SearchError
from search.request import SearchRequest

if TYPE_CHECKING:
    from search.searcher import Searcher


def warm_up(searcher: Searcher) -> None:
    """Asks one question of each kind about the newest article: kernels are compiled or loaded, the parts of the index
    that every search reads are read.

    Cost: half a second; where the kernels were never compiled on this machine, some 25. What fails here is said to
    whoever searches, not now.
    """
    with suppress(KioskError, SearchError):
        newest = searcher.search(SearchRequest(per_page=1)).hits
        for hit in newest:
            words = hit.title.text.split()[:2] or ["a"]
            for text in _questions(words):
                searcher.search(SearchRequest(q=text, per_page=1))
            searcher.suggest(words[0])
            searcher.similar(hit.id)


def _questions(words: list[str]) -> Iterator[str]:
    """Words, a phrase, a prefix, a pattern, a fuzzy word."""
    first = words[0]
    yield from (" ".join(words), f'"{" ".join(words)}"', f"{first[:2]}*", f"{first[:1]}?{first[2:]}", f"{first}~1")
