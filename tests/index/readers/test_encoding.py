"""Bytes become the text that was meant, whatever encoding it was saved in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.readers.encoding import SAMPLE, as_utf8, decode
from index.readers.stream import ByteStream

TEXTS = {
    "cp1252": "Die Brücke über den Fluß wurde am Samstag für Fußgänger geöffnet, und die Gäste kamen in großer Zahl. ",
    "cp1251": "Мост через реку открыли в субботу для пешеходов, и гости пришли в большом количестве. ",
    "koi8-r": "Мост через реку открыли в субботу для пешеходов, и гости пришли в большом количестве. ",
    "gb18030": "星期六，河上的大桥向行人开放，许多客人前来参观，市长在仪式上发表了讲话。",
    "shift_jis": "土曜日、川にかかる橋が歩行者に開放され、多くの人々が訪れて、市長があいさつをしました。",
    "euc-kr": "토요일에 강을 가로지르는 다리가 보행자에게 개방되었고 많은 손님이 찾아왔습니다.",
    "cp1255": "הגשר מעל הנהר נפתח בשבת להולכי רגל והאורחים הגיעו בהמוניהם אל הטקס החגיגי. ",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_old_encodings_are_guessed(encoding: str) -> None:
    text = TEXTS[encoding] * 4
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "text",
    [
        "title,body\nCafé ouvert,le texte est ici à Paris\n",
        "Die Brücke ist offen.",
        "El niño llegó a la estación – por fin.",
        "A fita azul não é do João, diz a irmã.",
        "Køb af færge udsat; vejen til Ålborg er åben.",
    ],
)
def test_a_few_western_accents_are_enough(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize("encoding", [*TEXTS, "latin-1"])
def test_a_page_says_its_encoding(encoding: str) -> None:
    text = TEXTS.get(encoding, TEXTS["cp1252"])
    page = f"<html><head><meta charset={encoding}></head><p>{text[:20]}</p></html>"
    assert decode(page.encode(encoding), markup=True) == page


def test_utf8_beats_what_a_page_says() -> None:
    page = "<meta charset='iso-8859-1'><p>Größe – “quoted”</p>"
    assert decode(page.encode(), markup=True) == page


def test_a_page_may_name_an_encoding_that_there_is_not() -> None:
    for name in ("klingon", "rot13", "zlib", "idna", "unicode_escape", "utf-7"):
        assert "x" in decode(f"<meta charset={name}><p>x \xe9</p>".encode("latin-1"), markup=True)


def test_a_few_broken_bytes_cost_only_themselves() -> None:
    content = ("Größe " * 500).encode() + b"\xff\xfe" + b"Ende"
    assert decode(content).endswith("\ufffd\ufffdEnde")
    assert decode(content).startswith("Größe Größe")


@given(st.binary(max_size=300))
def test_any_bytes_become_text_that_can_be_written(content: bytes) -> None:
    decode(content).encode()
    decode(content, markup=True).encode()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80), st.integers(1, 7))
def test_a_marked_stream_is_the_same_text_in_utf8_however_it_is_cut(text: str, size: int) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        content = text.encode(encoding)
        rest = iter([content[at : at + size] for at in range(0, len(content), size)])
        stream = as_utf8(ByteStream(lambda _, rest=rest: next(rest, b"")), guessing=True)  # type: ignore[misc]
        assert stream.read_all(SAMPLE) == text.encode()
