"""Where a report was filed: the place that opens its dateline.

Datelines are told by their layout, without words of any language: a place in capitals (or of at most four words), then
a date, an agency in parentheses or between slashes, and a dash; of these, enough to be sure.
"""

from __future__ import annotations

import re

import regex

MAX_PLACE = 100
OPENING = 160
"""Characters of an article that are looked at."""
_DASH = r"(?:\.?-{2,}|\.-|(?<=[\s\d)）])-(?=\s|$)|—|―|(?<=\s)–|–(?=\s))"
_AGENCY = r"(?:[(（]\s?[\p{L}\p{M}][^()（）\d\n]{1,30}[)）]|/[\p{L}\p{M}][^/\d\n]{1,20}/)"
# Here regex is told to keep the interpreter's lock (``concurrent=False``): texts are short, letting it go costs more.
_DATELINE = regex.compile(
    rf"(?:[(（]\p{{Lu}}{{2,8}}[)）]\s*{_DASH}\s*)?"  # an agency may stand first
    r"(?P<head>[\p{Lu}\p{Lo}\p{Ll}][^()（）\n—―:;!?«»\"“”]{1,80}?)"
    rf"\s*(?:(?P<agency>{_AGENCY})(?P<late>,?\s+[^()\n–—]{{0,20}}\d[^()\n–—]{{0,20}}?(?=\s*{_DASH}))?"
    rf"\.?\s*(?P<dash>{_DASH})?|(?P<dash>{_DASH}))"
)
_NEVER_IN_HEAD = re.compile(r"[()（）—―:;!?«»\"“”]")
_HYPHENS = re.compile(r"-(?:[-\s]|$)|\.-")
_DIGIT = regex.compile(r"\d")
_END_OF_PLACE = regex.compile(rf"[(（/]|\s*{_DASH}")
_NO_LETTERS = regex.compile(r"^[^\p{L}]+")
_LETTER = regex.compile(r"\p{L}")
_DATES = (
    regex.compile(r"(?P<mark>[,،、，.])\s*\d.*$"),  # MINSK, 5. Februar
    regex.compile(r"(?P<mark>[,،、，.])\s*[\p{L}\p{M}]+\.?\s+(?:(?:de|of)\s+)?\d.*$"),  # HONG KONG, March 31
    regex.compile(r"(?P<mark>)\s\d+\.?\s*[\p{L}\p{M}].*$"),  # Minsk 5. Februar
    regex.compile(r"(?P<mark>)(?:^|\s)(?:[\p{L}\p{M}]+\.?\s+)?\d.*$"),  # Minsk Feb 5
)
_SPECIAL = (
    regex.compile(r"[(\[（](?P<place>[\p{Hangul}\p{Lu} ]{2,20})=[^)\]）\n]{2,30}[)\]）]"),  # (서울=연합뉴스)
    regex.compile(r"【(?P<place>[\p{Han}\p{Katakana}\p{Hiragana}ー・]{2,16})[＝=][^】\n]{1,20}】"),  # 【北京＝田中】
    regex.compile(
        r"[(（]?\p{Han}{0,6}?[社报報网網](?P<place>\p{Han}{2,8}?)(?:\d{1,2}月)?\d{1,2}日[电電讯訊]"
    ),  # 新华社北京2月5日电
)


def declared_place(text: str) -> str | None:
    """The place in what an archive declares as one: a name (``Minsk, Belarus``) or a raw dateline (``HONG KONG, March
    31 -``)."""
    head = _END_OF_PLACE.split(text.strip(), maxsplit=1)[0]
    place = _NO_LETTERS.sub("", _without_date(head)[0]).rstrip(" ,،:;-–—\"'").replace(" ,", ",")
    return place if 1 < len(place) <= MAX_PLACE and _LETTER.search(place) else None


def place_in(paragraph: str) -> str | None:
    """The place of the dateline that opens ``paragraph``, an article's first; ``None`` where none does."""
    opening = paragraph[:OPENING]
    for layout in _SPECIAL if _may_be_special(opening) else ():
        if match := layout.match(opening, concurrent=False):
            return str(match["place"]).strip()
    may_be_one = _has_a_sign(opening) and _has_a_sign(_reach(opening))
    match = _DATELINE.match(opening, concurrent=False) if may_be_one else None
    if match is None:
        return None
    head, agency, dash = match["head"], match["agency"], match["dash"]
    place, mark = _without_date(head)
    dated = mark is not None or bool(match["late"] and dash)
    if _in_capitals(place):
        sure = (
            bool(dated and (dash or agency)) or bool(agency and dash) or bool(dash and sum(map(str.isalpha, place)) > 3)
        )
        return place if sure and len(place.split()) <= 6 else None
    set_apart = mark != "" or _without_case(place)
    sure = bool(agency and (dash or mark is not None)) or bool(dated and dash)
    return place if sure and set_apart and _is_name(place, dated) else None


def _reach(opening: str) -> str:
    """So much of ``opening`` as a place and the first sign behind it may take."""
    first = _NEVER_IN_HEAD.search(opening)
    if first is None or first.start() == 0:  # an agency may stand first
        return opening
    reach = opening[: first.end()]
    return opening if "/" in reach else reach


def _has_a_sign(opening: str) -> bool:
    """Whether there is an agency or a dash in ``opening``, without which the pattern of datelines would try each length
    of a place in vain."""
    return (
        "(" in opening
        or ("-" in opening and _HYPHENS.search(opening) is not None)
        or opening.count("/") > 1
        or (not opening.isascii() and ("—" in opening or "–" in opening or "（" in opening or "―" in opening))
    )


def _may_be_special(opening: str) -> bool:
    """Whether a sign without which no layout of :data:`_SPECIAL` matches is in ``opening``."""
    return "=" in opening or (
        not opening.isascii()
        and ("电" in opening or "電" in opening or "讯" in opening or "訊" in opening or "【" in opening)
    )


def _without_date(head: str) -> tuple[str, str | None]:
    """``head`` without the date at its end, and the mark that set it apart; ``None`` where there is no date."""
    for layout in _DATES if _DIGIT.search(head, concurrent=False) else ():
        if match := layout.search(head, concurrent=False):
            place = head[: match.start()].strip(" ,،")
            abbreviated = match["mark"] == "." and "," in place  # RICHMOND, Va. Feb 26
            return place + "." if abbreviated else place, match["mark"]
    return head.strip(" ,،"), None


def _in_capitals(place: str) -> bool:
    """Whether all words are in capitals, those aside that a comma sets apart (``SAN FRANCISCO, Calif.``)."""
    city = place.split(",")[0]
    return city == city.upper() and city != city.lower() and sum(map(str.isalpha, city)) > 1


def _without_case(place: str) -> bool:
    return place == place.upper() == place.lower()


def _is_name(place: str, dated: bool) -> bool:
    """At most four words beside a date, else two, or three with a small one between (``Rio de Janeiro``); the first and
    the last capitalised. In scripts without case at most two short ones, since all of them could be anything."""
    words = place.split()
    if not words or _without_case(place) or "\u10d0" <= place[0] <= "\u10ff":
        return 1 <= len(words) <= 2 and len(place) <= 24
    small = len(words) == 3 and words[1].islower()
    return len(words) <= (4 if dated or small else 2) and not words[0][0].islower() and not words[-1][0].islower()
