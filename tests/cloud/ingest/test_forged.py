"""What somebody might publish in a bench's name: nothing of it is stored, believed or receipted."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol import codec, seal, telemetry, topics
from adatom.protocol.keyring import EVERY_BENCH, KeyRing

from tests.protocol.examples import MESSAGES
from tests.protocol.make_vectors import batch

N = 60
KEYS = {name: bytes([i]) * 32 for i, name in enumerate(("bench", "campaign", "ingest"), 1)}
RING = KeyRing(KEYS, 1, EVERY_BENCH)
Message = tuple[str, bytes]


class Deaf(Ingest):
    """An ingest that keeps what it would send."""

    sent: list[Message]

    async def send(self, topic: str, payload: bytes, qos: int = 1) -> bool:
        self.sent.append((topic, payload))
        return True


class Believing:
    """What the ingest passes on as true."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def committed(self, record: Any) -> None:
        self.told.append(record)

    def status(self, bench: str, kind: str, message: dict[str, Any], now_s: float) -> None:
        if kind == "hello":  # a heartbeat is not sealed: it is worth nothing without a bench that answers
            self.told.append(message)

    def alarm(self, bench: str, message: dict[str, Any]) -> None:
        """The hello names receipts that this database has not given: no message of its own."""


def hello(used: str, bench: str, topic_bench: str, keys: KeyRing = RING, **changes: Any) -> Message:
    body = codec.body_of("hello", MESSAGES["hello"] | {"bench": bench} | changes)
    return topics.up(topic_bench, "hello"), codec.with_tail("hello", body, keys.sign(used, body, bench))


def record(kind: str, bench: str, topic_bench: str, seq: int = 1) -> Message:
    link = seal.genesis(bench, 3)
    if kind == "telemetry":
        body = telemetry.encode_body(batch()._replace(first=seq))
        return topics.up(topic_bench, kind), telemetry.finish(body, seal.chain_link(link, body))
    body = codec.body_of(kind, MESSAGES[kind] | {"boot": 3, "seq": seq})
    return topics.up(topic_bench, kind), codec.with_tail(kind, body, seal.to_hex(seal.chain_link(link, body)))


def forged_hello(rng: random.Random) -> Message:
    return hello("bench", "twin-1", "twin-1", KeyRing({"bench": rng.randbytes(32)}))


def hello_of_another_role(rng: random.Random) -> Message:
    return hello(rng.choice(("campaign", "ingest")), "twin-1", "twin-1")


def hello_of_another_bench(rng: random.Random) -> Message:
    return hello("bench", "twin-2", "twin-1")


def hello_with_a_shared_key(rng: random.Random) -> Message:
    """The key of another bench: derived from the same one of the cloud's."""
    stolen = KeyRing({"bench": seal.hmac_sha256(KEYS["bench"], b"adatom bench twin-2")})
    return hello("bench", "twin-1", "twin-1", stolen)


def altered(rng: random.Random) -> Message:
    topic, payload = rng.choice([record("event", "twin-1", "twin-1"), record("telemetry", "twin-1", "twin-1"),
                                 record("result", "twin-1", "twin-1"), hello("bench", "twin-1", "twin-1")])  # fmt: skip
    data = bytearray(payload)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return topic, bytes(data)


def record_of_another_bench(rng: random.Random) -> Message:
    return record(rng.choice(("event", "telemetry", "refusal")), "twin-2", "twin-1")


def a_later_record(rng: random.Random) -> Message:
    return record("event", "twin-1", "twin-1", rng.randrange(2, 10**6))


def not_a_bench_s_to_say(rng: random.Random) -> Message:
    kind = rng.choice(("command", "receipt"))
    body = codec.body_of(kind, MESSAGES[kind])
    return topics.down("twin-1", kind), codec.with_tail(kind, body, RING.sign("bench", body, "twin-1"))


ATTACKS: list[Callable[[random.Random], Message]] = [
    forged_hello, hello_of_another_role, hello_of_another_bench, hello_with_a_shared_key, altered,
    record_of_another_bench, a_later_record, not_a_bench_s_to_say,
]  # fmt: skip


async def tried(folder: Path, messages: list[Message]) -> tuple[int, list[Any], list[Message]]:
    """(records stored, what was believed, receipts for anything) after some messages."""
    listener = Believing()
    with StoreThread(folder / "a.duckdb") as store:
        ingest = Deaf(store, RING, listener)
        ingest.sent = []
        for message in messages:
            await ingest.take([message])
        (stored,) = (await store.call(Store.rows, "SELECT count(*) FROM record", []))[0]
    receipts = [codec.decode("receipt", payload)[0]["upto"] for _, payload in ingest.sent]
    return int(stored), listener.told, [upto for upto in receipts if upto]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_nothing_forged_is_stored_believed_or_receipted(
    tmp_path: Path, attack: Callable[[random.Random], Message]
) -> None:
    messages = [attack(random.Random(f"{attack.__name__} {seed}")) for seed in range(N)]
    stored, believed, receipts = asyncio.run(tried(tmp_path, messages))
    print(f"\n{attack.__name__}: n {N}, stored {stored}, believed {len(believed)}, receipted {len(receipts)}")
    assert (stored, believed, receipts) == (0, [], [])


def test_the_same_messages_unforged_are(tmp_path: Path) -> None:
    messages = [hello("bench", "twin-1", "twin-1"), record("event", "twin-1", "twin-1")]
    stored, believed, receipts = asyncio.run(tried(tmp_path, messages))
    assert (stored, len(believed), receipts) == (1, 2, [1])
