"""The production server: how it starts, ends, and bears with clients that do not speak HTTP."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from tests.web.conftest import ROOT, RunningServer
from web.security import SECURITY_HEADERS

SEED = 7


def exchange(server: RunningServer, data: bytes) -> bytes:
    """What the server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionError:  # it may hang up on what is too long
            return b""


def run_web(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "web", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def test_it_serves_pages_and_json(server: RunningServer) -> None:
    with urllib.request.urlopen(f"{server.address}/api/v1/search?q=ferries") as response:
        assert json.load(response)["total"] == 25
        assert "Server" not in response.headers
    with urllib.request.urlopen(f"{server.address}/article/letters%2F1987%20%E2%84%965%3F%23%25") as response:
        assert b"A letter without a date" in response.read()
    with urllib.request.urlopen(f"{server.address}/article/%2Flong%2F%2Fid%2F") as response:
        assert response.status == 200


def test_without_an_index_it_says_what_to_do(tmp_path: Path) -> None:
    done = run_web("--index", str(tmp_path / "none"), "--port", "0")
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
    assert "ingest.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_said(server: RunningServer, index_path: Path) -> None:
    done = run_web("--index", str(index_path), "--port", str(server.port))
    assert done.returncode == 2
    assert f"127.0.0.1:{server.port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("--port", "70000"), ("--port", "http"), ("--host", "no such host")])
def test_an_address_that_can_not_be_is_said(index_path: Path, arguments: tuple[str, str]) -> None:
    done = run_web("--index", str(index_path), *arguments)
    assert done.returncode == 2
    assert arguments[1] in done.stderr
    assert "Traceback" not in done.stderr


def test_terminating_it_answers_who_came_before(index_path: Path) -> None:
    server = RunningServer(index_path)
    answers: list[bytes] = []
    request = b"GET /?q=harbour&per_page=100 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    opened = [socket.create_connection(("127.0.0.1", server.port), timeout=15) for _ in range(12)]
    for connection in opened:
        connection.sendall(request)
    reading = [
        threading.Thread(target=lambda each=each: answers.append(b"".join(iter(lambda: each.recv(65_536), b""))))
        for each in opened
    ]
    for thread in reading:
        thread.start()
    status, seconds = server.stop()
    for thread, connection in zip(reading, opened, strict=True):
        thread.join(15)
        connection.close()
    assert status == 0
    assert seconds < 10
    assert sum(answer.rstrip().endswith(b"</html>") for answer in answers) == len(opened)


def test_bytes_that_are_no_http_are_refused_with_the_usual_headers(server: RunningServer) -> None:
    answer = exchange(server, b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    for name, value in SECURITY_HEADERS:
        assert f"{name}: {value}\r\n".encode() in answer
    assert exchange(server, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 414")
    assert exchange(server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n").startswith(
        b"HTTP/1.1 413"
    )
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(100))
    assert exchange(server, b"GET / HTTP/1.1\r\n" + headers + b"\r\n")[9:12] in (b"431", b"")


def test_random_bytes_are_never_a_fault_of_ours(server: RunningServer) -> None:
    print("seed", SEED)
    rng = random.Random(SEED)
    for _ in range(200):
        target = rng.choice([b"/", b"/?q=", b"/api/v1/search?", b"/article/", b""]) + rng.randbytes(rng.randint(0, 40))
        version = rng.choice([b" HTTP/1.1", b" HTTP/1.0", b" HTTP/9", b""])
        headers = b"".join(rng.randbytes(rng.randint(1, 9)) + b": x\r\n" for _ in range(rng.randint(0, 3)))
        lines = rng.choice([b"GET ", b"HEAD ", b"get ", rng.randbytes(3) + b" "]) + target + version + b"\r\n" + headers
        answer = exchange(server, rng.choice([lines + b"\r\n", rng.randbytes(rng.randint(1, 300)) + b"\r\n\r\n"]))
        assert answer == b"" or (answer.startswith(b"HTTP/1.") and answer[9:10] in b"234"), (lines, answer[:100])
    assert exchange(server, b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200")
