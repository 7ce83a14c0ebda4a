"""Why a hit stands where it stands, as programs are told."""

from __future__ import annotations

import math
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.test_api import ask


def explained(client: FlaskClient, query: str) -> list[dict[str, Any]]:
    hits: list[dict[str, Any]] = ask(client, f"{query}&explain=1")["results"]
    return hits


@pytest.mark.parametrize(
    "query",
    [
        "?q=ferries",
        "?q=harbour+master+Lumo&per_page=100",
        "?q=%22harbour+master%22+OR+quay",
        "?q=harb*+OR+feries~1&half_life=90",
        "?q=harbour+OR+渡轮+OR+паром+OR+ميناء",
        "?q=ferry+council&sort=oldest",
    ],
)
def test_what_the_words_gave_comes_to_the_score(client: FlaskClient, query: str) -> None:
    hits = explained(client, query)
    assert hits
    for hit in hits:
        why = hit["explanation"]
        assert list(why) == ["score", "words", "near", "in_title", "lift", "recent"]
        assert why["score"] == hit["score"]
        total = sum(word["share"] for word in why["words"]) * why["lift"] * why["recent"]
        assert math.isclose(total, hit["score"], rel_tol=1e-3, abs_tol=1e-3)
        for word in why["words"]:
            assert list(word) == ["form", "field", "way", "count", "share"]
            assert word["field"] in ("title", "body")
            assert word["count"] >= 1
            assert word["share"] > 0


def test_a_word_tells_how_it_was_met(client: FlaskClient) -> None:
    def ways(query: str) -> set[tuple[str, str]]:
        return {(word["form"], word["way"]) for word in explained(client, query)[0]["explanation"]["words"]}

    assert ways("?q=ferries") == {("ferries", "exact")}
    assert ways("?q=ferry") == {("ferries", "form")}
    assert ways("?q=férries") == {("ferries", "accents")}
    assert ways("?q=ferri*") == {("ferries", "pattern")}
    assert ways("?q=ferrias~1") == {("ferries", "fuzzy")}
    assert ways("?q=%22harbour+master%22") == {("harbour master", "phrase")}


def test_words_side_by_side_in_the_title_are_said_to_lift(client: FlaskClient) -> None:
    why = explained(client, "?q=harbour+Lumo")[0]["explanation"]
    assert why["in_title"]
    assert 0 < why["near"] <= 1
    assert why["lift"] > 1
    assert why["recent"] == 1
    assert explained(client, "?q=harbour+Lumo&half_life=9999")[0]["explanation"]["recent"] > 1


def test_without_words_nothing_is_to_be_explained(client: FlaskClient) -> None:
    for hit in explained(client, "?q=*"):
        assert hit["explanation"]["words"] == []


def test_an_explanation_comes_only_where_it_is_asked_for(client: FlaskClient) -> None:
    for query in ("?q=ferries", "?q=ferries&explain=0", "?q=ferries&explain="):
        assert all("explanation" not in hit for hit in ask(client, query)["results"])
    assert list(explained(client, "?q=ferries&fields=title&per_page=1")[0]) == ["id", "title", "explanation"]
