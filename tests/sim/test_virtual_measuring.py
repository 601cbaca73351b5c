"""Currents through a cell on a whole bench in virtual time: measured, aborted, tripped, and left behind by an agent."""

from typing import Any

import pytest
from adatom.edge.drivers.methodscript import HOLD_MS_MAX
from adatom.edge.safe_sequence import SAFE
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.snapshot import Snapshot
from adatom.sim.virtual import VirtualRig

from tests.sim.test_virtual import COLD, QUICK, cold_envelope

PROCESS = {**QUICK, "cycling_half_s": 70.0, "cycling_cycles": 2, "ccd_steps": 2, "ccd_half_s": 5.0, "limit_mv": 3000.0}
ABORT_MS = 200  # a control period, a turn of the line each for Z and cell_off


@pytest.fixture(scope="module")
def measuring() -> Snapshot:
    """A cold bench whose sample is about to be measured."""
    rig = VirtualRig(instruments=["potentiostat=emstat4"], bench={"process": PROCESS}, envelope=cold_envelope())
    rig.run(5000)
    recipe = REFERENCE_RECIPE | COLD | {"pulses": 20, "measurements": ["ccd", "eis", "cycling", "thickness"]}
    assert rig.start(recipe_from_dict(recipe)) == []
    assert rig.until(lambda r: r.agent.state == "measure", 1200), rig.agent.state
    return Snapshot(rig)


def meter(rig: VirtualRig) -> Any:
    return rig.lines["potentiostat"].instrument


def hundred_ohm(current_a: float, seconds: float) -> float:
    return 100.0 * current_a


def holding(rig: VirtualRig) -> bool:
    return bool(meter(rig).state()["current_a"])


def test_every_technique_of_a_recipe_is_carried_out_or_told(measuring: Snapshot) -> None:
    rig = measuring.rig()
    assert rig.until(lambda r: not r.agent.busy, 4000), rig.agent.state
    assert rig.agent.chamber.ended == ("complete", "")
    techniques = [m["technique"] for m in rig.station.measurements]
    assert techniques[:3] == ["eis", "ocp", "chronopotentiometry"]
    assert {"cycling", "ccd"} <= set(techniques)
    assert [data for _, name, data in rig.station.events if name == "not_measured"] == [
        {"technique": "thickness", "why": "comes from another instrument"}
    ]
    assert not meter(rig).cell_on


@pytest.mark.parametrize("command", ["abort", "trip"])
@pytest.mark.parametrize("after_ms", [0, 330])
def test_the_cell_is_off_at_once_when_the_run_is_aborted_or_trips(
    measuring: Snapshot, command: str, after_ms: int
) -> None:
    rig = measuring.rig()
    rig.plant.cell_dc = hundred_ohm
    assert rig.until(holding, 600)
    rig.run(after_ms)
    if command == "abort":
        rig.agent.abort(rig.now, "a test")
    else:
        rig.agent.trip(rig.now, "a test")
    assert rig.until(lambda r: not meter(r).cell_on, ABORT_MS / 1000)
    rig.run(3000)
    assert rig.drivers["potentiostat"].is_safe(rig.now)
    assert rig.turn.instruments.sequence.results["cell"] == SAFE
    assert rig.agent.state in ("idle", "fault")
    assert not meter(rig).cell_on  # nothing starts again by itself


def test_an_agent_that_dies_leaves_a_current_for_a_minute_at_most(measuring: Snapshot) -> None:
    rig = measuring.rig()
    rig.plant.cell_dc = hundred_ohm
    assert rig.until(holding, 600)
    rig.run(5000)
    rig.alive = False
    for line in rig.lines.values():
        line.cut = True
    assert holding(rig)
    rig.run(HOLD_MS_MAX)
    assert not meter(rig).cell_on
    rig.run(2000)
    assert not meter(rig).state()["running"]
