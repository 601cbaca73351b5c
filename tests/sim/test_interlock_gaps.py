"""Faults that only a comparison shows, on a depositing bench: meter, light, gauge, flow and pump."""

from copy import deepcopy
from typing import Any

import pytest
from adatom.edge.agent import Agent
from adatom.edge.config import default_bench
from adatom.protocol.recipe import recipe_from_dict, replaced
from adatom.sim.bench import TwinBench
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.faults import Injection, Injector
from adatom.sim.world import World

from .runs import ENVELOPE

TICK_MS = 100
LEAD_PULSES = 300
# fault -> the trip that names it, seconds allowed
FOUND = {
    "energy_meter_stuck": ("energy_frozen", 45.0),
    "laser_misses": ("light_missing", 60.0),
    "laser_dead": ("energy_low", 10.0),
    "gauge_frozen": ("pressure_frozen", 3.0),
    "mfc_stuck_open": ("flow_high", 1.0),
    "pump_trip": ("pump_slow", 15.0),
}


def step(bench: tuple[TwinBench, Agent], now_ms: int, readings: list[int | None]) -> list[int | None]:
    twin, agent = bench
    return twin.step(agent.tick(now_ms, readings), TICK_MS / 1000)


@pytest.fixture(scope="module")
def depositing() -> tuple[TwinBench, Agent, int]:
    """A bench that has fired a while at 10 Pa and 400 °C, soundly: that it did not trip is part of the test."""
    recipe = replaced(recipe_from_dict(REFERENCE_RECIPE), pulses=3000, substrate_c=400.0)
    twin, agent = TwinBench(ENVELOPE, World(3), "x/0007/1"), Agent(default_bench("twin-1"), ENVELOPE, "test")
    twin.load(recipe)
    assert agent.start(recipe, "run", "trial", 0) == []
    now_ms, readings = 0, twin.readings
    while twin.pulses < LEAD_PULSES:
        now_ms += TICK_MS
        readings = step((twin, agent), now_ms, readings)
        assert agent.busy, agent.events()
    agent.events()
    return twin, agent, now_ms


@pytest.mark.parametrize("fault", FOUND)
def test_it_is_found_and_named(depositing: tuple[TwinBench, Agent, int], fault: str) -> None:
    twin, agent, began_ms = deepcopy(depositing)
    twin._faults = Injector([Injection(fault)])
    name, allowed_s = FOUND[fault]
    now_ms, readings = began_ms, twin.readings
    trips: list[dict[str, Any]] = []
    while not trips and now_ms < began_ms + 1000 * allowed_s:
        now_ms += TICK_MS
        readings = step((twin, agent), now_ms, readings)
        trips = [data for event, data in agent.events() if event == "trip"]
    assert [trip["interlock"] for trip in trips][:1] == [name]
