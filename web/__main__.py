"""The server: ``python -m web [--index DIR] [--host 127.0.0.1] [--port 8080]``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from functools import partial

from index.errors import KioskError
from index.slow import told_if_slow
from search import warm_up
from web import Config, create_app
from web.server import Server

KERNELS = "Kiosk compiles the kernels of its search: once for this machine, about half a minute"


def main(argv: list[str] | None = None) -> int:
    """Serves until told to stop; 0 then, 2 where it could not begin."""
    args = _parser().parse_args(argv)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of a few requests is no news
    app = create_app(Config(index=args.index))
    library = app.extensions["kiosk_library"]
    try:
        articles = library.stats().articles
    except KioskError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        server = Server(app, args.host, args.port)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"can't serve at {args.host}:{args.port}: {reason}; give another --host or --port", file=sys.stderr)
        return 2
    with told_if_slow(partial(print, flush=True), KERNELS):
        warm_up(library.searcher)
    print(f"Kiosk serves {articles:,} articles at {server.address}  (Ctrl-C ends it)", flush=True)
    server.run()
    library.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m web", description="Serves the search page and the JSON endpoint.")
    parser.add_argument("--index", default=os.environ.get("KIOSK_INDEX", "kiosk-index"), metavar="DIR")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: this machine only)")
    parser.add_argument("--port", type=_port, default=8080, help="0 takes any free one (default: 8080)")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 0 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
