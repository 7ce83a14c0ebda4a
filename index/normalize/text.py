"""Text as people read it, whatever the archive did to it: composed, without invisible rubbish, in paragraphs.

Everything here is linear in the text, hostile text included.
"""

from __future__ import annotations

import html
import unicodedata
from itertools import pairwise

import regex

MAX_MARKS = 30
"""Combining marks on one letter; more are cut. The limit is that of Unicode's Stream-Safe Text Format (UAX #15), and
without one composing 80,000 marks in a row takes six seconds, four times that for twice as many."""

LEAST_WIDTH, WRAP_WIDTH = 40, 100
"""Characters; text whose longest line has fewer or more was not wrapped by a machine for a page of fixed width."""

_WHITE_SPACE = {
    "\r\n": "\n",
    **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"),
    **dict.fromkeys(
        "\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
    ),
}
"""What stands for a line break or a space, the pair before its halves."""
_FILLERS = "\u115f\u1160"
"""Letters that are never seen, the only rubbish that Python counts as printable."""
_INVISIBLE = (
    f"\u00ad\u061c{_FILLERS}\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2065"
    "\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufeff\ufff9\ufffa\ufffb"
)
_RUBBISH = regex.compile(rf"(?V1)[[\p{{Cc}}--\n]{_INVISIBLE}\p{{Noncharacter_Code_Point}}\U000e0000-\U000e007f]")
_SURROGATE = regex.compile("[\ud800-\udfff]")
_MARK = regex.compile(r"\p{M}")
_MARKS = regex.compile(rf"(\p{{M}}{{{MAX_MARKS}}})\p{{M}}+")
_JOINERS = regex.compile(
    # Kept behind a letter or sign that can join: of a script that shapes its letters, or an emoji.
    r"(?<![\p{Arab}\p{Deva}\p{Beng}\p{Guru}\p{Gujr}\p{Orya}\p{Taml}\p{Telu}\p{Knda}\p{Mlym}\p{Sinh}\p{Khmr}\p{Mymr}"
    r"\p{Tibt}\p{Mong}\p{Syrc}\p{Nkoo}\p{Extended_Pictographic}\ufe0f\p{Emoji_Modifier}])[\u200c\u200d]+"
    r"|(?<=[\u200c\u200d])[\u200c\u200d]+|\u200c+(?![\p{L}\p{M}])"
)
_ZWNJ, _ZWJ = "\u200c\u200d"
_ENTITY = regex.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_HYPHENATED = regex.compile(r"\p{L}-$")
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}。、，！？；：「」『』（）《》]"
)


def clean_line(text: str) -> str:
    """``text`` on one line: see :func:`clean`."""
    if not text.isascii() or not text.isprintable() or "&" in text:
        text = clean(text)
    return " ".join(text.split())


def clean_body(text: str) -> str:
    """``text`` as paragraphs separated by a single ``\\n``: cleaned (see :func:`clean`), blank lines dropped,
    hard-wrapped lines joined."""
    return paragraphs(clean(text))


def paragraphs(text: str) -> str:
    """``text``, cleaned already, without blank lines, hard-wrapped lines joined."""
    return "\n".join(paragraph for paragraph in unwrapped(text.split("\n")) if paragraph)


def clean(text: str) -> str:
    """``text`` in NFC, its entities decoded once, without byte order marks, control and invisible characters; all line
    breaks as ``\\n``, all spaces as U+0020. Joiners stay where they shape letters or emoji."""
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if not is_plain(text):
        text = _without_rubbish(text)
    if text.isascii():
        return text
    if _MARK.search(text[:: MAX_MARKS + 1]):  # a run that is too long can't pass between two of these
        text = _MARKS.sub(r"\1", text)
    if _ZWNJ in text or _ZWJ in text:
        text = _JOINERS.sub("", text)
    return unicodedata.normalize("NFC", text)


def is_plain(text: str) -> bool:
    """Whether ``text`` surely has no white space but spaces and line breaks, and nothing invisible: most text has not,
    and this is told some twenty times sooner than by looking for each. What Python does not count as printable has all
    of it but the fillers."""
    return text.replace("\n", " ").isprintable() and not any(filler in text for filler in _FILLERS)


