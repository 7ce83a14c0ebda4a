"""Ever more texts out of the sentences of a pool, with a vocabulary that grows as a real one does.

A new text takes the number of its sentences from a real text, the sentences and the title at random from the whole
pool. Sentences alone would soon hold no new word. So each rare word of the pool (:data:`RARE` times or less)
is renamed when it is used: it keeps its first half and takes the second half of another rare word of the same kind
(script, case, digits). Which other is chosen by a number *v* with P(v >= n) = n ** -SKEW; *v* = 1 leaves the word as it
is. The distinct values of m such draws grow as m ** (1 / (1 + SKEW)): Heaps' law with the exponent 0.6, and every part
of the stream is like every other.

Measured on the corpus of seed 1, distinct words (runs of letters, marks and digits) counted per language:

========  ===========  =========  =============================
articles        words   distinct  exponent since the line above
========  ===========  =========  =============================
   3,125      814,211    124,950
   6,250    1,651,053    201,456  0.68
  12,500    3,302,743    312,807  0.64
  25,000    6,618,462    448,789  0.52
  50,000   13,326,399    639,182  0.51
 100,000   26,765,688    963,798  0.59
 200,000   53,463,459  1,485,661  0.63
 400,000  106,997,243  2,291,360  0.63
 800,000  214,381,057  3,484,836  0.60
========  ===========  =========  =============================

Up to 17,700 articles all texts are real; from 25,000 to 800,000 the exponent is 0.59.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
import regex
from numpy.typing import NDArray

from benchmarks.texts import Pool, Text

RARE = 1
SKEW = 2 / 3
FEWEST_SENTENCES = 3
"""So that no two new texts are alike."""
MOST_SENTENCES = 400
_WORD = regex.compile(r"([\p{L}\p{M}\p{N}]+)")
_SENTENCE = regex.compile(r"(?<=[.!?።؟۔।][\"')\]»”]?)\s+|(?<=[。！？][」』”]?)(?![」』”。！？])")
_BREAK = "\x1f"
"""Between title and body while they are one format string."""
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


class Recombiner:
    """The sentences and titles of one pool, ready to be drawn. Cost of making it: some 2 µs a word of the pool."""

    def __init__(self, pool: Pool) -> None:
        bodies = [_sentences(text.body) for text in pool.texts]
        pieces = [piece for body in bodies for piece in body]
        titles = [text.title + _BREAK for text in pool.texts]
        split = [_WORD.split(piece) for piece in (*pieces, *titles)]
        rare = _rare_words(split)
        self._sizes = np.array([min(max(len(body), FEWEST_SENTENCES), MOST_SENTENCES) for body in bodies])
        self._sentences, self._titles = len(pieces), len(titles)
        self._formats = [_format(parts, rare) for parts in split]
        slots = [[rare[word] for word in parts[1::2] if word in rare] for parts in split]
        self._starts = np.cumsum([0, *map(len, slots)])
        self._slots = np.array([word for some in slots for word in some], dtype=np.int64)
        self._names = _Names(list(rare))

    def texts(self, rng: np.random.Generator, count: int) -> Iterator[Text]:
        """``count`` new texts. Cost: some 20 µs each."""
        sizes = self._sizes[rng.integers(0, len(self._sizes), count)] + 1
        ends = np.cumsum(sizes)
        drawn = rng.integers(0, self._sentences, ends[-1] if count else 0)
        drawn[ends - sizes] = self._sentences + rng.integers(0, self._titles, count)
        words = self._names.renamed(self._slots[_ranges(self._starts, drawn)], rng)
        word_ends = np.cumsum(self._starts[drawn + 1] - self._starts[drawn])[ends - 1].tolist()
        formats = [self._formats[number] for number in drawn.tolist()]
        start = word_start = 0
        for end, word_end in zip(ends.tolist(), word_ends, strict=True):
            whole = "".join(formats[start:end]) % tuple(words[word_start:word_end])
            title, _, body = whole.partition(_BREAK)
            yield Text(title, body.rstrip())
            start, word_start = end, word_end


class _Names:
    """Rare words, each as two halves, and how to give them other second halves."""

    def __init__(self, words: list[str]) -> None:
        cuts = [_middle(word) for word in words]
        self._heads = np.array([word[:cut] for word, cut in zip(words, cuts, strict=True)], dtype=object)
        self._tails = np.array([word[cut:] for word, cut in zip(words, cuts, strict=True)], dtype=object)
        members: defaultdict[tuple[int, bool], list[int]] = defaultdict(list)
        kinds = [_kind(tail, word) for word, tail in zip(words, self._tails.tolist(), strict=True)]
        for number, kind in enumerate(kinds):
            members[kind].append(number)
        firsts = dict(zip(members, np.cumsum([0, *map(len, members.values())]).tolist(), strict=False))
        self._first = np.array([firsts[kind] for kind in kinds], dtype=np.int64)
        self._kin = np.array([len(members[kind]) for kind in kinds], dtype=np.uint64)
        self._members = np.array([number for kin in members.values() for number in kin], dtype=np.int64)

    def renamed(self, numbers: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
        """The words of these numbers, each under one of its names."""
        variants = np.minimum((1 - rng.random(len(numbers))) ** (-1 / SKEW), 1e15).astype(np.uint64)
        mixed = numbers.astype(np.uint64) * _MIX[0] + variants * _MIX[1]
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX[0]
        others = (mixed >> np.uint64(20)) % np.maximum(self._kin[numbers], np.uint64(1))
        tails = np.where(variants == 1, numbers, self._members[self._first[numbers] + others.astype(np.int64)])
        names: list[str] = (self._heads[numbers] + self._tails[tails]).tolist()
        return names


def _sentences(body: str) -> list[str]:
    """The sentences of ``body``, each with the space or line break that follows it."""
    found = []
    for paragraph in body.split("\n"):
        ends = [match.end() for match in _SENTENCE.finditer(paragraph)]
        cuts = [0, *(end for end in ends if end < len(paragraph)), len(paragraph)]
        pieces = [paragraph[start:end] for start, end in itertools.pairwise(cuts) if end > start]
        found += [*pieces[:-1], f"{pieces[-1]}\n"]
    return found


def _rare_words(split: list[list[str]]) -> dict[str, int]:
    """The words that are rare, case aside, numbered in order of first sight."""
    written = Counter(word for parts in split for word in parts[1::2])
    counts: Counter[str] = Counter()
    for word, count in written.items():
        counts[word.casefold()] += count
    rare = (word for word in written if counts[word.casefold()] <= RARE and len(word) > 1)
    return {word: number for number, word in enumerate(rare)}


def _format(parts: list[str], rare: dict[str, int]) -> str:
    """A format string: the rare words of a sentence left open."""
    return "".join(
        "%s" if number % 2 and part in rare else part.replace("%", "%%") for number, part in enumerate(parts)
    )


def _middle(word: str) -> int:
    """Where to cut a word in two: about the middle, and not before a mark that belongs to the letter before it."""
    cut = (len(word) + 1) // 2
    while cut < len(word) and regex.match(r"\p{M}", word[cut]):
        cut += 1
    return cut


def _kind(tail: str, word: str) -> tuple[int, bool]:
    """Words of the same kind may exchange their second halves."""
    point = ord(tail[0]) if tail else 0
    if tail[:1].isdigit():
        block = -1
    elif point < 0x250:
        block = 0
    elif 0x3040 <= point < 0xA000:
        block = 0x4E
    else:
        block = point >> 9
    return block, word.isupper()


def _ranges(starts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """All indices of the ranges ``starts[row] : starts[row + 1]``, one range after the other."""
    first, sizes = starts[rows], starts[rows + 1] - starts[rows]
    offsets = np.cumsum(sizes) - sizes
    return np.repeat(first - offsets, sizes) + np.arange(int(sizes.sum()))
