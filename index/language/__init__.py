"""In which language an article is: what its archive declares, else what its letters say.

Most scripts are one language's. The languages that share one are told apart by the profiles of langdetect and of
py3langid (:mod:`index.language.profiles`), added up by kernels; a few by letters and words of theirs. What fits no
profile, or two equally well, is ``und`` rather than the nearest guess.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np

from index.article import LanguageSource
from index.language.declared import declared_code
from index.language.judge import judged
from index.language.kernels import count_scripts
from index.language.profiles import known_profiles
from index.language.scripts import Script, script_rules
from index.language.words import MIN_CONFIDENCE, corrected, listed

SAMPLE = 3_000
"""Code points of a text within which it is looked at: its beginning says what it is in, its end may be a notice."""
PIECE, LONG_PIECE = 50, 150
"""As many code points at the beginning of each third of it are looked at, so that what most of the text is in decides;
the long ones where the short ones leave a doubt. Time goes in proportion to them."""
DOUBT = 0.9
"""Below this confidence more of the text is looked at."""
MIN_LETTERS = 4
"""Fewer letters are not judged, even of a script that is one language's."""
FEW_LETTERS = 80
"""Among so many letters, one sign of another language may be a name's."""
KANA_SHARE = 0.05
"""Japanese has far more kana among its characters than this; Chinese that quotes Japanese has fewer."""
BODY_ALONE = 200
"""A body of so many characters is judged without its title."""
_ADDRESSES = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w.-]{1,255}")


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of a text, and what decided it."""

    lang: str
    """BCP 47 primary language; ``und`` where nothing could tell. Norwegian Bokmål is ``no``, Filipino ``fil``."""
    confidence: float
    """0 to 1; 1 for a declared language, 0 for ``und``."""
    source: LanguageSource


UNDETERMINED = Detection("und", 0.0, "none")


def decide(declared: str | None, title: str, body: str) -> Detection:
    """The language of an article: the declared one where the declaration means one, else that of the body, else that of
    title and body together.

    ``source`` says whether the declaration or the text decided. Cost: as :func:`detect`, seldom twice that.
    """
    code = declared_code(declared) if declared else None
    if code is not None:
        return Detection(code, 1.0, "declared")
    if len(body) >= BODY_ALONE and (found := detect(body)).source != "none":
        return found
    return detect(f"{title[:LONG_PIECE]}\n{body[:SAMPLE]}")


def detect(text: str) -> Detection:
    """The language that most of the beginning of ``text`` is written in.

    The same text gets the same answer in every order, thread and process; any string gets one. Bosnian is answered as
    Croatian (``hr``), dialects of Arabic as Arabic. Cost, whatever the length: some 10 microseconds where the script
    tells, else 20 to 60, most for a language of many neighbours or a text that leaves a doubt.
    """
    found = _detected(_cleaned(_pieces(text, PIECE)))
    if found.confidence < DOUBT and len(text) > 3 * PIECE:
        return _detected(_cleaned(_pieces(text, LONG_PIECE)))
    return found


def answers() -> frozenset[str]:
    """Every language that :func:`detect` may answer."""
    signed = {sign.lang for script in script_rules() for sign in script.signs}
    return listed().union(signed, *(script.languages for script in script_rules()))


def _detected(sample: str) -> Detection:
    codes = np.frombuffer(sample.encode("utf-32-le", "surrogatepass"), "<u4")
    script, letters, share = _script(codes)
    if script is None or letters * script.weight < MIN_LETTERS:
        return UNDETERMINED
    for sign in script.signs:
        count = sum(map(f" {sample} ".count, sign.words))
        if count > sign.share * letters and (count > 1 or letters < FEW_LETTERS):
            return Detection(sign.lang, round(share, 4), "detected")
    if len(script.languages) == 1:
        return Detection(script.languages[0], round(share, 4), "detected")
    verdict = judged(codes, script)
    if verdict is None:
        return UNDETERMINED
    lang, confidence = corrected(sample, script, verdict)
    return Detection(lang, round(confidence, 4), "detected") if confidence >= MIN_CONFIDENCE else UNDETERMINED


def _pieces(text: str, length: int) -> str:
    """Three pieces of the text of that length, or all of a short one."""
    if len(text) <= 3 * length:
        return text
    third = min(len(text), SAMPLE) // 3
    return " ".join([text[:length], text[third : third + length], text[2 * third : 2 * third + length]])


def _cleaned(sample: str) -> str:
    """The sample without addresses, composed, in lower case where all is capitals."""
    if "//" in sample or "www." in sample or "@" in sample:
        sample = _ADDRESSES.sub(" ", sample)
    if sample.isupper():
        sample = sample.lower()
    return sample if sample.isascii() else unicodedata.normalize("NFC", sample)


def _script(codes: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> tuple[Script | None, int, float]:
    """The script that most of the letters are in, how many these are, and their share. Kana and Han count together."""
    rules = script_rules()
    counts = np.zeros(len(rules) + 2, np.int64)
    count_scripts(codes, known_profiles().scripts, counts)
    numbers = counts.tolist()
    weighed = {rule.name: rule.weight * numbers[rule.number] for rule in rules if numbers[rule.number]}
    total = sum(weighed.values()) + numbers[-1]
    if not weighed:
        return None, 0, 0.0
    han, kana = weighed.get("Hani", 0), weighed.get("Kana", 0)
    if kana > KANA_SHARE * (han + kana):
        weighed["Kana"] = han + weighed.pop("Kana")
        weighed.pop("Hani", None)
    name = max(weighed, key=lambda name: (weighed[name], name))
    if weighed[name] < numbers[-1]:
        return None, 0, 0.0
    rule = next(rule for rule in rules if rule.name == name)
    return rule, weighed[name] // rule.weight, weighed[name] / total
