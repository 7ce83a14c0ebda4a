"""Care of an index from the command line: ``python -m index check|stats|merge|delete|repair|rebuild|snapshot DIR``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from index.dates import span_of
from index.engine import Engine, Repaired, open_engine, rebuild_index, repair_index
from index.errors import TO_MEND, IndexDamaged, KioskError
from index.selection import Selection, select

EPILOG = "exit status: 0 all well; 1 the index is damaged, or was; 2 nothing could be done."


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    command: Callable[[Engine, argparse.Namespace], int] = options.command
    try:
        if options.command in (_rebuild, _repair):
            status: int = options.command(options)
        else:
            with open_engine(options.index) as engine:
                status = command(engine, options)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("index: stopped; what was not committed is as it was", file=sys.stderr)
    except IndexDamaged as error:
        print(f"index: {error}", file=sys.stderr)
        return 1
    except KioskError as error:
        print(f"index: {error}", file=sys.stderr)
    except BrokenPipeError:  # as of `| head`: who reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"index: {error.filename or options.index}: {error.strerror}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m index", description="Care of an index.", epilog=EPILOG)
    commands = parser.add_subparsers(required=True, metavar="check|stats|merge|delete|repair|rebuild|snapshot")
    described: tuple[tuple[str, Callable[..., int], str], ...] = (
        ("check", _check, "prove the index whole: read all of it and compare"),
        ("stats", _stats, "say what the index holds"),
        ("merge", _merge, "rewrite the index without what was deleted, for the quickest searches"),
        ("repair", _repair, "make the index whole with all that can still be read, and name what is lost"),
        ("delete", _delete, "take articles out of the index"),
        ("rebuild", _rebuild, "analyse all articles anew, where the index was made with other word tables"),
        ("snapshot", _snapshot, "copy the index, whole and consistent, while it is searched and written to"),
    )
    for name, command, about in described:
        one = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".", epilog=EPILOG)
        one.add_argument("index", metavar="DIR", help="folder of the index")
        one.add_argument("--json", action="store_true", help="one JSON object on standard output")
        one.set_defaults(command=command)
        if name == "delete":
            _add_selection(one)
        elif name == "snapshot":
            one.add_argument("target", metavar="TARGET", help="folder for the copy, empty or not there yet")
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    for name in ("id", "url", "source", "section", "lang"):
        parser.add_argument(f"--{name}", action="append", default=[], metavar=name.upper(), help="may be repeated")
    parser.add_argument(
        "--ids",
        type=argparse.FileType(encoding="utf-8"),
        metavar="FILE",
        help="those whose ids stand in this file, one a line; - for standard input, as from python -m search --ids",
    )
    for name, about in (("from", "2026, 2026-02 or 2026-02-05; inclusive"), ("to", "the same")):
        parser.add_argument(f"--{name}", dest=f"date_{name}", type=_date, metavar="DATE", help=about)
    parser.add_argument(
        "--purge", action="store_true", help="out of every generation and file: nothing of them is left on disk"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only say which")


def _check(engine: Engine, options: argparse.Namespace) -> int:
    problems = engine.check()
    if options.json:
        _print_json({"whole": not problems, "problems": problems})
    for problem in problems if not options.json else ():
        print(problem.removesuffix(TO_MEND))
    if problems:
        print(f"index: problems: {len(problems):,}; python -m index repair {options.index}", file=sys.stderr)
    elif not options.json:
        print(f"{options.index}: whole, {engine.stats().articles:,} articles")
    return 1 if problems else 0


def _stats(engine: Engine, options: argparse.Namespace) -> int:
    stats = engine.stats()
    if engine.fallback is not None:
        print(f"index: told of the generation before the newest: {engine.fallback}", file=sys.stderr)
    if options.json:
        _print_json(asdict(stats))
        return 0
    console = Console(highlight=False)
    dates = f", {stats.first_published} to {stats.last_published}" if stats.first_published else ""
    size = f"{stats.bytes_on_disk / 1e6:,.1f} MB, generation {stats.generation}, segments: {stats.segments}"
    console.print(f"{stats.articles:,} articles{dates}; {size}", soft_wrap=True, markup=False)
    parts = ", ".join(f"{name} {count / 1e6:,.1f}" for name, count in sorted(stats.bytes_by_part.items()))
    console.print(f"newest generation, MB: {parts or 'nothing'}", soft_wrap=True, markup=False)
    for name, counts in (("language", stats.languages), ("section", stats.sections), ("source", stats.sources)):
        table = Table(box=None, pad_edge=False)
        table.add_column(name)
        table.add_column("articles", justify="right")
        for value, count in counts.items():
            table.add_row(escape(value), f"{count:,}")
        if counts:
            console.print(table)
    return 0


def _merge(engine: Engine, options: argparse.Namespace) -> int:
    before = sum(engine.stats().bytes_by_part.values())
    engine.merge()
    after = sum(engine.stats().bytes_by_part.values())
    if options.json:
        _print_json({"bytes_before": before, "bytes_after": after})
    else:
        more = "; the generation before goes with the next commit" if after != before else ""
        print(f"{options.index}: merged, {before / 1e6:,.1f} MB became {after / 1e6:,.1f} MB{more}")
    return 0


def _repair(options: argparse.Namespace) -> int:
    done = repair_index(options.index)
    if options.json:
        _print_json(asdict(done))
        return 1 if done.problems else 0
    for article_id in done.lost:
        print(article_id)
    if not done.problems:
        print(f"{options.index}: whole, nothing to repair")
        return 0
    for problem in done.problems:
        print(f"index: {problem.removesuffix(TO_MEND)}", file=sys.stderr)
    print(f"index: repaired; {_what_is_lost(done)}", file=sys.stderr)
    return 1


def _what_is_lost(done: Repaired) -> str:
    told = "no article is lost"
    if done.lost or done.unnamed:
        told = f"articles lost: {len(done.lost) + done.unnamed:,}; load their archive again"
    if done.unnamed:
        told += f"; the ids of {done.unnamed:,} of them can't be read"
    if done.returned:
        told += f"; articles that had been deleted or replaced and are back, at most: {done.returned:,}"
    if done.newest_lost:
        told += "; but what the newest commit added or deleted can't be told, and is lost: do it again"
    return told


def _delete(engine: Engine, options: argparse.Namespace) -> int:
    listed = () if options.ids is None else [line.rstrip("\r\n") for line in options.ids]
    if options.ids is not None and not any(listed):
        raise KioskError("the list of ids is empty; nothing was deleted")
    selection = Selection(
        ids=(*options.id, *filter(None, listed)),
        urls=tuple(options.url),
        sources=tuple(options.source),
        sections=tuple(options.section),
        langs=tuple(options.lang),
        date_from=options.date_from,
        date_to=options.date_to,
    )
    if selection == Selection():
        raise KioskError("say which articles: --id, --ids, --url, --source, --section, --lang, --from, --to")
    reader = engine.reader()
    try:
        ids = select(reader, selection)
    finally:
        reader.close()
    deleted = 0
    if not options.dry_run:
        if ids and not options.yes and not _confirmed(len(ids)):
            raise KioskError("nothing was deleted; with --yes it is done without asking")
        deleted = _purged(engine, ids) if options.purge else engine.delete(ids)
        engine.commit(engine.checkpoint())
    if options.json:
        _print_json({"selected": ids, "deleted": deleted})
    elif options.dry_run:
        print("".join(f"{article_id}\n" for article_id in ids), end="")
        print(f"articles that would be deleted: {len(ids):,}", file=sys.stderr)
    else:
        left = "; nothing of what was deleted, now or before, is left in any file" if options.purge else ""
        print(f"articles deleted: {deleted:,}{left}")
    return 0


def _purged(engine: Engine, ids: Sequence[str]) -> int:
    """Purges, also where there is none of these: they may have been deleted by a purge that was not finished."""
    try:
        return engine.purge(ids)
    except OSError as error:
        raise KioskError(f"the purge is not finished ({error.strerror}); the same command again finishes it") from error


def _rebuild(options: argparse.Namespace) -> int:
    articles = rebuild_index(options.index)
    if options.json:
        _print_json({"articles": articles})
    else:
        print(f"{options.index}: rebuilt, {articles:,} articles")
    return 0


def _snapshot(engine: Engine, options: argparse.Namespace) -> int:
    articles = engine.snapshot(Path(options.target))
    if options.json:
        _print_json({"articles": articles, "target": options.target})
    else:
        print(f"{options.target}: a copy of {options.index}, {articles:,} articles")
    return 0


def _confirmed(count: int) -> bool:
    if not sys.stdin.isatty():
        return False
    print(f"Delete {count:,} articles? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _date(text: str) -> str:
    try:
        span_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))


if __name__ == "__main__":
    sys.exit(main())
