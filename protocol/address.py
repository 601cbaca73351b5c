"""Where a broker is: mqtt://host or mqtt://host:port, read alike on both sides; mqtts:// is MQTT in TLS."""

from .errors import InputError

SCHEME, SECURE = "mqtt://", "mqtts://"
PORT, SECURE_PORT = 1883, 8883
PORT_MAX = 65535


def is_secure(url: str) -> bool:
    """Whether a broker's URL asks for TLS."""
    return url.startswith(SECURE)


def broker_address(url: str) -> "tuple[str, int]":
    """(host, port) of a broker's URL; InputError for anything else. An IPv6 address stands in brackets."""
    scheme, port = (SECURE, str(SECURE_PORT)) if is_secure(url) else (SCHEME, str(PORT))
    rest = url[len(scheme) :].rstrip("/")
    host, colon, given = rest.rpartition(":")
    if not colon or host.endswith(":") or given.endswith("]"):
        host, given = rest, port
    good = url.startswith(scheme) and host and "/" not in host and "@" not in host and " " not in host
    if not good or not given.isdigit() or not 1 <= int(given) <= PORT_MAX:
        raise InputError("broker", "%r: must be mqtt://host or mqtt://host:port (mqtts:// for TLS)" % (url,))
    return host.strip("[]"), int(given)
