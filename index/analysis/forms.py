"""From a word as it stands in a text to its form: case-folded, NFC, accents kept, look-alikes spelt one way.

Which signs are spellings of one another is in ``forms.tsv``. Besides these, digits of all scripts become ASCII
digits, full- and half-width signs their usual ones, Arabic presentation forms letters; soft hyphens, joiners,
directional marks and the like are dropped, but for a zero-width non-joiner between Arabic letters, which Persian
spelling means.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

from index.analysis.tables import rows

MAX_FORM = 128
"""Code points of a word that its form is made of: what follows is not told apart. The longest words of dictionaries
have under 80; longer ones are addresses and garbage, which must not fill a lexicon."""

# Whatever is not letters and marks in their ordinary places: only words with one of these need more than case folding.
_SPECIAL = regex.compile(
    r"[\p{DI}[\p{Nd}--[0-9]]\p{Sk}\p{Lm}\p{Po}\p{Pi}\p{Pf}\u0640\u0b82-\u0ebf\ufb50-\ufdff\ufe10-\uffef\u0149İ]",
    regex.VERSION1,
)
_DIGIT = regex.compile(r"[\p{Nd}--[0-9]]", regex.VERSION1)
_COMPATIBLE = regex.compile(r"[\ufb50-\ufdff\ufe70-\ufefe\uff01-\uffdc]+")
_NON_JOINER_KEPT = r"(?<=[\p{scx=Arab}--\u0640])\u200c(?=[\p{scx=Arab}--\u0640])"
_IGNORABLE = regex.compile(rf"(?!{_NON_JOINER_KEPT})[\p{{DI}}\u0640\u07fa]", regex.VERSION1)


def form_of(word: str, *, dotless_i: bool = False) -> str:
    """The form of a word; empty where the word holds no letter or digit.

    ``dotless_i``: capital I is the capital of ı, as in Turkish. The form of a form is that form. Cost: a microsecond or
    two, as little as a tenth of it for plain ASCII.
    """
    word = word[:MAX_FORM]
    if word.isascii():
        form = word.replace("I", "ı").lower() if dotless_i else word.lower()
        return form if form.strip("_'") else ""
    # Cut first: normalising a long tail of marks takes quadratic time.
    form = unicodedata.normalize("NFC", word)
    if _SPECIAL.search(form):
        form = _respelt(form)
    if dotless_i:
        form = form.replace("I", "ı")
    form = unicodedata.normalize("NFC", form.replace("İ", "i").casefold())
    return form if any(map(str.isalnum, form)) else ""


def _respelt(word: str) -> str:
    word = _COMPATIBLE.sub(_compatible, word)
    for old, new in _spellings():
        word = word.replace(old, new)
    word = _DIGIT.sub(lambda found: str(unicodedata.digit(found.group())), word)
    return unicodedata.normalize("NFC", _IGNORABLE.sub("", word))


def _compatible(found: regex.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", found.group())
    return found.group() if any(map(str.isspace, plain)) else plain


@lru_cache(maxsize=1)
def _spellings() -> tuple[tuple[str, str], ...]:
    return tuple((old, new) for old, new, _why in rows("forms.tsv"))
