"""Addresses that may be asked: of one host, by TLS or on this machine, and in characters that HTTP allows.

Knows neither sockets nor OPTIMADE.
"""

import ipaddress
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from adatom.protocol.errors import InputError, ProtocolError

PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 16_000  # characters; servers refuse longer request lines
KEPT = "%/:?&=+,;@!$'()*~#[]"  # what quoting leaves alone: some providers' links hold raw blanks and quotes


class Origin(NamedTuple):
    """Where an address leads: nothing but this is ever asked in one fetch."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


def origin_of(url: str, where: str = "address") -> Origin:
    """The origin of an address. Raises InputError for what is no http(s) address, or holds a user or a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(where, f"{url[:200]!r}: {error}") from None
    if parts.scheme not in PORTS or not host or len(url) > MAX_LENGTH:
        raise InputError(where, f"{url[:200]!r}: must be https://host/path")
    if parts.username is not None:
        raise InputError(where, f"{host}: a user or password in an address is not sent; leave it out")
    return Origin(parts.scheme, host, port or PORTS[parts.scheme])


def checked_base(url: str, plain_http: bool, where: str = "BASE_URL") -> str:
    """The base URL without its version and last slash. http:// leads to this machine only, unless `plain_http`."""
    origin = origin_of(url, where)
    if origin.scheme == "http" and not plain_http and not is_loopback(origin.host):
        raise InputError(where, f"{origin}: http can be read and changed on its way; take https, or say --plain-http")
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise InputError(where, f"{url[:200]!r}: a base URL has no ? and no #; a filter goes to --filter")
    path = parts.path.rstrip("/")
    return f"{origin}{quote(path.removesuffix('/v1'), safe=KEPT)}"


def named(url: str) -> str:
    """An address as it stands in a message: without the filter and the fields, which may be long."""
    place, _, query = url.partition("?")
    pages = "&".join(one for one in query.split("&") if one.startswith("page_"))
    return f"{place}?{pages}"[:200] if pages else place[:200]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its number or as localhost; other names are never asked for."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def followed(link: str, url: str) -> str:
    """The address to which a link on the page `url` leads. Raises ProtocolError unless it is of the same origin.

    http of a host that is asked by https is asked by https: many providers stand behind a proxy and do not know it.
    """
    base = origin_of(url)
    target = quote(urljoin(url, link.strip()), safe=KEPT)
    try:
        origin = origin_of(target)
    except InputError as error:
        raise ProtocolError(f"{named(url)}: leads to {error.problem}") from None
    if origin == Origin("http", base.host, 80) and base.scheme == "https":
        return str(base) + target.partition("://")[2].removeprefix(base.host).removeprefix(":80")
    if origin != base:
        raise ProtocolError(f"{named(url)}: leads to {origin}, another place than was asked: not followed")
    return target.partition("#")[0]
