"""Bytes over HTTP within limits: how long, how many, how often again, and from one origin alone.

Knows no JSON and no OPTIMADE. Standard library only. Clock and sleep are passed in.
"""

import email.utils
import http.client
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from adatom.cloud.knowledge.optimade.address import followed, named, origin_of
from adatom.protocol.errors import FailedError, InputError, ProtocolError

HEADERS = {
    "Accept": "application/vnd.api+json, application/json",
    "Accept-Encoding": "identity",  # a packed page could unfold to more than memory holds
    "User-Agent": "adatom (OPTIMADE client)",
    "Connection": "close",
}
AGAIN = frozenset({429, 502, 503, 504})  # too many requests, and gateways or services that are away for a while
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
HOST_UNKNOWN = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))


class Limits(NamedTuple):
    """What one request may take (K)."""

    connect_s: float = 10.0
    answer_s: float = 60.0  # until the last byte is in, however slowly they come
    body_bytes: int = 64_000_000  # a hundred structures of 200 sites have 3 MB
    tries: int = 5
    pause_s: float = 120.0  # the longest that is waited for a server that asks for it


class Answer(NamedTuple):
    """What came back."""

    url: str  # after redirects
    status: int
    kind: str  # content type, without parameters
    body: bytes
    again: str = ""  # Retry-After
    to: str = ""  # Location


class HinderedError(Exception):
    """A request failed in a way that may pass."""


class Client:
    """Asks one origin. `told` hears of every pause; `sleep` and `now` (Unix seconds) are the world's."""

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008 - cannot change
        told: Callable[[str], None] = lambda text: None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits
        self.sleep = sleep
        self.now = now
        self._told = told

    def get(self, url: str) -> Answer:
        """The answer to a request, asked again while an error may pass. FailedError, or ProtocolError for nonsense.

        A status above 299 is an answer too; one that may pass is given after the last try.
        """
        for attempt in itertools.count(1):
            last = attempt >= self.limits.tries
            try:
                answer = self._redirected(url)
                if answer.status not in AGAIN or last:
                    return answer
                why, again = f"HTTP {answer.status}", answer.again
            except HinderedError as error:
                if last:
                    raise FailedError(f"{named(url)}: {error}; asked {attempt} times") from None
                why, again = str(error), ""
            pause_s = pause(attempt, again, self.now())
            if pause_s > self.limits.pause_s:
                raise FailedError(f"{named(url)}: {why}, to be asked again in {pause_s:.0f} s: run this again then")
            self._told(f"{why}; again in {pause_s:.0f} s")
            self.sleep(pause_s)
        raise AssertionError

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Certificates that the machine trusts (SSL_CERT_FILE adds others); reading them takes a while."""
        return ssl.create_default_context()

    def _redirected(self, url: str) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._once(url)
            if answer.status not in REDIRECTS:
                return answer
            url = followed(answer.to, url)
        raise ProtocolError(f"{named(url)}: redirects more than {MAX_REDIRECTS} times")

    def _once(self, url: str) -> Answer:
        with _blamed(url), self._connected(url) as connection:
            parts = urlsplit(url)
            connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=HEADERS)
            response = connection.getresponse()
            body = response.read(self.limits.body_bytes + 1)
            if len(body) > self.limits.body_bytes:
                raise ProtocolError(f"{named(url)}: more than {self.limits.body_bytes} bytes; ask for smaller pages "
                                    "(--page-limit)")  # fmt: skip
            if response.length:
                raise HinderedError(f"the answer was cut: {response.length} bytes are missing")
            kind = response.headers.get_content_type() if response.headers.get("Content-Type") else ""
            return Answer(url, response.status, kind, body, response.headers.get("Retry-After") or "",
                          response.headers.get("Location") or "")  # fmt: skip

    @contextmanager
    def _connected(self, url: str) -> Iterator[http.client.HTTPConnection]:
        """A connection that is shut when the time is over, wherever it stands then; HinderedError tells that."""
        connection = self._connection(url)
        connection.connect()
        late = threading.Event()
        timer = threading.Timer(self.limits.answer_s, _shut, (connection.sock, late))
        timer.daemon = True
        connection.sock.settimeout(self.limits.answer_s)
        timer.start()
        try:
            yield connection
        except (OSError, http.client.HTTPException, HinderedError):
            if not late.is_set():
                raise
        finally:
            timer.cancel()
            connection.close()
        if late.is_set():
            raise HinderedError(f"no whole answer within {self.limits.answer_s:g} s")

    def _connection(self, url: str) -> http.client.HTTPConnection:
        scheme, host, port = origin_of(url)
        connect_s = self.limits.connect_s
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=connect_s, context=self._trusted)
        return http.client.HTTPConnection(host, port, timeout=connect_s)


def pause(attempt: int, again: str, utc_s: float) -> float:
    """Seconds to wait before the next try: what Retry-After says (a number or a date), else 1, 2, 4, ..."""
    if again.strip().isdecimal():
        return float(again)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(again).timestamp() - utc_s)
    except (TypeError, ValueError):
        return 2.0 ** (attempt - 1)


def _shut(sock: socket.socket, late: threading.Event) -> None:
    late.set()
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended by itself
        return


@contextmanager
def _blamed(url: str) -> Iterator[None]:
    """The errors of sockets and of http.client by whose fault they are, and whether they may pass."""
    host = urlsplit(url).hostname
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise FailedError(f"{host}: its certificate is not to be trusted: {error.verify_message}") from None
    except socket.gaierror as error:
        if error.errno in HOST_UNKNOWN:
            raise InputError("BASE_URL", f"no host is called {host!r}") from None
        raise HinderedError(f"{host}: {error.strerror}") from None
    except TimeoutError:
        raise HinderedError("no answer in time") from None
    except http.client.IncompleteRead:
        raise HinderedError("the answer was cut") from None
    except OSError as error:
        raise HinderedError(f"{host}: {error.strerror or error}") from None
    except http.client.HTTPException as error:
        raise ProtocolError(f"{named(url)}: is no HTTP: {type(error).__name__} {str(error)[:80]!r}") from None
