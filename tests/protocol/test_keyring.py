"""Key ids, what a role may seal, and several generations of keys beside each other."""

import contextlib
import itertools
import json

import pytest
from adatom.protocol import seal
from adatom.protocol.errors import InputError, ProtocolError
from adatom.protocol.keyring import EVERY_BENCH, MAY, KeyRing, bench_key, key_id, parse_id, ring_from_json
from adatom.protocol.messages import COMMANDS

WORDS = (*COMMANDS, "hello", "receipt")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("bench", ("bench", "", 1)),
        ("campaign.2", ("campaign", "", 2)),
        ("operator-alice", ("operator", "alice", 1)),
        ("lead-bob-jr.17", ("lead", "bob-jr", 17)),
    ],
)
def test_ids_are_read_and_written_alike(text: str, parts: tuple[str, str, int]) -> None:
    assert parse_id(text) == parts
    assert key_id(*parts) == text


BAD_IDS = ["", "cook", "bench.1", "bench.02", "bench.0", "bench.-2", "bench.", "bench.2.3", "bench.١", "bench.12345",
           "campaign-eve", "operator", "operator-", "operator-Eve", "operator-a/b", "operator-" + "a" * 30, "Bench",
           None, 7, ["bench"], "bench ", "operator-a.2 "]  # fmt: skip


@pytest.mark.parametrize("text", BAD_IDS)
def test_anything_else_is_no_id(text: object) -> None:
    with pytest.raises(ProtocolError):
        parse_id(text)


def test_what_each_role_may_seal() -> None:
    ids = {"bench": "bench", "ingest": "ingest", "campaign": "campaign", "lead": "lead-a", "operator": "operator-a"}
    assert set(ids) == set(MAY)
    ring = KeyRing({used: used.encode() * 16 for used in ids.values()})
    allowed = set()
    for role, used in ids.items():
        for word in WORDS:
            with contextlib.suppress(ProtocolError):
                ring.check(used, word, b"body", ring.sign(used, b"body", "b"), "b")
                allowed.add((role, word))
    everything = {(role, word) for role in ("campaign", "lead") for word in COMMANDS}
    persons = {("operator", word) for word in ("abort", "pause", "resume", "confirm", "stop")}
    assert allowed == everything | persons | {("bench", "hello"), ("ingest", "receipt")}


def test_unknown_keys_and_bad_signatures() -> None:
    ring = KeyRing({"campaign": b"k" * 16, "ingest": b"i" * 16})
    with pytest.raises(ProtocolError, match="unknown key lead-a"):
        ring.check("lead-a", "run", b"body", "0" * 64, "b")
    with pytest.raises(ProtocolError, match="bad signature of key campaign"):
        ring.check("campaign", "run", b"body", ring.sign("ingest", b"body", "b"), "b")


def test_keys_are_changed_in_three_steps_and_no_message_is_lost() -> None:
    """Whatever the order in which the two sides get each step's file, what one signs the other understands."""
    old, new = {"campaign": b"o" * 16}, {"campaign.2": b"n" * 16}
    steps = [KeyRing(old), KeyRing(old | new, 1), KeyRing(old | new, 2), KeyRing(new, 2)]
    for earlier, later in itertools.pairwise(steps):
        for sender, receiver in ((earlier, later), (later, earlier), (later, later)):
            used = sender.signing_id("campaign")
            receiver.check(used, "run", b"body", sender.sign(used, b"body", "b"), "b")
    with pytest.raises(ProtocolError, match="unknown key campaign"):
        steps[3].check("campaign", "run", b"body", steps[0].sign("campaign", b"body", "b"), "b")


def test_any_generation_of_a_bench_may_say_hello() -> None:
    ring = KeyRing({"bench": b"o" * 16, "bench.2": b"n" * 16, "campaign": b"c" * 16}, 2)
    for used in ("bench", "bench.2"):
        ring.check_hello(b"body", ring.sign(used, b"body", "b"), "b")
    with pytest.raises(ProtocolError):
        ring.check_hello(b"body", ring.sign("campaign", b"body", "b"), "b")


def test_a_bench_s_key_seals_nothing_for_another_bench() -> None:
    cloud = KeyRing({"campaign": b"m" * 32}, 1, EVERY_BENCH)
    bench = KeyRing({"campaign": bench_key(b"m" * 32, "a")}, 1, "a")
    sig = cloud.sign("campaign", b"body", "a")
    bench.check("campaign", "run", b"body", sig, "a")
    with pytest.raises(ProtocolError):
        cloud.check("campaign", "run", b"body", sig, "b")
    assert bench.keys["campaign"] not in (b"m" * 32, bench_key(b"m" * 32, "b"))


def test_a_ring_is_replaced_for_all_who_hold_it() -> None:
    ring = KeyRing({"campaign": b"o" * 16})
    gate = seal.CommandGate("b", ring, "5a")
    ring.replace(KeyRing({"campaign.2": b"n" * 16}, 2, "b"))
    assert gate.keys.ids == ["campaign.2"]
    assert (gate.keys.signing_id("campaign"), gate.keys.made_for) == ("campaign.2", "b")


def test_a_file_with_two_generations() -> None:
    keys = {f"{role}{end}": (end or "x").encode().hex() * 32 for role in ("bench", "campaign", "ingest")
            for end in ("", ".2")}  # fmt: skip
    ring = ring_from_json(json.dumps({"made_for": "b", "signs": 2, "operator-al": "ab" * 16} | keys), "keys.json")
    assert ring.ids == sorted([*keys, "operator-al"])
    assert ring.signing_id("ingest") == "ingest.2"


def test_a_file_with_too_many_keys() -> None:
    keys = dict.fromkeys(["bench", "campaign", "ingest", *(f"lead-{i}" for i in range(254))], "ab" * 16)
    with pytest.raises(InputError, match="at most 256"):
        ring_from_json(json.dumps(keys), "keys.json")
