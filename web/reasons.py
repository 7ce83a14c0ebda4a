"""Why a hit stands where it stands, in the words of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from search import Hit
from search.result import Way
from web.interface import Interface
from web.notices import N_

_WAYS: Mapping[Way, str] = {
    "exact": N_("as typed"),
    "accents": N_("spelt otherwise"),
    "form": N_("in another form"),
    "phrase": N_("as a phrase"),
    "pattern": N_("fits the pattern"),
    "fuzzy": N_("with other letters"),
}
_FIELDS = {"title": N_("Title"), "body": N_("Text")}

MOST_ROWS = 12
"""Forms that are told one by one; a pattern may be met by hundreds."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What one form gave to the score."""

    form: str
    where: str
    how: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Lift:
    """What multiplies the sum of the shares."""

    reasons: tuple[str, ...]
    factor: float


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a hit has its score: a sum of shares, multiplied by its lifts."""

    rows: tuple[Reason, ...]
    """The greatest first."""
    others: int
    """How many more there are."""
    others_share: float
    lifts: tuple[Lift, ...]


def reasons(hit: Hit, interface: Interface) -> Reasons | None:
    """Why a hit has its score, where it was explained and words gave it."""
    why, say = hit.explanation, interface.gettext
    if why is None or not why.shares:
        return None
    rows = tuple(
        Reason(each.form, say(_FIELDS[each.field]), say(_WAYS[each.way]), each.count, each.share)
        for each in why.shares[:MOST_ROWS]
    )
    others = why.shares[MOST_ROWS:]
    lifts = []
    if why.lift > 1:
        lifts.append(Lift(_together(why.near, why.in_title, interface), why.lift))
    if why.recent > 1:
        lifts.append(Lift((say(N_("The article is new")),), why.recent))
    return Reasons(rows, len(others), sum(each.share for each in others), tuple(lifts))


def _together(near: float, in_title: bool, interface: Interface) -> tuple[str, ...]:
    say, said = interface.gettext, []
    if near > 0.995:
        said.append(say(N_("The words stand side by side")))
    elif near > 0:
        said.append(say(N_("Nearness of the words: %(percent)s")) % {"percent": interface.percent(near)})
    if in_title:
        said.append(say(N_("All the words stand in the title")))
    return tuple(said)
