"""The words of many articles at once: a text is looked up, only words never seen before are analysed.

A kernel finds the words as they are written and looks each up in a table; the new ones of a slice of text are then
given their forms, most of them by another kernel, the rest by the chain of their language. Words, positions and order
are exactly those of :meth:`index.analysis.chain.Chain.words`.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.analysis import form_kernels, record_kernels
from index.analysis.characters import characters, with_linker
from index.analysis.form_table import Forms, FormTable, Spelt
from index.analysis.forms import form_of
from index.analysis.language_table import LanguageTable
from index.analysis.word_kernels import find_words

_SLICE = 1 << 18
"""Code points that are analysed together: what is made of them stays in the processor's cache."""
_FEWEST = 1 << 13
_BYTES_PER_FORM = 64

__all__ = ["Forms", "Spelt", "Tokens", "Vocabulary"]

Text = tuple[str, str, str]
"""Field language, title, body."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of some articles."""

    forms: NDArray[np.uint32]
    """(tokens,) numbers in the vocabulary that made them, or in a table of forms."""
    positions: NDArray[np.uint32]
    """(tokens,) as :attr:`index.analysis.chain.Word.position`, in each field from 0."""
    ends: NDArray[np.int64]
    """(2 * articles + 1,) where fields end: 0, title of article 0, body of article 0, title of article 1 ..."""


@dataclass(frozen=True, slots=True)
class _Odd:
    """The words of the spans that were left to the chain."""

    forms: NDArray[np.uint32]
    positions: NDArray[np.uint32]
    starts: NDArray[np.int64]
    widths: NDArray[np.int64]
    """Positions that each span takes."""


