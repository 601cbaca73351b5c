"""The bench's process is frozen or killed at random moments while it measures; each command to it is repeated."""

import contextlib
import random
import signal
import time
from functools import partial
from pathlib import Path

from adatom.sim.soak.checker import Entry
from adatom.sim.soak.commander import VALID_MS, Commander
from adatom.sim.soak.lab import TUNED, Lab
from adatom.sim.soak.processes import until
from adatom.sim.soak.row import Row, Say, Trial

POINTS_S = 500
BETWEEN_S = (1.0, 6.0)
FROZEN_S = (0.1, 60.0)
KILL_SHARE = 0.5
BACK_S = 60.0
NAME = "load-1"


def run(seed: int, seconds: float, folder: Path, say: Say) -> Trial:
    """Stop and kill a bench for so long; then let it deliver what it has."""
    rng = random.Random(f"bench {seed}")
    trial = Trial(seed)
    with Lab(folder, TUNED) as lab:
        lab.start_broker()
        lab.start_cloud()
        lab.start_bench(NAME, points_s=POINTS_S, seed=seed)
        until(lambda: receipts(lab), "the first receipt", (lab.log("cloud"), lab.log(NAME)))
        with Commander(NAME, lab.port, lab.keys, seed) as commander:
            until(lambda: obeyed_by(lab), "a command to be obeyed", (lab.log(NAME),))
            end_s, kills, frozen_s = time.monotonic() + seconds, 0, 0.0
            while (left_s := end_s - time.monotonic()) > 0:
                time.sleep(min(left_s, rng.uniform(*BETWEEN_S)))
                before = receipts(lab)
                if rng.random() < KILL_SHARE:
                    lab.kill(NAME)
                    lab.start_bench(NAME, points_s=POINTS_S, seed=seed + trial.n)
                    kills += 1
                else:
                    frozen_s += _frozen(lab, rng.uniform(0, 1), max(1.0, end_s - time.monotonic()))
                trial.n += 1
                since_s = time.monotonic()
                until(partial(_more, lab, before), "a receipt again", (lab.log("cloud"), lab.log(NAME)), BACK_S)
                trial.measured.append(time.monotonic() - since_s)
                say(f"bench stopped {trial.n - kills} and killed {kills} times")
            given = list(commander.given)
        lab.drain()
        history = [*given, *lab.history()]
        obeyed = obeyed_by(lab)
        trial.figures = lab.last(NAME) | {
            "kills": kills, "stops": trial.n - kills, "stopped_s": round(frozen_s, 1), "commands": len(given),
            "command_messages": commander.sent, "obeyed": len(obeyed), "late": _late(obeyed),
        }  # fmt: skip
        if _late(obeyed) > VALID_MS / 1000:
            trial.problems.append(f"a command was obeyed {_late(obeyed):.1f} s after its nonce")
        return trial.judge(history)


def receipts(lab: Lab) -> int:
    """Receipts that the bench got so far, over all its boots."""
    return sum(entry["what"] == "receipted" for entry in lab.told(NAME))


def obeyed_by(lab: Lab) -> list[Entry]:
    """The commands that the bench carried out so far."""
    return [entry for entry in lab.told(NAME) if entry["what"] == "executed"]


def _more(lab: Lab, before: int) -> bool:
    return receipts(lab) > before


def _frozen(lab: Lab, share: float, most_s: float) -> float:
    """Freeze the bench, mostly for short: uniform in the logarithm. How long."""
    low_s, high_s = FROZEN_S[0], min(FROZEN_S[1], most_s)
    freeze_s = float(low_s * (high_s / low_s) ** share)
    child = lab.running[NAME]
    child.send_signal(signal.SIGSTOP)
    with contextlib.ExitStack() as stack:
        stack.callback(child.send_signal, signal.SIGCONT)
        time.sleep(freeze_s)
    return freeze_s


def _late(obeyed: list[Entry]) -> float:
    """How old the oldest command was when it was obeyed, by the bench's own clock / s."""
    return max((float(entry["age_s"]) for entry in obeyed), default=0.0)


ROWS = [Row("bench stopped or killed", "lost 0, duplicate 0, no command executed twice",
            "first receipt afterwards / s", None, run)]  # fmt: skip
