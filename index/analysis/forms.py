"""From a word as it stands in a text to its form: case-folded, NFC, accents kept, look-alikes spelt one way.

Which signs are spellings of one another is in ``forms.tsv``. Besides these, digits of all scripts become ASCII
digits, full- and half-width signs their usual ones, Arabic presentation forms letters; soft hyphens, joiners,
directional marks and the like are dropped, but for a zero-width non-joiner between Arabic letters, which Persian
spelling means.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

from index.analysis.tables import rows

MAX_FORM = 128
"""Code points of a word that its form is made of: what follows is not told apart. The longest words of dictionaries
have under 80; longer ones are addresses and garbage, which must not fill a lexicon."""

NON_JOINER = "\u200c"
_STRETCH = 256


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
    form = _caseless(form)[:MAX_FORM].rstrip(NON_JOINER)
    return form if any(map(str.isalnum, form)) else ""


def plain_letters(letters: str) -> dict[str, str]:
    """Those of ``letters`` that stand in a form as one code point, and which one that is.

    A word of such letters has the form made of theirs (dotless i apart) where marks with a combining class stand alone
    behind a letter without one, and no letter of :func:`closing_letters` stands behind such a mark, behind another of
    its kind or behind one of :func:`opening_letters`. Cost: a microsecond a letter, less for long stretches of Han and
    Hangul.
    """
    # What stands in the place of several signs, and what is dropped or becomes several letters depends on its
    # neighbours. Letters younger than Python's tables are left to form_of.
    closing = closing_letters()
    special = set(_patterns().special.findall(letters))
    dependent = set(_patterns().ignorable.findall(letters))
    dependent.update(*_patterns().compatible.findall(letters), (old for old, _ in _spellings() if old not in special))
    unfit = dependent | closing
    found: dict[str, str] = {}
    for letter in _without_identical(letters, unfit | special, found):
        if letter in dependent or not unicodedata.is_normalized("NFC", letter) or unicodedata.category(letter) == "Cn":
            continue
        form = _caseless(_respelt(letter) if letter in special else letter)
        becomes_one = len(form) == 1 and not unicodedata.combining(letter) and form not in unfit
        if form == letter or (becomes_one and letter not in closing):
            found[letter] = form
    return found


def dropped_letters(letters: str) -> set[str]:
    """Those of ``letters`` that stand for nothing in a form, whatever stands beside them."""
    return set(_patterns().ignorable.findall(letters)).difference(NON_JOINER, *(old for old, _ in _spellings()))


def doubled_letters(letters: str) -> dict[str, str]:
    """Those of ``letters`` that stand in a form as one code point twice, like ß, and which one that is. What stands
    behind such a letter stands behind that one."""
    special = set(_patterns().special.findall(letters)).union(letter for old, _ in _spellings() for letter in old)
    found = {letter: letter.casefold() for letter in letters if len(letter.casefold()) == 2 and letter not in special}
    return {letter: form[0] for letter, form in found.items() if form[0] == form[1] and form.isalnum()}


@lru_cache(maxsize=1)
def closing_letters() -> frozenset[str]:
    """The letters that may become one with what stands right before them."""
    return frozenset({*_composing(), *(letter for old in joined_spellings() for letter in old[1:])})


@lru_cache(maxsize=1)
def opening_letters() -> frozenset[str]:
    """The letters with which something that stands right behind them may become one, themselves or in another case."""
    return frozenset({*_composed_with(), *(letter for old in joined_spellings() for letter in old[:-1])})


@lru_cache(maxsize=1)
def joined_spellings() -> list[str]:
    """Spellings of several signs, but for those with a sign that is never plain."""
    return [old for old, _ in _spellings() if len(old) > 1 and not _patterns().ignorable.search(old)]


def _without_identical(letters: str, others: set[str], found: dict[str, str]) -> Iterator[str]:
    """Puts into ``found`` what stands unchanged in forms, as far as that shows for many letters at once; gives the
    rest, ``others`` among it."""
    for first in range(0, len(letters), _STRETCH):
        some = letters[first : first + _STRETCH]
        if (
            some.isalpha()
            and some.casefold() == some
            and unicodedata.is_normalized("NFC", some)
            and others.isdisjoint(some)
        ):
            found.update(zip(some, some, strict=True))
        else:
            yield from some


def begins_anew(letter: str) -> bool:
    """Whether a normalised string that begins with ``letter`` may follow another one without a change of either."""
    return not unicodedata.combining(letter) and letter not in _composing()


def _caseless(form: str) -> str:
    return unicodedata.normalize("NFC", form.replace("İ", "i").casefold())


@lru_cache(maxsize=1)
def _composing() -> frozenset[str]:
    """The code points that Unicode's normal form composes with one before them."""
    jamo = {chr(code) for first, last in ((0x1161, 0x1176), (0x11A8, 0x11C3)) for code in range(first, last)}
    return frozenset(jamo.union(second for _, second in _compositions().values()))


@lru_cache(maxsize=1)
def _composed_with() -> frozenset[str]:
    """The code points with which Unicode's normal form composes one behind them; and those made of others, a mark of
    which may give way to it (è and a dot below are ẹ with a grave accent)."""
    hangul = {chr(code) for code in (*range(0x1100, 0x1113), *range(0xAC00, 0xD7A4, 28))}
    return frozenset(hangul.union(_compositions(), (first for first, _ in _compositions().values())))


@lru_cache(maxsize=1)
def _compositions() -> dict[str, tuple[str, str]]:
    """The two parts of all code points that have two."""
    found = {}
    for code in range(0x20000):  # beyond lie only signs that decompose into a single one
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            found[chr(code)] = chr(int(parts[0], 16)), chr(int(parts[1], 16))
    return found


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
