"""HMAC against the RFC's vectors, the chain, and every attack on a command."""

import pytest
from adatom.protocol import codec, seal
from adatom.protocol.errors import ProtocolError
from adatom.protocol.keyring import KeyRing

from tests.protocol.examples import KEY, MESSAGES

# RFC 4231, test cases 1, 2, 3 and 6
RFC_4231 = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]


@pytest.mark.parametrize(("key", "message", "expected"), RFC_4231)
def test_hmac_matches_rfc_4231(key: bytes, message: bytes, expected: str) -> None:
    assert seal.hmac_sha256(key, message).hex() == expected


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        seal.signature(b"short", b"")


def test_the_chain_depends_on_order_and_content() -> None:
    start = seal.genesis("b", 1)
    ab = seal.chain_link(seal.chain_link(start, b"a"), b"b")
    assert ab != seal.chain_link(seal.chain_link(start, b"b"), b"a")
    assert ab != seal.chain_link(seal.chain_link(seal.genesis("b", 2), b"a"), b"b")


def sealed(**changes: object) -> tuple[dict[str, object], bytes, str]:
    command = MESSAGES["command"] | {"nonce": "3e8-5a17"} | changes
    body = codec.body_of("command", command)
    return command, body, seal.signature(KEY, body)


def gate() -> seal.CommandGate:
    return seal.CommandGate("twin-1", KeyRing({"campaign": KEY}), "5a17")


def test_an_authentic_command_passes_once() -> None:
    one = gate()
    assert one.nonce(1000) == "3e8-5a17"
    one.admit(*sealed(), now_ms=1500)
    with pytest.raises(ProtocolError, match="replayed"):
        one.admit(*sealed(), now_ms=1500)
    one.admit(*sealed(counter=11), now_ms=1500)
    with pytest.raises(ProtocolError, match="out of order"):
        one.admit(*sealed(counter=7), now_ms=1500)


@pytest.mark.parametrize(
    ("changes", "now_ms", "reason"),
    [
        ({"bench": "other"}, 1500, "wrong bench"),
        ({"key": "stranger"}, 1500, "unknown key"),
        ({"valid_ms": 400}, 1500, "expired"),
        ({}, 900, "expired"),
        ({}, 1000 + 30001, "expired"),
        ({"nonce": "3e8-0000"}, 1500, "another boot"),
        ({"nonce": "zz-5a17"}, 1500, "without a time"),
    ],
)
def test_attacks_are_refused(changes: dict[str, object], now_ms: int, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        gate().admit(*sealed(**changes), now_ms=now_ms)


def test_an_altered_command_is_refused() -> None:
    command, body, sig = sealed()
    with pytest.raises(ProtocolError, match="signature"):
        gate().admit(command, body.replace(b"600.0", b"900.0"), sig, 1500)


def test_a_refused_command_uses_up_no_counter() -> None:
    one = gate()
    with pytest.raises(ProtocolError):
        one.admit(*sealed(counter=2**40, valid_ms=1), now_ms=1500)
    one.admit(*sealed(), now_ms=1500)
