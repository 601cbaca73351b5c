"""Simulated hours of ramps and soaks, and every thermal fault on many benches: no false trip, no missed fault.

Environment: ADATOM_SOAK_HOURS (1000), ADATOM_SOAK_SEEDS (100, a cell), ADATOM_SOAK_SEED (1), ADATOM_SOAK_OUT (a folder:
the figures are written there as JSON).
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from adatom.sim.thermal import PROMISED_S, rows
from adatom.sim.thermal_bench import PLANTS
from adatom.sim.thermal_soak import soak

HOURS = float(os.environ.get("ADATOM_SOAK_HOURS", "1000"))
SEEDS = int(os.environ.get("ADATOM_SOAK_SEEDS", "100"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))
OUT = os.environ.get("ADATOM_SOAK_OUT", "")
LATE_SHARE, LATE_FACTOR = 0.01, 1.2
PARTS = 10  # for the workers to share


def keep(name: str, figures: Any) -> None:
    if OUT:
        Path(OUT).mkdir(parents=True, exist_ok=True)
        (Path(OUT) / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n")


@pytest.mark.parametrize("part", range(PARTS))
def test_no_false_trip_and_no_missed_fault(part: int) -> None:
    told = soak(HOURS / PARTS, SEED * PARTS + part)
    keep(f"soak-{part}", asdict(told))
    assert told.false_trips == []
    assert told.missed == []
    assert told.worst_s <= max(PROMISED_S.values()) * LATE_FACTOR


@pytest.mark.parametrize("plant", PLANTS)
def test_every_promised_fault_is_found_in_time(plant: str) -> None:
    matrix = rows(SEEDS, (plant,))
    keep(f"matrix-{list(PLANTS).index(plant)}", matrix)
    for row in matrix:
        if row["promised_s"] is not None:
            assert row["missed"] == 0, row
            # measured: 1 of 300 open elements took 15.7 s (a soak at 200 °C right after its ramp), none of the others
            assert row["late"] <= row["n"] * LATE_SHARE, row
            assert row["worst_s"] is None or row["worst_s"] <= row["promised_s"] * LATE_FACTOR, row
            assert row["above_plan_k"] <= 10.0 + 1.0, row  # trips at +10 C in two ticks; the tick and its noise on top
