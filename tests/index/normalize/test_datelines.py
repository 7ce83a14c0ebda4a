"""Datelines of many agencies and languages, and openings that are none."""

from __future__ import annotations

import random
import time

import pytest

from index.normalize.datelines import _DATELINE, _has_a_sign, declared_place, place_in

DECLARED = """
HONG KONG, March 31 - | HONG KONG
MINSK, 5. Februar (BelTA) – | MINSK
PORTLAND, Ore., Feb 26 - | PORTLAND, Ore.
RICHMOND, Va. Feb 26 - | RICHMOND, Va.
MONTREAL, Feb 26- | MONTREAL
AMSTERDAM, 2 March - | AMSTERDAM
CHICAGO, March  2 - | CHICAGO
RIO DE JANEIRO, Feb 26 - A report that "anti- | RIO DE JANEIRO
****SANTO DOMINGO, Feb 26 - | SANTO DOMINGO
OAKLAND , N.J., Feb 26 - | OAKLAND, N.J.
Minsk, Belarus | Minsk, Belarus
Port-au-Prince | Port-au-Prince
Washington, D.C. | Washington, D.C.
北京 | 北京
- | None
123 | None
March 31 - | None
"""

OPENINGS = """
MINSK, 5. Februar (BelTA) – Der Bau | MINSK
MINSK, 5 February (BelTA) - The building | MINSK
МИНСК, 5 февраля /Корр. БЕЛТА/. Мост | МИНСК
МІНСК, 5 лютага (БелТА) – Мост | МІНСК
LONDON (Reuters) - The bank | LONDON
WASHINGTON — A bridge | WASHINGTON
SAN FRANCISCO, Calif. (AP) — A ferry | SAN FRANCISCO, Calif.
ST. LOUIS (AP) — A ferry | ST. LOUIS
PORT-AU-PRINCE, Haiti (AP) -- The port | PORT-AU-PRINCE, Haiti
NEW YORK, March 31 - Shares | NEW YORK
Berlin (dpa) - Die Brücke | Berlin
Wien (APA) – Der Fluss | Wien
Paris, 5 fév 2026 (AFP) - Le pont | Paris
Madrid, 5 feb (EFE).- El puente | Madrid
(ANSA) - ROMA, 05 FEB - Il ponte | ROMA
Warszawa (PAP) – Most | Warszawa
São Paulo, 5 fev (Reuters) - A ponte | São Paulo
ANKARA (AA) - Köprü | ANKARA
МОСКВА, 5 фев - РИА Новости. Мост | МОСКВА
Москва. 5 февраля. INTERFAX.RU - Мост | Москва
MOSCOW, February 5. /TASS/. The bridge | MOSCOW
New Delhi, Feb 5 (PTI) The bridge | New Delhi
नई दिल्ली, 5 फरवरी (भाषा) पुल | नई दिल्ली
بيروت 5 فبراير (رويترز) - قال | بيروت
تهران، ۵ بهمن (ایرنا) – پل | تهران
ΑΘΗΝΑ, 5 Φεβρουαρίου (ΑΠΕ) - Η γέφυρα | ΑΘΗΝΑ
თბილისი, 5 თებერვალი (ინტერპრესნიუსი) – ხიდი | თბილისი
BUDAPEST, február 5. (MTI) – A híd | BUDAPEST
新华社北京2月5日电 大桥 | 北京
（新华社日内瓦2月5日电）大桥 | 日内瓦
(서울=연합뉴스) 다리 | 서울
서울, 2월 5일 (연합) - 다리 | 서울
【ワシントン＝田中】橋 | ワシントン
In 2024, the company - which | None
The 5 men (all of them young) were | None
The harbour master on 5 May (local time) – said | None
The minister – who | None
A new bridge (the third) - said | None
Showers continued throughout the week in | None
Der Wolf, 5 Jahre alt, ist | None
U.S. - China talks | None
Die Stadt will 2026 mehr Geld ausgeben – das | None
"Yes" – she said | None
The old ferryman Tom Rye (pictured) retires at the age of 82 | None
The River Boat Federation (RBF) – a club | None
River Boat Federation (RBF) – its chairwoman | None
Rio de Janeiro (AFP) - A ponte | Rio de Janeiro
የወንዝ ጀልባ ፌዴሬሽን (ወጀፌ) - ሊቀመንበር | None
BREST (BelTA), 5 February – The bridge | BREST
"""


def rows(table: str) -> list[list[str]]:
    return [row.split(" | ") for row in table.strip().splitlines()]


@pytest.mark.parametrize(("written", "place"), rows(DECLARED))
def test_a_declared_place_loses_date_agency_and_dash(written: str, place: str) -> None:
    assert str(declared_place(written)) == place


@pytest.mark.parametrize(("opening", "place"), rows(OPENINGS))
def test_a_place_is_told_by_the_layout_of_the_dateline(opening: str, place: str) -> None:
    assert str(place_in(opening)) == place


@pytest.mark.parametrize(
    "hostile", ["A" * 100_000, "A, " * 50_000, "(" * 100_000, "A 1" * 50_000, "新华社" * 50_000, ""]
)
def test_hostile_openings_cost_nothing(hostile: str) -> None:
    started = time.monotonic()
    place_in(hostile)
    declared_place(hostile[:1_000])
    assert time.monotonic() - started < 1


def test_whatever_has_the_layout_of_a_dateline_is_looked_at() -> None:
    seed = 20260205
    print(f"seed {seed}")
    chance = random.Random(seed)
    pieces = [
        "Minsk",
        "MINSK",
        "Rio de Janeiro",
        "北京",
        "5. Februar",
        " ",
        " ",
        " ",
        ", ",
        "(BelTA)",
        "（新华社）",
        "/AFP/",
        "(AP)",
    ]
    pieces += ["-", "--", ".-", ".--", "–", "—", "―", "\u00a0", "\n", ".", "a", "3", ")", "/", "("]
    layouts = 0
    for _ in range(30_000):
        opening = "".join(chance.choices(pieces, k=chance.randint(1, 6)))
        if _DATELINE.match(opening):
            layouts += 1
            assert _has_a_sign(opening), opening
    assert layouts > 1_000
