"""A guardian process on a simulated rig's pins, in virtual time: real bytes, real sockets, the dead-man relay."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from adatom.edge.drivers.bench_io import BenchIo
from adatom.edge.guardian import Guardian
from adatom.edge.guardian_pins import RigPins, open_pins
from adatom.edge.guardian_process import GuardianProcess, SerialLink
from adatom.edge.guardian_turn import GATE, HEARTBEAT, STALL_MS
from adatom.protocol.errors import InputError
from adatom.sim.instruments.plant import Plant
from adatom.sim.pin_board import HOLD_S, DeadMan, PinBoard

KEY = b"a key of 16 bytes or more"


class Rig:
    """Guardian process, its pins, and the agent's driver on the pty; `run` lets virtual time pass."""

    def __init__(self, folder: Path) -> None:
        self.plant = Plant()
        self.board = PinBoard(self.plant, folder)
        self.process = GuardianProcess(Guardian("boot", KEY), SerialLink(str(folder / "io")), RigPins(str(folder)))
        self.driver = BenchIo(KEY.hex())
        self.host = os.open(folder / "io", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.now = 0
        self.renew: tuple[str, ...] = ()

    def run(self, duration_ms: int, guardian: bool = True, agent: bool = True) -> None:
        for _ in range(duration_ms // 2):
            self.now += 2
            if agent:
                self._agent()
            if guardian:
                self.process.step(self.now)
            self.board.service(self.now / 1000)

    def _agent(self) -> None:
        if self.now % 100 == 0:
            for name in self.renew:
                self.driver.write(name, 1, self.now, 500)
        out = self.driver.outgoing(self.now)
        if out:
            os.write(self.host, out)
        try:
            self.driver.feed(os.read(self.host, 4096), self.now)
        except BlockingIOError:
            return

    def on(self) -> tuple[bool, bool, bool]:
        plant = self.plant
        return plant.gate_open, plant.contactor_closed, plant.shutter_open

    def energise(self) -> None:
        self.run(300)
        self.driver.arm()
        self.run(300)
        self.renew = ("gate", "contactor", "shutter")
        self.run(400)
        assert self.on() == (True, True, True)

    def close(self) -> None:
        os.close(self.host)
        self.process.pins.close()
        self.process.link.close()
        self.board.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    one = Rig(tmp_path)
    yield one
    one.close()
    assert list(tmp_path.iterdir()) == []


def test_readings_reach_the_agent_and_leases_the_outputs(rig: Rig) -> None:
    rig.plant.guard_c, rig.plant.water_lpm = 321.0, 2.5
    rig.energise()
    assert abs((rig.driver.value("guard_c", rig.now) or 0) - 32100) < 100
    assert rig.driver.value("water_lpm", rig.now) == 250
    assert rig.driver.value("door", rig.now) == 0


def test_silence_of_the_agent_opens(rig: Rig) -> None:
    rig.energise()
    rig.run(502, agent=False)
    assert rig.on() == (False, False, False)


def test_a_guardian_that_stands_still_opens_and_nothing_that_piled_up_counts(rig: Rig) -> None:
    rig.energise()
    rig.run(round(1000 * HOLD_S) + 2, guardian=False)
    assert rig.on() == (False, False, False)
    assert rig.board.bits & GATE  # the pins are as they were
    for _ in range(100):  # it wakes up to a line full of renewals
        rig.run(2)
        assert rig.on() == (False, False, False)
    assert rig.process.guardian.latched
    rig.driver.safe(rig.now)
    rig.renew = ()
    rig.run(300)
    rig.energise()  # armed anew, it works


def test_a_short_standstill_changes_nothing(rig: Rig) -> None:
    rig.energise()
    rig.run(STALL_MS - 10, guardian=False)
    rig.run(100)
    assert rig.on() == (True, True, True)


def test_pulses_pass_one_a_turn_and_those_of_a_standstill_are_neither_fired_nor_counted(rig: Rig) -> None:
    rig.energise()
    rig.driver.write("burst", (100, 50_000, 1), rig.now)
    rig.run(1000)
    fired = rig.plant.triggers
    assert abs(fired - 48) < 6
    assert rig.process.guardian.pulses == fired
    rig.run(200, guardian=False)
    rig.run(20)
    assert rig.plant.triggers <= fired + 2
    assert rig.process.guardian.pulses == rig.plant.triggers


def test_no_trigger_passes_an_open_relay(rig: Rig) -> None:
    rig.energise()
    rig.driver.write("burst", (100, 50_000, 1), rig.now)
    rig.run(100)
    rig.run(600, guardian=False)
    fired = rig.plant.triggers
    rig.run(500)
    assert rig.plant.triggers == fired


def test_a_new_guardian_takes_over_open(rig: Rig, tmp_path: Path) -> None:
    rig.energise()
    pins = RigPins(str(tmp_path))
    second = GuardianProcess(Guardian("boot-2", KEY), SerialLink(str(tmp_path / "io-2")), pins)
    rig.process.pins.close()
    second.step(rig.now)
    rig.board.service(rig.now / 1000)
    second.step(rig.now + 2)
    rig.board.service(rig.now / 1000)
    assert rig.on() == (False, False, False)
    second.link.close()
    pins.close()


def test_pins_without_a_rig_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no rig with --guardian external runs there"):
        open_pins(f"rig:{tmp_path}/nosuch")
    stale = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stale.bind(str(tmp_path / "pins"))  # of a rig that was killed
    stale.close()
    with pytest.raises(InputError, match="--pins"):
        open_pins(f"rig:{tmp_path}")


def test_the_relay_needs_edges_in_a_row() -> None:
    relay = DeadMan()
    relay.edge(10.0)
    relay.edge(10.1)
    assert not relay.closed(10.1)
    relay.edge(10.2)
    assert relay.closed(10.2 + HOLD_S - 0.01)
    assert not relay.closed(10.2 + HOLD_S)
    relay.edge(20.0)
    assert not relay.closed(20.0)


def test_the_last_pins_are_all_off(rig: Rig) -> None:
    rig.energise()
    rig.process.pins.close()
    rig.board.service(rig.now / 1000)
    assert rig.board.bits & ~HEARTBEAT == 0
    assert rig.on() == (False, False, False)
