"""One command from a person to a bench over the broker: wait for the bench's nonce, seal, send, wait for its answer."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiomqtt
from adatom.cloud.ingest.dial import Broker
from adatom.protocol import codec, topics
from adatom.protocol.errors import FailedError, InputError, ProtocolError
from adatom.protocol.keyring import MAY, PERSONS, KeyRing, asked_by, parse_id
from adatom.protocol.seal import USED

VALID_MS = 10000  # from the nonce, which is at most a heartbeat old
ANSWER_S = 30.0
# A bench takes only rising counters, and they come from the wall clock. If that was set back since the last order, they
# are too low: then again, as much later.
AHEAD_MS = (0, 2 * 3600_000, 48 * 3600_000, 400 * 86400_000)


@dataclass(frozen=True)
class Order:
    """What a person asks of a bench."""

    bench: str
    name: str
    args: dict[str, Any]


def person_of(ring: KeyRing) -> str:
    """The id of the key with which the person of a key file signs; InputError when there is none."""
    ids = [used for used in ring.ids if parse_id(used)[0] in PERSONS and parse_id(used)[2] == ring.signs]
    if len(ids) != 1:
        raise InputError("keys", "must hold the key of one person: adatom pki operator makes such a file")
    return ids[0]


async def give(order: Order, ring: KeyRing, broker: Broker, answer_s: float = ANSWER_S) -> list[str]:
    """The reasons why the bench does not obey, empty when it does. FailedError when broker or bench say nothing."""
    used = person_of(ring)
    if order.name not in MAY[parse_id(used)[0]]:
        raise InputError(order.name, f"key {used} may not ask for it")
    said = f"bench {order.bench} says nothing within {answer_s:g} s: is it there, and does it know the key {used}?"
    try:
        async with asyncio.timeout(answer_s), _heard(broker, order.bench) as (client, messages):
            return await _asked(order, ring, used, client, messages)
    except TimeoutError as error:
        raise FailedError(said) from error
    except aiomqtt.MqttError as error:
        raise FailedError(f"broker {broker.url}: {error}") from error


@contextlib.asynccontextmanager
async def _heard(broker: Broker, bench: str) -> AsyncIterator[tuple[aiomqtt.Client, AsyncIterator[dict[str, Any]]]]:
    """A connection, and what the bench says over it: messages with their kind."""
    async with aiomqtt.Client(
        broker.host, broker.port, identifier=f"order-{secrets.token_hex(4)}", tls_context=broker.context(),
        username=broker.user or None, password=broker.password or None,
    ) as client:  # fmt: skip
        for kind in ("hello", "heartbeat", "event", "refusal"):
            await client.subscribe(topics.up(bench, kind), qos=1)
        yield client, _decoded(client)


async def _decoded(client: aiomqtt.Client) -> AsyncIterator[dict[str, Any]]:
    async for message in client.messages:
        kind = topics.parse(str(message.topic))[2]
        with contextlib.suppress(ProtocolError):  # what is broken is for the ingest to refuse
            yield codec.decode(kind, bytes(message.payload))[0] | {"kind": kind}


async def _asked(
    order: Order, ring: KeyRing, used: str, client: aiomqtt.Client, messages: AsyncIterator[dict[str, Any]]
) -> list[str]:
    counter, nonce, ahead_ms = 0, "", list(AHEAD_MS)

    async def send() -> int:
        counter = int(1000 * time.time()) + ahead_ms.pop(0)
        sealed = _sealed(order, ring, used, counter, nonce)
        await client.publish(topics.down(order.bench, "command"), sealed, qos=1)
        return counter

    async for message in messages:
        nonce = message.get("nonce", nonce)
        if nonce and not counter:
            counter = await send()
        elif message.get("name") == "command" and message["data"].get("key") == used:
            if message["data"].get("counter") == counter:
                return []
        elif message["kind"] == "refusal" and asked_by(used, counter) in message["reasons"]:
            reasons = [reason for reason in message["reasons"] if reason != asked_by(used, counter)]
            if not ahead_ms or not any(USED in reason for reason in reasons):
                return reasons
            counter = await send()
    raise FailedError("the broker hung up")


def _sealed(order: Order, ring: KeyRing, used: str, counter: int, nonce: str) -> bytes:
    fields = {"bench": order.bench, "name": order.name, "args": order.args, "key": used, "counter": counter}
    body = codec.body_of("command", fields | {"nonce": nonce, "valid_ms": VALID_MS})
    return codec.with_tail("command", body, ring.sign(used, body, order.bench))
