"""Marks stand on the words of the query, in every script; passages are those that a reader would have chosen."""

from __future__ import annotations

import random
import re
import time
from itertools import pairwise, product
from pathlib import Path

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.analysis import Chain, chain_for
from search.result import Snippet
from search.snippets.marking import ELLIPSIS, LOOKED_AT, Marker
from search.snippets.needles import Needle
from tests.search.needles import needle

SEED = 5022026
TABLE = Path(__file__).with_name("marked_words.tsv")


def rows() -> list[list[str]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def words_at(text: str, spans: tuple[tuple[int, int], ...]) -> list[str]:
    return [text[start:end] for start, end in spans]


def shown(text: str, chain: Chain, *queries: str, count: int = 1, length: int = 220) -> list[Snippet]:
    return list(
        Marker(chain, [needle(query, text, chain) for query in queries]).passages(text, count=count, length=length)
    )


# -- marks


@pytest.mark.parametrize(("lang", "script", "query", "sentence", "marked"), rows())
def test_each_marked_span_is_a_word_chosen_by_hand(
    lang: str, script: str, query: str, sentence: str, marked: str
) -> None:
    chain = chain_for(lang)
    spans = Marker(chain, [needle(query, sentence, chain)]).mark(sentence)
    assert words_at(sentence, spans) == marked.split("|")
    [snippet] = shown(sentence, chain, query)
    assert (snippet.text, words_at(snippet.text, snippet.spans)) == (sentence, marked.split("|"))


def test_the_table_has_eighteen_scripts() -> None:
    assert len({script for _, script, *_ in rows()}) >= 18


def test_without_needles_nothing_is_marked() -> None:
    assert Marker(chain_for("en"), []).mark("a b c") == ()
    assert Marker(chain_for("en"), [Needle.of(((0, frozenset()),))]).mark("a b c") == ()
    assert Marker(chain_for("en"), [Needle.of(((0, frozenset({"a"})),))]).mark("") == ()


def test_the_words_of_a_loose_phrase_are_marked_and_not_what_lies_between() -> None:
    text = "bread and sour butter, butter and bread"
    chain = chain_for("en")
    assert words_at(text, Marker(chain, [needle("bread butter", text, chain, slop=2)]).mark(text)) == [
        "bread",
        "butter",
    ]
    assert Marker(chain, [needle("bread butter", text, chain, slop=1)]).mark(text) == ()


def test_overlapping_finds_of_a_run_are_one_stretch() -> None:
    chain = chain_for("zh")
    text = "人民大会堂前的人民"
    needles = [needle(query, text, chain) for query in ("人民大", "大会堂")]
    assert words_at(text, Marker(chain, needles).mark(text)) == ["人民大会堂"]


def brute_force(text: str, chain: Chain, wanted: Needle) -> set[tuple[int, int]]:
    """All words of all ways in which the steps can be taken nearest first, without any index."""
    words = chain.words(text)
    marked = set()
    steps = [[word for word in words if word.form in forms.texts()] for _, forms in wanted.steps]
    for way in product(*steps):
        offsets = [word.position - way[0].position for word in way]
        least = [offset for offset, _ in wanted.steps]
        gaps = [b - a >= d - c for (a, b), (c, d) in zip(pairwise(offsets), pairwise(least), strict=True)]
        nearest = all(
            not any(before.position + (d - c) <= other.position < after.position for other in candidates)
            for (before, after), (c, d), candidates in zip(pairwise(way), pairwise(least), steps[1:], strict=True)
        )
        if all(gaps) and nearest and offsets[-1] <= least[-1] + wanted.slop:
            marked.update((word.start, word.end) for word in way)
    return marked


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12),
    st.lists(st.sampled_from(["a", "b", "c", "ab"]), min_size=1, max_size=3),
    st.integers(0, 3),
)
def test_marks_are_those_of_brute_force(typed: list[str], query: list[str], slop: int) -> None:
    chain = chain_for("und")
    text = " ".join(typed)
    wanted = Needle.of(tuple((place, frozenset(forms)) for place, forms in enumerate(query)), slop)
    assert set(Marker(chain, [wanted]).mark(text)) == brute_force(text, chain, wanted)


