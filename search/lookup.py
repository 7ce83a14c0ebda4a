"""Looking up the words of a query: all at once, in all languages and segments.

A *unit* is one leaf in one language; its number is ``leaf * languages + language``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from index.analysis.query_chains import query_chains
from index.asked_words import AskedWords
from index.columnar.arrays import B1, F8, I8
from index.engine import EngineReader, FormLists
from index.fields import TEXT_FIELDS
from search.asking import Asking, Patterns
from search.kernels.lists import count_units
from search.kernels.phrases import count_made
from search.kernels.position_table import PositionTable
from search.made import NOTHING_MADE, Made, made
from search.passes import TextLeaf
from search.snippets.needles import FormSet
from search.spoken import Kind, Spoken, is_read_alike

MAX_EXPANSIONS = 1024
"""How many forms one wildcard or fuzzy pattern may stand for; the most frequent are taken."""


class Lookup:
    """The leaves of a query as they stand in an index. Not for several threads."""

    def __init__(
        self,
        leaves: Sequence[TextLeaf],
        langs: tuple[str, ...],
        reader: EngineReader,
        positions: PositionTable,
        before: Lookup | None = None,
    ) -> None:
        """``before``: another of the same reader; where it asked for the same, nothing is looked up anew."""
        self.leaves = tuple(leaves)
        self.langs = langs
        self.cut = False
        """Whether a pattern stands for more forms than were taken."""
        self._reader = reader
        self._place = query_chains(langs).place
        self._leaf_place = {leaf.number: place for place, leaf in enumerate(leaves)}
        self.is_counted = False
        """Whether the next two are filled in yet."""
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
        self.made = self._made(positions) if self._asked.runs else NOTHING_MADE
        self.order: I8 = np.empty(len(self.units), np.int64)
        """The rows by unit, then by form, in an order that no merge of segments changes."""
        self.counts: F8 = np.empty((len(self.leaves), len(langs), 2))
        """(leaves, languages, 2) about how many living articles hold each unit in title and body."""

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
        self._asked, self.order, self.counts, self.is_counted = (
            other._asked,
            other.order,
            other.counts,
            other.is_counted,
        )

    def leaf_place(self, leaf: TextLeaf) -> int:
        """The place of a leaf among all."""
        return self._leaf_place[leaf.number]

    def place(self, lang: str) -> int:
        """The place of a language among all."""
        return self._place[lang]

    def unit(self, leaf: TextLeaf, lang: str) -> int:
        """The number of a unit."""
        return self._leaf_place[leaf.number] * len(self.langs) + self._place[lang]

    @property
    def postings(self) -> int:
        """How many all lists have together."""
        return int(self.rows.titles.sum() + self.rows.bodies.sum())

    # -- words

    def _found(self) -> FormLists:
        asked = self._asked
        found = [self._reader.find_words(AskedWords(self.langs, asked.pieces))]
        kinds: tuple[Kind, ...] = ("prefix", "wildcard", "fuzzy")
        for kind in kinds if asked.patterns else ():
            patterns = asked.patterns.get(kind)
            if patterns is not None and patterns.asked:
                lists = self._find_patterns(kind, patterns)
                self.cut = self.cut or bool(lists.cut)
                if len(patterns.numbers) < len(asked):  # they are not all that is asked
                    numbers = np.array(patterns.numbers, np.int32) + np.int32(asked.words)
                    lists = replace(lists, asked=numbers[lists.asked])
                found.append(lists)
        return _joined(found)

    def _find_patterns(self, kind: Kind, patterns: Patterns) -> FormLists:
        if kind == "fuzzy":
            pairs = zip(patterns.asked, patterns.distances, strict=True)
            return self._reader.find_fuzzy([(*asked, distance) for asked, distance in pairs], MAX_EXPANSIONS)
        if kind == "prefix":
            return self._reader.find_prefixes(patterns.asked)
        return self._reader.find_wildcards(patterns.asked, MAX_EXPANSIONS)

    def _made(self, positions: PositionTable) -> Made:
        title, body = TEXT_FIELDS
        in_fields = [(title in leaf.fields, body in leaf.fields) for leaf in self.leaves]
        return made(positions, self._asked, self.rows, len(self.langs), in_fields)

    def alone(self, among: B1) -> B1:
        """(leaves * languages) which of these units are one word each, or a pattern and nothing else."""
        return self._asked.alone(among)

    # -- counts

    def count(self, articles: F8) -> None:
        """Fills in ``order`` and ``counts``, if they are not; ``articles``: (languages,) living ones of each."""
        if self.is_counted:
            return
        rows, made = self.rows, self.made
        count_units(
            self.units, rows.data, rows.at, rows.living_titles, rows.living_bodies, articles, self.order, self.counts
        )
        count_made(made.units, made.places, made.starts, made.stops, self.counts)
        self.is_counted = True

    def form(self, row: int) -> str:
        """The form of one row."""
        return self.rows.form(row)

    def phrase_count(self, unit: int, field: int, segment: int, doc: int) -> float:
        """How often a document of a segment holds a phrase in one text field, by the weights of its forms."""
        made = self.made
        for place in np.flatnonzero((made.units == unit) & (made.places == 2 * segment + field)).tolist():
            first, last = made.starts[place], made.stops[place]
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


def _joined(found: Sequence[FormLists]) -> FormLists:
    """The rows of several look-ups, one after the other."""
    found = [one for one in found if len(one)] or found[:1]
    if len(found) == 1:
        return found[0]
    at, size = [np.zeros(1, np.int64)], 0
    for one in found:
        at.append(one.at[1:] + size)
        size += len(one.data)
    names = [each.name for each in fields(FormLists) if each.name not in ("at", "cut")]
    whole = {name: np.concatenate([getattr(one, name) for one in found]) for name in names}
    return FormLists(**whole, at=np.concatenate(at), cut=frozenset())
