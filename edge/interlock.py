"""The independent watcher: sees readings, outputs and the plan's set-points, and trips. Latched until re-armed.

It shares no code and no filtered value with the controller that it watches, and it may not import control, plan or
chamber. Every limit is from the envelope's interlock table. A trip makes all outputs safe in the same tick.
"""

from adatom.protocol.channels import (
    DOOR,
    ENERGY_MJ,
    GUARD_C,
    HEATER_C,
    OUT_BEAM,
    OUT_BURST_ID,
    OUT_BURST_PULSES,
    OUT_CONTACTOR,
    OUT_ENERGY_MJ,
    OUT_FLOW_SCCM,
    OUT_GATE,
    OUT_HEATER_RAMP,
    OUT_HEATER_SETPOINT,
    OUT_HEATER_W,
    OUT_PRESSURE_SETPOINT,
    OUT_RATE_MHZ,
    OUT_SHUTTER,
    OUT_SLOT,
    PRESSURE_PA,
    PULSES,
    WATER_LPM,
)

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
COLD_CC = 5000  # an unheated block may follow the room up to here
CONFIRM_TICKS = 2  # a single wild reading is a glitch of the line, not of the bench
CONFIRM_MS = 300  # for pressure and water; the promise is 500 ms
RATE_MS = 2000  # window of the rate limit
LACKING_PCT = 20  # of heater_below_plan_c: the heat balance needs no room for a lagging plan
MODEL_TOLERANCE = 13  # tenths: the plant may differ by 30 % from the bench file before lack of heat is called a fault
SIGMA_E14 = 5670374  # Stefan-Boltzmann constant in 1e-14 W/m2/K4
STRAY_PULSES = 2  # more than were asked for
GATE_SETTLE_MS = 500  # pulses that passed before the gate closed are counted by then
BURST_LATENCY_MS = 1000  # from asking for a burst to its first counted pulse
ALWAYS_MS = 1 << 29  # "never frozen": for readings that may stand still

FRESH, STALE, FROZEN = 0, 1, 2


def force_safe(outputs: "Outputs") -> None:
    """De-energise everything: gate, beam, shutter, heater, contactor, gas, target parked."""
    for index in SAFE_ZERO:
        outputs[index] = 0


class Life:
    """Whether a reading lives: neither missing nor, where a sensor has noise, the same for long.

    A missing reading ages it by a tick, a valid one makes it younger by half a tick: a sensor that flickers is as dead
    as one that is gone.
    """

    def __init__(self, tick_ms: int, stale_ms: int, frozen_ms: int) -> None:
        self.younger_ms = tick_ms + tick_ms // 2
        self.stale_ms = stale_ms
        self.frozen_ms = frozen_ms
        self.start(0)

    def start(self, now: int) -> None:
        self.seen = self.moved = now
        self.last: "int | None" = None

    def check(self, now: int, value: "int | None") -> int:
        if value is None:
            return STALE if now - self.seen > self.stale_ms else FRESH
        seen = self.seen + self.younger_ms
        self.seen = seen if seen < now else now
        if value != self.last:
            self.last = value
            self.moved = now
            return FRESH
        return FROZEN if now - self.moved > self.frozen_ms else FRESH