# -- passages

RIVER = """Der Fluss trat am Montag über die Ufer. Die Feuerwehr war die ganze Nacht im Einsatz.
In den Dörfern am Unterlauf wurden Keller leergepumpt. Viele Bewohner schliefen bei Verwandten. Am Morgen kam die \
Sonne heraus, und das Wasser fiel langsam. Der Landrat versprach rasche Hilfe für alle Betroffenen. Die Versicherungen \
prüfen noch die Schäden an den Häusern.
Fachleute fordern seit Jahren höhere Deiche. Ein Deich kostet rund 3.5 Millionen Euro, wie Dr. Anders am 5. Februar \
sagte. Der Bau soll im U.S. Stil ausgeschrieben werden, also offen für alle. Ob das Geld reicht, ist offen! Der \
Landrat will im Mai darüber beraten lassen, wenn auch die Feuerwehr ihren Bericht vorgelegt hat."""


def test_where_nothing_matches_the_beginning_is_shown() -> None:
    [snippet] = shown(RIVER, chain_for("de"), "Vulkan", count=3, length=90)
    assert snippet == Snippet("Der Fluss trat am Montag über die Ufer. Die Feuerwehr war die ganze Nacht im Einsatz.")


def test_a_short_text_is_shown_whole() -> None:
    assert shown("Kurz und gut", chain_for("de"), "gut") == [Snippet("Kurz und gut", ((9, 12),))]
    assert shown("", chain_for("de"), "gut") == []
    assert Marker(chain_for("de"), []).passages("Kurz und gut", count=0) == ()


def test_a_passage_is_cut_at_sentences_where_they_are_near() -> None:
    [snippet] = shown(RIVER, chain_for("de"), "Bewohner", length=120)
    assert snippet.text.startswith("In den Dörfern") or snippet.text.startswith("Viele Bewohner")
    assert snippet.text.endswith(".")
    assert ELLIPSIS not in snippet.text


def test_a_passage_cut_inside_a_sentence_says_so_and_ends_with_a_word() -> None:
    text = "Er sagte " + "immer wieder und noch einmal " * 30 + "Deich " + "nichts als dieses eine Wort " * 30
    [snippet] = shown(text, chain_for("de"), "Deich")
    assert snippet.text.startswith(ELLIPSIS)
    assert snippet.text.endswith(ELLIPSIS)
    assert set(re.findall(r"\w+", snippet.text)) <= set(text.split())
    assert words_at(snippet.text, snippet.spans) == ["Deich"]
    assert 150 <= len(snippet.text) <= 240


def test_abbreviations_ordinals_and_numbers_end_no_sentence() -> None:
    for length in range(60, 240, 5):
        for query in ("Deich", "Millionen", "Stil", "Geld"):
            for snippet in shown(RIVER, chain_for("de"), query, count=2, length=length):
                assert not snippet.text.endswith((" Dr.", " 5.", "3.", " U.S.", "U."))
                assert not snippet.text.startswith(("5 ", "Februar", "S.", "Stil ausgeschrieben"))


def test_the_passage_with_more_different_words_comes_before_one_with_more_of_the_same() -> None:
    text = "Der Deich am Deich vor dem Deich hinter dem Deich. " + "Sonst war nichts zu sehen. " * 20
    text += "Der Landrat stand auf dem Deich."
    [snippet] = shown(text, chain_for("de"), "Deich", "Landrat", length=100)
    assert "Landrat" in snippet.text


def test_the_rarer_word_decides() -> None:
    text = "Ein Deich. " + "Sonst war nichts zu sehen. " * 20 + "Ein Otter."
    chain = chain_for("de")
    needles = [needle("Deich", text, chain, weight=1.0), needle("Otter", text, chain, weight=4.0)]
    [snippet] = Marker(chain, needles).passages(text, count=1, length=60)
    assert words_at(snippet.text, snippet.spans) == ["Otter"]


