"""The attacks on a bench's wire: what somebody who can publish anything might send it, from a seed.

Each attack is a function of (seed's random numbers, bench) that gives the (topic, payload) to deliver last; what it
needs to have happened before, it does. It is accepted if the bench obeys it, frees a record for it, or does not
record that it was refused.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adatom.protocol import codec, seal, topics
from adatom.protocol.keyring import KeyRing
from adatom.protocol.messages import DOWN_MAX_BYTES, MAX_BYTES

from tests.edge.station_bench import KEYS, RUN, SALT, Bench

Message = tuple[str, bytes]
PERSONS = {"operator-eve": b"e" * 32, "lead-ada": b"a" * 32}
RETIRED = {"campaign.2": b"r" * 32}
EVERY_KEY = KEYS | PERSONS
COMMAND, RECEIPT = topics.down("twin-1", "command"), topics.down("twin-1", "receipt")


def payload(kind: str, message: dict[str, Any], key: bytes) -> bytes:
    body = codec.body_of(kind, message)
    return codec.with_tail(kind, body, seal.signature(key, body))


def command(to: Bench, **changes: Any) -> dict[str, Any]:
    """A command that the bench would obey: it starts a run."""
    fields = {"bench": "twin-1", "name": "run", "args": RUN, "key": "campaign", "counter": to.now + 1}
    return fields | {"nonce": f"{to.now:x}-{SALT}", "valid_ms": 60000} | changes


def receipt(bench: Bench, **changes: Any) -> dict[str, Any]:
    """A receipt for everything that the bench has recorded."""
    return {
        "bench": "twin-1",
        "boot": bench.journal.boot,
        "upto": bench.station.recorder.last,
        "key": "ingest",
    } | changes


def replay(rng: random.Random, bench: Bench) -> Message:
    message = payload("command", command(bench, name=rng.choice(("abort", "confirm", "resume"))), KEYS["campaign"])
    bench.station.receive(COMMAND, message, bench.now, bench.now)
    bench.now += rng.randrange(50000)
    return COMMAND, message


def reordering(rng: random.Random, bench: Bench) -> Message:
    later = command(bench, name="abort", counter=bench.now + rng.randrange(1, 1000))
    earlier = command(bench, counter=rng.randrange(1, later["counter"]))
    bench.station.receive(COMMAND, payload("command", later, KEYS["campaign"]), bench.now, bench.now)
    return COMMAND, payload("command", earlier, KEYS["campaign"])


def wrong_role(rng: random.Random, bench: Bench) -> Message:
    used, name = rng.choice([("bench", "run"), ("ingest", "run"), ("ingest", "abort"), ("operator-eve", "run"),
                             ("operator-eve", "rearm"), ("campaign", "receipt"), ("lead-ada", "receipt")])  # fmt: skip
    if name == "receipt":
        return RECEIPT, payload("receipt", receipt(bench, key=used), EVERY_KEY[used])
    return COMMAND, payload("command", command(bench, key=used, name=name), EVERY_KEY[used])


def stolen_role(rng: random.Random, bench: Bench) -> Message:
    """Sealed with a key that the attacker has, under the id of one that he has not."""
    mine = rng.choice(["bench", "ingest", "operator-eve"])
    return COMMAND, payload("command", command(bench), EVERY_KEY[mine])


def wrong_bench(rng: random.Random, bench: Bench) -> Message:
    other = rng.choice(["twin-2", "twin-11", "twin", "a"])
    message = payload("command", command(bench, bench=other), KEYS["campaign"])
    return rng.choice([COMMAND, topics.down(other, "command")]), message


def expired(rng: random.Random, bench: Bench) -> Message:
    valid_ms = rng.randrange(1, 600001)
    message = command(bench, valid_ms=valid_ms)
    bench.now += valid_ms + 1 + rng.randrange(10**6)
    return COMMAND, payload("command", message, KEYS["campaign"])


def from_the_future(rng: random.Random, bench: Bench) -> Message:
    nonce = f"{bench.now + 1 + rng.randrange(2 ** rng.randrange(1, 60)):x}-{SALT}"
    return COMMAND, payload("command", command(bench, nonce=nonce), KEYS["campaign"])


def before_a_reboot(rng: random.Random, bench: Bench) -> Message:
    salt = f"{rng.getrandbits(64):016x}"
    return COMMAND, payload("command", command(bench, nonce=f"{bench.now:x}-{salt}"), KEYS["campaign"])


def tampered(rng: random.Random, bench: Bench) -> Message:
    topic, fields = rng.choice([(COMMAND, command(bench)), (RECEIPT, receipt(bench))])
    data = bytearray(payload(topics.parse(topic)[2], fields, KEYS[fields["key"]]))
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        place = rng.randrange(len(data))
        data[place] ^= rng.choice([1 << rng.randrange(8), rng.randrange(1, 256)])
    if bytes(data) == payload(topics.parse(topic)[2], fields, KEYS[fields["key"]]):
        data[rng.randrange(len(data))] ^= 1
    return topic, bytes(data)


def unknown_key(rng: random.Random, bench: Bench) -> Message:
    used = rng.choice(["campaign.3", "lead-eve", "operator-ada", "x", "*", "Campaign", "campaign "])
    return COMMAND, payload("command", command(bench, key=used), rng.randbytes(32))


def retired_key(rng: random.Random, bench: Bench) -> Message:
    bench.station.rekey(bench.now, KeyRing(EVERY_KEY | RETIRED))
    message = payload("command", command(bench, key="campaign.2"), RETIRED["campaign.2"])
    bench.station.rekey(bench.now, KeyRing(EVERY_KEY))
    return COMMAND, message


def forged(rng: random.Random, bench: Bench) -> Message:
    topic, fields = rng.choice([(COMMAND, command(bench)), (RECEIPT, receipt(bench))])
    return topic, payload(topics.parse(topic)[2], fields, rng.randbytes(rng.choice((16, 32, 64))))


def receipt_of_nothing(rng: random.Random, bench: Bench) -> Message:
    upto = bench.station.recorder.last + 1 + rng.randrange(2**40)
    return RECEIPT, payload("receipt", receipt(bench, upto=upto), KEYS["ingest"])


def oversized(rng: random.Random, bench: Bench) -> Message:
    size = rng.choice((DOWN_MAX_BYTES, MAX_BYTES)) + rng.randrange(10**6)
    body = codec.body_of("command", command(bench, args=RUN | {"padding": ""}))
    body = body.replace(b'"padding":""', b'"padding":"' + b"x" * size + b'"')
    return COMMAND, codec.with_tail("command", body, seal.signature(KEYS["campaign"], body))


def deep_nesting(rng: random.Random, bench: Bench) -> Message:
    depth = rng.choice([401, 1000, 10000, 30000])
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    body = codec.body_of("command", command(bench, args=RUN | {"padding": ""}))
    value = (opening * depth + b"1" + closing * depth)[:60000]
    body = body.replace(b'"padding":""', b'"padding":' + value)
    return COMMAND, codec.with_tail("command", body, seal.signature(KEYS["campaign"], body))


def malformed(rng: random.Random, bench: Bench) -> Message:
    good = payload("command", command(bench), KEYS["campaign"])
    data = rng.choice([
        rng.randbytes(rng.randrange(2000)), good[: rng.randrange(len(good))], good[rng.randrange(1, len(good)) :],
        good + b" ", b" " + good, good + good, good.upper(), b"", b"null", b"[]", b'"command"', b"\xff" * 100,
        good.replace(b'"v":1', b'"v":2'), good.replace(b'"kind":"command"', b'"kind":"receipt"'),
        good.replace(b'"run"', b'"Run"'), good.replace(b'"args":{', b'"args":{"args":{},'),
        good.replace(b'"key":"campaign"', b'"key":"campaign","key":"lead-ada"'),
    ])  # fmt: skip
    topic = rng.choice([COMMAND, COMMAND, RECEIPT, "", "a/b", "adatom/1/twin-1/up/hello", "adatom/1/twin-1/down/#",
                        COMMAND + "/x", "\x00", "adatom/2/twin-1/down/command"])  # fmt: skip
    return topic, data


def extra_field(rng: random.Random, bench: Bench) -> Message:
    fields = command(bench)
    more = json.dumps({rng.choice(("x", "Key", "args2", "sig2")): rng.choice((1, "run", None))})[1:-1].encode()
    body = codec.body_of("command", fields) + b"," + more
    return COMMAND, codec.with_tail("command", body, seal.signature(KEYS["campaign"], body))


ATTACKS: dict[str, Callable[[random.Random, Bench], Message]] = {
    attack.__name__.replace("_", " "): attack
    for attack in (
        replay, reordering, wrong_role, stolen_role, wrong_bench, expired, from_the_future, before_a_reboot, tampered,
        unknown_key, retired_key, forged, receipt_of_nothing, oversized, deep_nesting, malformed, extra_field,
    )
}  # fmt: skip


def attacked(name: str, folder: Path, seeds: range) -> dict[str, Any]:
    """A row of the table: how many of an attack were tried, accepted and recorded as refused, by one bench."""
    bench = Bench(folder)
    bench.station.rekey(0, KeyRing(EVERY_KEY))
    row = {"attack": name, "n": 0, "accepted": 0, "refusals recorded": 0, "seeds accepted": []}
    for seed in seeds:
        bench.now += 100000  # so that each refusal finds room in the record
        topic, message = ATTACKS[name](random.Random(f"{name} {seed}"), bench)
        bench.published()
        before = state(bench)
        bench.station.receive(topic, message, bench.now, bench.now)
        obeyed = state(bench) != before
        refusals = [said for kind, said in bench.published() if kind == "refusal"]
        row["n"] += 1
        row["refusals recorded"] += len(refusals)
        if obeyed or len(refusals) != 1:
            row["accepted"] += 1
            row["seeds accepted"].append(seed)
        bench.station.uplink.waiting.clear()  # a quiet wire for the next one
        bench.station.uplink.in_flight = 0
    bench.journal.close()
    return row


def state(bench: Bench) -> tuple[Any, ...]:
    """What an accepted message would change."""
    station = bench.station
    return (station.agent.state, station.agent.busy, station.agent.waiting_for, station.receipted, station.stop_why,
            station.recorder.run, dict(station.gate.counters), station.uplink.waiting[:1])  # fmt: skip


def would_be_obeyed(folder: Path) -> bool:
    """Whether the bench obeys the command, and takes the receipt, that every attack starts from."""
    bench = Bench(folder)
    bench.now += 1000
    bench.station.receive(COMMAND, payload("command", command(bench), KEYS["campaign"]), bench.now, bench.now)
    obeyed = bench.station.agent.busy
    bench.published()
    bench.station.receive(RECEIPT, payload("receipt", receipt(bench), KEYS["ingest"]), bench.now, bench.now)
    bench.journal.close()
    return obeyed and bench.station.receipted == bench.station.recorder.last
