"""What is measured of a finished sample, technique by technique. Pure: time, recipe and a driver in, outcomes out.

The potentiostat's techniques are driven here; the others come as files or from other instruments and are told as such.
It knows nothing of records, networks or the run's states: the loop hands its outcomes on.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.protocol.recipe import Recipe

    from .config import Process

    Outcome = tuple[str, Any, bytes]

MEASURED, NOT_MEASURED, FAILED, DONE = "measured", "not_measured", "failed", "done"
ORDER = ("eis",)  # of the potentiostat's techniques, the gentlest first
ELSEWHERE = "comes from another instrument"
NO_METER = "the bench has no potentiostat"


class Measuring:
    """`meter` is the potentiostat's driver or None; `cell` what the person says of the cell (area_cm2, symmetric)."""

    def __init__(self, process: "Process", meter: "Any", cell: "dict[str, float]", simulated: bool) -> None:
        self.process = process
        self.meter = meter
        self.cell = cell
        self.simulated = 1 if simulated else 0
        self.reset()

    def reset(self) -> None:
        """Forget what was measured: another sample comes."""
        self.left: "list[str] | None" = None  # techniques still to do; None before the first step
        self.running = ""

    def step(self, recipe: "Recipe", now: int) -> "list[Outcome]":
        """What came of this tick: (MEASURED, measurement, raw text), (NOT_MEASURED, {technique, why}, b""), and at the
        end once (DONE, None, b"") or (FAILED, why, b"")."""
        outcomes: "list[Outcome]" = []
        if self.left is None:
            outcomes += self._plan(recipe)
        if self.running:
            outcomes += self._take()
        if not self.running and self.left:
            self._start(self.left[0])
        elif not self.running and not (outcomes and outcomes[-1][0] == FAILED):
            outcomes.append((DONE, None, b""))
        return outcomes

    # --- inner -------------------------------------------------------------------------------------------------
    def _plan(self, recipe: "Recipe") -> "list[Outcome]":
        """Which techniques are ours; a word on each that is not."""
        told = []
        self.left = [name for name in ORDER if name in recipe.measurements and self.meter is not None]
        for name in recipe.measurements:
            if name not in self.left:
                why = NO_METER if name in ORDER else ELSEWHERE
                told.append((NOT_MEASURED, {"technique": name, "why": why}, b""))
        return told

    def _start(self, name: str) -> None:
        process, meter = self.process, self.meter
        if meter.ready:
            meter.eis(process.eis_high_hz, process.eis_low_hz, int(process.eis_points))
            self.running = name

    def _take(self) -> "list[Outcome]":
        """The measurement that has ended, if one has; an error of the instrument ends the sample's measuring."""
        result = self.meter.take_result()
        if result is None:
            return []
        self.left = (self.left or [])[1:]
        self.running = ""
        measurement = result.measurement
        measurement["meta"].update(self.cell)
        measurement["meta"].update({"simulated": self.simulated, "error": result.error})
        outcomes: "list[Outcome]" = [(MEASURED, measurement, bytes(result.raw))]
        if result.error:
            self.left = []
            outcomes.append((FAILED, "potentiostat: " + result.error, b""))
        return outcomes
