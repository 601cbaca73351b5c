"""What is measured of a finished sample, technique by technique. Pure: time, recipe and a driver in, outcomes out.

The potentiostat's techniques are driven here; files of other analysers are waited for, what else is asked for is told.
It knows nothing of records, networks or the run's states: the loop hands its outcomes on.
"""

from .cell_tests import SHORT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adatom.protocol.recipe import Recipe

    from .config import Process
    from .drivers.emstat import EmstatPico, Result

    Outcome = tuple[str, Any, bytes]
    Records = list[tuple[dict[str, Any], bytes]]

MEASURED, NOT_MEASURED, AWAITED, FAILED, DONE = "measured", "not_measured", "awaited", "failed", "done"
ORDER = ("eis", "cycling", "ccd")  # of the potentiostat's techniques, the gentlest first: ccd ends in a short
HOLDS = ("cycling", "ccd")  # need a galvanostat
OCP_MS = (1000, 10000)  # interval and length of the rest before a current
ELSEWHERE = "comes from another instrument"
NO_METER = "the bench has no potentiostat"
NO_GALVANOSTAT = "the potentiostat holds no current: an EmStat4 does"
SHORTED = "the cell is shorted"


class Sweep:
    """An impedance spectrum."""

    technique = "eis"
    ended = error = ""

    def __init__(self, process: "Process") -> None:
        self.process = process

    def start(self, meter: "EmstatPico") -> None:
        """Send its script."""
        meter.eis(self.process.eis_high_hz, self.process.eis_low_hz, int(self.process.eis_points))

    def take(self, result: "Result") -> "Records":
        """The spectrum."""
        self.ended, self.error = "done", result.error
        return [(result.measurement, bytes(result.raw))]


class Rest(Sweep):
    """The open-circuit potential before a current."""

    technique = "ocp"

    def start(self, meter: "EmstatPico") -> None:
        """Send its script."""
        meter.ocp(OCP_MS[0], OCP_MS[1])


class Measuring:
    """`meter` is the potentiostat's driver or None; `cell` what the person says of the cell (area_cm2, symmetric).

    `files` are the techniques whose results come as files to this bench: they are waited for.
    """

    def __init__(
        self,
        process: "Process",
        meter: "Any",
        cell: "dict[str, float]",
        simulated: bool,
        files: "tuple[str, ...]" = (),
    ) -> None:
        self.process = process
        self.meter = meter
        self.cell = cell
        self.simulated = 1 if simulated else 0
        self.files = files
        self.reset()

    def reset(self) -> None:
        """Forget what was measured: another sample comes."""
        self.jobs: "list[Any] | None" = None  # still to do, the first is being done; None before the first step
        self.running = False
        self.have: "list[str]" = []  # techniques of which a file came
        self.awaited: "list[str]" = []

    def arrived(self, technique: str) -> None:
        """A file of this sample came; it may come long before it is asked for."""
        self.have.append(technique)

    @property
    def missing_files(self) -> "list[str]":
        """The techniques whose files are waited for."""
        return [name for name in self.awaited if name not in self.have]

    def step(self, recipe: "Recipe", now: int) -> "list[Outcome]":
        """What came of this tick: (MEASURED, measurement, raw text), (NOT_MEASURED, {technique, why}, b""), (AWAITED,
        {technique}, b""), and at the end once (DONE, None, b"") or (FAILED, why, b"")."""
        outcomes: "list[Outcome]" = []
        if self.jobs is None:
            outcomes += self._plan(recipe)
        if self.running:
            outcomes += self._take()
        if self.running:
            return outcomes
        if self.jobs:
            if self.meter.ready:
                self.jobs[0].start(self.meter)
                self.running = True
        elif not self.missing_files and not (outcomes and outcomes[-1][0] == FAILED):
            outcomes.append((DONE, None, b""))
        return outcomes

    # --- inner -------------------------------------------------------------------------------------------------
    def _plan(self, recipe: "Recipe") -> "list[Outcome]":
        """Queue the techniques that are ours; a word on each that is not."""
        told: "list[Outcome]" = []
        ours = []
        for name in recipe.measurements:
            why = self._why_not(name)
            if name in self.files:
                self.awaited.append(name)
                told.append((AWAITED, {"technique": name}, b""))
            elif why:
                told.append(_not_measured(name, why))
            else:
                ours.append(name)
        self.jobs = []
        for name in ORDER:
            if name in ours:
                self.jobs += self._jobs(name)
        return told

    def _why_not(self, name: str) -> str:
        if name not in ORDER:
            return ELSEWHERE
        if self.meter is None:
            return NO_METER
        return NO_GALVANOSTAT if name in HOLDS and not self.meter.GALVANOSTAT else ""

    def _jobs(self, name: str) -> "list[Any]":
        if name == "eis":
            return [Sweep(self.process)]
        from .cell_tests import CellTest, cycling_plan, ramp_plan  # only a bench with a galvanostat loads them

        plan = cycling_plan(self.process) if name == "cycling" else ramp_plan(self.process)
        return [Rest(self.process), CellTest(plan, self.cell["area_cm2"])]

    def _take(self) -> "list[Outcome]":
        """What the script that has ended gives, if one has; an error of the instrument ends the sample's measuring."""
        result = self.meter.take_result()
        if result is None or not self.jobs:
            return []
        self.running = False
        job = self.jobs[0]
        outcomes: "list[Outcome]" = []
        for measurement, raw in job.take(result):
            measurement["meta"].update(self.cell)
            measurement["meta"].update({"simulated": self.simulated, "error": result.error,
                                        "instrument": self.meter.identity})  # fmt: skip
            outcomes.append((MEASURED, measurement, raw))
        if job.error:
            self.jobs = []
            outcomes.append((FAILED, "potentiostat: " + job.error, b""))
        elif job.ended:
            self.jobs = self.jobs[1:]
        if job.ended == SHORT:
            outcomes += [_not_measured(left.technique, SHORTED) for left in self.jobs if left.technique in HOLDS]
            self.jobs = []
        return outcomes


def _not_measured(name: str, why: str) -> "Outcome":
    return NOT_MEASURED, {"technique": name, "why": why}, b""
