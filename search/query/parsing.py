"""The query language: from text that a person typed to a logical tree that an engine can plan.

The language is Whoosh's, with a newsreader's defaults. The leaves name logical fields and hold words as they were
typed, not yet analysed. Four steps, one file each: :mod:`search.query.text` (signs), :mod:`search.query.scan` (tokens,
limits), :mod:`search.query.repair` (what does not fit together), :mod:`search.query.tree` (the tree, by Whoosh's parser
plugins). Words side by side are joined last (``op``), before that ``OR``, ``AND`` and ``NOT``: ``a b OR c`` is
``a (b OR c)``.

Nodes of the tree, all of :mod:`whoosh.query` but for two:

- ``And``, ``Or``, ``Not``, ``AndMaybe`` (the first must match, the second adds to the score; under ``any`` only) and
  :class:`Most` (two thirds of its parts, rounded up; under ``most`` only);
- ``Term``, ``Phrase`` (``slop`` 1: side by side), ``Prefix`` (``text`` without its star), ``Wildcard``, ``FuzzyTerm``
  and :class:`ExactTerm` in ``text`` (both text fields), ``title`` or ``body``;
- ``Term``, ``Prefix``, ``Wildcard`` in ``section``, ``source``, ``lang`` and ``author``, the value whole;
- ``TermRange`` in ``date``: ISO texts, inclusive, ``None`` where open;
- ``Every`` alone, for a query that asks for nothing.

An ``And`` of boost 1 never stands directly in an ``And``, nor such an ``Or`` in an ``Or``, nor ``Not`` in ``Not``.
What is said of a keyword field or the date is a condition: it never stands among words of which only some must match.
Leaves have the code points of the query where they were typed as ``startchar`` and ``endchar``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

import regex
from whoosh import query as nodes

from search.query.repair import repair
from search.query.scan import MAX_CLAUSES, OPERATORS, scan
from search.query.text import MAX_LENGTH, plain_signs
from search.query.tree import Most, assemble, unparse
from search.request import Op
from search.result import QueryWarning

MAX_WARNINGS = 20
"""More of them tell a person nothing; the first are kept."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query understood."""

    tree: nodes.Query
    parsed: str
    """The tree in the query language: how it was understood, for people and for another :func:`parse`."""
    warnings: tuple[QueryWarning, ...] = ()
    """What was repaired or left out, in the order of the text."""


def parse(text: str, *, op: Op = "all", fields: Sequence[str] = ("title", "body")) -> ParsedQuery:
    """Understands any text as a query, repairing what does not parse.

    ``fields`` are the text fields that words without a prefix are searched in: a single one is named in their leaves,
    both are the logical field ``text``. Raises :class:`search.errors.InvalidRequest` (``param`` ``q``) only beyond
    :data:`MAX_LENGTH`, :data:`MAX_CLAUSES` or :data:`MAX_DEPTH`. Cost: linear; some tenths of a millisecond, and some
    microseconds where there are only words.
    """
    field = fields[0] if len(fields) == 1 else "text"
    return _plain_words(text, op, field) or _parsed(text, op, field)


def _plain_words(text: str, op: Op, field: str) -> ParsedQuery | None:
    """What :func:`_parsed` makes of words and the spaces between them, or of one phrase of them; ``None`` for all else,
    and beyond the limits."""
    quoted = text[:1] == '"' == text[-1:]
    if len(text) > MAX_LENGTH or not _words_alone().fullmatch(text, quoted, len(text) - quoted):
        return None
    if quoted:
        words = text[1:-1].split()
        if len(words) < 2:
            return None
        ends = list(accumulate(len(word) + 1 for word in words))
        spans = [(end - len(word) - 1, end - 1) for word, end in zip(words, ends, strict=True)]
        phrase = nodes.Phrase(field, words, char_ranges=spans)
        phrase.startchar, phrase.endchar = 0, len(text)
        return ParsedQuery(phrase, unparse(phrase))
    leaves = []
    at = 0
    for word in text.split(" "):
        if word:
            if word in OPERATORS or not any(map(str.isalnum, word)):
                return None
            leaf = nodes.Term(field, word)
            leaf.startchar, leaf.endchar = at, at + len(word)
            leaves.append(leaf)
        at += len(word) + 1
    if len(leaves) > MAX_CLAUSES:
        return None
    tree = leaves[0] if len(leaves) == 1 else _JOINED[op](leaves)
    return ParsedQuery(tree, unparse(tree))


@cache
def _words_alone() -> regex.Pattern[str]:
    """Text in which each sign is a letter, a digit or a mark on one, stands between such, or is a space."""
    word = r"[\p{L}\p{M}\p{N}]++(?:['.\-][\p{L}\p{M}\p{N}]++)*+"
    return regex.compile(rf"\ *+{word}(?:\ ++{word})*+\ *+")


_JOINED: Mapping[Op, type[nodes.Query]] = {"all": nodes.And, "most": Most, "any": nodes.Or}


def _parsed(text: str, op: Op, field: str) -> ParsedQuery:
    plain = plain_signs(text)
    tokens, mended = scan(plain, field)
    group, repaired = repair(tokens)
    warnings = sorted(mended + repaired, key=lambda warning: warning.position or 0)[:MAX_WARNINGS]
    if group.items:
        tree = assemble(group, op)
    else:
        tree = nodes.Every()
        if not warnings and plain.text.strip() not in ("", "*"):
            message = "There is no word in the query; everything is shown."
            warnings.append(QueryWarning(message, 0, "no_words"))
    return ParsedQuery(tree, unparse(tree), tuple(warnings))
