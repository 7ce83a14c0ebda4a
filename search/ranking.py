"""How much an occurrence of a word is worth: BM25 per field and language.

The formula is Okapi BM25 as Lucene has it (Robertson and Zaragoza, *The Probabilistic Relevance Framework*, 2009)::

    share = weight of the field * idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average length))

with average length counted over the articles of the word's language. The idf comes from the *rate* at which the word is
met in that language's articles, shrunk toward its rate in the whole index::

    rate = (n + shrink * n_all / N_all) / (N + shrink)
    idf  = ln(1 + (1 - rate + 0.5 / N_all) / (rate + 0.5 / N_all))

so that a name is worth about the same in a language with 20 articles as in one with 300,000, and a frequent word of a
small language is still a frequent word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from whoosh.matching import Matcher
from whoosh.reading import IndexReader
from whoosh.scoring import BaseScorer, WeightingModel

from index.columnar.arrays import F8
from index.fields import TEXT_FIELDS, field_language, split_text_field, text_field
from search.kernels.ranks import worth


@dataclass(frozen=True)
class Ranking:
    """The parameters of the formula."""

    k1: float = 1.2
    """How soon more occurrences stop counting."""
    b: float = 0.5
    """How much long texts are held against their words, 0 to 1."""
    shrink: float = 200.0
    """How many articles of the whole index weigh in on a language's own rate."""
    near: float = 0.4
    """How much all words of a query side by side lift a score (:mod:`search.lifts`)."""
    in_title: float = 0.2
    """How much all words of a query in the title lift a score besides."""
    lifted: int = 50
    """How many documents, the best by their words alone, are looked at for what lifts them."""
    weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({"title": 2.5, "body": 1.0}))

    def idf(self, n: float, count: int, n_all: float, count_all: int) -> float:
        """The worth of a word in ``n`` of ``count`` articles of its language and ``n_all`` of ``count_all`` in all."""
        return float(worth(n, count, n_all, count_all, self.shrink))

    @property
    def fixed(self) -> float:
        """What is added to a frequency where it saturates, whatever the length of the text."""
        return self.k1 * (1 - self.b)

    @cached_property
    def field_weights(self) -> F8:
        """What a saturated frequency in each text field is multiplied by."""
        return np.array([self.weights[name] * (self.k1 + 1) for name in TEXT_FIELDS])

    @cached_property
    def numbers(self) -> tuple[F8, float, float, float, float, float]:
        """What :func:`search.kernels.answer.answer` takes of it."""
        return self.field_weights, self.k1 * self.b, self.shrink, self.fixed, self.near, self.in_title

    def slope(self, average: float) -> float:
        """What is added besides for each word of the text; ``average``: the average length."""
        return self.k1 * self.b / average if average else 0.0


class FormWeighting(WeightingModel):  # type: ignore[misc]  # Whoosh is untyped here
    """The formula for Whoosh's own searcher, form by form: ``Searcher(reader, weighting=FormWeighting())``.

    Counts are of articles that are not deleted. A term of another field than the text fields adds nothing to a score.
    """

    def __init__(self, ranking: Ranking | None = None) -> None:
        self._ranking = ranking or Ranking()
        self._counts: WeakKeyDictionary[IndexReader, _LanguageCounts] = WeakKeyDictionary()

    def scorer(self, searcher: Any, fieldname: str, text: str | bytes, qf: int = 1) -> BaseScorer:
        """What scores the documents that hold this term."""
        name, lang = split_text_field(fieldname)
        if name not in TEXT_FIELDS:
            return _NoScore()
        counts = self._counts_of(searcher.get_parent().reader())
        return _FormScorer(
            self._ranking,
            searcher.reader(),
            fieldname,
            weight=self._ranking.weights[name] * self.idf(searcher, fieldname, text),
            average=counts.words[fieldname] / max(1, counts.articles[lang]),
        )

    def idf(self, searcher: Any, fieldname: str, text: str | bytes) -> float:
        """The worth of a term of a text field."""
        reader = searcher.get_parent().reader()
        counts = self._counts_of(reader)
        if (fieldname, text) not in counts.idfs:
            name, lang = split_text_field(fieldname)
            found = {other: _living(reader, text_field(name, other), text) for other in counts.articles}
            articles = counts.articles[lang], counts.articles.total()
            n, n_all = found.get(lang, 0), sum(found.values())
            counts.idfs[fieldname, text] = self._ranking.idf(n, articles[0], n_all, articles[1])
        return counts.idfs[fieldname, text]

    def _counts_of(self, reader: IndexReader) -> _LanguageCounts:
        if reader not in self._counts:
            self._counts[reader] = _LanguageCounts(reader)
        return self._counts[reader]


class _LanguageCounts:
    """How many articles and words each language has in one view. Cost: a look at every article, the first time."""

    def __init__(self, reader: IndexReader) -> None:
        self.articles: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        for leaf, _ in reader.leaf_readers():
            languages = leaf.column_reader("lang", translate=False)
            for doc in leaf.all_doc_ids():
                lang = field_language(languages[doc].decode())
                self.articles[lang] += 1
                for name in TEXT_FIELDS:
                    self.words[text_field(name, lang)] += leaf.doc_field_length(doc, text_field(name, lang))
        self.idfs: dict[tuple[str, str | bytes], float] = {}


def _living(reader: IndexReader, field: str, text: str | bytes) -> int:
    """How many articles hold a term."""
    leaves = (leaf for leaf, _ in reader.leaf_readers() if (field, text) in leaf)
    return sum(1 for leaf in leaves for _ in leaf.postings(field, text).all_ids())


class _FormScorer(BaseScorer):  # type: ignore[misc]
    """Scores the documents of one segment that hold one form."""

    def __init__(self, ranking: Ranking, reader: IndexReader, field: str, *, weight: float, average: float) -> None:
        self._length = reader.doc_field_length
        self._field = field
        self._weight = weight * (ranking.k1 + 1)
        self._fixed = ranking.k1 * (1 - ranking.b)
        self._slope = ranking.k1 * ranking.b / average if average else 0.0

    def score(self, matcher: Matcher) -> float:
        frequency = matcher.weight()
        length = self._length(matcher.id(), self._field)
        return float(self._weight * frequency / (frequency + self._fixed + self._slope * length))

    def max_quality(self) -> float:
        """What no score reaches."""
        return self._weight

    def block_quality(self, matcher: Matcher) -> float:
        return self._weight


class _NoScore(BaseScorer):  # type: ignore[misc]
    """Scores what is found by a field without a ranking."""

    def score(self, matcher: Matcher) -> float:
        return 0.0

    def max_quality(self) -> float:
        return 0.0

    def block_quality(self, matcher: Matcher) -> float:
        return 0.0
