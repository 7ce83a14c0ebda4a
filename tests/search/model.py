"""The brute-force model of a search: every article looked at, word by word, no index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from math import ceil, log

from whoosh.query import And, AndMaybe, Every, Not, NullQuery, Or, Phrase, Query, Term, TermRange

from index.analysis import Word, chain_for
from index.article import Article
from index.dates import span_of
from index.engine import FOLD_WEIGHT, TERM_WEIGHT
from search.query import Most, parse
from search.ranking import Ranking
from search.request import Op, SearchRequest


@dataclass(frozen=True)
class Model:
    """All articles of an index, and the questions it must answer alike."""

    articles: Sequence[Article]
    ranking: Ranking = field(default_factory=Ranking)

    def matches(self, tree: Query, op: str = "all", known: Container[int] | None = None) -> dict[str, float]:
        """Of each matching article id: its score. ``known``: the only leaves that count where most must match, by
        :func:`id`."""
        found = {}
        for article in self.articles:
            score = _Evaluation(self, article, op, known).score(tree)
            if score is not None:
                found[article.id] = score
        return found

    def answer(self, text: str, op: Op, request: SearchRequest) -> tuple[Op, dict[str, float]]:
        """How the words of a query are joined in the end, and the scores of what matches then: each way is tried until
        one finds something."""
        most = parse(text, op="most").tree
        ways: list[tuple[Op, Query, Container[int] | None]] = [
            (op, parse(text, op=op).tree, None),
            ("most", most, None),
            ("most", most, self._known(most, request)),
            ("any", parse(text, op="any").tree, None),
        ]
        answers = ((way, self.matches(tree, way, known)) for way, tree, known in ways)
        asked = next(answers)
        if op == "any" or self.passing(set(asked[1]), request):
            return asked
        return next((looser for looser in answers if self.passing(set(looser[1]), request)), asked)

    @cached_property
    def by_lang(self) -> dict[str, list[Article]]:
        return {
            lang: [one for one in self.articles if one.lang == lang] for lang in {one.lang for one in self.articles}
        }

    def average(self, lang: str, name: str) -> float:
        """The average length of a text field."""
        rows = self.by_lang[lang]
        return sum(len(words_of(row, name)) for row in rows) / len(rows)

    def holders(self, lang: str, name: str, leaf: Query) -> float:
        """About how many articles of a language hold a leaf: of a phrase just how many; several forms of one word are
        held as if independently of each other."""
        key = lang, name, type(leaf), text_of(leaf), getattr(leaf, "slop", 0)
        if key not in self._held:
            self._held[key] = self._holders(lang, name, leaf)
        return self._held[key]

    @cached_property
    def _held(self) -> dict[object, float]:
        return {}

    def _holders(self, lang: str, name: str, leaf: Query) -> float:
        rows = self.by_lang[lang]
        typed = chain_for(lang).query_words(text_of(leaf))
        if len(typed) != 1:
            return sum(1 for row in rows if frequency(row, name, leaf))
        forms = Counter(form for row in rows for form in {word.form for word in words_of(row, name)})
        without = 1.0
        for form, count in forms.items():
            if weight(lang, typed[0].form, form, type(leaf).__name__):
                without *= 1 - count / len(rows)
        return len(rows) * (1 - without)

    def _known(self, tree: Query, request: SearchRequest) -> set[int]:
        """The leaves that some article holds, in a language that is asked for."""
        rows = [article for article in self.articles if article.lang in (request.langs or (article.lang,))]
        return {
            id(leaf)
            for leaf in positive_leaves(tree)
            if any(frequency(row, name, leaf) for row in rows for name in fields_of(leaf))
        }

    def lift(self, article: Article, tree: Query, op: str) -> float:
        """What a match's score is multiplied by: how near the plain words of the query stand in the body, and whether
        the title holds them all."""
        evaluation = _Evaluation(self, article, op)
        wanted = positive_leaves(tree)
        idle = [leaf for leaf in wanted if evaluation.is_stop(leaf)]
        leaves = [leaf for leaf in wanted if len(idle) == len(wanted) or leaf not in idle]
        words = [leaf for leaf in leaves if len(evaluation.chain.query_words(text_of(leaf))) == 1]
        if len(words) < 2 or len(wanted) < 2:
            return 1.0
        ranking = self.ranking
        in_title = all(places(article, "title", leaf) for leaf in words)
        near = nearness([places(article, "body", leaf) for leaf in words])
        return 1 + ranking.near * near + ranking.in_title * in_title

    def facet(self, ids: set[str], request: SearchRequest, facet: str) -> Counter[str]:
        """Values of ``facet`` among the articles ``ids`` that pass every other filter."""
        shown = self.facet_ids(ids, request, facet)
        rows = (article for article in self.articles if article.id in shown)
        return Counter(value for article in rows for value in values_of(article, facet) if value)

    def facet_ids(self, ids: set[str], request: SearchRequest, facet: str) -> set[str]:
        """Those of ``ids`` that pass every filter but that of ``facet``."""
        others = [passes for name, passes in FILTERS.items() if name != facet]
        rows = (article for article in self.articles if article.id in ids)
        return {article.id for article in rows if all(passes(article, request) for passes in others)}

    def passing(self, ids: set[str], request: SearchRequest) -> set[str]:
        return self.facet_ids(ids, request, "")


def values_of(article: Article, facet: str) -> tuple[str | None, ...]:
    return {
        "section": (article.section,),
        "lang": (article.lang,),
        "source": (article.source,),
        "author": tuple(set(article.authors)),
        "date": ((article.published or "")[:7],),
    }[facet]


def _dated(article: Article, request: SearchRequest) -> bool:
    if request.date_from is None and request.date_to is None:
        return True
    if article.published is None:
        return False
    first = span_of(article.published).first
    return (request.date_from is None or first >= span_of(request.date_from).first) and (
        request.date_to is None or first <= span_of(request.date_to).last
    )


FILTERS: dict[str, Callable[[Article, SearchRequest], bool]] = {
    "section": lambda a, r: (not r.sections or a.section in r.sections) and a.section not in r.exclude_sections,
    "lang": lambda a, r: (not r.langs or a.lang in r.langs) and a.lang not in r.exclude_langs,
    "source": lambda a, r: (not r.sources or a.source in r.sources) and a.source not in r.exclude_sources,
    "author": lambda a, r: not r.authors or bool(set(a.authors) & set(r.authors)),
    "date": _dated,
}


class _Evaluation:
    """One logical tree over one article."""

    def __init__(self, model: Model, article: Article, op: str, known: Container[int] | None = None) -> None:
        self.model = model
        self.article = article
        self.op = op
        self.known = known
        self.chain = chain_for(article.lang)

    def score(self, node: Query) -> float | None:
        self.keep_stop_words = all(self.is_stop(leaf) for leaf in positive_leaves(node))
        return self._score(node)

    def _score(self, node: Query) -> float | None:
        if isinstance(node, Every):
            return 0.0
        if node is NullQuery:
            return None
        if isinstance(node, Not):
            self.keep_stop_words, kept = True, self.keep_stop_words
            inner = self._score(node.query)
            self.keep_stop_words = kept
            return 0.0 if inner is None else None
        if isinstance(node, AndMaybe):
            required, optional = (self._score(child) for child in node.children())
            return None if required is None else required + (optional or 0.0)
        if isinstance(node, (Most, Or, And)):
            parts = [child for child in node.children() if not self.left_out(child)]
            if not parts:
                return 0.0
            if isinstance(node, Most) and self.known is not None:
                parts = [part for part in parts if positive_leaves(part) != [part] or id(part) in self.known]
            scores = [self._score(part) for part in parts]
            hits = [score for score in scores if score is not None]
            need = ceil(len(scores) * 2 / 3) if isinstance(node, Most) else 1 if isinstance(node, Or) else len(scores)
            return sum(hits) if len(hits) >= max(need, 1) else None
        if isinstance(node, TermRange):
            request = SearchRequest(date_from=node.start, date_to=node.end)
            return 0.0 if _dated(self.article, request) else None
        if node.fieldname in ("section", "lang", "source", "author"):
            return 0.0 if node.text in values_of(self.article, node.fieldname) else None
        return self._text(node)

    def left_out(self, node: Query) -> bool:
        if isinstance(node, (And, Or)):  # a group of words that are left out is no part either
            return all(map(self.left_out, node.children()))
        return not self.keep_stop_words and self.is_stop(node)

    def is_stop(self, leaf: Query) -> bool:
        if type(leaf) is not Term or leaf.fieldname not in ("text", "title", "body"):
            return False
        words = self.chain.query_words(leaf.text)
        return bool(words) and all(self.chain.fold(word.form) in self.chain.stop_words for word in words)

    def _text(self, leaf: Query) -> float | None:
        total = None
        for name in fields_of(leaf):
            tf = frequency(self.article, name, leaf)
            if tf:
                total = (total or 0.0) + leaf.boost * self._share(name, leaf, tf)
        return total

    def _share(self, name: str, leaf: Query, tf: float) -> float:
        model, ranking = self.model, self.model.ranking
        count, own = len(model.articles), len(model.by_lang[self.article.lang])
        n = model.holders(self.article.lang, name, leaf)
        n_all = sum(model.holders(lang, name, leaf) for lang in model.by_lang)
        rate = (n + ranking.shrink * n_all / count) / (own + ranking.shrink)
        idf = log(1 + (1 - rate + 0.5 / count) / (rate + 0.5 / count))
        average = model.average(self.article.lang, name)
        norm = 1 - ranking.b + ranking.b * len(words_of(self.article, name)) / average
        return ranking.weights[name] * idf * tf * (ranking.k1 + 1) / (tf + ranking.k1 * norm)


def positive_leaves(node: Query) -> list[Query]:
    if isinstance(node, (Not, TermRange, Every)):
        return []
    if node.is_leaf():
        return [node] if node.fieldname in ("text", "title", "body") else []
    return [leaf for child in node.children() for leaf in positive_leaves(child)]


@cache
def words_of(article: Article, name: str) -> tuple[Word, ...]:
    return tuple(chain_for(article.lang).words(getattr(article, name)))


@cache
def weight(lang: str, typed: str, form: str, kind: str) -> float:
    """What a form in a text counts for one typed in a leaf of a class (its name): 0 where it does not match."""
    chain = chain_for(lang)
    if kind == "Prefix":
        plain = chain.fold(typed) == typed
        return 1.0 if form.startswith(typed) or (plain and chain.fold(form).startswith(typed)) else 0.0
    if form == typed:
        return 1.0
    if kind == "ExactTerm":
        return 0.0
    if chain.fold(form) == chain.fold(typed):
        return FOLD_WEIGHT
    return TERM_WEIGHT if chain.term(form) == chain.term(typed) else 0.0


def fields_of(leaf: Query) -> tuple[str, ...]:
    return ("title", "body") if leaf.fieldname == "text" else (leaf.fieldname,)


def text_of(leaf: Query) -> str:
    return " ".join(leaf.words) if isinstance(leaf, Phrase) else str(leaf.text)


def places(article: Article, name: str, leaf: Query) -> set[int]:
    """The positions of a single word in a text field."""
    if leaf.fieldname not in ("text", name):
        return set()
    (typed,) = chain_for(article.lang).query_words(text_of(leaf))
    return {
        w.position for w in words_of(article, name) if weight(article.lang, typed.form, w.form, type(leaf).__name__)
    }


def nearness(of_words: Sequence[set[int]]) -> float:
    """By the shortest stretch that holds each word that is there at all: every stretch is tried."""
    present = [where for where in of_words if where]
    if len(present) < 2:
        return 0.0
    every = sorted(set().union(*present))
    shortest = min(
        last - first + 1
        for first in every
        for last in every
        if all(any(first <= place <= last for place in where) for where in present)
    )
    met = len(present)
    return (met - 1) / (max(shortest, met) - 1) * (met - 1) / (len(of_words) - 1)


def frequency(article: Article, name: str, leaf: Query) -> float:
    """How often the leaf stands in a text field, each occurrence by the least weight of its words."""
    typed = chain_for(article.lang).query_words(text_of(leaf))
    slop = leaf.slop - 1 if isinstance(leaf, Phrase) else 0
    places = []
    for word in typed:
        pairs = [
            (w.position, weight(article.lang, word.form, w.form, type(leaf).__name__)) for w in words_of(article, name)
        ]
        places.append({position: value for position, value in pairs if value})
    total = 0.0
    for start, value in places[0].items() if places else ():
        at, least = start, value
        for step in range(1, len(typed)):
            gap = typed[step].position - typed[step - 1].position
            later = sorted(p for p in places[step] if p >= at + gap and (slop or p == at + gap))
            if not later:
                break
            at, least = later[0], min(least, places[step][later[0]])
        else:
            if at - start <= typed[-1].position - typed[0].position + slop:
                total += least
    return total
