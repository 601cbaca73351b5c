"""The safe sequence on a whole bench at byte level: each step seen in a reading, a failed one told within a second."""

from collections.abc import Callable
from typing import Any

import pytest
from adatom.edge.safe_sequence import SAFE, SENT, STEPS
from adatom.protocol.channels import OUT_SHUTTER
from adatom.protocol.envelope import SAFE_STEPS
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.snapshot import Snapshot
from adatom.sim.virtual import VirtualRig

from tests.sim.test_virtual import COLD, QUICK, cold_envelope

TOLD_MS = 1000


@pytest.fixture(scope="module")
def firing() -> Snapshot:
    """A cold bench in the middle of its pulses."""
    rig = VirtualRig(bench={"process": QUICK}, envelope=cold_envelope())
    rig.run(5000)
    assert rig.start(recipe_from_dict(REFERENCE_RECIPE | COLD)) == []
    assert rig.until(lambda r: r.twin.pulses >= 5, 600), rig.agent.state
    return Snapshot(rig)


def named(rig: VirtualRig, name: str) -> list[tuple[int, dict[str, Any]]]:
    return [(when, data) for when, event, data in rig.station.events if event == name]


def test_every_step_of_the_envelope_is_in_the_table() -> None:
    assert sorted(row[0] for row in STEPS) == sorted((*SAFE_STEPS, "laser", "cell"))


def test_an_abort_is_seen_to_be_safe_step_by_step(firing: Snapshot) -> None:
    rig = firing.rig()
    rig.agent.abort(rig.now, "lunch")
    rig.run(TOLD_MS)
    assert named(rig, "not_safe") == []
    results = rig.turn.instruments.sequence.results
    assert {step for step, result in results.items() if result == SENT} <= {"carousel", "beam"}
    assert {step for step, result in results.items() if result == SAFE} >= set(results) - {"carousel", "beam"}
    assert len(results) == len(STEPS)
    assert rig.agent.state == "idle"
    assert rig.energised() == []


BREAKS: list[tuple[str, Callable[[VirtualRig], Any]]] = [
    ("laser", lambda rig: setattr(rig.lines["laser"].instrument, "_set_opmode", lambda value: False)),
    ("heater", lambda rig: setattr(rig.lines["heater"], "cut", True)),
    ("flow", lambda rig: setattr(rig.lines["mfc"], "cut", True)),
    ("valve", lambda rig: setattr(rig.lines["valve"], "cut", True)),
    ("gate", lambda rig: setattr(rig.lines["io"], "cut", True)),
]


@pytest.mark.parametrize(("step", "breaks"), BREAKS, ids=[step for step, _ in BREAKS])
def test_a_step_that_fails_is_told_within_a_second_and_stands_in_the_result(
    firing: Snapshot, step: str, breaks: Callable[[VirtualRig], Any]
) -> None:
    rig = firing.rig()
    breaks(rig)
    began = rig.now
    rig.agent.abort(began, "lunch")
    rig.run(1500)
    told = [(when, data) for when, data in named(rig, "not_safe") if data["step"] == step]
    assert told
    assert told[0][0] - began <= TOLD_MS
    end = named(rig, "run_end")[0][1]
    assert step in [row[0] for row in end["summary"]["not_safe"]]
    assert end["outcome"] == "aborted"
    assert rig.agent.state == "fault"


def test_a_driver_that_raises_does_not_keep_the_others(firing: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = firing.rig()

    def broken(now: int) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(rig.drivers["laser"], "safe", broken)
    rig.agent.abort(rig.now, "lunch")
    rig.run(TOLD_MS)
    told = [data for _, data in named(rig, "not_safe")]
    assert {"step": "laser", "reading": "RuntimeError: a mistake of ours"} in told
    assert not rig.plant.contactor_closed
    assert rig.plant.beam_blocked
    assert rig.plant.heater_power_w == rig.plant.flow_set_sccm == 0


def test_a_second_abort_during_the_clean_up_changes_nothing(firing: Snapshot) -> None:
    rig = firing.rig()
    rig.agent.abort(rig.now, "first")
    rig.run(300)
    rig.agent.abort(rig.now, "second")
    rig.run(700)
    assert named(rig, "not_safe") == []
    assert rig.agent.chamber.ended == ("aborted", "first")
    assert rig.agent.state == "idle"


# --- standing still -----------------------------------------------------------------------------------------------


def test_a_loop_that_stood_still_trips_before_a_byte_moves(firing: Snapshot) -> None:
    rig = firing.rig()
    rig.alive = False
    rig.run(1500)
    rig.turn.wake(rig.now)
    assert rig.agent.state == "safe"
    assert "stood still for 1" in named_reason(rig)
    assert all(not driver.pending_writes and not driver.leases for driver in rig.drivers.values())


def test_a_short_standstill_is_none(firing: Snapshot) -> None:
    rig = firing.rig()
    rig.alive = False
    rig.run(400)
    rig.turn.wake(rig.now)
    assert rig.agent.busy


def test_an_idle_bench_may_stand_still() -> None:
    rig = VirtualRig(envelope=cold_envelope())
    rig.run(3000)
    rig.turn.wake(rig.now + 60000)
    assert rig.agent.state == "idle"


def named_reason(rig: VirtualRig) -> str:
    assert rig.agent.chamber.ending is not None
    return rig.agent.chamber.ending[1]


# --- the board ------------------------------------------------------------------------------------------------------


def test_the_boards_button_stops_a_run(firing: Snapshot) -> None:
    rig = firing.rig()
    assert rig.agent.outputs[OUT_SHUTTER]
    rig.plant.button_pressed = True
    rig.run(100)
    assert not rig.plant.contactor_closed
    assert rig.until(lambda r: r.agent.state == "safe", 1)
    assert "not armed" in named_reason(rig)
    pulses = rig.twin.pulses
    rig.run(2000)
    assert rig.twin.pulses == pulses
    assert not rig.plant.laser_on


def test_a_silent_board_switches_the_laser_off_within_a_second(firing: Snapshot) -> None:
    rig = firing.rig()
    rig.lines["io"].cut = True
    rig.run(1000)
    assert not rig.plant.laser_on
    assert rig.energised() == []
