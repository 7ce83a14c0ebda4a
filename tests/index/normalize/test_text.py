"""Text as people read it: what stays, what goes, and where paragraphs end."""

from __future__ import annotations

import html
import sys
import textwrap
import time
import unicodedata
from itertools import pairwise

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from index.normalize.text import MAX_MARKS, clean, clean_body, clean_line, unwrapped


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


ODD = (
    "\r\n\v\f\x85\u2029\t \xa0\u1680\u2003\u202f\u3000\x00\x1b\x7f\u00ad\u115f\u1160\u180e\u200b\u200f\u202e\u2065"
    "\ufeff\ufff9\u200c\u200d\ud83d\ude00\ufffe\U0001ffff\U000e0041\ue000\u0378e\u0301\u0316\u0e33\u094d\u06a9کक👩🏽"
    "\ufe0f\u2028한\u1112\u1161汉。-&;#x9lt"
)


def by_rules(text: str) -> str:
    """What :func:`clean` promises, one rule after the other on the whole text."""
    text = regex.sub(
        r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", lambda m: html.unescape(m[0]), text
    )
    text = regex.sub(r"\r\n?|[\v\f\x85\u2028\u2029]", "\n", text)
    text = regex.sub(r"[\t\p{Zs}]", " ", text)
    text = regex.sub(
        r"(?V1)[[\p{Cc}--\n]\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
        r"\p{Noncharacter_Code_Point}\U000e0000-\U000e007f]",
        "",
        text,
    )
    text = regex.sub("[\ud800-\udfff]", "\ufffd", text)
    text = regex.sub(rf"(\p{{M}}{{{MAX_MARKS}}})\p{{M}}+", r"\1", text)
    joining = (
        r"\p{Arab}\p{Deva}\p{Beng}\p{Guru}\p{Gujr}\p{Orya}\p{Taml}\p{Telu}\p{Knda}\p{Mlym}\p{Sinh}\p{Khmr}\p{Mymr}"
        r"\p{Tibt}\p{Mong}\p{Syrc}\p{Nkoo}\p{Extended_Pictographic}\ufe0f\p{Emoji_Modifier}"
    )
    text = regex.sub(
        rf"(?<![{joining}])[\u200c\u200d]+|(?<=[\u200c\u200d])[\u200c\u200d]+|\u200c+(?![\p{{L}}\p{{M}}])", "", text
    )
    return unicodedata.normalize("NFC", text)


def test_every_character_is_cleaned_by_the_rules() -> None:
    texts = [f"a{chr(code)}b" for code in range(sys.maxunicode + 1)]
    assert "".join(map(clean, texts)) == by_rules("".join(texts))


@settings(max_examples=1_000)
@given(st.text(ODD, max_size=60) | st.text(max_size=60))
def test_text_is_cleaned_by_the_rules_whatever_is_passed_over(text: str) -> None:
    assert clean(text) == by_rules(text)


@settings(max_examples=200)
@given(
    st.integers(0, 70), st.integers(MAX_MARKS - 2, 2 * MAX_MARKS + 3), st.sampled_from(["\u0301", "\u0316", "\u064e"])
)
def test_too_many_marks_are_found_wherever_they_stand(before: int, marks: int, mark: str) -> None:
    text = "ع" * before + mark * marks + "ع" * 40
    assert clean(text) == by_rules(text)


def by_lines(lines: list[str]) -> list[str]:
    """What :func:`unwrapped` promises, told from each line and the one before it."""
    ends = regex.compile(r"(?:[.!?…。！？｡．؟۔։።፧།॥।།༎]|--)[\p{Pe}\p{Pf}\p{Pi}\"'*]*$")
    dense = regex.compile(
        r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}。、，！？；：「」『』（）《》]"
    )
    lines = [line.rstrip() for line in lines]
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line), default=0)
    lines = [line[margin:] for line in lines]
    width = max(map(len, lines), default=0)
    asked = lines[1:] if len(lines) > 2 else lines
    pairs = [(line, after) for line, after in pairwise(asked) if line and after[:1] not in ("", " ")]
    words = [after[:1] if dense.match(after) else after.split(" ")[0] for _, after in pairs]
    full = [len(line) + 1 + len(word) > width - 5 for (line, _), word in zip(pairs, words, strict=True)]
    ended = [ends.search(line[-12:]) for line, _ in pairs if ends.search(line[-12:])]
    wrapped = bool(pairs) and 40 <= width <= 100 and sum(full) >= 0.8 * len(pairs) and len(ended) <= len(pairs) / 3
    paragraphs: list[str] = []
    before = ""
    for line in lines:
        text = regex.sub(" {2,}", " ", line.strip())
        stops = len(before) < width / 2 and ends.search(before[-12:])
        if wrapped and before.strip() and line[:1] not in ("", " ") and not stops:
            last = paragraphs[-1]
            hyphen = regex.search(r"\p{L}-$", before) and text[0].isalpha()
            paragraphs[-1] += text if hyphen or (dense.match(last[-1]) and dense.match(text)) else f" {text}"
        elif text:
            paragraphs.append(text)
        before = line
    return paragraphs


WORD = st.sampled_from(
    ["a", "one", "pre-", "well-known", "Ende", "stop.", 'halt!"', "汉字很多", "。汉", "ไทย", "é", "3-", "longer"]
)
PARAGRAPH = st.tuples(st.lists(WORD, min_size=20, max_size=60).map(" ".join), st.sampled_from(["", "", "   ", "汉"]))
WRAPPED = st.builds(
    lambda paragraphs, width, between, margin: textwrap.indent(
        between.join(textwrap.fill(text, width, initial_indent=indent) for text, indent in paragraphs), margin
    ).split("\n"),
    st.lists(PARAGRAPH, max_size=5),
    st.integers(38, 60) | st.integers(90, 103),
    st.sampled_from(["\n", "\n", "\n\n", " \n", "\n  "]),
    st.sampled_from(["", "", "    "]),
)


@settings(max_examples=600)
@given(WRAPPED | st.lists(st.text(" a汉-.\t\n", max_size=50), max_size=8))
def test_lines_are_joined_by_the_rules(lines: list[str]) -> None:
    lines = "\n".join(lines).split("\n")
    assert unwrapped(lines) == by_lines(lines)


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
