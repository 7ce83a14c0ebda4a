"""Proving an index whole: every byte as it was written, and every part in agreement with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.analysis import chain_for
from index.analysis.keys import key_of, keys_beside
from index.columnar.arrays import B1, U8
from index.columnar.atomic import Folder
from index.columnar.batch import stored_key
from index.columnar.columns import Columns, entries_of
from index.columnar.lexicon import Grouping, LanguageForms
from index.columnar.lexicon_arrays import FoldedForms
from index.columnar.manifest import SegmentEntry, manifests
from index.columnar.postings_kernels import sum_lists
from index.columnar.segment import Segment, read_alive
from index.errors import IndexDamaged, KioskError

STEP = 4_096
"""Blocks of forms that are looked at together."""
FORMS = 65_536
"""Forms whose groups are."""


def manifest_problems(folder: Folder) -> list[str]:
    """Why the newest manifest can't be read, where that is so."""
    return [str(one.problem) for one in manifests(folder)[:1] if one.manifest is None]


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A segment of a generation as far as it can be opened, and what is wrong with it."""

    entry: SegmentEntry
    segment: Segment | None
    alive: B1 | None
    """Which documents are not deleted."""
    problems: tuple[str, ...]


def opened(folder: Folder, entry: SegmentEntry) -> Opened:
    """Opens a segment and what is deleted of it, each by itself."""
    segment, alive, problems = None, None, []
    try:
        segment = Segment(folder, entry)
    except IndexDamaged as error:
        problems.append(str(error))
    try:
        alive = read_alive(folder, entry)
    except IndexDamaged as error:
        problems.append(str(error))
    return Opened(entry, segment, alive, tuple(problems))


def segment_problems(segment: Segment) -> list[str]:
    """What is wrong with a segment, one sentence each; nothing where it is whole. Cost: reads all of it."""
    found = [problem for file in segment.files.values() for problem in file.verify()]
    if found:
        return found
    try:
        return [f"segment {segment.name}: {problem}" for problem in _disagreements(segment)]
    except KioskError as error:
        return [str(error)]
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        return [f"segment {segment.name}: can't be read ({type(error).__name__}: {error})"]


def _disagreements(segment: Segment) -> Iterator[str]:
    columns = segment.columns.columns()
    yield from _column_problems(segment, columns)
    yield from _derived_problems(segment, columns)
    words = np.zeros(2 * len(segment), np.int64)
    posting = position_byte = 0
    for lang in sorted(segment.lexicon.languages):
        forms = segment.lexicon.languages[lang]
        yield from _form_problems(forms)
        for first in range(0, forms.block_count, STEP):
            table, start = forms.blocks(first, min(first + STEP, forms.block_count))
            if start != posting:
                yield f"the lists of {lang} from block {first} on begin at posting {start}, not at {posting}"
                return
            count = int(table.titles.sum() + table.bodies.sum())
            part = segment.postings.part(posting, posting + count, position_byte)
            lengths = np.stack((table.titles, table.bodies), axis=1).reshape(-1)
            read = sum_lists(*part, lengths, 0, len(segment), words)
            if read < 0:
                yield f"the postings of {table.form((-1 - read) // 2).decode()!r} in {lang} are out of order"
                return
            posting, position_byte = posting + count, position_byte + read
    if posting != len(segment.postings):
        yield f"{len(segment.postings)} postings, {posting} in its lexicon"
    for place in np.flatnonzero(words != columns.words)[:10].tolist():
        name = ("title", "body")[place % 2]
        yield f"document {place // 2}: {words[place]} postings in {name}, {columns.words[place]} words"


def _form_problems(forms: LanguageForms) -> Iterator[str]:
    """Forms ascend, and are grouped as their chain says."""
    chain = chain_for(forms.lang)
    groupings: tuple[tuple[Grouping, Callable[[Sequence[str]], Sequence[str]]], ...]
    groupings = (("term", chain.terms), ("fold", chain.folds))
    by_form = {grouping: np.zeros(len(forms), np.uint64) for grouping, _ in groupings}
    wrong = set()
    for grouping, keyed in by_form.items():
        keys, numbers = forms.keys(grouping)
        keyed[numbers] = keys
        if bool((keys[1:] < keys[:-1]).any()) or np.count_nonzero(keyed) != len(keys):
            wrong.add(grouping)
    before = b""
    for first in range(0, len(forms), FORMS):
        some = forms.forms(first, min(first + FORMS, len(forms)))
        if any(one >= other for one, other in pairwise([before, *some])):
            yield f"the forms of {forms.lang} are out of order"
        before = some[-1]
        texts = [form.decode() for form in some]
        for grouping, group in groupings:
            if (keys_beside(texts, group(texts)) != by_form[grouping][first : first + len(texts)]).any():
                wrong.add(grouping)
    for grouping in sorted(wrong):
        yield f"the forms of {forms.lang} are not grouped by their {grouping}s"


def _derived_problems(segment: Segment, columns: Columns) -> Iterator[str]:
    """What is made of other parts of the index is what these would make of it today."""
    entries, days = entries_of(columns)
    if not (np.array_equal(entries, segment.columns.entries) and np.array_equal(days, segment.columns.days)):
        yield "the entries are not those of the columns"
    folded = FoldedForms.joined([one.folded_forms() for one in segment.lexicon.languages.values()])
    held = segment.lexicon.folded
    if not (np.array_equal(folded.data, held.data) and np.array_equal(folded.at, held.at)):
        yield "the folded forms are not those of its forms"


def _column_problems(segment: Segment, columns: Columns) -> Iterator[str]:
    for name, keys, order in (
        ("id", columns.id_keys, segment.columns.numbers("id_order")),
        ("digest", columns.digests[::2], segment.columns.numbers("digest_order")),
    ):
        if not _is_order(order, keys):
            yield f"the order of the {name} keys is none"
    ids = columns.ids.strings()
    for doc, article_id in enumerate(ids):
        if key_of(article_id) != int(columns.id_keys[doc]):
            yield f"document {doc}: the key of its id is another"
    for doc in range(len(segment)):
        stored = segment.stored.article(doc)
        if stored_key(stored) != int(columns.article_keys[doc]):
            yield f"document {doc}: the stored article is not the one that its key is of"
            continue
        article = segment.article(doc)
        codes = {name: getattr(columns, name) for name in ("lang", "section", "source", "place")}
        for name, column in codes.items():
            code = int(column.codes[doc])
            value = column.values[code] if code < len(column.values) else None
            if value != getattr(article, name):
                yield f"document {doc}: the {name} column says {value!r}, the article {getattr(article, name)!r}"


def _is_order(order: NDArray[np.generic], keys: U8) -> bool:
    ordered = keys[order]
    seen = np.zeros(len(keys), np.bool_)
    seen[order] = True
    return bool(seen.all()) and bool((ordered[1:] >= ordered[:-1]).all())
