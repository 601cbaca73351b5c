"""A person's order reaches the bench although the wall clock of his machine was set back since the last one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.ingest import order as module
from adatom.cloud.ingest.order import AHEAD_MS, Order, _asked
from adatom.protocol.keyring import KeyRing, key_id

from tests.edge.station_bench import KEYS, Bench

USED = key_id("operator", "alice", 1)
RING = KeyRing(KEYS | {USED: b"a" * 32})


class Wire:
    """What the order sees of the broker, with a bench behind it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.sent = 0

    async def publish(self, topic: str, payload: bytes, qos: int) -> None:
        self.sent += 1
        self.bench.station.receive(topic, payload, self.bench.now, self.bench.now)

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        for _ in range(20):
            self.bench.now += 1000
            for kind, message in self.bench.published():
                yield message | {"kind": kind}


@pytest.mark.parametrize(("back_s", "tries"), [(0.0, 1), (-3600.0, 2), (-86400.0, 3), (-3e7, 4)])
def test_a_clock_that_was_set_back_costs_a_few_tries_and_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back_s: float, tries: int
) -> None:
    bench = Bench(tmp_path)
    bench.station.keys.replace(RING)
    now_s = 1.8e9
    monkeypatch.setattr(module.time, "time", lambda: now_s)

    def abort() -> int:
        wire = Wire(bench)
        ring: Any = wire
        assert asyncio.run(_asked(Order("twin-1", "abort", {}), RING, USED, ring, wire.messages())) == []
        return wire.sent

    assert abort() == 1
    now_s += 1.0 + back_s
    assert abort() == tries
    assert tries <= len(AHEAD_MS)
    bench.journal.close()


def test_another_refusal_is_told_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.station.keys.replace(RING)
    wire = Wire(bench)
    client: Any = wire
    reasons = asyncio.run(_asked(Order("twin-1", "resume", {}), RING, USED, client, wire.messages()))
    assert reasons == ["the bench is in state idle, not paused"]
    assert wire.sent == 1
    bench.journal.close()
