"""The query language: from text that a person typed to a logical tree, as :mod:`search.query.parsing` tells."""

from search.query.parsing import MAX_WARNINGS, ParsedQuery, parse
from search.query.scan import MAX_CLAUSES, MAX_DEPTH
from search.query.text import MAX_LENGTH
from search.query.tree import ExactTerm, Most, unparse

__all__ = [
    "MAX_CLAUSES",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_WARNINGS",
    "ExactTerm",
    "Most",
    "ParsedQuery",
    "parse",
    "unparse",
]
