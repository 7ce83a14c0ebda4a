"""Folding: which letters of a language count as one, because its readers leave the difference out when typing.

``folding.tsv`` says so per language; its header describes the kinds of row. Without a row of its own, a letter of
the Latin or Greek alphabet loses its accents, a Cyrillic one only stress marks, and all others stay.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache

from index.analysis.letter_map import LetterMap
from index.analysis.tables import rows

_STRESS = "\u0300\u0301"
_EVERYWHERE = "*"


class Folding:
    """The folding of one language. Immutable to its users, safe for several threads.

    ``respelt`` makes one letter of several codes for it (Romanian ş and ș), which a stemmer needs; ``fold`` does
    that and drops accents besides. Both are idempotent. Cost: under a microsecond for a letter seen before.
    """

    def __init__(self, lang: str) -> None:
        table = _table()
        shared, own = table.get(_EVERYWHERE, {}), table.get(lang, {})
        kept = frozenset(own.get("keep", ()))
        singles, self._sequences = _split(own.get("fold", ()))
        spelling, _ = _split(own.get("spell", ()))
        common, _ = _split(shared.get("fold", ()))
        dropped = frozenset(own.get("drop", ())) | frozenset(shared.get("drop", ()))
        replaced = {**common, **dict.fromkeys(dropped, ""), **dict.fromkeys(kept), **spelling, **singles}
        han = "han" in own or ("han" in shared and "no-han" not in own)
        self._spelling = str.maketrans(spelling)
        self._letters = _Letters(replaced, han=han)
        self.habits: Hashable = (frozenset(replaced.items()), frozenset(spelling.items()), self._sequences, han)
        """The same for foldings that do the same."""
        self._spelling_map = LetterMap(lambda letter: spelling.get(letter, letter))
        self._letter_map = LetterMap(lambda letter: self._letters[ord(letter)])
        self._ascii_changes = any(old.isascii() for old in (*singles, *dropped)) or any(
            old.isascii() for old, _ in self._sequences
        )

    @property
    def keeps_ascii(self) -> bool:
        """Whether forms of ASCII letters stay as they are, folded and respelt."""
        return not self._ascii_changes and not any(code < 128 for code in self._spelling)

    @property
    def respells(self) -> bool:
        """Whether :meth:`respelt` changes anything."""
        return bool(self._spelling)

    def respelt(self, form: str) -> str:
        """``form`` with one code for what this language counts as one letter."""
        return form.translate(self._spelling) if self._spelling else form

    def fold(self, form: str) -> str:
        """``form`` as typed without accents; never empty for a form that is not."""
        if form.isascii() and not self._ascii_changes:
            return form
        folded = form.translate(self._letters)
        for old, new in self._sequences:
            folded = folded.replace(old, new)
        return unicodedata.normalize("NFC", folded) or form

    def respelt_all(self, forms: Sequence[str]) -> Sequence[str]:
        """:meth:`respelt` of each; none may hold a line feed."""
        return self._spelling_map.apply("\n".join(forms)).split("\n") if self._spelling and forms else forms

    def fold_all(self, forms: Sequence[str]) -> Sequence[str]:
        """:meth:`fold` of each, the very ``forms`` where none changes; none may hold a line feed. Cost: some ten
        nanoseconds for each letter of forms that are not ASCII."""
        if not forms or (not self._ascii_changes and "".join(forms).isascii()):
            return forms
        joined = self._letter_map.apply("\n".join(forms))
        for old, new in self._sequences:
            joined = joined.replace(old, new)
        folded = unicodedata.normalize("NFC", joined).split("\n")
        return folded if all(folded) else [fold or form for fold, form in zip(folded, forms, strict=True)]


class _Letters(dict[int, str]):
    """What each code point folds to, worked out when first met."""

    def __init__(self, replaced: dict[str, str | None], *, han: bool) -> None:
        super().__init__()
        self._replaced = replaced
        self._han = han

    def __missing__(self, code: int) -> str:
        self[code] = folded = self._folded(chr(code))
        return folded

    def _folded(self, letter: str) -> str:
        if letter in self._replaced:
            other = self._replaced[letter]
            return letter if other is None else "".join(map(self._folded, other))
        name = unicodedata.name(letter, "")
        if self._han and name.startswith("CJK "):
            return _simplified(letter)
        base, _, mark = unicodedata.decomposition(letter).partition(" ")
        if not mark or base.startswith("<"):
            return letter
        plain = chr(int(base, 16))
        if name.startswith(("LATIN ", "GREEK ")) or (name.startswith("CYRILLIC ") and chr(int(mark, 16)) in _STRESS):
            return self._folded(plain)
        return letter


def _simplified(letter: str) -> str:
    # 薴 becomes 苧, itself the traditional form of 苎: folding has to arrive.
    once = str(_to_simplified().convert(letter))
    return once if once == letter else _simplified(once)


@lru_cache(maxsize=1)
def _to_simplified():  # type: ignore[no-untyped-def]
    # Reads its dictionaries from disk and takes some megabytes: only for those who meet Chinese.
    import opencc

    return opencc.OpenCC("t2s")


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = {}
    for langs, kind, letters in rows("folding.tsv"):
        for lang in langs.split():
            table.setdefault(lang, {}).setdefault(kind, []).extend(_expanded(letters.split(), kind))
    return table


def _expanded(cells: Iterable[str], kind: str) -> Iterable[str]:
    """Ranges of dropped code points written out; all else as it stands."""
    for cell in cells:
        first, dash, last = cell.partition("-")
        if kind == "drop" and dash:
            yield from map(chr, range(ord(first), ord(last) + 1))
        else:
            yield cell


def _split(pairs: Iterable[str]) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """``old>new`` pairs as a map for single code points, and in order for sequences."""
    singles, sequences = {}, []
    for pair in pairs:
        old, _, new = pair.partition(">")
        if len(old) == 1:
            singles[old] = new
        else:
            sequences.append((old, new))
    return singles, tuple(sequences)
