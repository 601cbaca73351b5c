"""Agent and guardian killed, stopped and frozen at hundreds of random moments; what stayed on, and for how long.

ADATOM_SOAK_N moments (300), ADATOM_SOAK_SEED, ADATOM_SOAK_LABS benches at once (4), ADATOM_SOAK_OUT a JSON file for the
figures. About 20 s a moment and bench, mostly waiting.
"""

import json
import os
import platform
from pathlib import Path
from typing import Any

from tests.system.silence import soak, summary

N = int(os.environ.get("ADATOM_SOAK_N", "300"))
SEED = int(os.environ.get("ADATOM_SOAK_SEED", "1"))
LABS = int(os.environ.get("ADATOM_SOAK_LABS", "4"))
OUT = os.environ.get("ADATOM_SOAK_OUT", "")


def test_everything_is_off_within_a_second_whenever_it_happens(tmp_path: Path) -> None:
    unreached = []

    def told(row: dict[str, Any]) -> None:
        if "not_reached" in row:
            unreached.append(row)
        print(json.dumps(row), flush=True)

    rows = soak(tmp_path, N, SEED, LABS, told)
    seeds = list(range(SEED, SEED + LABS))
    report = {"simulated": True, "n": len(rows), "seeds": seeds, "benches_at_once": LABS, "cores": os.cpu_count(),
              "python": platform.python_version(), "phases_not_reached": len(unreached), "table": summary(rows),
              "failures": [row for row in rows if not row["ok"]]}  # fmt: skip
    print(json.dumps(report))
    if OUT:
        Path(OUT).write_text(json.dumps(report, indent=1) + "\n")
    assert report["failures"] == []
