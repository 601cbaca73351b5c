"""Step tests of the twin's heater in lock-step, and what its physics says the answers are."""

from typing import Any

from adatom.edge.config import Bench, bench_from_dict
from adatom.edge.identify import DONE, StepTest
from adatom.protocol import channels as ch
from adatom.sim.bench import TwinBench
from adatom.sim.physics.chamber_constants import CHAMBER
from adatom.sim.physics.constants import KELVIN
from adatom.sim.physics.heat import BLOCK_RADIANCE, CONTACT_W_K, gas_conductance_w_k
from adatom.sim.shipped import demo_envelope
from adatom.sim.world import World

TICK_MS = 100
FIELDS: dict[str, Any] = dict.fromkeys(("bench", "envelope", "broker", "key_file", "journal_dir"), "twin-1")


def quick_bench(**changes: Any) -> Bench:
    """Defaults, but a pump-down that ends within a minute."""
    return bench_from_dict(FIELDS | {"process": {"base_pa": 1.0}} | changes)


class Lockstep:
    """A step test on the twin's physics, without drivers. `capacity` scales the block."""

    def __init__(self, world: int, capacity: float = 1.0, bench: Bench | None = None, **options: Any) -> None:
        envelope = demo_envelope()
        self.twin = TwinBench(envelope, World(world), "identify/1/1")
        self.twin.heater.block_j_k *= capacity
        self.test = StepTest(bench or quick_bench(), envelope, **options)
        self.now = 0
        self.readings = self.twin.readings

    def tick(self) -> list[int]:
        self.now += TICK_MS
        outputs = self.test.tick(self.now, self.readings)
        self.readings = self.twin.step(outputs, TICK_MS / 1000)
        return outputs

    def until(self, phase: int, hours: float = 2.0) -> None:
        for _ in range(int(hours * 36000)):
            if self.test.phase >= min(phase, DONE):
                return
            self.tick()
        raise AssertionError(f"phase {phase} is not reached, it is {self.test.phase}")


def truth(twin: TwinBench, operating_c: float) -> dict[str, float]:
    """What the heater's physics amounts to for a lumped model.

    The substrate takes part: it radiates what its contact lets through, and follows with its lag.
    """
    heater = twin.heater
    capacity = heater.block_j_k + CONTACT_W_K * CHAMBER["substrate_lag_s"]
    radiance = heater.radiance + CONTACT_W_K * heater.offset_per_k4
    conductance = gas_conductance_w_k(1.0, twin.vacuum.pressure_pa)
    slope = 4.0 * radiance * (operating_c + KELVIN) ** 3 + conductance
    return {
        "heat_capacity_j_k": capacity,
        "emissivity": radiance / BLOCK_RADIANCE,
        "conductance_w_k": conductance,
        "dead_time_s": CHAMBER["element_lag_s"] + CHAMBER["thermocouple_lag_s"],
        "gain_k_w": 1.0 / slope,
        "time_constant_s": capacity / slope,
    }


def heater_c(readings: list[int | None]) -> float:
    return (readings[ch.HEATER_C] or 0) / 100
