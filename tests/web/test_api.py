"""The endpoint for programs."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from web.api import HIT_FIELDS


def ask(client: FlaskClient, query: str, status: int = 200) -> dict[str, Any]:
    response = client.get(f"/api/v1/search{query}")
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/json"
    body: dict[str, Any] = response.get_json()
    return body


def refused(client: FlaskClient, query: str) -> dict[str, Any]:
    body = ask(client, query, 400)
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "param", "position", "hint"}
    assert error["code"] == "invalid_request"
    return error


def test_an_answer_has_the_whole_shape(client: FlaskClient) -> None:
    body = ask(client, "?q=ferries&section=Transport&per_page=2&page=2&sort=oldest")
    assert list(body) == [
        *("query", "total", "page", "per_page", "next_cursor", "took_ms", "warnings", "suggestion", "results", "facets")
    ]
    assert body["query"]["q"] == body["query"]["parsed"] == "ferries"
    assert (body["total"], body["page"], body["per_page"]) == (25, 2, 2)
    assert [hit["published"] for hit in body["results"]] == ["2026-01-03T03:15", "2026-01-04T04:15"]
    hit = body["results"][0]
    assert tuple(hit) == HIT_FIELDS
    assert hit["url"] == "https://courier.example/ferry/3"
    assert hit["authors"] == ["Ada Moor", "Bo Lind"]
    assert hit["title_highlighted"] == "The harbour of Lumo counts its <mark>ferries</mark>, day 3"
    assert hit["snippets"][0].count("<mark>") == 1
    assert {"value": "Transport", "count": 25, "selected": True} in body["facets"]["section"]
    assert set(body["facets"]) == {"section", "lang", "source", "date"}


def test_browsing_shows_everything_newest_first(client: FlaskClient) -> None:
    body = ask(client, "?per_page=100")
    assert body["total"] == len(body["results"]) == 32
    dates = [hit["published"] for hit in body["results"]]
    assert dates[0] == "2026-02-05T12"
    assert dates[-3:] == [None] * 3
    assert ask(client, "?q=*")["total"] == 32


def test_undated_articles_stand_in_the_date_facet(client: FlaskClient) -> None:
    facet = ask(client, "?facets=date&date_interval=year")["facets"]["date"]
    assert facet["interval"] == "year"
    assert facet["buckets"][0] == {"from": "2023-01-01", "to": "2023-12-31", "count": 1}
    assert facet["buckets"][-1] == {"from": None, "count": 3}
    assert list(ask(client, "?facets=author&facet_size=1")["facets"]) == ["author"]
    assert ask(client, "?facets=")["facets"] == {}


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("?lang=ru&lang=de", 2),
        ("?exclude_lang=en", 5),
        ("?section=Transport&exclude_source=Lumo+Courier", 0),
        ("?author=Bo+Lind&from=2026-01-10&to=2026-01-12", 3),
        ("?from=2023&to=2024", 2),
        ("?q=harbour+moonlight&op=any", 26),
        ("?q=council&search_in=title", 0),
        ("?q=council&search_in=body", 25),
        ("?q=卢莫", 1),
        ("?q=паром", 1),
    ],
)
def test_filters_narrow(client: FlaskClient, query: str, total: int) -> None:
    assert ask(client, query)["total"] == total


def test_a_relaxed_or_repaired_query_says_so(client: FlaskClient) -> None:
    codes = [warning["code"] for warning in ask(client, "?q=harbour+ferries+moonlight")["warnings"]]
    assert codes == ["most_words"]
    warning = ask(client, "?q=harbour+AND")["warnings"][0]
    assert (warning["code"], warning["position"]) == ("dangling_operator", 8)


def test_fields_leave_only_what_is_asked_for_and_the_id(client: FlaskClient) -> None:
    hit = ask(client, "?q=ferries&fields=title,published&fields=lang&per_page=1")["results"][0]
    assert list(hit) == ["id", "title", "lang", "published"]
    assert "'title'" in refused(client, "?fields=titel")["hint"]


@pytest.mark.parametrize("off", ["0", "false", "False"])
def test_highlighting_can_be_turned_off(client: FlaskClient, off: str) -> None:
    hit = ask(client, f"?q=ferries&highlight={off}&per_page=1")["results"][0]
    assert "title_highlighted" not in hit
    assert "<" not in hit["snippets"][0]
    assert "title_highlighted" in ask(client, "?q=ferries&highlight=true&per_page=1")["results"][0]


def test_words_are_met_in_their_forms_or_exactly_as_written(client: FlaskClient) -> None:
    assert ask(client, "?q=ferry")["total"] == ask(client, "?q=ferry&match=forms")["total"] == 25
    assert ask(client, "?q=ferry&match=exact")["total"] == 0
    assert ask(client, "?q=ferries&match=exact")["total"] == 25


def test_words_take_the_forms_of_the_language_they_are_in(client: FlaskClient) -> None:
    assert ask(client, "?q=ferry&qlang=en-GB")["total"] == 25
    assert ask(client, "?q=ferry&qlang=de")["total"] == 0
    assert ask(client, "?q=ferries&qlang=de")["total"] == 25


def test_new_articles_are_lifted_where_that_is_asked_for(client: FlaskClient) -> None:
    query = "?q=harbour+master&sort=relevance&per_page=25"
    scores = {hit["id"]: hit["score"] for hit in ask(client, query)["results"]}
    lifted = ask(client, f"{query}&half_life=3650")["results"]
    assert all(hit["score"] > scores[hit["id"]] for hit in lifted)
    dates = [hit["published"] for hit in ask(client, f"{query}&half_life=30")["results"]]
    assert dates[:9] == sorted(dates[:9], reverse=True)


def test_the_number_of_snippets_is_chosen(client: FlaskClient) -> None:
    assert ask(client, "?q=ferries&snippets=0")["results"][0]["snippets"] == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("?pages=2", "pages"),
        ("?qlang=d", "qlang"),
        ("?match=names", "match"),
        ("?collapse=story", "collapse"),
        ("?cursor=abc", "cursor"),
        ("?explain=all", "explain"),
        ("?half_life=soon", "half_life"),
        ("?half_life=0", "half_life"),
        ("?half_life=-1", "half_life"),
        ("?half_life=1e999", "half_life"),
        ("?half_life=100001", "half_life"),
        ("?ui=de", "ui"),
        ("?format=csv", "format"),
        ("?highlight=yes", "highlight"),
        ("?fields=nothing", "fields"),
        ("?page=abc", "page"),
        ("?page=0", "page"),
        ("?page=101&per_page=100", "page"),
        ("?per_page=101", "per_page"),
        ("?snippets=6", "snippets"),
        ("?facets=colour", "facets"),
        ("?facet_size=0", "facet_size"),
        ("?date_interval=hour", "date_interval"),
        ("?from=05.02.2026", "from"),
        ("?to=2026-13", "to"),
        ("?from=2026&to=2025", "from"),
        ("?last=7x", "last"),
        ("?op=maybe", "op"),
        ("?sort=best", "sort"),
        ("?search_in=footer", "search_in"),
        ("?lang=1", "lang"),
        ("?q=" + "a" * 513, "q"),
        ("?q=" + "(" * 9 + "a" + ")" * 9, "q"),
    ],
)
def test_a_wrong_value_names_its_parameter(client: FlaskClient, query: str, param: str) -> None:
    error = refused(client, query)
    assert error["param"] == param
    assert error["message"]
    assert error["hint"]


def test_text_goes_out_as_it_is(client: FlaskClient) -> None:
    assert "卢莫港口的渡轮" in client.get("/api/v1/search?lang=zh").get_data(as_text=True)


@pytest.mark.parametrize("article_id", ["letters/1987 №5?#%", "/long//id/"])
def test_an_article_is_found_by_any_id(client: FlaskClient, article_id: str) -> None:
    body = client.get("/api/v1/articles/" + quote(article_id, safe="")).get_json()
    assert body["id"] == article_id
    assert body["body"]
    assert client.get("/api/v1/articles/" + quote(article_id)).get_json() == body


def test_an_article_is_whole(client: FlaskClient) -> None:
    hit = ask(client, "?lang=de")["results"][0]
    body = client.get(f"/api/v1/articles/{hit['id']}").get_json()
    assert body["body"] == "Die Fähren im Hafen."
    assert (body["lang_source"], body["lang_confidence"], body["published"]) == ("declared", 1.0, "2025-11")
    assert client.get(f"/api/v1/articles/{hit['id']}?x=1").get_json()["error"]["param"] == "x"


def test_similar_articles_are_hits_without_marks(client: FlaskClient) -> None:
    hit = ask(client, "?q=ferries&sort=newest")["results"][0]
    body = client.get(f"/api/v1/articles/{hit['id']}/similar?limit=3").get_json()
    assert list(body) == ["results"]
    assert len(body["results"]) == 3
    assert tuple(body["results"][0]) == tuple(n for n in HIT_FIELDS if n not in ("title_highlighted", "snippets"))
    assert hit["id"] not in [each["id"] for each in body["results"]]
    assert {each["source"] for each in body["results"]} == {"Lumo Courier"}
    assert len(client.get(f"/api/v1/articles/{hit['id']}/similar").get_json()["results"]) == 6


def test_similar_articles_are_told_of_any_id_and_refused_as_everywhere(client: FlaskClient) -> None:
    for article_id in ("letters/1987 №5?#%", "/long//id/"):
        assert "results" in client.get(f"/api/v1/articles/{quote(article_id, safe='')}/similar").get_json()
    missing = client.get("/api/v1/articles/nowhere/similar")
    assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "not_found")
    assert "'nowhere'" in missing.get_json()["error"]["message"]
    hit = ask(client, "?lang=de")["results"][0]
    for query, param in (("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("limits=3", "limits")):
        wrong = client.get(f"/api/v1/articles/{hit['id']}/similar?{query}")
        assert (wrong.status_code, wrong.get_json()["error"]["param"]) == (400, param)
    assert client.post(f"/api/v1/articles/{hit['id']}/similar").status_code == 405


def test_highlighted_text_is_html_of_one_tag(client: FlaskClient) -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found.add(tag)
            assert not attrs

    parser = Tags()
    for hit in ask(client, "?q=harbour+OR+渡轮+OR+паром+OR+ميناء&op=any&per_page=100")["results"]:
        parser.feed(hit["title_highlighted"] + "".join(hit["snippets"]))
    assert parser.found == {"mark"}


def test_watchers_learn_whether_it_lives_and_can_answer(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    ready = client.get("/readyz").get_json()
    assert ready["status"] == "ready"
    assert ready["generation"] >= 1
