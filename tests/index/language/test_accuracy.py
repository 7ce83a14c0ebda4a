"""How often the language is right, on real sentences in some two hundred languages: floors that may only rise."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from pathlib import Path

import pytest

from index.language import detect
from index.language.declared import declared_code
from index.language.scripts import script_rules

SAME = {"bs": "hr", "yue": "zh"} | dict.fromkeys("acm acq aeb ajp apc ars ary arz".split(), "ar")
"""What we answer alike: Bosnian; dialects of Arabic; Cantonese, which SIB-200 has as standard Chinese is written."""
NO_LANGUAGE_OF_ITS_SCRIPT = {"arb_Latn", "ace_Arab", "bjn_Arab", "min_Arab", "knc_Arab", "mni_Beng"}
"""Real languages in a script that is not theirs in any press: not asked for."""


@pytest.fixture(scope="module")
def sentences(shared: Path) -> dict[str, list[str]]:
    found = defaultdict(list)
    with gzip.open(shared / "data/sib200-dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["lang"] not in NO_LANGUAGE_OF_ITS_SCRIPT:
                found[row["lang"]].append(row["text"])
    return found


def _code(flores: str) -> str:
    code = declared_code(flores) or "und"
    return SAME.get(code, code)


def _answered() -> set[str]:
    """Every language that may be an answer."""
    answers = {sign.lang for script in script_rules() for sign in script.signs}
    return answers.union(*(script.languages for script in script_rules()))


@pytest.mark.shared
def test_sentences_in_the_languages_that_langdetect_knows(sentences: dict[str, list[str]]) -> None:
    """langdetect itself: 0.984 of the same sentences (``python -m benchmarks.detection``)."""
    known = [flores for flores in sentences if declared_code(flores) in _langdetect_languages()]
    right = {flores: _share(sentences[flores], _code(flores)) for flores in known}
    assert len(known) >= 55
    assert sum(right.values()) / len(right) >= 0.993
    assert min(right.values()) >= 0.91, min(right, key=lambda flores: right[flores])


@pytest.mark.shared
def test_sentences_in_other_languages(sentences: dict[str, list[str]]) -> None:
    ours = _answered() - _langdetect_languages()
    others = [flores for flores in sentences if _code(flores) in ours or flores == "bos_Latn"]
    right = {flores: _share(sentences[flores], _code(flores)) for flores in others}
    assert len(others) >= 65
    assert sum(right.values()) / len(right) >= 0.97


@pytest.mark.shared
def test_sentences_in_languages_that_nothing_is_known_of(sentences: dict[str, list[str]]) -> None:
    unknown = [flores for flores in sentences if _code(flores) not in _answered()]
    left_open = [_share(sentences[flores], "und") for flores in unknown]
    assert sum(left_open) / len(left_open) >= 0.6


def _share(texts: list[str], lang: str) -> float:
    return sum(detect(text).lang == lang for text in texts) / len(texts)


def _langdetect_languages() -> set[str]:
    names = (
        "af ar bg bn ca cs cy da de el en es et fa fi fil fr gu he hi hr hu id it ja kn ko lt lv mk ml mr ne nl no pa"
    )
    return set(names.split()) | set("pl pt ro ru sk sl so sq sv sw ta te th tr uk ur vi zh".split())
