"""Needles for a typed query, made without an index: what stands in the text itself is its lexicon."""

from __future__ import annotations

from index.analysis import Chain
from search.snippets.needles import Needle


def needle(query: str, text: str, chain: Chain, *, slop: int = 0, weight: float = 1.0) -> Needle:
    """The words of ``query`` in this order, each as any form of ``text`` of the same term or folding."""
    forms = {word.form for word in chain.words(text)}
    words = chain.query_words(query)
    steps = tuple(
        (
            word.position - words[0].position,
            frozenset(
                form
                for form in forms
                if chain.term(form) == chain.term(word.form) or chain.fold(form) == chain.fold(word.form)
            ),
        )
        for word in words
    )
    return Needle.of(steps, slop, weight)
