"""From the logical tree of a query to the passes that answer it, before anything is looked up.

One pass meets up to :data:`MOST_BITS` leaves, each a bit of a document; what a document's score is made of is the sum
over the leaves that it meets. So a part of the tree that may fail in a document that matches nonetheless (``a AND b``
in ``(a AND b) OR c``) has a pass of its own, and so has a group of many words of which some must match, whose leaves
are then counted instead: what such a pass finds is one leaf of the pass above it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from math import ceil
from typing import NamedTuple

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
    Wildcard,
)

from index.analysis.query_chains import query_chains
from index.columnar.arrays import B1, F8, I4
from index.fields import TEXT_FIELDS
from search.query import ExactTerm, Most
from search.query.scan import KEYWORD_FIELDS
from search.readings import Readings, readings
from search.request import Op, SearchRequest
from search.shapes import (
    NEVER,
    Always,
    AtLeast,
    Leaf,
    Lifted,
    Program,
    Programs,
    Shape,
    Without,
    leaves_of,
    may_match_unmet,
    program_of,
)
from search.spoken import Reading

MOST_BITS = 32
_MANY_WORDS = 8
"""Words of one group from which on they are counted in a pass of their own, where there are too many leaves."""


@dataclass(frozen=True, slots=True, eq=False)
class TextLeaf:
    """A leaf of the query that is met by words of a text; or one word of such a leaf, where not all of them must."""

    number: int
    key: str
    """The same for the same leaf of the same query, whatever is in the index."""
    node: Query
    fields: tuple[str, ...]
    """Which of the text fields hold it."""
    boost: float
    scored: bool
    """Whether it adds to the score: what stands under NOT does not."""
    readings: Mapping[str, Reading]
    """By language. Languages that read the leaf's text otherwise have other leaves for it."""


@dataclass(frozen=True, slots=True, eq=False)
class ConditionLeaf:
    """A leaf that is met by a value of a column: ``section:sport``, ``date:[2026 TO]``."""

    number: int
    node: Query


