"""In which language an article is: what its archive declares, else what its letters say.

Most scripts are one language's. The languages that share one are told apart by the profiles of langdetect and of
py3langid (:mod:`index.language.profiles`), added up by kernels; a few by letters and words of theirs. What fits no
profile, or two equally well, is ``und`` rather than the nearest guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.article import LanguageSource
from index.language.declared import declared_code
from index.language.judge import Verdict, judged
from index.language.scripts import Script, script_rules
from index.language.shares import Share, scripts_of
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
    return decide_all([(declared, title, body)])[0]


def decide_all(articles: Sequence[tuple[str | None, str, str]]) -> list[Detection]:
    """:func:`decide` for each of many articles: declared language, title, body. Cost: as :func:`detect_all`."""
    found = [_declared(declared) or UNDETERMINED for declared, _, _ in articles]
    long = [
        place for place, (_, _, body) in enumerate(articles) if not found[place].confidence and len(body) >= BODY_ALONE
    ]
    for place, one in zip(long, detect_all([articles[place][2] for place in long]), strict=True):
        found[place] = one
    rest = [place for place, one in enumerate(found) if one.source == "none"]
    texts = [f"{title[:LONG_PIECE]}\n{body[:SAMPLE]}" for _, title, body in map(articles.__getitem__, rest)]
    for place, one in zip(rest, detect_all(texts), strict=True):
        found[place] = one
    return found


def _declared(declared: str | None) -> Detection | None:
    code = declared_code(declared) if declared else None
    return Detection(code, 1.0, "declared") if code is not None else None


def detect(text: str) -> Detection:
    """The language that most of the beginning of ``text`` is written in.

    The same text gets the same answer in every order, thread and process, alone or among others; any string gets one.
    Bosnian is answered as Croatian (``hr``), dialects of Arabic as Arabic. Cost, whatever the length: some 50 to 100
    microseconds, most of it for being one alone.
    """
    return detect_all([text])[0]


def detect_all(texts: Sequence[str]) -> list[Detection]:
    """:func:`detect` for each of many texts. Cost: some 5 microseconds each where the script tells, else 15 to 35, most
    for a language of many neighbours or a text that leaves a doubt."""
    found = _detected([_cleaned(_pieces(text, PIECE)) for text in texts])
    doubtful = [place for place, one in enumerate(found) if one.confidence < DOUBT and len(texts[place]) > 3 * PIECE]
    if doubtful:
        longer = [_cleaned(_pieces(texts[place], LONG_PIECE)) for place in doubtful]
        for place, one in zip(doubtful, _detected(longer), strict=True):
            found[place] = one
    return found


def answers() -> frozenset[str]:
    """Every language that :func:`detect` may answer."""
    signed = {sign.lang for script in script_rules() for sign in script.signs}
    return listed().union(signed, *(script.languages for script in script_rules()))


def _detected(samples: Sequence[str]) -> list[Detection]:
    if not samples:
        return []
    codes = np.frombuffer("".join(samples).encode("utf-32-le", "surrogatepass"), np.uint32)
    ends = np.cumsum([len(sample) for sample in samples], dtype=np.int64)
    scripts = scripts_of(codes, ends)
    found = list(map(_told_by_script, samples, scripts))
    asked = [None if one is not None or most is None else most.script for one, most in zip(found, scripts, strict=True)]
    verdicts = judged(codes, ends, asked)
    return [
        one if one is not None else _told_by_profiles(sample, script, verdict)
        for sample, one, script, verdict in zip(samples, found, asked, verdicts, strict=True)
    ]


def _told_by_script(sample: str, most: Share | None) -> Detection | None:
    """What the script of a text tells; ``None`` where the profiles are to be asked."""
    if most is None or most.letters * most.script.weight < MIN_LETTERS:
        return UNDETERMINED
    script, letters = most.script, most.letters
    for sign in script.signs:
        count = sum(map(f" {sample} ".count, sign.words))
        if count > sign.share * letters and (count > 1 or letters < FEW_LETTERS):
            return Detection(sign.lang, round(most.share, 4), "detected")
    return Detection(script.languages[0], round(most.share, 4), "detected") if len(script.languages) == 1 else None


def _told_by_profiles(sample: str, script: Script | None, verdict: Verdict | None) -> Detection:
    if script is None or verdict is None:
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
