"""The study of the adaptive run: many runs in drifting worlds, the plan fired as it is against the plan corrected.

Agent and twin in lock-step from the first pulse to the last, in worlds that were heated up once; the same run keys, so
the same drift, for both. True values are compared with what the plan's pulses bring at the stated yields.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adatom.edge.agent import Agent
from adatom.edge.config import TEXTS, bench_from_dict
from adatom.protocol import channels as ch
from adatom.protocol.errors import FailedError
from adatom.protocol.recipe import Recipe, recipe_from_dict, replaced
from adatom.protocol.targets import pulse_shares

from .bench import TwinBench
from .direct import REFERENCE_RECIPE
from .physics import failures
from .physics.plume import arrival
from .shipped import demo_envelope
from .world import World

TICK_MS = 100
LONGEST_TICKS = 400_000
FROM_PULSES = 1500  # a monitor that fails does so in the middle of the film
FIRST_WORLD = 401  # worlds of the study; the estimator was made on others
RUNS_A_WORLD = 10
PULSES = 6000  # of the reference recipe: 190 nm, two fringes
PATIENCE = 10  # keys tried for one run whose instruments all work
RATIO_OF = ("Ta", "Zr")  # the cations whose ratio two targets decide
Shown = int | None
Tamper = Callable[[Shown, int, Shown], Shown]  # (reading, pulses so far, what was shown last) -> what is shown


def _frozen(reading: Shown, pulses: int, last: Shown) -> Shown:
    return last if pulses > FROM_PULSES else reading


def _missing(reading: Shown, pulses: int, last: Shown) -> Shown:
    return None if pulses > FROM_PULSES else reading


def _absent(reading: Shown, pulses: int, last: Shown) -> Shown:
    return None


def _scaled(reading: Shown, pulses: int, last: Shown) -> Shown:
    return int(0.7 * (reading or 0))


def _jump(reading: Shown, pulses: int, last: Shown) -> Shown:
    return int(0.9 * (reading or 0)) if pulses > FROM_PULSES else reading


def _fading(reading: Shown, pulses: int, last: Shown) -> Shown:
    return int((1.0 - 1e-5 * pulses) * (reading or 0))


def _sound(reading: Shown, pulses: int, last: Shown) -> Shown:
    return reading


OPEN, SOUND = "open loop", "sound"
# what may be wrong with the monitor -> how
MONITORS: dict[str, tuple[str, Tamper]] = {
    SOUND: ("as the twin has it", _sound),
    "frozen": (f"the reading stays what it was after {FROM_PULSES} pulses", _frozen),
    "missing": (f"no reading after {FROM_PULSES} pulses", _missing),
    "absent": ("never a reading", _absent),
    "scaled": ("30 % of the light lost all along", _scaled),
    "jump": (f"10 % of the light lost at once after {FROM_PULSES} pulses", _jump),
    "fading": ("1 % of the light lost per 1000 pulses", _fading),
}


@dataclass(frozen=True)
class Landing:
    """Where one film landed: relative errors of thickness, of Ta/(Ta + Zr) and of the mean fluence; pulses fired."""

    world: int
    run: int
    thickness: float
    ratio: float
    fluence: float
    pulses: int
    corrections: int


class Heated:
    """An agent and the chamber of a world at the first tick of the deposition."""

    def __init__(self, world: World, envelope: dict[str, Any], recipe: Recipe, *, adaptive: bool) -> None:
        self.world, self.envelope, self.recipe = world, envelope, recipe
        fields: dict[str, Any] = {**dict.fromkeys(TEXTS, "twin-1"), "adapt": {"on": int(adaptive)}}
        self.agent = Agent(bench_from_dict(fields), envelope, "study")
        self.twin = TwinBench(envelope, world, "study/heat/1")
        self.twin.recipe = recipe
        refused = self.agent.start(recipe, "study", "study", 0)
        if refused:
            raise FailedError("; ".join(refused))
        self.now_ms = 0
        while self.agent.state != "deposit":
            if not self.agent.busy or self.now_ms > LONGEST_TICKS * TICK_MS:
                raise FailedError(f"world {world.seed}: the bench does not get hot, it is {self.agent.state}")
            self.now_ms += TICK_MS
            self.twin.step(self.agent.tick(self.now_ms, self.twin.readings), TICK_MS / 1000)

    def grow(self, key: str, tamper: Tamper) -> tuple[TwinBench, Agent]:
        """The film of one run key on a copy of this bench, its agent afterwards."""
        agent = copy.deepcopy(self.agent)
        twin = TwinBench(self.envelope, self.world, key)
        twin.load(self.recipe)
        twin.vacuum, twin.heater = copy.deepcopy(self.twin.vacuum), copy.deepcopy(self.twin.heater)
        now_ms = self.now_ms
        readings = twin.readings
        shown = twin.readings[ch.REFLECTANCE]
        readings[:] = self.twin.readings
        readings[ch.REFLECTANCE] = shown
        for _ in range(LONGEST_TICKS):
            if agent.state != "deposit":
                return twin, agent
            shown = readings[ch.REFLECTANCE] = tamper(readings[ch.REFLECTANCE], twin.pulses, shown)
            now_ms += TICK_MS
            readings = twin.step(agent.tick(now_ms, readings), TICK_MS / 1000)
        raise FailedError(f"{key}: the film does not end")


def land(heated: Heated, run: int, tamper: Tamper = _sound) -> Landing:
    """Grow one film and say how far from its plan it landed."""
    twin, agent = heated.grow(working_key(heated.world, run), tamper)
    if agent.state != "cool":
        raise FailedError(f"world {heated.world.seed}, run {run}: the deposition ended in state {agent.state}")
    made = twin.conditions()
    planned_nm, wanted = planned_film(heated.recipe, heated.envelope, heated.world)
    share = _share(made.atoms_arriving)
    return Landing(
        world=heated.world.seed,
        run=run,
        thickness=made.thickness_nm / planned_nm - 1.0,
        ratio=share / _share(wanted) - 1.0,
        fluence=made.fluence_j_cm2 / heated.recipe.fluence_j_cm2 - 1.0,
        pulses=twin.history.pulses,
        corrections=sum(name == "adapted" for name, _ in agent.events()),
    )


def working_key(world: World, run: int) -> str:
    """A run key whose instruments all work: faults have a study of their own."""
    for attempt in range(PATIENCE):
        key = f"study/{run:04d}/{attempt + 1}"
        if not failures.process_failure(world.rng(key, "process"), world.values):
            return key
    raise FailedError(f"world {world.seed}, run {run}: no key without a fault")


def planned_film(recipe: Recipe, envelope: dict[str, Any], world: World) -> tuple[float, dict[str, float]]:
    """(nm, atoms) of the plan's pulses at the stated yields, for a recipe at the conditions that these hold for."""
    shares, _ = pulse_shares(recipe, envelope["targets"])
    pulses = {slot: share * recipe.pulses for slot, share in shares}
    stated = {target["slot"]: 1.0 for target in envelope["targets"]}
    plan = arrival(pulses, envelope["targets"], stated, 1.0, world.values)
    return plan.thickness_nm, plan.atoms


