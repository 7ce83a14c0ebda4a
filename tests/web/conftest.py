"""A small archive, the application over it, and a real server with a real browser before it."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright

from index.article import Article
from tests.archive import article, build_index
from tests.conftest import skip
from web import Config, create_app

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


def archive() -> list[Article]:
    """Articles in five languages, with what pages have to cope with."""
    ferry = [
        article(
            f"The harbour of Lumo counts its ferries, day {day}",
            f"On day {day} the harbour master of Lumo counted {day + 3} ferries.\nThe council meets about the quay.",
            section="Transport",
            source="Lumo Courier",
            authors=("Ada Moor", "Bo Lind"),
            published=f"2026-01-{day:02}T0{day % 10}:15",
            url=f"https://courier.example/ferry/{day}",
        )
        for day in range(1, 26)
    ]
    return [
        *ferry,
        article(
            "Der Hafen von Lumo zählt Fähren", "Die Fähren im Hafen.", "de", section="Verkehr", published="2025-11"
        ),
        article("Паром в порту Лумо", "Паромы стоят в порту.", "ru", section="Транспорт", published="2024-03-05"),
        article("عبّارة في ميناء لومو", "وصلت العبّارة إلى الميناء صباح اليوم.", "ar", section="نقل", published="2023"),
        article("卢莫港口的渡轮", "港口有很多渡轮。", "zh", section="交通", published="2026-02-05T12"),
        article("A letter without a date", "Somebody wrote from the harbour.", section=None, id="letters/1987 №5?#%"),
        article("", "A body whose title was lost near the lighthouse.", "und", lang_source="none", lang_confidence=0.0),
        article("x" * 400, "Unbroken: " + "y" * 3000, section="z" * 200, source="w" * 200, id="/long//id/"),
    ]


@pytest.fixture(scope="session")
def index_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_index(tmp_path_factory.mktemp("web") / "index", archive())


@pytest.fixture(scope="session")
def app(index_path: Path) -> Iterator[Flask]:
    app = create_app(Config(index=index_path))
    yield app
    app.extensions["kiosk_library"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class RunningServer:
    """``python -m web`` on a free port."""

    def __init__(self, index: Path) -> None:
        command = [sys.executable, "-m", "web", "--index", str(index), "--port", "0"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if ready else ""
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, f"the server did not say where it is: {line!r}"
        self.port = int(found[1])
        self.address = found[0].rstrip("/")

    def stop(self) -> tuple[int, float]:
        """Ends it by SIGTERM: its exit status, and the seconds it took."""
        started = time.monotonic()
        self.process.terminate()
        self.process.communicate(timeout=20)
        return self.process.returncode, time.monotonic() - started


@pytest.fixture(scope="session")
def server(index_path: Path) -> Iterator[RunningServer]:
    server = RunningServer(index_path)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(path).is_file():
        skip(f"no Chromium at {path}; install it or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS.split())
        yield browser
        browser.close()
