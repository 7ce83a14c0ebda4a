"""Making a segment of articles that were staged one batch after the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from index.analysis.vocabulary import Spelt, Tokens, Vocabulary, joined
from index.columnar import columns, lexicon, postings, stored
from index.columnar.arrays import B1, I4, I8, U4, U8
from index.columnar.atomic import Folder
from index.columnar.batch import AnalysedBatch
from index.columnar.columns import Columns, write_columns
from index.columnar.form_order import form_order
from index.columnar.format import FileFacts, FileWriter
from index.columnar.lexicon import FormTable, LexiconWriter
from index.columnar.manifest import SegmentEntry
from index.columnar.postings import PostingsPart, PostingsWriter
from index.columnar.postings_kernels import count_tokens, encode_lists, scatter_tokens
from index.columnar.stored import Packed, StoredWriter, stretches
from index.side_by_side import SHARES, side_by_side

SLICE_TOKENS = 4_000_000 // SHARES
"""Tokens that one core puts in order at a time: their documents and positions take 8 bytes each, on all cores the
same."""
FEW_TOKENS = 200_000
"""Tokens up to which one core puts all in order: it takes a millisecond or two."""
BLOCK_TOKENS = 500_000
"""Tokens that kernels are given at a time: each call is a moment in which other threads may take the interpreter."""


class SegmentFiles:
    """The files of a segment while they are written. As a context, removes them all unless it was closed."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.name = name
        self._files: dict[str, FileWriter] = {}
        self._folder = folder

    def open(self, kind: str) -> FileWriter:
        """The file of this kind."""
        self._files[kind] = FileWriter(self._folder, f"{self.name}.{kind}", kind, self.name)
        return self._files[kind]

    def entry(self, articles: int, files: list[FileFacts]) -> SegmentEntry:
        """The segment, its files closed."""
        return SegmentEntry(self.name, articles, 0, tuple(files), None)

    def remove(self) -> None:
        """Removes what was written, closed files too."""
        for kind, file in self._files.items():
            file.abort()
            try:
                self._folder.remove(f"{self.name}.{kind}")
            except OSError:
                continue  # not there, or for the next commit to remove


