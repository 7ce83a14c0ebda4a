"""What a hit shows of the article that was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from index.analysis import chain_for
from index.article import Article
from index.engine import EngineReader
from index.fields import TEXT_FIELDS, field_language
from search.result import Explanation, Hit, Snippet
from search.snippets.marking import Marker
from search.snippets.needles import Needle, NeedleForms
from search.snippets.page import PageMarker, Shown


class Markers:
    """Marks the words of one query in texts of any language, what each language needs made when first met."""

    def __init__(self, needles: Callable[[str], Mapping[str, tuple[Needle, ...]]]) -> None:
        """``needles``: what to mark in the title and in the body, by language."""
        self._find = needles
        self._needles: dict[str, Mapping[str, tuple[Needle, ...]]] = {}
        self._forms: dict[str, NeedleForms] = {}
        self._made: dict[tuple[str, str], Marker] = {}

    def of(self, lang: str, name: str) -> Marker:
        """The marker for the text field ``name`` of articles in ``lang``."""
        known = field_language(lang)
        if (known, name) not in self._made:
            self._made[known, name] = Marker(chain_for(known), self._needles_of(known)[name], self._forms_of(known))
        return self._made[known, name]

    def page(self, articles: Sequence[Article], snippets: int) -> list[Shown]:
        """What is shown of articles, at most so many passages of each body: those of a language together, and those
        that nothing is looked for in."""
        found: dict[int, Shown] = {}
        for lang, here in self._groups(articles).items():
            some = [articles[place] for place in here]
            needles = self._needles_of(lang) if lang else _NO_NEEDLES
            forms = self._forms_of(lang) if lang else None
            marker = PageMarker(lang or "und", needles["title"], needles["body"], forms)
            shown = marker.shown(
                [(one.title, one.body) for one in some],
                snippets,
                lambda hit, name, some=some: self.of(some[hit].lang, name),  # type: ignore[misc]
            )
            found.update(zip(here, shown, strict=True))
        for place, article in enumerate(articles):
            if not article.title:
                found[place] = Shown(self.headline(article).spans, found[place].passages)
        return [found[place] for place in range(len(articles))]

    def _groups(self, articles: Sequence[Article]) -> dict[str, list[int]]:
        """The places of articles by their field language, by none where nothing is looked for in it."""
        groups: dict[str, list[int]] = {}
        for place, article in enumerate(articles):
            known = field_language(article.lang)
            groups.setdefault(known if any(self._needles_of(known).values()) else "", []).append(place)
        return groups

    def _needles_of(self, known: str) -> Mapping[str, tuple[Needle, ...]]:
        if known not in self._needles:
            self._needles[known] = self._find(known)
        return self._needles[known]

    def _forms_of(self, known: str) -> NeedleForms:
        if known not in self._forms:
            self._forms[known] = NeedleForms(known, chain.from_iterable(self._needles_of(known).values()))
        return self._forms[known]

    def headline(self, article: Article) -> Snippet:
        """What stands above an article, marked as the text field that it comes from."""
        marker = self.of(article.lang, "title" if article.title else "body")
        return Snippet(article.headline, marker.mark(article.headline))


_NO_NEEDLES: Mapping[str, tuple[Needle, ...]] = dict.fromkeys(TEXT_FIELDS, ())


def hits_of(
    reader: EngineReader,
    docs: Sequence[int],
    scores: Sequence[float],
    markers: Markers,
    snippets: int,
    explain: Callable[[int, str, float], Explanation] | None = None,
) -> tuple[Hit, ...]:
    """The hits that documents are, each with so many snippets of its body, and why it has its score."""
    articles = [reader.article(doc) for doc in docs]
    return tuple(
        shown(
            article,
            score,
            Snippet(article.headline, one.title),
            one.passages,
            None if explain is None else explain(doc, field_language(article.lang), score),
        )
        for doc, score, article, one in zip(docs, scores, articles, markers.page(articles, snippets), strict=True)
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
