"""What a search says of a query besides its answer, in the language of the page.

The searcher's own sentences are English and name the very word and place; the English page shows them as they are.
For the other languages there is a sentence for each code.
"""

from __future__ import annotations

from dataclasses import dataclass

from search import InvalidRequest
from search.result import QueryWarning
from web.interface import Interface


def N_(message: str) -> str:
    """Marks a text for the catalogue that is translated where it is shown."""
    return message


_WARNINGS = {
    "unbalanced_parenthesis": N_("The parentheses did not match; they were put right."),
    "empty_group": N_("There is nothing to search for in a parenthesis."),
    "dangling_operator": N_("An operator has nothing to join; it was left out."),
    "doubled_operator": N_("Of several operators side by side only one counts."),
    "bad_boost": N_("Behind ^ a number above 0 is needed; it was left out."),
    "unclosed_quote": N_("A quotation mark is not closed; this was put right."),
    "empty_phrase": N_("There is no word between the quotation marks; they were left out."),
    "bad_slop": N_("The distance behind a phrase can't be used as written; this was put right."),
    "unknown_field": N_("Before a colon stands no name of a field; it was searched as a word."),
    "empty_field": N_("Nothing stands behind the name of a field; it was left out."),
    "unclosed_bracket": N_("The bracket of a range is not closed; this was put right."),
    "short_pattern": N_("Before * at least two letters are needed; the word was searched as it stands."),
    "bad_fuzzy": N_("The sign ~ can't be used there as written; this was put right."),
    "fuzzy_too_far": N_("A word can't differ by so many letters; fewer were taken."),
    "bad_date": N_("A date can't be read; write it as 2026, 2026-02 or 2026-02-05."),
    "reversed_range": N_("The range ended before it began; its ends were exchanged."),
    "no_words": N_("There is no word in the query; everything is shown."),
    "most_words": N_("No article has all of these words; shown are those with most of them."),
    "known_words": N_("Some of these words stand in no article; shown are those with most of the others."),
    "any_words": N_("No article has most of these words together; shown are those with any of them."),
    "expansions_cut": N_("A pattern stands for too many words; the most frequent ones were searched."),
}

_REFUSALS = {
    "q": N_("The query is too long or too nested. Shorten it, or leave out words that tell little."),
    "from": N_("This date can't be read. Write it as 2026, 2026-02 or 2026-02-05, the earlier one first."),
    "to": N_("This date can't be read. Write it as 2026, 2026-02 or 2026-02-05, the earlier one first."),
    "last": N_("This span of time can't be read. Write a number and a letter, such as 24h, 7d, 3m or 1y."),
    "page": N_("There is no such page. Narrow the search by date, section or another word."),
    "lang": N_("This is no code of a language. Write one such as de, ru or zh."),
    "qlang": N_("This is no code of a language. Write one such as de, ru or zh."),
}
_ANY_REFUSAL = N_("A value in the address of this page can't be used.")


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the reader."""

    text: str
    lang: str
    """The language that the sentence is in."""
    position: int | None = None
    """The code point of the query that it is about, counted from 1."""


def warning_notice(warning: QueryWarning, interface: Interface) -> Notice:
    """A warning in the language of the page; in English where it has none there."""
    position = None if warning.position is None else warning.position + 1
    message = _WARNINGS.get(warning.code)
    if message is None or interface.code == "en":
        return Notice(warning.message, "en", position)
    return Notice(interface.gettext(message), interface.code, position)


def refusal_notice(error: InvalidRequest, interface: Interface) -> Notice:
    """Why a request can't be answered, and what to do, in the language of the page."""
    if interface.code == "en":
        text = error.message if error.message.endswith(".") else error.message + "."
        hint = f" {error.hint[:1].upper()}{error.hint[1:]}" if error.hint else ""
        return Notice(text[:1].upper() + text[1:] + hint, "en", _counted(error.position))
    return Notice(interface.gettext(_REFUSALS.get(error.param or "", _ANY_REFUSAL)), interface.code)


def _counted(position: int | None) -> int | None:
    return None if position is None else position + 1
