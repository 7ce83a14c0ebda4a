"""Loads archives of news articles into an index: the command line."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from index import open_engine
from index.article import Reject
from index.errors import InputError, KioskError
from index.language.declared import declared_code
from index.normalize import Defaults
from index.pipeline import DEFAULT_BATCH, Listeners, LoadOptions, LoadSummary, Stop, load_inputs, with_key
from index.pipeline import Progress as LoadProgress
from index.preparing import warm_up
from index.readers import FORMATS, Inputs, Record, open_inputs
from index.rejects import RejectsFile
from index.slow import told_if_slow

EPILOG = """
exit status: 0 all well; 1 some inputs were rejected, or the load was stopped; 2 nothing could be done.
Ctrl-C and SIGTERM commit what is whole; the same command again goes on and adds nothing twice.
"""
SHOWN = 5
"""Rejects and notes that are told one by one; all rejects are in their file."""
SECONDS_BETWEEN_LINES = 5.0
KERNELS = "Kiosk compiles the kernels of loading: once for this machine, some ten seconds"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    options.index = options.index or os.environ.get("KIOSK_INDEX") or "kiosk-index"
    try:
        return _run(options)
    except KioskError as error:
        print(f"ingest.py: {_printable(str(error))}", file=sys.stderr)
    except BrokenPipeError:  # whoever read our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"ingest.py: {_printable(place)}{error.strerror}; what was committed is safe", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ingest.py", description="Load archives of news articles.", epilog=EPILOG)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="file, folder, archive (.zip .tar .gz ...), or - for standard input")
    add(
        "--index",
        metavar="DIR",
        help="folder of the index (default: $KIOSK_INDEX, else ./kiosk-index)",
    )
    add("--format", metavar="NAME", help=f"where name and content do not tell it: {', '.join(FORMATS)}")
    add("--lang", metavar="CODE", type=_language, help="language of articles that declare none")
    add("--section", metavar="NAME", help="section of articles without one")
    add("--source", metavar="NAME", help="source of articles without one")
    add("--timezone", metavar="ZONE", type=_timezone, help="zone of times without an offset, such as Europe/Minsk")
    add("--workers", metavar="N", type=_positive, help="processes that prepare articles (default: by the input)")
    add("--batch", metavar="N", type=_positive, default=DEFAULT_BATCH, help="articles a commit (default: %(default)s)")
    add("--rejects", metavar="FILE", type=Path, help="where rejects are written (default: INDEX.rejects.jsonl)")
    add("--json", action="store_true", help="JSON lines on standard output: each commit, and the summary last")
    add("--quiet", action="store_true", help="no progress, notes and summary")
    add("--dry-run", action="store_true", help="read and count, write nothing")
    return parser


def _run(options: argparse.Namespace) -> int:
    defaults = Defaults(options.lang, options.section, options.source, options.timezone)
    load_options = LoadOptions(defaults, options.format, options.batch, options.workers)
    with ExitStack() as stack:
        inputs = stack.enter_context(open_inputs(options.paths, format=options.format))
        interruptible = stack.enter_context(Interruptible(inputs, waits=any(map(_may_wait, options.paths))))
        rejects = _rejects_file(options)
        if rejects is not None:
            stack.enter_context(rejects)
        engine = None if options.dry_run else stack.enter_context(open_engine(options.index, create=True))
        if (options.workers or 1) == 1:  # before the clock: compiling says nothing of how long a load takes
            with nullcontext() if options.quiet else told_if_slow(partial(print, file=sys.stderr), KERNELS):
                warm_up()
        report = stack.enter_context(Report(options, rejects))
        summary = load_inputs(
            interruptible,
            engine,
            replace(with_key(load_options, options.paths), stopping=interruptible.stopping),
            report.listeners(),
        )
    _conclude(options, summary, rejects)
    return 1 if summary.rejected or summary.interrupted else 0


def _rejects_file(options: argparse.Namespace) -> RejectsFile | None:
    """Where rejects go; nowhere in a dry run that names no file."""
    if options.dry_run and options.rejects is None:
        return None
    path: Path = options.rejects or Path(f"{Path(options.index)}.rejects.jsonl")
    if path.is_dir():
        raise InputError(f"{path}: a folder; name a file with --rejects")
    if options.rejects is not None and not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder; make it, or name another file with --rejects")
    return RejectsFile(path)


def _may_wait(path: str) -> bool:
    """Whether reading may take for ever, as from another program."""
    return not (os.path.isfile(path) or os.path.isdir(path))


class Interruptible:
    """Inputs that end when SIGINT or SIGTERM asks for it: before the next record, or at once where the inputs may have
    to be waited for; never inside a commit."""

    def __init__(self, inputs: Inputs, *, waits: bool) -> None:
        self._inputs = inputs
        self._waits = waits
        self._asked = self._reading = False
        self._before: dict[int, object] = {}

    @property
    def total_bytes(self) -> int | None:
        return self._inputs.total_bytes

    @property
    def bytes_read(self) -> int:
        return self._inputs.bytes_read

    def stopping(self) -> bool:
        """Whether a signal has come."""
        return self._asked

    def records(self) -> Iterator[Record]:
        """The records of the inputs, until a signal comes."""
        source = self._inputs.records()
        while True:
            self._reading = True
            try:
                if self._asked:
                    raise Stop
                item = next(source)
            except StopIteration:
                return
            finally:
                self._reading = False
            yield item

    def __enter__(self) -> Interruptible:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        if self._reading and self._waits:
            self._reading = False
            raise Stop


class Report:
    """Tells how a load goes: a bar on a terminal, now and then a line elsewhere, JSON where asked for."""

    def __init__(self, options: argparse.Namespace, rejects: RejectsFile | None) -> None:
        self._options = options
        self._rejects = rejects
        self._console = Console(stderr=True, highlight=False)
        self._rejected = self._noted = 0
        self._started = self._told = time.monotonic()
        shown = self._console.is_terminal and not options.quiet
        self._bar = _progress_bar(self._console) if shown else None
        self._task = self._bar.add_task("reading", total=None, articles=0, rate="") if self._bar else None

    def listeners(self) -> Listeners:
        """What the load is to call."""
        return Listeners(self._on_progress, self._on_commit, self._on_reject, self._on_note)

    def __enter__(self) -> Report:
        (self._bar or nullcontext()).__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        (self._bar or nullcontext()).__exit__(None, None, None)

    def _on_progress(self, progress: LoadProgress) -> None:
        now = time.monotonic()
        rate = f"{progress.read / max(now - self._started, 1e-9):,.0f} articles/s"
        if self._bar is not None and self._task is not None:
            total, done = progress.total_bytes, progress.bytes_read
            self._bar.update(self._task, total=total, completed=done, articles=f"{progress.read:,}", rate=rate)
        elif not self._options.quiet and now - self._told >= SECONDS_BETWEEN_LINES:
            self._told = now
            share = f", {progress.bytes_read / progress.total_bytes:.0%}" if progress.total_bytes else ""
            self._line(f"{progress.read:,} read, {progress.accepted:,} accepted, {rate}{share}")

    def _on_commit(self, count: int) -> None:
        if self._options.json:
            print(json.dumps({"committed": count}), flush=True)

    def _on_reject(self, reject: Reject) -> None:
        if self._rejects is not None:
            self._rejects.add(reject)
        self._rejected += 1
        self._told_singly(self._rejected, f"rejected: {reject.locator}: {reject.reason}")

    def _on_note(self, locator: str, note: str) -> None:
        self._noted += 1
        self._told_singly(self._noted, f"note: {locator}: {note}")

    def _told_singly(self, count: int, text: str) -> None:
        if not self._options.quiet and count <= SHOWN:
            self._line(_printable(text))
            if count == SHOWN:
                self._line(f"(more of this kind are counted only: {text.partition(':')[0]})")

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


def _progress_bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[articles]} articles"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _conclude(options: argparse.Namespace, summary: LoadSummary, rejects: RejectsFile | None) -> None:
    """The summary, and what to do next."""
    file = str(rejects.path) if rejects is not None and rejects.count else None
    if options.json:
        print(json.dumps({**asdict(summary), "rejects_file": file}, ensure_ascii=False), flush=True)
    elif not options.quiet:
        _print_summary(Console(highlight=False), summary)
    if file is not None:
        print(f"ingest.py: {summary.rejected:,} rejected; each stands with its reason in {file}", file=sys.stderr)
    if summary.interrupted:
        kept = "nothing was written" if options.dry_run else f"what was read so far is safe in {options.index}"
        print(f"ingest.py: stopped; {kept}. The same command again goes on, and adds nothing twice.", file=sys.stderr)


def _print_summary(console: Console, summary: LoadSummary) -> None:
    updated = f" ({summary.updated:,} of them updated)" if summary.updated else ""
    account = f"{summary.read:,} read = {summary.accepted:,} accepted{updated} + {summary.duplicates:,} duplicates"
    speed = f"{summary.seconds:,.1f} s, {summary.articles_per_second:,.0f} articles a second"
    console.print(f"{account} + {summary.rejected:,} rejected; {speed}", soft_wrap=True)
    if summary.already_loaded:
        console.print(
            f"{summary.already_loaded:,} articles were loaded before the load was interrupted", soft_wrap=True
        )
    processes = "1 process" if summary.workers == 1 else f"{summary.workers} workers"
    cost = f"{summary.cpu_seconds:,.1f} s of processor time, {summary.peak_memory_mb:,.0f} MB of memory at most"
    console.print(f"{processes}: {cost}", soft_wrap=True)
    for name, counts in (("language", summary.languages), ("section", summary.sections)):
        if counts:
            console.print(_table(name, counts))


def _table(name: str, counts: Mapping[str, int], most: int = 12) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(name)
    table.add_column("articles", justify="right")
    for value, count in list(counts.items())[:most]:
        table.add_row(value.replace("[", "\\["), f"{count:,}")
    if len(counts) > most:
        table.add_row(f"{len(counts) - most} more", f"{sum(list(counts.values())[most:]):,}")
    return table


def _language(text: str) -> str:
    code = declared_code(text)
    if code is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no language; give a code such as de, ru or zh")
    return code


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone; give a name such as Europe/Minsk or UTC") from None
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of articles; give 1 or more")
    return int(text)


def _printable(text: str) -> str:
    """``text`` without what would steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


if __name__ == "__main__":
    sys.exit(main())
