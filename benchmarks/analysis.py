"""Finding the words of real articles: the kernels of the vocabulary beside the plain chain, in the same run.

``python -m benchmarks.analysis`` takes up to :data:`MOST` texts of each group of ``../shared/data`` and analyses them
with a vocabulary that knows their words already, with an empty one, and with ``chain.words``. All take turns; CPU
time, the best of :data:`ROUNDS`. *New* is what a form costs that was never met, its keys included: the empty
vocabulary's time and that of its table, less the warm time.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import chain as chained

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.texts import DATA, Pool, pools
from index.analysis import chain_for
from index.analysis.vocabulary import Vocabulary
from index.fields import field_language

MOST = 3_000
ROUNDS = 5
BATCH = 256
"""Articles that are analysed by one call."""

Article = tuple[str, str, str]


def main() -> int:
    if not DATA.is_dir():
        print(f"{DATA} is not there; this benchmark needs those archives", file=sys.stderr)
        return 2
    table = Table("texts", "articles", "chars", "plain/s", "warm/s", "times", "us/article", "ns/char", "new", "us/new")
    every = [(pool.lang, _articles(pool)) for pool in pools()]
    large = [(lang, articles) for lang, articles in every if len(articles) >= 200]
    small = list(chained.from_iterable(articles for _, articles in every if len(articles) < 200))
    for name, articles in [*large, ("others", small)]:
        table.add_row(name, *_measured(articles))
    table.add_row("all", *_measured(list(chained.from_iterable(articles for _, articles in every))))
    Console(width=140).print(table)
    return 0


def _articles(pool: Pool) -> list[Article]:
    lang = field_language(pool.lang)
    return [(lang, text.title, text.body) for text in pool.texts[:MOST]]


def _measured(articles: list[Article]) -> list[str]:
    """One row of the table."""
    plain, warm, cold = [], [], []
    vocabulary = Vocabulary()
    _analyse(vocabulary, articles)
    forms = len(vocabulary)
    for round_ in range(ROUNDS):
        if round_ < 3:
            plain.append(_seconds(lambda: _plainly(articles)))
        warm.append(_seconds(lambda: _analyse(vocabulary, articles)))
        cold.append(_seconds(lambda: _from_nothing(articles)))
    chars = sum(len(title) + len(body) for _, title, body in articles)
    new = 1e6 * (min(cold) - min(warm)) / forms
    each = min(warm) / len(articles)
    return [
        f"{len(articles):,}",
        f"{chars / len(articles):,.0f}",
        f"{len(articles) / min(plain):,.0f}",
        f"{1 / each:,.0f}",
        f"{min(plain) / min(warm):.1f}",
        f"{1e6 * each:.1f}",
        f"{1e9 * min(warm) / chars:.1f}",
        f"{forms:,}",
        f"{new:.2f}",
    ]


def _plainly(articles: list[Article]) -> None:
    for lang, title, body in articles:
        words = chain_for(lang).words
        words(title)
        words(body)


def _analyse(vocabulary: Vocabulary, articles: list[Article]) -> None:
    for first in range(0, len(articles), BATCH):
        vocabulary.words(articles[first : first + BATCH])


def _from_nothing(articles: list[Article]) -> None:
    vocabulary = Vocabulary()
    _analyse(vocabulary, articles)
    vocabulary.table(np.arange(len(vocabulary), dtype=np.uint32))


def _seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
