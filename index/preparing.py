"""From articles as read to a batch that can be written: normalised, analysed, compressed, each fault told as a reject.

All that costs time and needs no index happens here, so that it can happen in other processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from index.article import Article, RawArticle, Reject
from index.columnar.batch import AnalysedBatch, Analyser, PackedArticles
from index.metering import Steps
from index.normalize import Defaults, Normalizer
from index.readers import Record

Read: TypeAlias = Callable[[Record], RawArticle | Reject]
Item: TypeAlias = tuple[RawArticle | Reject, Article | Reject]
"""What was read, and the article in normal form that it is, or why it is none."""


def read_safely(read: Read, record: Record) -> RawArticle | Reject:
    """What ``read`` makes of a record; where it fails, a reject that says so."""
    try:
        return read(record)
    except Exception as error:
        return Reject(record.locator, f"could not be read ({type(error).__name__}: {error})", record.original)


def warm_up() -> None:
    """Prepares an article of two words: kernels are loaded, or compiled, and tables read. Cost: some two tenths of a
    second in a new process, next to nothing in one that has prepared something, some seconds where the kernels were
    never compiled."""
    Preparer(Defaults(), Analyser(), Steps()).prepare([RawArticle("", "Kiosk", "Kiosk")])


class Ready(NamedTuple):
    """An article of a batch, as far as the account of a load needs it."""

    locator: str
    lang: str
    section: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What became of some records."""

    items: tuple[Ready | Reject, ...]
    """In the order in which they were read."""
    batch: AnalysedBatch
    """The articles of those that are ready, in the same order."""


class Preparer:
    """Prepares the articles of one load. It learns from them: not for several threads."""

    def __init__(self, defaults: Defaults, analyser: Analyser, steps: Steps) -> None:
        self.normalizer = Normalizer(defaults)
        self._analyser = analyser
        self._steps = steps

    def prepare(self, read: Sequence[RawArticle | Reject]) -> Prepared:
        """Never fails for what an article holds: that becomes a reject."""
        return self.analysed(self.normalized(read))

    def decided(self, read: Sequence[RawArticle | Reject]) -> Prepared:
        """:meth:`prepare` by what the normaliser learned before."""
        return self.analysed(self._decided(read))

    def normalized(self, read: Sequence[RawArticle | Reject]) -> list[Item]:
        """The first part of :meth:`prepare`."""
        self.normalizer.learn(self.normalizer.observe([one for one in read if isinstance(one, RawArticle)]))
        return self._decided(read)

    def _decided(self, read: Sequence[RawArticle | Reject]) -> list[Item]:
        with self._steps.step("normalising", beside=True):
            found = iter(self.normalizer.decided([one for one in read if isinstance(one, RawArticle)]))
            return [(one, next(found) if isinstance(one, RawArticle) else one) for one in read]

    def analysed(self, items: Sequence[Item], beside: Executor | None = None) -> Prepared:
        """The second part of :meth:`prepare`. It may run in one thread while the first part of what follows does in
        another; ``beside``: a thread in which articles may be compressed meanwhile."""
        articles = [article for _, article in items if isinstance(article, Article)]
        try:
            batch = self._batch(articles, beside)
        except Exception:
            items = [(raw, self._analysable(raw, article)) for raw, article in items]
            batch = self._batch([article for _, article in items if isinstance(article, Article)], None)
        return Prepared(tuple(_ready(raw, article) for raw, article in items), batch)

    def _batch(self, articles: Sequence[Article], beside: Executor | None) -> AnalysedBatch:
        packing = None if beside is None else beside.submit(self._packed, articles)
        try:
            with self._steps.step("analysing", beside=True):
                tokens = self._analyser.tokens(articles)
        finally:
            if packing is not None:
                wait([packing])  # whatever comes next may compress something
        packed = self._packed(articles) if packing is None else packing.result()
        with self._steps.step("analysing", beside=True):
            return self._analyser.batch(articles, tokens, packed)

    def _packed(self, articles: Sequence[Article]) -> PackedArticles:
        with self._steps.step("packing", beside=True):
            return self._analyser.packed(articles)

    def _analysable(self, raw: RawArticle | Reject, article: Article | Reject) -> Article | Reject:
        """The article, or why it can't be analysed."""
        if isinstance(article, Article):
            try:
                self._analyser.analyse([article])
            except Exception as error:
                assert isinstance(raw, RawArticle)  # which the article was made of
                return raw.rejected(f"could not be analysed ({type(error).__name__}: {error})")
        return article


def _ready(raw: RawArticle | Reject, article: Article | Reject) -> Ready | Reject:
    if isinstance(article, Reject):
        return article
    return Ready(raw.locator, article.lang, article.section, article.notes)