class TokenBlock(NamedTuple):
    """The tokens of some articles that follow each other."""

    first: int
    """The first of the articles, of all that were staged."""
    tokens: Tokens

    def numbers(self, docs: I8) -> I8:
        """Of the numbers of all articles those of these."""
        return docs[self.first : self.first + len(self.tokens.ends) // 2]


class TokenBlocks:
    """The tokens of many batches, put together in blocks."""

    def __init__(self) -> None:
        self._closed: list[TokenBlock] = []
        self._open: list[Tokens] = []
        self._articles = self._open_tokens = self.tokens = 0

    def add(self, tokens: Tokens) -> None:
        """Appends those of a batch."""
        self._open.append(tokens)
        self._open_tokens += len(tokens.forms)
        self.tokens += len(tokens.forms)
        if self._open_tokens >= BLOCK_TOKENS:
            self._close()

    def blocks(self) -> list[TokenBlock]:
        """All blocks."""
        if self._open:
            self._close()
        return self._closed

    def _close(self) -> None:
        block = TokenBlock(self._articles, joined(self._open))
        self._closed.append(block)
        self._articles += len(block.tokens.ends) // 2
        self._open, self._open_tokens = [], 0


class SegmentBuilder:
    """Collects batches; :meth:`build` writes the segment. Memory: 8 bytes a token and what is compressed."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._forms = vocabulary.forms
        self._form_count = 0
        self._tokens = TokenBlocks()
        self._columns: list[Columns] = []
        self._packed: list[Packed] = []
        self._alive: list[B1] = []
        self.bytes = 0

    def __len__(self) -> int:
        """Articles staged that still stand."""
        return sum(int(alive.sum()) for alive in self._alive)

    def add(self, batch: AnalysedBatch, alive: B1) -> None:
        """Stages those articles of a batch that are alive; ``alive`` may be changed until the segment is built. The
        batch's tokens are numbered by the builder's vocabulary."""
        self._tokens.add(batch.tokens)
        self._columns.append(batch.columns)
        self._packed.append(batch.packed)
        self._alive.append(alive)
        self._form_count = len(self._forms)
        self.bytes += len(batch.packed.data) + 300 * len(batch)

    @property
    def tokens(self) -> int:
        """Words staged, those of articles that stand no longer among them."""
        return self._tokens.tokens

    def build(self, folder: Folder, name: str, *, alone: bool = True) -> SegmentEntry:
        """Writes the segment; what it wrote is gone again where that fails. Meanwhile other threads may enter forms
        into the vocabulary, and clear it. ``alone``: nothing else is done meanwhile, so that two threads pay."""
        files = SegmentFiles(folder, name)
        try:
            facts = [*self._write_words(files, alone), self._write_columns(files), self._write_stored(files)]
        except BaseException:
            files.remove()
            raise
        return files.entry(len(self), facts)

    def _write_columns(self, files: SegmentFiles) -> FileFacts:
        staged = zip(self._columns, self._alive, strict=True)
        parts = [some.take(np.flatnonzero(alive)) for some, alive in staged if alive.any()]
        return write_columns(Columns.joined(parts), files.open(columns.KIND))

    def _write_stored(self, files: SegmentFiles) -> FileFacts:
        writer = StoredWriter(files.open(stored.KIND))
        for packed, alive in zip(self._packed, self._alive, strict=True):
            for start, stop in stretches(alive):
                at = packed.at[start : stop + 1]
                writer.add(packed.data[int(at[0]) : int(at[-1])], at, packed.dictionary)
        return writer.close()

    def _write_words(self, files: SegmentFiles, alone: bool) -> list[FileFacts]:
        docs = self._docs()
        every = np.arange(self._form_count, dtype=np.int32)
        counts = np.zeros(2 * self._form_count, np.int64)
        for block in self._tokens.blocks():
            count_tokens(block.tokens.forms, block.tokens.ends, block.numbers(docs), every, 0, counts)
        used = np.flatnonzero(counts.reshape(-1, 2).any(axis=1)).astype(np.uint32)
        forms = self._forms.spelt(used)
        order, languages = _in_order(forms)
        places = np.full(self._form_count, -1, np.int32)
        places[used[order]] = np.arange(len(used), dtype=np.int32)
        counts = counts.reshape(-1, 2)[used[order]].reshape(-1)
        if alone:
            # Postings are kernels, writing and sums, which leave the interpreter to what makes the keys.
            with ThreadPoolExecutor(1, "postings") as beside:
                written = beside.submit(self._write_postings, files, docs, places, counts)
                keys = self._forms.keys(used)
                lengths, facts = written.result()
        else:
            lengths, facts = self._write_postings(files, docs, places, counts)
            keys = self._forms.keys(used)
        return [self._write_lexicon(files, forms, keys, order, languages, lengths), *facts]

    def _write_postings(self, files: SegmentFiles, docs: I8, places: I4, counts: I8) -> tuple[I8, list[FileFacts]]:
        """Writes the postings of all lists, ``counts`` tokens in each; the length of each list."""
        writer = PostingsWriter(*(files.open(kind) for kind in postings.KINDS))
        lengths = np.empty(len(counts), np.int64)
        blocks, slices = self._tokens.blocks(), list(_slices(counts))
        for at in range(0, len(slices), SHARES):
            some = slices[at : at + SHARES]
            made_of = [(first, counts[2 * first : 2 * last]) for first, last in some]
            parts = side_by_side([partial(_postings_of, blocks, docs, places, *one) for one in made_of])
            for (first, last), (part, made) in zip(some, parts, strict=True):
                writer.add(part)
                lengths[2 * first : 2 * last] = made
        return lengths, writer.close()

    def _write_lexicon(
        self,
        files: SegmentFiles,
        forms: Spelt,
        keys: tuple[U8, U8],
        order: I8,
        languages: list[tuple[str, int, int]],
        lengths: I8,
    ) -> FileFacts:
        writer = LexiconWriter(files.open(lexicon.KIND))
        for lang, first, last in languages:
            chosen = order[first:last]
            writer.begin(lang)
            titles, bodies = lengths[2 * first : 2 * last : 2], lengths[2 * first + 1 : 2 * last : 2]
            starts, stops, folds = forms.offsets[:-1][chosen], forms.offsets[1:][chosen], keys[1][chosen]
            table = FormTable(forms.data, starts, stops, titles.copy(), bodies.copy())
            writer.add(table, np.flatnonzero(folds))
            writer.end({"term": _keyed(keys[0][chosen]), "fold": _keyed(folds)})
        return writer.close()

    def _docs(self) -> I8:
        """(articles,) the number in the segment of each staged article; -1 for those that do not stand."""
        alive = np.concatenate(self._alive)
        return np.where(alive, np.cumsum(alive) - 1, -1)


def _in_order(forms: Spelt) -> tuple[I8, list[tuple[str, int, int]]]:
    """The order of the lexicon: by language, then by form; and the range of each language in it."""
    names = sorted(forms.languages)
    ranks = np.array([names.index(name) for name in forms.languages], np.int64)
    groups = ranks[forms.lang]
    order = form_order(forms.data, forms.offsets[:-1], forms.offsets[1:], groups).order
    ends = np.cumsum(np.bincount(groups, minlength=len(names))).tolist()
    spans = zip(names, [0, *ends], ends, strict=False)
    return order, [(lang, first, last) for lang, first, last in spans if last > first]


def _keyed(keys: U8) -> tuple[U8, U4]:
    """The keys that are none, left out, and the forms that have the others."""
    forms = np.flatnonzero(keys)
    return keys[forms], forms.astype(np.uint32)


def _slices(counts: I8) -> Iterator[tuple[int, int]]:
    """Ranges of forms with at most some :data:`SLICE_TOKENS` tokens each, as many as keep all cores busy, unless there
    are few; ``counts``: tokens of each list, two lists a form."""
    before = np.concatenate(([0], np.cumsum(counts.reshape(-1, 2).sum(axis=1))))
    slices = -(-int(before[-1]) // SLICE_TOKENS)
    if before[-1] > FEW_TOKENS:
        slices = -(-slices // SHARES) * SHARES
    cuts = np.searchsorted(before, before[-1] * np.arange(1, slices) / max(slices, 1))
    bounds = np.unique(np.concatenate(([0], cuts, [len(before) - 1]))).tolist()
    yield from pairwise(bounds)


def _postings_of(blocks: list[TokenBlock], docs: I8, places: I4, first: int, counts: I8) -> tuple[PostingsPart, I8]:
    """The postings of some lists, and the length of each list."""
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    total = int(ends[-1])
    token_docs, token_positions = np.empty(total, np.uint32), np.empty(total, np.uint32)
    next_at = ends[:-1].copy()
    for block in blocks:
        tokens, numbers = block.tokens, block.numbers(docs)
        scatter_tokens(
            tokens.forms, tokens.positions, tokens.ends, numbers, places, first, next_at, token_docs, token_positions
        )
    freqs, positions = np.empty(total, np.uint8), np.empty(5 * total, np.uint8)
    many_at, many = np.empty(total // 255 + 1, np.int64), np.empty(total // 255 + 1, np.uint32)
    lengths = np.empty(len(counts), np.int64)
    out_docs = np.empty(total, np.uint32)
    made, exceptions, size = encode_lists(
        token_docs, token_positions, ends, out_docs, freqs, many_at, many, positions, lengths
    )
    part = PostingsPart(out_docs[:made], freqs[:made], many_at[:exceptions], many[:exceptions], positions[:size])
    return part, lengths
