"""The pages of an answer and the links to them."""

from __future__ import annotations

from dataclasses import dataclass

from search import SearchResult
from search.request import MAX_WINDOW
from web.links import Links

_AROUND = 2
"""How many pages to name on each side of the present one."""


@dataclass(frozen=True, slots=True)
class PageLink:
    """One page; ``number`` 0 stands for those left out between two others."""

    number: int
    href: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    """Where the reader is among the pages of an answer."""

    pages: tuple[PageLink, ...]
    previous: str | None
    next: str | None
    cut: bool
    """Whether there are matches beyond the furthest page."""


def paging(result: SearchResult, links: Links) -> Paging | None:
    """The pages of an answer, where it has several."""
    furthest = MAX_WINDOW // result.per_page
    needed = -(-result.total // result.per_page)
    last = min(needed, furthest)
    if last < 2 or result.page > last:
        return None
    shown = sorted(
        {1, last, *range(max(1, result.page - _AROUND), min(last, result.page + _AROUND) + 1)},
    )
    pages: list[PageLink] = []
    for number in shown:
        if pages and number > pages[-1].number + 1:
            pages.append(PageLink(0))
        pages.append(PageLink(number, links.search(page=number), number == result.page))
    return Paging(
        tuple(pages),
        links.search(page=result.page - 1) if result.page > 1 else None,
        links.search(page=result.page + 1) if result.page < last else None,
        needed > furthest,
    )
