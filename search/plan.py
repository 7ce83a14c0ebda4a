"""From the logical tree of a query to one physical query per language.

A document has one language, so the whole tree is understood once per language, with that language's chain, lexicon and
stop words, over that language's documents; the answers are disjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from whoosh.query import (
    And,
    AndMaybe,
    Every,
    FuzzyTerm,
    Not,
    NullQuery,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
    TermRange,
    Wildcard,
)

from index.engine import EngineReader
from index.fields import field_language
from search.filters import KEYWORD_FIELDS, Mask, keyword_leaf, one_of
from search.leaves import AtLeast, Scored
from search.occurrences import LanguageView, Pattern
from search.query import ExactTerm, Most
from search.ranking import Ranking
from search.request import Op, TextField
from search.snippets import Needle


@dataclass(frozen=True, slots=True)
class LanguagePlan:
    """The query as one language answers it."""

    lang: str
    """The language whose chain and fields these are; ``und`` stands for all that we have no chain for."""
    query: Query
    """A Whoosh query over global document numbers, of this language's live documents only."""
    needles: dict[str, tuple[Needle, ...]]
    """What to mark in the title and in the body."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The query as every language of the index answers it."""

    languages: tuple[LanguagePlan, ...]
    ranked: bool
    """Whether there are words to rank by."""
    cut: bool
    """Whether a wildcard or fuzzy word stands for more forms than were taken."""


def plan(
    tree: Query, reader: EngineReader, *, ranking: Ranking, op: Op = "all", search_in: Sequence[TextField]
) -> Plan:
    """Plans ``tree`` (of :func:`search.query.parse`) over all languages of ``reader``."""
    return _Planner(reader, ranking, op, tuple(search_in)).plan(tree)


