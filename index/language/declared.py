"""What an archive's word for a language means: a code of any register, a locale, a name in English or its own."""

from __future__ import annotations

import re
from functools import lru_cache

from index.analysis.languages import LANGUAGES
from index.analysis.tables import rows

MAX_LENGTH = 60
_FIRST_PART = r"[^,;/|(\[.@]+"


def declared_code(declared: str) -> str | None:
    """The BCP 47 primary language that ``declared`` means, or ``None`` where it means none.

    Understands BCP 47 (``de-AT``, ``zh_Hant``), ISO 639-2 and 639-3 (``ger``, ``deu``), locales (``en_US.UTF-8``),
    FLORES (``ace_Arab``) and Wikipedia codes (``simple``), English and native names (``German``, ``Deutsch``), each
    also before a comma or a bracket. Codes that name one language of a macrolanguage give the macrolanguage's
    (``arb`` is ``ar``).
    """
    return _code_of(declared.strip()) if len(declared) <= MAX_LENGTH else None


@lru_cache(maxsize=2_000)
def _code_of(declared: str) -> str | None:
    candidates = [declared]
    if (first := re.match(_FIRST_PART, declared)) and first.group() != declared:
        candidates.append(first.group())
    for candidate in candidates:
        word = " ".join(candidate.split()).casefold()
        # Codes of ours are known without the register, which takes a while to load.
        code = _by_table(word) or (word if word in LANGUAGES else None) or _by_register(word) or _names().get(word)
        if code == "-":
            return None
        if code is not None:
            return code
    return None


def _by_table(word: str) -> str | None:
    return _table().get(word.replace("_", "-"))


def _by_register(word: str) -> str | None:
    import langcodes

    tag = word.replace("_", "-")
    if not tag.isascii() or not langcodes.tag_is_valid(tag):
        return None
    try:
        code = langcodes.get(langcodes.standardize_tag(tag, macro=True), normalize=False).language
    except ValueError:
        return None
    if code is None or not 2 <= len(code) <= 3 or "qaa" <= code <= "qtz":
        return None
    return _table().get(code, code)


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    return dict(rows("declared_languages.tsv", package="index.language"))


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Names of languages, lower case: CLDR's English ones, then those of our own table."""
    from babel import Locale

    names: dict[str, str] = {}
    for tag, name in Locale("en").languages.items():
        code = _by_table(tag) or _by_register(tag)
        if code is not None and code != "-":
            names[name.casefold()] = code
    for code, language in LANGUAGES.items():
        names[language.native.casefold()] = code
        names[language.english.casefold()] = code
    return names
