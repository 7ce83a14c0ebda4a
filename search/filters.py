"""Which documents a value, a pattern or a span of time names, read from the columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate

import numpy as np
from numpy.typing import NDArray
from whoosh.query import Prefix, Query, Term, TermRange, Wildcard

from index.analysis import chain_for
from index.dates import span_of
from index.engine import NO_DATE, Columns

Mask = NDArray[np.bool_]

KEYWORD_FIELDS = ("section", "source", "lang", "author")


def has_value(columns: Columns, name: str, wanted: Callable[[str], bool]) -> Mask:
    """Documents one of whose values of the keyword field ``name`` is wanted."""
    if name == "author":
        offsets, codes, values = columns.authors
        chosen = np.fromiter((wanted(value) for value in values), np.bool_, len(values))
        rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        mask = np.zeros(len(offsets) - 1, np.bool_)
        mask[rows[chosen[codes]]] = True
        return mask
    codes, values = columns.codes(name)
    chosen = np.fromiter((wanted(value) for value in values), np.bool_, len(values))
    return np.append(chosen, False)[codes]  # code -1, no value, reads the appended one


def one_of(columns: Columns, name: str, values: Iterable[str]) -> Mask:
    """Documents that have one of these very values."""
    wanted = frozenset(values)
    return has_value(columns, name, wanted.__contains__)


def published_within(columns: Columns, first: int | None, last: int | None) -> Mask:
    """Documents dated within these seconds, both inclusive; undated ones never are."""
    published = columns.published
    mask = published != NO_DATE
    if first is not None:
        mask &= published >= first
    if last is not None:
        mask &= published <= last
    return np.asarray(mask, np.bool_)


def keyword_leaf(columns: Columns, leaf: Query) -> Mask:
    """Documents that a leaf over a keyword field or the date names.

    A value is named by all of its text, case aside, or by words of it: ``author:schmidt`` finds "Anna Schmidt".
    """
    if isinstance(leaf, TermRange):
        first = span_of(leaf.start).first if leaf.start else None
        return published_within(columns, first, span_of(leaf.end).last if leaf.end else None)
    name, text = leaf.fieldname, leaf.text.casefold()
    if isinstance(leaf, (Prefix, Wildcard)):
        glob = (text if isinstance(leaf, Wildcard) else f"{text}*").replace("[", "[[]")
        fits = re.compile(translate(glob)).match
        return has_value(columns, name, lambda value: any(map(fits, (value.casefold(), *_words(value)))))
    assert isinstance(leaf, Term)
    if name == "lang":
        return has_value(columns, name, lambda value: value.casefold() == text.replace("_", "-").split("-")[0])
    words = _words(leaf.text)
    return has_value(columns, name, lambda value: value.casefold() == text or (bool(words) and words <= _words(value)))


def _words(text: str) -> frozenset[str]:
    chain = chain_for("und")
    return frozenset(chain.fold(word.form) for word in chain.query_words(text))
