"""The profiles as arrays: what langdetect and py3langid themselves make of a text, and a cache that may be lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langdetect.detector_factory import DetectorFactory
from langdetect.utils.ngram import NGram
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier, visit_counts

from index.compiled import CACHE_VARIABLE
from index.kept_arrays import read_arrays, write_arrays
from index.language import profiles as module
from index.language.kernels import add_features, add_ngrams
from index.language.profiles import UNSEEN, Profiles, build, known_profiles

TEXTS = [
    "The Governor of CALIFORNIA laid down her powers, McDonald said on Monday.",
    "Губернатор США сложил в понедельник свои полномочия.",
    "知事は月曜日に権限を手放し、その後市議会と話した。",
    "استاندار روز دوشنبه از اختیارات خود کناره گرفت",
    "Preşedintele și țara; Thống đốc đã từ chức vào thứ Hai",
    "주지사는 월요일에 권한을 내려놓고 ㄅㄆㄇ",
    "",
    " a  b\u00a0«c» 𝒜 𠮷 x",
]


@pytest.fixture(scope="module")
def langdetects() -> Any:
    factory = DetectorFactory()
    folder = files("langdetect").joinpath("profiles")
    entries = sorted((entry for entry in folder.iterdir() if entry.name[0] != "."), key=lambda entry: entry.name)
    factory.load_json_profile([entry.read_text("utf-8") for entry in entries])
    return factory


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _drawn(factory: Any, text: str) -> list[str]:
    """The n-grams that langdetect would draw from."""
    detector = factory.create()
    detector.text = text
    found: list[str] = detector._extract_ngrams()
    return found


def _assert_same_ngrams(factory: Any, text: str) -> None:
    known = known_profiles()
    sums = np.zeros(known.ngram_logs.shape[1], np.float32)
    count = add_ngrams(
        _codes(text), known.normal, known.ngram_keys, known.ngram_places, known.ngram_logs, 0, len(sums), sums
    )
    drawn = _drawn(factory, text)
    assert count == len(drawn), text
    rows = np.array([factory.word_lang_prob_map[gram] for gram in drawn]).reshape(-1, len(factory.langlist))
    expected = np.log1p(rows / UNSEEN).sum(0)[list(map(factory.langlist.index, known.ngram_languages))]
    assert np.allclose(sums[: len(expected)], expected, rtol=1e-4, atol=1e-3), text


@pytest.mark.parametrize("text", TEXTS)
def test_the_ngrams_are_those_that_langdetect_draws_from(langdetects: Any, text: str) -> None:
    _assert_same_ngrams(langdetects, text)


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("aAbB éşșțđ.,«ىیকあア漢国国가")))
def test_the_ngrams_of_any_text_are_those_that_langdetect_draws_from(langdetects: Any, text: str) -> None:
    _assert_same_ngrams(langdetects, text)


def test_characters_are_normalised_as_langdetect_does() -> None:
    normal = known_profiles().normal
    for code in range(0x10000):
        if not 0xD800 <= code <= 0xF8FF:
            letter = NGram.normalize(chr(code))
            assert (normal[code] & 0xFFFFFF, normal[code] >> 24) == (ord(letter), letter.isupper()), hex(code)


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)


@pytest.mark.parametrize("text", [text for text in TEXTS if text])
def test_the_features_are_those_that_py3langid_finds(identifier: LanguageIdentifier, text: str) -> None:
    known = known_profiles()
    counts: Counter[int] = (
        visit_counts(identifier.tk_nextmove, identifier._rowbase, identifier.tk_output, text.encode()) or Counter()
    )
    sums = np.zeros(known.feature_logs.shape[1], np.float32)
    listed, keys, places = known.features_listed, known.feature_keys, known.feature_places
    total = add_features(_codes(text), listed, keys, places, known.feature_logs, 0, len(sums), sums)
    assert total == pytest.approx(sum(np.log1p(count) for count in counts.values()), rel=1e-5)
    expected = sum(known.feature_logs[row].astype(float) * np.log1p(count) for row, count in counts.items())
    assert np.allclose(sums, expected, rtol=1e-4, atol=1e-2)
    places: defaultdict[str, list[int]] = defaultdict(list)  # some languages have several columns, in their order
    for place, name in enumerate(identifier.nb_classes):
        places[str(name)].append(place)
    columns = [places[str(name)].pop(0) for name in known.feature_languages]
    logs = np.asarray(identifier.nb_ptc, np.float64)[:, columns]
    ours = known.feature_logs[:, : logs.shape[1]] * float(known.feature_step[0]) + logs.min()
    assert np.abs(ours - logs).max() <= float(known.feature_step[0]) / 2 + 1e-6


def test_the_cache_holds_what_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    built = build()
    for arrays in (known_profiles.__wrapped__(), known_profiles.__wrapped__()):
        for field in fields(Profiles):
            assert np.array_equal(getattr(arrays, field.name), getattr(built, field.name)), field.name


@pytest.mark.parametrize("damage", ["a bit", "the end", "everything", "the magic"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    built = known_profiles()
    monkeypatch.setattr(module, "build", lambda: built)
    known_profiles.__wrapped__()
    (path,) = tmp_path.rglob(module.FILE)
    whole = path.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "a bit": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "the end": whole[:-1],
        "everything": b"",
        "the magic": b"x" + whole[1:],
    }[damage]
    path.unlink()
    path.write_bytes(damaged)
    assert read_arrays(path) is None
    known_profiles.__wrapped__()
    assert path.read_bytes() == whole


def test_a_cache_that_can_not_be_written_is_done_without(tmp_path: Path) -> None:
    write_arrays(tmp_path / "no such folder" / "file", {"one": np.arange(3)})
    assert read_arrays(tmp_path / "no such folder" / "file") is None


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.text("abc_", min_size=1, max_size=5),
        st.sampled_from(["u1", "<u8", "<f4", "<U3"]).flatmap(
            lambda kind: st.lists(st.integers(0, 200), max_size=9).map(lambda items: np.array(items).astype(kind))
        ),
        max_size=4,
    )
)
def test_arrays_come_back_as_they_were_written(tmp_path_factory: Any, arrays: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("arrays") / "file"
    write_arrays(path, arrays)
    found = read_arrays(path)
    assert found is not None
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
        assert not found[name].flags.writeable
