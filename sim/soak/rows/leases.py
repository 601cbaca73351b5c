"""A bench at byte level whose agent dies, hangs, aborts or loses its board while outputs are on; thousands of times."""

import random
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from adatom.protocol.errors import FailedError
from adatom.protocol.recipe import recipe_from_dict
from adatom.sim.direct import REFERENCE_RECIPE
from adatom.sim.moments import ONE_TARGET
from adatom.sim.shipped import demo_envelope
from adatom.sim.snapshot import Snapshot
from adatom.sim.soak.checker import Entry, check
from adatom.sim.soak.leases import OutputWatch, let_pass, watched
from adatom.sim.soak.row import SHOWN, Row, Say, Trial
from adatom.sim.virtual import VirtualRig

MOMENTS_S = 5.0  # moments a second that is asked for
SAFE_S = 1.0  # the promise: everything on the board is off by then
ANYWHERE_MS = 12_000  # of a state, until it happens
BEFORE_MS, AFTER_MS = 400, 2000
LONG_MS, SHORT_MS = 3000, 50  # of a standstill
QUICK = {"base_pa": 1.0, "ramp_c_min": 100.0, "soak_s": 2.0, "flow_sccm": 80.0}
COLD = ONE_TARGET | {"substrate_c": 40.0, "pulses": 8000, "air_exposure_min": 1.0}  # trains longer than any lease
PATIENCE_S = 600.0

Fault = Callable[[VirtualRig, OutputWatch, random.Random], None]


def agent_killed(rig: VirtualRig, watch: OutputWatch, rng: random.Random) -> None:
    """No byte comes from it any more."""
    _cut(rig, True)
    rig.alive = False


def agent_frozen(rig: VirtualRig, watch: OutputWatch, rng: random.Random) -> None:
    """Its whole process, and it goes on afterwards."""
    agent_killed(rig, watch, rng)
    let_pass(rig, watch, rng.randint(SHORT_MS, LONG_MS))
    _cut(rig, False)
    rig.alive = True


def loop_hangs(rig: VirtualRig, watch: OutputWatch, rng: random.Random) -> None:
    """No tick, while its drivers still move their bytes."""
    rig.alive = False
    let_pass(rig, watch, rng.randint(SHORT_MS, LONG_MS))
    rig.alive = True


def board_unplugged(rig: VirtualRig, watch: OutputWatch, rng: random.Random) -> None:
    """Its line alone."""
    rig.lines["io"].cut = True
    let_pass(rig, watch, rng.randint(SHORT_MS, LONG_MS))
    rig.lines["io"].cut = False


def line_garbled(rig: VirtualRig, watch: OutputWatch, rng: random.Random) -> None:
    """Its line slow, late, with losses or noise."""
    rig.inject("io", rng.choice(("slow", "delayed", "intermittent", "partial_frame")), rng.randrange(1000))


def aborted(rig: VirtualRig, watch: OutputWatch, rng: random.Random) -> None:
    """By a person."""
    rig.abort("a drill")


FAULTS: dict[str, Fault] = {
    "agent killed": agent_killed, "agent frozen": agent_frozen, "loop hangs": loop_hangs,
    "board unplugged": board_unplugged, "line garbled": line_garbled, "aborted": aborted,
}  # fmt: skip


def run(seed: int, seconds: float, folder: Path, say: Say, moments: int | None = None) -> Trial:
    """So many moments; nothing on the board may be on that was not asked for within its lease."""
    wanted = max(1, round(MOMENTS_S * seconds)) if moments is None else moments
    trial = Trial(seed)
    hot = energised()
    for number in range(wanted):
        name = list(FAULTS)[number % len(FAULTS)]
        rng = random.Random(f"leases {seed} {number}")
        rig = rng.choice(hot).rig()
        history: list[Entry] = []
        dark_s = _moment(rig, FAULTS[name], rng, f"moment-{number}", history)
        trial.n += 1
        trial.figures[name] = trial.figures.get(name, 0) + 1
        trial.figures["on"] = trial.figures.get("on", 0) + any(e["what"] == "output" and e["on"] for e in history)
        if name in ("agent killed", "aborted"):  # every other one may go on
            trial.measured.append(dark_s)
        found = check(history)
        trial.problems += [f"moment {number}, {name}: {one.rule}: {one.text}" for one in found[:SHOWN]]
        say(f"{trial.n} of {wanted} moments")
    trial.problems = trial.problems[:SHOWN]
    return trial


@lru_cache
def energised() -> tuple[Snapshot, ...]:
    """A cold bench that heats, and one that deposits."""
    envelope = demo_envelope()
    envelope["recipe"] |= {"substrate_c": [30, 720], "pulses": [20, 8000]}
    rig = VirtualRig(bench={"process": QUICK}, envelope=envelope)
    rig.run(5000)
    reasons = rig.start(recipe_from_dict(REFERENCE_RECIPE | COLD))
    if reasons:
        raise FailedError(f"the bench does not start: {'; '.join(reasons)}")
    return _when_on(rig, "contactor"), _when_on(rig, "gate")


# --- inner -------------------------------------------------------------------------------------------------------
def _moment(rig: VirtualRig, fault: Fault, rng: random.Random, bench: str, history: list[Entry]) -> float:
    """One fault at a random moment; seconds from it until nothing was on any more."""
    rig.run(rng.randint(0, ANYWHERE_MS))
    watch = watched(rig, bench, history)
    let_pass(rig, watch, BEFORE_MS)
    began_s = rig.now / 1000
    fault(rig, watch, rng)
    let_pass(rig, watch, AFTER_MS)
    watch.look(rig.now / 1000, all_of_it=True)
    return max(0.0, round(watch.last_s - began_s, 3))


def _when_on(rig: VirtualRig, output: str) -> Snapshot:
    if not rig.until(lambda rig: output in rig.energised(), PATIENCE_S):
        raise FailedError(f"{output} did not come on within {PATIENCE_S:.0f} s: the bench is in {rig.agent.state}")
    return Snapshot(rig)


def _cut(rig: VirtualRig, cut: bool) -> None:
    for line in rig.lines.values():
        line.cut = cut


ROWS = [Row("leases, virtual", "no output of the board on but within a lease that was asked for",
            "all off after an abort or the agent's death (virtual time) / s", SAFE_S, run, broker=False)]  # fmt: skip
