"""Which addresses may be asked, and where links may lead."""

import pytest
from adatom.cloud.knowledge.optimade.address import checked_base, followed, is_loopback, named, origin_of
from adatom.protocol.errors import InputError, ProtocolError


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://example.org", "https://example.org"),
        ("https://Example.org:443/a/optimade/v1/", "https://example.org/a/optimade"),
        ("https://example.org:8443/v1", "https://example.org:8443"),
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("http://localhost/a b", "http://localhost/a%20b"),
    ],
)
def test_base_urls(url: str, base: str) -> None:
    assert checked_base(url, plain_http=False) == base


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("example.org", "must be https://host/path"),
        ("ftp://example.org", "must be https"),
        ("file:///etc/passwd", "must be https"),
        ("https://", "must be https"),
        ("https://u:p@example.org", "a user or password in an address is not sent"),
        ("https://example.org/?filter=x", "a filter goes to --filter"),
        ("https://example.org:99999", "Port out of range"),
        ("https://[::1", "Invalid IPv6"),
        ("http://example.org", "take https, or say --plain-http"),
        ("http://127.0.0.1.example.org", "take https"),
        ("https://" + "a" * 20_000, "must be https"),
    ],
)
def test_base_urls_that_are_refused(url: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as error:
        checked_base(url, plain_http=False)
    assert ":p@" not in str(error.value)


def test_plain_http_is_a_choice() -> None:
    assert checked_base("http://example.org/x", plain_http=True) == "http://example.org/x"


HERE = "https://example.org/v1/structures?page_offset=0"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://example.org/v1/structures?page_offset=5", "https://example.org/v1/structures?page_offset=5"),
        ("structures?page_offset=5", "https://example.org/v1/structures?page_offset=5"),
        ("/x", "https://example.org/x"),
        ("https://EXAMPLE.org:443/x", "https://EXAMPLE.org:443/x"),
        ("http://example.org/x", "https://example.org/x"),
        ("http://example.org:80/x", "https://example.org/x"),
        ('/x?filter=elements HAS "Li"\r\nHost: a', "https://example.org/x?filter=elements%20HAS%20%22Li%22Host:%20a"),
        ("/x#part", "https://example.org/x"),
    ],
)
def test_links_are_followed_at_home(link: str, url: str) -> None:
    assert followed(link, HERE) == url


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://elsewhere.org/v1", "leads to https://elsewhere.org, another place"),
        ("https://example.org:444/", "another place"),
        ("http://example.org:8080/", "another place"),
        ("//elsewhere.org/", "another place"),
        ("https://example.org@elsewhere.org/", "a user or password"),
        ("javascript:alert(1)", "must be https"),
        ("file:///etc/passwd", "must be https"),
    ],
)
def test_links_to_elsewhere_are_not_followed(link: str, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        followed(link, HERE)


def test_http_stays_where_it_is() -> None:
    with pytest.raises(ProtocolError, match="another place"):
        followed("https://127.0.0.1:5000/", "http://127.0.0.1:5000/")


def test_messages_name_the_page_not_the_filter() -> None:
    assert named("https://a.org/v1/structures?filter=x&page_offset=5&page_limit=2") == (
        "https://a.org/v1/structures?page_offset=5&page_limit=2"
    )
    assert named("https://a.org/v1/structures?filter=x") == "https://a.org/v1/structures"


def test_this_machine() -> None:
    assert [is_loopback(host) for host in ("127.9.9.9", "::1", "localhost", "10.0.0.1", "0.0.0.0")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert str(origin_of("http://[::1]:80/")) == "http://[::1]"
