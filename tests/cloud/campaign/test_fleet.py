"""What the campaign believes of benches follows from what they said, in the order in which it was committed."""

import asyncio
import time
from typing import Any

from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.ingest.intake import Incoming
from adatom.protocol import codec, topics
from adatom.protocol.keyring import KeyRing

KEYS = {"campaign": b"k" * 32}
STATUS: dict[str, Any] = {"boot": 1, "t_ms": 5, "state": "idle", "run": "", "last": 3, "receipted": 3, "nonce": "5-aa"}


def record(kind: str, content: dict[str, Any]) -> Incoming:
    return Incoming("b", kind, 1, 1, 1, b"", b"", content)


def event(name: str, run: str, data: dict[str, Any]) -> Incoming:
    return record("event", {"name": name, "run": run, "data": data})


def heartbeat(fleet: Fleet, **changes: Any) -> None:
    fleet.status("b", "heartbeat", STATUS | {"late_ticks": 0, "backlog": 0} | changes, time.monotonic())


class Wire:
    """Keeps what is sent; numbers commands from 1."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.counter = 0

    async def send(self, topic: str, payload: bytes) -> bool:
        self.sent.append((topic, payload))
        return True

    async def count(self, bench: str, name: str, args: dict[str, Any]) -> int:
        self.counter += 1
        return self.counter


def fleet() -> tuple[Fleet, Wire]:
    wire = Wire()
    return Fleet(KeyRing(KEYS), wire.send, wire.count), wire


async def answered(answer: Incoming) -> tuple[list[str], Wire]:
    one, wire = fleet()
    heartbeat(one)
    command = asyncio.ensure_future(one.command("b", "run", {"run": "r"}))
    while not wire.sent:
        await asyncio.sleep(0)
    one.committed(answer)
    return await command, wire


def test_a_command_is_sealed_with_the_bench_s_nonce_and_waits_for_the_answer() -> None:
    reasons, wire = asyncio.run(answered(event("command", "r", {"counter": 1, "key": "campaign"})))
    assert reasons == []
    assert wire.sent[0][0] == topics.down("b", "command")
    assert codec.decode("command", wire.sent[0][1])[0]["nonce"] == "5-aa"


def test_a_refusal_is_the_answer_too() -> None:
    reasons, _ = asyncio.run(answered(record("refusal", {"counter": 1, "reasons": ["no"], "name": "run"})))
    assert reasons == ["no"]


def test_the_first_answer_counts_and_only_one_to_the_campaign_s_own_command() -> None:
    """A broker may deliver a command twice, an operator may use the same counter: neither changes the answer."""

    async def answer() -> list[str]:
        one, wire = fleet()
        heartbeat(one)
        command = asyncio.ensure_future(one.command("b", "run", {"run": "r"}))
        while not wire.sent:
            await asyncio.sleep(0)
        one.committed(event("command", "r", {"counter": 1, "key": "operator-eve"}))
        one.committed(record("refusal", {"counter": 1, "reasons": ["the bench is in fault"], "name": "run"}))
        one.committed(event("command", "r", {"counter": 1, "key": "campaign"}))
        return await asyncio.wait_for(command, 5)

    assert asyncio.run(answer()) == ["the bench is in fault"]


async def outcome(*said: Any) -> dict[str, Any] | None:
    one, _ = fleet()
    for what in said:
        if isinstance(what, Incoming):
            one.committed(what)
        else:
            heartbeat(one, **what)
    return await asyncio.wait_for(one.ended("b", "r"), 5)


def test_a_result_ends_a_run() -> None:
    result = {"run": "r", "outcome": "complete", "reason": ""}
    assert asyncio.run(outcome({"run": "r"}, record("result", result))) == result


def test_an_idle_bench_that_has_told_everything_does_not_know_the_run() -> None:
    assert asyncio.run(outcome({"run": "", "last": 9, "receipted": 9})) is None


def test_a_bench_with_records_on_the_way_may_still_tell() -> None:
    async def waits() -> bool:
        one, _ = fleet()
        heartbeat(one, run="", last=9, receipted=7)
        waiting = asyncio.ensure_future(one.ended("b", "r"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        still = not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return still

    assert asyncio.run(waits())


def test_news_of_a_run_counts_before_the_next_heartbeat() -> None:
    async def unknown() -> bool:
        one, _ = fleet()
        heartbeat(one)
        one.committed(event("state", "r", {"from": "idle", "to": "pump_down"}))
        waiting = asyncio.ensure_future(one.ended("b", "r"))
        await asyncio.sleep(0)
        done = waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return done

    assert not asyncio.run(unknown())
