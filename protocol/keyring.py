"""Whose key is whose: key ids, what each role may seal, and several keys a role while they are being changed.

An id is ROLE, ROLE-NAME for a person, and from its second generation on ROLE.N: campaign, campaign.2,
operator-alice.2. A ring knows keys of several generations and signs with one of them. Pure; knows no files.
"""

import json

from .errors import InputError, ProtocolError
from .messages import COMMANDS
from .seal import KEY_MIN_BYTES, from_hex, hmac_sha256, same, signature
from .topics import check_bench

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# what each role may seal: kinds of message, or commands by their names
MAY = {
    "bench": ("hello",),
    "ingest": ("receipt",),
    "campaign": COMMANDS,
    "lead": COMMANDS,  # a person who may start runs and re-arm after a trip
    "operator": ("abort", "pause", "resume", "confirm", "stop"),  # a person who may end and hold, never begin
}
NEEDED = ("bench", "campaign", "ingest")  # a role each in every key file of a bench and of the cloud
PERSONS = ("lead", "operator")
ID_MAX = 32  # as in the messages
KEY_MAX_BYTES = 64
KEYS_MAX = 256
TEXT_MAX = 65536  # of a key file
GENERATION_MAX = 9999
EVERY_BENCH = "*"  # made_for of the cloud's file: its keys are those that the benches' keys are derived from


def key_id(role: str, name: str = "", generation: int = 1) -> str:
    """The id of a role's key (of a person: with the name), of a generation from 1."""
    return role + ("-" + name if name else "") + (".%d" % generation if generation > 1 else "")


def parse_id(text: "Any") -> "tuple[str, str, int]":
    """(role, name or "", generation) of a key id; ProtocolError for anything else."""
    whole = text if isinstance(text, str) else ""
    stem, _, number = whole.partition(".")
    role, dash, name = stem.partition("-")
    generation = int(number) if 0 < len(number) <= 4 and all([c in "0123456789" for c in number]) else 1
    # written anew it must be the same text: no "campaign.1", no "campaign.02", no empty name
    if role not in MAY or bool(dash) != (role in PERSONS) or key_id(role, name, generation) != whole:
        raise ProtocolError("key id %r: must be one of %s, or %s-NAME; .2, .3 and so on for later generations"
                            % (whole[:ID_MAX], ", ".join(NEEDED), " or ".join(PERSONS)))  # fmt: skip
    if name:
        check_bench(name)  # a person's name has the same grammar
    if len(whole) > ID_MAX:
        raise ProtocolError("key id %r...: at most %d characters" % (whole[:ID_MAX], ID_MAX))
    return role, name, generation


def asked_by(used: str, counter: int) -> str:
    """How a bench marks the refusal of a person's command; the campaign's carry the counter itself."""
    return "asked by %s, counter %d" % (used, counter)


def bench_key(key: bytes, bench: str) -> bytes:
    """The key that one bench gets of the cloud's: what is read out of a bench seals nothing for another."""
    return hmac_sha256(key, b"adatom bench " + bench.encode())


class KeyRing:
    """The keys that one side holds. `keys` is never changed in place; `replace` takes over another ring's."""

    def __init__(self, keys: "dict[str, bytes]", signs: int = 1, made_for: str = "") -> None:
        self.keys = keys  # id -> bytes
        self.signs = signs  # the generation that signs; the others are only understood
        self.made_for = made_for  # a bench, EVERY_BENCH for the cloud, "" for one set that both sides share

    @property
    def ids(self) -> "list[str]":
        """What is in it, fit for records: ids and no keys."""
        return sorted(self.keys)

    def replace(self, other: "KeyRing") -> None:
        """Hold from now on what another ring holds."""
        self.keys, self.signs, self.made_for = other.keys, other.signs, other.made_for

    def signing_id(self, role: str, name: str = "") -> str:
        """The id of the key that a role signs with."""
        return key_id(role, name, self.signs)

    def sign(self, used: str, body: bytes, bench: str) -> str:
        """The signature of a message from or to a bench, with the key of an id."""
        return signature(self._key(used, bench), body)

    def check(self, used: str, word: str, body: bytes, sig: str, bench: str) -> None:
        """Pass if the key of an id may seal `word` (a command's name, or a kind) and has sealed it; ProtocolError."""
        if used not in self.keys:
            raise ProtocolError("unknown key %s" % used[:ID_MAX])
        if not same(self.sign(used, body, bench), sig):
            raise ProtocolError("bad signature of key %s" % used)
        if word not in MAY[parse_id(used)[0]]:
            raise ProtocolError("key %s may not seal %s" % (used, word))

    def check_hello(self, body: bytes, sig: str, bench: str) -> None:
        """Pass if a bench has sealed this, with any generation of its key; ProtocolError."""
        ids = [used for used in self.keys if parse_id(used)[0] == "bench"]
        if not any([same(self.sign(used, body, bench), sig) for used in ids]):
            raise ProtocolError("bad signature")

    def _key(self, used: str, bench: str) -> bytes:
        key = self.keys[used]
        return bench_key(key, bench) if self.made_for == EVERY_BENCH else key


def ring_from_json(text: str, where: str, needed: "tuple[str, ...]" = NEEDED) -> KeyRing:
    """The KeyRing of a key file: {"made_for": bench, "signs": generation, id: hex, ...}. InputError never shows a key.

    Without made_for one set of keys is shared by cloud and benches; without signs the first generation signs.
    """
    fields = _object(text, where)
    made_for, signs = fields.pop("made_for", ""), fields.pop("signs", 1)
    if made_for not in ("", EVERY_BENCH):
        try:
            check_bench(made_for)
        except ProtocolError as error:
            raise InputError(where, "made_for: %s" % error)
    if not isinstance(signs, int) or isinstance(signs, bool) or not 1 <= signs <= GENERATION_MAX:
        raise InputError(where, "signs must be a whole number from 1 to %d" % GENERATION_MAX)
    keys = {name: _key_of(name, fields[name], where) for name in fields}
    missing = [key_id(role, "", signs) for role in needed if key_id(role, "", signs) not in keys]
    if missing or len(keys) > KEYS_MAX:
        raise InputError(where, "must hold the keys %s (missing: %s), at most %d in all"
                         % (", ".join(needed), ", ".join(missing) or "none", KEYS_MAX))  # fmt: skip
    return KeyRing(keys, signs, made_for)


def _object(text: str, where: str) -> "dict[str, Any]":
    if len(text) > TEXT_MAX:
        raise InputError(where, "has more than %d characters" % TEXT_MAX)
    try:
        fields = json.loads(text)
    except (ValueError, RuntimeError, MemoryError):  # RuntimeError: nested too deep
        raise InputError(where, "is no JSON")
    if not isinstance(fields, dict):
        raise InputError(where, "must be a JSON object of keys")
    return fields


def _key_of(name: str, value: "Any", where: str) -> bytes:
    try:
        parse_id(name)
    except ProtocolError as error:
        raise InputError(where, "%s" % error)
    if not isinstance(value, str) or len(value) % 2 or len(value) > 2 * KEY_MAX_BYTES:
        raise InputError(where, "key %s is not hex text of at most %d bytes" % (name, KEY_MAX_BYTES))
    try:
        key = from_hex(value.lower(), len(value) // 2)
    except ProtocolError:
        raise InputError(where, "key %s is not hex text of at most %d bytes" % (name, KEY_MAX_BYTES))
    if len(key) < KEY_MIN_BYTES:
        raise InputError(where, "key %s has fewer than %d bytes" % (name, KEY_MIN_BYTES))
    return key
