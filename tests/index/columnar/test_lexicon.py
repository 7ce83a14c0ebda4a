"""The lexicon of a segment against sorted lists of Python's."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.columnar.form_order import form_order
from index.columnar.lexicon import FormEntry, FormTable, Grouping, LanguageForms, LexiconReader, LexiconWriter
from tests.index.columnar.files import reopened

GROUPINGS: tuple[Grouping, ...] = ("term", "fold")


class Form(NamedTuple):
    text: bytes
    titles: int
    bodies: int
    keys: tuple[int, int] = (0, 0)
    """Of its term and of its fold, 0 where it is its own."""


counts = st.one_of(st.integers(0, 3), st.sampled_from([127, 128, 16_383, 16_384, 2**31, 2**32 - 1]))
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00\n")
texts = st.one_of(
    st.text("ab", min_size=1, max_size=6),
    st.text(letters, min_size=1, max_size=8),
    st.builds(
        lambda prefix, end: prefix + end, st.sampled_from(["a" * 254, "a" * 255, "é" * 128, "🙂" * 127]), letters
    ),
)
keys = st.one_of(st.just(0), st.integers(1, 5), st.integers(1, 2**64 - 1))
languages = st.dictionaries(
    st.sampled_from(["de", "en", "und", "zh"]),
    st.dictionaries(texts.map(str.encode), st.tuples(counts, counts, st.tuples(keys, keys)), max_size=40),
)


def table_of(forms: Sequence[Form]) -> FormTable:
    ends = np.cumsum([0, *(len(form.text) for form in forms)])
    data = np.frombuffer(b"".join(form.text for form in forms), np.uint8)
    titles, bodies = (np.array([form[at] for form in forms], np.int64) for at in (1, 2))
    return FormTable(data, ends[:-1].copy(), ends[1:].copy(), titles, bodies)


def lexicon_of(words: dict[str, list[Form]], pieces: Sequence[int] = ()) -> LexiconReader:
    """A lexicon of these languages, whose forms are given in order; added in pieces of these sizes and the rest."""

    def write(writer: LexiconWriter) -> None:
        for lang, forms in sorted(words.items()):
            writer.begin(lang)
            cuts = [cut for cut in accumulate(pieces) if cut < len(forms)]
            for first, last in zip([0, *cuts], [*cuts, len(forms)], strict=True):
                accented = [number for number, form in enumerate(forms[first:last]) if form.keys[1]]
                writer.add(table_of(forms[first:last]), np.array(accented, np.int64))
            writer.end({grouping: keyed(forms, at) for at, grouping in enumerate(GROUPINGS)})
        writer.close()

    return LexiconReader(reopened(["lexicon"], lambda files: write(LexiconWriter(files["lexicon"])))["lexicon"])


def keyed(forms: list[Form], at: int) -> tuple[np.ndarray, np.ndarray]:
    found = [(form.keys[at], number) for number, form in enumerate(forms) if form.keys[at]]
    return np.array([key for key, _ in found], np.uint64), np.array([number for _, number in found], np.uint32)


def check(words: dict[str, list[Form]], lexicon: LexiconReader, wanted: Sequence[bytes] = ()) -> None:
    """Everything a reader tells of each language; ``wanted``: forms to look for besides those that are there."""
    assert list(lexicon.languages) == sorted(lang for lang, forms in words.items() if forms)
    start = 0
    for lang, forms in sorted(words.items()):
        if forms:
            start = check_language(forms, lexicon.languages[lang], start, wanted)


def check_language(forms: list[Form], found: LanguageForms, start: int, wanted: Sequence[bytes]) -> int:
    plain = [form.text for form in forms]
    starts = list(accumulate((form.titles + form.bodies for form in forms), initial=start))
    assert len(found) == len(forms)
    assert found.forms(0, len(forms)) == plain
    assert found.forms(len(forms) // 3, len(forms) // 2) == plain[len(forms) // 3 : len(forms) // 2]
    for number, form in enumerate(forms):
        entry = FormEntry(number, starts[number], form.titles, form.bodies)
        assert found.find(form.text) == entry
        assert found.entry(number) == (form.text, entry)
    for text in (*wanted, *(form + b"\x01" for form in plain), *(form[:-1] for form in plain), b"", b"\xff"):
        place = bisect_left(plain, text)
        assert found.number_at(text) == place
        if text not in plain:
            assert found.find(text) is None
    for at, grouping in enumerate(GROUPINGS):
        check_keys(forms, at, found, grouping)
    for block in range(found.block_count + 1):
        assert found.postings_before(block) == starts[min(16 * block, len(forms))]
    return starts[-1]


def check_keys(forms: list[Form], at: int, found: LanguageForms, grouping: Grouping) -> None:
    every = sorted((form.keys[at], number) for number, form in enumerate(forms) if form.keys[at])
    held, numbers = found.keys(grouping)
    assert list(zip(held.tolist(), numbers.tolist(), strict=True)) == every


@given(languages, st.lists(st.integers(1, 20)), st.lists(texts.map(str.encode), max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_and_found(
    words: dict[str, dict[bytes, tuple[int, int, tuple[int, int]]]], pieces: list[int], wanted: list[bytes]
) -> None:
    ordered = {lang: [Form(text, *forms[text]) for text in sorted(forms)] for lang, forms in words.items()}
    check(ordered, lexicon_of(ordered, pieces), wanted)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 31, 32, 33, 1000])
@pytest.mark.parametrize("shared", ["", "a" * 254, "a" * 255, "a" * 256, "🙂" * 126])
def test_blocks_end_and_prefixes_are_shared_at_every_edge(count: int, shared: str) -> None:
    """Forms of up to 512 bytes, which is what 128 letters take at most; one begins with all of the one before it."""
    forms = sorted({shared + f"{number:04}"[number % 3 :] for number in range(count)})
    words = {"en": [Form(text.encode(), number % 5, number % 7) for number, text in enumerate(forms)]}
    check(words, lexicon_of(words))


def test_more_forms_are_read_at_once_than_room_was_taken_for() -> None:
    words = {"en": [Form(f"{'x' * 500}{number:05}".encode(), 1, 0) for number in range(3_000)]}
    found = lexicon_of(words).languages["en"]
    assert found.forms(0, 3_000) == [form.text for form in words["en"]]


def test_a_language_of_which_no_form_is_left_is_none() -> None:
    words = {"de": [], "en": [Form(b"a", 1, 1)], "fr": []}
    check(words, lexicon_of(words))


pieces_of_bytes = st.one_of(
    st.binary(max_size=3),
    st.sampled_from([b"x" * 7, b"x" * 8, b"x" * 9, b"x" * 16, b"x" * 64]),
).map(lambda piece: piece.replace(b"\x00", b"\x01"))


@given(st.lists(st.lists(pieces_of_bytes, max_size=3).map(b"".join), max_size=60))
@settings(max_examples=300, deadline=None)
def test_forms_are_put_in_the_order_of_their_bytes(forms: list[bytes]) -> None:
    ends = np.cumsum([0, *map(len, forms)])
    found = form_order(np.frombuffer(b"".join(forms), np.uint8), ends[:-1].copy(), ends[1:].copy())
    expected = sorted(range(len(forms)), key=lambda number: forms[number])
    assert found.order.tolist() == expected
    before = [None, *(forms[number] for number in expected)]
    assert found.first.tolist() == [forms[number] != last for number, last in zip(expected, before, strict=False)]


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(pieces_of_bytes, max_size=3).map(b"".join)), max_size=60))
@settings(max_examples=300, deadline=None)
def test_forms_of_groups_are_put_in_the_order_of_these_first(forms: list[tuple[int, bytes]]) -> None:
    ends = np.cumsum([0, *(len(form) for _, form in forms)])
    data = np.frombuffer(b"".join(form for _, form in forms), np.uint8)
    groups = np.array([group for group, _ in forms], np.int64)
    found = form_order(data, ends[:-1].copy(), ends[1:].copy(), groups)
    expected = sorted(range(len(forms)), key=lambda number: forms[number])
    assert found.order.tolist() == expected
    before = [None, *(forms[number] for number in expected)]
    assert found.first.tolist() == [forms[number] != last for number, last in zip(expected, before, strict=False)]
    assert groups.tolist() == [group for group, _ in forms]
