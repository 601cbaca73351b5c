"""All nine instruments of a bench at once: the agent's outputs reach the twin's physics through the bytes, and back."""

from typing import Any

from adatom.edge.config import Port
from adatom.edge.instruments import Instruments, make_drivers
from adatom.protocol import channels as ch
from adatom.protocol.envelope import load_envelope
from adatom.sim.bench import TwinBench
from adatom.sim.coupling import Coupling
from adatom.sim.instruments.plant import Plant
from adatom.sim.lines import KINDS, make_instrument
from adatom.sim.shipped import ENVELOPE
from adatom.sim.world import World

from tests.edge.drivers.wire import STEP_MS, Wire

TICK_MS = 100


class Bench:
    """Drivers, wires and twins of the default instruments, stepped together in virtual time."""

    def __init__(self) -> None:
        envelope = load_envelope(ENVELOPE.read_text())
        self.plant = Plant()
        self.twin = TwinBench(envelope, World(3), "rig/1/1")
        self.coupling = Coupling(self.plant, self.twin)
        self.drivers: dict[str, Any] = make_drivers({role: Port(kinds[0], "", {}) for role, kinds in KINDS.items()})
        self.wires = [
            Wire(driver, make_instrument(KINDS[role][0], self.plant)) for role, driver in self.drivers.items()
        ]
        self.instruments: Any = Instruments(self.drivers, envelope)
        self.outputs = [0] * ch.OUT_COUNT
        self.now = 0

    def run(self, duration_ms: int, state: str) -> list[int | None]:
        """Ticks of the agent's loop; `state` "" is an agent that died."""
        for _ in range(duration_ms // STEP_MS):
            if self.now % TICK_MS == 0:
                self.coupling.step()
                if state:
                    self.instruments.apply(self.outputs, state, self.now)
            for wire in self.wires:
                wire.run(STEP_MS)
            self.now += STEP_MS
        readings: list[int | None] = self.instruments.read(self.now)
        return readings

    def set(self, **outputs: int) -> None:
        for name, value in outputs.items():
            self.outputs[[row[0] for row in ch.OUTPUTS].index(name)] = value


def depositing() -> tuple[Bench, list[int | None]]:
    bench = Bench()
    bench.set(valve_pct=10000)
    bench.run(2000, "idle")
    bench.drivers["io"].arm()
    bench.set(contactor=1, heater_w=15000, flow_sccm=2000, valve_pct=2000, energy_mj=12000)
    bench.set(beam=1, shutter=1, gate=1, slot=1)
    bench.run(20000, "heat")
    bench.set(burst_pulses=50, rate_mhz=10000, burst_id=1)
    return bench, bench.run(7000, "deposit")


def test_outputs_act_and_readings_come_back() -> None:
    bench, readings = depositing()
    assert readings[ch.PULSES] == bench.twin.pulses == 50
    assert abs((readings[ch.ENERGY_MJ] or 0) - 12000) < 1000
    assert (readings[ch.HEATER_C] or 0) > 5000
    assert abs((readings[ch.FLOW_SCCM] or 0) - 2000) < 50
    assert readings[ch.SLOT] == 1
    assert bench.instruments.missing(bench.now) == []


def test_an_agent_that_dies_leaves_nothing_energised() -> None:
    bench, _ = depositing()
    bench.set(burst_pulses=9999, burst_id=2)
    bench.run(1000, "deposit")
    for wire in bench.wires:
        wire.cut = True  # no process, no bytes
    bench.run(1000, "")
    plant = bench.plant
    assert [plant.contactor_closed, plant.gate_open, plant.shutter_open] == [False] * 3
    pulses = bench.twin.pulses
    bench.run(1000, "")
    assert not plant.laser_on  # by its own watchdog
    assert bench.twin.pulses == pulses


def test_safe_reaches_every_instrument() -> None:
    bench, _ = depositing()
    bench.instruments.safe(bench.now)
    bench.run(1000, "")
    assert bench.instruments.unsafe(bench.now) == []
    plant = bench.plant
    assert plant.heater_power_w == plant.flow_set_sccm == 0
    assert plant.beam_blocked
    assert [plant.laser_on, plant.contactor_closed, plant.gate_open, plant.shutter_open] == [False] * 4
