"""The client against servers that misbehave byte by byte."""

import datetime
import socket
import ssl
from pathlib import Path

import pytest
from adatom.cloud.knowledge.optimade.transport import AGAIN, Answer, Client, Limits, pause
from adatom.cloud.pki.authority import Identity
from adatom.cloud.pki.folder import create
from adatom.protocol.errors import FailedError, InputError, ProtocolError

from tests.cloud.knowledge.optimade.loopback import Reply, Script, http, loopback
from tests.system.processes import free_port

NOON = 1_700_000_000.0
QUICK = Limits(connect_s=5.0, answer_s=0.3, body_bytes=1000, tries=2)
PATIENT = Limits(answer_s=60.0, body_bytes=1000, tries=3)


class World:
    """A client with a clock that stands still, and the pauses that it made."""

    def __init__(self, limits: Limits = PATIENT) -> None:
        self.pauses: list[float] = []
        self.told: list[str] = []
        self.client = Client(limits, self.told.append, self.pauses.append, lambda: NOON)


def replies(*sent: Reply) -> Script:
    """One after the other, the last again and again."""
    return lambda path, count: sent[min(count, len(sent) - 1)]


@pytest.mark.parametrize("status", sorted(AGAIN))
def test_what_may_pass_is_asked_again_after_the_pause_that_the_server_wants(status: int) -> None:
    world = World()
    with loopback(replies(http(status=f"{status} Later", Retry_After="7"), http("{}"))) as server:
        answer = world.client.get(server.base)
    assert (answer.status, answer.body, world.pauses) == (200, b"{}", [7.0])
    assert world.told == [f"HTTP {status}; again in 7 s"]


def test_pauses_grow_and_the_last_answer_is_given() -> None:
    world = World()
    with loopback(replies(http("sorry", "503 Busy"))) as server:
        answer = world.client.get(server.base)
        assert len(server.asked) == 3
    assert (answer.status, answer.body, world.pauses) == (503, b"sorry", [1.0, 2.0])


def test_a_server_that_wants_an_hour_is_not_waited_for() -> None:
    world = World()
    with (
        loopback(replies(http(status="429 Slow", Retry_After="3600"))) as server,
        pytest.raises(FailedError, match="HTTP 429, to be asked again in 3600 s"),
    ):
        world.client.get(server.base)
    assert world.pauses == []


@pytest.mark.parametrize(
    ("attempt", "again", "seconds"),
    [
        (1, "", 1.0),
        (4, "", 8.0),
        (4, "30", 30.0),
        (1, "Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        (1, "Tue, 14 Nov 2022 22:14:20 GMT", 0.0),
        (3, "soon", 4.0),
        (3, "-5", 4.0),
    ],
)
def test_pauses_by_number_by_date_or_doubling(attempt: int, again: str, seconds: float) -> None:
    assert pause(attempt, again, NOON) == pytest.approx(seconds)


def test_no_answer_headers_without_end_and_bodies_without_end_are_given_up() -> None:
    def script(path: str, count: int) -> Reply:
        return {"/hangs": server.hangs, "/headers": server.drips(b"HTTP/1.1 200 OK\r\nX-Never: "),
                "/body": server.drips(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"),
                "/close": server.drips(b"HTTP/1.1 200 OK\r\n\r\n")}[path]  # fmt: skip

    with loopback(script) as server:
        for path in ("/hangs", "/headers", "/body", "/close"):
            world = World(QUICK._replace(tries=1))
            with pytest.raises(FailedError, match=r"no whole answer within 0\.3 s; asked 1 times"):
                world.client.get(server.base + path)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "cut",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CHUNKED + b"5\r\nabc", CHUNKED + b"3\r\nabc\r\n"],
    ids=["nothing", "length", "in a chunk", "after a chunk"],
)
def test_an_answer_that_was_cut_is_asked_for_again(cut: bytes) -> None:
    world = World()
    with loopback(replies(cut, cut, http("whole"))) as server:
        assert world.client.get(server.base).body == b"whole"
    assert world.pauses == [1.0, 2.0]


@pytest.mark.parametrize(
    "reply",
    [
        http(b"x" * 1001),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000,
        CHUNKED + b"800\r\n" + b"x" * 2048,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 5000,
    ],
    ids=["length", "to the end", "chunk", "a lie"],
)
def test_no_more_is_read_than_is_allowed(reply: bytes) -> None:
    with loopback(replies(reply)) as server, pytest.raises(ProtocolError, match="more than 1000 bytes"):
        World().client.get(server.base)


@pytest.mark.parametrize(
    "reply",
    [b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
     b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"],
    ids=["other protocol", "status", "too many headers", "long header"],
)  # fmt: skip
def test_what_is_no_http_is_said(reply: bytes) -> None:
    with loopback(replies(reply)) as server, pytest.raises(ProtocolError, match="is no HTTP"):
        World().client.get(server.base)


def redirect(to: str) -> bytes:
    return http(status="302 Found", Location=to)


def test_redirects_are_followed_at_home_only() -> None:
    def script(path: str, count: int) -> Reply:
        ends = {"/a": redirect("b?x=1"), "/b?x=1": http("here"), "/away": redirect("https://example.org/"),
                "/port": redirect("http://127.0.0.1:1/"), "/file": redirect("file:///etc/passwd")}  # fmt: skip
        return ends.get(path, redirect(f"/{count}"))

    with loopback(script) as server:
        assert World().client.get(f"{server.base}/a") == Answer(f"{server.base}/b?x=1", 200, "application/vnd.api+json", b"here")  # noqa: E501 # fmt: skip
        for path, word in (
            ("/away", "https://example.org"),
            ("/port", ":1, another place"),
            ("/file", "must be https"),
        ):
            with pytest.raises(ProtocolError, match=word):
                World().client.get(server.base + path)
        with pytest.raises(ProtocolError, match="redirects more than 5 times"):
            World().client.get(f"{server.base}/for-ever")


def test_nobody_there() -> None:
    world = World()
    with pytest.raises(FailedError, match="Connection refused; asked 3 times"):
        world.client.get(f"http://127.0.0.1:{free_port()}/")
    assert world.pauses == [1.0, 2.0]


@pytest.mark.parametrize(
    ("error", "blamed", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), InputError, "no host is called 'a.invalid'"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), FailedError, "Temporary failure; asked 3 times"),
        (OSError(101, "Network is unreachable"), FailedError, "Network is unreachable; asked 3 times"),
        (TimeoutError("timed out"), FailedError, "no answer in time; asked 3 times"),
    ],
    ids=["name", "resolver", "network", "time"],
)
def test_a_host_that_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, error: OSError, blamed: type[Exception], words: str
) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(blamed, match=words):
        World().client.get("https://a.invalid/")


def test_a_certificate_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = create(tmp_path / "pki", "test", ["127.0.0.1"], datetime.datetime.now(datetime.UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    place = authority.place(Identity("broker", "main"))
    context.load_cert_chain(place / "cert.pem", place / "key.pem")
    with loopback(replies(http("safe")), context) as server:
        with pytest.raises(FailedError, match="its certificate is not to be trusted"):
            World().client.get(server.base)
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "pki" / "ca.pem"))
        assert World().client.get(server.base).body == b"safe"
