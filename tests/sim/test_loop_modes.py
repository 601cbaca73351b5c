"""Both ways to run a loop, byte by byte: the agent closes it, or the controllers do. Overshoot, hold, settling, end.

The long version, from cold to 600 °C and with a Lake Shore too: tests/soak/test_loop_modes.py.
"""

import pytest

from tests.sim.loop_runs import STATED_K, run

GOAL_C = 450.0
START_C = 470.0  # a block still warm from the run before: when the gas has settled there are some 40 K to ramp
FILM_MS = 20000  # of it are enough to see a film grow in its bands


@pytest.mark.parametrize("case", ["direct eurotherm", "supervised eurotherm"])
def test_a_film_is_made_within_the_stated_overshoot(case: str) -> None:
    rig, course = run(case, GOAL_C, START_C, FILM_MS)
    assert course.states == ["pump_down", "heat", "deposit"], rig.station.events[-4:]
    assert rig.twin.pulses > 20
    assert min(course.rises_k) < -15.0
    assert max(course.rises_k) < STATED_K[case]
    assert max(abs(value) for value in course.hold_k) < 3.0
    assert max(abs(value) for value in course.hold_gas) < 0.03
    power, valve, target = zip(*course.points, strict=True)
    assert set(target) == {45000}
    assert all(value is not None and 3500 < value < 8000 for value in power)  # what really flows, in either way
    assert all(value is not None and 2500 < value < 4000 for value in valve)
    rig.agent.abort(rig.now, "enough")
    rig.run(1000)
    assert "heater" not in rig.energised()
    assert rig.lines["heater"].instrument.state()["energised"] is False
