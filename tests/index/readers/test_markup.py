"""Markup in a field is told from text, and becomes what a reader would see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.readers.markup import is_markup, plain_text


@pytest.mark.parametrize(
    "text",
    [
        "<p>One</p>",
        "One<br>two",
        "One<br/>two",
        "a <b>bold</b> word",
        '<a href="x?a=1&b=2">link</a>',
        "<DIV class='x'>y</DIV>",
        "<li>one",
    ],
)
def test_markup_is_known(text: str) -> None:
    assert is_markup(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 < 2 > 0",
        "a<b",
        "<name>",
        "shares of <BP> and <SRD>",
        "if (x<y && y>z)",
        "<3",
        "<< quote >>",
        "x <y@z.example> wrote",
    ],
)
def test_text_with_angle_brackets_is_left_as_it_is(text: str) -> None:
    assert not is_markup(text)
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p>\n\n<p>Two</p>", "One\nTwo"),
        ("<p>One <b>bold</b>ly <i>said</i></p>", "One boldly said"),
        ("<div>  many \n spaces </div>", "many spaces"),
        ("One<br>two<br /><br />three", "One\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>tail", "a\nb\ntail"),
        ("<style>p {}</style><p>x<script>alert(1)</script>y</p>", "xy"),
        ("<p>&lt;b&gt; &amp;amp; &nbsp;é &#8217;</p>", "<b> &amp; é ’"),
        ("<p>never closed <b>at all", "never closed at all"),
        ("<!-- a comment --><p>x<!-- y -->z</p>", "xz"),
        ("<p></p>", ""),
        ("<p>北京</p><p>上海</p>", "北京\n上海"),
    ],
)
def test_markup_becomes_what_a_reader_sees(markup: str, text: str) -> None:
    assert plain_text(markup).replace("\u00a0", " ").replace("  ", " ") == text


def test_entities_that_would_expand_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;">]><p>&b;</p>'
    assert "haha" not in plain_text(bomb).split("]>")[-1]


@given(st.text(st.sampled_from("<>/!-&;#x pbriscal\0\ud800é"), max_size=80))
def test_anything_becomes_text(text: str) -> None:
    plain_text(f"<p>{text}</p>").encode()
