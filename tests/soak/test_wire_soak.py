"""Every row of `adatom soak` at length: ADATOM_SOAK_MINUTES (10) a trial, ADATOM_SOAK_SEEDS (1), ADATOM_SOAK_SEED (1).

ADATOM_SOAK_OUT: a folder for the figures as JSON.
"""

import json
import os
from pathlib import Path

import pytest
from adatom.sim.soak.row import Row, attempt, rows, summary

MINUTES = float(os.environ.get("ADATOM_SOAK_MINUTES", "10"))
SEEDS = int(os.environ.get("ADATOM_SOAK_SEEDS", "1"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))
OUT = os.environ.get("ADATOM_SOAK_OUT", "")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_row(row: Row, tmp_path: Path) -> None:
    trials = [attempt(row, seed, 60.0 * MINUTES, tmp_path / str(seed), print) for seed in range(SEED, SEED + SEEDS)]
    figures = summary(row, trials)
    if OUT:
        Path(OUT).mkdir(parents=True, exist_ok=True)
        name = "".join(letter if letter.isalnum() else "-" for letter in row.name)
        (Path(OUT) / f"wire-{name}.json").write_text(json.dumps(figures, indent=1) + "\n")
    assert figures["met"], figures
