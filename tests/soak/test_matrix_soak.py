"""Every instrument with every fault, ADATOM_SOAK_SEEDS (20) times: no cell NOT SAFE, every figure met."""

import os

from adatom.sim.drills import figures
from adatom.sim.matrix import matrix

SEEDS = int(os.environ.get("ADATOM_SOAK_SEEDS", "20"))


def test_no_cell_is_not_safe() -> None:
    rows = [cell.row() for cell in matrix(SEEDS)]
    assert [(row["instrument"], row["kind"], row["not_within"]) for row in rows if row["outcome"] == "NOT SAFE"] == []
    assert all(row["n"] == SEEDS for row in rows if row["outcome"] != "unsupported")


def test_every_figure_is_met() -> None:
    assert [row["figure"] for row in figures(SEEDS) if not row["met"]] == []
