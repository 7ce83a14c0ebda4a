"""Making the words of an index anew from its stored articles, where the analysis has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from index.article import Article
from index.columnar.atomic import Folder
from index.columnar.batch import Analyser
from index.columnar.manifest import newest, tidy
from index.columnar.segment import LiveSegment, open_segment
from index.columnar.writer import Writer

_TOGETHER = 256


def rebuild(folder: Folder, *, memory: int) -> int:
    """Analyses every article again and commits the result as the next generation; how many articles there are.

    Until then the old generation stands. Cost: that of loading the articles, less reading and normalising them.
    """
    with folder.lock():
        tidy(folder)
        manifest = newest(folder)
        analyser = Analyser()
        writer = Writer(folder, replace(manifest, segments=()), [], memory, analyser)
        count = 0
        try:
            for entry in manifest.segments:
                live = open_segment(folder, entry)
                for articles in _articles(live):
                    writer.add(analyser.analyse(articles))
                    count += len(articles)
                live.segment.forget()
            writer.commit(manifest.checkpoint, always=True)
        except BaseException:
            writer.cancel()
            raise
        return count


def _articles(live: LiveSegment) -> Iterator[list[Article]]:
    docs = np.flatnonzero(live.alive).tolist()
    for first in range(0, len(docs), _TOGETHER):
        yield [live.segment.article(doc) for doc in docs[first : first + _TOGETHER]]
