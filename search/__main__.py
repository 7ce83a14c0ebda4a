"""The search in a terminal: ``python -m search [--index DIR] [--json] QUERY``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from index.errors import KioskError
from search.errors import InvalidRequest
from search.request import DEFAULT_FACETS, MAX_PER_PAGE, SearchRequest
from search.result import Explanation, Hit, SearchResult, Snippet
from search.searcher import open_searcher


def main(argv: list[str] | None = None) -> int:
    """Searches and prints; 0 where it found something, 1 where nothing, 2 where the search could not be done."""
    args = _parser().parse_args(argv)
    request = SearchRequest(
        q=args.query,
        langs=tuple(args.lang),
        sections=tuple(args.section),
        sources=tuple(args.source),
        date_from=args.date_from,
        date_to=args.date_to,
        op=args.op,
        match=args.match,
        qlang=args.qlang,
        half_life=args.half_life,
        cursor=args.cursor,
        explain=args.explain,
        sort=args.sort,
        page=args.page,
        per_page=args.per_page,
        facets=DEFAULT_FACETS if args.json else (),
    )
    try:
        with open_searcher(args.index) as searcher:
            if args.ids:
                return _print_ids(searcher.ids(request))
            result = searcher.search(request)
        if args.json:
            print(json.dumps(_values(result), ensure_ascii=False))
        else:
            _print(result, Console(highlight=False, soft_wrap=True))
        sys.stdout.flush()
    except InvalidRequest as error:
        print(f"{error.param}: {error.message}" + (f" ({error.hint})" if error.hint else ""), file=sys.stderr)
        return 2
    except KioskError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # as of `| head`: who reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0 if result.total else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m search", description="Searches an index and prints what it found.")
    parser.add_argument("query", nargs="?", default="", metavar="QUERY", help="the query; without it, everything")
    parser.add_argument("--index", default=os.environ.get("KIOSK_INDEX", "kiosk-index"), metavar="DIR")
    parser.add_argument("--lang", action="append", default=[], help="only this language; may be repeated")
    parser.add_argument("--section", action="append", default=[], help="only this section; may be repeated")
    parser.add_argument("--source", action="append", default=[], help="only this source; may be repeated")
    parser.add_argument("--from", dest="date_from", metavar="DATE", help="from this ISO date on")
    parser.add_argument("--to", dest="date_to", metavar="DATE", help="up to this ISO date")
    parser.add_argument("--op", default="all", choices=("all", "most", "any"), help="how words are joined")
    parser.add_argument("--match", default="forms", choices=("forms", "exact"), help="words in any form, or as written")
    parser.add_argument("--qlang", metavar="CODE", help="the language whose word forms the words take")
    parser.add_argument("--half-life", type=float, metavar="DAYS", help="lift new articles, half as much after so long")
    parser.add_argument("--explain", action="store_true", help="say what each word gave to a score")
    parser.add_argument("--cursor", help="go on behind the hits of a result (its next_cursor)")
    parser.add_argument("--sort", choices=("relevance", "newest", "oldest"))
    parser.add_argument("--page", type=int, default=1)
    parser.add_argument("--per-page", type=int, default=10, help=f"hits on a page, up to {MAX_PER_PAGE}")
    parser.add_argument("--ids", action="store_true", help="print the ids of all articles found, one a line")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    return parser


def _values(result: SearchResult) -> dict[str, object]:
    values = asdict(result)
    values["facets"] = {name: [one._asdict() for one in counts] for name, counts in result.facets.items()}
    if result.dates is not None:
        buckets = [bucket._asdict() for bucket in result.dates.buckets]
        values["dates"] = {"interval": result.dates.interval, "buckets": buckets}
    return values


def _print_ids(ids: list[str]) -> int:
    for article_id in ids:
        print(article_id)
    return 0 if ids else 1


def _print(result: SearchResult, console: Console) -> None:
    for warning in result.warnings:
        console.print(Text(warning.message, style="yellow"))
    for number, hit in enumerate(result.hits, (result.page - 1) * result.per_page + 1):
        console.print(Text(f"{number}. ", style="dim") + _marked(hit.title, "bold"))
        console.print(Text(f"   {_facts(hit)}", style="dim"))
        for snippet in hit.snippets:
            console.print(Text("   ") + _marked(snippet))
        if hit.explanation is not None:
            for line in _reasons(hit.score, hit.explanation):
                console.print(Text(f"   {line}", style="cyan"))
        console.print()
    articles = "article" if result.total == 1 else "articles"
    console.print(f"{result.total:,} {articles} in {result.took_ms:.1f} ms")


def _reasons(score: float, why: Explanation) -> Iterator[str]:
    """The shares of a score, the greatest first, and what lifted their sum."""
    for share in why.shares:
        yield f"{share.share:8.3f}  {share.form} ({share.way}, {share.field}, {share.count}x)"
    lifts = [f"x {why.lift:.3f} for nearness {why.near:.2f}{', all in the title' if why.in_title else ''}"]
    lifts = lifts if why.lift != 1 else []
    if why.recent != 1:
        lifts.append(f"x {why.recent:.3f} for being new")
    yield f"{score:8.3f}  {' '.join(['in all', *lifts])}"


def _facts(hit: Hit) -> str:
    facts = (hit.published, hit.lang, hit.section, hit.source, hit.place, hit.url or hit.id)
    return " · ".join(fact for fact in facts if fact)


def _marked(snippet: Snippet, style: str = "") -> Text:
    text = Text(snippet.text, style=style)
    for start, end in snippet.spans:
        text.stylize("bold red", start, end)
    return text


if __name__ == "__main__":
    sys.exit(main())
