"""What can be chosen and what has been: the facets of an answer, and the filters of a request as removable chips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from search import SearchRequest, SearchResult
from web.interface import Interface
from web.links import Links
from web.notices import N_
from web.params import ATTRIBUTES

FACET_NAMES: Mapping[str, str] = {
    "section": N_("Section"),
    "lang": N_("Language"),
    "source": N_("Source"),
    "author": N_("Author"),
}
"""The facets of the page, in order, and what they are called."""

FEW, MANY = 8, 60
"""How many values a facet shows at first, and when asked for more."""

_EXCLUDED = {"exclude_section": "section", "exclude_lang": "lang", "exclude_source": "source"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet."""

    text: str
    count: int
    selected: bool
    href: str
    """The search with this value chosen, or taken back where it is."""


@dataclass(frozen=True, slots=True)
class FacetPanel:
    """One facet of the page."""

    name: str
    title: str
    choices: tuple[Choice, ...]
    more: str | None
    """The search that shows more values, where there may be some."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter of the request and how to take it back."""

    kind: str
    """The name of the filter, in the language of the page."""
    text: str
    href: str
    excluded: bool = False


def facet_panels(result: SearchResult, links: Links, interface: Interface) -> tuple[FacetPanel, ...]:
    """The facets that have something to choose from."""
    panels = []
    for name, title in FACET_NAMES.items():
        counts = result.facets.get(name, ())
        choices = tuple(
            Choice(
                _shown(name, each.value, interface),
                each.count,
                each.selected,
                links.without(name, each.value) if each.selected else links.with_value(name, each.value),
            )
            for each in counts
        )
        full = len(counts) >= links.request.facet_size and links.request.facet_size < MANY
        more = links.search(facet_size=MANY, page=links.request.page) if full else None
        if choices:
            panels.append(FacetPanel(name, interface.gettext(title), choices, more))
    return tuple(panels)


def chips(request: SearchRequest, links: Links, interface: Interface) -> tuple[Chip, ...]:
    """Everything that narrows or changes the search besides its words, each with a link to the search without it."""
    say = interface.gettext
    found = []
    for param in (*FACET_NAMES, *_EXCLUDED):
        name = _EXCLUDED.get(param, param)
        for value in getattr(request, ATTRIBUTES[param]):
            text = _shown(name, value, interface)
            found.append(Chip(say(FACET_NAMES[name]), text, links.without(param, value), param in _EXCLUDED))
    if request.date_from is not None:
        found.append(Chip(say(N_("From")), _moment(interface, request.date_from), links.search(date_from=None)))
    if request.date_to is not None:
        found.append(Chip(say(N_("To")), _moment(interface, request.date_to), links.search(date_to=None)))
    if request.last is not None:
        found.append(Chip(say(N_("Last")), request.last, links.search(last=None)))
    if len(request.search_in) == 1:
        where = say(N_("Titles only")) if request.search_in == ("title",) else say(N_("Texts only"))
        found.append(Chip(say(N_("Search in")), where, links.search(search_in=("title", "body"))))
    return (*found, *_chips_of_words(request, links, interface))


def _chips_of_words(request: SearchRequest, links: Links, interface: Interface) -> Iterator[Chip]:
    """How words are met and ranked, where it is not as usual."""
    say = interface.gettext
    if request.match == "exact":
        yield Chip(say(N_("Words")), say(N_("exactly as written")), links.search(match="forms"))
    if request.qlang is not None:
        yield Chip(say(N_("Word forms of")), interface.language(request.qlang), links.search(qlang=None))
    if request.half_life is not None:
        days = interface.ngettext("%(shown)s day", "%(shown)s days", ceil(request.half_life))
        lift = say(N_("Lift of new articles, half-life"))
        yield Chip(lift, days % {"shown": interface.number(request.half_life)}, links.search(half_life=None))


def unfiltered(request: SearchRequest) -> SearchRequest:
    """The request with nothing but its words and their joining, order, size of page and explanations."""
    return SearchRequest(
        q=request.q, op=request.op, sort=request.sort, per_page=request.per_page, explain=request.explain
    )


def _shown(name: str, value: str, interface: Interface) -> str:
    return interface.language(value) if name == "lang" else value


def _moment(interface: Interface, iso: str) -> str:
    """A date that a person typed; as typed, where it is none."""
    try:
        return interface.moment(iso)
    except ValueError:
        return iso
