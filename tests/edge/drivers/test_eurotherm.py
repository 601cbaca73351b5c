"""The heater's driver against the controller's twin: direct and supervised, broken sensors, damaged frames."""

from collections.abc import Callable

import pytest
from adatom.edge.drivers.eurotherm import Eurotherm, crc16
from adatom.protocol.errors import ProtocolError
from adatom.sim.instruments import eurotherm as twin
from adatom.sim.instruments.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from .wire import Wire


def joined(identity: int = 0x2480, **options: int) -> Wire:
    return Wire(Eurotherm(full_power_w=220.0), twin.Eurotherm(Plant(), identity=identity), **options)


def heating(wire: Wire, name: str = "heater_w", value: int = 5500) -> Callable[[int], None]:
    return lambda now: wire.driver.write(name, value, now, lease_ms=500)


def test_the_crc_is_the_one_of_the_modbus_specification() -> None:
    assert crc16(bytes.fromhex("0207")) == 0x1241


@pytest.mark.parametrize("chunk", [0, 1])
@pytest.mark.parametrize(("identity", "name"), [(0x2480, "2408"), (0x3230, "0x3230")])
def test_it_identifies_and_reads(identity: int, name: str, chunk: int) -> None:
    wire = joined(identity, chunk=chunk)
    wire.twin.plant.heater_c = 651.237
    wire.run(1000)
    assert name in wire.driver.identity
    assert wire.driver.value("heater_c", wire.now) == 65124
    assert wire.driver.value("heater_w", wire.now) == 0
    assert wire.driver.errors == 0


def test_direct_mode_gives_the_power_that_was_asked_for() -> None:
    wire = joined()
    wire.run(2000, heating(wire))
    assert wire.twin.plant.heater_power_w == pytest.approx(55.0)
    assert wire.driver.value("heater_w", wire.now) == 5500
    assert wire.driver.value("heater_manual", wire.now) == 1


def test_an_unrenewed_lease_ends_in_manual_and_no_power() -> None:
    wire = joined()
    wire.run(2000, heating(wire))
    wire.run(800)
    assert wire.twin.plant.heater_power_w == 0
    assert wire.twin.state()["manual"]
    assert wire.driver.is_safe(wire.now)


class Supervised:
    """What the agent writes at every tick of a supervised loop."""

    def __init__(self, wire: Wire, cap: int = 11000, ramp: int = 2000, setpoint: int = 60000) -> None:
        self.wire, self.cap, self.ramp, self.setpoint = wire, cap, ramp, setpoint

    def __call__(self, now: int) -> None:
        if now % 100 == 0:
            for name, value in (("limit_w", self.cap), ("ramp_c_min", self.ramp), ("setpoint_c", self.setpoint)):
                self.wire.driver.write(name, value, now, lease_ms=2000)
            self.wire.driver.write("heater_auto", 1, now, lease_ms=2000)


@pytest.mark.parametrize("identity", [0x2480, 0x3230, 0x4444])
def test_supervised_mode_ramps_by_the_rate_limit_and_spares_the_eeprom(identity: int) -> None:
    """A 2408 and a 3216 have a remote set-point; of another one nothing is known but the local set-point."""
    wire = joined(identity)
    each = Supervised(wire)
    wire.run(2000, each)
    start_c = wire.twin.state()["working_setpoint_c"]
    wire.run(30000, each)
    assert wire.twin.state()["working_setpoint_c"] - start_c == pytest.approx(10.0, abs=0.2)
    assert wire.twin.state()["remote"] == (identity != 0x4444)
    assert wire.twin.writes == (3 if identity == 0x4444 else 2)  # output limit, rate limit, and a local set-point once
    assert wire.twin.plant.heater_power_w > 0
    assert wire.driver.errors == 0


def test_the_power_cap_becomes_the_output_limit_and_is_read_back() -> None:
    wire = joined()
    each = Supervised(wire, setpoint=90000, ramp=0)
    wire.run(3000, each)
    assert wire.twin.scaled[twin.OUT_HIGH] == wire.driver.limit_pct == 50.0
    assert wire.twin.plant.heater_power_w == pytest.approx(110.0)
    wire.twin.scaled[twin.OUT_HIGH] = 80.0  # somebody raises it at the front panel
    wire.run(6000, each)
    assert wire.twin.scaled[twin.OUT_HIGH] == 50.0
    wire.twin.scaled[twin.OUT_HIGH] = 30.0  # a lower one is theirs to choose
    wire.run(6000, each)
    assert wire.twin.scaled[twin.OUT_HIGH] == 30.0


def test_automatic_waits_for_limit_rate_and_set_point() -> None:
    """The order on the line, whatever the order of the writes: nothing heats before it is limited."""
    wire = joined()
    wire.run(600, heating(wire, value=0))
    wire.sent.clear()
    each = Supervised(wire, ramp=1000)

    def backwards(now: int) -> None:
        wire.driver.write("heater_auto", 1, now, lease_ms=2000)
        wire.driver.write("setpoint_c", each.setpoint, now, lease_ms=2000)
        wire.driver.write("ramp_c_min", each.ramp, now, lease_ms=2000)
        wire.driver.write("limit_w", each.cap, now, lease_ms=2000)

    wire.run(3000, backwards)
    writes = [
        (int.from_bytes(r[2:4], "big") & 0x7FFF) // (2 if r[1] == 16 else 1) for r in wire.sent if r[1] in (6, 16)
    ]
    first = [writes.index(register) for register in (twin.RATE_LIMIT, twin.REMOTE_SP_2400, twin.MANUAL)]
    assert first == sorted(first)
    assert writes.index(twin.OUT_HIGH) < writes.index(twin.MANUAL)


