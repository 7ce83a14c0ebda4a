"""Dates: their place on the time line against the standard library, their reading against what was written."""

from __future__ import annotations

import email.utils
import time
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from index.dates import iso_day, parts_of_numbers, read_date, span_of
from index.dates.written import parts_of_words

MOMENTS = st.datetimes(datetime(1400, 1, 2), datetime(2200, 12, 30)).map(lambda moment: moment.replace(microsecond=0))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def seconds(moment: datetime) -> int:
    return int((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


@given(MOMENTS, OFFSETS)
def test_a_moment_to_the_second_spans_that_second_in_any_zone(moment: datetime, offset: timezone) -> None:
    there = moment.replace(tzinfo=offset)
    if there.astimezone(UTC).year in range(1400, 2201):
        span = span_of(there.isoformat())
        assert (span.first, span.last) == (seconds(there), seconds(there))


@pytest.mark.parametrize(
    ("iso", "first", "after"),
    [
        ("2026", datetime(2026, 1, 1), datetime(2027, 1, 1)),
        ("2024-02", datetime(2024, 2, 1), datetime(2024, 3, 1)),
        ("2026-12", datetime(2026, 12, 1), datetime(2027, 1, 1)),
        ("2026-02-05", datetime(2026, 2, 5), datetime(2026, 2, 6)),
        ("2026-02-05T12", datetime(2026, 2, 5, 12), datetime(2026, 2, 5, 13)),
        ("2026-02-05T12:38", datetime(2026, 2, 5, 12, 38), datetime(2026, 2, 5, 12, 39)),
        ("2026-02-05T12:38+03:00", datetime(2026, 2, 5, 9, 38), datetime(2026, 2, 5, 9, 39)),
        ("2026-02-05T12Z", datetime(2026, 2, 5, 12), datetime(2026, 2, 5, 13)),
        ("1969-12-31T23:59:59", datetime(1969, 12, 31, 23, 59, 59), datetime(1970, 1, 1)),
    ],
)
def test_a_partial_date_spans_all_it_can_mean(iso: str, first: datetime, after: datetime) -> None:
    span = span_of(iso)
    assert (span.first, span.last) == (seconds(first), seconds(after) - 1)


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-02-30",
     "2026-2-5", "9999", "1399", "2201-01", "2026-02-05 12:38", "2026-02-05Z", "٢٠٢٦",
     "2026-02-05T24:00", "2026-02-05T12:60", "2026-02-05T12:38+19:00", "2026-02-05T12:38+3", "2026\n", " 2026"],
)  # fmt: skip
def test_other_text_has_no_span(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        span_of(text)


@given(MOMENTS)
def test_the_day_of_a_moment_holds_it(moment: datetime) -> None:
    assert iso_day(seconds(moment)) == moment.date().isoformat()


WRITTEN = """
en | 2026 | 2026
en | 2026-02 | 2026-02
en | 2026-2-5 | 2026-02-05
en | 20260205 | 2026-02-05
en | 20260205T123809Z | 2026-02-05T12:38:09Z
en | 20260205123809 | 2026-02-05T12:38:09
en | 2026-02-05 12:38:09+00:00 | 2026-02-05T12:38:09+00:00
en | 2026-02-05T12:38:09.123Z | 2026-02-05T12:38:09Z
en | 2026-02-05T12:38:09+0300 | 2026-02-05T12:38:09+03:00
en | 2026-02-05T12:38:09+03:00[Europe/Minsk] | 2026-02-05T12:38:09+03:00
en | 2026-02-05T24:00 | 2026-02-06T00:00
en | 2026-02-05 12:38:09 UTC | 2026-02-05T12:38:09Z
en | 2026-00-00 | 2026
en | 2026/02/05 | 2026-02-05
en | Thu, 05 Feb 2026 12:38:09 +0300 | 2026-02-05T12:38:09+03:00
en | Thu, 5 Feb 26 12:38 EST | 2026-02-05T12:38-05:00
en | Thursday, 05-Feb-26 12:38:09 GMT | 2026-02-05T12:38:09Z
en | Thu Feb  5 12:38:09 2026 | 2026-02-05T12:38:09
en | Thu Feb  5 12:38:09 EST 2026 | 2026-02-05T12:38:09-05:00
en | Thu Feb 05 2026 12:38:09 GMT+0300 (Moscow Standard Time) | 2026-02-05T12:38:09+03:00
en | 26-FEB-1987 15:01:01.79 | 1987-02-26T15:01:01
en | 1770295089 | 2026-02-05T12:38:09Z
en | 1770295089000 | 2026-02-05T12:38:09Z
en | 1770295089.5 | 2026-02-05T12:38:09Z
en | February 5th, 2026 at 3:20 pm | 2026-02-05T15:20
en | Feb. 5, 2026, 3:20 p.m. ET | 2026-02-05T15:20-05:00
en | Updated 3:20 PM ET, Sun July 5, 2026 | 2026-07-05T15:20-04:00
en | 12:05 a.m., 5 Feb 2026 | 2026-02-05T00:05
en | 3 pm, 5 Feb 2026 | 2026-02-05T15
en | Published: 5 Feb 2026 | 2026-02-05
en | March 3, 2024 8:20 AM (GMT+3) | 2024-03-03T08:20+03:00
en | February 2026 | 2026-02
en | 02/2026 | 2026-02
de | 5. Februar 2026, 12:38 | 2026-02-05T12:38
de | Donnerstag, 5. Februar 2026, 12:38 Uhr | 2026-02-05T12:38
de | 5.2.2026, 12.38 Uhr | 2026-02-05T12:38
de | Februar 2026 | 2026-02
de | 5. Maerz 2026 | 2026-03-05
ru | 5 февраля 2026 г., 12:38 | 2026-02-05T12:38
be | 5 лютага 2026, 12:38 | 2026-02-05T12:38
pl | 5 lutego 2026 r., godz. 12:38 | 2026-02-05T12:38
ar | ٥ فبراير ٢٠٢٦ ١٢:٣٨ م | 2026-02-05T12:38
ar | 5 شباط 2026 | 2026-02-05
ar | 5 كانون الثاني 2026 | 2026-01-05
fa | ۱۶ بهمن ۱۴۰۴ | 2026-02-05
fa | پنج‌شنبه ۱۶ بهمن ۱۴۰۴ - ۱۲:۳۸ | 2026-02-05T12:38
fa | 1404/11/16 | 2026-02-05
th | 5 กุมภาพันธ์ 2569 12:38 น. | 2026-02-05T12:38
th | 31 มี.ค. 2568 | 2025-03-31
th | 05/02/2569 | 2026-02-05
hi | ५ फ़रवरी २०२६ | 2026-02-05
zh | 2026年2月5日 12:38 | 2026-02-05T12:38
zh | 2026年02月05日12:38:09 | 2026-02-05T12:38:09
zh | 2026年2月5日 下午3:20 | 2026-02-05T15:20
zh | ２０２６年２月５日　１２：３８ | 2026-02-05T12:38
zh | 2026年2月 | 2026-02
ja | 2026年2月5日(木) 午後3時20分 | 2026-02-05T15:20
ja | 2026/02/05(木) 12:38 | 2026-02-05T12:38
ko | 2026년 2월 5일 오후 3:20 | 2026-02-05T15:20
ko | 2026. 2. 5. 12:38 | 2026-02-05T12:38
fr | 5 févr. 2026 à 12h38 | 2026-02-05T12:38
fr | 1er février 2026 | 2026-02-01
es | 5 de febrero de 2026, 12:38 horas | 2026-02-05T12:38
pt | 5 de fevereiro de 2026 às 12h38 | 2026-02-05T12:38
fi | 5. helmikuuta 2026 klo 12.38 | 2026-02-05T12:38
da | 5. feb. 2026 kl. 12.38 | 2026-02-05T12:38
lt | 2026 m. vasario 5 d., 12:38 | 2026-02-05T12:38
lv | 2026. gada 5. februāris | 2026-02-05
hu | 2026. február 5., 12:38 | 2026-02-05T12:38
vi | Thứ Năm, 5 tháng 2, 2026 | 2026-02-05
he | 5 בפברואר 2026 | 2026-02-05
sw | 5 Februari 2026, saa 12:38 | 2026-02-05T12:38
tr | 5 Şubat 2026 Perşembe 12:38 | 2026-02-05T12:38
- | 5 лютага 2026 | 2026-02-05
- | 5 กุมภาพันธ์ 2026 | 2026-02-05
en | 05/02/2026 | 2026-05-02
en-GB | 05/02/2026 | 2026-02-05
de | 05.02.2026 12:38 | 2026-02-05T12:38
- | 05/02/2026 | 2026-02-05
en | 13/02/2026 | 2026-02-13
de | 02/13/2026 | 2026-02-13
"""


def rows(table: str) -> list[list[str]]:
    return [row.split(" | ") for row in table.strip().splitlines()]


@pytest.mark.parametrize(("lang", "written", "iso"), rows(WRITTEN))
def test_a_written_date_is_read_in_the_precision_it_has(lang: str, written: str, iso: str) -> None:
    assert read_date(written, lang=None if lang == "-" else lang, now=datetime(2026, 6, 1)) == iso


@pytest.mark.parametrize(
    "text",
    ["", " ", "yesterday", "2 hours ago", "gestern", "Monday",
     "Montag, 12:38", "12:38", "5 May", "May 26", "May", "9999-12-31",
     "0000-00-00", "32/13/2026", "31.02.2026", "30 Feb 2026", "13:61 5 Feb 2026", "spring", "Q5", "12 blork 2026",
     "5 Feb 2026 12:38 +9999", "1 2 3 4 5 2026", "1399", "2201", "999999999999999999999", "26.5.1",
     "١", "-", "2026-02-05T25:00",
     "The committee met on 5 February 2026 and decided that the bridge is to be built", "x" * 10_000, "1" * 100_000],
)  # fmt: skip
def test_what_says_no_certain_date_is_none(text: str) -> None:
    assert read_date(text) is None


@settings(max_examples=300)
@given(
    st.text(max_size=60) | st.text("0123456789:/.-T +ZhAPMam年月日 janfebMär٠٫", max_size=30),
    st.sampled_from([None, "en", "th", "fa"]),
)
def test_whatever_is_read_has_a_span(text: str, lang: str | None) -> None:
    iso = read_date(text, lang=lang)
    assert iso is None or span_of(iso).first <= span_of(iso).last


@given(MOMENTS.filter(lambda moment: moment.year >= 1900), OFFSETS)
def test_machine_forms_give_back_the_moment(moment: datetime, offset: timezone) -> None:
    there = moment.replace(tzinfo=offset)
    for written in (there.isoformat(), email.utils.format_datetime(there), there.strftime("%Y%m%dT%H%M%S%z")):
        iso = read_date(written)
        assert iso is not None
        assert span_of(iso).first == seconds(there)
    assert read_date(moment.strftime("%a %b %d %H:%M:%S %Y")) == moment.isoformat()


CLDR = """
af am ar az be bg bn bs ca cs cy da de el en es et fil fr ga gu ha hr hu hy id ig is it ja ka kk km kn ko ky
lb lo lt lv mk ml mr ms mt my nb ne nl pa pl pt ro ru sk sl sq sr sr_Latn sv sw ta te tr uk ur uz vi yo zh
zh_Hant zu
""".split()


@pytest.mark.parametrize("locale", CLDR)
def test_the_long_dates_of_cldr_are_read_in_every_language(locale: str) -> None:
    for day in (date(2026, 2, 5), date(2025, 3, 31), date(2024, 8, 28), date(2025, 12, 30)):
        written = format_date(day, "long", locale=locale)
        assert read_date(written, lang=locale) == day.isoformat(), written
        assert read_date(f"{written}, 15:07", lang=locale) == f"{day.isoformat()}T15:07", written


def test_a_time_zone_gives_the_offset_of_times_without_one() -> None:
    assert read_date("2026-02-05 12:38", timezone="Europe/Minsk") == "2026-02-05T12:38+03:00"
    assert read_date("5. Juli 2026, 12:38", lang="de", timezone="Europe/Berlin") == "2026-07-05T12:38+02:00"
    assert read_date("2026-02-05T12:38Z", timezone="Europe/Minsk") == "2026-02-05T12:38Z"
    assert read_date("2026-02-05", timezone="Europe/Minsk") == "2026-02-05"


def test_a_given_order_decides_numbers_and_years_of_two_digits_are_near() -> None:
    assert read_date("05/02/2026", lang="en", order="DMY") == "2026-02-05"
    assert read_date("05/02/2026", lang="de", order="MDY") == "2026-05-02"
    assert read_date("26-02-05", order="YMD", now=datetime(2026, 6, 1)) == "2026-02-05"
    assert read_date("05.02.87", lang="de", now=datetime(2026, 6, 1)) == "1987-02-05"


def test_garbage_in_thousands_is_cheap() -> None:
    started = time.monotonic()
    for number in range(3_000):
        read_date(f"{number} quux zork {number}")
    assert time.monotonic() - started < 10


KEPT = st.builds(
    "{:04}-{:02}-{:02}{}{}{}".format,
    st.sampled_from([1399, 1500, 1599, 1600, 1987, 2026, 2200, 2201]),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["", "T12:38", "T24:00", "T25:00", "T09:60"]),
    st.sampled_from(["", ":09", ":60"]),
    st.sampled_from(["", "Z", "+03:00", "-17:59", "+18:00", "+19:00", "+03:60", "-00:00"]),
)


