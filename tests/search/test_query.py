"""The query language: what each of its forms means."""

from __future__ import annotations

import pytest
from whoosh.query import And, AndMaybe, Every, FuzzyTerm, Not, Or, Phrase, Prefix, Query, Term, TermRange, Wildcard

from search.errors import InvalidRequest
from search.query import ExactTerm, Most, parse
from search.request import Op


def word(text: str, boost: float = 1.0) -> Term:
    return Term("text", text, boost=boost)


A, B, C, D = word("a"), word("b"), word("c"), word("d")


def tree(text: str, op: Op = "all") -> Query:
    return parse(text, op=op).tree


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("a b", And([A, B])),
        ("a AND b", And([A, B])),
        ("a OR b", Or([A, B])),
        ("a and b or c not d", And([A, word("and"), B, word("or"), C, word("not"), D])),
        ("NOT a", Not(A)),
        ("-a", Not(A)),
        ("a -b", And([A, Not(B)])),
        ("a NOT b", And([A, Not(B)])),
        ("a AND NOT b", And([A, Not(B)])),
        ("a -(b c)", And([A, Not(And([B, C]))])),
        ("-(-a)", A),
        ("+a b", And([A, B])),
        ("(a b) c", And([A, B, C])),
        ("a (b OR c)", And([A, Or([B, C])])),
    ],
)
def test_words_are_joined_by_operators_in_capitals_and_signs(text: str, expected: Query) -> None:
    assert tree(text) == expected


def test_and_binds_tighter_than_or_and_or_tighter_than_standing_side_by_side() -> None:
    assert tree("a OR b AND c") == Or([A, And([B, C])])
    assert tree("a AND b OR c AND d") == Or([And([A, B]), And([C, D])])
    assert tree("a b OR c") == And([A, Or([B, C])])
    assert tree("a b OR c", "any") == Or([A, B, C])
    assert tree("NOT a AND b") == And([Not(A), B])


def test_plain_words_are_alternatives_when_any_is_asked_for() -> None:
    assert tree("a b", "any") == Or([A, B])
    assert tree("a b -c", "any") == And([Or([A, B]), Not(C)])
    assert tree("-a -b", "any") == And([Not(A), Not(B)])
    assert tree("a AND b", "any") == And([A, B])


def test_a_plus_makes_the_others_optional_when_any_is_asked_for() -> None:
    assert tree("+a b c", "any") == AndMaybe(A, Or([B, C]))
    assert tree("+a +b c -d", "any") == And([AndMaybe(And([A, B]), C), Not(D)])
    assert tree("+a +b", "any") == And([A, B])


def test_most_counts_plain_words_only() -> None:
    assert tree("a b c", "most") == Most([A, B, C])
    assert tree("a", "most") == A
    assert tree("+a b c -d", "most") == And([A, Most([B, C]), Not(D)])
    assert tree("a OR b c", "most") == Most([Or([A, B]), C])
    assert tree("a (b c)", "most") == Most([A, Most([B, C])])


def test_quotes_make_a_phrase_of_words_as_typed() -> None:
    assert tree('"Foreign policy of"') == Phrase("text", ["Foreign", "policy", "of"], slop=1)
    assert tree('"a b"~5') == Phrase("text", ["a", "b"], slop=5)
    assert tree('title:"a  b"') == Phrase("title", ["a", "b"], slop=1)
    assert tree('"a AND b"') == Phrase("text", ["a", "AND", "b"], slop=1)


