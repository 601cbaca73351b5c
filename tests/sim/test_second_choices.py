"""A whole bench with the second choices (Lake Shore, MKS 937B, Bronkhorst, EmStat4), byte by byte in virtual time."""

import json
import pickle
from typing import Any

import pytest
from adatom.edge.instruments import DRIVERS
from adatom.protocol import channels as ch
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.instruments.plant import Plant
from adatom.sim.lines import make_instrument
from adatom.sim.shipped import ENVELOPE
from adatom.sim.snapshot import Snapshot
from adatom.sim.virtual import VirtualRig

SECOND = ("heater=lakeshore336", "gauge=mks937b", "mfc=bronkhorst", "potentiostat=emstat4")
QUICK = {"base_pa": 1.0, "ramp_c_min": 60.0, "soak_s": 20.0, "flow_sccm": 80.0, "eis_low_hz": 100.0, "eis_points": 12}
WARM = {"substrate_c": 40.0, "pulses": 30, "air_exposure_min": 1.0}


def warm_envelope() -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(ENVELOPE.read_text())
    envelope["recipe"] |= {"substrate_c": [30, 720], "pulses": [20, 8000]}
    return envelope


@pytest.fixture(scope="module")
def started() -> Snapshot:
    """A bench that was pumped down from air and heats."""
    rig = VirtualRig(instruments=SECOND, bench={"process": QUICK}, envelope=warm_envelope())
    rig.run(6000)
    point = rig.turn.instruments.read(rig.now)
    assert None not in [point[channel] for channel in (ch.HEATER_C, ch.PRESSURE_PA, ch.VACUUM_LGPA, ch.FLOW_SCCM)]
    assert rig.start(recipe_from_dict(REFERENCE_RECIPE | WARM)) == []
    assert rig.until(lambda r: r.agent.state == "heat", 1800), rig.agent.state
    return Snapshot(rig)


def test_a_recipe_runs_from_air_to_its_measured_spectrum(started: Snapshot) -> None:
    rig = started.rig()
    assert rig.until(lambda r: r.twin.pulses > 0, 1800), rig.agent.state
    assert rig.plant.heater_c == pytest.approx(40.0, abs=3.0)
    readings = rig.turn.instruments.point
    assert readings[ch.HEATER_C] == pytest.approx(100 * rig.plant.heater_c, abs=50)
    assert readings[ch.PRESSURE_PA] == pytest.approx(1000 * rig.plant.pressure_pa, rel=0.03)
    assert readings[ch.FLOW_SCCM] == pytest.approx(100 * rig.plant.flow_sccm, abs=50)
    assert rig.until(lambda r: not r.agent.busy, 7200), rig.agent.state
    assert rig.agent.chamber.ended == ("complete", "")
    assert rig.twin.pulses == 30
    assert [m["technique"] for m in rig.station.measurements] == ["eis"]
    assert rig.energised() == []


@pytest.mark.parametrize(("role", "interlock"), [("heater", "heater_stale"), ("gauge", "pressure_stale")])
def test_a_lost_line_trips_and_leaves_nothing_energised(started: Snapshot, role: str, interlock: str) -> None:
    rig = started.rig()
    assert rig.until(lambda r: "heater" in r.energised(), 60)
    rig.lines[role].cut = True
    assert rig.until(lambda r: r.energised() == [], 10)
    assert [data["interlock"] for _, name, data in rig.station.events if name == "trip"] == [interlock]


def test_a_power_that_the_heater_has_not_is_a_trip_and_no_crash(started: Snapshot) -> None:
    rig = started.rig()
    rig.drivers["heater"].full_power_w = rig.plant.heater_full_w = 1.0  # a bench file that disagrees with its envelope
    assert rig.until(lambda r: r.agent.state in ("safe", "fault"), 120), rig.agent.state
    assert rig.until(lambda r: r.energised() == [], 2)
    trips = [data for _, name, data in rig.station.events if name == "trip"]
    assert "0 to 1.0 W" in trips[0].get("why", ""), trips


@pytest.mark.parametrize("name", DRIVERS)
def test_every_twin_can_be_copied_in_the_middle(name: str) -> None:
    assert pickle.loads(pickle.dumps(make_instrument(name, Plant()))).state()
