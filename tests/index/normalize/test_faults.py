"""Texts without faults are told in one pass, and what is done about faults is what cleaning by itself does."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.analysis.pair_kernels import SLOTS
from index.article import RawArticle
from index.normalize import faults
from index.normalize.fault_kernels import CHARACTERS, EVERY_FAULT, UNSURE
from index.normalize.faults import body_of, faults_of, line_of
from index.normalize.text import MAX_MARKS, clean_body, clean_line
from index.readers import open_inputs

SAMPLES = Path(__file__).parents[3] / "samples"
LEARNING = 3
"""Passes after which the characters of a short text, and their pairs, are known."""

PIECES = [
    *"aZ9é中ก한.&#; \n", "\n\n", "  ", " \n", "&amp;", "&a", "&9", "R&D", "\t", "\r", "\xa0", "\u200b", "\u200c",
    "\u200d", "\ufeff", "\u00ad", "\x07",
    "\u115f", "\u1160", "\ufffe", "\ud800", "\udc00", "\U0001f600", "\U000e0041", "\u2028",
    "\u0300", "\u0301", "\u0323", "\u0327", "\u0338", "\u05b0", "\u05bc", "\u064e", "\u0651", "\u0653", "\u0627",
    "\u093c", "\u0915", "\u0958", "\u09be", "\u09c7", "\u0e33", "\u0e48", "\u1100", "\u1161", "\u11a8", "\uac00",
    "\u1e69", "\u1ecd", "\u2126", "\u212b", "\u0344", "\u0340", "\u0f73", "\uf900", "\U0002f800", "ﬁ", "x" * 39,
    "y" * 45, "Ein Satz. ", "und dann ", "\u0301" * MAX_MARKS, "z" * 101,
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    faults_of(["what takes its time the first time"])


def assert_as_cleaned(texts: list[str]) -> None:
    for _ in range(LEARNING):
        for text, found in zip(texts, faults_of(texts), strict=True):
            assert line_of(text, found) == clean_line(text), (ascii(text), found)
            assert body_of(text, found) == clean_body(text), (ascii(text), found)


@settings(max_examples=400)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), max_size=8))
@example([])
@example([""])
@example(["\u0301", "a", "\u0301a", ""])
@example(["o\u0323\u0301", "s\u0323\u0307", "a\u0338\u0301", "\u0627\u0651\u0653"])
def test_a_text_told_by_its_faults_is_as_cleaned(texts: list[str]) -> None:
    assert_as_cleaned(texts)


@settings(max_examples=200)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_text_told_by_its_faults_is_as_cleaned(texts: list[str]) -> None:
    assert_as_cleaned(texts)


def test_every_character_is_known_wherever_it_stands() -> None:
    letters = [chr(code) for code in (*range(0x3100), *range(0xA000, 0x11000), *range(0x1D100, 0x1D200))]
    texts = [*letters, *(f"a{letter}b" for letter in letters)]
    while EVERY_FAULT in (found := faults_of(texts)):  # each pass learns some blocks
        pass
    for text, one in zip(texts, found, strict=True):
        assert body_of(text, one) == clean_body(text), ascii(text)
        assert line_of(text, one) == clean_line(text), ascii(text)


def test_real_articles_are_as_cleaned_and_most_have_no_fault() -> None:
    with open_inputs([SAMPLES]) as inputs:
        raws = [one for one in inputs if isinstance(one, RawArticle)]
    texts = [text for raw in raws for text in (raw.title, raw.body)]
    assert_as_cleaned(texts)
    assert sum(not one & (CHARACTERS | UNSURE) for one in faults_of(texts)) > 0.8 * len(texts)


def test_a_text_that_is_too_long_to_look_at_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "_LONGEST", 10)
    texts = ["plain", "plain but for its length", "e\u0301 and so on and so on", "short"]
    assert faults_of(texts)[1] == EVERY_FAULT
    assert_as_cleaned(texts)


def test_more_pairs_than_there_is_room_for_do_no_harm() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chosen = random.Random(seed)
    marks = [chr(code) for code in range(0x300, 0x370)]
    letters = [chr(code) for code in range(0x61, 0x250) if chr(code).isalpha()]
    pairs = [letter + mark for letter in letters for mark in marks]
    assert len(pairs) > SLOTS
    chosen.shuffle(pairs)
    for first in range(0, len(pairs), 200):
        texts = pairs[first : first + 200]
        for text, one in zip(texts, faults_of(texts), strict=True):
            assert line_of(text, one) == unicodedata.normalize("NFC", text)
