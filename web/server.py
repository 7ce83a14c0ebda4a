"""A production server around the application, which answers what it has accepted before it goes."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ErrorTask

from web.errors import MAX_BODY, MAX_CURSOR, MAX_QUERY_STRING
from web.security import SECURITY_HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_THREADS = 8
_MAX_HEADERS = MAX_CURSOR + MAX_QUERY_STRING + 24 * 1024
_AT_THE_DOOR = 0.3
"""Seconds to go on accepting after SIGTERM: who connected before it is not yet known to us."""

_PATIENCE = 8.0
"""Seconds that requests already accepted have to be answered after SIGTERM."""


class _RefusalTask(ErrorTask):  # type: ignore[misc]  # waitress is untyped
    """The answer to bytes that are no HTTP, with the headers that every answer has."""

    def execute(self) -> None:
        self.response_headers.extend(SECURITY_HEADERS)
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _RefusalTask


class Server:
    """Listens, and heeds SIGTERM and Ctrl-C, from its making on, in the main thread. Raises :class:`OSError` where the
    address can't be had."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._stopping = False
        self._server = create_server(
            app,
            map=self._sockets,
            host=host,
            port=port,
            threads=_THREADS,
            ident=None,
            asyncore_use_poll=True,
            connection_limit=1000,
            channel_timeout=60,
            max_request_body_size=MAX_BODY,
            max_request_header_size=_MAX_HEADERS,
            clear_untrusted_proxy_headers=True,
        )
        for listener in self._listeners():
            listener.channel_class = _Channel
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)

    @property
    def address(self) -> str:
        """Where the pages are, for a browser on this machine."""
        listener = self._listeners()[0]
        host, port = listener.effective_host, listener.effective_port
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def run(self) -> None:
        """Serves until SIGTERM or Ctrl-C, then answers what has been accepted, for some seconds at most."""
        while not self._stopping:
            self._turn(timeout=1.0)
        closing = time.monotonic() + _AT_THE_DOOR
        while time.monotonic() < closing:
            self._turn(timeout=0.05)
        for listener in self._listeners():
            wasyncore.dispatcher.close(listener)
        deadline = time.monotonic() + _PATIENCE
        while self._answering() and time.monotonic() < deadline:
            self._turn(timeout=0.05)
        self._server.task_dispatcher.shutdown(timeout=1)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._sockets, count=1)

    def _listeners(self) -> list[Any]:
        return [entry for entry in self._sockets.values() if isinstance(entry, TcpWSGIServer)]

    def _answering(self) -> bool:
        channels = (entry for entry in self._sockets.values() if isinstance(entry, HTTPChannel))
        return any(channel.requests or channel.total_outbufs_len for channel in channels)
