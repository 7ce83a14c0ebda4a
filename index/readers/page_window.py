"""Text pages looked at together: a line that stands in many of them belongs to the site and to no article.

Up to :attr:`Limits.page_window` pages of one folder or archive are held, then decided; what they share is remembered
for the pages that follow. A page from standard input, or one that is alone, is read by its layout only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from statistics import median_low

from index.article import RawArticle, Reject
from index.readers.limits import Limits
from index.readers.text_page import Page, date_line, date_lines, read_page

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
        self._lines = 0
        self._known: set[str] = set()

    def add(self, page: Page, family: str, size: int) -> Iterator[RawArticle | Reject]:
        """Takes ``page`` (of ``size`` bytes) in; the articles of the window if it is full, or of another family."""
        lines = self._lines + len(page.lines)
        if (
            family != self._family
            or self._size + size > self._limits.page_window_bytes
            or lines > self._limits.page_window_lines
        ):
            yield from self.flush()
        if family != self._family:
            self._family, self._known = family, set()
        self._pages.append(page)
        self._size += size
        self._lines += len(page.lines)
        if len(self._pages) >= self._limits.page_window:
            yield from self.flush()

    def flush(self) -> Iterator[RawArticle | Reject]:
        """The articles of the pages held."""
        pages, self._pages, self._size, self._lines = self._pages, [], 0, 0
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

    def __init__(self, pages: Sequence[Page], known: Iterable[str] = ()) -> None:
        articles: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for page in pages:
            articles[page.folder][_identity(page)].update(line.strip() for line in page.lines)
        self.everywhere = _shared([lines for folder in articles.values() for lines in folder.values()]) | set(known)
        self._in_folder = {name: _shared(list(folder.values())) for name, folder in articles.items()}
        self._menus = [_menus(page, self.everywhere.__contains__) for page in pages]

    def of(self, page: Page) -> _Siblings:
        """What the others tell of ``page``."""
        return _Siblings(self.everywhere | self._in_folder[page.folder], self._menus)


def _shared(articles: Sequence[set[str]]) -> frozenset[str]:
    """The lines that stand in half of ``articles``, and in three."""
    counts = Counter(chain.from_iterable(articles))
    return frozenset(line for line, n in counts.items() if line and n >= max(FEWEST, len(articles) / 2))


def _identity(page: Page) -> str:
    """What tells the page's article from others: the lines below its dates, its headline among them; or all of it."""
    below = [next(filter(str.strip, page.lines[date.at + 1 :]), "") for date in date_lines(page.lines)]
    return "\n".join(below or page.lines)


def _menus(page: Page, shared: Callable[[str], bool]) -> list[str]:
    """The lines above the page's date."""
    date = date_line(page.lines, shared)
    return [text for line in page.lines[: date.at if date else 0] if (text := line.strip())]


class _Siblings:
    def __init__(self, lines: frozenset[str], menus: list[list[str]]) -> None:
        self._lines = lines
        self._menus = menus

    def shared(self, line: str) -> bool:
        return line in self._lines

    def usual_count(self, line: str) -> int | None:
        counts = [menus.count(line) for menus in self._menus if menus and menus[-1] != line]
        return median_low(counts) if len(counts) >= FEWEST else None