def test_words_near_each_other_tell_more_than_words_far_apart() -> None:
    filler = "Sonst war an diesem Tag gar nichts weiter zu sehen. "
    text = f"Ein Deich. {filler}Der Landrat. {filler * 20}Der Landrat auf dem Deich. {filler * 20}"
    [snippet] = shown(text, chain_for("de"), "Landrat", "Deich", length=130)
    assert "Landrat auf dem Deich" in snippet.text


def test_a_second_passage_shows_what_the_first_did_not() -> None:
    filler = "Sonst war an diesem Tag gar nichts weiter zu sehen. "
    text = f"Der Deich. {filler * 9}Der Deich. {filler * 9}Der Otter. {filler * 9}"
    first, second = shown(text, chain_for("de"), "Deich", "Otter", count=2, length=100)
    assert words_at(first.text, first.spans) == ["Deich"]
    assert words_at(second.text, second.spans) == ["Otter"]


def test_line_breaks_and_runs_of_spaces_become_one_space() -> None:
    [snippet] = shown("Eins\nzwei\r\n  drei\u2028vier", chain_for("de"), "drei")
    assert snippet.text == "Eins zwei drei vier"
    assert words_at(snippet.text, snippet.spans) == ["drei"]


def test_lines_broken_at_a_width_are_no_sentences() -> None:
    line = "and on it went from day to day with\nmore of the same on every one of these days "
    text = line * 12 + "until the dyke broke\nunder the water " + line * 12
    [snippet] = shown(text, chain_for("en"), "dyke", length=120)
    assert snippet.text.startswith(ELLIPSIS)
    assert snippet.text.endswith(ELLIPSIS)


def test_wide_scripts_show_half_as_many_characters() -> None:
    text = "記者会見では多くの質問が出た。" + "その後も議論は夜まで続いた。" * 40
    [snippet] = shown(text, chain_for("ja"), "質問")
    assert 70 <= len(snippet.text) <= 125
    assert snippet.text.endswith("。")


@pytest.mark.parametrize(
    ("lang", "sentence"), [("th", "เมื่อวานฉันไปตลาดกับแม่"), ("km", "គាត់ផឹកទឹករាល់ថ្ងៃ"), ("zh", "河里的水很清")]
)
def test_unspaced_scripts_are_cut_between_graphemes(lang: str, sentence: str) -> None:
    text = sentence * 60
    for snippet in shown(text, chain_for(lang), sentence[:4], count=3):
        assert len(snippet.text) < 260
        assert snippet.text.strip(ELLIPSIS) in text
        assert not regex.match(r"\p{M}", snippet.text.strip(ELLIPSIS))


@pytest.mark.parametrize("stop", [*"。！？｡։۔।॥။።", ". ", "! ", "? ", "؟ ", "… ", "\n"])
def test_sentences_end_in_every_script(stop: str) -> None:
    sentence = "Αβγδ ωψχφ υτσρ ποξν"
    text = f"{sentence}{stop}" * 40
    [snippet] = shown(text.replace("Αβγδ", "Ζητα", 20).replace("Ζητα", "Αβγδ", 19), chain_for("el"), "Ζητα")
    assert snippet.text.startswith(("Αβγδ", "Ζητα"))
    assert snippet.text.endswith((stop.strip() or "ποξν", "ποξν"))


def test_passages_are_disjoint_in_order_and_of_whole_words() -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    chain = chain_for("und")
    for _ in range(60):
        size = chance.randint(1, 400)
        text = "".join(f"w{n}" + chance.choice([" ", " ", " ", ", ", ". A ", "\n"]) for n in range(size))
        numbers = chance.sample(range(size), min(size, chance.randint(1, 12)))
        needles = [Needle.of(((0, frozenset({f"w{n}"})),), weight=chance.random() + 0.1) for n in numbers]
        found = Marker(chain, needles).passages(text, count=chance.randint(1, 5), length=chance.randint(20, 300))
        told = [int(word[1:]) for snippet in found for word in re.findall(r"w\d+", snippet.text)]
        assert told == sorted(set(told))
        assert all(after - before == 1 for snippet in found for before, after in pairwise(_numbers(snippet)))
        marked = {int(word[1:]) for snippet in found for word in words_at(snippet.text, snippet.spans)}
        assert marked == set(numbers) & set(told)
        assert marked


