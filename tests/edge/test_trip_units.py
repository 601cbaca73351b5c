"""A trip is told in quantities with their unit."""

import re
from pathlib import Path

import pytest
from adatom.edge.trip_units import UNITS, in_units
from adatom.protocol import channels as ch

from tests.edge.test_agent import running

EDGE = Path(__file__).parents[2] / "edge"
NAMES = {
    name
    for path in EDGE.glob("interlock*.py")
    for call in re.findall(r"[.]_?trip\((.+)", path.read_text())
    for name in re.findall(r'"(\w+)"', call)
}


def test_every_interlock_has_a_unit_and_every_unit_an_interlock() -> None:
    assert len(NAMES) > 25
    used = {name if name in UNITS else name.split("_")[0] for name in NAMES}
    assert used == set(UNITS)


@pytest.mark.parametrize(
    ("name", "counts", "told"),
    [
        ("heater_over_temperature", (80150, 80000), (801.5, 800.0, "°C")),
        ("heater_power", (16000, 15000), (160.0, 150.0, "W")),
        ("pressure_frozen", (10000, None), (10.0, None, "Pa")),
        ("stray_pulse", (3, 0), (3, 0, "pulses")),
        ("energy_stale", (None, None), (None, None, "mJ")),
    ],
)
def test_counts_become_quantities(
    name: str, counts: tuple[int | None, int | None], told: tuple[float | None, float | None, str]
) -> None:
    assert in_units(name, *counts) == told


def test_the_event_carries_them() -> None:
    bench = running()
    bench.until(lambda: bench.agent.outputs[ch.OUT_CONTACTOR] == 1)
    bench.plant.readings[ch.WATER_LPM] = 10
    while not bench.agent.has_events:
        bench.now += 100
        bench.agent.tick(bench.now, bench.plant.readings)
    assert bench.agent.events()[0] == ("trip", {"interlock": "water_low", "value": 0.1, "limit": 1.0, "unit": "L/min"})