def test_a_single_quoted_word_is_exact() -> None:
    assert tree('"Word"') == ExactTerm("text", "Word")
    assert tree('"Word"') != word("Word")
    assert tree('body:"Word"^3') == ExactTerm("body", "Word", boost=3.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab*", Prefix("text", "ab")),
        ("title:ab*^2", Prefix("title", "ab", boost=2.0)),
        ("w?rd", Wildcard("text", "w?rd")),
        ("wo*d", Wildcard("text", "wo*d")),
        ("*ung", Wildcard("text", "*ung")),
        ("wo**d", Wildcard("text", "wo*d")),
        ("word~", FuzzyTerm("text", "word", maxdist=1, prefixlength=0)),
        ("word~1", FuzzyTerm("text", "word", maxdist=1, prefixlength=0)),
        ("word~2", FuzzyTerm("text", "word", maxdist=2, prefixlength=0)),
        ("title:word~2", FuzzyTerm("title", "word", maxdist=2, prefixlength=0)),
    ],
)
def test_stars_question_marks_and_tildes_make_patterns(text: str, expected: Query) -> None:
    assert tree(text) == expected
    assert not parse(text).warnings


def test_a_question_mark_at_the_end_asks() -> None:
    assert tree("Who won?") == And([word("Who"), word("won")])
    assert tree("won?!") == word("won")


def test_boosts_stand_behind_words_phrases_and_parentheses() -> None:
    assert tree("a^2 b") == And([word("a", 2.0), B])
    assert tree('"a b"^0.5') == Phrase("text", ["a", "b"], slop=1, boost=0.5)
    assert tree("(a b)^2 c") == And([And([A, B], boost=2.0), C])
    assert tree("(a^2)^3") == word("a", 6.0)
    assert tree("(+a b)^2", "any") == AndMaybe(word("a", 2.0), word("b", 2.0))


def test_fields_hold_for_a_word_a_phrase_or_a_group() -> None:
    assert tree("title:a b") == And([Term("title", "a"), B])
    assert tree("title:(a b) c") == And([Term("title", "a"), Term("title", "b"), C])
    assert tree("title:(a body:b)") == And([Term("title", "a"), Term("body", "b")])
    assert tree("Title:a") == Term("title", "a")
    assert tree("-title:a") == Not(Term("title", "a"))


def test_keyword_fields_take_whole_values_and_patterns() -> None:
    assert tree('section:"Foreign policy"') == Term("section", "Foreign policy")
    assert tree('section:"Politics"') == Term("section", "Politics")
    assert tree("lang:de OR lang:ru") == Or([Term("lang", "de"), Term("lang", "ru")])
    assert tree("source:Bel*") == Prefix("source", "Bel")
    assert tree('author:("A B" OR "C D")') == Or([Term("author", "A B"), Term("author", "C D")])


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("date:2026", "2026", "2026"),
        ("date:2026-02", "2026-02", "2026-02"),
        ('date:"2026-02-05"', "2026-02-05", "2026-02-05"),
        ("date:2026-02-05T12:38", "2026-02-05T12:38", "2026-02-05T12:38"),
        ("date:[2026-01 TO 2026-02]", "2026-01", "2026-02"),
        ("date:[2026-01 to 2026-02]", "2026-01", "2026-02"),
        ("date:[2026-01 TO]", "2026-01", None),
        ("date:[TO 2026-01]", None, "2026-01"),
        ("date:[* TO 2026-01]", None, "2026-01"),
        ("date:2020..2022", "2020", "2022"),
        ("date:2020..", "2020", None),
        ("date:..2022", None, "2022"),
        ("date:>=2026-01", "2026-01", None),
        ("date:<=2026-01", None, "2026-01"),
        ("date:>2026-01", "2026-02-01", None),
        ("date:<2026", None, "2025-12-31"),
        ("date:>2026-02-05T12:38", "2026-02-05T12:39:00", None),
    ],
)
def test_dates_are_inclusive_ranges_of_iso_texts(text: str, start: str | None, end: str | None) -> None:
    assert tree(text) == TermRange("date", start, end)
    assert not parse(text).warnings


def test_dates_may_be_grouped_and_excluded() -> None:
    range_2020, range_2022 = TermRange("date", "2020", "2020"), TermRange("date", "2022", "2022")
    assert tree("date:(2020 OR 2022)") == Or([range_2020, range_2022])
    assert tree("a -date:2020") == And([A, Not(range_2020)])


