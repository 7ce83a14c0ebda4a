"""Random articles of few words in several languages, so that random queries find some of them."""

from __future__ import annotations

import random
from typing import Any

from index.article import Article
from tests.archive import article

WORDS = {
    "en": "the and bridge bridges harvest harvests port ports Lumo ferry strike of café".split(),
    "de": "die und Brücke Brücken Ernte Hafen Häfen Lumo Fähre Streik der des Hafens".split(),
    "ru": "и в мост мосты мостов урожай порт Lumo паром забастовка ещё еще".split(),
    "zh": "大桥 收成 港口 渡轮 罢工 大学 北京 Lumo 的 在".split(),
}
SECTIONS = ("politics", "economy", "sport", None)
SOURCES = ("Courier", "Gazette", "Wire")
AUTHORS = ("Ada Moor", "Bo Lind", "Cy Ray")


def random_article(rng: random.Random, **facts: Any) -> Article:
    """An article of up to 28 words; ``facts`` are taken as they are."""
    lang = rng.choice(list(WORDS))
    glue = "" if lang == "zh" else " "
    words = [glue.join(rng.choices(WORDS[lang], k=rng.randint(low, high))) for low, high in ((1, 3), (3, 25))]
    date = f"{rng.randint(2024, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    values: dict[str, Any] = {
        "section": rng.choice(SECTIONS),
        "source": rng.choice(SOURCES),
        "authors": tuple(rng.sample(AUTHORS, rng.randint(0, 2))),
        "published": rng.choice((None, date, date[:7], f"{date}T12:38")),
    }
    return article(*words, lang, **{**values, **facts})
