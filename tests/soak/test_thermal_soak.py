"""Simulated hours of ramps and soaks: no false trip, no missed fault.

Environment: ADATOM_SOAK_HOURS (1000), ADATOM_SOAK_SEED (1).
"""

import os

import pytest
from adatom.sim.thermal import PROMISED_S, soak

HOURS = float(os.environ.get("ADATOM_SOAK_HOURS", "1000"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))
PARTS = 2  # one for each worker


@pytest.mark.parametrize("part", range(PARTS))
def test_no_false_trip_and_no_missed_fault(part: int) -> None:
    told = soak(HOURS / PARTS, SEED * PARTS + part)
    print(told)
    assert told.false_trips == []
    assert told.missed == []
    assert told.worst_s <= max(PROMISED_S.values())
