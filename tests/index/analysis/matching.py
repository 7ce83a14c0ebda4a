"""The rule by which a typed word finds a text, written out without an index: what the engine must agree with."""

from __future__ import annotations

from collections import defaultdict

from index.analysis import Chain


def equal(chain: Chain, one: str, other: str) -> bool:
    """Whether two forms are one word to a reader of the chain's language."""
    return one == other or chain.term(one) == chain.term(other) or chain.fold(one) == chain.fold(other)


def matches(chain: Chain, typed: str, text: str) -> bool:
    """Whether the words typed stand in the text, as a phrase."""
    query = chain.query_words(typed)
    if not query:
        return False
    standing: dict[int, set[str]] = defaultdict(set)
    for word in chain.words(text):
        standing[word.position].add(word.form)
    return any(
        all(
            any(equal(chain, word.form, form) for form in standing.get(place - query[0].position + word.position, ()))
            for word in query
        )
        for place in list(standing)
    )