class Interlock:
    """`check` every tick; `trips` lists (name, value, limit) in scaled counts until `rearm`."""

    def __init__(self, limits: "dict[str, float]", plant: "Plant", tick_ms: int) -> None:
        self.tick_ms = tick_ms
        self._take_limits(limits)
        self._take_model(plant)
        self.rates: "list[int | None]" = [None] * max(2, RATE_MS // tick_ms)
        self.rate_limit = int(limits["heater_rate_max_c_min"] * 100 * len(self.rates) * tick_ms / 60000)
        stale, frozen = int(limits["stale_s"] * 1000), int(limits["frozen_s"] * 1000)
        self.heater_life = Life(tick_ms, stale, frozen)
        self.guard_life = Life(tick_ms, stale, frozen)
        self.pressure_life = Life(tick_ms, stale, frozen)
        self.water_life = Life(tick_ms, stale, ALWAYS_MS)
        self.door_life = Life(tick_ms, stale, ALWAYS_MS)
        self.energy_life = Life(tick_ms, stale, ALWAYS_MS)
        self.pulses_life = Life(tick_ms, stale, ALWAYS_MS)
        self.trips: "list[tuple[str, int | None, int | None]]" = []
        self._begin(0)

    def _begin(self, now: int) -> None:
        self.heating = self.energised = self.beam = False
        self.coldest: "int | None" = None
        self.counted: "int | None" = None
        self.before: "int | None" = None
        self.hot_ticks = self.warm_ticks = self.off_ticks = self.disagree_ticks = self.water_ticks = 0
        self.pressure_ticks = self.off_pressure_ticks = 0
        self.rate_at = self.owed = self.low_pulses = self.lacking = self.power_lag = 0
        self.burst = -1
        self.gate_ms = self.active_ms = now

    def rearm(self, now: int) -> None:
        """Forget the trips. What still is wrong trips again at the next tick."""
        self.trips = []
        self._begin(now)

    def check(
        self, now: int, readings: "Readings", outputs: "Outputs", plan_cc: "int | None", plan_mpa: "int | None"
    ) -> bool:
        """Whether the bench is tripped; if so the outputs are safe now. `plan_*` is None where nothing is planned."""
        if not self.trips:
            heater = readings[HEATER_C]
            if outputs[OUT_CONTACTOR]:
                self._heated(now, heater, readings, outputs[OUT_HEATER_W], plan_cc)
            else:
                self._unheated(heater, readings[GUARD_C])
            if outputs[OUT_CONTACTOR] or outputs[OUT_BEAM]:
                self._energised(now, readings, plan_mpa, outputs)
            else:
                self.energised = False
            self._pulses(now, readings, outputs)
        if self.trips:
            force_safe(outputs)
            return True
        return False

    # --- heater ------------------------------------------------------------------------------------------------
    def _heated(self, now: int, heater: "int | None", readings: "Readings", power: int, plan: "int | None") -> None:
        guard = readings[GUARD_C]
        if not self.heating:
            self._begin_heating(now)
        state = self.heater_life.check(now, heater)
        if state:
            self._trip("heater_stale" if state == STALE else "heater_frozen", heater, None)
        state = self.guard_life.check(now, guard)
        if state:
            self._trip("guard_stale" if state == STALE else "guard_frozen", guard, None)
        if heater is None:
            return
        if power > self.power_most:
            self._trip("heater_power", power, self.power_most)
        self._confirm_hot(heater, guard)
        self._confirm_guard(heater, guard)
        self._compare(heater, plan)
        self._rate(heater)
        self._balance(heater, power)

    def _begin_heating(self, now: int) -> None:
        self.heating = True
        self.heater_life.start(now)
        self.guard_life.start(now)
        self.water_life.start(now)
        self.water_ticks = self.off_ticks = 0
        for place in range(len(self.rates)):
            self.rates[place] = None
        self.power_lag = 0
        self.lacking = 0
        self.before = None

    def _compare(self, heater: int, plan: "int | None") -> None:
        """Against the plan, which a ramp moves both ways and which waits for the heater."""
        if plan is not None and not -self.below <= heater - plan <= self.above:
            self.off_ticks += 1
            if self.off_ticks >= CONFIRM_TICKS:
                if heater > plan:
                    self._trip("heater_above_plan", heater, plan + self.above)
                else:
                    self._trip("heater_below_plan", heater, plan - self.below)
        else:
            self.off_ticks = 0

    def _confirm_guard(self, heater: int, guard: "int | None") -> None:
        """Against the second thermocouple, heated or not: cooling down trusts them too."""
        if guard is not None and not -self.disagree <= heater - guard <= self.disagree:
            self.disagree_ticks += 1
            if self.disagree_ticks >= CONFIRM_TICKS:
                self._trip("thermocouples_disagree", heater, guard)
        else:
            self.disagree_ticks = 0

    def _rate(self, heater: int) -> None:
        """Change over the last two seconds: no healthy block is that fast, a detached thermocouple is."""
        rates, place = self.rates, self.rate_at
        before = rates[place]
        rates[place] = heater
        self.rate_at = place + 1 if place + 1 < len(rates) else 0
        if before is not None and not -self.rate_limit <= heater - before <= self.rate_limit:
            self._trip("heater_rate", heater - before, self.rate_limit)

    def _balance(self, heater: int, power: int) -> None:
        """Power that does not turn into heat: an open element, also where the waiting plan hides it.

        `lacking` sums, in microkelvin, the rise that the power must give even in a plant 30 % off, less the rise seen;
        never below zero. This is a one-sided CUSUM on the heat balance.
        """
        self.power_lag += (power * 10000 - self.power_lag) * self.tick_ms // self.delay_ms
        if self.before is not None:
            loss = self.loss[heater // 1000] if 0 <= heater < self.loss_end else 0
            least = self.power_lag * 10 // MODEL_TOLERANCE - loss * MODEL_TOLERANCE // 10
            lacking = self.lacking + least * self.tick_ms // self.capacity - (heater - self.before) * 10000
            self.lacking = lacking if lacking > 0 else 0
            if lacking > self.lacking_most:
                self._trip("heater_no_heat", lacking // 10000, self.lacking_most // 10000)
        self.before = heater

    def _unheated(self, heater: "int | None", guard: "int | None") -> None:
        """No contactor: only ever colder. A block that warms up has a relay stuck on."""
        self.heating = False
        if heater is None:
            return
        self._confirm_hot(heater, guard)
        self._confirm_guard(heater, guard)
        if self.coldest is None or heater < self.coldest:
            self.coldest = heater if heater > COLD_CC else COLD_CC
        if heater - self.coldest > self.above:
            self.warm_ticks += 1
            if self.warm_ticks >= CONFIRM_TICKS:
                self._trip("heater_stuck_on", heater, self.coldest + self.above)
        else:
            self.warm_ticks = 0

    def _confirm_hot(self, heater: int, guard: "int | None") -> None:
        if heater > self.hottest or (guard is not None and guard > self.hottest):
            self.hot_ticks += 1
            if self.hot_ticks >= CONFIRM_TICKS:
                self._trip("heater_over_temperature", heater, self.hottest)
        else:
            self.hot_ticks = 0

    # --- what must hold while anything is energised ------------------------------------------------------------
    def _energised(self, now: int, readings: "Readings", plan: "int | None", outputs: "Outputs") -> None:
        if not self.energised:
            self.energised = True
            self.pressure_life.start(now)
            self.door_life.start(now)
            self.pressure_ticks = self.off_pressure_ticks = 0
        if outputs[OUT_CONTACTOR]:
            self.coldest = None  # cooling starts anew from where heating ends
            self._water(now, readings[WATER_LPM])
        if readings[DOOR] or self.door_life.check(now, readings[DOOR]):
            self._trip("door_open" if readings[DOOR] else "door_stale", readings[DOOR], 0)
        pressure = readings[PRESSURE_PA]
        state = self.pressure_life.check(now, pressure)
        if state == STALE or (state and plan is not None):
            self._trip("pressure_stale" if state == STALE else "pressure_frozen", pressure, None)
        if pressure is not None:
            self._pressure(pressure, plan if outputs[OUT_GATE] else None)

    def _water(self, now: int, water: "int | None") -> None:
        if self.water_life.check(now, water):
            self._trip("water_stale", water, self.water_least)
        if water is not None and water < self.water_least:
            self.water_ticks += 1
            if self.water_ticks >= self.confirm:
                self._trip("water_low", water, self.water_least)
        else:
            self.water_ticks = 0

    def _pressure(self, pressure: int, plan: "int | None") -> None:
        """`plan` only while pulses may fall: filling and emptying are off any set-point."""
        if pressure > self.pressure_most:
            self.pressure_ticks += 1
            if self.pressure_ticks >= self.confirm:
                self._trip("pressure_high", pressure, self.pressure_most)
        else:
            self.pressure_ticks = 0
        if plan is not None and abs(pressure - plan) * 100 > plan * self.off_plan_pct:
            self.off_pressure_ticks += 1
            if self.off_pressure_ticks >= self.confirm:
                self._trip("pressure_off_plan", pressure, plan)
        else:
            self.off_pressure_ticks = 0

    # --- laser -------------------------------------------------------------------------------------------------
    def _pulses(self, now: int, readings: "Readings", outputs: "Outputs") -> None:
        pulses = readings[PULSES]
        fired = 0
        if pulses is not None:
            if self.counted is not None and pulses > self.counted:
                fired = pulses - self.counted
            self.counted = pulses
        if outputs[OUT_GATE]:
            self.gate_ms = now
        elif fired and now - self.gate_ms > GATE_SETTLE_MS:
            self._trip("stray_pulse", fired, 0)
        if not outputs[OUT_BEAM]:
            self.beam = False
            self.burst = outputs[OUT_BURST_ID]
            if outputs[OUT_GATE]:
                outputs[OUT_GATE] = 0  # pulses into a blocked beam heat the blade
            return
        if not self.beam:
            self._begin_beam(now)
        if self.pulses_life.check(now, pulses):
            self._trip("pulses_stale", None, None)
        self._bursts(now, fired, outputs)
        self._energy(now, fired, readings[ENERGY_MJ], outputs[OUT_ENERGY_MJ])

    def _begin_beam(self, now: int) -> None:
        self.beam = True
        self.owed = 0
        self.active_ms = now
        self.low_pulses = 0
        self.energy_life.start(now)
        self.pulses_life.start(now)

    def _bursts(self, now: int, fired: int, outputs: "Outputs") -> None:
        """Pulses against what was asked for: none missing for long, none too many."""
        if fired:
            self.owed -= fired
            self.active_ms = now
            if self.owed < -STRAY_PULSES:
                self._trip("stray_pulse", -self.owed, STRAY_PULSES)
        if outputs[OUT_BURST_ID] != self.burst:
            self.burst = outputs[OUT_BURST_ID]
            self.owed = outputs[OUT_BURST_PULSES]
            self.active_ms = now
        silent_ms = now - self.active_ms - BURST_LATENCY_MS
        if self.owed <= 0 or not outputs[OUT_GATE]:
            self.active_ms = now
        elif silent_ms > 0 and silent_ms * outputs[OUT_RATE_MHZ] > self.missed_most * 1000000:
            self._trip("pulses_missing", silent_ms * outputs[OUT_RATE_MHZ] // 1000000, self.missed_most)

    def _energy(self, now: int, fired: int, energy: "int | None", target: int) -> None:
        if self.energy_life.check(now, energy):
            self._trip("energy_stale", None, None)
        if energy is None:
            return
        if energy > self.energy_most:
            self._trip("energy_high", energy, self.energy_most)
        elif fired:
            if energy * 100 < target * self.energy_least_pct:
                self.low_pulses += fired
                if self.low_pulses > self.missed_most:
                    self._trip("energy_low", energy, target * self.energy_least_pct // 100)
            else:
                self.low_pulses = 0

    # --- inner -------------------------------------------------------------------------------------------------
    def _trip(self, name: str, value: "int | None", limit: "int | None") -> None:
        self.trips.append((name, value, limit))

    def _take_limits(self, limits: "dict[str, float]") -> None:
        self.hottest = int(limits["heater_max_c"] * 100)
        self.power_most = int(limits["heater_power_max_w"] * 100)
        self.above = int(limits["heater_above_plan_c"] * 100)
        self.below = int(limits["heater_below_plan_c"] * 100)
        self.lacking_most = self.below * LACKING_PCT * 100  # microkelvin
        self.disagree = int(limits["guard_disagree_c"] * 100)
        self.energy_most = int(limits["energy_max_mj"] * 100)
        self.energy_least_pct = int(limits["energy_below_pct"])
        self.missed_most = int(limits["missed_pulses_max"])
        self.pressure_most = int(limits["pressure_max_pa"] * 1000)
        self.off_plan_pct = int(limits["pressure_off_plan_pct"])
        self.water_least = int(limits["water_min_lpm"] * 100)
        self.confirm = max(1, CONFIRM_MS // self.tick_ms)

    def _take_model(self, plant: "Plant") -> None:
        """The heat balance's numbers; a table of its own, in microwatts at 0, 10, 20 ... °C."""
        self.capacity = int(plant.heat_capacity_j_k * 1000)  # mJ/K
        self.delay_ms = int(plant.dead_time_s * 1000)
        area_e8 = int(plant.emissivity * plant.area_cm2 * 10000)  # emitting area in 1e-8 m2
        wall_cc = int(plant.wall_c * 100) + 27315
        linear_uw_k = int(plant.conductance_w_k * 1000000)
        self.loss = []
        for here in range(27315, 157315, 1000):
            radiated = area_e8 * SIGMA_E14 * (here**4 - wall_cc**4) // 10**24
            self.loss.append(max(0, radiated + linear_uw_k * (here - wall_cc) // 100))
        self.loss_end = 1000 * len(self.loss)
