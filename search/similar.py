"""Articles like a given one: those that share its most telling words.

A word tells the more the rarer it is in the article's language and the more often the article says it, in the title
above all; words that stand in no other article, and stop words, tell nothing. The :data:`MOST_WORDS` most telling ones
are searched for, each by its term, with the search's own scores; what has less than :data:`LEAST_SHARE` of the score
that the article itself would have is not like it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from whoosh.query import Or, Query, Term

from index.analysis import Chain, chain_for
from index.article import Article
from index.engine import AskedWord, EngineReader
from index.fields import field_language
from search.execution import Best, Wanted
from search.hits import shown
from search.query import ParsedQuery
from search.request import SearchRequest
from search.result import Hit, Snippet
from search.validate import DateBounds
from search.view import View

MOST_WORDS = 16
MOST_ASKED = 100
"""Words whose rarity is looked up: those said most often, of equal ones the first."""
MOST_COMMON = 0.1
"""The part of a language's articles in which a word may stand that still tells something."""
FEW = 100
"""In so many articles a word may stand however few there are."""
LEAST_SHARE = 0.15
MOST_LOOKED_AT = 2_000
"""Articles that are read until there are enough that are no copies."""
LOOKED_AT = 3_000
"""Code points of the body whose words are looked at: news begin with what they are about."""
_TITLE = 3.0
"""How many occurrences in the body one in the title counts for."""
_HALF_TOLD = 2.0
"""Occurrences that tell half of what any number of them can."""


def similar_articles(view: View, doc: int, limit: int) -> tuple[Hit, ...]:
    """The articles most like the one with this number, the most similar first: in its language, neither itself nor one
    that differs from it in capitals and spaces only, each text once. Cost: some milliseconds."""
    article = view.reader.article(doc)
    words = telling_words(article, view.reader)
    if not words:
        return ()
    question = view.planned(
        ParsedQuery(_tree(words), ""),
        SearchRequest(langs=(article.lang,)),
        DateBounds(),
        (field_language(article.lang),),
    )
    known = {_wording(article)}
    hits: list[Hit] = []
    keep, looked_at = limit + 8, 0
    while keep <= MOST_LOOKED_AT:
        best = question.execution.run(question.filters, Wanted(), keep).best
        least = LEAST_SHARE * _own_score(best, doc)
        for other, score in list(zip(best.docs.tolist(), best.scores.tolist(), strict=True))[looked_at:]:
            if len(hits) == limit or score < least:
                return tuple(hits)
            found = view.reader.article(other)
            if (wording := _wording(found)) not in known:
                known.add(wording)
                hits.append(shown(found, score, Snippet(found.headline)))
        looked_at = len(best.docs)
        if looked_at < keep:
            break
        keep *= 8  # many copies of one text
    return tuple(hits)


def telling_words(article: Article, reader: EngineReader) -> list[tuple[str, float]]:
    """The words that tell most of what an article is about, the most telling first, each with what it tells: its
    rarity counted, which a search counts again, left out. Equal ones in the order of the text."""
    lang = field_language(article.lang)
    chain = chain_for(lang)
    said: defaultdict[str, float] = defaultdict(float)
    asked: dict[str, AskedWord] = {}
    counted: defaultdict[str, float] = defaultdict(float)
    for form, count in _words(article, chain):
        counted[form] += count
    distinct = list(counted)
    for form, term, fold in zip(distinct, chain.terms(distinct), chain.folds(distinct), strict=True):
        if fold not in chain.stop_words:
            said[term] += counted[form]
            asked.setdefault(term, AskedWord(lang, form, term, fold))
    if not asked:
        return []
    words = sorted(asked.values(), key=lambda word: -said[word.term])[:MOST_ASKED]
    found = reader.find_words(words)
    # A form that stands in a title and a body, or two forms in one article, are counted twice: that much is the same
    # for all words.
    held = np.bincount(found.asked, np.maximum(found.living_titles, found.living_bodies), len(words))
    articles = reader.language_statistics()[lang].articles
    idf = np.log1p(np.maximum(articles - held + 0.5, 0.5) / (held + 0.5))
    counts = np.array([said[word.term] for word in words])
    tells = counts / (counts + _HALF_TOLD)
    tells[(held < 2) | (held > max(MOST_COMMON * articles, FEW))] = 0
    order = np.argsort(-tells * idf, kind="stable")[:MOST_WORDS]
    return [(words[place].form, float(tells[place])) for place in order.tolist() if tells[place] * idf[place] > 0]


def _words(article: Article, chain: Chain) -> Iterator[tuple[str, float]]:
    """The forms of an article, and what each occurrence counts."""
    for word in chain.query_words(article.title):
        yield word.form, _TITLE
    for word in chain.query_words(article.body[:LOOKED_AT]):
        yield word.form, 1.0


def _wording(article: Article) -> str:
    """The text of an article without capitals and line breaks: copies differ in nothing else."""
    return " ".join(f"{article.title} {article.body}".casefold().split())


def _tree(words: list[tuple[str, float]]) -> Query:
    leaves = [Term("text", form, boost=tells) for form, tells in words]
    return leaves[0] if len(leaves) == 1 else Or(leaves)


def _own_score(best: Best, doc: int) -> float:
    """The score of the article itself; where others with the same words leave no place for it, that of the best."""
    own = best.scores[best.docs == doc]
    return float(own[0] if len(own) else best.scores[0])
