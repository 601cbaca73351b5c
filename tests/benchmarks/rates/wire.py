"""Benches, mosquitto, `adatom cloud run` and its database: live rates, and as much as goes through."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from adatom.protocol.channels import COUNT
from adatom.protocol.errors import FailedError
from adatom.sim.soak.lab import TUNED, Lab
from adatom.sim.soak.load import Load
from adatom.sim.soak.processes import start
from adatom.sim.soak.row import Trial

from tests.benchmarks.rates import alone
from tests.benchmarks.rates.limits import carried, inserted, stored
from tests.benchmarks.rates.swarm import Swarm

BENCHES, HZ, CHANNELS = 50, 100, 8
FULL_BENCHES, RECORD_POINTS = 8, 60
LIMIT_ROWS = 300_000
PATIENCE_S = 180.0  # beyond what is measured


def both(folder: Path, seconds: float, benches: int = BENCHES, full_benches: int = FULL_BENCHES) -> dict[str, Any]:
    """{"live", "full"}: benches at 100 Hz, and a few that give whatever is taken, beside each part alone."""
    return {"live": load(folder / "live", seconds, benches, CHANNELS, HZ),
            "full": load(folder / "full", seconds, full_benches, CHANNELS, 0),
            "full_all_channels": load(folder / "all", seconds, full_benches, COUNT, 0)}  # fmt: skip


def load(folder: Path, seconds: float, benches: int, channels: int, hz: int) -> dict[str, Any]:
    """The figures of a swarm of benches (hz 0: as much as goes), what came of it, and the limits for its rows."""
    with Lab(folder, TUNED) as lab:
        lab.start_broker()
        lab.start_cloud()
        for number in range(benches):
            name = f"load-{number + 1}"
            lab.loads[name] = Load(
                name, f"mqtt://127.0.0.1:{lab.port}", str(lab.keys), str(folder / f"{name}.journal"),
                str(folder / f"{name}.history"), points_s=hz or 100 * RECORD_POINTS, seed=number,
            )  # fmt: skip
        swarm = Swarm(list(lab.loads.values()), seconds, channels, full=not hz)
        words = [sys.executable, "-m", "tests.benchmarks.rates.swarm", str(swarm.write(folder / "swarm.json"))]
        child = lab.running["swarm"] = start(words, lab.log("swarm"))
        try:
            code = child.wait(seconds + PATIENCE_S)
        except subprocess.TimeoutExpired:
            code = -1
        found = lab.last("swarm")
        if code or "points_s" not in found:
            raise FailedError(f"the benches ended with {code}:\n{lab.log('swarm').read_text()[-2000:]}")
        lab.end("cloud")
        trial = Trial(1).judge(lab.history())
        if not found["drained"]:
            trial.problems.append("not everything was delivered")
        found |= {"stored": trial.points, "lost": trial.lost, "doubled": trial.duplicates, "problems": trial.problems}
        return found | limits(lab, folder, found["points_s"])


def limits(lab: Lab, folder: Path, points_s: float) -> dict[str, Any]:
    """What database, broker and ingest do alone with what the run left, and its rate as shares of that."""
    rows, batch, points_a_record, sizes = stored(lab.database, LIMIT_ROWS)
    keyed = inserted(folder / "keyed.duckdb", rows, batch, keyed=True)
    bare = inserted(folder / "bare.duckdb", rows, batch, keyed=False)
    broker = points_a_record * carried(lab.port, sizes)
    return {
        "points_a_commit": batch, "points_a_record": round(points_a_record, 1), "limit_rows": len(rows["seq"]),
        "limit_messages": len(sizes), "keyed_rows_s": round(keyed), "bare_rows_s": round(bare),
        "broker_points_s": round(broker), "of_keyed": round(points_s / keyed, 3), "of_bare": round(points_s / bare, 3),
        "of_broker": round(points_s / broker, 3),
        "ingest_alone": alone.measure(lab.database, lab.keys, folder, LIMIT_ROWS),
    }  # fmt: skip
