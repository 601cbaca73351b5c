"""Where a broker is: mqtt://host or mqtt://host:port, read alike on both sides; mqtts:// is MQTT in TLS."""

from .errors import InputError

SCHEME, SECURE = "mqtt://", "mqtts://"
PORT, SECURE_PORT = 1883, 8883
PORT_MAX = 65535


def is_secure(url: str) -> bool:
    """Whether a broker's URL asks for TLS."""
    return url.startswith(SECURE)


def broker_address(url: str, secure_too: bool = False) -> "tuple[str, int]":
    """(host, port) of a broker's URL; InputError for anything else. An IPv6 address stands in brackets.

    `secure_too`: the caller can speak TLS, so mqtts:// is a broker for it as well.
    """
    scheme, port = (SECURE, str(SECURE_PORT)) if secure_too and is_secure(url) else (SCHEME, str(PORT))
    rest = url[len(scheme) :].rstrip("/")
    host, colon, given = rest.rpartition(":")
    if not colon or host.endswith(":") or given.endswith("]"):
        host, given = rest, port
    good = url.startswith(scheme) and host and "/" not in host and "@" not in host and " " not in host
    if not good or not given.isdigit() or not 1 <= int(given) <= PORT_MAX:
        also = " (or mqtts://)" if secure_too else ""
        raise InputError("broker", "%r: must be mqtt://host or mqtt://host:port%s" % (url, also))
    return host.strip("[]"), int(given)