class Vocabulary:
    """Every form met, numbered from 0 in the order in which they were entered. Not for several threads.

    Memory grows with the vocabulary; who uses it clears it when it is :attr:`full`.
    """

    def __init__(self, most_forms: int = 1_000_000) -> None:
        self.most_forms = most_forms
        self.times_cleared = 0
        """Numbers hold as long as this does not change."""
        self.clear()

    def clear(self) -> None:
        """Forgets everything: numbers given so far mean nothing any more."""
        self.times_cleared += 1
        self._languages = LanguageTable()
        self._forms = FormTable(self._languages)
        self._lanes = np.array([secrets.randbits(64) | 1 for _ in range(record_kernels.LANES)], np.uint64)
        self._slots = np.zeros(2 * _FEWEST, np.uint64)
        self._records = np.empty(16 * _FEWEST, np.uint32)
        self._state = np.zeros(record_kernels.STATE, np.int64)
        self._entered_end = 0
        self._pairs = np.full(2 * _FEWEST, form_kernels.NO_PAIR, np.uint64)
        self._pair_forms = np.empty(2 * _FEWEST, np.uint32)

    def __len__(self) -> int:
        return len(self._forms)

    @property
    def full(self) -> bool:
        """Whether there are as many forms, or ways to write them, as there should be at most."""
        return bool(
            len(self) >= self.most_forms
            or self._state[record_kernels.RAWS] >= 2 * self.most_forms
            or self._forms.state[form_kernels.PAIRS] >= 2 * self.most_forms
            or self._records_end >= 2 * _BYTES_PER_FORM // 4 * self.most_forms
            or self._forms.offsets[len(self)] >= _BYTES_PER_FORM * self.most_forms
        )

    @property
    def nbytes(self) -> int:
        """Bytes that the vocabulary takes."""
        arrays = (self._slots, self._records, self._pairs, self._pair_forms)
        return self._forms.nbytes + sum(array.nbytes for array in arrays)

    def table(self, numbers: NDArray[np.uint32]) -> Forms:
        """These forms, in this order. Cost: about a microsecond for a form whose keys were not asked for before."""
        return self._forms.table(numbers)

    @property
    def forms(self) -> FormTable:
        """The forms by number, until the vocabulary is cleared; who has them may keep them."""
        return self._forms

    def since(self, number: int) -> Spelt:
        """The forms with this number and higher."""
        return self._forms.since(number)

    def adopt(self, forms: Spelt) -> NDArray[np.uint32]:
        """The numbers of forms that another vocabulary made, new ones entered. Cost: some tens of nanoseconds each."""
        return self._forms.adopt(forms)

    def words(self, texts: Sequence[Text]) -> Tokens:
        """The words of articles, exactly as the chain of each one's language finds them."""
        return joined(list(map(self._slice, _slices(texts))))

    def _slice(self, texts: Sequence[Text]) -> Tokens:
        langs = np.repeat(np.array([self._languages.number(lang) for lang, _, _ in texts], np.uint16), 2)
        fields = [field for _, title, body in texts for field in (title, body)]
        # A line feed behind each field stops whatever is read ahead, further ones let words be read in blocks.
        fields.append("\n" * record_kernels.LANES)
        codes = np.frombuffer("\n".join(fields).encode("utf-32-le", "surrogatepass"), np.uint32)
        ends = np.cumsum([len(field) + 1 for field in fields[:-1]]) - 1
        found = np.empty(len(codes) + 1, np.uint32)
        found_ends = np.empty(len(ends), np.int64)
        odd_spans = self._find(codes, ends, langs, found, found_ends)
        self._enter_new()
        odd = self._odd(codes, odd_spans)
        return self._tokens(found[: found_ends[-1]], found_ends, odd)

    def _find(
        self,
        codes: NDArray[np.uint32],
        ends: NDArray[np.int64],
        langs: NDArray[np.uint16],
        found: NDArray[np.uint32],
        found_ends: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Runs the kernel that finds words; returns the spans (start, end, language) that are left to the chain."""
        state = self._state
        state[: record_kernels.RECORDS_END] = 0  # the beginning of the first field
        state[record_kernels.PIECE] = record_kernels.UNREAD
        odd = np.empty(2 * len(codes) + 3, np.int64)
        longest = int(np.diff(ends, prepend=-1).max(initial=0))
        pieces, hashes = np.empty(2 * longest, np.int64), np.empty(record_kernels.AHEAD, np.uint64)
        languages = self._languages
        while find_words(
            codes,
            ends,
            langs,
            characters().classes,
            languages.mid_letters,
            languages.article_starts,
            languages.articles,
            languages.seeds,
            self._lanes,
            self._slots,
            self._records,
            pieces,
            hashes,
            found,
            found_ends,
            odd,
            state,
        ):
            self._grow_records()
        return odd[: 3 * state[record_kernels.ODDS]].reshape(-1, 3)

    @property
    def _records_end(self) -> int:
        return int(self._state[record_kernels.RECORDS_END])

    def _grow_records(self) -> None:
        """Makes room for one more record, by doubling what is too small."""
        end = self._records_end
        if 2 * (self._state[record_kernels.RAWS] + 1) > len(self._slots):
            slots = np.zeros(2 * len(self._slots), np.uint64)
            record_kernels.place_slots(self._slots, slots)
            self._slots = slots
        if end + record_kernels.LARGEST_RECORD > len(self._records):
            if 2 * len(self._records) > record_kernels.MOST_RECORDS:
                raise OverflowError("too many words for one vocabulary: clear it when it is full")
            larger = np.empty(2 * len(self._records), np.uint32)
            larger[:end] = self._records[:end]
            self._records = larger

    def _enter_new(self) -> None:
        """Gives the records that have none yet their forms."""
        if self._entered_end == self._records_end:
            return
        made = self._made()
        forms, languages = self._forms, self._languages
        forms.state[form_kernels.NEXT], forms.state[form_kernels.MADE] = self._entered_end, 0
        while form_kernels.enter_records(
            self._records,
            self._records_end,
            characters().plain,
            made,
            languages.dotless,
            languages.seeds,
            forms.multiplier,
            forms.slots,
            forms.offsets,
            forms.langs,
            forms.data,
            forms.state,
        ):
            forms.grow(form_kernels.ROOM)
        self._entered_end = self._records_end

    def _made(self) -> NDArray[np.uint8]:
        """The forms of those new records that are not made letter by letter, a line feed behind each."""
        known = self._entered_end
        size = self._records_end - known
        listed, spelt = np.empty(size, np.int64), np.empty(size, np.uint32)
        count, written = form_kernels.list_intricate(
            self._records, known, self._records_end, characters().plain, listed, spelt
        )
        if not count:
            return np.empty(0, np.uint8)
        raws = spelt[:written].tobytes().decode("utf-32-le").split("\n")
        dotless = self._languages.dotless_of(self._records[listed[:count] + 1] >> np.uint32(16))
        made = "".join(form_of(raw, dotless_i=i) + "\n" for raw, i in zip(raws, dotless, strict=False))
        return np.frombuffer(made.encode(), np.uint8)

    def _odd(self, codes: NDArray[np.uint32], spans: NDArray[np.int64]) -> _Odd:
        """The words of the spans that were left to the chain."""
        forms: list[str] = []
        positions: list[int] = []
        starts, widths, langs = [0], [], []
        for start, end, lang in spans.tolist():
            words = self._languages.chains[lang].words_of(*with_linker(codes, start, end))
            forms += [word.form for word in words]
            positions += [word.position for word in words]
            langs += [lang] * len(words)
            starts.append(len(forms))
            widths.append(words[-1].position + 1 if words else 0)
        return _Odd(
            self._forms.enter(forms, np.array(langs, np.uint16)),
            np.array(positions, np.uint32),
            np.array(starts, np.int64),
            np.array(widths, np.int64),
        )

    def _tokens(self, found: NDArray[np.uint32], found_ends: NDArray[np.int64], odd: _Odd) -> Tokens:
        room = 2 * len(found) + len(odd.forms)
        numbers, positions = np.empty(room, np.uint32), np.empty(room, np.uint32)
        ends = np.zeros(len(found_ends) + 1, np.int64)
        forms = self._forms
        forms.state[form_kernels.FIELD :] = 0
        while status := form_kernels.make_tokens(
            found,
            found_ends,
            self._records,
            odd.forms,
            odd.positions,
            odd.starts,
            odd.widths,
            characters().classes,
            self._languages.seeds,
            forms.multiplier,
            forms.slots,
            forms.offsets,
            forms.langs,
            forms.data,
            self._pairs,
            self._pair_forms,
            numbers,
            positions,
            ends[1:],
            forms.state,
        ):
            if status == form_kernels.UNKNOWN_PAIR:
                second = self._records[
                    found[forms.state[form_kernels.AT]] & np.uint32(~record_kernels.KIND & 0xFFFFFFFF)
                ]
                self._enter_pair(int(forms.state[form_kernels.LAST]), int(second))
            else:
                self._grow_for_pairs()
        count = ends[-1]
        return Tokens(numbers[:count].copy(), positions[:count].copy(), ends)

    def _enter_pair(self, first: int, second: int) -> None:
        """Enters the form of a pair that may change where its parts meet."""
        forms = self._forms
        pair = np.array([first, second], np.uint32)
        form = unicodedata.normalize("NFC", "".join(forms.texts(pair)))
        number = forms.enter([form], forms.langs[pair[:1]])
        form_kernels.enter_pair(first, second, int(number[0]), forms.multiplier, self._pairs, self._pair_forms)
        forms.state[form_kernels.PAIRS] += 1

    def _grow_for_pairs(self) -> None:
        self._forms.grow(form_kernels.ROOM)
        if 2 * (self._forms.state[form_kernels.PAIRS] + 1) > len(self._pairs):
            pairs = np.full(2 * len(self._pairs), form_kernels.NO_PAIR, np.uint64)
            pair_forms = np.empty(len(pairs), np.uint32)
            form_kernels.place_pairs(self._pairs, self._pair_forms, self._forms.multiplier, pairs, pair_forms)
            self._pairs, self._pair_forms = pairs, pair_forms


def joined(parts: Sequence[Tokens]) -> Tokens:
    """The tokens of all parts, one behind the other."""
    if len(parts) == 1:
        return parts[0]
    ends = [np.zeros(1, np.int64)]
    for tokens in parts:
        ends.append(tokens.ends[1:] + ends[-1][-1])
    forms = [tokens.forms for tokens in parts] or [np.empty(0, np.uint32)]
    positions = [tokens.positions for tokens in parts] or [np.empty(0, np.uint32)]
    return Tokens(np.concatenate(forms), np.concatenate(positions), np.concatenate(ends))


def _slices(texts: Sequence[Text]) -> Iterator[Sequence[Text]]:
    """The texts in groups of about :data:`_SLICE` code points."""
    first, size = 0, 0
    for number, (_, title, body) in enumerate(texts):
        size += len(title) + len(body)
        if size >= _SLICE:
            yield texts[first : number + 1]
            first, size = number + 1, 0
    if first < len(texts):
        yield texts[first:]
