"""Articles made ready for the index: analysed, converted and compressed, so that adding them can fail on storage only.

A batch may be made in another process than the one that writes it: its tokens are numbered there, by what
:class:`ForeignForms` knows of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from xxhash import xxh3_64_intdigest

from index.analysis.foreign import ForeignForms
from index.analysis.keys import key_of
from index.analysis.vocabulary import Tokens, Vocabulary
from index.article import Article
from index.columnar.arrays import B1, I8, U8
from index.columnar.columns import NO_ZONE, Coded, Columns, Lists, Texts
from index.columnar.stored import ArticlePacker, Packed, unpacked
from index.dates import span_of
from index.engine import NO_DATE
from index.fields import encode_article, field_language

_PRECISION = {4: 1, 7: 2, 10: 3, 13: 4, 16: 5, 19: 6}
"""By how long a date is without its zone."""


@dataclass(frozen=True, slots=True, eq=False)
class AnalysedBatch:
    """Some articles, ready to be added."""

    columns: Columns
    packed: Packed
    tokens: Tokens
    forms: Vocabulary | ForeignForms
    """What the tokens' numbers mean. A vocabulary must not be cleared before the batch is added."""

    def __len__(self) -> int:
        return len(self.columns)

    def only(self, chosen: B1) -> AnalysedBatch:
        """The articles with these numbers alone."""
        numbers = np.flatnonzero(chosen)
        at, ends = self.packed.at, self.tokens.ends
        packed = b"".join(self.packed.data[int(at[n]) : int(at[n + 1])] for n in numbers)
        lengths, words = np.diff(at)[numbers], np.diff(ends).reshape(-1, 2)[numbers].reshape(-1)
        kept = np.repeat(np.repeat(chosen, 2), np.diff(ends))
        tokens = Tokens(self.tokens.forms[kept], self.tokens.positions[kept], _ends(words))
        return replace(
            self,
            columns=self.columns.take(numbers),
            packed=Packed(packed, _ends(lengths), self.packed.dictionary),
            tokens=tokens,
        )


def _ends(lengths: I8) -> I8:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))


class PackedArticles(NamedTuple):
    """Some articles as they are stored."""

    packed: Packed
    keys: U8
    """:func:`stored_key` of each."""


class Analyser:
    """Makes batches of articles. It learns words and what articles share: not for several threads."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = Vocabulary() if vocabulary is None else vocabulary
        self._packer = ArticlePacker()

    def analyse(self, articles: Sequence[Article]) -> AnalysedBatch:
        """The batch of ``articles``; its tokens are numbered by this analyser's vocabulary."""
        return self.batch(articles, self.tokens(articles), self.packed(articles))

    def tokens(self, articles: Sequence[Article]) -> Tokens:
        """The words of ``articles``."""
        return self.vocabulary.words([(field_language(one.lang), one.title, one.body) for one in articles])

    def packed(self, articles: Sequence[Article]) -> PackedArticles:
        """The articles as they are stored. It may be made in one thread while another makes the :meth:`tokens`."""
        stored = [encode_article(one) for one in articles]
        return PackedArticles(self._packer.pack(stored), np.array(list(map(stored_key, stored)), np.uint64))

    def batch(self, articles: Sequence[Article], tokens: Tokens, packed: PackedArticles) -> AnalysedBatch:
        """The batch that these make."""
        columns = _columns(articles, packed.keys, tokens.ends)
        return AnalysedBatch(columns, packed.packed, tokens, self.vocabulary)

    def repack(self, batch: AnalysedBatch) -> AnalysedBatch:
        """The batch, compressed with what this analyser alone has learned. Cost: some 25 us an article."""
        return replace(batch, packed=self._packer.pack(unpacked(batch.packed)))

    def forget_articles(self) -> None:
        """Forgets what articles share: no later batch holds pieces of those analysed before."""
        self._packer = ArticlePacker()


def _columns(articles: Sequence[Article], article_keys: U8, ends: I8) -> Columns:
    dates = [_date(one.published) for one in articles]
    digests = b"".join(bytes.fromhex(one.digest) for one in articles)
    return Columns(
        published=np.array([first for first, _, _ in dates], np.int64),
        precision=np.array([precision for _, precision, _ in dates], np.uint8),
        zone=np.array([zone for _, _, zone in dates], np.int16),
        section=Coded.of([one.section for one in articles]),
        lang=Coded.of([one.lang for one in articles]),
        source=Coded.of([one.source for one in articles]),
        place=Coded.of([one.place for one in articles]),
        authors=Lists.of([one.authors for one in articles]),
        words=np.diff(ends).astype(np.uint32),
        ids=Texts.of([one.id.encode() for one in articles]),
        id_keys=np.array([key_of(one.id) for one in articles], np.uint64),
        digests=np.frombuffer(digests, ">u8").astype(np.uint64),
        article_keys=article_keys,
    )


def _date(published: str | None) -> tuple[int, int, int]:
    """First second, precision and zone of a date."""
    if published is None:
        return NO_DATE, 0, NO_ZONE
    moment, zone, ahead = published, NO_ZONE, 0
    if published[-1] == "Z":
        moment, zone = published[:-1], 0
    elif published[-3] == ":" and published[-6] in "+-":
        ahead = int(published[-6] + "1") * (int(published[-5:-3]) * 60 + int(published[-2:]))
        moment, zone = published[:-6], ahead
    length = len(moment)
    if length not in (16, 19):
        return span_of(published).first, _PRECISION[length], zone
    # The commonest shapes by far: their day is known from other articles of that day.
    seconds = (int(moment[11:13]) * 60 + int(moment[14:16])) * 60 + (int(moment[17:]) if length == 19 else 0)
    return _day(moment[:10]) + seconds - 60 * ahead, _PRECISION[length], zone


@lru_cache(maxsize=4_096)
def _day(day: str) -> int:
    return span_of(day).first


def stored_key(stored: bytes) -> int:
    """What tells whether another stored article is the same."""
    return int(xxh3_64_intdigest(stored))
