"""Text pages looked at together: a line that stands in many of them belongs to the site and to no article.

Up to :attr:`Limits.page_window` pages of one folder or archive are held, then decided; what they share is remembered
for the pages that follow. A page from standard input, or one that is alone, is read by its layout only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from statistics import median_low

from index.article import RawArticle, Reject
from index.readers.limits import Limits
from index.readers.text_page import Page, date_line, read_page

FEWEST = 3
"""Pages of different articles in which a line must stand to be no part of any, besides standing in half of them."""

_MOST_KNOWN = 10_000
"""Lines that are remembered from one window to the next; a site has some dozens."""


class PageWindow:
    """Takes pages in and gives their articles out, a window later."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._family = ""
        self._pages: list[Page] = []
        self._size = 0
        self._known: set[str] = set()

    def add(self, page: Page, family: str, size: int) -> Iterator[RawArticle | Reject]:
        """Takes ``page`` (of ``size`` bytes) in; the articles of the window if it is full, or of another family."""
        if family != self._family or self._size + size > self._limits.page_window_bytes:
            yield from self.flush()
        if family != self._family:
            self._family, self._known = family, set()
        self._pages.append(page)
        self._size += size
        if len(self._pages) >= self._limits.page_window:
            yield from self.flush()

    def flush(self) -> Iterator[RawArticle | Reject]:
        """The articles of the pages held."""
        pages, self._pages, self._size = self._pages, [], 0
        if not pages:
            return
        siblings = SharedLines(pages, self._known)
        if len(self._known) < _MOST_KNOWN:
            self._known |= siblings.everywhere
        for page in pages:
            yield read_page(page, siblings.of(page))


class SharedLines:
    """Which lines the pages of a window share.

    Pages count once per article: three copies of one page share everything, and still are an article.
    """

    def __init__(self, pages: Iterable[Page], known: Iterable[str] = ()) -> None:
        self._in_folder: dict[str, Counter[str]] = defaultdict(Counter)
        self._articles: dict[str, set[str]] = defaultdict(set)
        self._heads: list[list[str]] = []
        seen: set[tuple[str, str, str]] = set()
        for page in pages:
            identity = self._look_at(page)
            self._articles[page.folder].add(identity)
            for line in {line.strip() for line in page.lines}:
                if line and (page.folder, identity, line) not in seen:
                    seen.add((page.folder, identity, line))
                    self._in_folder[page.folder][line] += 1
        total: Counter[str] = Counter()
        for counts in self._in_folder.values():
            total.update(counts)
        half = sum(map(len, self._articles.values())) / 2
        self.everywhere = frozenset(known) | {line for line, n in total.items() if n >= FEWEST and n >= half}

    def of(self, page: Page) -> _Siblings:
        """What the others tell of ``page``."""
        half = len(self._articles[page.folder]) / 2
        here = {line for line, n in self._in_folder[page.folder].items() if n >= FEWEST and n >= half}
        return _Siblings(self.everywhere | here, self._heads)

    def _look_at(self, page: Page) -> str:
        """What tells the page's article from others: its headline, or all of it. Keeps its menus besides."""
        date = date_line(page.lines)
        if date is None:
            return "\n".join(page.lines)
        self._heads.append([text for line in page.lines[: date.at] if (text := line.strip())])
        return next((text for line in page.lines[date.at + 1 :] if (text := line.strip())), "")


class _Siblings:
    def __init__(self, lines: frozenset[str], heads: list[list[str]]) -> None:
        self._lines = lines
        self._heads = heads

    def shared(self, line: str) -> bool:
        return line in self._lines

    def usual_count(self, line: str) -> int | None:
        counts = [head.count(line) for head in self._heads if head and head[-1] != line]
        return median_low(counts) if len(counts) >= FEWEST else None
