"""Loops that the agent closes itself: it writes output power and valve position. Same interface as supervised.py.

Both write into the chamber's one list of outputs. `why` names what keeps a loop from going on; "" while it can.
"""

from adatom.protocol.channels import (
    HEATER_C,
    OUT_CONTACTOR,
    OUT_HEATER_W,
    OUT_VALVE_PCT,
    PRESSURE_PA,
)

from .control import HeaterLoop, PressureLoop, Ramp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Bench

    Outputs = list[int]
    Readings = list[int | None]


class DirectHeater:
    """Ramp, PI and feed-forward of control.py; `done` once the ramp has arrived."""

    why = ""

    def __init__(self, bench: "Bench", cap_w: float, outputs: "Outputs") -> None:
        tick_ms = 1000 // bench.tick_hz
        self.outputs = outputs
        self.loop = HeaterLoop(bench.plant, cap_w, tick_ms)
        self.ramp = Ramp(bench.process.ramp_c_min, bench.process.hold_back_c, tick_ms)

    @property
    def done(self) -> bool:
        return self.ramp.done

    def start(self, now: int, measured: int, goal: int) -> None:
        """Begin a ramp from a reading to a goal."""
        self.loop.start(measured)
        self.ramp.start(measured, goal)

    def step(self, now: int, readings: "Readings") -> "int | None":
        """The set-point of this tick; power and contactor are set."""
        ramp, heater = self.ramp, readings[HEATER_C]
        target = ramp.step(heater)
        self._give(heater, target, ramp.climb)
        return target

    def hold(self, now: int, readings: "Readings") -> "int | None":
        """As `step` while the ramp stands still."""
        target = self.ramp.target
        self._give(readings[HEATER_C], target, 0)
        return target

    def stop(self) -> None:
        self.outputs[OUT_HEATER_W] = self.outputs[OUT_CONTACTOR] = 0

    def _give(self, heater: "int | None", target: int, climb: int) -> None:
        self.outputs[OUT_HEATER_W] = self.loop.step(heater, target, climb)
        self.outputs[OUT_CONTACTOR] = 1


class DirectGas:
    """The pressure loop of control.py on the bench's own gauge."""

    def __init__(self, bench: "Bench", outputs: "Outputs") -> None:
        self.outputs = outputs
        self.loop = PressureLoop(bench.plant, 1000 // bench.tick_hz)

    def aim(self, target: int, flow: int, measured: "int | None") -> None:
        """Set target (0.001 Pa, > 0) and flow (0.01 sccm)."""
        self.loop.aim(target, flow, measured)

    def step(self, readings: "Readings") -> None:
        """Move the valve."""
        self.outputs[OUT_VALVE_PCT] = self.loop.step(readings[PRESSURE_PA])

    def stop(self) -> None:
        """Nothing to take back: the chamber says where the valve goes."""
