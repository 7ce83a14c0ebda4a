"""In which language an article is: what its archive declares, else what its letters and langdetect say.

What langdetect has no profile for is ``und`` wherever letters or scripts give it away, rather than the nearest
guess. Where they do not (Malay reads as Indonesian, Galician as Spanish or Portuguese), the nearest guess it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import regex

from index.analysis.tables import rows
from index.article import LanguageSource
from index.language.declared import declared_code

SAMPLE = 1_000
"""Code points of a text that are looked at: more do not change the answer, and cost time in proportion."""
MIN_LETTERS = 20
"""Fewer letters are not judged: langdetect is as sure of its errors there as of its hits."""
IDEOGRAPH_WEIGHT = 4
"""How many letters of an alphabet one of Han, kana or Hangul counts for."""
MIN_CONFIDENCE = 0.85
"""langdetect's probability is the mean of seven trials: this asks that six of them agree."""
KANA_SHARE = 0.05
"""Japanese has far more kana among its characters than this; Chinese that quotes Japanese has fewer."""


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of a text, and what decided it."""

    lang: str
    """BCP 47 primary language; ``und`` where nothing could tell. Norwegian Bokmål is ``no``, Filipino ``fil``."""
    confidence: float
    """0 to 1; 1 for a declared language, 0 for ``und``."""
    source: LanguageSource


UNDETERMINED = Detection("und", 0.0, "none")


@dataclass(frozen=True, slots=True)
class _ScriptRule:
    script: str
    lang: str
    foreign_share: float | None
    foreign_letters: frozenset[str]


def decide(declared: str | None, title: str, body: str) -> Detection:
    """The language of an article: the declared one where the declaration means one, else the detected one."""
    code = declared_code(declared) if declared else None
    if code is not None:
        return Detection(code, 1.0, "declared")
    return detect(f"{title[:SAMPLE]}\n{body[:SAMPLE]}")


def detect(text: str) -> Detection:
    """The language that ``text`` is written in, by its first thousand characters.

    The same text gets the same answer in every order, thread and process. Cost: microseconds where the script tells,
    else some five milliseconds.
    """
    sample = text[:SAMPLE]
    if sample.isupper():
        sample = sample.lower()  # langdetect leaves out words in capitals
    letters = _letters_by_script(sample)
    total = letters.total()
    if total < MIN_LETTERS:
        return UNDETERMINED
    script, count = max(letters.items(), key=lambda item: (item[1], item[0]))
    if script == "Hani" and letters["Kana"] > KANA_SHARE * (count + letters["Kana"]):
        script, count = "Kana", count + letters["Kana"]
    rule = _script_rules().get(script)
    if rule is None:
        return UNDETERMINED
    if rule.lang == "langdetect":
        return _judged_by_langdetect(sample, rule)
    if rule.foreign_share is not None and _share(sample, rule.foreign_letters) > rule.foreign_share:
        return UNDETERMINED
    return Detection(rule.lang, round(count / total, 4), "detected")


def _letters_by_script(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for found in _script_pattern().finditer(text):
        script = found.lastgroup or ""
        weight = IDEOGRAPH_WEIGHT if script in ("Hani", "Kana", "Hang") else 1
        counts[script] += weight * (found.end() - found.start())
    return counts


@lru_cache(maxsize=1)
def _script_pattern() -> regex.Pattern[str]:
    names = sorted(_script_rules().keys() - {"Kana"})
    known = "|".join(rf"(?P<{name}>[\p{{Script={name}}}&&\p{{L}}]+)" for name in names)
    return regex.compile(rf"{known}|(?P<Kana>[\p{{Hira}}\p{{Kana}}\u30fc]+)|(?P<Zyyy>\p{{L}})", regex.VERSION1)


def _share(text: str, some: frozenset[str]) -> float:
    return sum(map(some.__contains__, text)) / max(1, sum(map(str.isalpha, text)))


def _judged_by_langdetect(sample: str, rule: _ScriptRule) -> Detection:
    from langdetect.lang_detect_exception import LangDetectException

    factory = _factory()
    detector = factory.create()
    detector.append(sample)
    try:
        guesses = detector.get_probabilities()
    except LangDetectException:  # nothing but words in capitals, numbers, addresses
        return UNDETERMINED
    if not guesses or guesses[0].prob < MIN_CONFIDENCE:
        return UNDETERMINED
    best = guesses[0]
    own = "".join(found.group() for found in _script_pattern().finditer(sample) if found.lastgroup == rule.script)
    if rule.foreign_share is not None and _foreign_share(own, factory, best.lang) > rule.foreign_share:
        return UNDETERMINED
    code = declared_code(best.lang) or "und"
    return Detection(code, round(min(best.prob, 1.0), 4), "detected")


def _foreign_share(letters: str, factory: Any, lang: str) -> float:
    """The share of letters that langdetect never saw while it learned ``lang``: no letters of that language."""
    from langdetect.utils.ngram import NGram

    column = factory.langlist.index(lang)

    def seen(letter: str) -> bool:
        probabilities = factory.word_lang_prob_map.get(NGram.normalize(letter))
        return bool(probabilities and probabilities[column])

    foreign = sum(not seen(letter) and not seen(letter.lower()) for letter in letters)
    return foreign / max(1, len(letters))


@lru_cache(maxsize=1)
def _factory() -> Any:
    """langdetect's profiles, in an order that does not hang on the file system, and with a seed that no one else
    sets."""
    from langdetect.detector_factory import DetectorFactory

    folder = files("langdetect").joinpath("profiles")
    profiles = sorted((entry for entry in folder.iterdir() if not entry.name.startswith(".")), key=lambda e: e.name)
    factory = DetectorFactory()
    factory.load_json_profile([entry.read_text("utf-8") for entry in profiles])
    factory.seed = 0
    return factory


@lru_cache(maxsize=1)
def _script_rules() -> dict[str, _ScriptRule]:
    rules = {}
    for script, lang, share, letters in rows("detection_scripts.tsv", package="index.language"):
        foreign = frozenset("" if letters == "-" else letters)
        rules[script] = _ScriptRule(script, lang, None if share == "-" else float(share), foreign)
    return rules
