"""Benches in the middle of their work, as snapshots: heating, soaking, depositing, changing targets and so on.

Scenarios copy them instead of heating a bench each time. The recipes are ordinary ones; heater and chamber start warm
and pumped down, so that a moment costs seconds.
"""

from collections.abc import Callable, Sequence
from typing import Any

from adatom.protocol.errors import FailedError
from adatom.protocol.recipe import Recipe, recipe_from_dict

from .direct import REFERENCE_RECIPE
from .shipped import demo_envelope
from .snapshot import Snapshot
from .virtual import VirtualRig

HEATING, SOAKING, DEPOSITING, CHANGING, COOLING, MEASURING = MOMENTS = (
    "heating",
    "soaking",
    "depositing",
    "changing targets",
    "cooling",
    "measuring",
)
HOT = {
    "process": {
        "base_pa": 0.1,
        "ramp_c_min": 60.0,
        "soak_s": 30.0,
        "flow_sccm": 80.0,
        "eis_low_hz": 100.0,
        "eis_points": 20,
    }
}
COLD = {"process": HOT["process"] | {"ramp_c_min": 100.0, "soak_s": 0.0}}
SUBSTRATE_C = 600.0
WARM_C, NEARLY_C = 320.0, 650.0  # where the block starts, for heating and for what comes after it
THIN_FILM = 200  # pulses
ONE_TARGET = {"cations": [["La", 3.0], ["Zr", 2.0]], "li_excess": 0.0, "pulses": 700}
PATIENCE_S = 900.0  # of bench time


def hot_recipe(changes: dict[str, Any] | None = None) -> Recipe:
    """A film at 600 °C of one target: one train of 700 pulses at 10 Hz unless `changes` say otherwise."""
    return recipe_from_dict(
        REFERENCE_RECIPE | {"substrate_c": SUBSTRATE_C} | (ONE_TARGET if changes is None else changes)
    )


def moments(instruments: Sequence[str] = (), wanted: Sequence[str] = MOMENTS) -> dict[str, Snapshot]:
    """Moment -> snapshot of a bench with these role=kind choices."""
    found: dict[str, Snapshot] = {}
    if HEATING in wanted:
        rig = started(instruments, WARM_C)
        _until(rig, lambda r: r.plant.heater_c > WARM_C + 20.0)
        found[HEATING] = Snapshot(rig)
    if {SOAKING, DEPOSITING, COOLING} & set(wanted):
        found |= _hot(instruments)
    if CHANGING in wanted:
        rig = started(instruments, NEARLY_C, {"pulses": 6000})
        _until(rig, lambda r: r.twin.pulses >= 10)
        found[CHANGING] = Snapshot(rig)
    if MEASURING in wanted:
        found[MEASURING] = _measuring(instruments)
    return {name: found[name] for name in wanted}


def started(instruments: Sequence[str], start_c: float, changes: dict[str, Any] | None = None) -> VirtualRig:
    """A rig whose run has just begun. FailedError when the bench refuses it."""
    rig = VirtualRig(instruments=instruments, bench=HOT, start_c=start_c)
    rig.run(5000)
    _begin(rig, hot_recipe(changes))
    return rig


def _hot(instruments: Sequence[str]) -> dict[str, Snapshot]:
    found = {}
    rig = started(instruments, NEARLY_C)
    _until(rig, lambda r: r.agent.chamber.plan_cc == round(100 * SUBSTRATE_C))
    found[SOAKING] = Snapshot(rig)
    _until(rig, lambda r: r.twin.pulses >= 30)
    found[DEPOSITING] = Snapshot(rig)
    _until(rig, lambda r: r.agent.state == "cool")
    found[COOLING] = Snapshot(rig)
    return found


def _measuring(instruments: Sequence[str]) -> Snapshot:
    """A cold film of 200 pulses whose cell hangs on the potentiostat; thinner ones are none."""
    envelope = demo_envelope()
    envelope["recipe"]["substrate_c"][0], envelope["recipe"]["pulses"][0] = 30.0, THIN_FILM
    rig = VirtualRig(instruments=instruments, bench=COLD, envelope=envelope)
    rig.run(5000)
    _begin(rig, recipe_from_dict(REFERENCE_RECIPE | ONE_TARGET | {"substrate_c": 40.0, "pulses": THIN_FILM}))
    _until(rig, lambda r: r.agent.state == "measure" and r.plant.cell is not None)
    return Snapshot(rig)


def _begin(rig: VirtualRig, recipe: Recipe) -> None:
    reasons = rig.start(recipe)
    if reasons:
        raise FailedError("; ".join(reasons))


def _until(rig: VirtualRig, condition: Callable[[VirtualRig], bool]) -> None:
    if not rig.until(condition, PATIENCE_S):
        raise FailedError(f"the bench did not get there: state {rig.agent.state}, {rig.station.events[-3:]}")