@pytest.mark.parametrize("text", ["", "   ", "*", " * ", "\u3000", "\u200f"])
def test_a_query_for_nothing_or_a_star_is_everything_without_a_warning(text: str) -> None:
    parsed = parse(text)
    assert (parsed.tree, parsed.parsed, parsed.warnings) == (Every(), "*", ())


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("“a b”", '"a b"'),
        ("„a b“", '"a b"'),
        ("«a b»", '"a b"'),
        ("»a b«", '"a b"'),
        ("＂a b＂", '"a b"'),
        ("「東京 大阪」", '"東京 大阪"'),
        ("title：北京", "title:北京"),
        ("（a OR b）c", "(a OR b) c"),
        ("a\u3000b\u00a0c", "a b c"),
        ("北京，上海、広州。", "北京 上海 広州"),
        ("a －b", "a -b"),
        ("a −b", "a -b"),
        ("ab＊", "ab*"),
        ("\u200fa \u202a-b\u202c", "a -b"),
        ("\u2067“a b”\u2069", '"a b"'),
        ("a\x00b\ud800c", "a b c"),
    ],
)
def test_typographic_signs_stand_for_plain_ones(typed: str, plain: str) -> None:
    assert tree(typed) == tree(plain)


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهد",  # zero-width non-joiner inside a word
        "हिन्दी",
        "क\u094d\u200dष",
        "כׇּל",
        "й".encode().decode(),
        "e\u0301tat",
        "l’état",
        'צה"ל',  # gershayim typed as a quotation mark
        "C++",
        "U.S.",
        "EU:n",
        "Leser:innen",
        "12:38",
        "1,000",
        "http://example.org/a,b?c=d*e",
        "ไทย",
        "a-b",
        "don't",
    ],
)
def test_words_stay_as_they_were_typed(text: str) -> None:
    parsed = parse(text)
    assert parsed.tree == word(text)
    assert parsed.parsed == text
    assert not parsed.warnings


def test_gershayim_inside_a_phrase_do_not_close_it() -> None:
    assert tree('"צה"ל הודיע"') == Phrase("text", ['צה"ל', "הודיע"], slop=1)


def test_an_unknown_field_is_words_that_operators_take_together() -> None:
    assert tree("foo:a b") == And([word("foo"), A, B])
    assert tree("foo:a OR b") == Or([And([word("foo"), A]), B])
    assert tree("-foo:(a OR b)") == Not(And([word("foo"), Or([A, B])]))
    assert tree("foo:a b", "any") == Or([word("foo"), A, B])


def test_a_single_field_to_search_in_is_named_in_the_leaves() -> None:
    assert parse("a body:b", fields=("title",)).tree == And([Term("title", "a"), Term("body", "b")])


def test_leaves_know_where_they_were_typed() -> None:
    leaves = list(parse("“a b” OR title:word^2").tree.leaves())
    assert [(leaf.startchar, leaf.endchar) for leaf in leaves] == [(0, 5), (9, 21)]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a" * 513, 512),
        (" ".join(["a"] * 33), 64),
        ("(" * 9 + "a" + ")" * 9, 8),
        ("a b (" + "(" * 8 + "c", 12),
        ("a:" * 100, None),
        ("(" * 5000, 512),
        ("t* " * 200, 512),
    ],
)
def test_what_would_cost_too_much_is_refused_by_name_of_the_limit(text: str, position: int | None) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse(text)
    assert refused.value.param == "q"
    assert refused.value.hint
    assert position is None or refused.value.position == position


def test_queries_at_the_limits_are_answered() -> None:
    assert len(tree(" ".join(["a"] * 32)).subqueries) == 32
    assert tree("(" * 8 + "a" + ")" * 8) == A
    assert tree("a" * 512) == word("a" * 512)