@settings(max_examples=500)
@given(KEPT, st.sampled_from([None, "Europe/Paris", "Asia/Kathmandu"]))
def test_a_date_in_the_form_of_those_kept_is_kept_if_there_is_such_a_date(text: str, timezone: str | None) -> None:
    parts = parts_of_numbers(text)
    if parts is not None and parts.year >= 1600:
        assert read_date(text, timezone=timezone) == parts.iso(timezone)
    else:
        assert read_date(text, timezone=timezone) == read_date(f" {text}", timezone=timezone)


@settings(max_examples=300)
@given(
    st.sampled_from(["", "Thu, ", "Sun, ", "Mon "]),
    st.integers(0, 32),
    st.sampled_from("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()),
    st.sampled_from([1399, 1450, 1900, 2026, 2200, 2569]),
    st.sampled_from(["12:38:09", "00:00", "23:59:60", "24:00:00", "25:00", "12:61"]),
    st.sampled_from(["", " GMT", " UTC", " Z", " +0000", " -0330", " +9900"]),
    st.sampled_from([None, "en", "de", "fa", "th", "tr", "zh", "ar"]),
)
def test_a_date_of_a_mail_is_read_as_its_words_say(
    weekday: str, day: int, month: str, year: int, clock: str, zone: str, lang: str | None
) -> None:
    text = f"{weekday}{day:02} {month} {year} {clock}{zone}"
    in_words = parts_of_words(text, lang, None, 2026)
    assert read_date(text, lang=lang) == (in_words.iso() if in_words else None)
