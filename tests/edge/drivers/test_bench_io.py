"""The host's side of the bench I/O board against the board's real firmware, byte by byte and in virtual time."""

import pytest
from adatom.edge.drivers.bench_io import BenchIo, crc16, line
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments.bench_io import KEY
from adatom.sim.instruments.bench_io import BenchIo as Board
from adatom.sim.instruments.plant import Plant
from hypothesis import given
from hypothesis import strategies as st

from .wire import Wire


def connected(chunk: int = 0, arm: bool = True, key: bytes = b"") -> tuple[Wire, BenchIo, Plant]:
    plant = Plant(guard_c=300.0, water_lpm=3.2, reflectance=0.41, cell_c=25.0)
    driver = BenchIo(key.hex())
    wire = Wire(driver, Board(plant, noise_c=0.0), latency_ms=5, chunk=chunk)
    wire.run(500)
    if arm:
        driver.arm()
        wire.run(200)
    return wire, driver, plant


def keep(wire: Wire, driver: BenchIo, names: tuple[str, ...], duration_ms: int) -> None:
    """Let time pass with the leases renewed at each step."""

    def renew(now: int) -> None:
        for name in names:
            driver.write(name, 1, now, lease_ms=500)

    wire.run(duration_ms, renew)


def test_the_crc_and_a_golden_command() -> None:
    assert crc16(b"123456789") == 0x29B1
    assert line("LEASE gate 500") == b"LEASE gate 500*%04X\n" % crc16(b"LEASE gate 500")


@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_status_lines_become_readings(chunk: int) -> None:
    wire, driver, _ = connected(chunk)
    names = ("guard_c", "water_lpm", "door", "pulses", "reflectance", "cell_c", "armed", "latched")
    assert [driver.value(name, wire.now) for name in names] == [30000, 320, 0, 0, 4100, 2500, 1, 0]
    assert driver.health(wire.now)[:3] == (True, "adatom-io 1 sim00000", 0)


def test_a_sensor_that_is_not_connected_is_none_with_a_reason() -> None:
    wire, driver, plant = connected()
    plant.guard_c = float("nan")
    wire.run(200)
    assert driver.value("guard_c", wire.now) is None
    assert "does not answer" in driver.reason("guard_c", wire.now)


def test_leases_energise_and_a_write_of_zero_opens_without_a_trip() -> None:
    wire, driver, plant = connected()
    keep(wire, driver, ("contactor", "shutter"), 300)
    assert (plant.gate_open, plant.contactor_closed, plant.shutter_open) == (False, True, True)
    driver.write("contactor", 0, wire.now)
    driver.write("shutter", 0, wire.now)
    wire.run(1500)
    assert (plant.contactor_closed, plant.shutter_open) == (False, False)
    assert driver.value("latched", wire.now) == 0


def test_silence_of_the_agent_opens_and_latches() -> None:
    wire, driver, plant = connected()
    keep(wire, driver, ("contactor",), 300)
    wire.run(600)
    assert not plant.contactor_closed
    assert driver.value("latched", wire.now) == 1
    assert "lease expired" in driver.last_error


def test_a_cut_line_opens_within_the_lease_and_everything_comes_back_but_the_arming() -> None:
    wire, driver, plant = connected()
    keep(wire, driver, ("contactor",), 300)
    wire.cut = True
    keep(wire, driver, ("contactor",), 500)
    assert not plant.contactor_closed
    assert driver.value("guard_c", wire.now) is None or driver.STALE_MS >= 500
    keep(wire, driver, ("contactor",), 100)
    assert driver.value("guard_c", wire.now) is None
    assert "stale" in driver.reason("guard_c", wire.now)
    wire.cut = False
    keep(wire, driver, ("contactor",), 1000)
    assert driver.value("guard_c", wire.now) == 30000
    assert plant.contactor_closed


