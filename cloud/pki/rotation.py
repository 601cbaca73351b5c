"""The keys that seal messages, of all roles and persons, and their change in three steps. Pure.

Each step may reach benches and cloud in any order and at any time: after `add` all know the new keys and sign with the
old ones, after `use` they sign with the new ones and still know the old, after `retire` the old ones are gone.
"""

import json
import secrets

from adatom.protocol.errors import InputError
from adatom.protocol.keyring import EVERY_BENCH, NEEDED, KeyRing, key_id, parse_id

KEY_BYTES = 32
STEPS = ("add", "use", "retire")


def fresh_ring() -> KeyRing:
    """Keys of the roles that every bench needs, from which each bench's own are derived."""
    return KeyRing({role: _fresh() for role in NEEDED}, 1, EVERY_BENCH)


def with_person(ring: KeyRing, role: str, name: str) -> KeyRing:
    """A ring with keys for a person besides, one a generation."""
    keys = ring.keys | {key_id(role, name, generation): _fresh() for generation in _generations(ring)}
    return KeyRing(keys, ring.signs, ring.made_for)


def without_person(ring: KeyRing, role: str, name: str) -> KeyRing:
    """A ring without any key of a person."""
    keys = {used: key for used, key in ring.keys.items() if parse_id(used)[:2] != (role, name)}
    return KeyRing(keys, ring.signs, ring.made_for)


def rotated(ring: KeyRing, step: str) -> KeyRing:
    """The ring after one of STEPS; InputError for a step that is not the next one."""
    generations = _generations(ring)
    newest = max(generations)
    if step == "add":
        if len(generations) > 1:
            raise InputError("rotate-keys", "a change is under way: go on with --use, then --retire")
        stems = {parse_id(used)[:2] for used in ring.keys}
        more = {key_id(role, name, newest + 1): _fresh() for role, name in sorted(stems)}
        return KeyRing(ring.keys | more, ring.signs, ring.made_for)
    if len(generations) == 1:
        raise InputError("rotate-keys", "there is one generation of keys: add the next one first, without an option")
    if step == "use":
        if ring.signs == newest:
            raise InputError("rotate-keys", "the newest keys are in use: --retire removes the old ones")
        return KeyRing(ring.keys, newest, ring.made_for)
    if ring.signs != newest:
        raise InputError("rotate-keys", "the old keys still sign: --use the new ones first")
    return KeyRing({u: key for u, key in ring.keys.items() if parse_id(u)[2] == newest}, newest, ring.made_for)


def text_of(ring: KeyRing, roles: tuple[str, ...], name: str = "") -> str:
    """The text of a key file with the keys of some roles, of a person's with the name."""
    chosen = {used: key.hex() for used, key in sorted(ring.keys.items())
              if parse_id(used)[0] in roles and parse_id(used)[1] == name}  # fmt: skip
    return json.dumps({"made_for": ring.made_for, "signs": ring.signs} | chosen, indent=1) + "\n"


def whole_text(ring: KeyRing) -> str:
    """The text of the file with every key."""
    keys = {used: key.hex() for used, key in sorted(ring.keys.items())}
    return json.dumps({"made_for": ring.made_for, "signs": ring.signs} | keys, indent=1) + "\n"


def _generations(ring: KeyRing) -> list[int]:
    return sorted({parse_id(used)[2] for used in ring.keys})


def _fresh() -> bytes:
    return secrets.token_bytes(KEY_BYTES)
