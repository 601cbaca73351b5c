"""Where a broker is: mqtt://host or mqtt://host:port, read alike on both sides."""

from .errors import InputError

SCHEME = "mqtt://"
PORT = 1883
PORT_MAX = 65535


def broker_address(url: str) -> "tuple[str, int]":
    """(host, port) of a broker's URL; InputError for anything else. An IPv6 address stands in brackets."""
    host, colon, port = url[len(SCHEME) :].rstrip("/").rpartition(":")
    if not colon or host.endswith(":") or port.endswith("]"):
        host, port = url[len(SCHEME) :].rstrip("/"), str(PORT)
    good = url.startswith(SCHEME) and host and "/" not in host and "@" not in host and " " not in host
    if not good or not port.isdigit() or not 1 <= int(port) <= PORT_MAX:
        raise InputError("broker", "%r: must be mqtt://host or mqtt://host:port" % url)
    return host.strip("[]"), int(port)