def _without_rubbish(text: str) -> str:
    """``text`` with plain line breaks and spaces, without invisible characters, joiners excepted. What is known by
    name goes by name, which costs next to nothing where it is not there; patterns are for the rest."""
    for written, plain in _WHITE_SPACE.items():
        text = text.replace(written, plain)
    for character in _INVISIBLE:
        text = text.replace(character, "")
    if is_plain(text.replace(_ZWNJ, "").replace(_ZWJ, "")):
        return text
    return _SURROGATE.sub("\ufffd", _RUBBISH.sub("", text))


def unwrapped(lines: list[str]) -> list[str]:
    """The paragraphs of ``lines``. Lines are joined only where the text was wrapped to a width: a paragraph then ends
    at a blank line, before an indented one, or at a sentence's end in a line not half full."""
    lines = _without_common_indent([line.rstrip() for line in lines])
    width = _wrapped_at(lines)
    if not width:
        return [_single_spaced(text) for line in lines if (text := line.strip())]
    paragraphs: list[list[str]] = []
    open_paragraph = False
    for line in lines:
        text = line.strip()
        if open_paragraph and line and line[0] != " ":
            paragraphs[-1].append(text)
        elif text:
            paragraphs.append([text])
        # a line not half full that ends a sentence all the same ends its paragraph
        open_paragraph = bool(text) and (len(line) >= width / 2 or not ends_sentence(line))
    return [_single_spaced(_joined(pieces)) for pieces in paragraphs]


def _single_spaced(text: str) -> str:
    while "  " in text:  # halves the longest stretch each time
        text = text.replace("  ", " ")
    return text


_SENTENCE_END = regex.compile(r"(?:[.!?…。！？｡．؟۔։።፧།॥।။༎།]|--)[\p{Pe}\p{Pf}\p{Pi}\"'*]*$")


def ends_sentence(line: str) -> bool:
    """Whether ``line`` ends in sentence punctuation of any script, closing quotes and brackets aside."""
    return not line[-1:].isalnum() and _SENTENCE_END.search(line[-12:]) is not None


def _wrapped_at(lines: list[str]) -> int:
    """The width that ``lines`` were wrapped at, 0 where they were not: where at least four fifths of the lines that
    another one follows had no room for its first word, and at least two thirds stop in the middle of a sentence. The
    first line, which may have lost a dateline, is not asked."""
    width = max(map(len, lines), default=0)
    if not LEAST_WIDTH <= width <= WRAP_WIDTH:
        return 0
    asked = lines[1:] if len(lines) > 2 else lines
    followed = full = finished = 0
    for line, after in pairwise(asked):
        if line and after and after[0] != " ":
            followed += 1
            room = width - _SLACK - len(line) - 1
            full += room < 1 or len(_first_word(after)) > room
            finished += ends_sentence(line)
    return width if full >= 0.8 * followed and finished <= followed / 3 and followed else 0


_SLACK = 5
"""Columns by which a line may be shorter than the rule of the longest one says: wires break before the last column."""


def _first_word(line: str) -> str:
    return line[:1] if _is_unspaced(line) else line.split(" ", 1)[0]


def _is_unspaced(text: str) -> bool:
    """Whether ``text`` begins with a character of a script that has no spaces between words."""
    return not text[:1].isascii() and _UNSPACED.match(text) is not None


def _without_common_indent(lines: list[str]) -> list[str]:
    if not all(line[:1] in ("", " ") for line in lines):
        return lines
    margins = [len(line) - len(line.lstrip(" ")) for line in lines if line]
    margin = min(margins, default=0)
    return [line[margin:] for line in lines]


def _joined(pieces: list[str]) -> str:
    """The lines of one paragraph as one: with a space, but none behind a word's own hyphen or in unspaced scripts."""
    spaced = " ".join(pieces)
    if spaced.isascii() and "- " not in spaced:
        return spaced
    text = [pieces[0]]
    for before, piece in pairwise(pieces):
        hyphen = before[-1:] == "-" and _HYPHENATED.search(before) and piece[:1].isalpha()
        unspaced = _is_unspaced(before[-1:]) and _is_unspaced(piece)
        text.append(piece if hyphen or unspaced else f" {piece}")
    return "".join(text)