def _numbers(snippet: Snippet) -> list[int]:
    return [int(number) for number in re.findall(r"w(\d+)", snippet.text)]


PIECES = [
    "Haus",
    "haus",
    "wort",
    "북한",
    "中国",
    "国",
    "ก้",
    "ไทย",
    "क्षि",
    "שָׁ",
    "e\u0301",
    "👩\u200d👩\u200d👧",
    "🇩🇪",
    "\u0600",
    "\u0301",
]
PIECES += [
    " ",
    " ",
    "\n",
    "\r\n",
    ". ",
    "。",
    "…",
    "\u200d",
    "\u200b",
    "\u2028",
    "\x00",
    "a" * 50,
    "'",
    "-",
    "1.5",
    "ﬁ",
    "İ",
]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=60).map("".join),
    st.sampled_from(["de", "th", "zh", "ko", "hi", "und"]),
    st.integers(20, 120),
    st.integers(1, 4),
    st.integers(0, 3),
)
@example("\u0600\nHaus\u0600\n", "de", 20, 1, 0)
def test_spans_are_whole_graphemes_of_the_text(text: str, lang: str, length: int, count: int, slop: int) -> None:
    chain = chain_for(lang)
    needles = [
        needle(query, text, chain, slop=slop) for query in ("haus", "中国", "ไทย", "wort haus", "क्षि", "e\u0301")
    ]
    plain = re.sub(r"\s+", " ", text)
    for snippet in [
        Snippet(text, Marker(chain, needles).mark(text)),
        *Marker(chain, needles).passages(text, count=count, length=length),
    ]:
        edges = [edge for span in snippet.spans for edge in span]
        assert edges == sorted(edges)
        assert all(start < end for start, end in snippet.spans)
        assert all(end < start for (_, end), (start, _) in pairwise(snippet.spans))
        boundaries = {0, *(found.end() for found in regex.finditer(r"\X", snippet.text))}
        assert boundaries.issuperset(edges)
        if snippet.text != text:
            body = snippet.text.removeprefix(ELLIPSIS).removesuffix(ELLIPSIS)
            assert any(piece in plain for piece in (body, snippet.text, ELLIPSIS + body, body + ELLIPSIS))
            assert "\n" not in snippet.text
            assert len(snippet.text) <= length * 1.6 + 60


# -- cost


@pytest.mark.parametrize(
    ("lang", "text", "query"),
    [
        ("de", RIVER * 500, "Landrat Deich"),
        ("zh", "的" * 200_000, "的" * 300 + "了"),
        ("zh", "的" * 200_000, "的" * 300),
        ("en", "a " * 200_000, "a " * 200),
        ("en", "a" * 400_000, "a"),
        ("en", "." * 400_000, "a"),
        ("en", "\u0301" * 400_000, "a"),
        ("th", "ก\u0e49" * 200_000, "ก\u0e49"),
        ("en", "x\n" * 200_000, "x"),
    ],
)
def test_a_long_text_costs_little(lang: str, text: str, query: str) -> None:
    chain = chain_for(lang)
    chain.words("x")
    wanted = needle(query, text[:1000], chain, slop=3)
    start = time.process_time()
    found = Marker(chain, [wanted, Needle(wanted.steps[:1])]).passages(text, count=3)
    took = time.process_time() - start
    print(f"{took:.3f} s")
    assert all(len(snippet.text) < 400 for snippet in found)
    assert took < 10


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    text = "Haus " * (LOOKED_AT // 5) + "Deich"
    chain = chain_for("de")
    assert words_at(text, Marker(chain, [Needle.of(((0, frozenset({"deich"})),))]).mark(text)) == []
