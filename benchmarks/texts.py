"""The running texts that a benchmark's corpus is made of: real ones from ``../shared/data``, or invented ones.

A text belongs to a pool, the unit within which sentences may be recombined: one language in one script. Real texts are
read where they lie and never written into the project. Where they are not there, :func:`invented` makes pools of words
from random syllables of several scripts, drawn by Zipf's law.
"""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MASAKHANE = {"amh": "am", "eng": "en", "fra": "fr", "som": "so", "swa": "sw", "yor": "yo"}
XQUAD = ("ar", "de", "en", "es", "ru", "zh")
PAGES = {
    folder: lang
    for lang, *folders in map(
        str.split,
        "de at ch de il lu py,en ca mx my uk us,da dk gl,cs cz,fr fr,hi ind,is isl,ko kr,no no,pl pl,ru ru,sv se,sw tz,"
        "tr tr,zh cn".split(","),
    )
    for folder in folders
}
"""The language of each folder of newspaper pages that holds one language only."""
TAIL = (
    "afr_Latn azj_Latn bel_Cyrl ben_Beng bul_Cyrl cat_Latn ces_Latn dan_Latn deu_Latn ell_Grek est_Latn fin_Latn "
    "guj_Gujr hau_Latn heb_Hebr hin_Deva hrv_Latn hun_Latn hye_Armn ind_Latn ita_Latn jpn_Jpan kat_Geor kaz_Cyrl "
    "khm_Khmr kor_Hang lit_Latn lvs_Latn mar_Deva mya_Mymr nld_Latn nob_Latn pan_Guru pes_Arab pol_Latn por_Latn "
    "ron_Latn rus_Cyrl slk_Latn spa_Latn srp_Cyrl swe_Latn tam_Taml tel_Telu tha_Thai tur_Latn ukr_Cyrl urd_Arab "
    "uzn_Latn vie_Latn zho_Hans zho_Hant"
).split()
"""Languages that news is written in and of which there are sentences only: a tail of small pools."""
SENTENCES_A_TEXT = 6
FEWEST = 5
"""Texts that a pool must have."""
_HARD_WRAP = re.compile(r"\n(?! {4})")


@dataclass(frozen=True, slots=True)
class Text:
    """A title and a body, paragraphs separated by one line break."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Texts in one language and script; ``lang`` as an archive would declare it."""

    lang: str
    texts: tuple[Text, ...]


def pools(folder: Path = DATA) -> list[Pool]:
    """All pools, the real ones where ``folder`` is there, invented ones else; the largest first."""
    found = _real(folder) if folder.is_dir() else invented()
    return sorted(found, key=lambda pool: -len(pool.texts))


def _real(folder: Path) -> list[Pool]:
    texts: dict[str, dict[Text, None]] = {}
    for key, text in _every_text(folder):
        if text.body:
            texts.setdefault(key, {})[text] = None
    return [Pool(_language(key), tuple(some)) for key, some in texts.items() if len(some) >= FEWEST]


@cache
def _language(key: str) -> str:
    from index.language.declared import declared_code

    return declared_code(key) or "und"


def _every_text(folder: Path) -> Iterator[tuple[str, Text]]:
    """Each text with the key of its pool, in the order of the files."""
    for row in _rows(folder / "reuters.jsonl.gz"):
        yield "en", _text(row["title"], _HARD_WRAP.sub(" ", row["body"] or ""))
    for name, lang in MASAKHANE.items():
        for row in _rows(folder / "masakhane" / f"{name}.jsonl.gz"):
            yield lang, _text(row["title"], row["text"])
    for body, title in _tagged(folder / "ant-arabic.tar.gz"):
        yield "ar", _text(title, body)
    for lang in XQUAD:
        for row in _rows(folder / "xquad" / f"{lang}.jsonl.gz"):
            yield lang, _text("", row["text"])
    for row in _rows(folder / "events.jsonl.gz"):
        yield _language(row["lang"]), _text(row["name"], row["text"])
    for row in _rows(folder / "html-truth.jsonl.gz"):
        page_lang = PAGES.get(row["file"].split("/")[1])
        if page_lang is not None:
            yield page_lang, _text(row["versions"][0]["title"], row["versions"][0]["body"])
    yield from _tail(folder / "sib200-dev.jsonl.gz")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _tagged(path: Path) -> Iterator[tuple[str, str]]:
    """Body and title of each small tagged text file of a tar archive."""
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                whole = file.read().decode("utf-8", "replace")
                yield _between(whole, "TEXT"), _between(whole, "TITLE")


