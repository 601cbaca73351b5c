"""Every driver of the registry against its twin, held to the contract of base.py: a new one is tested by its entry."""

import random
from typing import Any

import pytest
from adatom.edge.instruments import DRIVERS, driver_class
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments.plant import Plant
from adatom.sim.lines import KINDS, make_instrument

from .wire import Wire

MUTE = ("carousel", "attenuator")  # they never answer: nothing that they say can be wrong or late
ANSWERING = [name for name in DRIVERS if name not in MUTE]
READING = [name for name in ANSWERING if not name.startswith("emstat")]  # a potentiostat reads only when asked
NOISE = 60  # counts by which a reading may move; those of different questions lie further apart
# driver -> a leased write that energises, and a value for it
ENERGISING: dict[str, tuple[tuple[str, int], ...]] = {
    "compexpro": (("laser_on", 1),),
    "eurotherm": (("heater_w", 4000),),
    "lakeshore336": (("heater_w", 4000),),
    "attenuator": (("beam", 1),),
    "bench_io": (("contactor", 1), ("shutter", 1), ("gate", 1)),
}


def joined(name: str, **options: Any) -> Wire:
    plant = Plant(heater_c=412.34, pressure_pa=10.02, vacuum_pa=3.3e-4, flow_sccm=20.5, energy_mj=80.0)
    return Wire(driver_class(name)(), make_instrument(name, plant), **options)


def readings(wire: Wire) -> dict[str, Any]:
    """What the driver tells now, by name."""
    return {name: wire.driver.value(name, wire.now) for name in wire.driver.values}


def no_reading_is_left(wire: Wire) -> None:
    for name in wire.driver.values:
        assert wire.driver.value(name, wire.now) is None, name
        assert wire.driver.reason(name, wire.now), name


@pytest.mark.parametrize("name", DRIVERS)
def test_it_is_registered_with_a_twin_of_its_name_and_speed(name: str) -> None:
    kind = driver_class(name)
    assert name in KINDS[kind.ROLE]
    twin = make_instrument(name, Plant())
    assert (twin.PROTOCOL, twin.BAUD) == (kind.PROTOCOL, kind.BAUD)


@pytest.mark.parametrize("name", ANSWERING)
@pytest.mark.parametrize("chunk", [0, 1])
def test_it_connects_identifies_and_reads(name: str, chunk: int) -> None:
    wire = joined(name, chunk=chunk)
    assert wire.driver.health(wire.now)[0] is False
    wire.run(4000)
    connected, identity, errors, last = wire.driver.health(wire.now)
    assert (connected or name not in READING, errors, last) == (True, 0, "")
    assert identity
    if name in READING:
        assert any(value is not None for value in readings(wire).values())


@pytest.mark.parametrize("name", DRIVERS)
def test_safe_is_idempotent_reached_and_seen(name: str) -> None:
    wire = joined(name)
    wire.run(6000)
    for _ in range(3):
        wire.driver.safe(wire.now)
        wire.driver.safe(wire.now)
        wire.run(1500)
        assert wire.driver.is_safe(wire.now)
        assert not wire.twin.state().get("energised", False)


@pytest.mark.parametrize("name", DRIVERS)
def test_the_lease_is_honoured(name: str) -> None:
    wire = joined(name)
    wire.run(6000)
    assert bool(wire.driver.LEASED) == (name in ENERGISING)
    for write, value in ENERGISING.get(name, ()):
        with pytest.raises(ProtocolError, match="lease"):
            wire.driver.write(write, value, wire.now)
        if name == "bench_io":
            wire.driver.arm()
        for _ in range(60):
            wire.driver.write(write, value, wire.now, 400)
            wire.run(100)
        assert not wire.driver.is_safe(wire.now)
        wire.run(2500)  # nobody renews it
        assert wire.driver.is_safe(wire.now), write
        assert not wire.twin.state().get("energised", False), write


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("kind", ["garbage", "half", "silence"])
def test_what_is_no_answer_gives_no_reading_and_raises_nothing(name: str, kind: str) -> None:
    wire = joined(name)
    wire.run(2000)
    dice = random.Random(1)
    damage = {"garbage": lambda data: dice.randbytes(len(data)), "half": lambda data: data[: len(data) // 2],
              "silence": lambda data: b""}  # fmt: skip
    wire.noise = damage[kind]
    wire.run(wire.driver.STALE_MS + 1500)
    no_reading_is_left(wire)
    wire.noise = lambda data: data
    wire.run(4000)
    assert wire.driver.health(wire.now)[0]
    assert any(value is not None for value in readings(wire).values())


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("late_ms", [250, 450, 900])
def test_a_late_answer_is_none_or_the_truth_never_that_of_another_question(name: str, late_ms: int) -> None:
    wire = joined(name)
    wire.run(3000)
    truth = {name: value for name, value in readings(wire).items() if value is not None}
    wire.latency_ms = late_ms
    seen: set[tuple[str, Any]] = set()
    wire.run(5000, lambda _: seen.update(readings(wire).items()))
    late = [(name, value) for name, value in seen if name in truth and value is not None]
    assert [(name, value) for name, value in late if abs(value - truth[name]) > NOISE] == []


@pytest.mark.parametrize("name", ANSWERING)
def test_it_is_unplugged_and_comes_back_by_itself(name: str) -> None:
    wire = joined(name)
    wire.run(3000)
    wire.cut = True
    wire.run(4000)
    no_reading_is_left(wire)
    wire.driver.reconnected(wire.now)
    wire.twin = make_instrument(name, wire.twin.plant if hasattr(wire.twin, "plant") else Plant())  # a power cycle
    wire.cut = False
    wire.run(4000)
    assert wire.driver.health(wire.now)[0] or name not in READING
    assert wire.driver.identity
