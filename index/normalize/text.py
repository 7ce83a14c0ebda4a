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

WRAP_WIDTH = 100
"""Characters; text with longer lines than that was not wrapped by a machine for a page of fixed width."""

_LINE_BREAK = regex.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_SPACE = regex.compile(r"[\t\p{Zs}]")
_RUBBISH = regex.compile(
    r"(?V1)[[\p{Cc}--\n]\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\p{Noncharacter_Code_Point}\U000e0000-\U000e007f]"
)
_SURROGATE = regex.compile("[\ud800-\udfff]")
_MARKS = regex.compile(rf"(\p{{M}}{{{MAX_MARKS}}})\p{{M}}+")
_JOINERS = regex.compile(
    # Kept behind a letter or sign that can join: of a script that shapes its letters, or an emoji.
    r"(?<![\p{Arab}\p{Deva}\p{Beng}\p{Guru}\p{Gujr}\p{Orya}\p{Taml}\p{Telu}\p{Knda}\p{Mlym}\p{Sinh}\p{Khmr}\p{Mymr}"
    r"\p{Tibt}\p{Mong}\p{Syrc}\p{Nkoo}\p{Extended_Pictographic}\ufe0f\p{Emoji_Modifier}])[\u200c\u200d]+"
    r"|(?<=[\u200c\u200d])[\u200c\u200d]+|\u200c+(?![\p{L}\p{M}])"
)
_ENTITY = regex.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES = regex.compile(r" {2,}")
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}。、，！？；：「」『』（）《》]"
)


def clean_line(text: str) -> str:
    """``text`` on one line: see :func:`clean`."""
    return " ".join(clean(text).split())


def clean_body(text: str) -> str:
    """``text`` as paragraphs separated by a single ``\\n``: cleaned (see :func:`clean`), blank lines dropped,
    hard-wrapped lines joined."""
    lines = clean(text).split("\n")
    return "\n".join(paragraph for paragraph in unwrapped(lines) if paragraph)


def clean(text: str) -> str:
    """``text`` in NFC, its entities decoded once, without byte order marks, control and invisible characters; all line
    breaks as ``\\n``, all spaces as U+0020. Joiners stay where they shape letters or emoji."""
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    text = _LINE_BREAK.sub("\n", text)
    text = _SPACE.sub(" ", text)
    text = _RUBBISH.sub("", text)
    if text.isascii():
        return text
    text = _SURROGATE.sub("\ufffd", text)
    text = _MARKS.sub(r"\1", text)
    return unicodedata.normalize("NFC", _JOINERS.sub("", text))


def unwrapped(lines: list[str]) -> list[str]:
    """The paragraphs of ``lines``. Lines are joined only where the text was wrapped to a width: a paragraph then ends
    at a blank line, before an indented one, or at a sentence's end in a line not half full."""
    lines = _without_common_indent([line.rstrip() for line in lines])
    width = _wrapped_at(lines)
    paragraphs: list[list[str]] = []
    open_paragraph = False
    for before, line in zip(["", *lines], lines, strict=False):
        text = _SPACES.sub(" ", line.strip())
        if open_paragraph and width and line[:1] not in ("", " ") and not _ended(before, width):
            paragraphs[-1].append(text)
        elif text:
            paragraphs.append([text])
        open_paragraph = bool(text)
    return [_joined(pieces) for pieces in paragraphs]


_SENTENCE_END = regex.compile(r"(?:[.!?…。！？｡．؟۔։።፧།॥।။༎།]|--)[\p{Pe}\p{Pf}\p{Pi}\"'*]*$")


def ends_sentence(line: str) -> bool:
    """Whether ``line`` ends in sentence punctuation of any script, closing quotes and brackets aside."""
    return _SENTENCE_END.search(line[-12:]) is not None


def _wrapped_at(lines: list[str]) -> int:
    """The width that ``lines`` were wrapped at, 0 where they were not: where at least four fifths of the lines that
    another one follows had no room for its first word, and at least two thirds stop in the middle of a sentence. The
    first line, which may have lost a dateline, is not asked."""
    width = max(map(len, lines), default=0)
    if not 40 <= width <= WRAP_WIDTH:
        return 0
    asked = lines[1:] if len(lines) > 2 else lines
    followed = [(line, after) for line, after in pairwise(asked) if line.strip() and after[:1] not in ("", " ")]
    full = sum(len(line) + 1 + len(_first_word(after)) > width - _SLACK for line, after in followed)
    finished = sum(ends_sentence(line) for line, _ in followed)
    return width if full >= 0.8 * len(followed) and finished <= len(followed) / 3 and followed else 0


_SLACK = 5
"""Columns by which a line may be shorter than the rule of the longest one says: wires break before the last column."""


def _ended(line: str, width: int) -> bool:
    """Whether ``line``, not the last of its block, all the same ends its paragraph: not half full, a sentence's end."""
    return len(line) < width / 2 and ends_sentence(line)


def _first_word(line: str) -> str:
    return line[:1] if _UNSPACED.match(line) else line.split(" ", 1)[0]


def _without_common_indent(lines: list[str]) -> list[str]:
    margins = [len(line) - len(line.lstrip(" ")) for line in lines if line]
    margin = min(margins, default=0)
    return [line[margin:] for line in lines] if margin else lines


def _joined(pieces: list[str]) -> str:
    """The lines of one paragraph as one: with a space, but none behind a word's own hyphen or in unspaced scripts."""
    text = [pieces[0]]
    for before, piece in pairwise(pieces):
        hyphen = regex.search(r"\p{L}-$", before) and piece[:1].isalpha()
        unspaced = _UNSPACED.match(before[-1:]) and _UNSPACED.match(piece)
        text.append(piece if hyphen or unspaced else f" {piece}")
    return "".join(text)
