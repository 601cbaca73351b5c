"""Both ways to run a loop from cold to a film at 600 °C, byte by byte. ADATOM_SOAK_OUT: a folder for the figures."""

import json
import os
from pathlib import Path
from statistics import fmean, pstdev

import pytest

from tests.sim.loop_runs import STATED_K, run

OUT = os.environ.get("ADATOM_SOAK_OUT", "")
GOAL_C, FILM_MS = 600.0, 180000


@pytest.mark.parametrize("case", sorted(STATED_K))
def test_from_cold_to_600_c(case: str) -> None:
    rig, course = run(case, GOAL_C, None, FILM_MS)
    assert course.states == ["pump_down", "heat", "deposit"], rig.station.events[-4:]
    late = course.hold_k[len(course.hold_k) // 2 :]
    figures = {
        "case": case,
        "overshoot_k": round(max(course.rises_k), 2),
        "hold_mean_k": round(fmean(late), 3),
        "hold_sd_k": round(pstdev(late), 3),
        "gas_worst_pct": round(100 * max(abs(value) for value in course.hold_gas), 2),
    }
    print(json.dumps(figures))
    if OUT:
        Path(OUT).mkdir(parents=True, exist_ok=True)
        (Path(OUT) / f"loops-{case.replace(' ', '-')}.json").write_text(json.dumps(figures) + "\n")
    assert figures["overshoot_k"] < STATED_K[case]
    assert abs(fmean(late)) < 1.0
    assert max(abs(value) for value in course.hold_gas) < 0.03