class _Planner:
    """Holds what the languages of one query share: views, and each leaf's occurrences for the index-wide counts."""

    def __init__(self, reader: EngineReader, ranking: Ranking, op: Op, search_in: tuple[TextField, ...]) -> None:
        self._reader = reader
        self._ranking = ranking
        self._op = op
        self._search_in = search_in
        live = reader.columns.live
        self._masks: dict[str, Mask] = {}
        for lang in reader.languages():
            mask = one_of(reader.columns, "lang", (lang,)) & live
            known = field_language(lang)
            self._masks[known] = self._masks[known] | mask if known in self._masks else mask
        self._views = {lang: LanguageView(reader, lang) for lang in self._masks}
        self._count = int(live.sum())
        self._found: dict[tuple[int, str, str], tuple[Pattern, np.ndarray, np.ndarray]] = {}

    def plan(self, tree: Query) -> Plan:
        wanted = [leaf for leaf in _leaves(tree) if _is_text(leaf)]
        plans = []
        for lang in self._views:
            query = self._compiled(tree, lang, _LeafRule(self._views[lang], wanted))
            plans.append(LanguagePlan(lang, query or self._all_of(lang), self._needles(wanted, lang)))
        cut = any(pattern.cut for pattern, _, _ in self._found.values())
        return Plan(tuple(plans), ranked=bool(wanted), cut=cut)

    def _compiled(self, node: Query, lang: str, rule: _LeafRule) -> Query | None:
        """The physical query of ``node``; ``None`` where the language leaves it out (a stop word among words)."""
        match node:
            case Every():
                return self._all_of(lang)
            case NullQuery():
                return NullQuery
            case Not():
                child = self._compiled(node.query, lang, _KEEP)
                return And([self._all_of(lang), Not(child or NullQuery)])
            case AndMaybe():
                required, optional = (self._compiled(child, lang, rule) for child in node.children())
                return AndMaybe(required, optional) if required and optional else required or optional
            case Most() | Or() | And():
                return self._group(node, lang, rule)
        if rule.drops(node):
            return None
        return self._text_leaf(node, lang) if _is_text(node) else self._keyword(node, lang)

    def _group(self, node: Query, lang: str, rule: _LeafRule) -> Query | None:
        children = list(node.children())
        if not isinstance(node, And) and self._op != "all":
            children = [part for child in children for part in self._spread(child, lang)]
        compiled = [query for child in children if (query := self._compiled(child, lang, rule)) is not None]
        if len(compiled) < 2:
            return compiled[0] if compiled else None
        if isinstance(node, Most):
            return AtLeast(compiled, ceil(len(compiled) * 2 / 3))
        return And(compiled) if isinstance(node, And) else Or(compiled)

    def _spread(self, leaf: Query, lang: str) -> list[Query]:
        """The words of a plain word that is several in this language (a run without spaces): a bag where not all
        words are asked for."""
        if type(leaf) is not Term or not _is_text(leaf):
            return [leaf]
        words = self._views[lang].chain.query_words(leaf.text)
        if len(words) < 2:
            return [leaf]
        return [Term(leaf.fieldname, word.form, boost=leaf.boost) for word in words]

    def _text_leaf(self, leaf: Query, lang: str) -> Scored:
        columns = self._reader.columns
        docs, scores = np.empty(0, np.int64), np.empty(0, np.float32)
        for name in self._fields(leaf):
            pattern, at, frequencies = self._occurrences(leaf, name, lang)
            if not len(at):
                continue
            n_all = sum(len(self._occurrences(leaf, name, other)[1]) for other in self._views)
            count = int(self._masks[lang].sum())
            idf = self._ranking.idf(len(at), count, n_all, self._count)
            lengths = columns.lengths(name)
            average = float(lengths[self._masks[lang]].mean())
            shares = self._ranking.shares(name, idf * leaf.boost, frequencies, lengths[at], average)
            union = np.union1d(docs, at)
            total = np.zeros(len(union), np.float32)
            total[np.searchsorted(union, docs)] = scores
            total[np.searchsorted(union, at)] += shares
            docs, scores = union, total
        return Scored(docs, scores)

    def _keyword(self, leaf: Query, lang: str) -> Scored:
        return _unscored(keyword_leaf(self._reader.columns, leaf) & self._masks[lang])

    def _all_of(self, lang: str) -> Scored:
        return _unscored(self._masks[lang])

    def _occurrences(self, leaf: Query, name: str, lang: str) -> tuple[Pattern, np.ndarray, np.ndarray]:
        key = (id(leaf), name, lang)
        if key not in self._found:
            view = self._views[lang]
            pattern = view.pattern(leaf)
            self._found[key] = (pattern, *view.occurrences(pattern, name))
        return self._found[key]

    def _fields(self, leaf: Query) -> tuple[str, ...]:
        return self._search_in if leaf.fieldname == "text" else (leaf.fieldname,)

    def _needles(self, leaves: Sequence[Query], lang: str) -> dict[str, tuple[Needle, ...]]:
        needles: dict[str, list[Needle]] = {"title": [], "body": []}
        for leaf in leaves:
            for name in self._fields(leaf):
                pattern, docs, _ = self._occurrences(leaf, name, lang)
                if len(docs):
                    idf = self._ranking.idf(len(docs), int(self._masks[lang].sum()), len(docs), self._count)
                    needles[name].append(pattern.needle(idf))
        return {name: tuple(found) for name, found in needles.items()}


class _LeafRule:
    """Which leaves a language leaves out: its stop words, where other words remain."""

    def __init__(self, view: LanguageView | None, wanted: Sequence[Query]) -> None:
        self._stop_leaves = frozenset[int]()
        if view is not None:
            stops = [leaf for leaf in wanted if _is_stop_word(leaf, view)]
            if len(stops) < len(wanted):
                self._stop_leaves = frozenset(id(leaf) for leaf in stops)

    def drops(self, leaf: Query) -> bool:
        return id(leaf) in self._stop_leaves


_KEEP = _LeafRule(None, ())


def _is_stop_word(leaf: Query, view: LanguageView) -> bool:
    if type(leaf) is not Term:
        return False
    words = view.chain.query_words(leaf.text)
    return bool(words) and all(view.chain.fold(word.form) in view.chain.stop_words for word in words)


def _is_text(leaf: Query) -> bool:
    return isinstance(leaf, (Term, Phrase, Prefix, Wildcard, FuzzyTerm, ExactTerm)) and (
        leaf.fieldname not in KEYWORD_FIELDS
    )


def _leaves(node: Query) -> Iterator[Query]:
    """The leaves that a match should hold: those under NOT are not among them."""
    if isinstance(node, Not):
        return
    if node.is_leaf():
        yield node
    else:
        for child in node.children():
            yield from _leaves(child)


def _unscored(mask: Mask) -> Scored:
    docs = np.flatnonzero(mask)
    return Scored(docs, np.zeros(len(docs), np.float32))
