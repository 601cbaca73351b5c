"""Loops that an instrument closes: the agent writes set-point and rate limit, and watches. Same interface as direct.py.

The heater's plan is the set-point that its controller works towards now, as read from it: the interlock compares with
what really is aimed at, and whether that is what was asked for is watched here. The ramp is the controller's, by its
rate limit; a set-point asked for changes a few times a run, never with the tick.
"""

from adatom.protocol.channels import (
    HEATER_C,
    HEATER_W,
    OUT_CONTACTOR,
    OUT_HEATER_RAMP,
    OUT_HEATER_SETPOINT,
    OUT_HEATER_W,
    OUT_PRESSURE_SETPOINT,
    OUT_VALVE_PCT,
    TARGET_C,
    VALVE_PCT,
)

from .control import counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Bench

    Outputs = list[int]
    Readings = list[int | None]

SILENT_MS = 4000  # K: without power and set-point read for this long nobody supervises: two of the driver's stale times
OBEY_MS = 10000  # K: from asking for a set-point to seeing it; writes wait their turn behind polls on a 9600 baud line
OFF_CC = 200  # K: further than 2 K outside the way from start to goal is another set-point than the one asked for
THERE_CC = 5  # of the goal: displays round to 0.1 K


class SupervisedHeater:
    """Set-point and rate limit for a heater controller; `done` once its working set-point has arrived.

    A start first brings the working set-point to where the heater is, without rate limit: else a ramp would begin at
    the set-point of the last run. A heater that lags further than the hold-back band makes the set-point stand still.
    """

    def __init__(self, bench: "Bench", cap_w: float, outputs: "Outputs") -> None:
        self.outputs = outputs
        self.rate = counts(bench.process.ramp_c_min, 100)
        self.band = counts(bench.process.hold_back_c, 100)
        self.start(0, 0, 0)

    def start(self, now: int, measured: int, goal: int) -> None:
        """Begin a ramp from a reading to a goal."""
        self.origin = self.asked = max(1, measured)  # 0 would be "no set-point"
        self.goal = goal
        self.aligned = self.waiting = self.done = False
        self.seen_ms = self.obeyed_ms = now
        self.why = ""

    def step(self, now: int, readings: "Readings") -> "int | None":
        """The controller's working set-point, None before it is known and right; outputs are set."""
        return self._step(now, readings, False)

    def hold(self, now: int, readings: "Readings") -> "int | None":
        """As `step` while the set-point stands still."""
        return self._step(now, readings, True)

    def stop(self) -> None:
        out = self.outputs
        out[OUT_HEATER_W] = out[OUT_CONTACTOR] = out[OUT_HEATER_SETPOINT] = out[OUT_HEATER_RAMP] = 0
        self.why = ""

    def _step(self, now: int, readings: "Readings", held: bool) -> "int | None":
        out, working, power = self.outputs, readings[TARGET_C], readings[HEATER_W]
        out[OUT_CONTACTOR] = 1
        out[OUT_HEATER_W] = power or 0
        if working is None or power is None:
            if now - self.seen_ms > SILENT_MS:
                self.why = "heater_controller_silent"
            working = None
        else:
            self.seen_ms = now
            self._follow(now, working, readings[HEATER_C], held)
        out[OUT_HEATER_SETPOINT] = self.asked
        out[OUT_HEATER_RAMP] = self.rate if self.aligned else 0
        return working if self.aligned else None

    def _follow(self, now: int, working: int, heater: "int | None", held: bool) -> None:
        """What to ask for next, seeing where the working set-point is."""
        low, high = min(self.origin, self.asked) - OFF_CC, max(self.origin, self.asked) + OFF_CC
        if not low <= working <= high:  # nor may a foreign set-point become the one to wait at
            if now - self.obeyed_ms > OBEY_MS:
                self.why = "setpoint_not_obeyed"
            return
        self.obeyed_ms = now
        if not self.aligned:
            self.aligned = True
        elif not self.done:
            self._move(working, heater, held)

    def _move(self, working: int, heater: "int | None", held: bool) -> None:
        lag = 0 if heater is None else abs(working - heater)
        if self.waiting and not held and lag <= self.band // 2:
            self.waiting = False
        elif not self.waiting and (held or lag > self.band):
            self.waiting = True
            self.asked = working
        if not self.waiting:
            self.asked = self.goal
            self.done = -THERE_CC <= working - self.goal <= THERE_CC
            if self.done:
                self.origin = self.goal


class SupervisedGas:
    """A pressure set-point for a throttle-valve controller with a gauge of its own; the bench's gauge watches."""

    def __init__(self, bench: "Bench", outputs: "Outputs") -> None:
        self.outputs = outputs
        self.target = 0

    def aim(self, target: int, flow: int, measured: "int | None") -> None:
        """Set target (0.001 Pa, > 0)."""
        self.target = target

    def step(self, readings: "Readings") -> None:
        """Ask for the pressure; the valve's position is what its controller reports."""
        self.outputs[OUT_PRESSURE_SETPOINT] = self.target
        valve = readings[VALVE_PCT]
        if valve is not None:
            self.outputs[OUT_VALVE_PCT] = valve

    def stop(self) -> None:
        self.outputs[OUT_PRESSURE_SETPOINT] = 0
