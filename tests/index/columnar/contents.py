"""What an index holds, read whole in all the ways there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

from index.analysis import chain_for
from index.article import Article
from index.columnar.atomic import Folder
from index.columnar.engine import ColumnarEngine
from index.columnar.manifest import manifest_name, manifests
from index.columnar.reader import ColumnarReader
from index.engine import AskedWord
from tests.archive import article

WORDS = {
    "en": "river bridge minister said the on old harbour children's vote naïve café".split(),
    "de": "die Brücke Straße Minister sagte Hafen über alte Häuser Wahl".split(),
    "ru": "мост река министр сказал старый порт ещё выборы".split(),
    "zh": ["部长说", "老桥", "港口", "选举"],
}


def made(rng: Random, article_id: str) -> Article:
    """An article that has, or lacks, each thing that an article may have."""
    lang = rng.choice([*WORDS])
    words = rng.choices(WORDS[lang], k=rng.randint(1, 40))
    one = article(
        " ".join(rng.choices(WORDS[lang], k=rng.randint(0, 5))),
        " ".join(words) + "\n" + f"№{rng.randint(0, 1 << 40)}",
        lang,
        id=article_id,
        section=rng.choice([None, "world", "Köln & Umland"]),
        source=rng.choice([None, "example.org", "Ü-Zeitung"]),
        authors=tuple(rng.sample(["A. Ä.", "B", "Ц Ц"], rng.randint(0, 3))),
        published=rng.choice([None, "2026-02", "2026-02-05", "2026-02-05T12:38", "2026-02-05T12:38+05:45"]),
        place=rng.choice([None, "MINSK"]),
        url=rng.choice([None, f"https://example.org/{article_id}"]),
    )
    return replace(one, date_source="declared" if one.published else one.date_source)


def articles(engine: ColumnarEngine) -> dict[str, Article]:
    """The articles by id; all parts of the index agree."""
    assert engine.check() == []
    reader = engine.reader()
    ids, live = reader.ids(), reader.columns.live.tolist()
    found = {ids[doc]: reader.article(doc) for doc in range(len(ids)) if live[doc]}
    assert len(found) == sum(live), "an id twice"
    assert all(one.id == article_id for article_id, one in found.items())
    return found


def forms_of(reader: ColumnarReader, lang: str, prefix: str = "") -> list[str]:
    """The forms of a language that begin with ``prefix``, sorted."""
    return sorted(set(reader.find_prefixes([(lang, prefix)]).forms()))


def group_of(reader: ColumnarReader, lang: str, form: str) -> dict[str, float]:
    """The forms that a typed word matches, each with its weight."""
    chain = chain_for(lang)
    found = reader.find_words([AskedWord(lang, form, chain.term(form), chain.fold(form))])
    return {one: round(weight, 6) for one, weight in zip(found.forms(), found.weight.tolist(), strict=True)}


def frequency_of(reader: ColumnarReader, lang: str, form: str) -> int:
    """In how many texts a form stands, title and body counted apart, deleted ones among them."""
    found = reader.find_words([AskedWord(lang, form, form, form, exact=True)])
    return int(found.titles.sum() + found.bodies.sum())


def answers(reader: ColumnarReader) -> dict[str, Any]:
    """All that a reader can say: articles, columns, forms, postings, positions."""
    columns = reader.columns
    said: dict[str, Any] = {
        "articles": [reader.article(doc) for doc in range(len(columns.live))],
        "live": columns.live.tolist(),
        "ids": reader.ids(),
        "published": columns.published.tolist(),
        "id_keys": columns.id_keys.tolist(),
        "authors": [part.tolist() if hasattr(part, "tolist") else part for part in columns.authors],
        "languages": reader.languages(),
    }
    said["doc_of"] = [reader.doc_of(article_id) for article_id in said["ids"]]
    for name in ("section", "lang", "source"):
        codes, values = columns.codes(name)
        said[name] = codes.tolist(), list(values)
    for name in ("title", "body"):
        said[f"{name} lengths"] = columns.lengths(name).tolist()
    for lang in said["languages"]:
        for form in forms_of(reader, lang):
            said[f"{lang} {form}"] = group_of(reader, lang, form)
            for field in (f"title_{lang}", f"body_{lang}"):
                docs, freqs = reader.postings(field, form)
                said[f"{field} {form}"] = docs.tolist(), freqs.tolist(), dict(reader.positions(field, form))
    return said


def litter(folder: Folder) -> set[str]:
    """The files that no generation names, the lock aside; and that no generation lacks one."""
    needed = {"writer.lock"}
    for one in manifests(folder):
        assert one.problem is None, one.problem
        assert one.manifest is not None
        needed |= {manifest_name(one.number), *(file.name for file in one.manifest.all_files())}
    return set(folder.names()) - needed


def with_changes(model: dict[str, Article], rng: Random, count: int) -> tuple[list[Article], list[str]]:
    """Some new articles and new versions of old ones, and ids to delete; ``model`` becomes what is then there."""
    given = [made(rng, f"a{rng.randint(0, 60)}") for _ in range(count)]
    removed = rng.sample(sorted(model), min(len(model), count // 4))
    entered(model, given, removed)
    return given, removed


def entered(model: dict[str, Article], given: Iterable[Article], removed: Iterable[str]) -> None:
    """What :func:`stage` does, to a dict."""
    for one in given:
        model[one.id] = one
    for article_id in removed:
        model.pop(article_id, None)


def stage(engine: ColumnarEngine, given: Iterable[Article], removed: Iterable[str]) -> None:
    """Adds articles one by one, and deletes."""
    for one in given:
        engine.add([one])
    engine.delete(removed)
