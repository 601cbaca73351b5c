"""JSON:API documents, as they should be and as they come."""

import json
from typing import Any

import pytest
from adatom.cloud.knowledge.optimade.document import MAX_DEPTH, Document, document_of, shown
from adatom.cloud.knowledge.optimade.transport import Answer
from adatom.protocol.errors import FailedError, InputError, ProtocolError
from hypothesis import given, settings
from hypothesis import strategies as st

URL = "https://a.org/v1/structures?filter=x"


def document(body: Any, status: int = 200, kind: str = "application/vnd.api+json") -> Document:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return document_of(Answer(URL, status, kind, data))


@pytest.mark.parametrize("link", ["/v1/structures?page=2", {"href": "/v1/structures?page=2", "meta": {}}])
def test_the_next_page_as_a_text_or_an_object(link: Any) -> None:
    assert document({"data": [], "links": {"next": link}}).next == "https://a.org/v1/structures?page=2"


@pytest.mark.parametrize("links", [None, {}, {"next": None}, {"next": ""}, {"next": {"href": None}}, {"next": 5}, []])
def test_the_last_page(links: Any) -> None:
    assert document({"data": [], "links": links}).next == ""


def test_warnings_are_told_without_what_a_terminal_obeys() -> None:
    warnings = [{"type": "warning", "title": "Old", "detail": "use\n\x1b[2Jv1.2"}, {"type": "warning"}, "no object"]
    found = document({"data": [], "meta": {"warnings": warnings}})
    assert found.warnings == ("Old: use ?[2Jv1.2", "no reason is told")
    assert shown("x" * 1000) == "x" * 600 + "..."


@pytest.mark.parametrize(
    ("status", "body", "kind", "blamed", "words"),
    [
        (400, {"errors": [{"status": "400", "title": "Bad Request", "detail": "Unable to parse"}]}, "application/json",
         InputError, "a.org/v1/structures: HTTP 400: Bad Request: Unable to parse$"),
        (501, {"errors": [{"title": "Not Implemented", "detail": "HAS ONLY"}, {"detail": "nor this"}]},
         "application/json", FailedError, "HTTP 501: Not Implemented: HAS ONLY; nor this$"),
        (404, b"<html>nothing</html>", "text/html", InputError, "HTTP 404: no reason is told"),
        (500, b"{", "application/json", FailedError, "HTTP 500: no reason is told"),
        (400, {"errors": "x"}, "application/json", InputError, "no reason is told"),
        (400, [], "application/json", InputError, "no reason is told"),
        (200, b"<html>welcome</html>", "text/html", ProtocolError, "text/html came instead of JSON; is this the base"),
        (200, b"{}", "", ProtocolError, "without a type"),
        (200, b'{"data": [', "application/json", ProtocolError, "is no JSON"),
        (200, b"\xff\xfe\x00", "application/json", ProtocolError, "is no JSON"),
        (200, b'{"data": NaN}', "application/json", ProtocolError, "NaN is no number"),
        (200, b'{"data": ' + b"1" * 5000 + b"}", "application/json", ProtocolError, "is no JSON"),
        (200, b'{"data": ' + b"[" * 100_000, "application/json", ProtocolError, "is no JSON"),
        (200, b'{"data": ' + b"[" * 40 + b"]" * 40 + b"}", "application/json", ProtocolError, "more than 32 deep"),
        (200, {"meta": {}}, "application/json", ProtocolError, "has no `data`"),
        (200, [], "application/json", ProtocolError, "has no `data`"),
        (200, {"data": [], "links": {"next": "https://b.org"}}, "application/json", ProtocolError, "another place"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_said_and_blamed(
    status: int, body: Any, kind: str, blamed: type[Exception], words: str
) -> None:
    with pytest.raises(blamed, match=words):
        document(body, status, kind)


def test_as_deep_as_is_allowed() -> None:
    depth = MAX_DEPTH - 1  # the document itself is the first
    assert document(b'{"data": ' + b"[" * depth + b"]" * depth + b"}").data
    with pytest.raises(ProtocolError, match="deep"):
        document(b'{"data": ' + b"[" * (depth + 1) + b"]" * (depth + 1) + b"}")


JSONS = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "meta", "links", "next", "href", "errors", "warnings", "title"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=50)
@given(JSONS | st.binary(), st.sampled_from([200, 302, 404, 503]))
def test_whatever_comes_is_a_document_or_a_clear_error(body: Any, status: int) -> None:
    try:
        found = document(body, status)
    except (InputError, ProtocolError, FailedError):
        return
    assert status == 200
    assert found.next == "" or found.next.startswith("https://a.org/")
