"""Text as people read it: what stays, what goes, and where paragraphs end."""

from __future__ import annotations

import textwrap
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.normalize.text import clean, clean_body, clean_line


@pytest.mark.parametrize(
    ("raw", "clean_text"),
    [
        ("\ufeffBericht", "Bericht"),
        ("Cafe\u0301", "Café"),
        ("Staats\u00adober\u00adhaupt", "Staatsoberhaupt"),
        ("zero\u200bwidth\u2060", "zerowidth"),
        ("a\u00a0b\u202fc\u3000d\te", "a b c d e"),
        ("one\r\ntwo\rthree\u2028four\u0085five", "one two three four five"),
        ("bell\x07 nul\x00 esc\x1b[31m", "bell nul esc[31m"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("Tom &amp; Jerry &#39;n&#x27; Co &mdash; now", "Tom & Jerry 'n' Co — now"),
        ("twice &amp;amp; once", "twice &amp; once"),
        ("AT&T R&D;x &nosuch;", "AT&T R&D;x &nosuch;"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("کتاب\u200c ها", "کتاب ها"),
        ("क्\u200dष", "क्\u200dष"),
        ("do\u200dne a\u200cb", "done ab"),
        ("👩\u200d🚀 👨🏽\u200d🌾", "👩\u200d🚀 👨🏽\u200d🌾"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("nonchar\ufffe", "nonchar"),
    ],
)
def test_rubbish_goes_and_meaning_stays(raw: str, clean_text: str) -> None:
    assert clean_line(raw) == clean_text


@settings(max_examples=400)
@given(st.text(max_size=80))
def test_clean_text_is_composed_printable_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_body(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in cleaned.replace("\n", "")
    )
    cleaned.encode()  # no lone surrogates
    if "&" not in text:
        assert clean_body(cleaned) == cleaned
        assert clean_line(clean_line(text)) == clean_line(text)


SENTENCES = st.lists(
    st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=11), min_size=30, max_size=80).map(" ".join),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60)
@given(SENTENCES, st.integers(55, 90), st.booleans())
def test_text_wrapped_to_a_width_gives_back_its_paragraphs(paragraphs: list[str], width: int, indented: bool) -> None:
    if indented:
        wrapped = "\n".join(textwrap.fill(text, width, initial_indent="    ") for text in paragraphs)
    else:
        wrapped = "\n\n".join(textwrap.fill(text, width) for text in paragraphs)
    assert clean_body(wrapped).split("\n") == paragraphs


def test_a_newswire_story_is_unwrapped_and_its_sign_off_kept() -> None:
    story = """The harbour board said it would widen
the northern quay by forty metres, so that grain ships of the
larger class can turn without the help of a second tug.
    Work is to begin after the harvest, she said, and the pre-
war warehouse beside the quay stays where it is.
       \n REUTER
"""
    assert clean_body(story).split("\n") == [
        "The harbour board said it would widen the northern quay by forty metres, so that grain ships of the larger "
        "class can turn without the help of a second tug.",
        "Work is to begin after the harvest, she said, and the pre-war warehouse beside the quay stays where it is.",
        "REUTER",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [
            "A short line.",
            "Another one, a little longer than that.",
            "And a third, with a few more words in it than before.",
        ],
        [
            "The mayor opened the bridge on Saturday morning.",
            "Some two thousand people came to see it and most of them stayed for lunch.",
            "The baker sold out.",
        ],
        ["Apples 3", "Pears 12", "Plums and cherries together 140"],
        ["x" * 300, "y" * 40, "z" * 200],
        ["The ferry sails again.", "It had been in the yard since the spring floods took its ramp away."],
        ["市议会周二通过了新的桥梁计划。", "工程将在秋天开始，预计需要两年时间才能完成。", "居民对此表示欢迎。"],
    ],
)
def test_lines_that_are_paragraphs_stay_apart(lines: list[str]) -> None:
    assert clean_body("\n".join(lines)).split("\n") == lines
    assert clean_body("\r\n\r\n".join(lines)).split("\n") == lines


def test_chinese_text_wrapped_to_a_width_is_joined_without_spaces() -> None:
    text = (
        "市议会周二通过了新的桥梁计划，工程将在秋天开始，预计需要两年时间才能完成，居民对此表示欢迎，但是也有人担心费用。"
        * 3
    )
    wrapped = "\n".join(text[start : start + 45] for start in range(0, len(text), 45))
    assert clean_body(wrapped) == text


@pytest.mark.parametrize(
    "hostile",
    ["a" + "\u0301\u0316" * 200_000, "&" * 400_000, "&#" + "9" * 400_000 + ";", "\u200d" * 400_000, "- \n" * 200_000,
     " " * 400_000, "\n" * 400_000, "ab\n" * 200_000, "\u202e" * 400_000],
)  # fmt: skip
def test_hostile_text_is_cleaned_in_linear_time(hostile: str) -> None:
    started = time.monotonic()
    clean_body(hostile)
    clean(hostile)
    assert time.monotonic() - started < 5