@dataclass(frozen=True, slots=True, eq=False)
class PassLeaf:
    """A leaf that is met by the documents that a pass of its own finds, with their scores."""

    number: int
    found_by: Pass


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What one pass over the postings is to decide."""

    bits: Mapping[int, int]
    """The bit of each leaf, by its number."""
    programs: Programs
    bit_of: I4
    """The same as an array, -1 for a leaf of another pass."""
    asked: B1
    """(programs, numbers) the leaves that each program asks for: the others are not met in its languages."""
    full: bool
    """Whether documents may match that meet no leaf which has a list."""
    counting: bool
    """Whether leaves are counted: a program is then only how many must be met."""
    texts: tuple[TextLeaf, ...]
    conditions: tuple[ConditionLeaf, ...]
    inner: tuple[PassLeaf, ...]

    @property
    def asks_for_nothing(self) -> bool:
        """Whether every document matches."""
        return not self.bits and self.programs.are_always_true


@dataclass(frozen=True, slots=True, eq=False)
class Passes:
    """A query as passes."""

    top: Pass
    texts: tuple[TextLeaf, ...]
    """Of all passes, in the order of their numbers."""
    numbers: I4
    """Of these; of each in ``scored`` whether it adds to the score, its boost in ``boosts``, and in ``in_fields`` (2 *
    texts) whether it asks for titles and for bodies."""
    scored: B1
    boosts: F8
    in_fields: B1
    ranked: bool
    """Whether there are words to rank by; ``several``: whether several that score."""
    several: bool
    wanted: tuple[TextLeaf, ...]
    """Those that a match should hold: none from under NOT."""
    left_out: Mapping[str, frozenset[int]]
    """By language the leaves, by their numbers, that it leaves out: stop words among other words."""
    plain: B1
    """(texts * languages) which of ``wanted`` score and are not left out in each language."""


def passes(tree: Query, langs: Sequence[str], request: SearchRequest, known: frozenset[str] | None = None) -> Passes:
    """The passes of ``tree`` (of :func:`search.query.parse`) over the languages ``langs``; of ``request`` the joining
    of words, the text fields and how words match. ``known``: the keys of the leaves that are counted where most words
    must match, if not all are. Cost: some microseconds, and some for each word and language."""
    return _Builder(tuple(langs), request, known).passes(tree)


class _Decided(NamedTuple):
    """What a pass decides by the shapes of its programs alone: see :class:`Pass`."""

    bits: Mapping[int, int]
    programs: Programs
    bit_of: I4
    asked: B1
    full: bool


@lru_cache(maxsize=1_000)
def _decided(
    shapes: tuple[Shape, ...], of_place: tuple[int, ...], counting: bool, free: frozenset[int]
) -> _Decided | None:
    """``of_place``: the shape of each language; ``free``: leaves that are no words. ``None`` where there are more
    leaves than bits. Queries of one form share this."""
    leaves = tuple([frozenset(leaves_of(shape)) for shape in shapes])
    numbers = sorted(frozenset().union(*leaves))
    if len(numbers) > MOST_BITS and not counting:
        return None
    bits = {number: bit for bit, number in enumerate(numbers)}
    programs = [_counted(shape) if counting else program_of(_with_bits(shape, bits)) for shape in shapes]
    full = not counting and any(may_match_unmet(shape, free) for shape in shapes)
    asked = np.zeros((len(shapes), max(numbers, default=-1) + 1), np.bool_)
    for program, asked_by_it in zip(asked, leaves, strict=True):
        program[list(asked_by_it)] = True
    bit_of = np.full(asked.shape[1], -1, np.int32)
    bit_of[numbers] = np.arange(len(numbers))
    return _Decided(bits, Programs.of(programs, of_place), bit_of, asked, full)


class _Builder:
    def __init__(self, langs: tuple[str, ...], request: SearchRequest, known: frozenset[str] | None) -> None:
        self._langs = langs
        self._request = request
        self._known = known
        self._numbers = count()
        self._texts: dict[tuple[int, str], TextLeaf] = {}
        self._others: dict[int, ConditionLeaf | PassLeaf] = {}
        self._readings: dict[int, Readings] = {}
        self._apart: dict[int, Mapping[str, Mapping[str, Reading]]] = {}
        self._spreads: dict[tuple[int, str], tuple[str, ...]] = {}
        self._order: dict[int, int] = {}
        self._boosts: dict[int, float] = {}
        self._unscored: set[int] = set()
        self._in_bags: set[int] = set()
        self._drops: dict[str, frozenset[int]] = {}

    def passes(self, tree: Query) -> Passes:
        tree = _with_a_lone_word_as_group(tree, self._request.op)
        wanted = [leaf for leaf in _leaves(tree) if is_text(leaf)]
        self._look_at(tree, 1.0, scored=True)
        self._drops = self._dropped(wanted)
        top = self._pass(tree, top=True)
        texts = tuple(sorted(self._texts.values(), key=lambda leaf: leaf.number))
        wanted_nodes = {id(leaf) for leaf in wanted}
        left_out = {
            lang: frozenset(leaf.number for leaf in texts if id(leaf.node) in drops)
            for lang, drops in self._drops.items()
        }
        scored = [leaf.scored and id(leaf.node) in wanted_nodes for leaf in texts]
        plain = np.empty((len(texts), len(self._langs)), np.bool_)
        plain[:] = np.array(scored, np.bool_)[:, None]
        if left_out:
            place = query_chains(self._langs).place
            for lang, numbers in left_out.items():
                plain[[leaf.number in numbers for leaf in texts], place[lang]] = False
        return Passes(
            top,
            texts,
            np.array([leaf.number for leaf in texts], np.int32),
            np.array([leaf.scored for leaf in texts], np.bool_),
            np.array([leaf.boost for leaf in texts], np.float64),
            np.array([name in leaf.fields for leaf in texts for name in TEXT_FIELDS], np.bool_),
            ranked=bool(wanted),
            several=sum(scored) > 1,
            wanted=tuple(leaf for leaf in texts if id(leaf.node) in wanted_nodes),
            left_out=left_out,
            plain=plain.reshape(-1),
        )

    def _look_at(self, node: Query, boost: float, *, scored: bool) -> None:
        """Notes of each leaf its boost, those of the groups around it included, and how languages read it."""
        boost *= node.boost
        if is_text(node):
            self._boosts[id(node)] = boost
            self._order[id(node)] = len(self._order)
            self._readings[id(node)] = readings(node, self._langs, match=self._request.match, qlang=self._request.qlang)
            if not scored:
                self._unscored.add(id(node))
        elif node is not NullQuery and not node.is_leaf():
            for child in node.children():
                if isinstance(node, Or) and self._request.op != "all" and type(child) is Term and is_text(child):
                    self._in_bags.add(id(child))
                self._look_at(child, boost, scored=scored and not isinstance(node, Not))

    def _dropped(self, wanted: Sequence[Query]) -> dict[str, frozenset[int]]:
        """The leaves that languages leave out where others remain: their stop words, and what holds no word."""
        idle: defaultdict[str, set[int]] = defaultdict(set)
        for leaf in wanted:
            for lang in self._readings[id(leaf)].idle:
                idle[lang].add(id(leaf))
        return {lang: frozenset(leaves) for lang, leaves in idle.items() if len(leaves) < len(wanted)}

    # -- passes

    def _pass(self, node: Query, *, top: bool = False) -> Pass:
        """A pass that decides ``node``, which is certain in it."""
        inner = {id(part): part for part in _loose_parts(node, certain=True)}
        made = self._shaped(node, inner, top=top)
        if made is None and isinstance(node, Or) and self._widest(node) > _MANY_WORDS:
            inner = {id(child): child for child in node.children() if not child.is_leaf()}
            made = self._shaped(node, inner, top=top, counting=True)
        for least in (_MANY_WORDS, 1):
            if made is None:
                inner |= {id(part): part for part in self._wide_groups(node, least) if part is not node}
                made = self._shaped(node, inner, top=top)
        if made is not None:
            return made
        raise AssertionError("a query has no more clauses than bits")

    def _wide_groups(self, node: Query, least: int) -> Iterator[Query]:
        if isinstance(node, Or) and self._widest(node) > least:
            yield node
        elif not node.is_leaf():
            for child in node.children():
                yield from self._wide_groups(child, least)

    def _widest(self, node: Query) -> int:
        """The most leaves that a group has in one language."""
        return max(sum(len(self._spread(child, lang)) for child in node.children()) for lang in self._langs)

    def _shaped(self, node: Query, inner: Mapping[int, Query], *, top: bool, counting: bool = False) -> Pass | None:
        """A pass of ``node`` in which ``inner`` are leaves; ``None`` where there are more leaves than bits."""
        bags = [leaf for leaf in _all_leaves(node) if id(leaf) in self._in_bags]
        others = frozenset(self._drops).union(*(self._readings[id(leaf)].several for leaf in bags))
        # Where nothing is left of a query it asks for nothing; a part of one is then no part.
        shapes, of_place = self._shapes(node, bags, others, inner, Always() if top else NEVER)
        conditions = [leaf for leaf in self._others.values() if isinstance(leaf, ConditionLeaf)]
        free = frozenset(leaf.number for leaf in conditions if leaf.node.fieldname in VIRTUAL)
        decided = _decided(shapes, of_place, counting, free)
        if decided is None:
            return None
        bits = decided.bits
        return Pass(
            bits,
            decided.programs,
            decided.bit_of,
            decided.asked,
            full=decided.full,
            counting=counting,
            texts=tuple([leaf for leaf in self._texts.values() if leaf.number in bits]),
            conditions=tuple([leaf for leaf in conditions if leaf.number in bits]),
            inner=tuple([leaf for leaf in self._others.values() if isinstance(leaf, PassLeaf) and leaf.number in bits]),
        )

    # -- shapes

    def _shapes(
        self, node: Query, bags: Sequence[Query], others: frozenset[str], inner: Mapping[int, Query], nothing: Shape
    ) -> tuple[tuple[Shape, ...], tuple[int, ...]]:
        """What ``node`` asks for in each language, and the shape of each; ``others``: the languages that do not read it
        like most; ``nothing``: where nothing is left of it."""
        places: dict[object, int] = {}
        shapes: list[Shape] = []
        of_place = [0] * len(self._langs)
        if len(others) < len(self._langs):
            most = next(lang for lang in self._langs if lang not in others)
            shapes.append(self._shape(node, most, frozenset(), inner) or nothing)
        if others:
            for place, lang in enumerate(self._langs):
                if lang in others:
                    drops = self._drops.get(lang, frozenset())
                    key = drops, tuple(self._spread(leaf, lang) for leaf in bags)
                    if key not in places:
                        places[key] = len(shapes)
                        shapes.append(self._shape(node, lang, drops, inner) or nothing)
                    of_place[place] = places[key]
        return tuple(shapes), tuple(of_place)

    def _shape(self, node: Query, lang: str, drops: frozenset[int], inner: Mapping[int, Query]) -> Shape | None:
        """What ``node`` asks for in one language; ``None`` where the language leaves it out."""
        if id(node) in inner:
            return None if self._is_left_out(node, drops) else self._inner(node)
        if node is NullQuery:
            return NEVER
        match node:
            case Every():
                return Always()
            case Not():
                part = self._shape(node.query, lang, frozenset(), inner)
                return Always() if part is None else Without(part)
            case AndMaybe():
                required, optional = (self._shape(child, lang, drops, inner) for child in node.children())
                if required is None or optional is None:
                    return optional if required is None else required
                return Lifted(required, optional)
            case And() | Or():
                return self._group(node, lang, drops, inner)
        if id(node) in drops:
            return None
        return self._text(node, lang) if is_text(node) else self._condition(node)

    def _group(self, node: Query, lang: str, drops: frozenset[int], inner: Mapping[int, Query]) -> Shape | None:
        parts: list[Shape] = []
        for child in node.children():
            if id(child) not in drops and len(forms := self._spread(child, lang)) > 1:
                parts += [Leaf(self._text_leaf(child, form).number) for form in forms]
            elif (part := self._shape(child, lang, drops, inner)) is not None:
                parts.append(part)
        if not parts:
            return None
        if isinstance(node, Most) and self._known is not None:
            parts = self._known_parts(parts)
        needed = len(parts) if isinstance(node, And) else ceil(len(parts) * 2 / 3) if isinstance(node, Most) else 1
        return AtLeast(needed, tuple(parts)) if parts else NEVER

    def _known_parts(self, parts: Sequence[Shape]) -> list[Shape]:
        """Those that count among words of which most must match."""
        unknown = {leaf.number for leaf in self._texts.values() if leaf.key not in (self._known or ())}
        return [part for part in parts if not isinstance(part, Leaf) or part.number not in unknown]

    def _is_left_out(self, node: Query, drops: frozenset[int]) -> bool:
        leaves = list(_all_leaves(node))
        return bool(leaves) and all(id(leaf) in drops for leaf in leaves)

    def _inner(self, node: Query) -> Leaf:
        if id(node) not in self._others:
            made = self._pass(node)
            self._others[id(node)] = PassLeaf(next(self._numbers), made)
        return Leaf(self._others[id(node)].number)

    def _condition(self, node: Query) -> Leaf:
        if id(node) not in self._others:
            self._others[id(node)] = ConditionLeaf(next(self._numbers), node)
        return Leaf(self._others[id(node)].number)

    def _text(self, node: Query, lang: str) -> Shape:
        return Leaf(self._text_leaf(node, "").number) if lang in self._readings[id(node)].by_lang else NEVER

    def _spread(self, node: Query, lang: str) -> tuple[str, ...]:
        """The words of a plain word that is several in a language (a run without spaces): a bag where not all words
        are asked for."""
        if id(node) not in self._in_bags or lang not in self._readings[id(node)].several:
            return ("",)
        if (id(node), lang) not in self._spreads:
            self._spreads[id(node), lang] = self._readings[id(node)].spoken.forms(lang)
        return self._spreads[id(node), lang]

    def _words_apart(self, node: Query) -> Mapping[str, Mapping[str, Reading]]:
        """The words of a leaf that is several in some languages, each read by itself: by form, then by language."""
        if id(node) not in self._apart:
            self._apart[id(node)] = self._readings[id(node)].spoken.apart()
        return self._apart[id(node)]

    def _text_leaf(self, node: Query, form: str) -> TextLeaf:
        """The leaf of a node, or of one word of it."""
        key = id(node), form
        if key not in self._texts:
            of_node = self._readings[id(node)]
            found = of_node.by_lang
            if form:
                found = self._words_apart(node)[form]
            elif id(node) in self._in_bags and of_node.several:
                found = {lang: reading for lang, reading in found.items() if lang not in of_node.several}
            self._texts[key] = TextLeaf(
                next(self._numbers),
                f"{self._order[id(node)]}{form}",
                node,
                self._request.search_in if node.fieldname == "text" else (node.fieldname,),
                self._boosts[id(node)],
                id(node) not in self._unscored,
                found,
            )
        return self._texts[key]


def _with_a_lone_word_as_group(tree: Query, op: Op) -> Query:
    """The tree with its only word as a group of one, where not all words are asked for: a run without spaces may be
    several words in some language."""
    if op == "all" or not isinstance(tree, (And, Term)):
        return tree
    parts = [tree] if isinstance(tree, Term) else list(tree.children())
    words = [part for part in parts if not isinstance(part, Not) and (is_text(part) or not part.is_leaf())]
    if len(words) != 1 or type(words[0]) is not Term:
        return tree
    group = Or(words) if op == "any" else Most(words)
    others = [part for part in parts if part is not words[0]]
    return And([group, *others], boost=tree.boost) if others else group


VIRTUAL = ("section", "source", "lang")
"""Columns with one value a document: the kernel reads a condition on them from a table."""


def is_text(leaf: Query) -> bool:
    """Whether a node is a leaf that words of a text meet."""
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


def _all_leaves(node: Query) -> Iterator[Query]:
    if isinstance(node, Not):
        yield from _all_leaves(node.query)
    elif node.is_leaf():
        yield node
    else:
        for child in node.children():
            yield from _all_leaves(child)


def _loose_parts(node: Query, *, certain: bool) -> Iterator[Query]:
    """The topmost parts that may fail in a matching document, and whose words must then not count."""
    match node:
        case AndMaybe():
            if not certain:
                yield node
                return
            required, optional = node.children()
            yield from _loose_parts(required, certain=True)
            yield from _loose_parts(optional, certain=False)
        case And() | Most():
            if not certain and any(map(is_text, _leaves(node))):
                yield node
                return
            for child in node.children():
                yield from _loose_parts(child, certain=isinstance(node, And))
        case Or():
            for child in node.children():
                yield from _loose_parts(child, certain=False)


def _with_bits(shape: Shape, bits: Mapping[int, int]) -> Shape:
    """``shape`` with each leaf as its bit."""
    match shape:
        case Leaf(number):
            return Leaf(bits[number])
        case AtLeast(needed, parts):
            return AtLeast(needed, tuple(_with_bits(part, bits) for part in parts))
        case Without(part):
            return Without(_with_bits(part, bits))
        case Lifted(part, lift):
            return Lifted(_with_bits(part, bits), _with_bits(lift, bits))
    return shape


def _counted(shape: Shape) -> Program:
    """The program of a group whose parts are counted. A part that nothing meets is not among its leaves."""
    needed = shape.needed if isinstance(shape, AtLeast) else 1
    return Program(0, 0, 0, needed, ())
