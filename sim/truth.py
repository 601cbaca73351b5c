"""What really happens at a virtual bench while an instrument lies: deviations from the plan, and when it got safe.

It reads the twin's physics and the plant, never an instrument. Tolerances are declared here, once.
"""

from typing import Any

import numpy as np
from adatom.edge.turn import SAFE_STATES
from adatom.protocol import channels as ch

from .physics.constants import KELVIN
from .virtual import VirtualRig

# quantity -> (largest deviation, unit, what it is)
TOLERANCES: dict[str, tuple[float, str, str]] = {
    "above_plan_k": (40.0, "K", "block above the plan, as far apart as the envelope lets two thermocouples be"),
    "film_k": (25.0, "K", "block off the plan at a pulse that lands"),
    "film_pressure_pct": (30.0, "%", "pressure off the plan at a pulse that lands"),
    "film_energy_pct": (20.0, "%", "mean energy of the last pulses off the plan at a pulse that lands"),
    "wrong_target": (0.0, "pulses", "pulses on another target than the plan's"),
    "over_pressure_pa": (20.0, "Pa", "pressure above the envelope's limit while the heater or the laser is on"),
    "spectrum_pct": (10.0, "%", "impedance off the cell's"),
    "cell_on_s": (0.0, "s", "cell energised after the measurement ended"),
}
BAD_PULSES = (
    25  # pulses outside a film tolerance before the bench must have acted: missed_pulses_max, and half a second
)
BAD_STEPS = 5  # control periods outside another tolerance, likewise
FILM = ("film_k", "film_pressure_pct", "film_energy_pct", "wrong_target")
METER_PULSES = 16  # the twin's meter is a mean of so many: before, it tells nothing


class Truth:
    """`step` at every control period until the bench acts, `after` then."""

    def __init__(self, rig: VirtualRig) -> None:
        self.worst: dict[str, float] = {}
        self.found_ms: int | None = None  # when the agent made the bench safe
        self.safe_ms: int | None = None  # from when on nothing was energised
        self.off = ""
        self._bad: dict[str, int] = {}
        self._pulses = rig.twin.pulses
        self._train = 0
        self._spectra = len(rig.station.measurements)

    def step(self, rig: VirtualRig) -> bool:
        """Look once; True when the agent has acted or the run is over."""
        if rig.agent.state in SAFE_STATES:
            self.found_ms = rig.now
            self.after(rig)
            return True
        self._heat(rig)
        self._film(rig)
        self._gas(rig)
        self._cell(rig)
        return not rig.agent.busy

    def after(self, rig: VirtualRig) -> bool:
        """Look once after the trip: False, to go on."""
        if rig.energised():
            self.safe_ms = None
        elif self.safe_ms is None:
            self.safe_ms = rig.now
        return False

    # --- inner -------------------------------------------------------------------------------------------------
    def _heat(self, rig: VirtualRig) -> None:
        plan = rig.agent.chamber.plan_cc
        if rig.plant.contactor_closed and plan is not None:
            self._note("above_plan_k", rig.twin.heater.thermocouple_k - KELVIN - plan / 100, 1)

    def _film(self, rig: VirtualRig) -> None:
        """Every pulse since the last look that reached the substrate."""
        fresh, self._pulses = rig.twin.pulses - self._pulses, rig.twin.pulses
        plant, chamber = rig.plant, rig.agent.chamber
        self._train = self._train + fresh if fresh else 0
        if not fresh or plant.beam_blocked or not plant.shutter_open:
            return
        if chamber.plan_cc is not None:
            self._note("film_k", abs(rig.twin.heater.thermocouple_k - KELVIN - chamber.plan_cc / 100), fresh)
        if chamber.plan_mpa:
            self._note("film_pressure_pct", _off_pct(rig.twin.vacuum.pressure_pa, chamber.plan_mpa / 1000), fresh)
        if chamber.plan_cmj and self._train > METER_PULSES:
            self._note("film_energy_pct", _off_pct(rig.twin.meter.reading_mj, chamber.plan_cmj / 100), fresh)
        slot = plant.carousel_slot
        if slot != rig.agent.outputs[ch.OUT_SLOT]:
            self._note("wrong_target", self._bad.get("wrong_target", 0) + fresh, fresh)

    def _gas(self, rig: VirtualRig) -> None:
        limit = rig.envelope["interlock"]["pressure_max_pa"]
        if rig.plant.contactor_closed or rig.plant.gate_open:
            self._note("over_pressure_pa", max(0.0, rig.twin.vacuum.pressure_pa - limit), 1)

    def _cell(self, rig: VirtualRig) -> None:
        potentiostat: Any = getattr(rig.lines.get("potentiostat"), "instrument", None)
        for measurement in rig.station.measurements[self._spectra :]:
            if measurement["technique"] == "eis" and measurement["columns"]["freq_hz"]:
                self._note("spectrum_pct", _spectrum_off_pct(rig, measurement["columns"]), BAD_STEPS + 1)
        self._spectra = len(rig.station.measurements)
        if potentiostat is not None and not rig.agent.busy and potentiostat.cell_on:
            self._note("cell_on_s", 0.1, BAD_STEPS + 1)

    def _note(self, name: str, deviation: float, weight: int) -> None:
        self.worst[name] = max(self.worst.get(name, 0.0), deviation)
        limit, unit, _ = TOLERANCES[name]
        if deviation <= limit:
            return
        self._bad[name] = self._bad.get(name, 0) + weight
        if self._bad[name] > (BAD_PULSES if name in FILM else BAD_STEPS):
            self.off = f"{name} {self.worst[name]:.3g} {unit}, tolerated {limit:g}"


def _off_pct(value: float, plan: float) -> float:
    return 100.0 * abs(value - plan) / plan


def _spectrum_off_pct(rig: VirtualRig, columns: dict[str, Any]) -> float:
    """The largest deviation of measured impedances from those of the cell on the leads."""
    cell, worst = rig.plant.cell, 0.0
    assert cell is not None, "a spectrum of open leads says nothing of the potentiostat"
    for freq, real, imaginary in zip(columns["freq_hz"], columns["z_re_ohm"], columns["z_im_ohm"], strict=True):
        if freq and real is not None and imaginary is not None:
            true = complex(cell(np.asarray([freq], dtype=float))[0])
            worst = max(worst, 100.0 * abs(complex(real, imaginary) - true) / abs(true))
    return worst