def _share(atoms: Mapping[str, float]) -> float:
    one, other = (atoms.get(element, 0.0) for element in RATIO_OF)
    return float(one / (one + other))


def study(
    runs: int, monitor_runs: int, progress: Callable[[], None] = lambda: None, pulses: int = PULSES
) -> dict[str, list[Landing]]:
    """Landings of the plan fired as it is (OPEN) and of the adaptive run by what is wrong with its monitor.

    `runs` films each way, RUNS_A_WORLD a world; of the first `monitor_runs` a film more for each monitor.
    """
    envelope = demo_envelope()
    recipe = replaced(recipe_from_dict(REFERENCE_RECIPE), pulses=pulses)
    landings: dict[str, list[Landing]] = {name: [] for name in (OPEN, *MONITORS)}
    for number in range(0, runs, RUNS_A_WORLD):
        world = World(FIRST_WORLD + number // RUNS_A_WORLD, drift=True)
        here = range(min(RUNS_A_WORLD, runs - number))
        plain = Heated(world, envelope, recipe, adaptive=False)
        follows = Heated(world, envelope, recipe, adaptive=True)
        for run in here:
            landings[OPEN].append(land(plain, run))
            for name, (_, tamper) in MONITORS.items():
                if name == SOUND or number + run < monitor_runs:
                    landings[name].append(land(follows, run, tamper))
            progress()
    return landings
