"""How running text looks, in any script: sentence ends, width on the page, paragraphs told from labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from index.normalize.text import WRAP_WIDTH, ends_sentence, unwrapped

SHORT = 30
"""Columns; a sentence below this may be a label (``Follow us!``), one of this width or more is a paragraph."""
_NARROWEST_WRAP = 40
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u3000-\u303f\uff01-\uff60]")
_NO_FULL_STOP = regex.compile(r"[\p{Thai}\p{Lao}]")
"""Scripts that end sentences with a space."""
_LETTER = regex.compile(r"\p{L}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and the number of blank lines before it."""

    text: str
    gap: int


def width(line: str) -> int:
    """Columns of ``line``: letters of East Asian scripts take two, in width as in what they say."""
    return len(line) if line.isascii() else len(line) + len(_WIDE.findall(line))


def is_paragraph(line: str) -> bool:
    """Whether ``line`` is surely running text: a sentence's end and the width of a sentence."""
    columns = width(line)
    if columns < SHORT or not _LETTER.search(line):
        return False
    return ends_sentence(line) or (columns >= 2 * SHORT and len(_NO_FULL_STOP.findall(line)) > columns // 2)


def reads_like_a_title(line: str) -> bool:
    """Whether ``line`` could be a headline: letters, no full stop (one of an ellipsis aside), not over-long."""
    if not _LETTER.search(line) or width(line) > 200:
        return False
    return not (ends_sentence(line) and line[-1:] not in "!?…！？؟»”“\"'）)" and width(line) > SHORT)


def paragraphs(lines: Sequence[str]) -> list[Paragraph]:
    """The paragraphs of ``lines``: each line one, or, where a block between blank lines is hard-wrapped, its lines
    joined."""
    found: list[Paragraph] = []
    for gap, block in _blocks(lines):
        texts = unwrapped(list(block)) if _wrapped(block) else [line.strip() for line in block]
        found += [Paragraph(text, gap if number == 0 else 0) for number, text in enumerate(texts)]
    return found


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    gap, block = 0, list[str]()
    for line in lines:
        if line.strip():
            block.append(line)
            continue
        if block:
            yield gap, block
            gap, block = 0, []
        gap += 1
    if block:
        yield gap, block


def _wrapped(block: Sequence[str]) -> bool:
    """Whether the lines of ``block`` run on: none too long, and most but the last stop in the middle of a sentence."""
    if len(block) < 2 or not _NARROWEST_WRAP <= max(map(width, block)) <= WRAP_WIDTH:
        return False
    ends = sum(ends_sentence(line.rstrip()) for line in block[:-1])
    return ends <= len(block[:-1]) / 3
