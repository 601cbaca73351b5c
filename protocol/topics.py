"""The topic grammar, built and parsed nowhere else: adatom/1/<bench>/<up|down>/<kind>."""

from .errors import ProtocolError
from .messages import DOWN, UP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PREFIX = "adatom/1"
NAME_MAX = 32
NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"


def check_bench(name: "Any") -> str:
    """The bench name itself. ProtocolError unless it is 1 to 32 of a-z, 0-9 and '-' (so never a wildcard)."""
    good = isinstance(name, str) and 0 < len(name) <= NAME_MAX and all([c in NAME_CHARACTERS for c in name])
    if not good:
        raise ProtocolError("bench name %r: must be 1 to %d of a-z, 0-9 and -" % (name, NAME_MAX))
    return str(name)


def up(bench: str, kind: str) -> str:
    """The topic on which a bench publishes a kind of message."""
    return "%s/%s/up/%s" % (PREFIX, check_bench(bench), _known(kind, UP))


def down(bench: str, kind: str) -> str:
    """The topic on which a bench receives a kind of message."""
    return "%s/%s/down/%s" % (PREFIX, check_bench(bench), _known(kind, DOWN))


def all_up(bench: str = "") -> str:
    """The filter for everything that a bench publishes, or any."""
    return "%s/%s/up/+" % (PREFIX, check_bench(bench) if bench else "+")


def all_down(bench: str) -> str:
    """The filter for everything that is meant for one bench."""
    return "%s/%s/down/+" % (PREFIX, check_bench(bench))


def parse(topic: str) -> "tuple[str, str, str]":
    """(bench, "up" or "down", kind) of a topic; ProtocolError for any other."""
    parts = topic.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != PREFIX or parts[3] not in ("up", "down"):
        raise ProtocolError("topic %r: not adatom/1/<bench>/<up|down>/<kind>" % (topic[:100],))
    return check_bench(parts[2]), parts[3], _known(parts[4], UP if parts[3] == "up" else DOWN)


def _known(kind: str, kinds: "tuple[str, ...]") -> str:
    if kind not in kinds:
        raise ProtocolError("message kind %r: must be one of %s" % (kind, ", ".join(kinds)))
    return kind
