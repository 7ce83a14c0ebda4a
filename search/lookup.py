"""Looking up the words of a query: all at once, in all languages and segments.

A *unit* is one leaf in one language; its number is ``leaf * languages + language``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from index.asked_words import AskedWords
from index.columnar.arrays import F4, F8, I8, U4, U8
from index.engine import EngineReader, FormLists
from index.fields import TEXT_FIELDS
from search.asking import Asking, Pattern
from search.list_kernels import form_keys, order_rows, united_counts
from search.needles import FormSet
from search.passes import TextLeaf
from search.positions import Phrases, phrases
from search.spoken import Kind, Reading, Spoken, is_read_alike

MAX_EXPANSIONS = 1024
"""How many forms one wildcard or fuzzy pattern may stand for; the most frequent are taken."""


class Made(NamedTuple):
    """The documents of phrases in one segment, phrase by phrase, and how often they hold it."""

    units: I8
    fields: I8
    ends: I8
    """(phrases + 1) where each begins."""
    docs: U4
    values: F4


class Lookup:
    """The leaves of a query as they stand in an index. Not for several threads."""

    def __init__(
        self,
        leaves: Sequence[TextLeaf],
        langs: tuple[str, ...],
        reader: EngineReader,
        before: Lookup | None = None,
    ) -> None:
        """``before``: another of the same reader; where it asked for the same, nothing is looked up anew."""
        self.leaves = tuple(leaves)
        self.langs = langs
        self.cut = False
        """Whether a pattern stands for more forms than were taken."""
        self._reader = reader
        self._place = {lang: place for place, lang in enumerate(langs)}
        self._leaf_place = {leaf.number: place for place, leaf in enumerate(leaves)}
        self._counts: tuple[F8, F8] | None = None
        self._keys: U8
        if before is not None and before._asked_for(self):
            self._take(before)
            return
        self._asked = Asking(langs)
        for leaf in self.leaves:
            spoken = leaf.readings
            self._asked.leaf(spoken if isinstance(spoken, Spoken) else Spoken.of(spoken, langs))
        self.rows = self._found()
        self.units = self._asked.units(self.rows.asked)
        """(rows,) the unit of one word that each row is of, -1 where it is of a phrase."""
        self._phrases = self._whole_somewhere()
        self.made = [self._made(segment) for segment in range(len(reader.segments))] if self._phrases else []

    def _asked_for(self, other: Lookup) -> bool:
        """Whether this is of the leaves of another one, in the same order."""
        same_kind = self._reader is other._reader and self.langs == other.langs
        return (
            same_kind
            and len(self.leaves) == len(other.leaves)
            and all(
                one.fields == leaf.fields and is_read_alike(one.readings, leaf.readings)
                for one, leaf in zip(self.leaves, other.leaves, strict=True)
            )
        )

    def _take(self, other: Lookup) -> None:
        """Takes what another one of the same leaves has found."""
        self.cut, self.rows, self.units, self.made = other.cut, other.rows, other.units, other.made
        self._asked, self._phrases, self._counts = other._asked, other._phrases, other._counts
        self._keys, self.order = other._keys, other.order

    def leaf_place(self, leaf: TextLeaf) -> int:
        """The place of a leaf among all."""
        return self._leaf_place[leaf.number]

    def place(self, lang: str) -> int:
        """The place of a language among all."""
        return self._place[lang]

    def unit(self, leaf: TextLeaf, lang: str) -> int:
        """The number of a unit."""
        return self._leaf_place[leaf.number] * len(self.langs) + self._place[lang]

    # -- words

    def _found(self) -> FormLists:
        asked = self._asked
        found = [self._reader.find_words(AskedWords(self.langs, asked.pieces))]
        kinds: tuple[Kind, ...] = ("prefix", "wildcard", "fuzzy")
        for kind in kinds if asked.patterns else ():
            places = [place for place, one in enumerate(asked.patterns) if one.kind == kind]
            if places:
                lists = self._find_patterns(kind, [asked.patterns[place] for place in places])
                self.cut = self.cut or bool(lists.cut)
                numbers = np.array(places, np.int32) + np.int32(asked.words)
                found.append(replace(lists, asked=numbers[lists.asked]))
        return _joined(found)

    def _find_patterns(self, kind: Kind, asked: Sequence[Pattern]) -> FormLists:
        if kind == "fuzzy":
            return self._reader.find_fuzzy([(one.lang, one.text, one.distance) for one in asked], MAX_EXPANSIONS)
        pairs = [(one.lang, one.text) for one in asked]
        if kind == "prefix":
            return self._reader.find_prefixes(pairs)
        return self._reader.find_wildcards(pairs, MAX_EXPANSIONS)

    # -- phrases

    def _made(self, segment: int) -> Made:
        """The documents of each unit of several words, field by field."""
        units: list[int] = []
        fields: list[int] = []
        steps: list[int] = []
        slops: list[int] = []
        counts, parts = [0], list[I8]()
        for unit in self._whole_phrases[segment]:
            reading, asked = self._phrases[unit]
            found = [self._rows_of(segment, one) for one in asked]
            for name in self.leaves[unit // len(self.langs)].fields:
                units.append(unit)
                fields.append(TEXT_FIELDS.index(name))
                slops.append(reading.slop)
                counts.append(len(found))
                steps += reading.steps
                parts += found
        if not units:
            return _NOTHING_MADE
        rows = np.concatenate(parts)
        of_body = np.repeat(np.repeat(np.array(fields), counts[1:]), [len(part) for part in parts]) == 1
        asked_for = Phrases(
            np.cumsum(counts, dtype=np.int64),
            np.array(slops, np.int64),
            np.array(steps, np.int64),
            np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64),
            self.rows.start[rows] + np.where(of_body, self.rows.titles[rows], 0),
            np.where(of_body, self.rows.bodies[rows], self.rows.titles[rows]),
            self.rows.weight[rows],
        )
        docs, values, ends = phrases(self._reader.segments[segment], asked_for)
        return Made(np.array(units, np.int64), np.array(fields, np.int64), ends, docs, values)

    def _whole_somewhere(self) -> dict[int, tuple[Reading, list[int]]]:
        """The units of several words all of which are somewhere, each with what is asked for it."""
        if not self._asked.runs:
            return {}
        there = np.zeros(len(self._asked), np.bool_)
        there[self.rows.asked] = True
        found, words = {}, self._asked.words
        for number, run in self._asked.runs.items():
            for at in run.all_of(there, words).tolist():
                place = int(run.places[at])
                found[number * len(self.langs) + place] = run.readings[self.langs[place]], run.asked(at, words)
        return found

    @cached_property
    def _whole_phrases(self) -> list[list[int]]:
        """The units of several words all of which are in a segment, segment by segment."""
        numbers = list(self._phrases)
        asked = np.array([one for unit in numbers for one in self._phrases[unit][1]], np.int64)
        begins = np.cumsum([0, *(len(self._phrases[unit][1]) for unit in numbers[:-1])])
        there = np.diff(self._by_place[0]).reshape(-1, len(self._asked))[:, asked] > 0
        whole = np.logical_and.reduceat(there, begins, axis=1)
        return [[numbers[place] for place in np.flatnonzero(row).tolist()] for row in whole]

    def _rows_of(self, segment: int, asked: int) -> I8:
        begins, order = self._by_place
        key = segment * len(self._asked) + asked
        return order[begins[key] : begins[key + 1]]

    @cached_property
    def _by_place(self) -> tuple[I8, I8]:
        """The rows by segment, then asked: where those of each of both begin, and the rows."""
        keys = self.rows.segment.astype(np.int64) * len(self._asked) + self.rows.asked
        counts = np.bincount(keys, minlength=len(self._reader.segments) * len(self._asked))
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(counts))), np.argsort(keys, kind="stable")

    # -- counts

    @cached_property
    def order(self) -> I8:
        """The rows by unit, then by form: in an order that no merge of segments changes."""
        keys = np.empty(len(self.rows.asked), np.uint64)
        form_keys(self.rows.data, self.rows.at, keys)
        self._keys = keys
        order = np.empty(len(keys), np.int64)
        order_rows(self.units, keys, len(self.leaves) * len(self.langs), order)
        return order

    def counts(self, articles: F8) -> F8:
        """(leaves, languages, 2) about how many living articles hold each unit in title and body.

        ``articles``: (languages,) living ones of each.
        """
        if self._counts is not None and self._counts[0] is articles:
            return self._counts[1]
        counts = np.zeros(2 * len(self.leaves) * len(self.langs))
        order = self.order
        order = order[np.searchsorted(self.units, 0, sorter=order) :]
        whole = np.tile(articles, len(self.leaves))
        united_counts(order, self.units, self._keys, self.rows.living_titles, self.rows.living_bodies, whole, counts)
        for made in self.made:
            np.add.at(counts, 2 * made.units + made.fields, np.diff(made.ends))
        shaped = counts.reshape(len(self.leaves), len(self.langs), 2)
        self._counts = articles, shaped
        return shaped

    def form(self, row: int) -> str:
        """The form of one row."""
        return self.rows.form(row)

    def phrase_count(self, unit: int, field: int, segment: int, doc: int) -> float:
        """How often a document of a segment holds a phrase in one text field, by the weights of its forms."""
        if not self.made:
            return 0.0
        made = self.made[segment]
        for place in np.flatnonzero((made.units == unit) & (made.fields == field)).tolist():
            first, last = made.ends[place], made.ends[place + 1]
            at = first + int(np.searchsorted(made.docs[first:last], doc))
            if at < last and made.docs[at] == doc:
                return float(made.values[at])
        return 0.0

    def forms(self, unit: int) -> list[FormSet]:
        """The forms of each word of a unit."""
        asked = self._asked.run(unit)
        if asked:
            rows = [np.flatnonzero(self.rows.asked == one) for one in asked]
        else:
            rows = [np.flatnonzero(self.units == unit)]
        return [FormSet(self.rows.data, self.rows.at[chosen], self.rows.at[chosen + 1]) for chosen in rows]


_NOTHING_MADE = Made(
    np.empty(0, np.int64), np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.uint32), np.empty(0, np.float32)
)


def _joined(found: Sequence[FormLists]) -> FormLists:
    """The rows of several look-ups, one after the other."""
    if len(found) == 1:
        return found[0]
    at, size = [np.zeros(1, np.int64)], 0
    for one in found:
        at.append(one.at[1:] + size)
        size += len(one.data)
    names = [each.name for each in fields(FormLists) if each.name not in ("at", "cut")]
    whole = {name: np.concatenate([getattr(one, name) for one in found]) for name in names}
    return FormLists(**whole, at=np.concatenate(at), cut=frozenset())
