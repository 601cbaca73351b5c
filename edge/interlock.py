"""The independent watcher: sees readings, outputs and the plan's set-points, and trips. Latched until re-armed.

It shares no code and no filtered value with the controller that it watches, and it may not import control, plan or
chamber. Every limit is from the envelope's interlock table. A trip makes all outputs safe in the same tick.

The rules stand by subject in interlock_heat, interlock_gas and interlock_laser; here stands which applies when.
"""

from adatom.protocol.channels import (
    DOOR,
    GUARD_C,
    HEATER_C,
    OUT_BEAM,
    OUT_BURST_PULSES,
    OUT_CONTACTOR,
    OUT_ENERGY_MJ,
    OUT_FLOW_SCCM,
    OUT_GATE,
    OUT_HEATER_RAMP,
    OUT_HEATER_SETPOINT,
    OUT_HEATER_W,
    OUT_PRESSURE_SETPOINT,
    OUT_SHUTTER,
    OUT_SLOT,
    WATER_LPM,
)

from .interlock_gas import CONFIRM_MS, GasWatch
from .interlock_heat import HeatWatch
from .interlock_laser import LaserWatch
from .interlock_sensor import ALWAYS_MS, Life

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Plant

    Outputs = list[int]
    Readings = list[int | None]

SAFE_ZERO = (  # what a safe bench has at 0, whatever else; the valve is the chamber's choice
    OUT_GATE,
    OUT_BURST_PULSES,
    OUT_BEAM,
    OUT_SHUTTER,
    OUT_HEATER_W,
    OUT_CONTACTOR,
    OUT_FLOW_SCCM,
    OUT_ENERGY_MJ,
    OUT_SLOT,
    OUT_HEATER_SETPOINT,
    OUT_HEATER_RAMP,
    OUT_PRESSURE_SETPOINT,
)


def force_safe(outputs: "Outputs") -> None:
    """De-energise everything: gate, beam, shutter, heater, contactor, gas, target parked."""
    for index in SAFE_ZERO:
        outputs[index] = 0


class Interlock:
    """`check` every tick; `trips` lists (name, value, limit) in scaled counts until `rearm`."""

    def __init__(self, limits: "dict[str, float]", plant: "Plant", tick_ms: int) -> None:
        self.trips: "list[tuple[str, int | None, int | None]]" = []
        self.heat = HeatWatch(limits, plant, tick_ms, self._trip)
        self.gas = GasWatch(limits, tick_ms, self._trip)
        self.laser = LaserWatch(limits, tick_ms, self._trip)
        stale = int(limits["stale_s"] * 1000)
        self.water_life = Life(tick_ms, stale, ALWAYS_MS)
        self.door_life = Life(tick_ms, stale, ALWAYS_MS)
        self.water_least = int(limits["water_min_lpm"] * 100)
        self.confirm = max(1, CONFIRM_MS // tick_ms)
        self._begin(0)

    def _begin(self, now: int) -> None:
        self.heated = self.energised = False
        self.water_ticks = 0
        self.heat.begin(now)
        self.laser.begin(now)

    def rearm(self, now: int) -> None:
        """Forget the trips. What still is wrong trips again at the next tick."""
        self.trips.clear()
        self._begin(now)

    def check(
        self, now: int, readings: "Readings", outputs: "Outputs", plan_cc: "int | None", plan_mpa: "int | None"
    ) -> bool:
        """Whether the bench is tripped; if so the outputs are safe now. `plan_*` is None where nothing is planned."""
        if not self.trips:
            if outputs[OUT_CONTACTOR]:
                self.heat.heated(now, readings[HEATER_C], readings[GUARD_C], outputs[OUT_HEATER_W], plan_cc)
                self._water(now, readings[WATER_LPM])
            else:
                self.heat.unheated(now, readings[HEATER_C], readings[GUARD_C])
                self.heated = False
            if outputs[OUT_CONTACTOR] or outputs[OUT_BEAM]:
                self._energised(now, readings, outputs, plan_mpa)
            else:
                self.energised = False
            self.laser.check(now, readings, outputs)
        if self.trips:
            force_safe(outputs)
            return True
        return False

    def look(self, energy: "int | None", outputs: "Outputs") -> bool:
        """Between two ticks: whether a pulse above the limit has just tripped the bench; if so the outputs are safe."""
        if self.trips or not outputs[OUT_BEAM] or energy is None or not self.laser.strong(energy):
            return False
        force_safe(outputs)
        return True

    def _energised(self, now: int, readings: "Readings", outputs: "Outputs", plan_mpa: "int | None") -> None:
        """What must hold while anything is energised."""
        if not self.energised:
            self.energised = True
            self.gas.begin(now)
            self.door_life.start(now)
        if readings[DOOR] or self.door_life.check(now, readings[DOOR]):
            self._trip("door_open" if readings[DOOR] else "door_stale", readings[DOOR], 0)
        self.gas.check(now, readings, outputs, plan_mpa)

    def _water(self, now: int, water: "int | None") -> None:
        """Cooling water while the heater is on."""
        if not self.heated:
            self.heated = True
            self.water_life.start(now)
            self.water_ticks = 0
        if self.water_life.check(now, water):
            self._trip("water_stale", water, self.water_least)
        if water is not None and water < self.water_least:
            self.water_ticks += 1
            if self.water_ticks >= self.confirm:
                self._trip("water_low", water, self.water_least)
        else:
            self.water_ticks = 0

    def _trip(self, name: str, value: "int | None", limit: "int | None") -> None:
        self.trips.append((name, value, limit))
