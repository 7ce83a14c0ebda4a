"""What is shown of all hits of a page together is what is shown of each by itself."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.analysis import chain_for
from search.snippets.cutting import is_boundary
from search.snippets.marking import LOOKED_AT, Marker
from search.snippets.needles import Needle
from search.snippets.page import PageMarker
from search.snippets.page_kernels import is_joined
from search.snippets.sign_tables import build, sign_tables
from tests.index.analysis.test_finder import LANGS, PIECES, texts_of
from tests.search.test_snippets_oracle import SPACES, needles_from

SEED = 771_203_554


def assert_as_alone(
    lang: str, texts: Sequence[tuple[str, str]], title: Sequence[Needle], body: Sequence[Needle], count: int
) -> int:
    """How many texts were left to what marks one alone."""
    chain = chain_for(lang)
    alone = {"title": Marker(chain, title), "body": Marker(chain, body)}
    left = []

    def one(hit: int, name: str) -> Marker:
        left.append((hit, name))
        return alone[name]

    found = PageMarker(lang, title, body).shown(texts, count, one)
    for shown, (head, text) in zip(found, texts, strict=True):
        assert shown.title == alone["title"].mark(head), ascii(head)
        assert shown.passages == alone["body"].passages(text, count=count), ascii(text)
    return len(left)


def assert_all_as_alone(lang: str, texts: Sequence[tuple[str, str]], chance: random.Random) -> int:
    words = [word for pair in texts for text in pair for word in chain_for(lang).words(text)]
    if not words:
        return 0
    title, body = needles_from(words, chance), needles_from(words, chance)
    if chance.random() < 0.7:  # as it is in queries
        title = body
    if chance.random() < 0.1:
        title = []
    return assert_as_alone(lang, texts, title, body, chance.randint(0, 4))


def test_random_text_of_all_scripts() -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    for _ in range(200):
        some = chance.sample(PIECES + SPACES, chance.randint(2, 20))
        if chance.random() < 0.5:
            some += [". ", ".\n", "etc. ", "Nr. ", "groß. ", "1. ", "?! ", "… ", ".”\n\n", "。", " \u0301", "؟ "]

        def text(size: int, some: Sequence[str] = some) -> str:
            pieces = (
                chance.choice(some) if chance.random() < 0.98 else chr(chance.randrange(0x20, 0x3100))
                for _ in range(size)
            )
            return "".join(pieces)

        texts = [(text(chance.choice([0, 3, 10])), text(chance.choice([0, 5, 50, 300, 900]))) for _ in range(5)]
        assert_all_as_alone(chance.choice(LANGS), texts, chance)


def test_what_is_too_long_or_has_too_many_marks_is_shown_all_the_same() -> None:
    needles = [Needle.of([(0, {"deich"})]), Needle.of([(0, {"wal"})])]
    long = "Ein Deich. " + "Wasser und Wal " * 8_000
    assert len(long) > LOOKED_AT
    texts = [("Deich", long), ("Wal " * 400, "Wal " * 5_000), (long, "Kein Wort davon."), ("", "")]
    assert_as_alone("de", texts, needles, needles, 3)
    assert_as_alone("de", texts, [], [], 3)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["events", "sib200-dev", "xquad/ar", "xquad/zh", "xquad/ru", "xquad/de", "reuters"])
def test_real_archives(shared: Path, name: str) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    rows = texts_of(shared, name)
    for _ in range(60):
        lang = chance.choice(rows)[0]
        some = chance.sample([text for other, text in rows if other == lang], 1) * 4
        some += [text for other, text in chance.sample(rows, min(len(rows), 40)) if other == lang][:4]
        assert_all_as_alone(lang, [(text[:60], text) for text in some], chance)


def test_graphemes_end_between_neighbours_where_they_do_when_cutting() -> None:
    signs = sign_tables().signs
    chance = random.Random(SEED)
    kinds = {int(sign) & 15: [] for sign in np.unique(signs)}
    for code in range(0x110000):
        if not 0xD800 <= code < 0xE000 and (signs[code] & 15 or chance.random() < 0.001):
            kinds[int(signs[code]) & 15].append(chr(code))
    for _ in range(20_000):
        a, b = (chance.choice(kinds[chance.choice([*kinds])]) for _ in range(2))
        joined = bool(is_joined.function(signs, np.uint32(ord(a)), np.uint32(ord(b))))
        assert joined != is_boundary(a + b, 1), ascii(a + b)


def test_letters_are_what_python_says_they_are() -> None:
    made = build()
    assert (made.signs == sign_tables().signs).all()
    for code in (*range(0x3000), 0xAC00, 0xFF0C, 0x1F600, 0x10400):
        letter, sign = chr(code), int(made.signs[code])
        known = unicodedata.category(letter) != "Cn"
        assert (bool(sign & 16), bool(sign & 32), bool(sign & 64)) == (
            letter.isspace(),
            letter.islower(),
            letter.isalnum(),
        ), (hex(code), known)