def test_a_burst_fires_exactly_once_even_when_replies_get_lost() -> None:
    wire, driver, plant = connected()
    keep(wire, driver, ("gate",), 100)
    lose = iter([True, True])
    wire.noise = lambda data: b"" if data.startswith(b"OK PULSE") and next(lose, False) else data
    driver.write("burst", (7, 20000, 1), wire.now)
    keep(wire, driver, ("gate",), 1500)
    assert plant.triggers == 7
    assert driver.value("pulses", wire.now) == 7
    driver.write("burst", (7, 20000, 1), wire.now)  # the same burst asked for again is the same burst
    keep(wire, driver, ("gate",), 500)
    driver.write("burst", (2, 20000, 2), wire.now)
    keep(wire, driver, ("gate",), 500)
    assert plant.triggers == 9


def test_safe_stops_a_burst_within_100_ms() -> None:
    wire, driver, plant = connected()
    keep(wire, driver, ("gate",), 100)
    driver.write("burst", (1000, 20000, 1), wire.now)
    keep(wire, driver, ("gate",), 300)
    fired = plant.triggers
    assert fired > 0
    driver.safe(wire.now)
    wire.run(20)
    soon = plant.triggers
    wire.run(1000)
    assert soon - fired <= 1
    assert plant.triggers == soon
    assert not plant.gate_open
    assert driver.is_safe(wire.now)
    driver.safe(wire.now)  # again is as good as once
    wire.run(100)
    assert driver.is_safe(wire.now)


def test_rearming_takes_the_button_where_the_key_is_not_known() -> None:
    wire, driver, plant = connected()
    driver.safe(wire.now)
    wire.run(100)
    driver.arm()
    wire.run(200)
    assert driver.value("armed", wire.now) == 0
    assert "button or a seal" in driver.last_error
    plant.button_pressed = True
    wire.run(200)
    driver.arm()
    wire.run(200)
    assert driver.value("armed", wire.now) == 1


def test_rearming_with_the_board_s_key_needs_no_person() -> None:
    wire, driver, _ = connected(key=KEY)
    driver.safe(wire.now)
    wire.run(100)
    driver.arm()
    wire.run(200)
    assert driver.value("armed", wire.now) == 1


def test_a_refused_lease_is_reported_and_nothing_energised() -> None:
    wire, driver, plant = connected(arm=False)
    keep(wire, driver, ("gate",), 100)
    assert not plant.gate_open
    assert "not armed" in driver.last_error


@pytest.mark.parametrize("kind", ["off", "garbage", "wrong", "stuck"])
def test_faults_are_injected_on_the_board_and_show(kind: str) -> None:
    wire, driver, plant = connected(arm=False)
    driver.inject(kind)
    wire.run(800)
    plant.guard_c = 301.0
    wire.run(200)
    expected = {"off": None, "garbage": None, "wrong": 40100, "stuck": 30000}[kind]
    assert driver.value("guard_c", wire.now) == expected


@pytest.mark.parametrize(
    ("name", "value", "lease_ms"),
    [("gate", 1, 0), ("laser", 1, 500), ("burst", (0, 10000, 1), 0), ("burst", (10, 10, 1), 0)],
)
def test_impossible_writes_are_refused(name: str, value: object, lease_ms: int) -> None:
    wire, driver, _ = connected()
    if name == "burst":
        driver.write("gate", 1, wire.now, 500)
    with pytest.raises(ProtocolError):
        driver.write(name, value, wire.now, lease_ms)


def test_a_burst_without_a_gate_lease_is_refused() -> None:
    wire, driver, _ = connected()
    with pytest.raises(ProtocolError, match="no lease"):
        driver.write("burst", (5, 10000, 1), wire.now)


@given(st.lists(st.binary(max_size=100), max_size=8))
def test_garbage_never_raises_and_the_driver_recovers(junk: list[bytes]) -> None:
    wire, driver, _ = connected()
    for piece in junk:
        driver.feed(piece, wire.now)
        wire.run(20)
    wire.run(1000)
    assert driver.value("guard_c", wire.now) == 30000


@given(st.integers(0, 40), st.integers(0, 7))
def test_a_damaged_status_line_changes_nothing(place: int, bit: int) -> None:
    wire, driver, _ = connected()
    good = line("S 1 0 0 0 01 31000 320 4100 2500 0 0")
    bad = bytearray(good)
    bad[place % (len(good) - 1)] ^= 1 << bit
    before = driver.value("guard_c", wire.now)
    driver.feed(bytes(bad), wire.now)
    assert driver.value("guard_c", wire.now) == before
