"""Addresses, ids and digests."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.normalize.identity import clean_url, digest_of, id_of_content, id_of_url
from index.normalize.text import clean_body, clean_line


@pytest.mark.parametrize(
    ("written", "url"),
    [
        (" HTTPS://News.Example.ORG/A/B?q=1&r=2#top ", "https://news.example.org/A/B?q=1&r=2"),
        ("http://example.org", "http://example.org/"),
        ("http://user:secret@example.org:8080/x", "http://example.org:8080/x"),
        ("https://example.org:443/x", "https://example.org/x"),
        ("https://example.org/a b\"<c>", "https://example.org/a%20b%22%3Cc%3E"),
        ("https://пример.рф/новости", "https://пример.рф/новости"),
        ("https://example.org/%D0%BC?x=%20", "https://example.org/%D0%BC?x=%20"),
        ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
    ],
)  # fmt: skip
def test_an_address_is_cleaned_without_changing_where_it_leads(written: str, url: str) -> None:
    assert clean_url(written) == url


@pytest.mark.parametrize(
    "written",
    ["", "/news/1", "news/1", "//example.org/x", "javascript:alert(1)", "JavaScript://example.org/%0aalert(1)",
     "data:text/html,x", "ftp://example.org/x", "http://", "http:///x", "http://exa mple.org", "http://[::1",
     "http://example.org:99999/", "https:x", "http://example.org:port/", "mailto:a@example.org",
     "https://example.org/" + "x" * 3_000, "http://<script>/"],
)  # fmt: skip
def test_what_is_no_absolute_web_address_is_none(written: str) -> None:
    assert clean_url(written) is None


@settings(max_examples=300)
@given(st.text(max_size=40) | st.text('htps:/.@?#[]%\\"<> aé\n\t', max_size=30).map(lambda text: "http://" + text))
def test_every_clean_address_is_safe_and_stays_as_it_is(text: str) -> None:
    url = clean_url(text)
    if url is not None:
        assert clean_url(url) == url
        assert urlsplit(url).scheme in ("http", "https")
        assert not set(url) & set('"<> \n\t\r\x00\\`#')


def test_a_hostile_address_costs_no_time_and_a_long_fragment_no_address() -> None:
    started = time.monotonic()
    assert clean_url("http://a" + "\u0301\u0316" * 200_000) is None
    assert clean_url("https://example.org/a#" + "\u0301\u0316" * 200_000) == "https://example.org/a"
    assert time.monotonic() - started < 5


URL = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "httpss"]),
    st.text("ab.-_A9:@", max_size=8),
    st.text("/ab;[]|~!$&'()*+,=:@%_-.?#{}^\\\"<> \x7fé\u3000", max_size=12),
    st.sampled_from(["", "?", "?q", "?q=1&r=[2]?/", "#", "?#"]),
)


@settings(max_examples=500)
@given(URL)
def test_an_address_is_what_its_parts_make_whether_it_needs_cleaning_or_not(text: str) -> None:
    # with a user name, an address is never taken as it stands
    scheme, _, rest = text.partition("://")
    assert clean_url(text) == (clean_url(text) if "@" in rest.split("/")[0] else clean_url(f"{scheme}://user@{rest}"))


@settings(max_examples=300)
@given(st.text(max_size=40), st.text(max_size=80) | st.text("a \n\r\t\x1c\x85\xa0\u2028\u200b-", max_size=80))
def test_clean_text_has_the_digest_that_its_words_have(title: str, body: str) -> None:
    title, body = clean_line(title), clean_body(body)
    assert digest_of(title, body, clean=True) == digest_of(title, body)
    assert id_of_content("a", title, body, clean=True) == id_of_content("a", title, body)


def test_an_id_of_an_address_does_not_know_scheme_and_closing_slash() -> None:
    assert id_of_url("http://example.org/a/") == id_of_url("https://example.org/a")
    assert id_of_url("https://example.org/a") != id_of_url("https://example.org/b")
    assert id_of_url("/a", "BBC") != id_of_url("/a", "RFI")


def test_a_digest_is_that_of_the_words_not_of_the_white_space() -> None:
    assert digest_of("A  title", "one\ntwo") == digest_of("A title", "one two")
    assert digest_of("A", "title") != digest_of("A title", "")
    assert digest_of("a title", "") != digest_of("A title", "")
    assert len(digest_of("", "")) == 32
    assert id_of_content(None, "a", "b") != id_of_content("a", "", "b")
