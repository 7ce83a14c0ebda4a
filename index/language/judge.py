"""The languages that share a script told apart by their profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.analysis.tables import rows
from index.language.kernels import judge
from index.language.profiles import known_profiles
from index.language.scripts import Script, script_rules

NGRAM_WEIGHT = 0.2
"""Of langdetect's evidence beside py3langid's. Its n-grams overlap, so that each letter speaks three times."""
HANDICAP = 3.0
"""How much more (a logarithm) must speak for a language that hardly any press is written in."""
HEAT = 1.0


class Verdict(NamedTuple):
    """What the profiles say of a text."""

    lang: str
    probability: float
    """Of the language among those of its script, all others left out of account."""
    fit: float
    """How much likelier its features are than a typical text's of that language: below 0 where they are less so."""
    confidence: float
    """How probable it is that the language is right: :func:`index.language.kernels.confidence_in`."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Our languages, and which of them each column of the profiles stands for (-1: none)."""

    codes: tuple[str, ...]
    ngrams: NDArray[np.int16]
    features: NDArray[np.int16]
    priors: NDArray[np.float32]
    """Per column of the features: the profile's, less the handicap of a rare language."""
    allowed: NDArray[np.uint8]
    """(scripts + 1, languages) per number of a script: 1 for each language written in it."""
    spans: NDArray[np.int64]
    """(scripts + 1, 4) per number of a script: between which columns of the n-grams, and of the features, its languages
    stand."""
    rare: NDArray[np.bool_]
    step: float


def judged(codes: NDArray[np.uint32], ends: NDArray[np.int64], asked: Sequence[Script | None]) -> list[Verdict | None]:
    """Which of the languages of the script ``asked`` each text is in, its letters of other scripts left out; text *i*
    ends at ``ends[i]`` in ``codes``.

    ``None`` where nothing speaks for any, or no script is asked for. Cost: some 60 ns a character.
    """
    numbers = np.array([0 if script is None else script.number for script in asked], np.uint8)
    best, found = np.full(len(asked), -1, np.int64), np.zeros((len(asked), 3))
    if not numbers.any():
        return [None] * len(asked)
    known, columns = known_profiles(), _columns()
    judge(
        codes,
        ends,
        numbers,
        known.scripts,
        known.normal,
        known.ngram_keys,
        known.ngram_places,
        known.ngram_logs,
        columns.ngrams,
        known.features_listed,
        known.feature_keys,
        known.feature_places,
        known.feature_logs,
        columns.features,
        columns.priors,
        known.feature_typical,
        columns.step,
        NGRAM_WEIGHT,
        HEAT,
        columns.allowed,
        columns.spans,
        columns.rare,
        best,
        found,
    )
    named = columns.codes
    return [
        Verdict(named[lang], *numbers) if lang >= 0 else None
        for lang, numbers in zip(best.tolist(), found.tolist(), strict=True)
    ]


@lru_cache(maxsize=1)
def _columns() -> _Columns:
    known, names = known_profiles(), dict(rows("detection_names.tsv", package="index.language"))
    ngrams = _named(known.ngram_languages, names)
    features = _named(known.feature_languages, names)
    codes = tuple(sorted({*ngrams, *features} - {"-"}))
    rare = frozenset().union(*(script.rare for script in script_rules()))
    priors = known.feature_priors.copy()
    for column, code in enumerate(features):
        priors[column] -= HANDICAP * (code in rare)
    allowed = [np.zeros(len(codes), np.uint8)]
    for script in script_rules():
        allowed.append(np.array([code in script.languages for code in codes], np.uint8))
    return _Columns(
        codes,
        _numbers(ngrams, codes),
        _numbers(features, codes),
        priors,
        np.array(allowed),
        np.array([[*_span(ngrams, script), *_span(features, script)] for script in [None, *script_rules()]], np.int64),
        np.array([code in rare for code in codes]),
        float(known.feature_step[0]),
    )


def _span(columns: Sequence[str], script: Script | None) -> tuple[int, int]:
    """From which column up to which the languages of a script stand, in whole vectors."""
    found = [place for place, code in enumerate(columns) if script is not None and code in script.languages]
    return (found[0] // 16 * 16, -(-(found[-1] + 1) // 16) * 16) if found else (0, 0)


def _named(languages: NDArray[np.str_], names: dict[str, str]) -> list[str]:
    return [names.get(name, name) for name in map(str, languages)]


def _numbers(languages: list[str], codes: tuple[str, ...]) -> NDArray[np.int16]:
    return np.array([codes.index(code) if code in codes else -1 for code in languages], np.int16)
