"""A pause on a whole bench at byte level: no pulse, heater and gas held under their leases, and on from there."""

import pytest
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.snapshot import Snapshot
from adatom.sim.virtual import VirtualRig

from tests.sim.test_virtual import COLD, QUICK, cold_envelope

LONG_MS = 60 * 1000


@pytest.fixture(scope="module")
def paused() -> Snapshot:
    """A bench that was paused in the middle of its pulses, a second ago."""
    rig = VirtualRig(bench={"process": QUICK}, envelope=cold_envelope())
    rig.run(5000)
    assert rig.start(recipe_from_dict(REFERENCE_RECIPE | COLD)) == []
    assert rig.until(lambda r: r.twin.pulses >= 5, 600), rig.agent.state
    assert rig.agent.pause(rig.now) == []
    rig.run(1000)
    return Snapshot(rig)


def test_a_long_pause_holds_heater_and_gas_and_fires_nothing(paused: Snapshot) -> None:
    rig = paused.rig()
    pulses, heater_c, pressure_pa = rig.twin.pulses, rig.plant.heater_c, rig.plant.pressure_pa
    rig.run(LONG_MS)
    assert rig.agent.state == "paused"
    assert rig.twin.pulses == pulses
    assert not rig.plant.gate_open
    assert rig.plant.contactor_closed
    assert abs(rig.plant.heater_c - heater_c) < 3
    assert abs(rig.plant.pressure_pa - pressure_pa) < 0.1 * pressure_pa


def test_a_paused_run_goes_on_to_its_end(paused: Snapshot) -> None:
    rig = paused.rig()
    rig.run(LONG_MS // 4)
    assert rig.agent.resume(rig.now) == []
    assert rig.until(lambda r: not r.agent.busy, 1200), rig.agent.state
    assert rig.agent.chamber.ended == ("complete", "")
    assert rig.twin.pulses == 60


def test_an_agent_that_dies_in_a_pause_leaves_nothing_energised(paused: Snapshot) -> None:
    rig = paused.rig()
    rig.alive = False
    for line in rig.lines.values():
        line.cut = True
    rig.run(1000)
    assert rig.energised() == []


def test_an_abort_ends_a_pause(paused: Snapshot) -> None:
    rig = paused.rig()
    rig.agent.abort(rig.now, "enough")
    rig.run(1000)
    assert rig.energised() == []
    assert rig.agent.chamber.ended == ("aborted", "enough")
