"""The ingest dies by SIGKILL between commit and receipt, again and again; each time the database is opened and read."""

import random
import signal
from functools import partial
from pathlib import Path

from adatom.cloud.ingest.crash_hooks import DIE, FLAG
from adatom.protocol.errors import FailedError
from adatom.sim.soak.lab import TUNED, Lab
from adatom.sim.soak.processes import PATIENCE_S, until
from adatom.sim.soak.row import Row, Say, Trial

POINTS_S = 500
KILL_EVERY_S = 3.0  # a start of Python and a few commits: 200 kills are ten minutes
COMMITS_MAX = 6
REOPEN_S = 2.0


def run(seed: int, seconds: float, folder: Path, say: Say, kills: int | None = None) -> Trial:
    """Let the ingest kill itself after a random number of commits, so many times; then let all be delivered."""
    rng = random.Random(f"ingest {seed}")
    kills = max(1, round(seconds / KILL_EVERY_S)) if kills is None else kills
    trial = Trial(seed)
    with Lab(folder, TUNED) as lab:
        lab.start_broker()
        lab.start_bench("load-1", points_s=POINTS_S, seed=seed)
        while trial.n < kills:
            lab.start_cloud(env={FLAG: "1", DIE: str(rng.randint(1, COMMITS_MAX))})
            until(partial(dead, lab), "the ingest to die", (lab.log("cloud"), lab.log("load-1")), PATIENCE_S)
            promised = max((e["upto"] for e in lab.told("load-1") if e["what"] == "receipted"), default=0)
            trial.measured.append(lab.look())
            trial.n += 1
            stored = lab.looks[-1]["upto"] if lab.looks else 0  # nothing, when it died before it had a record
            if promised > stored:
                trial.problems.append(f"kill {trial.n}: receipted up to {promised}, stored {stored}")
            say(f"ingest killed {trial.n} of {kills} times, reopened in {trial.measured[-1]:.2f} s")
        lab.start_cloud()
        lab.drain()
        trial.figures = lab.last("load-1")
        return trial.judge(lab.history())


def dead(lab: Lab) -> bool:
    """Whether the ingest has died, and by nothing but the signal that it was to die by."""
    code = lab.running["cloud"].poll()
    if code not in (None, -signal.SIGKILL):
        raise FailedError(f"the ingest ended with {code}: {lab.log('cloud').read_text()[-1000:]}")
    return code is not None


ROWS = [Row("ingest killed", "lost 0, duplicate 0, reopened within 2 s", "reopening the database / s", REOPEN_S, run)]
