"""The lexicon of a segment: the forms of each language in order, where their postings stand, and what groups them.

Sections of a ``lexicon`` file, over all languages one after the other, a language's forms in the order of their bytes
and numbered from 0 in each language; a language begins a new block:

===============  =====  ====================================================================================
``languages``    u1     JSON: for each language its code, number of forms, first block, and how many entries of
                        ``term_*`` and ``fold_*`` stand before its own; a last entry with the totals
``blocks``       u1     front-coded forms with the lengths of their lists: :mod:`index.columnar.lexicon_kernels`
``block_at``     i8     (blocks + 1) where each block begins
``block_lists``  i8     (blocks + 1) the posting that each block's first list begins with
``term_keys``    u8     keys of terms, ascending, of the forms whose term is another string than themselves
``term_forms``   u4     which form that is
``fold_keys``    u8     the same of folded forms
``fold_forms``   u4
``folded``       u1     the folds of these forms, in order and front-coded like forms; in place of the lists of
                        titles stands the number of the form, in place of those of bodies 0
``folded_at``    i8     (blocks + 1) where each block of ``folded`` begins; a language begins a new one
===============  =====  ====================================================================================

A key is :func:`index.analysis.keys.key_of`. The lists of form *i* stand behind those of form *i - 1*, the title's
first. ``folded`` and ``folded_at`` are not in every file: who needs them and finds none makes them of the forms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.columnar.arrays import I8, U1, U4, U8
from index.columnar.format import FileFacts, FileReader, FileWriter
from index.columnar.lexicon_arrays import Blocks, FoldedForms, LanguageRange, LexiconArrays, blocks_of
from index.columnar.lexicon_kernels import _FORM_MOST as FORM_MOST
from index.columnar.lexicon_kernels import BLOCK, block_of, decode_forms, encode_blocks, seek
from index.errors import IndexDamaged

KIND = "lexicon"
Grouping = Literal["term", "fold"]
_GROUPINGS: tuple[Grouping, ...] = ("term", "fold")
_SLICE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class FormTable:
    """Some forms in order, with the lengths of their posting lists."""

    data: U1
    starts: I8
    """(forms,) where each begins in ``data``; ``stops`` where it ends."""
    stops: I8
    titles: I8
    """(forms,) documents that hold it in their title; ``bodies`` likewise."""
    bodies: I8

    def __len__(self) -> int:
        return len(self.starts)

    def form(self, number: int) -> bytes:
        """One form, UTF-8."""
        return self.data[self.starts[number] : self.stops[number]].tobytes()

    def part(self, first: int, last: int) -> FormTable:
        """The forms ``first`` to ``last - 1``."""
        here = slice(first, last)
        return FormTable(self.data, self.starts[here], self.stops[here], self.titles[here], self.bodies[here])


class FormEntry(NamedTuple):
    """Where the postings of a form stand."""

    number: int
    """Among the forms of its language in this segment."""
    start: int
    """The posting that its title list begins with; the body list follows."""
    titles: int
    bodies: int


class LexiconWriter:
    """Writes the languages of a segment, each form by form in order. Memory: some 13 bytes a form, and 30 each that is
    unlike its fold."""

    def __init__(self, file: FileWriter) -> None:
        self._file = file
        self._languages: list[dict[str, object]] = []
        self._block_at: list[I8] = []
        self._block_lists: list[I8] = []
        self._blocks = self._bytes = self._postings = 0
        self._keys: dict[Grouping, list[U8]] = {"term": [], "fold": []}
        self._forms: dict[Grouping, list[U4]] = {"term": [], "fold": []}
        self._entries: dict[str, int] = dict.fromkeys(_GROUPINGS, 0)
        self._written = self._added = 0
        self._rest: FormTable | None = None
        self._accented: list[str] = []
        self._numbers: list[U4] = []
        self._folded: list[FoldedForms] = []
        file.begin("blocks", np.uint8)

    def begin(self, lang: str) -> None:
        """Starts a language."""
        self._languages.append({"lang": lang, "block": self._blocks, **self._entries})
        self._written = self._added = 0

    def add(self, forms: FormTable, accented: I8) -> None:
        """Appends forms of the language begun last: they stand behind those added before. ``accented``: which of them
        are unlike their folds, ascending; none may hold a line feed."""
        starts, stops = forms.starts[accented].tolist(), forms.stops[accented].tolist()
        data = forms.data.data
        self._accented += [str(data[start:stop], "utf-8") for start, stop in zip(starts, stops, strict=True)]
        self._numbers.append((accented + self._added).astype(np.uint32))
        self._added += len(forms)
        if self._rest is not None:
            forms, self._rest = _joined(self._rest, forms), None
        whole = len(forms) // BLOCK * BLOCK
        self._encode(forms.part(0, whole))
        if whole < len(forms):
            self._rest = forms.part(whole, len(forms))

    def end(self, keys: Mapping[Grouping, tuple[U8, U4]]) -> None:
        """Ends the language; ``keys``: for each grouping the keys of forms that differ from what groups them, in any
        order, and the numbers of these forms. A language without a form is none."""
        if self._rest is not None:
            self._encode(self._rest)
            self._rest = None
        numbers = np.concatenate([np.empty(0, np.uint32), *self._numbers])
        folded = FoldedForms.of(str(self._languages[-1]["lang"]), self._accented, numbers)
        self._accented, self._numbers = [], []
        if not self._written:
            self._languages.pop()
            return
        for grouping in _GROUPINGS:
            found, forms = keys[grouping]
            order = np.lexsort((forms, found))
            self._keys[grouping].append(found[order])
            self._forms[grouping].append(forms[order])
            self._entries[grouping] += len(found)
        self._languages[-1]["forms"] = self._written
        self._folded.append(folded)

    def close(self) -> FileFacts:
        """Writes what is left of the file."""
        self._languages.append({"lang": "", "block": self._blocks, "forms": 0, **self._entries})
        file = self._file
        file.add("languages", np.frombuffer(json.dumps(self._languages).encode(), np.uint8))
        file.add("block_at", np.append(_whole(self._block_at, np.int64), np.int64(self._bytes)))
        file.add("block_lists", np.append(_whole(self._block_lists, np.int64), np.int64(self._postings)))
        for grouping in _GROUPINGS:
            file.add(f"{grouping}_keys", _whole(self._keys[grouping], np.uint64))
            file.add(f"{grouping}_forms", _whole(self._forms[grouping], np.uint32))
        folded = FoldedForms.joined(self._folded)
        file.add("folded", folded.data)
        file.add("folded_at", folded.at)
        return file.close()

    def _encode(self, forms: FormTable) -> None:
        blocks = -(-len(forms) // BLOCK)
        most = int((forms.stops - forms.starts).sum()) + 16 * len(forms)
        out, block_at, block_lists = np.empty(most, np.uint8), np.empty(blocks, np.int64), np.empty(blocks, np.int64)
        size = encode_blocks(
            forms.data, forms.starts, forms.stops, forms.titles, forms.bodies, out, block_at, block_lists
        )
        self._file.write(out[:size])
        self._block_at.append(block_at + self._bytes)
        self._block_lists.append(block_lists + self._postings)
        self._blocks += blocks
        self._bytes += size
        self._postings += int(forms.titles.sum() + forms.bodies.sum())
        self._written += len(forms)


class LexiconReader:
    """The lexicon of a segment. Immutable, safe for several threads."""

    def __init__(self, file: FileReader) -> None:
        self._file = file
        self._ranges: dict[str, LanguageRange] = {}
        self._by_code = {one.lang: one for one in self._read_languages()}

    @property
    def languages(self) -> Mapping[str, LanguageForms]:
        """By code."""
        return self._by_code

    @cached_property
    def arrays(self) -> LexiconArrays:
        """The forms of all languages, verified. Cost: reads most of the file, the first time."""
        return LexiconArrays.of(self._file, self._ranges)

    @cached_property
    def sieve(self) -> U8:
        """Which languages may have a text: see :meth:`LexiconArrays.sieve`."""
        return self.arrays.sieve()

    @cached_property
    def folded(self) -> Blocks:
        """The folds of the forms that are unlike them, in order, verified; see :class:`FoldedForms`. Cost: reads them,
        the first time; in a file that has none some microseconds a form."""
        if "folded" not in self._file.names():
            return FoldedForms.joined([one.folded_forms() for one in self._by_code.values()]).blocks()
        blocks = blocks_of(self._file, "folded", "folded_at")
        last = max(
            (-(-(one.fold_end - one.fold) // BLOCK) + one.folded_block for one in self._ranges.values()), default=0
        )
        if last > len(blocks.heads):
            raise self._file.damaged(f"{last} blocks of folded forms, {len(blocks.heads)} in all")
        return blocks

    def _read_languages(self) -> Iterator[LanguageForms]:
        try:
            table = json.loads(self._file.section("languages").all().tobytes())
            rows = [_Row(str(r["lang"]), *(int(r[name]) for name in ("forms", "block", *_GROUPINGS))) for r in table]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._file.damaged(f"its list of languages can't be read ({error})") from error
        folded_block = 0
        for row, following in pairwise(rows):
            if row.forms < 0 or -(-row.forms // BLOCK) != following.block - row.block:
                raise self._file.damaged(f"{row.forms} forms of {row.lang!r} in {following.block - row.block} blocks")
            self._ranges[row.lang] = LanguageRange(
                row.block, row.forms, row.term, following.term, row.fold, following.fold, folded_block
            )
            folded_block += -(-(following.fold - row.fold) // BLOCK)
            yield LanguageForms(self._file, row, following)


class _Row(NamedTuple):
    lang: str
    forms: int
    block: int
    term: int
    fold: int


class LanguageForms:
    """The forms of one language in one segment."""

    def __init__(self, file: FileReader, row: _Row, following: _Row) -> None:
        self.lang = row.lang
        self._file = file
        self._count = row.forms
        self._first, self._last = row.block, following.block
        self._ranges: dict[Grouping, tuple[int, int]] = {
            "term": (row.term, following.term),
            "fold": (row.fold, following.fold),
        }
        self._verified: tuple[U1, I8, I8] | None = None

    def __len__(self) -> int:
        return self._count

    def find(self, form: bytes) -> FormEntry | None:
        """Where the postings of ``form`` stand; ``None`` where it is in no document. Cost: a microsecond or two."""
        number, found = self._seek(form)
        return FormEntry(number, *map(int, found[1:])) if found[0] else None

    def number_at(self, form: bytes) -> int:
        """How many forms stand before ``form`` in order."""
        return self._seek(form)[0]

    def entry(self, number: int) -> tuple[bytes, FormEntry]:
        """The form with this number."""
        block = number // BLOCK
        table, start = self.blocks(block, block + 1)
        place = number % BLOCK
        before = int(table.titles[:place].sum() + table.bodies[:place].sum())
        entry = FormEntry(number, start + before, int(table.titles[place]), int(table.bodies[place]))
        return table.form(place), entry

    def keys(self, grouping: Grouping) -> tuple[U8, U4]:
        """All keys of a grouping, ascending, and the forms that have them."""
        first, last = self._ranges[grouping]
        forms = self._file.section(f"{grouping}_forms").read(first, last)
        if len(forms) and int(forms.max()) >= self._count:
            raise self._file.damaged(f"a {grouping} of a form that is not there")
        return self._file.section(f"{grouping}_keys").read(first, last), forms

    def folded_forms(self) -> FoldedForms:
        """The forms that are unlike their folds, in order of these, made anew. Cost: some microseconds a form."""
        numbers = np.unique(self.keys("fold")[1])
        forms = self.forms(0, self._count)
        return FoldedForms.of(self.lang, [forms[number].decode() for number in numbers.tolist()], numbers)

    @property
    def block_count(self) -> int:
        """Blocks of this language."""
        return self._last - self._first

    def postings_before(self, block: int) -> int:
        """The posting that block ``block`` of this language begins with; for the number of blocks, where they end."""
        return int(self._arrays()[2][block])

    def blocks(self, first: int, last: int) -> tuple[FormTable, int]:
        """The forms of blocks ``first`` to ``last - 1`` (counted in this language), and the posting they begin with."""
        blocks, block_at, block_lists = self._arrays()
        count = min(last * BLOCK, self._count) - first * BLOCK
        at, stop = int(block_at[first]), int(block_at[last])
        room = max(count, 1) * 32 + 2 * _SLICE_BYTES // 64
        while True:
            data = np.empty(room, np.uint8)
            offsets, titles, bodies = (np.empty(count + 1, np.int64) for _ in range(3))
            read, ended = decode_forms(blocks, at, stop, count, data, offsets, titles, bodies)
            if read == count and ended == stop:
                return FormTable(data, offsets[:-1], offsets[1:], titles[:count], bodies[:count]), int(
                    block_lists[first]
                )
            if read < 0 or ended >= stop:
                raise self._file.damaged(f"the forms of {self.lang!r} do not end where they should")
            room *= 2

    def forms(self, first: int, last: int) -> list[bytes]:
        """The forms numbered ``first`` to ``last - 1``, UTF-8."""
        if first >= last:
            return []
        block = first // BLOCK
        table, _ = self.blocks(block, -(-last // BLOCK))
        data = table.data.tobytes()
        bounds = zip(table.starts.tolist(), table.stops.tolist(), strict=True)
        texts = [data[start:stop] for start, stop in bounds]
        return texts[first - block * BLOCK : last - block * BLOCK]

    def _seek(self, form: bytes) -> tuple[int, I8]:
        found = np.zeros(4, np.int64)
        if not self._count:
            return 0, found
        blocks, block_at, block_lists = self._arrays()
        wanted = np.frombuffer(form, np.uint8)
        block = block_of(blocks, block_at, 0, self.block_count, wanted)
        count = min(BLOCK, self._count - block * BLOCK)
        before = seek(blocks, int(block_at[block]), count, wanted, found, np.empty(FORM_MOST, np.uint8))
        found[1] += block_lists[block]
        return block * BLOCK + before, found

    def _arrays(self) -> tuple[U1, I8, I8]:
        """All blocks, and where those of this language begin; verified when first asked for."""
        if self._verified is None:
            block_at = self._file.section("block_at").read(self._first, self._last + 1)
            block_lists = self._file.section("block_lists").read(self._first, self._last + 1)
            section = self._file.section("blocks")
            _check_offsets(self._file, block_at, len(section))
            _check_offsets(self._file, block_lists, None)
            section.read(int(block_at[0]), int(block_at[-1]))
            self._verified = section.view(), block_at, block_lists
        return self._verified


def _check_offsets(file: FileReader, offsets: I8, most: int | None) -> None:
    """Offsets that ascend within what they point into: a kernel follows them without looking."""
    if offsets[0] < 0 or bool((offsets[1:] < offsets[:-1]).any()) or (most is not None and int(offsets[-1]) > most):
        raise file.damaged("offsets that do not ascend within the file")


def _joined(first: FormTable, second: FormTable) -> FormTable:
    shift = len(first.data)
    return FormTable(
        np.concatenate((first.data, second.data)),
        np.concatenate((first.starts, second.starts + shift)),
        np.concatenate((first.stops, second.stops + shift)),
        np.concatenate((first.titles, second.titles)),
        np.concatenate((first.bodies, second.bodies)),
    )


def _whole(
    parts: list[NDArray[np.generic]] | list[I8] | list[U8] | list[U4], kind: type[np.generic]
) -> NDArray[np.generic]:
    return np.concatenate(parts).astype(kind, copy=False) if parts else np.empty(0, kind)


__all__ = ["FormEntry", "FormTable", "IndexDamaged", "LanguageForms", "LexiconReader", "LexiconWriter"]
