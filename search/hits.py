"""What a hit shows of the article that was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from index.analysis import chain_for
from index.article import Article
from index.engine import EngineReader
from index.fields import field_language
from search.needles import Needle
from search.result import Explanation, Hit, Snippet
from search.snippets import Marker


class Markers:
    """Marks the words of one query in texts of any language, each language's made when first met."""

    def __init__(self, needles: Callable[[str], Mapping[str, tuple[Needle, ...]]]) -> None:
        """``needles``: what to mark in the title and in the body, by language."""
        self._needles = needles
        self._made: dict[str, dict[str, Marker]] = {}

    def of(self, lang: str, name: str) -> Marker:
        """The marker for the text field ``name`` of articles in ``lang``."""
        known = field_language(lang)
        if known not in self._made:
            chain, needles = chain_for(known), self._needles(known)
            title = Marker(chain, needles["title"])
            self._made[known] = {"title": title, "body": Marker(chain, needles["body"], like=title)}
        return self._made[known][name]

    def headline(self, article: Article) -> Snippet:
        """What stands above an article, marked as the text field that it comes from."""
        marker = self.of(article.lang, "title" if article.title else "body")
        return Snippet(article.headline, marker.mark(article.headline))


def hit_of(
    reader: EngineReader,
    doc: int,
    score: float,
    markers: Markers,
    snippets: int,
    explain: Callable[[int, str, float], Explanation] | None = None,
) -> Hit:
    """The hit that a document is, with so many snippets of its body, and why it has its score."""
    article = reader.article(doc)
    return shown(
        article,
        score,
        markers.headline(article),
        markers.of(article.lang, "body").passages(article.body, count=snippets) if snippets else (),
        None if explain is None else explain(doc, field_language(article.lang), score),
    )


def shown(
    article: Article,
    score: float,
    title: Snippet,
    snippets: tuple[Snippet, ...] = (),
    explanation: Explanation | None = None,
) -> Hit:
    """What a hit shows of an article."""
    return Hit(
        id=article.id,
        title=title,
        lang=article.lang,
        score=score,
        url=article.url,
        section=article.section,
        source=article.source,
        authors=article.authors,
        place=article.place,
        published=article.published,
        date_source=article.date_source,
        snippets=snippets,
        explanation=explanation,
    )