def test_a_new_rate_is_in_force_before_the_set_point_that_came_with_it() -> None:
    wire = joined()
    each = Supervised(wire, ramp=0, setpoint=2500)
    wire.run(3000, each)
    assert wire.twin.state()["working_setpoint_c"] == 25.0
    each.ramp, each.setpoint = 1200, 60000
    for _ in range(200):
        wire.run(10, each)
        assert wire.twin.state()["working_setpoint_c"] < 26.0


def test_a_remote_set_point_that_nobody_refreshes_falls_back_to_a_cold_one() -> None:
    """The agent and its board are gone: the controller cools the heater by itself after five seconds."""
    wire = joined()
    wire.twin.scaled[twin.SP1] = wire.twin.scaled[twin.TARGET_SP] = 700.0  # left behind by a person
    each = Supervised(wire, ramp=0)
    wire.run(3000, each)
    assert wire.twin.plant.heater_power_w > 0
    wire.cut = True
    wire.twin.tick(wire.now / 1000 + 6.0)
    assert wire.twin.state()["remote_failed"]
    assert wire.twin.state()["setpoint_c"] == 20.0
    assert wire.twin.plant.heater_power_w == 0


def test_power_ends_automatic_and_its_leases() -> None:
    wire = joined()
    wire.run(3000, Supervised(wire))
    wire.run(5000, heating(wire, value=0))
    assert wire.twin.state()["manual"]
    assert wire.twin.plant.heater_power_w == 0
    assert wire.driver.errors == 0  # no lease of automatic ran out


def test_an_unrenewed_lease_ends_automatic() -> None:
    wire = joined()
    wire.run(3000, Supervised(wire, ramp=0))
    assert wire.twin.plant.heater_power_w > 0
    wire.run(2500)
    assert wire.twin.state()["manual"]
    assert wire.twin.plant.heater_power_w == 0


def test_back_after_a_cable_came_off_it_takes_up_the_set_point_again() -> None:
    wire = joined()
    each = Supervised(wire, ramp=0, setpoint=30000)
    wire.run(3000, each)
    wire.cut = True
    wire.run(7000, each)
    assert wire.twin.state()["remote_failed"]
    wire.cut = False
    wire.driver.reconnected(wire.now)
    wire.run(3000, each)
    assert wire.twin.state()["working_setpoint_c"] == 300.0
    assert not wire.twin.state()["remote_failed"]


def test_a_broken_sensor_is_none_with_the_reason() -> None:
    wire = joined()
    wire.run(1000, heating(wire))
    wire.twin.plant.heater_c = float("nan")
    wire.run(600, heating(wire))
    assert wire.driver.value("heater_c", wire.now) is None
    assert wire.driver.reason("heater_c", wire.now) in ("sensor break", "1372.0 °C is the end of the range")
    wire.twin.plant.heater_c = 300.0
    wire.run(600, heating(wire))
    assert wire.driver.value("heater_c", wire.now) == 30000


def test_a_power_above_the_rating_is_refused() -> None:
    with pytest.raises(ProtocolError):
        Eurotherm(full_power_w=220.0).write("heater_w", 22001, 0, lease_ms=100)


def test_a_refused_register_is_named() -> None:
    wire = joined()
    wire.twin.scaled[twin.OUT_HIGH] = 10.0
    wire.run(1000, heating(wire))
    assert "illegal value" in wire.driver.last_error
    assert wire.twin.plant.heater_power_w == 0


def test_a_damaged_reply_is_no_reading() -> None:
    wire = joined()
    wire.run(1000)
    wire.noise = lambda data: data[:4] + bytes([data[4] ^ 0x40]) + data[5:]
    wire.twin.plant.heater_c = 500.0
    wire.run(wire.driver.STALE_MS + 1000)
    assert wire.driver.value("heater_c", wire.now) is None
    wire.noise = lambda data: data
    wire.run(1000)
    assert wire.driver.value("heater_c", wire.now) == 50000


def test_unplugged_and_back() -> None:
    wire = joined()
    wire.run(1000, heating(wire))
    wire.cut = True
    wire.run(4000, heating(wire))
    assert not wire.driver.health(wire.now)[0]
    wire.cut = False
    wire.run(1500, heating(wire))
    assert wire.driver.health(wire.now)[0]
    assert wire.driver.value("heater_w", wire.now) == 5500


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_in_either_direction_are_survived(pieces: list[bytes]) -> None:
    wire = joined()
    for data in pieces:
        wire.driver.feed(data, wire.now)
        wire.twin.feed(data, wire.now / 1000)
        wire.run(50)
    wire.run(2500)
    assert wire.driver.value("heater_c", wire.now) == 2200
