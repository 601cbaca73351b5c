"""Every instrument with every fault, ADATOM_SOAK_SEEDS (20) times: no cell NOT SAFE; the figures met but two."""

import os

from adatom.sim.drills import figures
from adatom.sim.matrix import matrix

SEEDS = int(os.environ.get("ADATOM_SOAK_SEEDS", "20"))


def test_no_cell_is_not_safe() -> None:
    rows = [cell.row() for cell in matrix(SEEDS)]
    assert [(row["instrument"], row["kind"], row["not_within"]) for row in rows if row["outcome"] == "NOT SAFE"] == []
    assert all(row["n"] == SEEDS for row in rows if row["outcome"] != "unsupported")


# measured misses, in docs/explanation/safety.md: the poll of the energy monitor takes two to three pulses to come
# round; a pump's trip shows as a valve that opens too far, while pulses have stopped at 10 % off the pressure
MISSED = {"laser three times too strong", "pump trips: trip"}


def test_every_other_figure_is_met() -> None:
    assert {row["figure"] for row in figures(SEEDS) if not row["met"]} <= MISSED
