"""Any text is a query: it is answered or refused by a limit, quickly, and what was understood can be said again."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from whoosh.query import And, AndMaybe, FuzzyTerm, Not, Or, Phrase, Prefix, Query, Term, TermRange, Wildcard

from search.errors import InvalidRequest
from search.query import MAX_CLAUSES, MAX_LENGTH, ExactTerm, Most, ParsedQuery, parse, unparse
from search.query.parsing import _parsed, _plain_words
from search.request import Op

SEED = 20260205
OPS: tuple[Op, ...] = ("all", "most", "any")
TEXTS = ("text", "title", "body")
KEYWORDS = ("section", "source", "lang", "author")
PIECES = (
    *("foo", "Bar", "дом", "北京", "שלום", "หมา", "a", "12:38", "U.S.", "don't", 'צה"ל', "EU:n", "http://a.b/c?d=(e"),
    *('"', '"a b"', '"a', "«", "»", "“", "(", ")", "（", "[", "]", "{", "}", "((", "))"),
    *("AND", "OR", "NOT", " AND ", " OR ", " NOT ", "+", "-", " -", " +", "&&", "||", "!"),
    *("*", "?", "ab*", "*ab", "a?b", "~", "~1", "~2", "~9", "~0.5", "^", "^2", "^0", "^x", "^2^3"),
    *("title:", "body:", "section:", "lang:", "date:", "foo:", ":", "title:(", "date:(", 'author:"'),
    *("2026", "2026-02", "2026-13", "[2026 TO 2027]", "[2027 TO 2026]", "[2026 TO", "2020..2022", "..", ">=", "<"),
    *(" ", " ", " ", "  ", "\u3000", "\n", "\t", ",", ".", ";", "/", "\\", "'", "%", "\x00", "\ud800", "\U0001f600"),
    *("\u200c", "\u200d", "\u200e", "\u200f", "\u202e", "\u2066", "\u0301", "\u093f", "\ufeff", "\u00ad"),
)


def understood(text: str, op: Op) -> ParsedQuery | None:
    """What ``text`` means, or ``None`` where a limit refuses it; anything else that is raised is a failure."""
    parsed = refusal = None
    try:
        parsed = parse(text, op=op)
    except InvalidRequest as refused:
        refusal = refused
    if refusal:
        assert refusal.param == "q"
        assert refusal.position is not None
        assert 0 <= refusal.position <= len(text)
    if parsed is None:
        return None
    for warning in parsed.warnings:
        assert warning.position is not None
        assert 0 <= warning.position <= len(text)
    assert_normal(parsed.tree, top=True)
    return parsed


def assert_normal(tree: Query, *, top: bool = False) -> None:
    """The promises that the planner may rely on."""
    kind = type(tree).__name__
    assert kind != "Every" or top
    if isinstance(tree, And | Or | AndMaybe):
        assert len(tree.subqueries) >= 2
        for part in tree.subqueries:
            assert type(part) is not type(tree) or isinstance(tree, Most | AndMaybe) or part.boost != 1.0
            assert_normal(part)
    elif isinstance(tree, Not):
        assert not isinstance(tree.query, Not)
        assert_normal(tree.query)
    elif isinstance(tree, TermRange):
        assert tree.fieldname == "date"
        assert tree.start or tree.end
    elif not top or kind != "Every":
        allowed = {"Term", "ExactTerm", "Phrase", "Prefix", "Wildcard", "FuzzyTerm"}
        assert kind in allowed
        assert tree.fieldname in TEXTS or (tree.fieldname in KEYWORDS and kind in {"Term", "Prefix", "Wildcard"})
        assert any(map(str.isalnum, "".join(getattr(tree, "words", None) or tree.text)))


def say_again(parsed: ParsedQuery, op: Op) -> None:
    try:
        again = parse(parsed.parsed, op=op)
    except InvalidRequest:  # said in full a query may be longer, or deeper, than it was typed
        return
    assert again.tree == parsed.tree
    assert again.parsed == parsed.parsed


@pytest.mark.parametrize("op", OPS)
def test_a_thousand_random_queries_are_answered_quickly(op: Op) -> None:
    print(f"seed {SEED}")
    chance = random.Random(f"{SEED}{op}")
    took = []
    for _ in range(1000):
        text = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 16)))
        start = time.perf_counter()
        parsed = understood(text, op)
        took.append(time.perf_counter() - start)
        if parsed:
            say_again(parsed, op)
    assert sorted(took)[len(took) // 2] < 0.01


PLAIN = (
    *("foo", "Bar", "дом", "北京", "हिन्दी", "หมา", "a", "1.5", "don't", "U.S", "night-train", "x²", "AND", "or", "OR"),
    *(
        " ",
        " ",
        " ",
        " ",
        "  ",
        "-",
        "'",
        ".",
        "_",
        "\u0301",
        "\u093f",
        "\u200c",
        "Ⅻ",
        "\U0001e900",
        "\u0378",
        "\u3000",
        ":",
    ),
)


def laid_open(tree: Query) -> object:
    """All that a tree consists of: equal nodes may differ in where they stood."""
    held = {name: value for name, value in vars(tree).items() if name != "subqueries"}
    return type(tree), held, [laid_open(part) for part in tree.children()]


def test_words_alone_come_to_what_the_whole_parser_makes_of_them() -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    alone = 0
    for _ in range(6_000):
        text = "".join(chance.choice(PLAIN) for _ in range(chance.choice((1, 2, 3, 5, 9, 80))))
        text = chance.choice((text, f'"{text.strip()}"'))
        op, name = chance.choice(OPS), chance.choice(TEXTS)
        quick = _plain_words(text, op, name)
        if quick is not None:
            whole = _parsed(text, op, name)
            alone += 1
            assert laid_open(quick.tree) == laid_open(whole.tree), text
            assert (quick.parsed, quick.warnings) == (whole.parsed, whole.warnings), text
    assert alone > 600


@settings(max_examples=500, deadline=None)
@given(st.text(st.characters(categories=["L", "M", "N", "Zs", "Pd"]), max_size=20), st.sampled_from(OPS))
def test_any_letters_alone_come_to_what_the_whole_parser_makes_of_them(text: str, op: Op) -> None:
    for typed in (text, f'"{text}"'):
        quick = _plain_words(typed, op, "text")
        if quick is not None:
            whole = _parsed(typed, op, "text")
            assert laid_open(quick.tree) == laid_open(whole.tree)
            assert (quick.parsed, quick.warnings) == (whole.parsed, whole.warnings)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=60), st.sampled_from(OPS))
@example("\u0600\u200d(", "all")
def test_any_unicode_is_a_query(text: str, op: Op) -> None:
    parsed = understood(text, op)
    assert parsed is not None
    say_again(parsed, op)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.sampled_from(OPS))
def test_any_mixture_of_signs_is_a_query(text: str, op: Op) -> None:
    parsed = understood(text, op)
    if parsed:
        say_again(parsed, op)


BOMBS = (
    *(sign * 512 for sign in '()"-*~^?[a北\u0301\u200d'),
    *(piece * 85 for piece in ("a:", "title:", "a* ", '"a', "a~", "NOT ", "AND ", "date:[", "(a ", "a?~", "date:>")),
    *("http://" * 73, "a" + "\u200d" * 510 + "b", "a*" * 256, "a?~" * 170, '"' + "a " * 255),
)


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_cost_no_more_than_other_queries(bomb: str) -> None:
    start = time.perf_counter()
    understood(bomb, "all")
    assert time.perf_counter() - start < 0.5


# -- trees made at random, written and read again

words = st.text(st.sampled_from("abcxyzäßдй北京שמहि語ก๊0123"), min_size=2, max_size=6).filter(
    lambda word: sum(map(str.isalnum, word)) >= 2
)
boosts = st.sampled_from([1.0, 1.0, 1.0, 2.0, 0.5, 3.25])
dates = st.sampled_from(["2020", "2021-03", "2022-03-04", "2023-03-04T12:38"])


field = st.sampled_from(TEXTS)
keyword = st.sampled_from(KEYWORDS)
TEXT_LEAVES = st.one_of(
    st.builds(Term, field, words, boost=boosts),
    st.builds(ExactTerm, field, words, boost=boosts),
    st.builds(Phrase, field, st.lists(words, min_size=2, max_size=3), slop=st.integers(1, 9), boost=boosts),
    st.builds(Prefix, field, words, boost=boosts),
    st.builds(lambda name, a, b, boost: Wildcard(name, f"{a}*{b}", boost), field, words, words, boosts),
    st.builds(FuzzyTerm, field, words, boost=boosts, maxdist=st.just(1), prefixlength=st.just(0)),
    st.builds(FuzzyTerm, field, words.map("abc".__add__), boost=boosts, maxdist=st.just(2), prefixlength=st.just(0)),
)
CONDITIONS = st.one_of(
    st.builds(Term, keyword, st.lists(words, min_size=1, max_size=3).map(" ".join), boost=boosts),
    st.builds(Prefix, keyword, words),
    st.tuples(dates, dates).map(lambda ends: TermRange("date", min(ends), max(ends))),
    dates.map(lambda date: TermRange("date", date, None)),
    dates.map(lambda date: TermRange("date", None, date)),
)


@st.composite
def trees(draw: st.DrawFn, op: Op, depth: int = 3, inside: type[Query] | None = None) -> Query:
    """A tree in the normal form that :func:`parse` promises: no ``And`` of boost 1 in an ``And``, no condition among
    words that need not all match, and so on."""
    loose = {"all": [], "most": [Most], "any": [AndMaybe]}[op]
    kinds = [kind for kind in (None, And, Or, Not, *loose) if kind is not inside or kind in (Most, AndMaybe)]
    kind = draw(st.sampled_from(kinds)) if depth else None
    if kind is None:
        return draw(TEXT_LEAVES if inside in (Most, AndMaybe) else st.one_of(TEXT_LEAVES, CONDITIONS))
    if kind is Not:
        return Not(draw(trees(op, depth - 1, Not)))
    if kind is AndMaybe:
        return AndMaybe(draw(trees(op, depth - 1)), draw(trees(op, depth - 1, AndMaybe)))
    parts = [draw(trees(op, depth - 1, kind)) for _ in range(draw(st.integers(2, 3)))]
    return kind(parts, boost=draw(boosts))


@pytest.mark.parametrize("op", OPS)
def test_a_tree_that_is_written_and_parsed_is_the_same_tree(op: Op) -> None:
    @settings(max_examples=150, deadline=None)
    @given(trees(op))
    def round_trip(tree: Query) -> None:
        assume(len(list(tree.leaves())) <= MAX_CLAUSES)
        text = unparse(tree)
        assume(len(text) <= MAX_LENGTH)
        parsed = parse(text, op=op)
        assert parsed.tree == tree
        assert parsed.parsed == text
        assert not parsed.warnings

    round_trip()