def _between(whole: str, tag: str) -> str:
    return whole.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]


def _tail(path: Path) -> Iterator[tuple[str, Text]]:
    """Sentences of one language, some at a time as one text."""
    sentences: dict[str, list[str]] = {lang: [] for lang in TAIL}
    for row in _rows(path):
        if row["lang"] in sentences:
            sentences[row["lang"]].append(row["text"])
    for lang, all_of_them in sentences.items():
        for start in range(0, len(all_of_them), SENTENCES_A_TEXT):
            yield lang, _text("", " ".join(all_of_them[start : start + SENTENCES_A_TEXT]))


def _text(title: str | None, body: str | None) -> Text:
    """In plain form: one space between words, no empty paragraph; the first words are the title of one without."""
    paragraphs = [" ".join(line.split()) for line in (body or "").replace("\ufeff", "").splitlines()]
    plain = "\n".join(filter(None, paragraphs))
    return Text(" ".join((title or "").split()) or _first_words(plain), plain)


def _first_words(body: str, most: int = 60) -> str:
    start = body.partition("\n")[0][: most + 1]
    return start if len(start) <= most else (start.rpartition(" ")[0] or start[:most])


SYLLABLES = {
    "en": ("b c d f g h l m n p r s t w th st".split(), "a e i o u ea ou".split()),
    "fr": ("b c d f g j l m n p r s t v ch".split(), "a e é i o u ou ai è".split()),
    "ru": ("б в г д ж з к л м н п р с т ш".split(), "а е и о у ы я".split()),
    "el": ("β γ δ κ λ μ ν π ρ σ τ φ".split(), "α ε ι ο ου η ω".split()),
    "ar": ("ب ت ج د ر س ش ع ف ق ك ل م ن".split(), ["", "ا", "و", "ي"]),
    "hi": ("क ग च ज ट ड त द न प ब म र ल स".split(), ["", "ा", "ि", "ी", "े", "ो"]),
}
INVENTED_TEXTS = 1_500
COMMON_FORMS = 40
RANK_SKEW = 0.65


def invented() -> list[Pool]:
    """Pools of invented words, the same in each call. The rank of a word, r, is drawn with
    P(r >= n) = (1 + n / COMMON_FORMS) ** -RANK_SKEW, so that there are always new ones."""
    return [_invented(lang, number) for number, lang in enumerate(SYLLABLES)]


def _invented(lang: str, seed: int) -> Pool:
    rng = np.random.default_rng(seed)
    ordered = [onset + vowel for onset in SYLLABLES[lang][0] for vowel in SYLLABLES[lang][1]]
    syllables = [ordered[number] for number in rng.permutation(len(ordered)).tolist()]
    texts = []
    for _ in range(INVENTED_TEXTS):
        lengths = rng.integers(6, 30, rng.integers(4, 20))
        drawn = (1 - rng.random(int(lengths.sum()))) ** (-1 / RANK_SKEW) - 1
        ranks = iter(np.minimum(drawn * COMMON_FORMS, 1e12).astype(np.int64).tolist())
        sentences = [[_word(next(ranks), syllables) for _ in range(length)] for length in lengths]
        texts.append(_text("", "\n".join(" ".join(words).capitalize() + "." for words in sentences)))
    return Pool(lang, tuple(texts))


def _word(rank: int, syllables: list[str]) -> str:
    """The word of this rank: the more frequent, the fewer syllables."""
    word = syllables[rank % len(syllables)]
    while rank := rank // len(syllables):
        word += syllables[rank % len(syllables)]
    return word
