"""From the text of a query to its tokens: words with what hangs on them, operators, parentheses.

The scanner reads once from left to right, in time linear in the text but for a small factor, so that Whoosh's parser
never sees text: neither its taggers nor its recursion meet anything but tokens that are known to be good. What is wrong
inside one token (a boost that is no number, a date that is none) is mended here and told as a warning; what is wrong
between tokens is :mod:`search.query.repair`'s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from search.errors import InvalidRequest
from search.query.dates import DateRange, read_date, read_range
from search.query.text import QueryText, is_word_char
from search.query.words import LITERALS, fuzziness, word_pattern
from search.result import QueryWarning

TEXT_FIELDS = ("text", "title", "body")
KEYWORD_FIELDS = ("section", "source", "lang", "author")
PREFIXES = frozenset({"title", "body", "date", *KEYWORD_FIELDS})
"""The names that may stand before a colon."""
MAX_CLAUSES = 32
"""Words, phrases and ranges that a query may have."""
MAX_DEPTH = 8
"""Parentheses that may stand inside each other."""
MAX_SLOP = 100
"""Distance that two neighbours of a loose phrase may have, in words."""

LeafKind = Literal["word", "exact", "phrase", "prefix", "wildcard", "fuzzy", "range", "name"]
Kind = LeafKind | Literal["open", "close", "and", "or", "not", "must", "nothing"]
OPERATORS: Mapping[str, Kind] = {"AND": "and", "OR": "or", "NOT": "not"}

_SEPARATORS = " ,;[]{}"
_ADDRESS = r'[A-Za-z][A-Za-z0-9+.-]*://[^\s"()\[\]{}^]+'
_COLON_INSIDE = r"(?:[A-Z\u00c0-\u00de]+|\w):[a-z\u00df-\u00ff]{1,4}(?=[\s,;()]|$)|\w+:in(?:nen)?\b"
_NUMBER = r"\d{1,4}(?:\.\d{1,4})?|\.\d{1,4}"


@dataclass(frozen=True, slots=True)
class Token:
    """One unit of a query. ``name`` is a word that stood before a colon and names no field, ``nothing`` an operand that
    was left out: operators beside it must not take hold of its neighbour."""

    kind: Kind
    position: int
    """Code point of the query as typed where it begins."""
    text: str = ""
    field: str = "text"
    boost: float = 1.0
    distance: int = 0
    """Of ``fuzzy`` the letters that may differ, of ``phrase`` the slop."""
    dates: DateRange | None = None
    end: int = 0
    """Code point behind it."""


def scan(query: QueryText, default_field: str = "text") -> tuple[list[Token], list[QueryWarning]]:
    """The tokens of a query, and what was mended in them. Raises :class:`InvalidRequest` beyond the limits."""
    scanner = _Scanner(query, default_field)
    scanner.run()
    return scanner.tokens, scanner.warnings


class _Scanner:
    def __init__(self, query: QueryText, default_field: str) -> None:
        self.text = query.text
        self.origins = query.origins
        self.at = 0
        self.fields = [default_field]
        """The field in effect, of each open parenthesis."""
        self.tokens: list[Token] = []
        self.warnings: list[QueryWarning] = []
        self.clauses = 0

    def run(self) -> None:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in _SEPARATORS:
                self.at += 1
            elif char == "(":
                self.open(self.fields[-1])
            elif char == ")":
                self.close()
            elif char in "+-":
                self.sign()
            elif char == "^":
                self.boost(hangs=False)
            elif char == '"':
                self.quoted(self.fields[-1])
            elif char == "~":
                self.tilde()
            elif char == "?" or unicodedata.category(char) == "Cf":
                self.at += 1
            else:
                self.chunk()

    # -- what tokens are made of

    def here(self, at: int | None = None) -> int:
        return self.origins[self.at if at is None else at]

    def peek(self) -> str:
        """The next sign; a space at the end."""
        return self.text[self.at] if self.at < len(self.text) else " "

    def match(self, pattern: str) -> re.Match[str] | None:
        return re.compile(pattern).match(self.text, self.at)

    def warn(self, code: str, at: int, message: str) -> None:
        self.warnings.append(QueryWarning(message, self.here(at), code))

    def add(self, kind: Kind, start: int, text: str = "", field: str = "text", **more: object) -> None:
        """Adds a token that began at ``start`` and ends here."""
        token = Token(kind, self.here(start), text, field, end=self.here(self.at), **more)  # type: ignore[arg-type]
        self.tokens.append(token)

    def add_clause(self, kind: Kind, start: int, text: str, field: str, **more: object) -> None:
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            raise InvalidRequest(
                f"The query has more than {MAX_CLAUSES} words and phrases.",
                "q",
                position=self.here(start),
                hint=f"Leave out the less telling ones, or put a sentence in quotation marks; {MAX_CLAUSES} may stand.",
            )
        self.add(kind, start, text, field, boost=self.boost(), **more)

    def leave_out(self, start: int) -> None:
        """Passes over an operand that began at ``start``."""
        self.boost()
        self.add("nothing", start)

    # -- parentheses and signs

    def open(self, field: str) -> None:
        if len(self.fields) > MAX_DEPTH:
            raise InvalidRequest(
                f"Parentheses stand more than {MAX_DEPTH} deep.",
                "q",
                position=self.here(),
                hint=f"Write the query with at most {MAX_DEPTH} parentheses inside each other.",
            )
        self.fields.append(field)
        self.at += 1
        self.add("open", self.at - 1)

    def close(self) -> None:
        start = self.at
        self.at += 1
        if len(self.fields) > 1:
            self.fields.pop()
        self.add("close", start, boost=self.boost())

    def sign(self) -> None:
        """Reads ``+`` and ``-`` before a word; elsewhere they are dashes, and passed over."""
        start = self.at
        while self.peek() in "+-":
            self.at += 1
        if self.peek() in _SEPARATORS + ")" or (start and self.text[start - 1] not in _SEPARATORS + "("):
            return
        if self.at - start > 1:
            self.warn("doubled_operator", start + 1, "Of several signs before a word only the first counts.")
        self.add("must" if self.text[start] == "+" else "not", start)

    def tilde(self) -> None:
        """Passes over a ``~`` that no word stands before."""
        self.warn("bad_fuzzy", self.at, "A ~ must stand directly behind a word; it was left out.")
        skipped = self.match(r"~[~\d.]*(?=[\s,;()]|$)|~+")
        assert skipped is not None
        self.at = skipped.end()

    def boost(self, hangs: bool = True) -> float:
        """Reads ``^2``; 1 where there is none, or none that can be understood (told in a warning)."""
        if self.peek() != "^":
            return 1.0
        start = self.at
        good = self.match(rf"\^({_NUMBER})(?=[\s,;)]|$)")
        if hangs and good and float(good[1]) > 0:
            self.at = good.end()
            return float(good[1])
        skipped = self.match(r"\^[\^\d.]*(?=[\s,;)]|$)|\^+")
        self.at = skipped.end() if skipped else start + 1
        self.warn("bad_boost", start, "Behind ^ a number above 0 is needed, as in word^2; it was left out.")
        return 1.0

    # -- quotation marks

    def quoted(self, field: str) -> None:
        """Reads a phrase, or a single word to be matched exactly."""
        start = self.at
        stop = start + 1
        while stop < len(self.text) and (self.text[stop] != '"' or self.in_hebrew_word(stop)):
            stop += 1
        words = self.text[start + 1 : stop]
        if stop == len(self.text):
            stray = not words.strip() or words[0] == " " or (start > 0 and is_word_char(self.text[start - 1]))
            self.warn("unclosed_quote", start, _LEFT_OUT if stray else _CLOSED_AT_END)
            if stray:
                self.at = start + 1
                return
        self.at = min(stop + 1, len(self.text))
        slop = self.slop()
        if field == "date":
            self.date(words.strip(), start, "".join(words.split()))
        elif not any(map(str.isalnum, words)):
            self.leave_out(start)
            self.warn("empty_phrase", start, "There is no word between the quotation marks; they were left out.")
        elif field in KEYWORD_FIELDS:
            self.add_clause("word", start, " ".join(words.split()), field)
        elif len(words.split()) == 1:
            self.add_clause("exact", start, words.strip(), field)
        else:
            self.add_clause("phrase", start, " ".join(words.split()), field, distance=slop)

    def slop(self) -> int:
        found = self.match(r"~([\d.]*)")
        if not found:
            return 1
        start, self.at = self.at, found.end()
        if not found[1].isdecimal() or int(found[1]) == 0:
            self.warn("bad_slop", start, 'Behind "..."~ a whole number is needed, as in "a phrase"~5; it was left out.')
            return 1
        if int(found[1]) > MAX_SLOP:
            self.warn("bad_slop", start, f"The words of a phrase may be {MAX_SLOP} apart at most; that was taken.")
        return min(int(found[1]), MAX_SLOP)

    def in_hebrew_word(self, at: int) -> bool:
        """Whether the quotation mark at ``at`` is a gershayim, as in צה"ל."""
        return 0 < at < len(self.text) - 1 and all("\u05d0" <= self.text[i] <= "\u05ea" for i in (at - 1, at + 1))

    # -- words and fields

    def chunk(self) -> None:
        """Reads what begins with anything else: an address, a field, a word.

        A colon may also stand inside a word: Swedish ``EU:s``, Finnish ``EU:n``, German ``Leser:innen``.
        """
        start = self.at
        named = self.match(r"([^\W\d]\w*):")
        if named and named[1].lower() in PREFIXES:
            self.at = named.end()
            self.fielded(named[1].lower(), start)
        elif named and not self.match(_COLON_INSIDE) and not self.match(_ADDRESS):
            self.at = named.end()
            self.unknown(named[1], start)
        else:
            self.word(self.fields[-1])

    def unknown(self, name: str, start: int) -> None:
        """Takes ``name:`` for words. A colon that ends a word is common in headlines and not worth a warning."""
        if self.peek() in _SEPARATORS + ")+-" or self.fields[-1] == "date" or name in OPERATORS:
            self.finish(name, self.fields[-1], start)
            return
        self.warn("unknown_field", start, f"{name}: is no field; its name was searched as a word.")
        self.add_clause("name", start, name, self.fields[-1])

    def fielded(self, field: str, start: int) -> None:
        """Reads what a field's name stands before."""
        while field != "date" and self.peek() in "+-~?":
            self.at += 1
        nested = self.match(r"([^\W\d]\w*):")
        if field == "date" and self.peek() == "[":
            self.bracket(start)
        elif nested and nested[1].lower() in PREFIXES:
            self.warn("empty_field", start, f"Another field stands directly behind {field}: so it was left out.")
        elif self.peek() in _SEPARATORS + ")^":
            self.warn("empty_field", start, f"Nothing stands directly behind {field}: so it was left out.")
            self.leave_out(start)
        elif self.peek() == "(":
            self.open(field)
        elif self.peek() == '"':
            self.quoted(field)
        else:
            self.word(field, start)

    def bracket(self, start: int) -> None:
        bracket = self.match(r"\[([^\[\]()\"]*)\]")
        if not bracket:
            self.warn(
                "unclosed_bracket", self.at, "The bracket of a range is not closed; it was closed behind its dates."
            )
            bracket = self.match(r"\[\s*([^\s()\"]*(?:\s+(?:TO|to)\b\s*[^\s()\"]*)?)")
        assert bracket is not None
        self.at = bracket.end()
        ends = re.split(r"\s+TO\b|\bTO\s+|\s+to\b|\bto\s+|\.\.+", bracket[1], maxsplit=1)
        self.add_range(read_range(ends[0], ends[-1]), start, bracket[1].strip())

    def word(self, field: str, start: int | None = None) -> None:
        """Reads a word to its end. ``start`` is where its field began: such a word is never an operator."""
        first = self.at
        address = self.match(_ADDRESS) if field != "date" else None
        if address:
            word = address[0].rstrip(",;~*?")
            self.at += len(word)
            self.add_clause("word", first if start is None else start, word, field)
            return
        while self.at < len(self.text) and not self.ends_word():
            self.at += 1
        self.finish(self.text[first : self.at], field, first if start is None else start, fielded=start is not None)

    def ends_word(self) -> bool:
        char = self.text[self.at]
        if char == '"':
            return not self.in_hebrew_word(self.at)
        if char == ",":
            around = self.text[max(0, self.at - 1) : self.at + 2]
            return not (len(around) == 3 and around[0].isdigit() and around[2].isdigit())
        return char in _SEPARATORS or char in "()^"

    def finish(self, raw: str, field: str, start: int, *, fielded: bool = False) -> None:
        """Adds the token of a word as it was typed, without its boost."""
        if field == "date" and (fielded or raw not in OPERATORS):
            self.date(raw, start, raw)
            return
        at = self.at - len(raw)
        raw, distance, place, code, message = fuzziness(raw)
        if code:
            self.warn(code, at + place, message)
        if distance and ("*" in raw or "?" in raw or field in KEYWORD_FIELDS):
            self.warn("bad_fuzzy", start, "Only a whole word of a text can be fuzzy; the ~ was left out.")
            distance = 0
        kind, text, too_short = word_pattern(raw)
        if too_short and self.text.strip() != "*":
            message = f"A pattern needs {LITERALS} letters or more; its * and ? were left out."
            self.warn("short_pattern", start, message)
        if text in OPERATORS and not fielded:
            self.add(OPERATORS[text], start)
        elif not any(map(str.isalnum, text)):
            self.leave_out(start)
        elif distance:
            self.add_clause("fuzzy", start, text, field, distance=distance)
        else:
            self.add_clause(kind, start, text, field)

    # -- dates

    def date(self, shown: str, start: int, text: str) -> None:
        self.add_range(read_date(text), start, shown)

    def add_range(self, dates: DateRange | None, start: int, shown: str) -> None:
        if dates is None:
            self.leave_out(start)
            self.warn("bad_date", start, f"{shown!r} is no date such as 2026, 2026-02 or 2026-02-05; it was left out.")
            return
        for text in dates.ignored:
            self.warn("bad_date", start, f"{text!r} is no date such as 2026, 2026-02 or 2026-02-05; that end is open.")
        if dates.swapped:
            self.warn("reversed_range", start, "The range ended before it began; its ends were exchanged.")
        self.add_clause("range", start, "", "date", dates=dates)


_LEFT_OUT = "A quotation mark is not closed; it was left out."
_CLOSED_AT_END = "A quotation mark is not closed; it was closed at the end."
