"""How often and how fast the language of a text is found, with langdetect doing the same in the same run.

``python -m benchmarks.detection`` reads SIB-200's development sentences (the same 99 in 205 languages) and the articles
of ``../shared/data``. Accuracy is per FLORES language, ``und`` counted as wrong; sentences of odd numbers are given
apart, as thresholds and word lists were tuned on the even ones. langdetect is asked for the 55 languages it knows, with
a fixed seed. Times are means a text of the processor's time over the whole of :func:`index.language.detect_all`, which
is how loads ask, and of langdetect, in turn on the same texts, the median of several rounds.
Results go to ``benchmarks/results/detection.json``.
"""

from __future__ import annotations

import gzip
import json
import sys
import tarfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import regex
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from index.language import decide, detect, detect_all
from index.language.declared import declared_code

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
RESULTS = Path(__file__).with_name("results") / "detection.json"
ROUNDS = 5
TIMED = 300
"""Texts of each kind that both sides are timed on: langdetect takes milliseconds."""
LENGTHS = (25, 40, 60)
"""Characters of the beginnings of sentences that stand for titles."""
SAME = {"bs": "hr"} | dict.fromkeys("acm acq aeb ajp apc ars ary arz".split(), "ar")
"""What Kiosk answers alike: Bosnian as Croatian, dialects of Arabic as Arabic."""
MASAKHANE = {"amh": "am", "eng": "en", "fra": "fr", "som": "so", "swa": "sw", "yor": "yo"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, its number, and the language it is in (FLORES)."""

    flores: str
    number: int
    text: str


def main() -> int:
    if not DATA.is_dir():
        print(f"{DATA} is not there; this benchmark needs those texts", file=sys.stderr)
        return 2
    sentences = list(_sentences())
    articles = {name: list(texts) for name, texts in _articles().items()}
    peer = Langdetect()
    known = [sentence for sentence in sentences if _code(sentence) in peer.languages and not _odd_script(sentence)]
    report = {
        "machine": machine(),
        "sentences": _accuracies(sentences, peer),
        "langdetect's languages": {
            "languages": len({_code(sentence) for sentence in known}),
            "kiosk": _right(known, lambda text: detect(text).lang),
            "kiosk, odd sentences": _right([one for one in known if one.number % 2], lambda text: detect(text).lang),
            "langdetect": _right(known, peer.answer),
            "langdetect, odd sentences": _right([one for one in known if one.number % 2], peer.answer),
        },
        "beginnings": {length: _beginnings(sentences, length, peer) for length in LENGTHS},
        "articles": {name: _shares([decide(None, *pair).lang for pair in texts]) for name, texts in articles.items()},
        "titles": {
            name: _shares([decide(None, title, "").lang for title, _ in texts if title])
            for name, texts in articles.items()
            if any(title for title, _ in texts)
        },
        "milliseconds": _timed(known, articles, peer),
    }
    RESULTS.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _print(report)
    return 0


class Langdetect:
    """The peer, as its users call it; seeded, so that a run can be repeated."""

    def __init__(self) -> None:
        from langdetect import DetectorFactory, detector_factory

        DetectorFactory.seed = 0
        detector_factory.init_factory()
        self.languages = {declared_code(name) for name in detector_factory._factory.get_lang_list()}

    def answer(self, text: str) -> str:
        from langdetect import LangDetectException
        from langdetect import detect as answer

        try:
            return declared_code(answer(text)) or "und"
        except LangDetectException:
            return "und"


def _sentences() -> Iterator[Sentence]:
    with gzip.open(DATA / "sib200-dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield Sentence(row["lang"], int(row["sentence"]), row["text"])


def _articles() -> dict[str, Iterable[tuple[str, str]]]:
    """Title and body of real articles, by the language they are known to be in."""
    kinds: dict[str, Iterable[tuple[str, str]]] = {"reuters en": _rows("reuters.jsonl.gz", "title", "body")}
    for name, lang in MASAKHANE.items():
        kinds[f"masakhane {lang}"] = _rows(f"masakhane/{name}.jsonl.gz", "title", "text")
    for path in sorted(DATA.glob("xquad/*.jsonl.gz")):
        kinds[f"xquad {path.name.split('.')[0]}"] = _rows(f"xquad/{path.name}", "", "text")
    return kinds | {"ant ar": _ant()}


def _rows(name: str, title: str, body: str) -> Iterator[tuple[str, str]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield row.get(title) or "", row[body] or ""


def _ant() -> Iterator[tuple[str, str]]:
    with tarfile.open(DATA / "ant-arabic.tar.gz") as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None:
                tagged = file.read().decode("utf-8", "replace")
                found = regex.search(r"<TITLE>(.*?)</TITLE>.*<TEXT>(.*?)</TEXT>", tagged, regex.DOTALL)
                if found:
                    yield found[1].strip(), found[2].strip()


def _code(sentence: Sentence) -> str:
    return declared_code(sentence.flores) or "und"


def _odd_script(sentence: Sentence) -> bool:
    return sentence.flores == "arb_Latn"  # Arabic in Latin letters is in no profile of Arabic


def _accuracies(sentences: list[Sentence], peer: Langdetect) -> dict[str, dict[str, Any]]:
    """Per FLORES language what is right, of all sentences and of the odd ones, what is open, and langdetect's share."""
    groups = defaultdict(list)
    for sentence in sentences:
        groups[sentence.flores].append(sentence)
    table = {}
    for flores, group in sorted(groups.items()):
        code = _code(group[0])
        answer = SAME.get(code, code)
        answers = [detect(sentence.text).lang for sentence in group]
        odd = [lang for lang, sentence in zip(answers, group, strict=True) if sentence.number % 2]
        row: dict[str, Any] = {
            "lang": answer,
            "right": round(answers.count(answer) / len(answers), 3),
            "right, odd sentences": round(odd.count(answer) / len(odd), 3),
            "und": round(answers.count("und") / len(answers), 3),
        }
        if others := _shares([lang for lang in answers if lang not in (answer, "und")], len(answers)):
            row["taken for"] = others
        if code in peer.languages:
            row["langdetect"] = round(mean(peer.answer(sentence.text) == code for sentence in group), 3)
        table[flores] = row
    return table


def _right(sentences: Sequence[Sentence], answer: Callable[[str], str]) -> float:
    return round(mean(answer(sentence.text) == _code(sentence) for sentence in sentences), 4)


def _beginnings(sentences: list[Sentence], length: int, peer: Langdetect) -> dict[str, dict[str, float]]:
    """What becomes of the first words of the odd sentences, as many as fit into so many characters."""
    results = {}
    odd = [one for one in sentences if one.number % 2 and not _odd_script(one)]
    known = [one for one in odd if _code(one) in peer.languages]
    answered = {detect(one.text).lang for one in sentences} - {"und"}
    others = [one for one in odd if _code(one) in answered and _code(one) not in peer.languages]
    for name, group, answer in (
        ("kiosk, langdetect's languages", known, lambda text: detect(text).lang),
        ("langdetect", known, peer.answer),
        ("kiosk, other languages", others, lambda text: detect(text).lang),
    ):
        answers = [(answer(_first_words(one.text, length)), SAME.get(_code(one), _code(one))) for one in group]
        results[name] = {
            "right": round(mean(found == lang for found, lang in answers), 4),
            "und": round(mean(found == "und" for found, _ in answers), 4),
        }
    return results


def _first_words(text: str, length: int) -> str:
    cut = text[:length]
    return cut if len(text) <= length or " " not in cut[5:] else cut[: cut.rfind(" ")]


def _shares(answers: list[str], of: int = 0) -> dict[str, float]:
    """The answers and their shares, the most frequent first."""
    total = of or len(answers)
    counts = {lang: answers.count(lang) for lang in set(answers)}
    return {lang: round(counts[lang] / total, 4) for lang in sorted(counts, key=lambda lang: (-counts[lang], lang))}


def _timed(
    known: list[Sentence], articles: dict[str, list[tuple[str, str]]], peer: Langdetect
) -> dict[str, dict[str, float]]:
    kinds = {name: [f"{title}\n{body}" for title, body in texts] for name, texts in articles.items()}
    kinds["sentences"] = [sentence.text for sentence in known]
    results = {}
    for name, all_texts in kinds.items():
        texts = all_texts[:: max(1, len(all_texts) // TIMED)]
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_milliseconds(detect_all, texts))
            theirs.append(_milliseconds(lambda some: list(map(peer.answer, some)), texts[:: ROUNDS * 2]))
        results[name] = {"texts": len(texts), "kiosk": round(median(ours), 4), "langdetect": round(median(theirs), 3)}
    for side in ("kiosk", "langdetect"):
        results.setdefault("mean of articles", {})[side] = round(mean(results[name][side] for name in articles), 4)
    return results


def _milliseconds(work: Callable[[list[str]], object], texts: list[str]) -> float:
    started = time.thread_time()
    work(texts)
    return (time.thread_time() - started) * 1000 / len(texts)


def _print(report: dict[str, Any]) -> None:
    console = Console()
    table = Table(title="Milliseconds a text", title_justify="left")
    for column in ("", "kiosk", "langdetect"):
        table.add_column(column, justify="left" if not column else "right")
    for name, row in report["milliseconds"].items():
        table.add_row(name, f"{row['kiosk']:.3f}", f"{row['langdetect']:.2f}")
    console.print(table)
    for name in ("langdetect's languages", "beginnings"):
        console.print(name, report[name])
    weak = {flores: row for flores, row in report["sentences"].items() if row["right"] < 0.95}
    console.print(f"{len(report['sentences']) - len(weak)} of {len(report['sentences'])} at 0.95 or more; the others:")
    for flores, row in sorted(weak.items(), key=lambda item: item[1]["right"]):
        console.print(
            f"{flores} {row['lang']} {row['right']} und {row['und']}", row.get("taken for", ""), highlight=False
        )


if __name__ == "__main__":
    sys.exit(main())
