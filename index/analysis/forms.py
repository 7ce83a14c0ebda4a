"""From a word as it stands in a text to its form: case-folded, NFC, accents kept, look-alikes spelt one way.

Which signs are spellings of one another is in ``forms.tsv``. Besides these, digits of all scripts become ASCII
digits, full- and half-width signs their usual ones, Arabic presentation forms letters; soft hyphens, joiners,
directional marks and the like are dropped, but for a zero-width non-joiner between Arabic letters, which Persian
spelling means.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import regex

from index.analysis.tables import rows

MAX_FORM = 128
"""Code points of a word that its form is made of: what follows is not told apart. The longest words of dictionaries
have under 80; longer ones are addresses and garbage, which must not fill a lexicon."""

NON_JOINER = "\u200c"


class _Patterns(NamedTuple):
    special: regex.Pattern[str]
    """Whatever is not letters and marks in their ordinary places: only words with one of these need respelling."""
    digit: regex.Pattern[str]
    compatible: regex.Pattern[str]
    ignorable: regex.Pattern[str]


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    kept_non_joiner = r"(?<=[\p{scx=Arab}--\u0640])\u200c(?=[\p{scx=Arab}--\u0640])"
    special = (
        r"[\p{DI}[\p{Nd}--[0-9]]\p{Sk}\p{Lm}\p{Po}\p{Pi}\p{Pf}"
        r"\u0140\u013f\u0149\u0640\u0e4d\u0ecd\ufb50-\ufdff\ufe10-\uffef]"
    )
    return _Patterns(
        special=regex.compile(special, regex.VERSION1),
        digit=regex.compile(r"[\p{Nd}--[0-9]]", regex.VERSION1),
        compatible=regex.compile(r"[\ufb50-\ufdff\ufe70-\ufefe\uff01-\uffdc]+"),
        ignorable=regex.compile(rf"(?!{kept_non_joiner})[\p{{DI}}\u0640\u07fa]", regex.VERSION1),
    )


def form_of(word: str, *, dotless_i: bool = False) -> str:
    """The form of a word; empty where the word holds no letter or digit.

    ``dotless_i``: capital I is the capital of ı, as in Turkish. The form of a form is that form. Cost: one to five
    microseconds, a fifth of one for plain ASCII.
    """
    word = word[:MAX_FORM]
    if word.isascii():
        form = word.replace("I", "ı").lower() if dotless_i else word.lower()
        return form if form.isalnum() or any(map(str.isalnum, form)) else ""
    # Cut first: normalising a long tail of marks takes quadratic time.
    form = unicodedata.normalize("NFC", word)
    if _patterns().special.search(form):
        form = _respelt(form)
    if dotless_i:
        form = form.replace("I", "ı")
    form = unicodedata.normalize("NFC", form.replace("İ", "i").casefold())[:MAX_FORM].rstrip(NON_JOINER)
    return form if any(map(str.isalnum, form)) else ""


def _respelt(word: str) -> str:
    patterns = _patterns()
    word = patterns.compatible.sub(_compatible, word)
    for old, new in _spellings():
        word = word.replace(old, new)
    word = patterns.digit.sub(_ascii_digit, word)
    return unicodedata.normalize("NFC", patterns.ignorable.sub("", word))


def _ascii_digit(found: regex.Match[str]) -> str:
    # regex may know younger digits than Python's own tables: these stay.
    value = unicodedata.decimal(found.group(), None)
    return found.group() if value is None else str(value)


def _compatible(found: regex.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", found.group())
    return found.group() if any(map(str.isspace, plain)) else plain


@lru_cache(maxsize=1)
def _spellings() -> tuple[tuple[str, str], ...]:
    return tuple((old, new) for old, new, _why in rows("forms.tsv"))
