"""Languages that have no profile, or one too like their neighbour's, told by their most frequent words.

The lists are ``detection_words.tsv``. Some forty frequent words make a fifth to a half of a text in their language, and
few of another's; a word that many languages of the script have counts little.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from index.analysis.tables import rows
from index.language.judge import Verdict
from index.language.scripts import Script

MIN_CONFIDENCE = 0.5
"""Below this what the profiles found is no answer."""
SURE = 0.9
BAD_FIT = -8.0
"""A language found with less confidence and a worse fit than these is in doubt: any one without a profile may be it."""
GOOD_FIT = 4.0
"""A text that fits better is in no neighbour of the language found: theirs fit less well than most of its own."""
TWINS = 0.8
"""A language of less probability than this may be another one with a profile, of the same group."""
TWIN_SHARE = 0.01
"""By how large a share of the words more must speak for that."""
NEIGHBOUR_SHARE = 0.07
NEIGHBOUR_WORDS = 1.5
"""What speaks for a language without a profile must be more by this share of the words than what speaks for the one
that was found, and weigh as much as so many words of its own ..."""
STRANGER_SHARE = 0.15
STRANGER_WORDS = 2.5
"""... or so many where they are no neighbours. Tuned on half of SIB-200's sentences and their beginnings."""
MOST = 3
"""How often a letter or part of a word counts at most."""
_BETWEEN_WORDS = re.compile(r"[\s\d.,;:!?()\[\]{}\"“”„‚«»‹›…/|*_।॥۔،؛؟–—-]+")


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The lists of one script."""

    groups: dict[str, frozenset[str]]
    """Of each language the languages that it is taken for, itself among them."""
    words: dict[str, tuple[tuple[str, float], ...]]
    """Of each word the languages that have it, and its weight for each."""
    letters: dict[str, tuple[tuple[str, float], ...]]
    parts: dict[str, tuple[tuple[str, float], ...]]
    """Of each language its parts of words, and their weights."""


def listed() -> frozenset[str]:
    """All languages that have a list."""
    return frozenset().union(*(vocabulary.groups for vocabulary in _vocabularies().values()))


def corrected(sample: str, script: Script, verdict: Verdict) -> tuple[str, float]:
    """The language of a text, and the confidence in it, when its words have had their say on what the profiles found.

    Cost: up to 30 microseconds where the language found is one that others are taken for, or is in doubt; else none.
    """
    lang, probability, fit, confidence = verdict
    vocabulary = _vocabularies().get(script.name)
    if vocabulary is None:
        return lang, confidence
    in_doubt = confidence < MIN_CONFIDENCE or (confidence < SURE and fit < BAD_FIT)
    group, profiled = vocabulary.groups.get(lang, _ALONE), script.profiled
    if not in_doubt and (not group or (fit > GOOD_FIT and not group <= profiled)):
        return lang, confidence
    words = [word for word in _BETWEEN_WORDS.split(sample.lower()) if word]
    found = _weights(words, vocabulary, group)
    own, size = found[lang], len(words)
    # Twins are both profiled, and the profiles hardly know them apart.
    twins = group & profiled - {lang} if group <= profiled or (probability < TWINS and fit > BAD_FIT) else set()
    best = _chosen(group - profiled, found, 1.2 * own + NEIGHBOUR_SHARE * size, NEIGHBOUR_WORDS)
    best = best or _chosen(twins, found, own + TWIN_SHARE * size, 0.0)
    if best is None and in_doubt:
        best = _chosen(found.keys() - profiled, found, max(1.2 * own, STRANGER_SHARE * size), STRANGER_WORDS)
    if best is None:
        return lang, confidence
    return best, min(0.99, MIN_CONFIDENCE + found[best] / size)


_ALONE: frozenset[str] = frozenset()


def _chosen(candidates: Iterable[str], found: Mapping[str, float], above: float, least: float) -> str | None:
    """The candidate that most speaks for, where that is enough."""
    best = max(candidates, key=lambda lang: (found.get(lang, 0.0), lang), default=None)
    return best if best is not None and found.get(best, 0.0) > above and found[best] >= least else None


def _weights(words: list[str], vocabulary: _Vocabulary, group: Iterable[str]) -> defaultdict[str, float]:
    """What speaks for each language, in words that only it has; parts of words for a group's only, as they are many."""
    found: defaultdict[str, float] = defaultdict(float)
    for word in words:
        for lang, weight in vocabulary.words.get(word, ()):
            found[lang] += weight
    text = f" {' '.join(words)} "
    for letter in vocabulary.letters.keys() & set(text):
        count = min(MOST, text.count(letter))
        for lang, weight in vocabulary.letters[letter]:
            found[lang] += weight * count
    for lang in group:
        for part, weight in vocabulary.parts.get(lang, ()):
            if part in text:
                found[lang] += weight * min(MOST, text.count(part))
    return found


@lru_cache(maxsize=1)
def _vocabularies() -> dict[str, _Vocabulary]:
    table: dict[str, list[tuple[str, str, list[str]]]] = {}
    for script, group, lang, words in rows("detection_words.tsv", package="index.language"):
        table.setdefault(script, []).append((group, lang, [word.replace("_", " ") for word in words.split()]))
    return {script: _vocabulary(entries) for script, entries in table.items()}


def _vocabulary(entries: list[tuple[str, str, list[str]]]) -> _Vocabulary:
    groups: dict[str, set[str]] = {}
    for group, lang, _ in entries:
        groups.setdefault(lang, set()).update(other for name, other, _ in entries if name == group)
    owners: dict[str, set[str]] = {}
    for _, lang, words in entries:
        for word in words:
            owners.setdefault(word, set()).add(lang)
    everyone = math.log(len(groups) + 1)
    weights = {word: 1 - math.log(len(langs)) / everyone for word, langs in owners.items()}
    told: dict[str, dict[str, list[tuple[str, float]]]] = {"words": {}, "letters": {}, "parts": {}}
    for word, langs in owners.items():
        for lang in sorted(langs):
            if len(word) == 1:
                told["letters"].setdefault(word, []).append((lang, weights[word]))
            elif word[0] == word[-1] == " ":
                told["words"].setdefault(word.strip(), []).append((lang, weights[word]))
            else:
                told["parts"].setdefault(lang, []).append((word, weights[word]))
    frozen = {kind: {key: tuple(pairs) for key, pairs in entries.items()} for kind, entries in told.items()}
    return _Vocabulary({lang: frozenset(group) for lang, group in groups.items()}, **frozen)
