"""Merging segments into one, without what is deleted; and which segments to merge.

Documents keep their order, segment after segment. The lexicons are walked through side by side, a slice of forms at a
time, so that the memory of a merge does not grow with the postings: it is that of the columns and of the grouping keys
of one language's forms, some 100 bytes an article and 16 a form, and some tens of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.columnar import columns, lexicon, postings, stored
from index.columnar.arrays import I4, I8, U4, U8
from index.columnar.atomic import Folder
from index.columnar.builder import SegmentFiles
from index.columnar.columns import Columns, write_columns
from index.columnar.form_order import form_order
from index.columnar.format import FileFacts
from index.columnar.lexicon import FormTable, Grouping, LanguageForms, LexiconWriter
from index.columnar.lexicon_kernels import BLOCK
from index.columnar.manifest import SegmentEntry
from index.columnar.postings import PostingsPart, PostingsWriter
from index.columnar.postings_kernels import copy_lists, measure_lists
from index.columnar.segment import LiveSegment
from index.columnar.stored import ArticlePacker, StoredWriter

FACTOR = 8
"""Segments of about one size that are merged into one: each article is rewritten once for each eightfold of the
index."""
SMALLEST = 2_000
"""Articles; segments below count as of one size."""
SLICE_FORMS, SLICE_POSTINGS = 65_536, 2_000_000
"""At most, of the segment with most forms and of all together, about: what a slice takes is some 20 bytes a posting."""


def due(sizes: Sequence[int], live: Sequence[int]) -> list[int]:
    """Which segments to merge now, none where all is well. ``sizes``: articles of each, ``live``: those not deleted.

    Sizes fall into classes, each :data:`FACTOR` times the one before. The smallest class with :data:`FACTOR` segments
    is merged; so there are fewer than that many in each class, and an article is rewritten once for each class it
    passes. A segment half of which is deleted is rewritten by itself.
    """
    classes: dict[int, list[int]] = {}
    for number, count in enumerate(live):
        classes.setdefault(_size_class(count), []).append(number)
    for _, members in sorted(classes.items()):
        if len(members) >= FACTOR:
            return members
    sparse = [number for number, size in enumerate(sizes) if 2 * live[number] < size]
    return sparse[:1]


def _size_class(count: int) -> int:
    size, limit = 0, SMALLEST
    while count > limit:
        size, limit = size + 1, limit * FACTOR
    return size


def merge(folder: Folder, name: str, sources: Sequence[LiveSegment], *, repack: bool = False) -> SegmentEntry:
    """Writes one segment with the living documents of ``sources``; what it wrote is gone again where that fails.

    ``repack``: compresses the articles anew, with a dictionary that knows nothing of deleted ones. Cost: reads and
    writes all of them once, some 10 us an article; with ``repack`` three times that.
    """
    entry = _Merge(folder, name, sources, repack).run()
    return replace(entry, merged=tuple(source.entry.name for source in sources))


class _Merge:
    """One merge under way."""

    def __init__(self, folder: Folder, name: str, sources: Sequence[LiveSegment], repack: bool) -> None:
        self._files = SegmentFiles(folder, name)
        self._sources = sources
        self._repack = repack
        self._renumbered: list[I4] = []
        count = 0
        for source in sources:
            numbers = np.where(source.alive, count + np.cumsum(source.alive) - 1, -1)
            self._renumbered.append(numbers.astype(np.int32))
            count += int(source.alive.sum())
        self._count = count

    def run(self) -> SegmentEntry:
        try:
            facts = [*self._write_words(), self._write_columns(), self._write_stored()]
        except BaseException:
            self._files.remove()
            raise
        return self._files.entry(self._count, facts)

    def _write_columns(self) -> FileFacts:
        parts = []
        for source in self._sources:
            read = source.segment.columns.columns()
            parts.append(read if source.alive.all() else read.take(np.flatnonzero(source.alive)))
        facts = write_columns(Columns.joined(parts), self._files.open(columns.KIND))
        for source in self._sources:
            source.segment.columns.forget()
        return facts

    def _write_stored(self) -> FileFacts:
        writer = StoredWriter(self._files.open(stored.KIND))
        packer = ArticlePacker()
        for source in self._sources:
            if self._repack:
                _repack(source, packer, writer)
            else:
                for data, at, dictionary in source.segment.stored.runs(source.alive):
                    writer.add(data, at, dictionary)
            source.segment.stored.forget()
        return writer.close()

    def _write_words(self) -> list[FileFacts]:
        lexicon_writer = LexiconWriter(self._files.open(lexicon.KIND))
        postings_writer = PostingsWriter(*(self._files.open(kind) for kind in postings.KINDS))
        cursors = [_Cursor(source, numbers) for source, numbers in zip(self._sources, self._renumbered, strict=True)]
        for lang in sorted({lang for source in self._sources for lang in source.segment.lexicon.languages}):
            lexicon_writer.begin(lang)
            keys = self._merge_language(lang, cursors, lexicon_writer, postings_writer)
            lexicon_writer.end(keys)
        return [lexicon_writer.close(), *postings_writer.close()]

    def _merge_language(
        self, lang: str, cursors: Sequence[_Cursor], lexicon_writer: LexiconWriter, postings_writer: PostingsWriter
    ) -> dict[Grouping, tuple[U8, U4]]:
        """Writes the forms of one language; its keys, by the new numbers of the forms."""
        here = [cursor for cursor in cursors if lang in cursor.source.segment.lexicon.languages]
        for cursor in here:
            cursor.enter(lang)
        keys: dict[Grouping, list[tuple[U8, U4]]] = {"term": [], "fold": []}
        written = 0
        for bounds in _bounds([cursor.forms for cursor in here]):
            slices = [cursor.slice(bound) for cursor, bound in zip(here, bounds, strict=True)]
            merged = _MergedSlice(slices)
            lexicon_writer.add(merged.table, np.flatnonzero(merged.keys("fold")))
            postings_writer.add(merged.part)
            for grouping, found in keys.items():
                numbered = merged.keys(grouping)
                present = np.flatnonzero(numbered)
                found.append((numbered[present], (present + written).astype(np.uint32)))
            written += len(merged.table)
            for cursor in here:
                cursor.source.segment.forget()
        return {
            grouping: (
                np.concatenate([np.empty(0, np.uint64), *(one for one, _ in found)]),
                np.concatenate([np.empty(0, np.uint32), *(forms for _, forms in found)]),
            )
            for grouping, found in keys.items()
        }


def _repack(source: LiveSegment, packer: ArticlePacker, writer: StoredWriter) -> None:
    docs = np.flatnonzero(source.alive).tolist()
    for first in range(0, len(docs), 256):
        packed = packer.pack([source.segment.stored.article(doc) for doc in docs[first : first + 256]])
        writer.add(packed.data, packed.at, packed.dictionary)


class _Cursor:
    """How far a segment is merged. Its postings, and their positions, are read strictly forward."""

    def __init__(self, source: LiveSegment, renumbered: I4) -> None:
        self.source = source
        self.renumbered = renumbered
        self.position_byte = 0
        self.forms: LanguageForms
        self._next_form = 0
        self._keys: dict[Grouping, U8] = {}

    def enter(self, lang: str) -> None:
        """Goes on to the forms of a language."""
        self.forms = self.source.segment.lexicon.languages[lang]
        self._next_form = 0
        for grouping in ("term", "fold"):
            keys, forms = self.forms.keys(grouping)
            self._keys[grouping] = by_form = np.zeros(len(self.forms), np.uint64)
            by_form[forms] = keys

    def slice(self, last: int) -> _Slice:
        """The forms up to number ``last``, with their postings."""
        first, self._next_form = self._next_form, last
        block = first // BLOCK
        table, start = self.forms.blocks(block, max(block, -(-last // BLOCK)))
        skipped = table.part(0, first - block * BLOCK)
        table = table.part(first - block * BLOCK, last - block * BLOCK)
        start += int(skipped.titles.sum() + skipped.bodies.sum())
        count = int(table.titles.sum() + table.bodies.sum())
        part = self.source.segment.postings.part(start, start + count, self.position_byte)
        keys = {grouping: found[first:last] for grouping, found in self._keys.items()}
        return _Slice(self, table, part, keys)


@dataclass(frozen=True, slots=True, eq=False)
class _Slice:
    """Some forms of one segment with their postings."""

    cursor: _Cursor
    table: FormTable
    part: PostingsPart
    keys: dict[Grouping, U8]

    def lengths(self) -> I8:
        """The postings of each list."""
        return np.stack((self.table.titles, self.table.bodies), axis=1).reshape(-1)


class _MergedSlice:
    """The same range of forms of several segments, merged."""

    def __init__(self, slices: Sequence[_Slice]) -> None:
        self._slices = slices
        data = np.concatenate([one.table.data for one in slices])
        shifts = np.cumsum([0, *(len(one.table.data) for one in slices)])
        starts = np.concatenate([one.table.starts + shift for one, shift in zip(slices, shifts, strict=False)])
        stops = np.concatenate([one.table.stops + shift for one, shift in zip(slices, shifts, strict=False)])
        order, first = form_order(data, starts, stops)
        target = np.empty(len(order), np.int64)
        target[order] = np.cumsum(first) - 1
        counts = np.cumsum([0, *(len(one.table) for one in slices)])
        self._targets = [target[counts[at] : counts[at + 1]] for at in range(len(slices))]
        self._size = int(first.sum())
        self.part, lengths = self._postings()
        leaders = order[first]
        table = FormTable(data, starts[leaders], stops[leaders], lengths[::2].copy(), lengths[1::2].copy())
        self._kept = np.flatnonzero((table.titles + table.bodies) > 0)
        self.table = FormTable(
            data, *(column[self._kept] for column in (table.starts, table.stops, table.titles, table.bodies))
        )

    def keys(self, grouping: Grouping) -> U8:
        """The key of each merged form, 0 where it has none."""
        merged = np.zeros(self._size, np.uint64)
        for one, target in zip(self._slices, self._targets, strict=True):
            merged[target] = one.keys[grouping]
        return merged[self._kept]

    def _postings(self) -> tuple[PostingsPart, I8]:
        lengths, sizes = self._measured()
        next_posting = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
        next_byte = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        docs, freqs = np.empty(int(next_posting[-1]), np.uint32), np.empty(int(next_posting[-1]), np.uint8)
        positions = np.empty(int(next_byte[-1]), np.uint8)
        many: list[tuple[I8, U4]] = []
        for one, target in zip(self._slices, self._targets, strict=True):
            part = one.part
            many_at, values = np.empty(len(part.many), np.int64), np.empty(len(part.many), np.uint32)
            written = copy_lists(
                *part, one.lengths(), one.cursor.renumbered, _lists(target),
                next_posting, next_byte, docs, freqs, positions, many_at, values,
            )  # fmt: skip
            many.append((many_at[:written], values[:written]))
        at = np.concatenate([places for places, _ in many])
        order = np.argsort(at)
        values = np.concatenate([found for _, found in many])[order]
        return PostingsPart(docs, freqs, at[order], values, positions), lengths

    def _measured(self) -> tuple[I8, I8]:
        """Postings, and bytes of positions, of each merged list. Moves the cursors on."""
        lengths, sizes = np.zeros(2 * self._size, np.int64), np.zeros(2 * self._size, np.int64)
        for one, target in zip(self._slices, self._targets, strict=True):
            read, _ = measure_lists(*one.part, one.lengths(), one.cursor.renumbered, _lists(target), lengths, sizes)
            if read < 0:
                raise one.cursor.source.segment.files["positions"].damaged("lists that do not end where they should")
            one.cursor.position_byte += read
        return lengths, sizes


def _lists(forms: I8) -> I8:
    """The two lists of each form."""
    return np.stack((2 * forms, 2 * forms + 1), axis=1).reshape(-1)


def _bounds(languages: Sequence[LanguageForms]) -> Iterator[list[int]]:
    """Where to cut the lexicons of one language, all at the same forms: of each, the number of the first form
    behind."""
    largest = max(languages, key=len)
    cuts = _cuts(largest, SLICE_POSTINGS // len(languages))
    for block in cuts:
        (form,) = largest.forms(block * BLOCK, block * BLOCK + 1)
        yield [language.number_at(form) for language in languages]
    yield [len(language) for language in languages]


def _cuts(largest: LanguageForms, postings: int) -> Iterator[int]:
    """The blocks at which slices of about so many postings begin, the first left out."""
    block = 0
    while True:
        first = block
        before = largest.postings_before(first)
        block = min(first + SLICE_FORMS // BLOCK, largest.block_count)
        while block - first > 1 and largest.postings_before(block) - before > postings:
            block = first + (block - first) // 2
        if block >= largest.block_count:
            return
        yield block
