"""A whole bench at byte level in virtual time: a run end to end, copies that agree, an agent that dies."""

import json
from typing import Any

import pytest
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.shipped import ENVELOPE
from adatom.sim.snapshot import Snapshot
from adatom.sim.virtual import VirtualRig

QUICK = {"base_pa": 1.0, "ramp_c_min": 100.0, "soak_s": 0.0, "flow_sccm": 80.0, "eis_low_hz": 100.0, "eis_points": 20}
COLD = {"substrate_c": 40.0, "pulses": 60, "air_exposure_min": 1.0}
SAFE_MS = 1000


def cold_envelope() -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(ENVELOPE.read_text())
    envelope["recipe"] |= {"substrate_c": [30, 720], "pulses": [20, 8000]}
    return envelope


@pytest.fixture(scope="module")
def firing() -> Snapshot:
    """A cold bench in the middle of its pulses."""
    rig = VirtualRig(bench={"process": QUICK}, envelope=cold_envelope())
    rig.run(5000)
    assert rig.start(recipe_from_dict(REFERENCE_RECIPE | COLD)) == []
    assert rig.until(lambda r: r.twin.pulses >= 5, 600), rig.agent.state
    return Snapshot(rig)


def test_a_recipe_runs_to_its_measured_spectrum(firing: Snapshot) -> None:
    rig = firing.rig()
    assert rig.until(lambda r: not r.agent.busy, 1200), rig.agent.state
    assert rig.agent.chamber.ended == ("complete", "")
    assert rig.twin.pulses == 60
    assert [m["technique"] for m in rig.station.measurements] == ["eis"]
    assert len(rig.station.measurements[0]["columns"]["freq_hz"]) == 20
    assert rig.energised() == []


def test_a_copy_goes_the_same_way_and_leaves_the_other_alone(firing: Snapshot) -> None:
    one, two = firing.rig(), firing.rig()
    one.run(3000)
    before = two.plant.as_dict()
    assert before != one.plant.as_dict()
    two.run(3000)
    assert two.plant.as_dict() == one.plant.as_dict()
    assert two.agent.outputs == one.agent.outputs


def test_an_agent_that_dies_leaves_nothing_energised_for_a_second(firing: Snapshot) -> None:
    rig = firing.rig()
    assert "contactor" in rig.energised()
    rig.alive = False
    for line in rig.lines.values():
        line.cut = True
    rig.run(SAFE_MS + 200)  # the laser's own watchdog counts from the last byte that it heard
    pulses = rig.twin.pulses
    assert rig.energised() == []
    rig.run(1000)
    assert rig.twin.pulses == pulses


def test_readings_and_outputs_go_through_the_bytes(firing: Snapshot) -> None:
    rig = firing.rig()
    assert abs((rig.turn.instruments.point[0] or 0) - 100 * rig.plant.heater_c) < 50
    rig.lines["heater"].cut = True
    assert rig.until(lambda r: r.agent.state == "safe", 10)
    assert any(name == "trip" and data["interlock"] == "heater_stale" for _, name, data in rig.station.events)
