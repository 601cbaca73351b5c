"""The interlock's watch over the gas: pressure, both gauges, mass flow, and whether the pump still pumps.

Part of the interlock: it shares no code and no filtered value with what it watches.
"""

from adatom.protocol.channels import (
    FLOW_SCCM,
    OUT_FLOW_SCCM,
    OUT_GATE,
    OUT_VALVE_PCT,
    PRESSURE_PA,
    VACUUM_LGPA,
)

from .interlock_sensor import STALE, Life

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interlock_heat import Trip

    Outputs = list[int]
    Readings = list[int | None]

CONFIRM_MS = 300  # the promise is 500 ms
GAUGES_FROM_MPA = 3000  # below it the capacitance gauge is near its floor
GAUGES_APART = 200  # counts of lg Pa, a factor of 1.6: a full-range gauge is good for 30 %
GAUGES_MS = 1000  # the full-range gauge lags while pressure moves
FLOW_OVER_PCT = 25  # mass flow may be over its set-point by this share ...
FLOW_OVER = 300  # ... and 3 sccm, the zero offset and then some
FLOW_SETTLE_MS = 10000  # after a lower set-point
STEADY_PCT = 3  # pressure this near its plan ...
STEADY_MS = 20000  # ... for so long: the valve stands where this pump needs it
VALVE_OVER_PCT = 8  # further open than that, at the same flow and pressure: the pump has lost speed
VALVE_OVER_MS = 5000
VALVE_LEARN_MS = 600000  # a film on the valve grows slowly


def lg_counts(value: int) -> int:
    """1000 log10 of a positive integer, within 27; integers only, so that a tick allocates nothing."""
    doublings = 10
    while value >= 2048:
        value >>= 1
        doublings += 1
    while value < 1024:
        value <<= 1
        doublings -= 1
    return doublings * 301 + (value - 1024) * 301 // 1024


class GasWatch:
    """`check` every tick while heater or beam is on; `trip` is told of every limit that is passed."""

    def __init__(self, limits: "dict[str, float]", tick_ms: int, trip: "Trip") -> None:
        self.trip = trip
        self.tick_ms = tick_ms
        self.pressure_most = int(limits["pressure_max_pa"] * 1000)
        self.off_plan_pct = int(limits["pressure_off_plan_pct"])
        self.confirm = max(1, CONFIRM_MS // tick_ms)
        self.life = Life(tick_ms, int(limits["stale_s"] * 1000), int(limits["frozen_s"] * 1000))
        self.begin(0)

    def begin(self, now: int) -> None:
        """Forget what was seen: something is energised from now on."""
        self.life.start(now)
        self.high_ticks = self.off_ticks = self.flow_ticks = 0
        self.agree_ms = self.lower_ms = now
        self.flow_asked = 0
        self.usual_valve: "int | None" = None  # 1/1024 counts
        self.steady_ms = self.over_ms = now
        self._unsteady(now, None, None)

    def check(self, now: int, readings: "Readings", outputs: "Outputs", plan: "int | None") -> None:
        """Compare gauges, flow and valve with plan, set-point and each other."""
        pressure = readings[PRESSURE_PA]
        state = self.life.check(now, pressure)
        if state == STALE or (state and plan is not None):
            self.trip("pressure_stale" if state == STALE else "pressure_frozen", pressure, None)
        if pressure is not None:
            flow = outputs[OUT_FLOW_SCCM]
            if plan is None or plan != self.steady_plan or flow != self.steady_flow:
                self._unsteady(now, plan, flow)
            is_held = outputs[OUT_GATE] or self.usual_valve is not None
            self._pressure(pressure, plan if is_held else None)
            self._gauges(now, pressure, readings[VACUUM_LGPA])
            self._pump(now, pressure, outputs[OUT_VALVE_PCT], plan)
        self._flow(now, readings[FLOW_SCCM], outputs[OUT_FLOW_SCCM])

    def _pressure(self, pressure: int, plan: "int | None") -> None:
        """`plan` only while pulses may fall or the valve has its place: filling and emptying are off any set-point."""
        if pressure > self.pressure_most:
            self.high_ticks += 1
            if self.high_ticks >= self.confirm:
                self.trip("pressure_high", pressure, self.pressure_most)
        else:
            self.high_ticks = 0
        if plan is not None and abs(pressure - plan) * 100 > plan * self.off_plan_pct:
            self.off_ticks += 1
            if self.off_ticks >= self.confirm:
                self.trip("pressure_off_plan", pressure, plan)
        else:
            self.off_ticks = 0

    def _gauges(self, now: int, pressure: int, vacuum: "int | None") -> None:
        """Both gauges see the same gas where both can measure."""
        if pressure < GAUGES_FROM_MPA or vacuum is None:
            self.agree_ms = now
            return
        apart = lg_counts(pressure) - 3000 - vacuum
        if -GAUGES_APART <= apart <= GAUGES_APART:
            self.agree_ms = now
        elif now - self.agree_ms >= GAUGES_MS:
            self.trip("gauges_disagree", apart, GAUGES_APART)

    def _flow(self, now: int, flow: "int | None", asked: int) -> None:
        """No more gas than was asked for: a controller stuck open."""
        if asked >= self.flow_asked:
            self.flow_asked = asked
            self.lower_ms = now
        elif now - self.lower_ms >= FLOW_SETTLE_MS:
            self.flow_asked = asked
        most = self.flow_asked + self.flow_asked * FLOW_OVER_PCT // 100 + FLOW_OVER
        if flow is not None and flow > most:
            self.flow_ticks += 1
            if self.flow_ticks >= self.confirm:
                self.trip("flow_high", flow, most)
        else:
            self.flow_ticks = 0

    def _pump(self, now: int, pressure: int, valve: int, plan: "int | None") -> None:
        """The valve that holds a pressure at a flow tells how fast the pump is; a stopped one makes it open further.

        Only changes are judged, so no model of pump or valve is needed.
        """
        if plan is None:
            return
        near = abs(pressure - plan) * 100 <= plan * STEADY_PCT
        usual = self.usual_valve
        if usual is None:
            if not near:
                self.steady_ms = now
            elif now - self.steady_ms >= STEADY_MS:
                self.usual_valve = valve << 10
        elif valve * 100 > (usual >> 10) * (100 + VALVE_OVER_PCT):
            if now - self.over_ms >= VALVE_OVER_MS:
                self.trip("pump_slow", valve, (usual >> 10) * (100 + VALVE_OVER_PCT) // 100)
        else:
            self.over_ms = now
            if near:
                self.usual_valve = usual + ((valve << 10) - usual) * self.tick_ms // VALVE_LEARN_MS

    def _unsteady(self, now: int, plan: "int | None", flow: "int | None") -> None:
        """The valve has another place to find."""
        self.steady_plan, self.steady_flow = plan, flow
        self.usual_valve = None
        self.steady_ms = self.over_ms = now
