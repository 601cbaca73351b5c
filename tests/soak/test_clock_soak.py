"""Rig, agent and guardian whose wall clocks step by up to an hour: no lease runs out, and each that should still does.

ADATOM_SOAK_CLOCK: rounds of eight steps (10) for each kind of guardian, ADATOM_SOAK_SEED (1).
"""

import contextlib
import os
import random
import time
from pathlib import Path

import pytest
from adatom.sim.soak import wall_clock

from tests.system.silence import Lab, moment, mute_broker, prompt

ROUNDS = int(os.environ.get("ADATOM_SOAK_CLOCK", "10"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))
STEPS, STEP_S, BETWEEN_S = 8, 3600.0, 0.5


@pytest.mark.parametrize("external", [False, True], ids=["board", "guardian"])
def test_steps_of_the_wall_clock_touch_no_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, external: bool
) -> None:
    rng, offset = random.Random(f"clock {SEED}"), tmp_path / "offset"
    wall_clock.set_offset(offset, 0.0)
    for name, value in wall_clock.environment(offset).items():
        monkeypatch.setenv(name, value)
    worst_s = 0.0
    with mute_broker() as port, prompt(), contextlib.closing(Lab(tmp_path / "lab", external, port)) as lab:
        lab.start()
        for _ in range(ROUNDS):
            lab.energise("heat")
            since_s = time.monotonic()
            for _ in range(STEPS):
                wall_clock.set_offset(offset, rng.uniform(-STEP_S, STEP_S), rng.uniform(-0.01, 0.01))
                time.sleep(BETWEEN_S)  # for a lease that hangs on this clock to run out
            seen = lab.outputs()
            assert [change for change in seen["changes"] if change[0] > since_s and change[1] == "contactor"] == []
            assert "contactor" in seen["on"]
            row = moment(lab, "guardian_stop" if external else "agent_stop", "heat", rng, 2.0)
            assert row["ok"], row
            worst_s = max(worst_s, row["safe_s"] or 0.0)
    print(f"{ROUNDS * STEPS} steps, seed {SEED}, at most {worst_s} s until safe after a standstill")
