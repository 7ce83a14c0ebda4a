"""Where the words of a query stand in the text fields of one language."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from heapq import nlargest

import numpy as np
import regex
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract
from whoosh.query import FuzzyTerm, Phrase, Prefix, Query, Wildcard

from index.analysis import chain_for
from index.engine import EngineReader
from index.fields import text_field
from search.matching import Matches, at_least
from search.needles import Needle
from search.query import ExactTerm

MAX_EXPANSIONS = 1024
"""How many forms one wildcard or fuzzy pattern may stand for; the most frequent are taken."""

Forms = Mapping[str, float]
"""Forms that may stand in one place, each with its weight."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A leaf of the query as one language understands it: steps that must stand in this order."""

    steps: tuple[tuple[int, Forms], ...]
    """Positions from the first step on, ascending, and the forms that may stand there."""
    slop: int = 0
    """How many further positions may lie between the first step and the last."""
    cut: bool = False
    """Whether more forms match than were taken."""

    def needle(self, weight: float) -> Needle:
        """The same, for marking texts."""
        return Needle.of(self.steps, self.slop, weight)


class LanguageView:
    """The chain, lexicon and postings of one language, as a query needs them."""

    def __init__(self, reader: EngineReader, lang: str) -> None:
        self.lang = lang
        self.chain = chain_for(lang)
        self._reader = reader
        self._lexicon = reader.lexicon(lang)
        self._known_places: dict[tuple[str, frozenset[tuple[str, float]]], dict[int, dict[int, float]]] = {}

    def pattern(self, leaf: Query) -> Pattern:
        """What ``leaf`` (a text leaf of the logical tree) means in this language; no steps where no word is in it."""
        if isinstance(leaf, Wildcard):
            return self._expanded(self._wildcard_forms(leaf.text))
        if isinstance(leaf, FuzzyTerm):
            return self._fuzzy(leaf)
        text, slop = (" ".join(leaf.words), leaf.slop - 1) if isinstance(leaf, Phrase) else (leaf.text, 0)
        words = self.chain.query_words(text)
        if not words:
            return Pattern(())
        if isinstance(leaf, ExactTerm):
            groups: list[Forms] = [{word.form: 1.0} for word in words]
        elif isinstance(leaf, Prefix):
            groups = [{word.form: 1.0} for word in words[:-1]]
            groups.append(dict.fromkeys(self._lexicon.with_prefix(words[-1].form), 1.0))
        else:
            groups = [self._lexicon.group(word.form) for word in words]
        first = words[0].position
        return Pattern(tuple((word.position - first, forms) for word, forms in zip(words, groups, strict=True)), slop)

    def occurrences(self, pattern: Pattern, name: str) -> Matches:
        """Documents whose text field ``name`` holds the pattern; the score is how often, each occurrence counting the
        least weight of its forms. Cost: one step per posting of the forms."""
        field = text_field(name, self.lang)
        if not pattern.steps or not all(forms for _, forms in pattern.steps):
            return Matches.none()
        if len(pattern.steps) == 1:
            return at_least(1, [self._postings(field, *pair) for pair in pattern.steps[0][1].items()])
        places = [self._places(field, forms) for _, forms in pattern.steps]
        steps = [at for at, _ in pattern.steps]
        found = {}
        for doc in sorted(set.intersection(*(set(place) for place in places))):
            count = _count_sequences([place[doc] for place in places], steps, pattern.slop)
            if count:
                found[doc] = count
        docs, counts = np.fromiter(found, np.int64), np.fromiter(found.values(), np.float32)
        return Matches(docs, counts)

    def _postings(self, field: str, form: str, weight: float) -> Matches:
        docs, counts = self._reader.postings(field, form)
        return Matches(docs, counts * np.float32(weight))

    def _places(self, field: str, forms: Forms) -> dict[int, dict[int, float]]:
        """Of each document: the positions at which one of ``forms`` stands, with its weight. Read once for all phrases
        of a query: a phrase may say the same word a hundred times."""
        key = field, frozenset(forms.items())
        if key in self._known_places:
            return self._known_places[key]
        places = self._known_places[key] = {}
        for form, weight in forms.items():
            for doc, positions in self._reader.positions(field, form).items():
                places.setdefault(doc, {}).update(dict.fromkeys(positions, weight))
        return places

    def _fuzzy(self, leaf: FuzzyTerm) -> Pattern:
        words = self.chain.query_words(leaf.text)
        if len(words) != 1:  # a run without spaces, or a compound: as typed
            return self.pattern(Phrase("text", [leaf.text]))
        near = extract(
            words[0].form,
            self._lexicon.forms(),
            scorer=Levenshtein.distance,
            processor=None,
            score_cutoff=leaf.maxdist,
            limit=None,
        )
        return self._expanded(form for form, _, _ in near)

    def _wildcard_forms(self, text: str) -> list[str]:
        """The forms that a pattern of literal text, ``*`` and ``?`` describes."""
        parts = regex.split(r"([*?])", text)
        glob = "".join(part if part in ("*", "?") else self._folded(part).replace("[", "[[]") for part in parts)
        fits = re.compile(translate(glob)).match  # never goes back over a star: linear in the form
        return [form for form in self._lexicon.forms() if fits(form)]

    def _folded(self, part: str) -> str:
        words = self.chain.query_words(part)
        return words[0].form if len(words) == 1 else part.casefold()

    def _expanded(self, forms: Iterable[str]) -> Pattern:
        """One step of any of ``forms``, the most frequent if there are too many."""
        found = list(forms)
        if len(found) <= MAX_EXPANSIONS:
            return Pattern(((0, dict.fromkeys(found, 1.0)),))
        frequent = nlargest(MAX_EXPANSIONS, found, key=self._lexicon.frequency)
        return Pattern(((0, dict.fromkeys(frequent, 1.0)),), cut=True)


def _count_sequences(places: list[dict[int, float]], steps: list[int], slop: int) -> float:
    """How often the steps stand in order, the last at most ``slop`` positions later than side by side."""
    total = 0.0
    ordered = [sorted(place) for place in places]
    for start in ordered[0]:
        at, weight = start, places[0][start]
        for step in range(1, len(steps)):
            least = at + steps[step] - steps[step - 1]
            following = bisect_left(ordered[step], least)
            if following == len(ordered[step]) or (not slop and ordered[step][following] != least):
                break
            at = ordered[step][following]
            weight = min(weight, places[step][at])
        else:
            if at - start <= steps[-1] + slop:
                total += weight
    return total
