"""The nodes of the logical tree, how Whoosh's parser puts them together, and how they are written as text."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from whoosh import query as nodes
from whoosh.qparser import plugins, syntax
from whoosh.qparser.default import QueryParser

from search.query.repair import Group
from search.query.scan import KEYWORD_FIELDS, Token
from search.request import Op

_BOOST_DIGITS = 4
_MAX_BOOST = 9999.0
"""Boosts of boosts multiply, but stay numbers that the query language can write."""


class ExactTerm(nodes.Term):  # type: ignore[misc]
    """A word that must stand in the text as it is written, case aside."""


class Most(nodes.Or):  # type: ignore[misc]
    """Alternatives of which two thirds, rounded up, must match."""


# -- Whoosh's syntax nodes, with the ways to join words that it lacks


class _ExactNode(syntax.TextNode):  # type: ignore[misc]
    qclass = ExactTerm


class _MustGroup(syntax.Wrapper):  # type: ignore[misc]
    """``+word``."""

    def query(self, parser: Any) -> nodes.Query:
        return self.nodes[0].query(parser)


class _NotGroup(syntax.Wrapper):  # type: ignore[misc]
    """``-word``, ``NOT word``."""

    def query(self, parser: Any) -> nodes.Query:
        return _negation(self.nodes[0].query(parser))


class _AndGroup(syntax.GroupNode):  # type: ignore[misc]
    """``a AND b``."""

    def query(self, parser: Any) -> nodes.Query:
        return _joined(nodes.And, [node.query(parser) for node in self.nodes])


class _OrGroup(syntax.GroupNode):  # type: ignore[misc]
    """``a OR b``."""

    def query(self, parser: Any) -> nodes.Query:
        return _joined(nodes.Or, [node.query(parser) for node in self.nodes])


class _AllGroup(syntax.GroupNode):  # type: ignore[misc]
    """Words that stand side by side, or between parentheses: all of them."""

    merging = False

    def query(self, parser: Any) -> nodes.Query:
        return _boosted(_joined(nodes.And, [node.query(parser) for node in self.nodes]), self.boost)


class _LooseGroup(_AllGroup):
    """Words side by side that need not all match, but for those with ``+`` and ``-``. What is said of a keyword field
    or the date is no plain word but a condition, which holds."""

    plain: type[nodes.Query] = nodes.Or

    def query(self, parser: Any) -> nodes.Query:
        musts = [node.query(parser) for node in self.nodes if isinstance(node, _MustGroup)]
        nots = [node.query(parser) for node in self.nodes if isinstance(node, _NotGroup)]
        others = [node.query(parser) for node in self.nodes if not isinstance(node, _MustGroup | _NotGroup)]
        conditions = [query for query in others if _is_condition(query)]
        loose = [query for query in others if not _is_condition(query)]
        return _boosted(_joined(nodes.And, [*self.core(musts, loose), *conditions, *nots]), self.boost)

    def core(self, musts: list[nodes.Query], loose: list[nodes.Query]) -> list[nodes.Query]:
        if musts and loose:
            return [nodes.AndMaybe(_joined(nodes.And, musts), _joined(nodes.Or, loose))]
        return musts or ([_joined(nodes.Or, loose)] if loose else [])


def _is_condition(query: nodes.Query) -> bool:
    return query.is_leaf() and query.field() in (*KEYWORD_FIELDS, "date")


class _AnyGroup(_LooseGroup):
    """At least one of them."""


class _MostGroup(_LooseGroup):
    """Two thirds of them."""

    def core(self, musts: list[nodes.Query], loose: list[nodes.Query]) -> list[nodes.Query]:
        return [*musts, *([_joined(Most, loose)] if loose else [])]


_GROUPS = {"all": _AllGroup, "most": _MostGroup, "any": _AnyGroup}


@cache
def _parser(op: Op) -> Any:
    """Whoosh's parser with those of its plugins that put nodes together.

    NOT binds most tightly, then AND, then OR; words side by side are joined last.
    """
    operator = plugins.OperatorsPlugin.OpTagger
    prefix = syntax.PrefixOperator
    operators = [
        (operator("-", _NotGroup, prefix), 0),
        (operator(r"\+", _MustGroup, prefix), 0),
        (operator("AND", _AndGroup), 0),
        (operator("OR", _OrGroup), 0),
    ]
    chosen = [plugins.GroupPlugin(), plugins.BoostPlugin(), plugins.OperatorsPlugin(operators, clean=True)]
    return QueryParser("text", None, plugins=chosen, group=_GROUPS[op])


def assemble(group: Group, op: Op) -> nodes.Query:
    """The logical tree of a well-formed group that is not empty."""
    parser = _parser(op)
    flat = parser.group(list(_flat(group.items)))
    if any(map(_binds, group.items)):
        flat = parser.filterize(flat)
    return flat.query(parser)


def _binds(item: Token | Group) -> bool:
    """Whether an item is more than a leaf, so that plugins have to put it together with others."""
    return isinstance(item, Group) or item.boost != 1.0 or item.kind in ("and", "or", "not", "must")


def _flat(items: Sequence[Token | Group]) -> Iterable[Any]:
    """The syntax nodes of the items in the order of the text, parentheses among them, as plugins expect them."""
    for item in items:
        if isinstance(item, Token):
            yield _node(item)
        else:
            yield plugins.GroupPlugin.OpenBracket()
            yield from _flat(item.items)
            yield plugins.GroupPlugin.CloseBracket()
        boost = item.boost
        if boost != 1.0:
            yield plugins.BoostPlugin.BoostNode("", boost)


def _node(token: Token) -> Any:
    if token.kind in ("and", "or"):
        return syntax.InfixOperator(token.kind, _AndGroup if token.kind == "and" else _OrGroup)
    if token.kind in ("not", "must"):
        return syntax.PrefixOperator(token.kind, _NotGroup if token.kind == "not" else _MustGroup)
    node = _leaf(token)
    node.set_fieldname(token.field)
    return node.set_range(token.position, token.end)


def _leaf(token: Token) -> Any:
    match token.kind:
        case "range":
            assert token.dates is not None
            return syntax.RangeNode(token.dates.start, token.dates.end, False, False)
        case "phrase":
            return plugins.PhrasePlugin.PhraseNode(token.text, token.position, token.distance)
        case "prefix":
            return plugins.PrefixPlugin.PrefixNode(token.text)
        case "wildcard":
            return plugins.WildcardPlugin.WildcardNode(token.text)
        case "fuzzy":
            word = syntax.WordNode(token.text).set_range(token.position, token.end)
            return plugins.FuzzyTermPlugin.FuzzyTermNode(word, token.distance, 0)
        case "exact":
            return _ExactNode(token.text)
        case _:
            return syntax.WordNode(token.text)


# -- the algebra of queries: a tree has one shape for one meaning


def _joined(kind: type[nodes.Query], parts: Sequence[nodes.Query]) -> nodes.Query:
    """The parts joined, those of the same kind merged; a single part stands for itself."""
    if len(parts) == 1:
        return parts[0]
    merged: list[nodes.Query] = []
    for part in parts:
        same = type(part) is kind and part.boost == 1.0 and kind is not Most
        merged.extend(part.subqueries if same else [part])
    return kind(merged)


def _negation(part: nodes.Query) -> nodes.Query:
    return part.query if isinstance(part, nodes.Not) else nodes.Not(part)


def _boosted(tree: nodes.Query, boost: float) -> nodes.Query:
    """The tree with its scores multiplied; what is excluded has none."""
    if boost == 1.0 or isinstance(tree, nodes.Not):
        return tree
    if isinstance(tree, nodes.AndMaybe):
        return nodes.AndMaybe(_boosted(tree.a, boost), _boosted(tree.b, boost))
    lifted = copy.copy(tree)
    lifted.boost = min(max(round(tree.boost * boost, _BOOST_DIGITS), 10.0**-_BOOST_DIGITS), _MAX_BOOST)
    return lifted


# -- and back to text

_JOIN, _OR, _AND, _NOT, _ATOM = range(5)


def unparse(tree: nodes.Query) -> str:
    """The tree in the query language: text that parses to the same tree (with the same ``op``, where it holds a
    :class:`Most` or an ``AndMaybe``, which no operator spells)."""
    return _write(tree, _JOIN)


def _write(tree: nodes.Query, least: int) -> str:
    """The text of ``tree`` where an operator of level ``least`` stands around it."""
    if isinstance(tree, nodes.Every):
        return "*"
    if isinstance(tree, nodes.Not):
        level, text = _NOT, "NOT " + _write(tree.query, _ATOM)
    elif isinstance(tree, nodes.AndMaybe):
        level, text = _JOIN, _write_maybe(tree)
    elif isinstance(tree, Most):
        level, text = _JOIN, " ".join(_plain(part) for part in tree.subqueries)
    elif isinstance(tree, nodes.Or):
        level, text = _OR, " OR ".join(_write(part, _NOT) for part in tree.subqueries)
    elif isinstance(tree, nodes.And):
        level, text = _AND, " AND ".join(_write(part, _NOT) for part in tree.subqueries)
    else:
        return _write_leaf(tree) + _write_boost(tree.boost)
    if not isinstance(tree, nodes.Not | nodes.AndMaybe) and tree.boost != 1.0:
        return f"({text}){_write_boost(tree.boost)}"
    return f"({text})" if level < least else text


def _write_maybe(tree: nodes.AndMaybe) -> str:
    musts = tree.a.subqueries if type(tree.a) is nodes.And and tree.a.boost == 1.0 else [tree.a]
    loose = [tree.b]
    if type(tree.b) is nodes.Or and tree.b.boost == 1.0 and not any(map(_is_condition, tree.b.subqueries)):
        loose = tree.b.subqueries
    return " ".join(["+" + _write(part, _ATOM) for part in musts] + [_plain(part) for part in loose])


def _plain(part: nodes.Query) -> str:
    """A part beside others; an excluded one in parentheses, lest it excludes from all of them."""
    return _write(part, _ATOM if isinstance(part, nodes.Not) else _OR)


def _write_leaf(leaf: nodes.Query) -> str:
    field = "" if leaf.fieldname == "text" else f"{leaf.fieldname}:"
    if isinstance(leaf, nodes.TermRange):
        return field + _write_range(leaf.start, leaf.end)
    if isinstance(leaf, nodes.Phrase):
        return f'{field}"{" ".join(leaf.words)}"' + (f"~{leaf.slop}" if leaf.slop != 1 else "")
    if isinstance(leaf, nodes.Prefix):
        return f"{field}{leaf.text}*"
    if isinstance(leaf, nodes.FuzzyTerm):
        return f"{field}{leaf.text}~{leaf.maxdist}"
    quote = isinstance(leaf, ExactTerm) or (
        leaf.fieldname in KEYWORD_FIELDS and isinstance(leaf, nodes.Term) and not leaf.text.isalnum()
    )
    return f'{field}"{leaf.text}"' if quote else field + leaf.text


def _write_range(start: str | None, end: str | None) -> str:
    if start == end and start is not None:
        return start
    return "[" + " ".join(part for part in (start, "TO", end) if part) + "]"


def _write_boost(boost: float) -> str:
    return "" if boost == 1.0 else "^" + f"{boost:.{_BOOST_DIGITS}f}".rstrip("0").rstrip(".")
