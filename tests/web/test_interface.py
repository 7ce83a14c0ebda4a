"""The languages of the page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from werkzeug.datastructures import LanguageAccept

from search.result import QueryWarning
from web.interface import CODES, catalogue_path, chosen, load_interfaces
from web.notices import _WARNINGS, warning_notice

WEB = Path(__file__).resolve().parents[2] / "web"
TRANSLATED = [code for code in CODES if code != "en"]
INTERFACES = load_interfaces()


def messages() -> Iterator[str | tuple[str, ...]]:
    """Everything that the page says, as Babel's extractor finds it."""
    with (WEB / "translations" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
    for _, _, message, _, _ in extract_from_dir(WEB, methods, options, keywords):
        yield message


def catalogue(code: str) -> Catalog:
    with catalogue_path(code).open("rb") as file:
        return read_po(file, locale=code)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_of_the_page_is_translated(code: str) -> None:
    known = catalogue(code)
    wanted = set(messages())
    assert len(wanted) > 80
    assert not set(str(wanted)) & set("<>&")
    for message in wanted:
        entry = known.get(message[0] if isinstance(message, tuple) else message)
        assert entry, f"{code} lacks {message!r}"
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        assert all(strings), f"{code} leaves {message!r} empty"
        assert not entry.fuzzy
    assert {entry.id if isinstance(entry.id, str) else tuple(entry.id) for entry in known if entry.id} == wanted


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_keeps_the_values_of_its_sentence(code: str) -> None:
    for entry in catalogue(code):
        if not entry.id:  # the head of the catalogue
            continue
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        strings = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        wanted = set(re.findall(r"%\(\w+\)s", ids[0]))
        for string in strings:
            found = set(re.findall(r"%\(\w+\)s", string))
            assert found <= wanted, string
            assert not set(string) & set('<>&"'), f"{string!r} stands in pages and attributes as it is"
            # One, two: Arabic says the number in the noun.
            assert found >= wanted - {"%(shown)s"}, string


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("en", {1: "1 article", 2: "2 articles"}),
        ("ru", {1: "1 статья", 3: "3 статьи", 11: "11 статей", 21: "21 статья"}),
        ("ar", {0: "0 مقال", 1: "مقال واحد", 2: "مقالان", 5: "5 مقالات", 11: "11 مقالًا", 100: "100 مقال"}),
        ("zh", {1: "1 篇文章", 7: "7 篇文章"}),
    ],
)
def test_numbers_take_the_plural_of_the_language(code: str, counts: dict[int, str]) -> None:
    for count, text in counts.items():
        said = INTERFACES[code].ngettext("%(shown)s article", "%(shown)s articles", count)
        assert said % {"shown": count} == text


@pytest.mark.parametrize(
    ("iso", "en", "de", "zh"),
    [
        ("1987", "1987", "1987", "1987年"),
        ("2026-02", "February 2026", "Februar 2026", "2026年2月"),
        ("2026-02-05", "February 5, 2026", "5. Februar 2026", "2026年2月5日"),
        ("2026-02-05T12", "February 5, 2026, 12h", "5. Februar 2026, 12 Uhr", "2026年2月5日 12时"),
        ("2026-02-05T12:38", "February 5, 2026, 12:38", "5. Februar 2026, 12:38", "2026年2月5日 12:38"),
        (
            "2026-02-05T00:05:09-03:30",
            "February 5, 2026, 00:05 UTC-03:30",
            "5. Februar 2026, 00:05 UTC-03:30",
            "2026年2月5日 00:05 UTC-03:30",
        ),
        (
            "1401-12-31T23:59Z",
            "December 31, 1401, 23:59 UTC",
            "31. Dezember 1401, 23:59 UTC",
            "1401年12月31日 23:59 UTC",
        ),
    ],
)
def test_a_date_is_shown_as_precise_as_it_is(iso: str, en: str, de: str, zh: str) -> None:
    assert [INTERFACES[code].moment(iso) for code in ("en", "de", "zh")] == [en, de, zh]


def test_a_right_to_left_line_keeps_the_order_of_time_and_offset() -> None:
    assert INTERFACES["ar"].moment("2026-02-05T12:38") == "5 فبراير 2026، 12:38"
    assert INTERFACES["ar"].moment("2026-02-05T12:38Z") == "5 فبراير 2026، \u206612:38 UTC\u2069"


def test_what_is_no_date_is_refused() -> None:
    for text in ("", "soon", "2026-13", "2026-02-05-07"):
        with pytest.raises(ValueError, match=r".+"):
            INTERFACES["en"].moment(text)


def test_languages_have_names_in_every_interface() -> None:
    assert [INTERFACES[code].language("ru") for code in CODES] == ["Russian", "Russisch", "Русский", "الروسية", "俄语"]
    assert INTERFACES["en"].language("und") == "Unknown language"
    assert INTERFACES["en"].language("qqq") == "Qqq"
    assert [INTERFACES[code].language("pnb") for code in ("en", "de")] == ["Western Punjabi", "پنجابی"]


@pytest.mark.parametrize(
    ("wanted", "accepted", "code"),
    [
        ("ar", [("de", 1)], "ar"),
        ("xx", [("de", 1)], "de"),
        (None, [("fr", 1), ("zh-Hant-TW", 0.8), ("en", 0.5)], "zh"),
        (None, [("ru", 0)], "en"),
        (None, [("*", 1)], "en"),
        (None, [], "en"),
    ],
)
def test_the_interface_is_what_the_reader_asks_for(
    wanted: str | None, accepted: list[tuple[str, float]], code: str
) -> None:
    assert chosen(INTERFACES, wanted, LanguageAccept(accepted)).code == code


def test_a_warning_is_said_in_the_language_of_the_page() -> None:
    for code in _WARNINGS:
        warning = QueryWarning("An English sentence.", 4, code)
        assert warning_notice(warning, INTERFACES["en"]).text == "An English sentence."
        assert warning_notice(warning, INTERFACES["ru"]).lang == "ru"
    assert warning_notice(QueryWarning("New.", None, "new_code"), INTERFACES["ru"]).lang == "en"


def test_the_searcher_gives_no_warning_that_has_no_translation() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((WEB.parent / "search").rglob("*.py")))
    given = set(re.findall(r'(?:warn\(|_warning\(\s*|code=|QueryWarning\([^)]*, )"([a-z]+(?:_[a-z]+)+)"', sources))
    assert len(given) > 8
    assert given <= set(_WARNINGS)


def test_catalogues_are_read_quickly() -> None:
    started = time.perf_counter()
    load_interfaces()
    assert time.perf_counter() - started < 2
