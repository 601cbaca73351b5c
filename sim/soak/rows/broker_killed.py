"""The broker dies by SIGKILL, again and again, while a bench measures at 2 000 points/s."""

import random
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

from adatom.sim.soak.lab import DEFAULT, HARDENED, TUNED, Lab
from adatom.sim.soak.processes import until
from adatom.sim.soak.row import Row, Say, Trial

POINTS_S = 2000
BETWEEN_S = (5.0, 30.0)
SHORT = 60.0  # a trial shorter than this kills more often, so that it kills at all
DOWN_S = (0.2, 3.0)


def run(configuration: str, seed: int, seconds: float, folder: Path, say: Say, points_s: int = POINTS_S) -> Trial:
    """Kill and restart the broker at random moments for so long, then let the bench deliver the rest."""
    rng = random.Random(f"broker {seed}")
    scale = min(1.0, seconds / SHORT)
    trial = Trial(seed)
    with Lab(folder, configuration) as lab:
        lab.start_broker()
        lab.start_cloud()
        lab.start_bench("load-1", points_s=points_s, seed=seed)
        until(lambda: receipts(lab), "the first receipt", (lab.log("cloud"), lab.log("load-1")))
        end_s = time.monotonic() + seconds
        while (wait_s := scale * rng.uniform(*BETWEEN_S)) < end_s - time.monotonic():
            time.sleep(wait_s)
            lab.kill("broker")
            trial.n += 1
            time.sleep(scale * rng.uniform(*DOWN_S))
            lab.start_broker()
            say(f"broker killed {trial.n} times, bench: {lab.last('load-1')}")
        lab.drain()
        trial.measured = away_s(lab.told("load-1"))
        trial.figures = lab.last("load-1")
        return trial.judge(lab.history())


def receipts(lab: Lab, name: str = "load-1") -> int:
    """Receipts that a bench got so far."""
    return sum(entry["what"] == "receipted" for entry in lab.told(name))


def away_s(told: list[dict[str, object]]) -> list[float]:
    """How long each time the bench was without its link, by its own word."""
    changes = [entry for entry in told if entry["what"] == "link"]
    return [float(str(b["t_s"])) - float(str(a["t_s"])) for a, b in pairwise(changes) if b["up"] and not a["up"]]


ROWS = [
    Row(f"broker killed, {configuration}", "lost 0, duplicate 0, order kept", "bench without link / s", None,
        partial(run, configuration))
    for configuration in (DEFAULT, TUNED, HARDENED)
]  # fmt: skip
