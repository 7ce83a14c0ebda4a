"""From the logical tree of a query to the documents that answer it, language by language.

A document has one language, so the whole tree is understood once per language, with that language's chain, lexicon and
stop words, over that language's documents; the answers are disjoint. What the languages share are the counts over the
whole index that a score needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

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
    Wildcard,
)

from index.engine import EngineReader
from index.fields import field_language
from search.filters import KEYWORD_FIELDS, Mask, keyword_leaf, one_of
from search.matching import Matches, at_least
from search.needles import Needle
from search.occurrences import LanguageView, Pattern
from search.query import ExactTerm, Most
from search.ranking import Ranking
from search.request import Op, TextField


@dataclass(frozen=True, slots=True)
class LanguageAnswer:
    """What one language finds."""

    lang: str
    """The language whose chain and fields these are; ``und`` stands for all that we have no chain for."""
    matches: Matches
    """Live documents of this language only."""
    needles: dict[str, tuple[Needle, ...]]
    """What to mark in the title and in the body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query finds before filters and order."""

    languages: tuple[LanguageAnswer, ...]
    ranked: bool
    """Whether there are words to rank by."""
    cut: bool
    """Whether a wildcard or fuzzy word stands for more forms than were taken."""

    def matches(self) -> Matches:
        """The documents of all languages."""
        return at_least(1, [part.matches for part in self.languages])


def answer(
    tree: Query, reader: EngineReader, *, ranking: Ranking, op: Op = "all", search_in: Sequence[TextField]
) -> Answer:
    """Answers ``tree`` (of :func:`search.query.parse`) over all languages of ``reader``."""
    return _Evaluation(reader, ranking, op, tuple(search_in)).answer(tree)


class _Evaluation:
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
        self._counts = {lang: int(mask.sum()) for lang, mask in self._masks.items()}
        self._found: dict[tuple[int, str, str], tuple[Pattern, Matches]] = {}
        self._parts: dict[tuple[int, str], Query] = {}

    def answer(self, tree: Query) -> Answer:
        wanted = [leaf for leaf in _leaves(tree) if _is_text(leaf)]
        languages = []
        for lang in self._views:
            matches = self._matches(tree, lang, _LeafRule(self._views[lang], wanted))
            found = self._all_of(lang) if matches is None else matches
            languages.append(LanguageAnswer(lang, found, self._needles(wanted, lang)))
        cut = any(pattern.cut for pattern, _ in self._found.values())
        return Answer(tuple(languages), ranked=bool(wanted), cut=cut)

    def _matches(self, node: Query, lang: str, rule: _LeafRule) -> Matches | None:
        """What ``node`` finds; ``None`` where the language leaves it out (a stop word among words)."""
        if node is NullQuery:
            return Matches.none()
        match node:
            case Every():
                return self._all_of(lang)
            case Not():
                return self._all_of(lang).without(self._matches(node.query, lang, _KEEP) or Matches.none())
            case AndMaybe():
                required, optional = (self._matches(child, lang, rule) for child in node.children())
                if required is None or optional is None:
                    return optional if required is None else required
                return required.lifted_by(optional)
            case Most() | Or() | And():
                return self._group(node, lang, rule)
        if rule.drops(node):
            return None
        return self._text_leaf(node, lang) if _is_text(node) else self._keyword(node, lang)

    def _group(self, node: Query, lang: str, rule: _LeafRule) -> Matches | None:
        children = list(node.children())
        if not isinstance(node, And) and self._op != "all":
            children = [part for child in children for part in self._spread(child, lang)]
        found = [matches for child in children if (matches := self._matches(child, lang, rule)) is not None]
        if not found:
            return None
        needed = len(found) if isinstance(node, And) else ceil(len(found) * 2 / 3) if isinstance(node, Most) else 1
        return at_least(needed, found)

    def _spread(self, leaf: Query, lang: str) -> list[Query]:
        """The words of a plain word that is several in this language (a run without spaces): a bag where not all
        words are asked for."""
        if type(leaf) is not Term or not _is_text(leaf):
            return [leaf]
        words = self._views[lang].chain.query_words(leaf.text)
        return [leaf] if len(words) < 2 else [self._part(leaf, word.form) for word in words]

    def _part(self, leaf: Query, form: str) -> Query:
        """``form`` as a leaf of its own, the same object each time: occurrences are kept by identity."""
        key = (id(leaf), form)
        if key not in self._parts:
            self._parts[key] = Term(leaf.fieldname, form, boost=leaf.boost)
        return self._parts[key]

    def _text_leaf(self, leaf: Query, lang: str) -> Matches:
        return at_least(1, [self._shares(leaf, name, lang) for name in self._fields(leaf)])

    def _shares(self, leaf: Query, name: str, lang: str) -> Matches:
        """The documents of ``lang`` that hold ``leaf`` in the field ``name``, and what that adds to their scores."""
        _, found = self._occurrences(leaf, name, lang)
        if not len(found):
            return found
        n_all = sum(len(self._occurrences(leaf, name, other)[1]) for other in self._views)
        idf = self._ranking.idf(len(found), self._counts[lang], n_all, self._count)
        lengths = self._reader.columns.lengths(name)
        average = float(lengths[self._masks[lang]].mean())
        shares = self._ranking.shares(name, idf * leaf.boost, found.scores, lengths[found.docs], average)
        return Matches(found.docs, shares)

    def _keyword(self, leaf: Query, lang: str) -> Matches:
        return Matches.where(keyword_leaf(self._reader.columns, leaf) & self._masks[lang])

    def _all_of(self, lang: str) -> Matches:
        return Matches.where(self._masks[lang])

    def _occurrences(self, leaf: Query, name: str, lang: str) -> tuple[Pattern, Matches]:
        """What ``leaf`` means in ``lang``, and where and how often it stands in the field ``name``."""
        key = (id(leaf), name, lang)
        if key not in self._found:
            view = self._views[lang]
            pattern = view.pattern(leaf)
            self._found[key] = pattern, view.occurrences(pattern, name)
        return self._found[key]

    def _fields(self, leaf: Query) -> tuple[str, ...]:
        return self._search_in if leaf.fieldname == "text" else (leaf.fieldname,)

    def _needles(self, leaves: Sequence[Query], lang: str) -> dict[str, tuple[Needle, ...]]:
        needles: dict[str, list[Needle]] = {"title": [], "body": []}
        for leaf in leaves:
            for name in self._fields(leaf):
                pattern, found = self._occurrences(leaf, name, lang)
                if len(found):
                    idf = self._ranking.idf(len(found), self._counts[lang], len(found), self._count)
                    needles[name].append(pattern.needle(idf))
        return {name: tuple(found) for name, found in needles.items()}


class _LeafRule:
    """Which leaves a language leaves out where others remain: its stop words, and what holds no word (a lone sign)."""

    def __init__(self, view: LanguageView | None, wanted: Sequence[Query]) -> None:
        idle = [leaf for leaf in wanted if view is not None and _says_nothing(leaf, view)]
        self._dropped = frozenset(id(leaf) for leaf in idle) if len(idle) < len(wanted) else frozenset()

    def drops(self, leaf: Query) -> bool:
        return id(leaf) in self._dropped


_KEEP = _LeafRule(None, ())


def _says_nothing(leaf: Query, view: LanguageView) -> bool:
    if type(leaf) is not Term:
        return False
    return all(view.chain.fold(word.form) in view.chain.stop_words for word in view.chain.query_words(leaf.text))


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
