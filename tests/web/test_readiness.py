"""A damaged index behind a running server: the generation before is served, or an error that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from index import open_engine
from tests.archive import article
from web import Config, create_app


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Two generations: the first of 5 articles, the second with one more in a segment of its own."""
    path = tmp_path / "index"
    with open_engine(path, create=True) as engine:
        engine.add([article(f"Harbour {number}", "ferry and tug", "en") for number in range(5)])
        engine.commit()
        engine.add([article("Harbour again", "another ferry", "en")])
        engine.commit()
    return path


def damage(path: Path) -> None:
    """Flips a bit of the first block, behind the header."""
    data = bytearray(path.read_bytes())
    data[64] ^= 1
    path.write_bytes(data)


def client_of(index: Path) -> FlaskClient:
    return create_app(Config(index=str(index))).test_client()


def total(client: FlaskClient) -> int:
    return int(client.get("/api/v1/search?q=ferry").get_json()["total"])


@pytest.mark.parametrize("kind", ["docs", "freqs", "lexicon", "columns", "stored"])
def test_damage_met_in_the_newest_generation_alone_leaves_the_one_before(index: Path, kind: str) -> None:
    damage(index / f"s0000002.{kind}")
    client = client_of(index)
    assert total(client) == 5
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["status"] == "degraded"
    assert f"s0000002.{kind}" in ready.get_json()["problem"]
    assert str(index) not in ready.text


def test_damage_in_both_generations_is_named_until_it_is_repaired(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damage(index / "s0000001.docs")
    client = client_of(index)
    assert client.get("/api/v1/search?q=ferry").status_code == 503
    assert "s0000001.docs" in caplog.text
    assert client.get("/readyz").status_code == 503
    with open_engine(index) as engine:
        assert engine.repair().lost == ()
    assert total(client) == 6
    assert client.get("/readyz").get_json()["status"] == "ready"
