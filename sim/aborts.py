"""Abort, stop, a second abort and a driver that breaks while it gets safe, at every step of every kind of recipe.

The bench is a cold one whose recipe goes through every state: film, interlayer, transfer, anneal, measurement. The safe
state must be reached within a second, or that it was not must be told within one; never is a run left running.
"""

from collections.abc import Callable
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from adatom.edge.turn import SAFE_STATES
from adatom.protocol.errors import FailedError
from adatom.protocol.recipe import recipe_from_dict

from .direct import REFERENCE_RECIPE
from .moments import DEPOSITING, HEATING, SOAKING
from .shipped import demo_envelope
from .snapshot import Snapshot
from .virtual import STEP_MS, VirtualRig

if TYPE_CHECKING:
    from .matrix import Benches

WITHIN_MS = 1000
LOOK_MS = 2500
AGAIN_MS = 60  # the second abort after the first
PATIENCE_S = 3600.0
QUICK = {"base_pa": 1.0, "ramp_c_min": 100.0, "soak_s": 2.0, "flow_sccm": 80.0, "eis_low_hz": 100.0, "eis_points": 20}
EVERY_STEP = {
    "substrate_c": 40.0, "pulses": 40, "air_exposure_min": 1.0, "interlayer": "Al2O3", "interlayer_nm": 0.3,
    "anneal_c": 60.0, "anneal_min": 0.2, "anneal_atmosphere": "o2",
}  # fmt: skip
HOT = (HEATING, SOAKING, DEPOSITING)
ROLES = ("laser", "io", "attenuator", "heater", "mfc", "valve", "carousel")  # whose `safe` may raise


def steps() -> dict[str, Snapshot]:
    """State of the run -> a bench that has just entered it; FailedError when the recipe does not go through."""
    envelope = demo_envelope()
    envelope["recipe"]["substrate_c"][0], envelope["recipe"]["pulses"][0] = 30.0, 20
    rig = VirtualRig(bench={"process": QUICK}, envelope=envelope)
    rig.run(3000)
    reasons = rig.start(recipe_from_dict(REFERENCE_RECIPE | EVERY_STEP))
    if reasons:
        raise FailedError("; ".join(reasons))
    found: dict[str, Snapshot] = {}

    def keep(rig: VirtualRig) -> bool:
        if rig.agent.state not in found and rig.agent.busy and rig.agent.state not in SAFE_STATES:
            found[rig.agent.state] = Snapshot(rig)
        return not rig.agent.busy

    if not rig.run(round(1000 * PATIENCE_S), keep) or rig.agent.chamber.ended[0] != "complete":
        raise FailedError(f"the recipe of every step ended {rig.agent.chamber.ended}, state {rig.agent.state}")
    return found


# name, whether it is said a second time meanwhile, whether the agent ticks no more (it was told to end)
ORDERS = (("abort", False, False), ("second abort", True, False), ("stop", False, True))


def abort_figures(seeds: int, benches: "Benches") -> list[dict[str, Any]]:
    """Rows as those of drills.figures: an order a row, over all states; and exceptions in each driver's clean-up."""
    states = steps() | {name: benches.at(name, "compexpro", "laser") for name in HOT}
    rows = []
    for name, again, ends in ORDERS:
        times = [_safe_ms(_at(bench, seed), again, ends) for bench in states.values() for seed in range(seeds)]
        rows.append(_row(f"{name} in each of {len(states)} states: everything safe", times))
    told = [
        _told_ms(_at(snapshot, seed), ROLES[(seed + place) % len(ROLES)])
        for place, snapshot in enumerate(states.values())
        for seed in range(seeds)
    ]
    rows.append(_row(f"exception while getting safe, in each of {len(states)} states: told, the others safe", told))
    return rows


def _at(snapshot: Snapshot, seed: int) -> VirtualRig:
    """A copy some random time into its state."""
    rig = snapshot.rig()
    state = rig.agent.state
    rig.run(Random(f"abort {seed}").randint(0, 1500), lambda r: r.agent.state != state)
    return rig


def _safe_ms(rig: VirtualRig, again: bool, ends: bool) -> int | None:
    """From the (first) order until nothing is energised any more and no run is on; None when that did not come."""
    began, said, safe = rig.now, False, None
    rig.abort("a drill")
    rig.alive = not ends
    while rig.now < began + LOOK_MS:
        rig.run(STEP_MS)
        if again and not said and rig.now >= began + AGAIN_MS:
            rig.abort("a second time")
            said = True
        if rig.energised():
            safe = None
        elif safe is None:
            safe = rig.now - began
    return safe if ends or (not rig.agent.busy and rig.agent.state in ("idle", "fault")) else None


def _told_ms(rig: VirtualRig, role: str) -> int | None:
    """From an abort until it is told that a driver broke in its `safe`; None when not, or when anything stays on."""
    rig.drivers[role].safe = _BreaksOnce(rig.drivers[role].safe)
    began = rig.now
    rig.abort("a drill")
    rig.run(LOOK_MS)
    told = [when for when, name, _ in rig.station.events if name == "not_safe" and when >= began]
    return min(told) - began if told and not rig.energised() and rig.agent.state in ("idle", "fault") else None


class _BreaksOnce:
    """A driver's `safe` that raises the first time. One that always does ends the agent, and the leases the rest."""

    def __init__(self, safe: Callable[[int], None]) -> None:
        self.safe = safe
        self.broke = False

    def __call__(self, now: int) -> None:
        if not self.broke:
            self.broke = True
            raise RuntimeError("a driver's mistake")
        self.safe(now)


def _row(name: str, times: list[int | None]) -> dict[str, Any]:
    known = [time for time in times if time is not None]
    return {
        "figure": name,
        "must": f"{WITHIN_MS} ms",
        "n": len(times),
        "median": f"{median(known):g} ms" if known else "never",
        "worst": f"{max(known):g} ms" if len(known) == len(times) else f"never in {len(times) - len(known)}",
        "met": len(known) == len(times) and max(known) <= WITHIN_MS,
    }
