"""The one table of fields, and the Whoosh schema made from it.

============  =====================================================  =========================
field         holds                                                  used for
============  =====================================================  =========================
``id``        the article id                                         look-up, replacing
``article``   the whole article, JSON                                hits, snippets, rebuilding
``digest``    digest of title and body                               recognising duplicates
``lang`` ``section`` ``source``  one value each, as written          filters, facets
``authors``   names, separated by :data:`SEPARATOR`                  filters, facets
``published`` first second of the date, UTC                          ranges, sorting, timeline
``words_title`` ``words_body``   length of the text in words         ranking
``title_<language>`` ``body_<language>``  forms and their positions  words
============  =====================================================  =========================

A text field's postings are *per form*: what a word matches is decided when searching, by the lexicon of its language
(:meth:`index.engine.EngineReader.find_words`), so that exact words, prefixes and spelling see forms, plain words see
stems, and a new stemmer needs no new postings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from whoosh.columns import CompressedBytesColumn, NumericColumn, VarBytesColumn
from whoosh.fields import COLUMN, ID, FieldType, Schema
from whoosh.formats import Positions

from index.analysis import LANGUAGES, Word, chain_for
from index.article import Article
from index.dates import span_of
from index.engine import NO_DATE

TEXT_FIELDS = ("title", "body")
SEPARATOR = "\x1f"
"""Between the names of one article's authors; normalised text holds no control characters."""


Posting = tuple[bytes, int, float, bytes]
"""What Whoosh takes of one form in one document: form in UTF-8, frequency, weight, encoded positions."""

_POSITIONS = Positions()


class FormsField(FieldType):  # type: ignore[misc]  # Whoosh is untyped here
    """A text field whose values are postings already made by :func:`postings_of`."""

    def __init__(self) -> None:
        super().__init__(format=_POSITIONS, analyzer=None, scorable=False, stored=False)

    def index(self, value: Sequence[Posting], **_: Any) -> Iterator[Posting]:
        return iter(value)

    def to_bytes(self, value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else value.encode()

    def from_bytes(self, value: bytes) -> str:
        return value.decode()


def postings_of(words: Iterable[Word]) -> list[Posting]:
    """One posting per distinct form of ``words``."""
    positions: defaultdict[str, list[int]] = defaultdict(list)
    for word in words:
        positions[word.form].append(word.position)
    return [
        (form.encode(), len(places), float(len(places)), _POSITIONS.encode(places))
        for form, places in positions.items()
    ]


def field_language(lang: str) -> str:
    """The language whose text fields and chain an article in ``lang`` takes: itself where we know it, else ``und``."""
    return lang if lang in LANGUAGES else "und"


def text_field(name: str, lang: str) -> str:
    """The index field of the logical text field ``name`` (``title``, ``body``) in ``lang``."""
    return f"{name}_{field_language(lang)}"


def split_text_field(field: str) -> tuple[str, str]:
    """The logical text field and the language of an index field: ``title`` and ``de`` of ``title_de``."""
    name, _, lang = field.partition("_")
    return name, lang


def whoosh_schema() -> Schema:
    """The schema, with the text fields of every language we know."""
    schema = Schema(
        id=ID(unique=True, sortable=True),
        article=COLUMN(CompressedBytesColumn()),
        digest=COLUMN(VarBytesColumn()),
        lang=COLUMN(VarBytesColumn()),
        section=COLUMN(VarBytesColumn()),
        source=COLUMN(VarBytesColumn()),
        authors=COLUMN(VarBytesColumn()),
        published=COLUMN(NumericColumn("q", default=NO_DATE)),
        words_title=COLUMN(NumericColumn("i")),
        words_body=COLUMN(NumericColumn("i")),
    )
    for lang in (*LANGUAGES, "und"):
        for name in TEXT_FIELDS:
            if text_field(name, lang) not in schema:
                schema.add(text_field(name, lang), FormsField())
    return schema


def encode_article(article: Article) -> bytes:
    """The article as UTF-8 JSON, all but its notes, and its id and digest, which stand in columns."""
    values = {
        "title": article.title,
        "body": article.body,
        "lang": article.lang,
        "lang_source": article.lang_source,
        "lang_confidence": article.lang_confidence,
    }
    for name in _OPTIONAL:
        value = getattr(article, name)
        if value:
            values[name] = value
    return orjson.dumps(values)


_OPTIONAL = ("url", "published", "date_source", "section", "source", "authors", "place")


def decode_article(data: bytes, article_id: str, digest: str) -> Article:
    """The article that :func:`encode_article` wrote. Raises :class:`ValueError` or :class:`TypeError` where it is
    none."""
    values = orjson.loads(data)
    values["authors"] = tuple(values.get("authors", ()))
    return Article(id=article_id, digest=digest, **values)


def document_columns(article: Article) -> dict[str, Any]:
    """The values of an article's columns."""
    return {
        "id": article.id.encode(),
        "article": encode_article(article),
        "digest": article.digest.encode(),
        "lang": article.lang.encode(),
        "section": (article.section or "").encode(),
        "source": (article.source or "").encode(),
        "authors": SEPARATOR.join(article.authors).encode(),
        "published": span_of(article.published).first if article.published else NO_DATE,
    }


def document(article: Article) -> dict[str, Any]:
    """The Whoosh document of an article, everything converted: adding it to a writer can fail on storage only."""
    chain = chain_for(field_language(article.lang))
    words = {name: chain.words(getattr(article, name)) for name in TEXT_FIELDS}
    return {
        **document_columns(article),
        "id": article.id,
        **{f"words_{name}": len(found) for name, found in words.items()},
        **{text_field(name, article.lang): postings_of(found) for name, found in words.items()},
    }
