"""Walking over every match of a search by its cursors, and cursors that no answer gave."""

from __future__ import annotations

import base64
import json
import random
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import RunningServer
from tests.web.page import get
from tests.web.test_api import ask, refused
from web.errors import MAX_CURSOR

SEED = 20260207
QUERIES = [
    "q=*",
    "q=harbour",
    "q=harbour+OR+渡轮+OR+паром&op=any",
    "q=harbour+Lumo+day&explain=1",
    "q=ferry&sort=oldest",
    "q=%22harbour+master%22+co*&op=any&half_life=30",
    "q=harbour+moonlight+Lumo",
]


def walk(client: FlaskClient, query: str, size: int) -> Iterator[dict[str, Any]]:
    """Every answer of a walk."""
    cursor: str | None = ""
    while cursor is not None:
        answer = ask(client, f"?{query}&per_page={size}&{urlencode({'cursor': cursor})}")
        yield answer
        cursor = answer["next_cursor"]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("size", [1, 7, 25])
def test_a_walk_meets_every_match_once_and_in_order(client: FlaskClient, query: str, size: int) -> None:
    whole = [hit["id"] for hit in ask(client, f"?{query}&per_page=100")["results"]]
    answers = list(walk(client, query, size))
    assert [hit["id"] for answer in answers for hit in answer["results"]] == whole
    assert {answer["total"] for answer in answers} == {len(whole)}
    assert all(len(answer["results"]) == size for answer in answers[:-1])


def test_an_answer_that_is_whole_has_no_cursor(client: FlaskClient) -> None:
    assert ask(client, "?q=ferries&per_page=25")["next_cursor"] is None
    assert ask(client, "?q=nowhere")["next_cursor"] is None
    assert ask(client, "?q=ferries&page=2&per_page=24")["next_cursor"] is None
    assert ask(client, "?q=ferries&page=2&per_page=10")["next_cursor"]


def test_a_walk_may_begin_at_a_page_and_change_what_hits_hold(client: FlaskClient) -> None:
    begun = ask(client, "?q=harbour&page=2&per_page=5")
    rest = ask(client, f"?q=harbour&per_page=100&fields=title&facets=&cursor={begun['next_cursor']}")
    whole = [hit["id"] for hit in ask(client, "?q=harbour&per_page=100")["results"]]
    assert [hit["id"] for hit in rest["results"]] == whole[10:]
    assert (rest["total"], rest["next_cursor"]) == (26, None)


def test_a_cursor_of_another_search_is_refused(client: FlaskClient) -> None:
    cursor = ask(client, "?q=harbour&per_page=2")["next_cursor"]
    for query in (
        "q=ferries",
        "q=harbour&lang=en",
        "q=harbour&sort=newest",
        "q=harbour&match=exact",
        "q=harbour&op=any",
    ):
        assert refused(client, f"?{query}&cursor={cursor}")["param"] == "cursor"
    assert refused(client, f"?q=harbour&page=2&cursor={cursor}")["param"] == "page"


def forged(cursor: str, rng: random.Random) -> str:
    """The cursor with something in it changed, put together again as it should be."""
    values = json.loads(zlib.decompress(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    places = [(values, name) for name in values if name != "for"]
    for inner in ("languages", "counts"):
        places += [(values[inner], name) for name in values[inner]]
    places += [(row, at) for row in [values["place"], *values["languages"].values()] for at in range(len(row))]
    holder, name = rng.choice(places)
    odd = [
        None,
        True,
        -1,
        0,
        1,
        2**63 - 1,
        -(2**63),
        2**64,
        1.5,
        0.0,
        1e-300,
        1e14,
        float("nan"),
        "",
        "de",
        [],
        {},
        [[]],
    ]
    holder[name] = rng.choice(odd)
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(values).encode())).rstrip(b"=").decode()


def test_a_forged_cursor_is_answered_or_refused_never_a_fault(client: FlaskClient) -> None:
    print("seed", SEED)
    rng = random.Random(SEED)
    cursors = {query: ask(client, f"?{query}&per_page=3")["next_cursor"] for query in QUERIES}
    for _ in range(400):
        query = rng.choice(QUERIES)
        answer = client.get(f"/api/v1/search?{query}&per_page=3&cursor={forged(cursors[query], rng)}")
        assert answer.status_code in (200, 400)
        if answer.status_code == 400:
            assert answer.get_json()["error"]["param"] == "cursor"
        else:
            json.loads(answer.get_data(as_text=True), parse_constant=pytest.fail)


BOMB = base64.urlsafe_b64encode(zlib.compress(b"[" * 50_000_000, 9)[:40_000]).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        *("x", "eJw", "....", "%00", "%ff%fe", "ü", "-" * 9_000, "A" * (MAX_CURSOR - 7), "A" * (MAX_CURSOR + 1), BOMB),
        base64.urlsafe_b64encode(zlib.compress(b"[" * 100_000)).decode(),
        base64.urlsafe_b64encode(zlib.compress(b'{"v":1}')).decode(),
        base64.urlsafe_b64encode(zlib.compress(b'{"v":1,"place":' + b"9" * 5_000 + b"}")).decode(),
    ],
    ids=lambda text: f"{text[:6]}-{len(text)}",
)
def test_what_is_no_cursor_is_refused_and_does_not_disturb_a_page(client: FlaskClient, cursor: str) -> None:
    error = refused(client, f"?q=harbour&cursor={cursor}")
    assert error["param"] == "cursor"
    assert "cursor" in error["hint"]
    get(client, f"/?q=harbour&cursor={cursor}", 400 if len(cursor) > MAX_CURSOR else 200)


def test_a_long_cursor_passes_the_server(server: RunningServer) -> None:
    address = f"{server.address}/api/v1/search?q=harbour&cursor={'A' * (MAX_CURSOR - 7)}"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(address)
    assert caught.value.code == 400
    assert json.load(caught.value)["error"]["param"] == "cursor"
